"""What a file holds beside the table that is read: a second table under a title of its own, another form's table above it, rows that go
on on a sheet without a header. None of it may be lost, or counted as the first table's, without a word (A03)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipelines.model.fields import FIELDS
from pipelines.model.forms import field_of
from pipelines.model.programme import Programme
from pipelines.model.raw import Cell, RawSheet, cell_address
from pipelines.model.submissions import FormPart, Problem, RowClass

from .declared import Title, amount_unit, read_title
from .headers import AliasIndex, DetectedTable, find_table
from .numbers import missing_mark, plain
from .rows import RowClasses
from .sum_rows import figure

_TITLE_ROWS = 8
_TITLE_CELLS = 4
"""A title has few rows of few cells; what has more is a row of the table."""
_NAMES_A_TABLE = re.compile(
    r"表|[月季年快旬周]报|情况|一览|明细|汇总|统计|报告期|报告时期|所属期|return|report|period|table", re.IGNORECASE
)
"""A month stands also in the head of a section: 2022年5月新入库项目."""
_LOOKED_AT = 60
"""Rows of a sheet without a header that are held against the table: one that fits is enough."""
Known = tuple[list[str], list[str], list[str]]
"""Units, periods and units of amount that are the table's own."""


def known_of(title: Title, part: FormPart, table: DetectedTable, stated: Sequence[str]) -> Known:
    """What a title may name again without beginning another table: what the first one names, and what was made of the table. `stated`:
    units of amount that manifest or file declare."""
    layout = table.layout
    amounts = [declared.value for declared in title.amount_units]
    if not amounts:
        headers = [text for texts in table.units.values() for text in texts]
        named = [amount_unit(text, layout, whole=True) for text in (*headers, *stated, layout.default_unit or "")]
        amounts = [unit for unit in dict.fromkeys(named) if unit]
    units = [part.unit_code or "", *(declared.value for declared in title.units)]
    periods = [part.period or "", *(declared.value for declared in title.periods)]
    return list(filter(None, dict.fromkeys(units))), list(filter(None, dict.fromkeys(periods))), amounts


def second_title(
    sheet: RawSheet, table: DetectedTable, classes: RowClasses, programme: Programme, known: Known
) -> list[Problem]:
    """A03 where the header comes once more under a title that names another unit, period or unit of amount than the first one: the rows
    below it are not the first table's. Of several units' rows in one file the columns say whose they are."""
    layout = table.layout
    for header in rows_below(table, classes, "header"):
        rows = _title_rows(sheet, table, header)
        english = programme.language == "en"
        title = read_title(rows, programme.roster, programme.city_zh, layout, english)
        named = [row for row in rows if any(isinstance(cell, str) and _NAMES_A_TABLE.search(cell) for cell in row[1])]
        periods = read_title(named, programme.roster, programme.city_zh, layout, english).periods
        units = [] if layout.covers == "children" else title.units
        for said, allowed in zip((units, periods, title.amount_units), known, strict=True):
            other = next((declared for declared in said if declared.value not in allowed), None)
            if other is not None:
                row = other.row or sheet.row_numbers[header]
                first, second = (_shown(value, programme) for value in ("、".join(allowed), other.value))
                params = {"kind": "second_title", "form": layout.name, "first": first, "second": second}
                return [Problem("A03", sheet.label, f"A{row}", row, value=other.value, params=params)]
    return []


def _shown(value: str, programme: Programme) -> str:
    """A code of the roster with its name; anything else as it is."""
    unit = programme.roster.get(value)
    return f"{unit.name} {value}" if unit is not None else value


def rows_below(table: DetectedTable, classes: RowClasses, row_class: RowClass) -> Iterator[int]:
    """Indexes of the rows of a class below the table's header; most sheets have none."""
    at = table.end
    while True:
        try:
            at = classes.classes.index(row_class, at + 1)
        except ValueError:
            return
        yield at


