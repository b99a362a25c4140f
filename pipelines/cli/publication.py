"""Commands about editions as a bureau reviews and releases them: diff, access, finalise, bulletin, calendar."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ..model.rank_document import ChangedCell
from . import output
from .home_options import HomeOptions, home_options
from .options import PeriodArgument, local, period_of

Viewer = Annotated[
    str | None, typer.Option("--as", help="查看人，记入发布前接触记录 / who looks; logged while it is not public")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(help="审阅：与上一版的不同，缺报、迟报、待核 / review: what differs, is missing, late, queried")(diff)
    app.command(help="发布前接触记录 / who has seen drafts of the month before publication")(access)
    app.command(help="定案：下一版为正式数 / settle the month: the next edition's figures are final")(finalise)
    app.command(help="通报（Word）和可引用的一段文字 / the bulletin as Word, and a paragraph to quote")(bulletin)
    app.command(help="今后十二个月的发布日程 / releases of the next twelve months; --announce publishes them")(calendar)


@home_options()
def diff(
    options: HomeOptions,
    period: PeriodArgument,
    against: Annotated[
        str | None, typer.Option("--against", help="比较的版次，例如 2022-06-e1 / edition to compare with")
    ] = None,
    name: Viewer = None,
) -> None:
    from ..flow.month.draft import newest
    from ..flow.month.edition_difference import edition_difference
    from ..flow.month.prerelease import record_access
    from ..publish.older_documents import completed

    context = options.context()
    at = options.moment(context)
    edition = newest(context, period_of(period), at).edition
    record_access(context, edition, "diff", at, name)
    found = edition_difference(context, edition, against)
    document = found.model_dump(mode="json")
    if options.as_json:
        output.print_json(document)
        return
    shown = completed(edition.document)
    output.table(
        f"{found.edition}（{found.state}）与 / against {found.against or '—'}：{len(found.cells)} 处不同 / cells differ",
        ("表 table", "地区 unit", "栏目 field", "原 before", "现 after"),
        (_changed(c, shown) for c in found.cells),
        right=(3, 4),
    )
    for title, units in (
        ("未报或未参加排名 / not ranked", found.missing),
        ("迟报 / late", found.late),
        ("待核 / under query", found.under_query),
    ):
        if units:
            output.table(
                title,
                ("地区 unit", "状态 state", "迟报工作日 days", "未说明 queries", "数据行 rows", "备注 remarks"),
                ((u.name, u.state, u.workdays_late, u.queries, u.rows, "、".join(u.remarks)) for u in units),
                right=(2, 3, 4),
            )
    for block in found.blocking:
        output.say(f"待核定 / to settle: {block['zh']} {block['en']}")
    for signature in document["signatures"]:
        at_local = local(signature["at"], context)
        output.say(f"{signature['role']}: {signature['name']} {signature['decision']} {at_local}")
    for opinion in document["opinions"]:
        said = f"{opinion['by']}（{opinion['role']}）：{opinion['opinion']}"
        output.say(f"退回意见 / sent back: {opinion['edition']} {said}")
    if found.outstanding:
        output.say(f"尚缺签发 / outstanding: {', '.join(found.outstanding)}")


@home_options("now")
def access(options: HomeOptions, period: PeriodArgument) -> None:
    from ..flow.month.prerelease import accesses
    from ..flow.records.submission_status import refuse_unknown

    context = options.context()
    refuse_unknown(context, period_of(period))
    document = accesses(context, str(period_of(period))).model_dump(mode="json")
    if options.as_json:
        output.print_json(document)
        return
    output.table(
        f"{period} 发布前接触记录 / pre-release access",
        ("时间 at", "版次 edition", "何人 by", "方式 how"),
        ((local(one["at"], context), one["edition"], one["by"], one["how"]) for one in document["accesses"]),
    )


@home_options()
def finalise(
    options: HomeOptions,
    period: PeriodArgument,
    reason: Annotated[str, typer.Option("--reason", help="依据，印在发布版上 / on what basis; printed")],
    name: Annotated[str, typer.Option("--as", help="决定人 / who decides")],
) -> None:
    from ..flow.month.correction_decisions import finalise as run
    from ..flow.month.draft import draft

    context = options.context()
    month, at = period_of(period), options.moment(context)
    run(context, month, reason, name, at)
    edition = draft(context, month, at).edition
    if options.as_json:
        output.print_json({"period": period, "edition": edition.edition_id, "figures": edition.document["figures"]})
        return
    output.say(f"{period} 已定案，待签发的正式版 / settled, to be signed: {edition.edition_id}")


@home_options()
def bulletin(
    options: HomeOptions,
    period: PeriodArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="写到这个文件（默认 bulletins/ 下）/ write it here", dir_okay=False)
    ] = None,
    name: Viewer = None,
) -> None:
    from ..flow.month.draft import newest
    from ..flow.month.prerelease import record_access
    from ..flow.month.write_bulletin import write_bulletin

    context = options.context()
    at = options.moment(context)
    edition = newest(context, period_of(period), at).edition
    record_access(context, edition, "bulletin", at, name)
    found = write_bulletin(context, edition, out, at)
    if options.as_json:
        output.print_json(found.model_dump(mode="json"))
        return
    output.say(f"{found.paragraph_zh}\n\n{found.paragraph_en}\n\n{found.path}")


@home_options()
def calendar(
    options: HomeOptions,
    announce: Annotated[
        bool,
        typer.Option("--announce", help="公布：网站随之给出 JSON 和 .ics / announce it: the site then carries both"),
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", help="已公布的时间变动的原因 / why announced hours are moved")
    ] = "",
) -> None:
    from ..flow.month.announce_releases import announce as run
    from ..flow.month.announce_releases import release_calendar

    context = options.context()
    at = options.moment(context)
    found = run(context, at, reason) if announce else release_calendar(context, at)
    document = found.model_dump(mode="json")
    if options.as_json:
        output.print_json(document)
        return
    output.table(
        f"{found.programme} 发布日程 / release calendar（{found.time_zone}）",
        ("时间 at", "报告期 period", "状态 state", "版次 edition"),
        ((local(r["at"], context), r["period"], r["state"], r["edition"]) for r in document["releases"]),
    )
    for change in document["changes"]:
        after = local(change["after"], context) or "取消 / withdrawn"
        output.say(f"变动 / moved: {change['period']} {local(change['before'], context)} → {after}：{change['reason']}")
    if not document["releases"]:
        output.say(
            "没有待发布的报告期：方案的日历（calendar.csv）没有列出此后的时限；请补上年度后再看，或用 --now 看较早的日期 / nothing to be "
            "released: the calendar names no month from now on; add the year to it, or look as of an earlier day with --now"
        )
    output.say(f"方案日历列至 / hours are named until: {found.complete_until or '—'}")


def _changed(cell: ChangedCell, document: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    """A changed cell in the words of the edition."""
    from ..publish.differences import field_name, shown_value, table_name

    table, field = table_name(cell["table"]), field_name(cell["field"], document)
    before, after = (shown_value(cell["field"], value) for value in (cell["before"], cell["after"]))
    return table.zh, cell["name"], f"{field.zh} / {field.en}", before, after
