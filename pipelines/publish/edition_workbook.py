"""ranking.xlsx by the conventions of the GSS and ONS for published spreadsheets: a cover, a sheet of notes, one table a sheet, marked
as a table with one header row, no merged cell, no empty row inside; figures are numbers, words are text, and what a formula would
be is text."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

from ..model.rank_document import ChangedCell
from ..model.ranking import SUPPRESSED
from .edition_context import BilingualText, EditionContext
from .edition_figures import Figure, FigureColumn, FigureTable
from .exact_sheet import ExactSheet, SheetColumn

_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_MOST = 32_000
_PLACES = {"integer": "0", "amount": "#,##0.00##", "points": "0.00####", "percentage_points": "0.0#######"}
NOT_APPLICABLE, KEPT_BACK, NOT_IN = "[z]", "[c]", "[x]"
"""The shorthand of the GSS for cells without a figure: not applicable, confidential, not available."""
SHORTHAND = (
    BilingualText("[z] 不适用", "[z] not applicable"),
    BilingualText("[c] 不予公布", "[c] confidential"),
    BilingualText("[x] 未报、未通过或暂缺", "[x] not available: missing, rejected or unknown"),
)


class EditionWorkbook:
    """The workbook while it is written. Its time of creation is the edition's, since a clock would give other bytes each time."""

    def __init__(self, heading: BilingualText, edition: EditionContext) -> None:
        self._buffer = io.BytesIO()
        self._book: Any = xlsxwriter.Workbook(self._buffer, dict(_OPTIONS))
        made = (edition.published_at or edition.drafted_at).replace(tzinfo=None, microsecond=0)
        self._book.set_properties(
            {
                "title": _text(heading.zh),
                "subject": _text(heading.en),
                "author": _text(edition.programme.zh),
                "created": made,
            }
        )
        self._book.set_size(2400, 1600)
        self._formats = {name: self._book.add_format(how) for name, how in _LOOKS.items()}
        self._sheets = 0

    def page(self, name: str, heading: str, lines: Sequence[Sequence[str]], width: int = 100) -> None:
        """A sheet of text: a heading, then rows of one cell or two."""
        sheet = self._sheet(name, heading)
        for row, cells in enumerate(lines, 1):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, _text(cell), self._formats["text"])
        columns = max((len(cells) for cells in lines), default=1)
        sheet.set_column(0, 0, width if columns == 1 else 46)
        if columns > 1:
            sheet.set_column(1, columns - 1, width)

    def table(
        self, name: str, heading: str, table: FigureTable, english: bool = True, whole: FigureTable | None = None
    ) -> None:
        """A sheet with one table, marked as such. Its header cells are Chinese, English and the key that other files use. `whole`: the
        table that the columns were taken from, row by row: its state says why a cell has no figure."""
        sheet = self._sheet(name, heading)
        sheet.write_string(
            1, 0, _text("本表一行一个地区，缺数的单元格见“说明”中的符号 / one row an area; symbols: see Notes")
        )
        head, heads = 2, _distinct([f"{c.zh}\n{c.en}\n{c.key}" if english else c.zh for c in table.columns])
        symbols = [_shorthand(record) for record in (whole or table).records()]
        sheet.put_columns(
            head + 1,
            [
                self._column(column, [row[place] for row in table.rows], symbols)
                for place, column in enumerate(table.columns)
            ],
        )
        last = head + max(1, len(table.rows))
        formats = [{"header": one, "header_format": self._formats["head"]} for one in heads]
        self._sheets += 1
        sheet.add_table(
            head,
            0,
            last,
            len(heads) - 1,
            {
                "name": f"table_{self._sheets}",
                "columns": formats,
                "autofilter": True,
                "style": "Table Style Light 1",
                "banded_rows": False,
            },
        )
        sheet.set_row(head, 60)
        sheet.set_column(0, len(heads) - 1, 14)
        sheet.freeze_panes(head + 1, min(3, len(heads)))
        sheet.repeat_rows(head)

    def content(self) -> bytes:
        self._book.close()
        return self._buffer.getvalue()

    def _sheet(self, name: str, heading: str) -> Any:
        sheet = self._book.add_worksheet(name, ExactSheet)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&C&P / &N")
        sheet.write_string(0, 0, _text(heading), self._formats["heading"])
        return sheet

    def _column(self, column: FigureColumn, values: Sequence[Figure], symbols: Sequence[str]) -> SheetColumn:
        """`symbols`: what stands in place of a figure, by row."""
        looks = self._formats
        if column.kind == "text":
            return SheetColumn([_text(str(value or "")) for value in values], looks["text"], looks["text"])
        cells = [symbol if value is None else float(value) for value, symbol in zip(values, symbols, strict=True)]
        return SheetColumn(cells, looks["symbol"], looks.get(column.kind, looks["figure"]))