def _title_rows(sheet: RawSheet, table: DetectedTable, header: int) -> list[tuple[int, Sequence[Cell]]]:
    """The rows of few cells right above a header, with their numbers."""
    found: list[tuple[int, Sequence[Cell]]] = []
    for at in range(header - 1, max(table.end, header - 1 - _TITLE_ROWS), -1):
        filled = [cell for cell in sheet.rows[at] if cell is not None and cell != ""]
        if len(filled) > _TITLE_CELLS or any(not isinstance(cell, str) for cell in filled):
            break
        found.insert(0, (sheet.row_numbers[at], sheet.rows[at]))
    return found


def table_above(sheet: RawSheet, table: DetectedTable, indexes: Sequence[AliasIndex]) -> list[Problem]:
    """A03 where the rows above the header hold the whole table of another form: as a title it would be passed over."""
    if table.top < 2:
        return []
    rows, numbers = sheet.rows[: table.top], sheet.row_numbers[: table.top]
    above = replace(sheet, rows=rows, row_numbers=numbers)
    others = [index for index in indexes if index.layout.name != table.layout.name]
    other = find_table(above, others)
    if other is None or other.missing:
        return []
    amounts = _amounts(other)
    below = rows[other.end + 1 :]
    if not any(at < len(row) and figure(row[at]) is not None for row in below for at in amounts):
        return []
    row = numbers[other.bottom]
    params = {
        "kind": "table_above",
        "form": table.layout.name,
        "zh": table.layout.zh,
        "other": other.layout.name,
        "other_zh": other.layout.zh,
    }
    return [Problem("A03", sheet.label, f"A{row}" if row else "", row or None, params=params)]


def rows_elsewhere(
    sheet: RawSheet, table: DetectedTable, classes: RowClasses, unread: Sequence[RawSheet]
) -> list[Problem]:
    """A03 where a sheet on which no header was found holds rows that fit under the table's: the same columns filled, figures where
    amounts stand, and a key that the table itself does not have."""
    needed = [table.columns[c.name] for c in table.layout.columns if c.non_empty and c.name in table.columns]
    keys = [table.columns[name] for name in table.layout.key if name in table.columns]
    if not unread or not keys or len(needed) < 3:  # two cells fit anywhere
        return []
    amounts = set(_amounts(table))
    known: set[tuple[str, ...]] = set()
    for other in unread:
        shift = sheet.first_column - other.first_column
        if _has_own_header(other, len(needed)):  # a list of something else, such as the findings that went back
            continue
        for number, row in zip(other.row_numbers[:_LOOKED_AT], other.rows[:_LOOKED_AT], strict=True):
            if not all(_fits(row, at + shift, at in amounts) for at in needed):
                continue
            known = known or {tuple(_text(sheet.rows[i], at) for at in keys) for i in classes.data}
            if tuple(_text(row, at + shift) for at in keys) not in known:
                params = {"kind": "rows_elsewhere", "form": table.layout.name, "read": sheet.label or "1"}
                cell = cell_address(number, other.first_column)
                return [Problem("A03", other.label, cell, number, params=params)]
    return []


def _has_own_header(sheet: RawSheet, wide: int) -> bool:
    """Whether the first row that is as wide as a table's is of words alone."""
    first = next((row for row in sheet.rows[:_LOOKED_AT] if sum(cell not in (None, "") for cell in row) >= wide), ())
    return bool(first) and all(figure(cell) is None for cell in first if cell not in (None, ""))


def _amounts(table: DetectedTable) -> list[int]:
    return [at for name, at in table.columns.items() if FIELDS[field_of(name)].type == "amount"]


def _text(row: Sequence[Cell], at: int) -> str:
    return plain(row[at]).strip() if 0 <= at < len(row) else ""


def _fits(row: Sequence[Cell], at: int, amount: bool) -> bool:
    if amount:
        return 0 <= at < len(row) and figure(row[at]) is not None
    return missing_mark(_text(row, at)) is None
