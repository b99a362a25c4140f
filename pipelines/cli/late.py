"""`saima late`: who is not in, on which rung, what was said, with what result; as a table, JSON, CSV or a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import output
from .home_options import HomeOptions, home_options
from .options import local, period_of

if TYPE_CHECKING:
    from ..flow.runtime.context import Context
    from ..model.json_documents import LateForm, SentNotification


_COLUMNS = (
    "单位 unit",
    "名称 name",
    "报表 form",
    "截止 due",
    "阶段 rung",
    "迟报工作日 workdays late",
    "最近通知 last said",
    "对象 to",
    "通道 channel",
    "发出 sent",
    "结果 result",
)
CsvFile = Annotated[Path | None, typer.Option("--csv", help="写成 CSV / write as CSV")]
HtmlFile = Annotated[Path | None, typer.Option("--html", help="写成一页网页，可打印 / write as one page to print")]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(help="谁还没有报，催报记录 / who is not in, and the record of chasing")(late)


@home_options()
def late(
    options: HomeOptions,
    period: Annotated[
        str | None, typer.Argument(metavar="[PERIOD]", help="报告期 / period; default the latest due")
    ] = None,
    csv: CsvFile = None,
    html: HtmlFile = None,
) -> None:
    from ..alerts.pages import late_csv, late_page
    from ..flow.notify.status_documents import late_document

    context = options.context()
    document = late_document(context, period_of(period) if period else None, options.moment(context))
    p = context.programme
    write(csv, lambda: late_csv(document))
    write(html, lambda: late_page(document, p.zh, p.simulated, p.time_zone))
    if options.as_json:
        output.print_json(document)
        return
    output.table(
        f"{document['period'] or '—'} 未到 / not in, {local(document['now'], context)}{provisional(document['provisional'])}",
        _COLUMNS,
        (line for entry in (*document["units"], *document["bureau"]) for line in _lines(entry, context)),
        right=(5,),
    )


def provisional(years: list[int]) -> str:
    """Which years of the dates rest on holidays not announced yet, for a title."""
    return f"(日历为推算 / provisional: {'、'.join(map(str, years))})" if years else ""


def _lines(entry: LateForm, context: Context) -> list[tuple[object, ...]]:
    """One line for each role: the last message to it; a call is a line too."""
    head = (
        entry["unit"],
        entry["name"],
        entry["form"],
        local(entry["owed_by"], context),
        entry["rung"],
        entry["workdays_late"],
    )
    last: dict[tuple[str, str], SentNotification] = {}
    for sent in entry["notices"]:
        if sent["state"] not in ("passed", "withdrawn"):
            last[(sent["audience"], sent["role"])] = sent
    lines: list[tuple[object, ...]] = [
        (
            sent["rung"] or sent["kind"],
            sent["role"] or sent["audience"],
            sent["channel"] + ("（汇总 digest）" if sent["in_digest"] else ""),
            local(sent["sent_at"], context),
            sent["state"] if sent["state"] == "delivered" else f"{sent['state']} {sent['result']}".strip(),
        )
        for sent in last.values()
    ]
    lines += [
        ("电话 call", c["spoke_to"], c["called_by"], local(c["called_at"], context), c["answer"])
        for c in entry["calls"]
    ]
    blank: tuple[object, ...] = ("",) * len(head)
    return [(*(head if n == 0 else blank), *line) for n, line in enumerate(lines or [("",) * 5])]


def write(path: Path | None, content: Any) -> None:
    """Write a file that was asked for and say so."""
    if path is not None:
        from ..publish.atomic_file import write_asked_for

        write_asked_for(path, content())
        output.note(f"已写出 / written: {path}")
