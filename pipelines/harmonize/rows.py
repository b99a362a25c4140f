"""What every row of a table's sheet is: title, header, data, total or footer. Every non-blank row gets exactly one
class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from pipelines.model.fields import FIELDS
from pipelines.model.forms import FormLayout, field_of
from pipelines.model.header_text import header_key
from pipelines.model.raw import Cell, RawSheet
from pipelines.model.submissions import RowClass

from .headers import AliasIndex, DetectedTable
from .numbers import fold, missing_mark

NIL = re.compile(
    r"^(本月|本期|本表|当月)?(无发生额?|零报[送告]|无数据|无投资|无项目|无投资(额|发生)|无(在建)?项目|nilreturn|nil|noactivity)[。.!]?$"
)
"""Marks of an explicit nil return, over text without spaces in lower case (A07)."""
_SECTION = re.compile(r"^([一二三四五六七八九十]+、|\([一二三四五六七八九十]+\)|第[一二三四五六七八九十]+部分)")


@dataclass(frozen=True)
class RowClasses:
    """`classes[i]` of row i of the sheet, None for a blank row; `data` and `totals` are indexes; `second_headers`
    rows that look like the header of another table; `nil` whether the sender says that nothing happened."""

    classes: list[RowClass | None]
    data: list[int]
    totals: list[int]
    second_headers: list[int]
    nil: bool


@lru_cache(maxsize=64)
def _patterns(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None


def classify(sheet: RawSheet, table: DetectedTable, index: AliasIndex, others: Sequence[AliasIndex] = ()) -> RowClasses:
    """Classes of all rows of the sheet, by the layout's patterns over the first texts of a row and its key cells; `others` are
    the forms whose header further down would begin a second table."""
    layout = table.layout
    totals, subtotals, footers = _patterns(layout.totals), _patterns(layout.subtotals), _patterns(layout.footers)
    key_cells = [table.columns[name] for name in _identity(layout) if name in table.columns]
    matched = set(table.columns.values())
    describing = [
        table.columns[c.name]
        for c in layout.columns
        if c.non_empty and c.name in table.columns and FIELDS[c.field].type in ("text", "code", "month", "period")
    ]
    figures = [at for name, at in table.columns.items() if FIELDS[field_of(name)].type == "amount"]
    numbered = 0 not in matched
    classes: list[RowClass | None] = []
    found = RowClasses(classes, [], [], [], False)
    nil = False
    for number, row in enumerate(sheet.rows):
        if number > table.end and row and not numbered and _starts_with_number(row[0]):
            classes.append("data")
            found.data.append(number)
            continue
        filled = [at for at, cell in enumerate(row) if cell is not None and cell != ""]
        if not filled or all(_is_blank(row[at]) for at in filled):
            classes.append(None)
            continue
        if number <= table.end:
            classes.append("title" if number < table.top else "header")
            nil = nil or (number < table.top and any(_is_nil(row[at]) for at in filled))
            continue
        label = row[next((at for at in filled if at in matched or isinstance(row[at], str)), filled[0])]
        keyed = any(at < len(row) and not _is_missing(row[at]) for at in key_cells)
        if isinstance(label, str) and not label[:1].isdigit():
            texts = _texts(row, filled[:4])
            keys = [header_key(text) for text in _texts(row, filled)] if len(filled) >= 3 else []
            if len(keys) >= 3 and any(sum(key in i.levels for key in keys) >= 3 for i in (index, *others)):
                if not _repeats(sheet, table, row):
                    found.second_headers.append(number)
                classes.append("header")
                continue
            if _is_described(row, describing):
                classes.append("data")
                found.data.append(number)
                continue
            total = next((t for t in texts if totals is not None and totals.search(t)), None)
            if total is not None and (not keyed or filled[0] in key_cells):
                classes.append("total")
                found.totals.append(number)
                continue
            if (
                subtotals is not None
                and (not keyed or filled[0] in key_cells)
                and any(subtotals.search(t) for t in texts)
            ):
                classes.append("total")
                continue
            spoken = sum(at < len(row) and _is_figure(row[at]) for at in figures) < 2
            if spoken and len(filled) <= 4 and any(_is_nil(row[at]) for at in filled):
                classes.append("footer")
                nil = True
                continue
            if spoken and footers is not None and not keyed and any(footers.search(t) for t in texts):
                classes.append("footer")
                continue
            if spoken and footers is not None and len(filled) <= 8 and footers.search(texts[0]):
                classes.append("footer")
                continue
            if len(filled) == 1 and (not matched & set(filled) or _SECTION.match(texts[0])):
                classes.append("title")
                continue
        classes.append("data")
        found.data.append(number)
    return RowClasses(classes, found.data, found.totals, found.second_headers, nil and not found.data)


def _starts_with_number(cell: Cell) -> bool:
    """A row that begins with a number or a code is data; only texts can be labels."""
    return cell.__class__ is float or (cell.__class__ is str and cell[:1].isdigit())


def _is_described(row: Sequence[Cell], describing: Sequence[int]) -> bool:
    """A row that fills three of the texts every data row has (name, owner, industry …) is data, whatever its first cell is like:
    the wrong way round a project called #2 line would be lost as a subtotal."""
    return sum(at < len(row) and not _is_missing(row[at]) for at in describing) >= 3


def _is_figure(cell: Cell) -> bool:
    return cell.__class__ in (float, int, Decimal) or (isinstance(cell, str) and cell[:1].isdigit())


def _identity(layout: FormLayout) -> tuple[str, ...]:
    """Fields that only a data row fills: a 合计 in the name column is no name."""
    return layout.key or ("project_code", "indicator", "area_code")


def _texts(row: Sequence[Cell], at: Sequence[int]) -> list[str]:
    return [fold(cell) for cell in (row[i] for i in at) if isinstance(cell, str)] or [""]


def _is_blank(cell: Cell) -> bool:
    return isinstance(cell, str) and (cell.isspace() or not fold(cell))


def _is_missing(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and missing_mark(cell) is not None)


def _is_nil(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) < 40 and NIL.match(fold(cell).casefold()) is not None


def _repeats(sheet: RawSheet, table: DetectedTable, row: Sequence[Cell]) -> bool:
    """Whether a row repeats the table's header (a page break), cell by cell."""
    header = sheet.rows[table.bottom]
    return all(
        not isinstance(cell, str)
        or not cell
        or (at < len(header) and header_key(cell) == header_key(str(header[at] or "")))
        or any(
            header_key(cell) == header_key(str(sheet.rows[r][at] or ""))
            for r in range(table.top, table.bottom)
            if at < len(sheet.rows[r])
        )
        for at, cell in enumerate(row)
    )