_LOOKS: Final[dict[str, dict[str, object]]] = {
    "heading": {"bold": True, "font_size": 14},
    "text": {"text_wrap": True, "valign": "top", "num_format": "@"},
    "head": {"bold": True, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#E7E6E6"},
    "symbol": {"align": "right", "valign": "top"},
    "figure": {"num_format": "0.00######", "valign": "top"},
    **{kind: {"num_format": places, "valign": "top"} for kind, places in _PLACES.items()},
}


def printed_table(table: FigureTable, by_score: bool) -> FigureTable:
    """The first columns that a reader looks for, of the whole table."""
    wanted = [
        "rank",
        "unit_name",
        "unit_code",
        "ytd",
        "growth",
        "growth_official",
        "schedule_completion",
        "annual_target",
    ]
    wanted += (
        ["score", "growth_rank", "movement", "remarks"] if by_score else ["movement", "growth_change_pp", "remarks"]
    )
    keys = [column.key for column in table.columns]
    shown = [keys.index(key) for key in wanted if key in keys and _known(table, keys.index(key))]
    return FigureTable(
        tuple(table.columns[place] for place in shown),
        tuple(tuple(row[place] for place in shown) for row in table.rows),
    )


def changes_table(changes: Sequence[ChangedCell]) -> FigureTable:
    """What a correction changed, cell by cell, as texts: a cell may hold words."""
    columns = (
        FigureColumn("table", "表", "Table"),
        FigureColumn("unit", "地区代码", "Unit code"),
        FigureColumn("name", "地区", "Unit"),
        FigureColumn("field", "栏目", "Column"),
        FigureColumn("before", "更正前", "Before"),
        FigureColumn("after", "更正后", "After"),
    )
    rows = ((one["table"], one["unit"], one["name"], one["field"], one["before"], one["after"]) for one in changes)
    return FigureTable(columns, tuple(tuple(_shown(cell) for cell in row) for row in rows))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key} {one}" for key, one in value.items())
    if isinstance(value, list):
        return "、".join(map(str, value))
    return "—" if value is None else str(Decimal(str(value))) if isinstance(value, float) else str(value)


def _known(table: FigureTable, place: int) -> bool:
    return table.columns[place].kind == "text" or any(row[place] is not None for row in table.rows)


def _shorthand(record: dict[str, Figure]) -> str:
    if SUPPRESSED in str(record.get("remarks") or "").split(";"):
        return KEPT_BACK
    return NOT_IN if record.get("state") in ("missing", "rejected", "unranked") else NOT_APPLICABLE


def _distinct(heads: Sequence[str]) -> list[str]:
    """A table of a workbook wants every head once."""
    seen: dict[str, int] = {}
    found = []
    for head in heads:
        seen[head] = seen.get(head, 0) + 1
        found.append(_text(head if seen[head] == 1 else f"{head} ({seen[head]})"))
    return found


def _text(value: str) -> str:
    """Text a cell can hold: without control characters, of a length that spreadsheets take."""
    clean = _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", value)
    if clean.startswith("<r>") and clean.endswith("</r>"):
        clean += " "  # xlsxwriter would write it as markup of its own, not as the text that it is
    return clean if len(clean) <= _MOST else clean[: _MOST - 1] + "…"
