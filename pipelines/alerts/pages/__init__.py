"""Pages and tables of the ladder for people: the record of chasing and the call list, as HTML to print and as CSV.

Pages need no network and run no script; every value is escaped. CSV cells that a spreadsheet would run are defused.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

FOLDER = Path(__file__).parent
LATE_COLUMNS = (
    "unit",
    "name",
    "form",
    "due",
    "owed_by",
    "rung",
    "workdays_late",
    "state",
    "message_rung",
    "kind",
    "audience",
    "role",
    "channel",
    "not_before",
    "sent_at",
    "attempts",
    "message_state",
    "result",
    "message_id",
)
CALL_COLUMNS = (
    "unit",
    "name",
    "form",
    "rung",
    "due",
    "workdays_late",
    "phones",
    "called_at",
    "called_by",
    "spoke_to",
    "answer",
)
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def late_page(document: Mapping[str, Any], programme: str, simulated: bool, time_zone: str) -> bytes:
    """One HTML page of a `saima late` document: who is late, what was said, with what result."""
    return _page("late.html.j2", time_zone, late=document, programme=programme, simulated=simulated)


def calls_page(document: Mapping[str, Any], time_zone: str) -> bytes:
    """The call list, A4 landscape with repeated heads and room for who, when and the answer."""
    return _page("calls.html.j2", time_zone, list=document)


def late_csv(document: Mapping[str, Any]) -> bytes:
    """One line a message (one with no message where nothing was said), UTF-8 with a byte-order mark."""
    lines: list[dict[str, Any]] = []
    for entry in (*document["units"], *document["bureau"]):
        for said in entry["notices"] or [{}]:
            message = {k: said.get(k) for k in LATE_COLUMNS if k in said}
            lines.append(
                {
                    **message,
                    **{k: entry[k] for k in LATE_COLUMNS if k in entry},
                    "message_rung": said.get("rung"),
                    "message_state": said.get("state"),
                }
            )
    return _csv(lines, LATE_COLUMNS)


def calls_csv(document: Mapping[str, Any]) -> bytes:
    """One line a call to make; the last columns are empty, or tell the calls that were logged."""
    lines: list[dict[str, Any]] = []
    for entry in document["calls"]:
        phones = "; ".join(f"{p['role']} {p['number']}" for p in entry["phones"])
        lines += [{**entry, "phones": phones, **logged} for logged in (*entry["logged"], {})]
    return _csv(lines, CALL_COLUMNS)


def _csv(lines: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(line.get(name)) for name in columns] for line in lines)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_DANGEROUS) else value


def _page(template: str, time_zone: str, **values: Any) -> bytes:
    css = (FOLDER / "page.css").read_text(encoding="utf-8")
    style = base64.b64encode(sha256(css.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    zone = ZoneInfo(time_zone)
    environment.filters["local"] = lambda text: (
        f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M}" if text else ""
    )
    policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    page = environment.get_template(template).render(css=Markup(css), policy=policy, **values)  # noqa: S704  # our own file
    return page.encode("utf-8", "backslashreplace")
