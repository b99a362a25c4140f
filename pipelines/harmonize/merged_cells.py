"""Merged cells over data rows: texts belong to every row, an amount belongs to nobody in particular."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Protocol

from pipelines.model.fields import FIELDS
from pipelines.model.raw import Cell, RawSheet

from .headers import DetectedTable
from .notes import Notes

_REPEATED = frozenset(("text", "code", "month", "period", "date"))


class _Rows(Protocol):
    """The data rows of a table."""

    sheet: RawSheet
    table: DetectedTable
    row_numbers: list[int]
    notes: Notes


def spread_merged(values: dict[str, Sequence[Cell]], rows: _Rows) -> None:
    """Cells merged downwards say the same for all their rows (a town over its projects): texts, codes and months are repeated and
    noted. A figure merged over several cells for figures is taken out and noted in each: it is the sum of them, or one of them."""
    at_column = {at + rows.sheet.first_column: name for name, at in rows.table.columns.items()}
    first = rows.sheet.row_numbers[rows.table.end] + 1
    for top, left, bottom, right in rows.sheet.merged:
        covered = range(bisect_left(rows.row_numbers, top), bisect_right(rows.row_numbers, bottom))
        names = [name for column in range(left, right + 1) if (name := at_column.get(column)) is not None]
        if top < first or not covered or not names or rows.row_numbers[covered[0]] != top:
            continue
        name = at_column.get(left)
        if name is not None and FIELDS[name].type in _REPEATED:
            _repeat(values, rows.notes, name, covered)
            continue
        figures = [one for one in names if FIELDS[one].type not in _REPEATED]
        if name is None or len(figures) * len(covered) < 2:
            continue
        cell = values[name][covered[0]]
        if cell is None or cell == "":
            continue
        for one in figures:
            cells = list(values[one])
            for row in covered:
                cells[row] = None
                rows.notes.add(row, one, cell, "merged_amount")
            values[one] = cells


def _repeat(values: dict[str, Sequence[Cell]], notes: Notes, name: str, covered: range) -> None:
    cells = list(values[name])
    for row in covered[1:]:
        if cells[row] is None or cells[row] == "":
            cells[row] = cells[covered[0]]
            notes.add(row, name, cells[row], "converted")
    values[name] = cells
