"""Commands that ask a home: status, rank, audit, rebuild."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from ..model.formulas import printed_rate, rate_text
from . import output
from .home_options import HomeOptions, home_options
from .late import provisional
from .options import PeriodArgument, local, period_of

_STATUS_COLUMNS = (
    "单位 unit",
    "名称 name",
    "报表 form",
    "状态 state",
    "版本 v",
    "到达 arrived",
    "迟报 late",
    "行 rows",
    "错误 errors",
    "核实 queries",
)


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(help="一个月的报送状态 / state of a month, unit by unit")(status)
    app.command(help="最新的排名（初稿或已发布） / the newest ranking, draft or published")(rank)
    app.command(help="核账：档案、账簿、数据湖互相印证 / prove the books")(audit)
    app.command(help="从档案重建数据仓库 / rebuild the warehouse from the archive")(rebuild)


@home_options()
def status(options: HomeOptions, period: PeriodArgument) -> None:
    from ..flow.records.submission_status import provisional_of, status_document

    context = options.context()
    document = status_document(context, period_of(period), options.moment(context))
    years = provisional_of(context, period_of(period))
    if options.as_json:
        output.print_json(document)
        return
    for title, forms in (
        (f"{period} 报送状态 / status{provisional(years)}", document["units"]),
        ("市统计局 / bureau", document["bureau"]),
    ):
        output.table(
            title,
            _STATUS_COLUMNS,
            (
                (
                    s["unit"],
                    s["name"],
                    s["form"],
                    s["state"],
                    s["version"],
                    local(s["arrived_at"], context),
                    s["workdays_late"] if s["late"] else "",
                    s["rows"]["accepted"] if s["rows"] else "",
                    s["errors"],
                    s["queries"],
                )
                for s in forms
            ),
            right=(4, 6, 7, 8, 9),
        )
    if document["unassigned"]:
        output.table(
            "未能归属的文件 / files without a unit",
            ("文件 name", "状态 state", "到达 arrived", "原因 reason"),
            (
                (
                    u["name"],
                    u["state"],
                    local(u["arrived_at"], context),
                    "; ".join(f["message_zh"] for f in u["findings"]),
                )
                for u in document["unassigned"]
            ),
        )


@home_options()
def rank(
    options: HomeOptions,
    period: PeriodArgument,
    method: Annotated[
        str | None, typer.Option("--method", help="换一种方法试算，不产生版次 / another method, never an edition")
    ] = None,
    what_if: Annotated[
        Path | None,
        typer.Option("--what-if", help="试算文件（TOML）：方法数值、锚点、单位数据 / TOML of other numbers"),
    ] = None,
    groups: Annotated[str | None, typer.Option("--groups", help="分组位次：kind 或 size / rank inside groups")] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", help="一个单位的得分构成 / how a unit's score is made")
    ] = None,
) -> None:
    from ..flow.month.draft import as_it_stands, newest, reopened_text
    from ..flow.month.prerelease import record_access

    if method or what_if or groups or explain:
        _rank_what_if(period, method, what_if, groups, explain, options)
        return
    context = options.context()
    at = options.moment(context)
    drafted = newest(context, period_of(period), at, reopen=True)
    edition = drafted.edition
    if drafted.reopened:
        output.note(" / ".join(reopened_text(drafted.reopened, edition)))
    record_access(context, edition, "rank", at)
    document = as_it_stands(context, edition)
    if options.as_json:
        output.print_json(document)
        return
    output.table(
        f"{period} {edition.edition_id} ({edition.state}, {document['method']})",
        ("位次 rank", "单位 unit", "本年累计 ytd", "基数 base", "增速 growth", "得分 score", "备注 remarks"),
        (
            (
                unit["rank"] if unit["rank"] is not None else "—",
                unit["name"],
                unit["ytd"],
                unit["base"],
                _growth(unit),
                unit["score"],
                "、".join(unit["remarks"]),
            )
            for unit in document["units"]
        ),
        right=(0, 2, 3, 4, 5),
    )


def _rank_what_if(
    period: str, method: str | None, file: Path | None, groups: str | None, explain: str | None, options: HomeOptions
) -> None:
    from ..flow.month.what_if import rank_what_if

    context = options.context()
    document = rank_what_if(context, period_of(period), options.moment(context), method, file, groups, explain)
    if options.as_json:
        output.print_json(document.model_dump(mode="json"))
        return
    output.table(
        f"{period} {document.method}（试算，不是版次 / what if, no edition）",
        ("位次 rank", "版次中 in edition", "单位 unit", "得分 score", "增速 growth", "组 group", "组内位次 in group"),
        (
            (
                unit.rank if unit.rank is not None else "—",
                unit.rank_in_edition,
                unit.name,
                unit.score,
                "—" if unit.growth is None else rate_text(unit.growth),
                unit.group,
                unit.group_rank,
            )
            for unit in document.units
        ),
        right=(0, 1, 3, 4, 6),
    )
    if document.depends_on_others:
        output.say(document.depends_on_others)
    if document.explanation:
        one = document.explanation
        output.table(
            f"{one.unit} {one.score}",
            ("指标 indicator", "值 value", "得分 points", "权重 weight", "贡献 gives", "失分 lost"),
            ((c.indicator, c.value, c.points, c.weight, c.gives, c.lost) for c in one.contributions),
            right=(1, 2, 3, 4, 5),
        )
        for move in one.overtaking:
            needed = move.needed if move.needed is not None else "—"
            output.say(f"{move.indicator} {move.value} → {needed}：超过 / to overtake {one.above}")


def _growth(unit: dict[str, Any]) -> str:
    """As the page prints it: half up, the official rate where there is one."""
    rate = printed_rate(unit["growth"], unit["growth_official"])
    return "—" if rate is None else rate_text(rate)


@home_options()
def audit(
    options: HomeOptions,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export", help="把审计日志的锚点追加到此文件，另处保存 / append an anchor, to be kept elsewhere"
        ),
    ] = None,
    anchors: Annotated[
        list[Path] | None, typer.Option("--anchors", help="用先前导出的锚点核对 / check anchors exported before")
    ] = None,
) -> None:
    from ..flow.upkeep.audit import audit as run
    from ..flow.upkeep.audit_anchors import export_anchor

    context = options.context()
    with output.progress(options.as_json) as bar:
        task = bar.add_task("核账 / auditing", total=None)
        document = run(
            context,
            options.moment(context),
            lambda done, total: bar.update(task, completed=done, total=total),
            anchors or (),
        )
    if export is not None and document["ok"]:
        anchor = export_anchor(context, export, options.moment(context))
        output.note(f"锚点 / anchor: #{anchor.seq} {anchor.hash[:16]} → {export}")
    if options.as_json:
        output.print_json(document)
    else:
        output.table(
            "核账 / audit",
            ("检查 check", "查看 looked at", "差异 failed", "说明 detail"),
            ((c["id"], c["looked_at"], c["failed"], c["detail"]) for c in document["checks"]),
            right=(1, 2),
        )
        output.table(
            "不变量 / invariants",
            ("编号 id", "内容", "meaning", "查看 looked at", "差异 failed"),
            ((i["id"], i["meaning_zh"], i["meaning_en"], i["looked_at"], i["failed"]) for i in document["invariants"]),
            right=(3, 4),
        )
        output.say("账目相符 / the books agree" if document["ok"] else "账目不符 / the books do not agree")
    raise typer.Exit(0 if document["ok"] else 1)


@home_options()
def rebuild(
    options: HomeOptions,
    force: Annotated[
        bool, typer.Option("--force", help="即使与旧账簿不一致也换上新的 / take the new one even where it differs")
    ] = False,
) -> None:
    from ..flow.upkeep.rebuild import rebuild as run

    context = replace(options.context(), lake_may_be_lost=True)
    with output.progress(options.as_json) as bar:
        task = bar.add_task("重建 / rebuilding", total=None)
        done = run(
            context, options.moment(context), lambda count, total: bar.update(task, completed=count, total=total), force
        )
    if options.as_json:
        output.print_json(done.document())
        return
    output.say(
        f"已从档案重建：{done.receipts} 个文件，{done.submissions} 份报表 / rebuilt from the archive; "
        f"旧仓库在 / the old warehouse is in {done.kept}"
    )
    carried = "、".join(f"{name} {count}" for name, count in done.carried_over.items())
    output.say(f"从旧账簿带入（无法由文件推出）/ carried over, as files do not tell it: {carried}")
    if done.waiting:
        output.say(f"{done.waiting} 个已收取的文件仍待处理 / {done.waiting} collected files still wait: saima process")
    if done.lost:
        output.say(f"账簿已丢失，以下无从恢复 / the ledger was lost and with it: {', '.join(done.lost)}")
    for difference in done.differences:
        output.say(f"与旧账簿不同 / other than before: {difference}")
