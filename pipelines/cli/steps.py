"""Commands that change a home: collect, process, close, sign-off, publish, month."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import output
from .gate_lines import gate_of, print_gate, print_undecided
from .home_options import HomeOptions, home_options
from .options import PeriodArgument, clock_of, period_of
from .site import tell_follow_ups

if TYPE_CHECKING:
    from ..model.json_documents import MonthDocument

FromDir = Annotated[
    Path | None,
    typer.Option(
        "--from", help="从这个目录收取，而不是方案的来源 / take files from this folder instead of the sources"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(help="收取新到文件，存档并登记 / archive and receipt what has arrived")(collect)
    app.command(help="审核待处理文件并入库 / judge and load what is pending")(process)
    app.command(help="关账：跨单位审核 / close a month: rules across units")(close)
    app.command(help="核定一项，按现数发布 / publish a figure as it is, by a signed decision")(overrule)
    app.command("sign-off", help="签发一个角色 / one signature on the draft")(sign_off)
    app.command(help="发布已签发的版本 / publish the signed edition")(publish)
    app.command(help="一个月的全部步骤 / all steps of a month in one process")(month)


@home_options()
def collect(options: HomeOptions, from_dir: FromDir = None) -> None:
    from ..flow.exchange.collect import collect as run

    context = options.context(may_begin=True)
    done = run(context, options.moment(context), from_dir)
    if options.as_json:
        receipts = [{"sha256": r.sha256, "name": r.name, "arrived_at": r.arrived_at.isoformat()} for r in done.receipts]
        output.print_json({"received": receipts, "known": done.known, "failures": list(done.failures)})
    else:
        output.say(
            f"新收到 {len(done.receipts)} 个文件，{done.known} 个此前已登记 / {len(done.receipts)} new files, {done.known} known"
        )
    for failure in done.failures:
        output.note(f"未能收取 / not fetched: {failure}")


@home_options()
def process(
    options: HomeOptions,
    revalidate: Annotated[
        bool,
        typer.Option(
            "--revalidate", help="规则或方案改变后重审全部 / judge again what older rules or programmes judged"
        ),
    ] = False,
    answers: Annotated[
        bool,
        typer.Option(
            "--answers", help="重新写出缺失或被改动的回执 / write again answers that are gone or were changed"
        ),
    ] = False,
) -> None:
    from ..flow.feedback.write_feedback import FeedbackWriter
    from ..flow.intake.process import process as run
    from ..flow.notify.send import deliver
    from ..flow.upkeep.audit_answers import write_damaged_again

    context = options.context(may_begin=True)
    again = write_damaged_again(context).receipts if answers else 0
    writer = FeedbackWriter(context)
    with output.progress(options.as_json) as bar:
        task = bar.add_task("读取 / reading", total=None)
        done = run(
            context,
            options.moment(context),
            revalidate,
            lambda count, total: bar.update(task, completed=count, total=total),
            loaded=writer.loaded,
        )
    at = options.moment(context)
    feedback = writer.finish()
    deliver(context, at, clock_of(options.now, at))
    if options.as_json:
        output.print_json(
            {
                "receipts": done.receipts,
                "submissions": len(done.submissions),
                "resent": done.resent,
                "rejudged": len(done.revalidated),
                "periods": sorted(done.periods),
                "changed": [list(key) for key in sorted(done.changed)],
                "health": done.health.document(),
                "judged_again": [change.document() for change in done.revalidated_versions],
                "unanswered": list(feedback.failures),
                "answered_again": again,
            }
        )
        return
    for failure in feedback.failures:
        output.note(f"回执待送，下次再送 / answers wait for the next visit: {failure}")
    output.say(
        f"处理 {done.receipts} 个文件，{len(done.submissions)} 份报表，重复报送 {done.resent}，重审 {len(done.revalidated)} / "
        f"{done.receipts} files, {len(done.submissions)} submissions, {done.resent} re-sent, {len(done.revalidated)} re-judged"
    )
    if answers:
        output.say(f"重新写出 {again} 份回执 / answers written again")
    for change in done.revalidated_versions:
        one = change.after
        output.say(
            f"  {one.unit_code} {one.period} {one.form} 第{one.version}次重审：{change.before.word} → {one.word}，"
            f"新增 {len(change.appeared)} 条，消除 {len(change.disappeared)} 条 / "
            f"judged again: {len(change.appeared)} findings appeared, {len(change.disappeared)} went"
        )


@home_options()
def close(options: HomeOptions, period: PeriodArgument) -> None:
    from ..flow.month.close import close as run
    from ..flow.month.gate_documents import left_undecided

    context = options.context()
    month, at = period_of(period), options.moment(context)
    done = run(context, month, at)
    undecided = [one.model_dump() for one in left_undecided(context, month)]
    gate, ungraded = gate_of(context, month, at) if done.closed else (None, "")
    if options.as_json:
        blocking = [block for block in gate["blocks"] if not block["overruled"]] if gate else []
        withheld = gate["withheld"] if gate else []
        output.print_json({**done.document(), "blocking": blocking, "withheld": withheld, "undecided": undecided})
    else:
        output.say(f"{period}: {done.reason}")
        if done.missing:
            output.say(f"未报或未通过 / not in: {', '.join(done.missing)}")
        print_undecided(undecided)
        if ungraded:
            output.say(ungraded)
        if gate:
            print_gate(period, gate)
    raise typer.Exit(0 if done.closed else 1)


@home_options()
def overrule(
    options: HomeOptions,
    period: PeriodArgument,
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="事项编号，见 saima close / ids, see saima close")],
    reason: Annotated[str, typer.Option("--reason", help="理由，印在发布版上 / why; printed in the edition")],
    name: Annotated[str, typer.Option("--as", help="核定人 / who decides")],
) -> None:
    from ..flow.month.gate_documents import gate_document
    from ..flow.month.take_decisions import overrule_blocks

    context = options.context()
    month, at = period_of(period), options.moment(context)
    edition = overrule_blocks(context, month, ids, reason, name, at)
    gate = gate_document(context, month, at).model_dump()
    if options.as_json:
        output.print_json({**gate, "edition": edition.edition_id})
        return
    output.say(f"{len(ids)} 项已核定，初稿 {edition.edition_id}；尚余 {gate['open']} 项 / decided, {gate['open']} left")


@home_options()
def sign_off(
    options: HomeOptions,
    period: PeriodArgument,
    name: Annotated[str, typer.Option("--as", help="签发人 / who signs")],
    role: Annotated[
        str, typer.Option("--role", help="statistics（统计局）、dispatch（经信局）；三审：author、reviewer、approver")
    ],
    send_back: Annotated[
        str | None, typer.Option("--send-back", help="不签，附意见退回 / do not sign: send back with this opinion")
    ] = None,
) -> None:
    from ..flow.month.release import outstanding, sign
    from ..flow.month.release import send_back as refuse

    context = options.context()
    month, at = period_of(period), options.moment(context)
    edition = (
        sign(context, month, role, name, at) if send_back is None else refuse(context, month, role, name, send_back, at)
    )
    said = {"edition": edition.edition_id, "role": role, "name": name, "content_hash": edition.content_hash}
    left = outstanding(context, edition)
    if options.as_json:
        output.print_json({**said, "outstanding": left, **({"opinion": send_back.strip()} if send_back else {})})
        return
    if send_back:
        output.say(f"{edition.edition_id} 已由 {name}（{role}）退回 / sent back: {send_back.strip()}")
        output.say(f"saima rank {period} 重新起草，须重新签发 / drafts it again, to be signed from the beginning")
        return
    output.say(
        f"{edition.edition_id} 已由 {name}（{role}）签发 / signed; 尚缺 / outstanding: {', '.join(left) or '无 / none'}"
    )


@home_options()
def publish(options: HomeOptions, period: PeriodArgument) -> None:
    from ..flow.month.release import publish as run

    context = options.context()
    at = options.moment(context)
    edition = run(context, period_of(period), at)
    failures = tell_follow_ups(context, period, at)
    if options.as_json:
        said = {"edition": edition.edition_id, "state": edition.state, "path": edition.published_path}
        output.print_json({**said, "failures": failures})
    else:
        output.say(f"{edition.edition_id} 已发布 / published: {edition.published_path}")
    raise typer.Exit(1 if failures else 0)


@home_options()
def month(
    options: HomeOptions,
    period: PeriodArgument,
    from_dir: FromDir = None,
    history: Annotated[
        bool,
        typer.Option(
            "--history",
            help="作为历史数据入库：不计迟报、不提醒、不排名 / load as history: no lateness, alerts, ranking",
        ),
    ] = False,
    sign_off_as: Annotated[
        str | None,
        typer.Option("--sign-off-as", help="以此名演示签发全部角色 / sign every role under this name (demonstration)"),
    ] = None,
) -> None:
    from ..flow.month.run_month import run_month

    context = options.context(may_begin=True)
    at = options.moment(context)
    with output.progress(options.as_json) as bar:
        task = bar.add_task(f"{period} 读取 / reading", total=None)
        run = run_month(
            context,
            period_of(period),
            at,
            from_dir,
            history,
            sign_off_as,
            lambda count, total: bar.update(task, completed=count, total=total),
            clock_of(options.now, at),
        )
    document = run.document()
    if run.state == "published":
        document["failures"] = tell_follow_ups(context, period, at)
    if options.as_json:
        output.print_json(document)
    else:
        print_month(document, run.top)
    raise typer.Exit(1 if run.state == "open" or run.blocked or document["failures"] else 0)


def print_month(document: MonthDocument, top: list[tuple[int, str, str]]) -> None:
    """The summary of a month for people."""
    units, rows = document["units"], document["rows"]
    output.say(
        f"{document['period']}: {document['state']} {document['edition'] or ''} {document['reason']}\n"
        f"  单位 units: 应报 expected {units['expected']}，收到 received {units['received']}，迟报 late {units['late']}，"
        f"退回 rejected {units['rejected']}，未报 missing {units['missing']}\n"
        f"  数据行 rows: 收到 received {rows['received']} = 采用 accepted {rows['accepted']} + 隔离 quarantined "
        f"{rows['quarantined']} + 非数据 not data {rows['not_data']}"
    )
    if document["unassigned"]:
        output.say(
            f"  另有 {document['unassigned']} 个文件无法读取或认不出单位、报告期，见 saima status {document['period']} 和回执 / files that "
            "could not be read or assigned: see status and receipts"
        )
    for place, name, value in top:
        output.say(f"  {place}. {name} {value}")
    if document["path"]:
        output.say(f"  {document['path']}")
    for failure in document["sources_failed"]:
        output.note(f"未能收取 / not fetched: {failure}")
    if document["stages"]:
        times = ", ".join(f"{s['name']} {s['seconds']:.1f}s" for s in document["stages"])
        output.note(f"  {times}; peak {document['peak_rss_mb']:.0f} MB")
