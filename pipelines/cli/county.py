"""Commands between bureau and counties: template, return, withdraw, explain, explanation, waive, waivers, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..model.calendar import local_text
from . import output
from .home_options import HomeOptions, home_options
from .options import PeriodArgument, clock_of, moment, period_of

if TYPE_CHECKING:
    from ..model.loading import SubmissionRow
    from ..model.rulings import Return

Submission = Annotated[str, typer.Argument(metavar="SUBMISSION", help="报送标识 / submission id, s…")]
Name = Annotated[str, typer.Option("--as", help="经办人 / who does it")]
Reason = Annotated[str, typer.Option("--reason", help="原因 / why")]
Until = Annotated[str | None, typer.Option("--until", help="有效至报告期 / last period it holds for, YYYY-MM")]
explanation = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(help="生成一张报表的填报模板 / the workbook of a form to fill in")(template)
    app.command("return", help="市统计局退回一份报送 / the bureau sends a file back")(return_)
    app.command(help="本单位撤回截止时间前的报送 / the county takes its own file back before the due hour")(withdraw)
    app.command(help="为核实性问题补记说明 / record an explanation of queries")(explain)
    app.command(help="豁免一处错误（须两人签字）/ lift one error, two signatures")(waive)
    app.command(help="豁免清单 / waivers")(waivers)
    app.command(help="一个月的审核报告 / validation report of a month")(report)
    app.add_typer(explanation, name="explanation", help="说明的采纳与退回 / accept or return explanations")


CELL_COLUMNS = ("编号 id", "单位 unit", "报表 form", "规则 rule", "行 row")


@home_options("now")
def template(
    options: HomeOptions,
    form: Annotated[str, typer.Argument(metavar="FORM", help="报表 / form, e.g. project_month")],
    unit: Annotated[str, typer.Option("--unit", help="单位代码或名称 / unit")],
    period: Annotated[str, typer.Option("--period", help="报告期 / period, YYYY-MM")],
    out: Annotated[
        Path | None, typer.Option("--out", help="写到 / file to write (default: FORM_UNIT_PERIOD.xlsx)")
    ] = None,
) -> None:
    from ..flow.feedback.return_template import make_template
    from ..flow.records.find_unit import unit_of
    from ..publish.atomic_file import write_asked_for

    context, known = options.home_if_any()
    content = make_template(context, form, unit, period_of(period), known)
    target = out or Path(f"{form}_{unit_of(context.programme, unit).code}_{period}.xlsx")
    write_asked_for(target, content)
    if options.as_json:
        output.print_json({"path": str(target.resolve()), "form": form, "unit": unit, "period": period})
    else:
        output.say(f"模板已写到 / template written to {target}")


@home_options()
def return_(
    options: HomeOptions,
    submission: Submission,
    reason: Reason,
    name: Name,
    deadline: Annotated[
        str | None, typer.Option("--deadline", help="更正期限 / new one due by, 2022-07-15T18:00")
    ] = None,
) -> None:
    from ..flow.feedback.return_submission import return_and_notify

    context = options.context()
    until, at = (moment(deadline, context) if deadline else None), options.moment(context)
    row, done = return_and_notify(context, submission, reason, until, name, at, clock_of(options.now, at))
    if options.as_json:
        output.print_json(_sent_back(row, done))
        return
    until_text = local_text(done.deadline, context.programme.time_zone) or "—"
    output.say(
        f"{row.unit_code} {row.period} {row.form} 第{row.version}次已退回，期限 {until_text} / returned: {done.reason}"
    )


def _sent_back(row: SubmissionRow, done: Return) -> dict[str, Any]:
    """The JSON of a file that counts no more: sent back by the bureau, or taken back by the county."""
    return {
        "submission": row.submission_id,
        "unit": row.unit_code,
        "period": row.period,
        "form": row.form,
        "state": row.state,
        "reason": done.reason,
        "by": done.returned_by,
        "deadline": done.deadline.isoformat() if done.deadline else None,
    }


@home_options()
def withdraw(options: HomeOptions, submission: Submission, reason: Reason, name: Name) -> None:
    from ..flow.feedback.return_submission import withdraw as run

    context = options.context()
    row, done = run(context, submission, reason, name, options.moment(context))
    if options.as_json:
        output.print_json(_sent_back(row, done))
        return
    until = local_text(done.deadline, context.programme.time_zone) or "—"
    output.say(
        f"{row.unit_code} {row.period} {row.form} 第{row.version}次已撤回，须于 {until} 前重新报送 / withdrawn: {done.reason}"
    )


@home_options()
def explain(
    options: HomeOptions,
    submission: Submission,
    rule: Annotated[str, typer.Option("--rule", help="规则 / rule, e.g. C12")],
    reason: Annotated[str, typer.Option("--reason", help="原因类别 / reason of the list")],
    text: Annotated[str, typer.Option("--text", help="情况说明 / what happened")],
    name: Name,
    row: Annotated[
        list[int] | None, typer.Option("--row", help="行号，可多次 / row, may be repeated (default: all)")
    ] = None,
    until: Until = None,
) -> None:
    from ..flow.month.take_decisions import answer_queries
    from ..flow.records.finding_documents import explanation_document

    context = options.context()
    at = options.moment(context)
    given = answer_queries(context, submission, rule, row, reason, text, until, name, at)
    if options.as_json:
        output.print_json({"explanations": [explanation_document(e) for e in given]})
    else:
        output.say(f"已记录 {len(given)} 条说明 / {len(given)} explanations recorded")


@home_options()
def waive(
    options: HomeOptions,
    submission: Submission,
    rule: Annotated[str, typer.Option("--rule", help="规则 / rule, e.g. C09")],
    reason: Reason,
    name: Name,
    row: Annotated[int | None, typer.Option("--row", help="行号 / row (default: about the whole file)")] = None,
    field: Annotated[str | None, typer.Option("--field", help="字段 / field, where a row fails twice")] = None,
    until: Until = None,
) -> None:
    from ..flow.feedback.decisions import waive as run
    from ..flow.records.finding_documents import waiver_document

    context = options.context()
    done = run(context, submission, rule, row, field, reason, until, name, options.moment(context))
    if options.as_json:
        output.print_json(waiver_document(done))
    elif done.granted:
        output.say(f"{done.waiver_id} 已生效（{done.first_by}、{done.second_by}）/ granted, the file was judged again")
    else:
        output.say(
            f"{done.waiver_id} 已由 {done.first_by} 提出，尚需另一人用同一命令签字 / one more signature is needed"
        )


@home_options("now")
def waivers(
    options: HomeOptions,
    period: Annotated[str | None, typer.Argument(metavar="[PERIOD]", help="报告期 / period")] = None,
) -> None:
    from ..flow.records.finding_documents import waiver_document
    from ..flow.records.submission_status import refuse_unknown

    context = options.context()
    if period:
        refuse_unknown(context, period_of(period))
    found = context.warehouse.rulings.waivers(str(period_of(period)) if period else None)
    if options.as_json:
        output.print_json({"waivers": [waiver_document(w) for w in found]})
        return
    output.table(
        "豁免 / waivers",
        (*CELL_COLUMNS, "值 value", "有效 until", "签字 signed", "理由 reason"),
        (
            (
                w.waiver_id,
                w.cell.unit_code,
                w.cell.form,
                w.cell.rule,
                w.cell.row_key,
                w.cell.value,
                w.until,
                "、".join(n for n in (w.first_by, w.second_by) if n),
                w.reason,
            )
            for w in found
        ),
    )


@explanation.command("list", help="一个月的说明 / explanations of a month")
@home_options("now")
def list_explanations(
    options: HomeOptions,
    period: PeriodArgument,
    state: Annotated[str | None, typer.Option("--state", help="given, accepted, returned")] = None,
) -> None:
    from ..flow.records.finding_documents import explanation_document
    from ..flow.records.submission_status import refuse_unknown

    context, month = options.context(), period_of(period)
    refuse_unknown(context, month)
    found = context.warehouse.rulings.explanations(str(month))
    shown = [e for e in found if state in (None, e.state)]
    if options.as_json:
        output.print_json({"explanations": [explanation_document(e) for e in shown]})
        return
    output.table(
        f"{period} 说明 / explanations",
        (*CELL_COLUMNS, "原因 reason", "说明 text", "状态 state", "核定 by"),
        (
            (
                e.explanation_id,
                e.cell.unit_code,
                e.cell.form,
                e.cell.rule,
                e.cell.row_key,
                e.reason,
                e.text,
                e.state,
                e.decided_by,
            )
            for e in shown
        ),
    )


Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="说明编号 / explanation ids")]
Remark = Annotated[str, typer.Option("--remark", help="批注 / remark")]


@explanation.command(help="采纳 / accept")
@home_options()
def accept(options: HomeOptions, ids: Ids, name: Name, remark: Remark = "", until: Until = None) -> None:
    _decide(ids, "accepted", name, remark, until, options)


@explanation.command("return", help="退回：问题重新待答 / return: the query is open again")
@home_options()
def return_explanation(options: HomeOptions, ids: Ids, name: Name, remark: Remark) -> None:
    _decide(ids, "returned", name, remark, None, options)


def _decide(ids: list[str], state: Any, name: str, remark: str, until: str | None, options: HomeOptions) -> None:
    from ..flow.month.take_decisions import settle_explanations
    from ..flow.records.finding_documents import explanation_document

    context = options.context()
    at = options.moment(context)
    done = settle_explanations(context, ids, state, name, at, remark, until)
    if options.as_json:
        output.print_json({"explanations": [explanation_document(e) for e in done]})
    else:
        output.say(f"{len(done)} 条说明：{state} / {len(done)} explanations {state}")


@home_options()
def report(
    options: HomeOptions,
    period: PeriodArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="写到 / folder (default: reports/PERIOD of the home)")
    ] = None,
) -> None:
    from ..flow.month.quality_report import report as run
    from ..flow.month.quality_report import write_report

    context, month = options.context(), period_of(period)
    if options.as_json and out is None:
        output.print_json(run(context, month, options.moment(context)))
        return
    document, folder = write_report(context, month, options.moment(context), out)
    if options.as_json:
        output.print_json({"path": str((folder / "index.html").resolve())})
        return
    still_open = sum(not q["answered"] for q in document["queries"])
    output.say(
        f"{period}：核实性问题 {len(document['queries'])} 条，未说明 {still_open}；报告 / report: {folder / 'index.html'}"
    )
