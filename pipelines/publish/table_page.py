"""Tables for people as one HTML page to print, and as CSV: no script, no network, every value escaped."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..model.printed_table import PrintedTable

TEMPLATES = Path(__file__).parent / "templates"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
INTERNAL = "内部资料，注意保存 / internal"


@dataclass(frozen=True)
class PageFrame:
    """What stands around the tables. `made`: as of when, local; `portrait`: one page for a leader, else A4 landscape."""

    title: str
    programme: str
    made: str
    simulated: bool
    marking: str = INTERNAL
    paragraphs: tuple[str, ...] = ()
    portrait: bool = False


def table_page(frame: PageFrame, tables: Sequence[PrintedTable]) -> bytes:
    """The page."""
    css = (TEMPLATES / "dispatch_tables.css").read_text(encoding="utf-8")
    style = base64.b64encode(sha256(css.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("dispatch_tables.html.j2").render(
        css=Markup(css),  # noqa: S704 — our own file
        policy=f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'",
        tables=tables,
        **frame.__dict__,
    )
    return page.encode("utf-8", "backslashreplace")


def tables_csv(tables: Sequence[PrintedTable]) -> bytes:
    """UTF-8 with a byte-order mark. One table: header and rows; several: each under its title, apart by an empty line. What a
    spreadsheet would run is defused; a plain negative number stays one."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    for number, table in enumerate(tables):
        if len(tables) > 1:
            if number:
                writer.writerow([])
            writer.writerow([_defused(table.zh)])
        writer.writerow([f"{column.zh} {column.en}" for column in table.columns])
        writer.writerows([_defused(text) for text in row] for row in table.rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "backslashreplace")


def _defused(text: str) -> str:
    if text.startswith(_DANGEROUS) and not text.removeprefix("-").replace(".", "", 1).rstrip("%").isdigit():
        return f"'{text}"
    return text
