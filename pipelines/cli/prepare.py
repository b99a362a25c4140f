"""Commands that need no home, or prepare one: init, sample, check, rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import output
from .home_options import HomeOptions, home_options
from .options import AsJson, ProgrammeName

if TYPE_CHECKING:
    from ..model.json_documents import CheckDocument, FindingDocument

_WORDS = {
    "accepted": "通过 / accepted",
    "accepted_with_queries": "通过，有核实项 / accepted with queries",
    "rejected": "退回更正 / rejected",
    "unreadable": "无法读取 / unreadable",
}
_SEVERITY = {"error": "错误 error", "query": "核实 query", "information": "提示 information"}
_SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(help="复制一个方案目录供修改 / copy a programme folder to edit")(init)
    app.command(help="生成模拟报送文件 / write simulated submissions that reproduce the published totals")(sample)
    app.command(help="审核文件，不写入任何东西 / the verdict of files, writing nothing")(check)
    app.command(help="审核关系目录 / the catalogue of rules")(rules)


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="新目录 / the new folder")],
    like: Annotated[
        str,
        typer.Option(
            "--like",
            help="样板：minimal 最小，city 整个城市，permits 英文、美元 / start from: minimal, city, or permits (English, dollars)",
        ),
    ] = "city",
) -> None:
    from ..programme.init import copy_to

    made = copy_to(directory, like)
    output.say(f"方案已复制到 / programme copied to {made}")
    output.say(f"每个键的含义 / every key explained: saima programme explain {made}")
    output.say(f"修改后检查 / check what you changed: saima programme check {made}")
    output.say(f"使用 / use: saima month PERIOD --programme {made} --home NEW_HOME --from DIR")


def sample(
    out: Annotated[Path, typer.Option("--out", help="输出目录 / folder to write to")],
    programme: ProgrammeName = None,
    periods: Annotated[
        list[str] | None,
        typer.Option("--period", help="只生成这些报告期，可重复 / only these periods, may be repeated"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    from ..flow.runtime.context import DEFAULT_PROGRAMME, load_programme
    from ..sample.generate import generate

    loaded = load_programme(programme or DEFAULT_PROGRAMME)
    with output.progress(as_json) as bar:
        task = bar.add_task("模拟报送 / simulating", total=None)
        truth = generate(loaded, out, periods, lambda done, total: bar.update(task, completed=done, total=total))
    count = sum(len(files) for files in truth.files.values())
    if as_json:
        output.print_json({"out": str(out.resolve()), "files": count, "truth": str((out / "truth.json").resolve())})
        return
    output.say(
        f"已生成 {count} 个模拟文件 / {count} simulated files in {out}（植入的差错见 / planted cases: {out}/truth.json）"
    )


@home_options("now")
def check(
    options: HomeOptions,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="要审核的文件 / files to check")],
    unit: Annotated[str | None, typer.Option("--unit", help="报送单位代码或名称 / unit that sends it")] = None,
    period: Annotated[str | None, typer.Option("--period", help="报告期 / period, YYYY-MM")] = None,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="显示识别出的列和每条规则 / show matched columns and rules")
    ] = False,
    workbook: Annotated[
        Path | None,
        typer.Option("--workbook", help="同时写出标明问题的工作簿 / also write the workbook with the findings"),
    ] = None,
) -> None:
    from ..flow.intake.dry_run import check as check_files
    from .options import period_of

    if period:
        period_of(period)
    context, with_history = options.home_if_any()
    documents: list[CheckDocument] = []
    passed, broken = True, False
    for checked in check_files(context, files, unit, period, with_history):
        passed, broken = passed and checked.passed, broken or bool(checked.broken)
        if workbook is not None and not checked.broken:
            _write_workbook(context, checked, workbook, len(files))
        documents.append(checked.document())
        if not options.as_json:
            _print_checked(documents[-1], verbose)
    if options.as_json:
        output.print_json(documents if len(files) > 1 else documents[0])
    raise typer.Exit(2 if broken else 0 if passed else 1)


def _write_workbook(context: Any, checked: Any, workbook: Path, files: int) -> None:
    from ..errors import Terminal
    from ..flow.feedback.write_feedback import write_checked

    if files > 1:
        raise Terminal(
            "--workbook 一次只用于一个文件", "--workbook takes one file at a time", "逐个审核 / check them one by one"
        )
    write_checked(context, checked, workbook)
    output.note(f"已写出 / written: {workbook}")


def _print_checked(document: CheckDocument, verbose: bool) -> None:
    output.say(f"\n{document['file']}: {_WORDS[document['verdict']]}")
    _print_findings(document["findings"])
    for sheet in document["ignored_sheets"]:
        output.say(f"  未使用的工作表 / sheet not used: {sheet}")
    for part in document["submissions"]:
        rows = part["rows"]
        output.say(
            f"  {part['form']} 单位/unit {part['unit'] or '?'} 报告期/period {part['period'] or '?'}： "
            f"{_WORDS[part['verdict']]}；收到/received {rows['received']} 行，采用/accepted {rows['accepted']}，"
            f"隔离/quarantined {rows['quarantined']}，非数据/not data {rows['not_data']}"
        )
        _print_findings(part["findings"])
        for rule in part["rules"]["broken"]:
            output.say(
                f"  {rule['id']}：规则无法执行，结论不完整，请报告工程师 / broken, tell the engineers: {rule['reason']}"
            )
        if verbose:
            output.say("  识别的列 / matched columns:")
            for field, column in part["columns"].items():
                output.say(f"    {column}「{part['headers'].get(field, field)}」→ {field}")
            for ran in part["rules"]["evaluated"]:
                output.say(f"  {ran['id']}：{ran['rows']} 行已审 / rows evaluated, {ran['failed']} 未通过 / failed")
            for rule in part["rules"]["not_applicable"]:
                output.say(f"  {rule['id']}：不适用 / not applicable: {rule['reason']}")


def _print_findings(findings: list[FindingDocument]) -> None:
    for finding in findings[:_SHOWN]:
        place = " ".join(filter(None, (finding["sheet"], finding["cell"]))) or (
            f"第{finding['row']}行 row {finding['row']}" if finding["row"] else "全文件 whole file"
        )
        output.say(f"  [{_SEVERITY[finding['severity']]} {finding['rule']}] {place}: {finding['message_zh']}")
        output.say(f"      {finding['message_en']}")
    if len(findings) > _SHOWN:
        output.say(f"  … 还有 {len(findings) - _SHOWN} 条，用 --json 查看全部 / more; see all with --json")


def rules(as_json: AsJson = False) -> None:
    from expectations.catalogue import RULES, RULES_VERSION

    if as_json:
        keys = ("id", "level", "severity", "scope", "formula", "message_zh", "message_en", "reason")
        output.print_json(
            {"version": RULES_VERSION, "rules": [{key: getattr(rule, key) for key in keys} for rule in RULES.values()]}
        )
        return
    output.table(
        f"审核关系 / rules ({RULES_VERSION[:12]})",
        ("编号 id", "层级 level", "程度 severity", "范围 scope", "公式 formula", "理由 reason"),
        ((r.id, r.level, r.severity, r.scope, r.formula, r.reason) for r in RULES.values()),
    )
