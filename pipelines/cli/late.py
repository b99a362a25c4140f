"""`saima late`: who is not in, on which rung, what was said, with what result; as a table, JSON, CSV or a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from . import output
from .options import AsJson, Home, Now, ProgrammeName, context_of, local, moment, period_of

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
HtmlFile = Annotated[Path | None, typer.Option("--html", help="写成一页网页,可打印 / write as one page to print")]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(help="谁还没有报,催报记录 / who is not in, and the record of chasing")(late)


def late(
    period: Annotated[
        str | None, typer.Argument(metavar="[PERIOD]", help="报告期 / period; default the latest due")
    ] = None,
    csv: CsvFile = None,
    html: HtmlFile = None,
    home: Home = None,
    programme: ProgrammeName = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    from ..alerts.pages import late_csv, late_page
    from ..flow.notify.status_documents import late_document

    context = context_of(home, programme)
    document = late_document(context, period_of(period) if period else None, moment(now))
    p = context.programme
    write(csv, lambda: late_csv(document))
    write(html, lambda: late_page(document, p.zh, p.simulated, p.time_zone))
    if as_json:
        output.print_json(document)
        return
    output.table(
        f"{document['period'] or '—'} 未到 / not in, {local(document['now'])}{provisional(document['provisional'])}",
        _COLUMNS,
        (line for entry in (*document["units"], *document["bureau"]) for line in _lines(entry)),
        right=(5,),
    )


def provisional(years: list[int]) -> str:
    """Which years of the dates rest on holidays not announced yet, for a title."""
    return f"(日历为推算 / provisional: {'、'.join(map(str, years))})" if years else ""


def _lines(entry: dict[str, Any]) -> list[tuple[object, ...]]:
    """One line for each role: the last message to it; a call is a line too."""
    head = (entry["unit"], entry["name"], entry["form"], local(entry["owed_by"]), entry["rung"], entry["workdays_late"])
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for said in entry["notices"]:
        if said["state"] not in ("passed", "withdrawn"):
            last[(said["audience"], said["role"])] = said
    lines: list[tuple[object, ...]] = [
        (
            said["rung"] or said["kind"],
            said["role"] or said["audience"],
            said["channel"] + ("(汇总 digest)" if said["in_digest"] else ""),
            local(said["sent_at"]),
            said["state"] if said["state"] == "delivered" else f"{said['state']} {said['result']}".strip(),
        )
        for said in last.values()
    ]
    lines += [("电话 call", c["spoke_to"], c["called_by"], local(c["called_at"]), c["answer"]) for c in entry["calls"]]
    blank: tuple[object, ...] = ("",) * len(head)
    return [(*(head if n == 0 else blank), *line) for n, line in enumerate(lines or [("",) * 5])]


def write(path: Path | None, content: Any) -> None:
    """Write a file that was asked for and say so."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content())
        output.note(f"已写出 / written: {path}")
