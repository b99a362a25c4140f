"""CSV records that are not as wide as the header: cells have moved, nothing in the row can be trusted (A01, faults.md §0.11)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from pipelines.model.raw import Cell, RawSheet
from pipelines.model.submissions import Problem

from .headers import DetectedTable
from .rows import RowClasses

_THOUSANDS = re.compile(r"-?[1-9]\d{0,2},\d{3}(?:\.\d+)?", re.ASCII)


def uneven(sheet: RawSheet, table: DetectedTable, classes: RowClasses, kind: str) -> list[Problem]:
    """Rows with other cells than the header has; empty ones behind it are no other cells, unless they were pushed there."""
    if kind != "csv":
        return []
    rows = sheet.rows
    width = len(rows[table.bottom])
    odd = [i for i in classes.data if len(rows[i]) != width]
    bad = [i for i in odd if len(rows[i]) < width or any(str(cell).strip() for cell in rows[i][width:])]
    bad = bad or _cut(rows, odd, len(classes.data))
    if not bad:
        return []
    numbers = [str(sheet.row_numbers[i]) for i in bad]
    params = {
        "kind": "csv_uneven",
        "rows": ", ".join(numbers[:20]) + (" …" if len(bad) > 20 else ""),
        "count": str(len(bad)),
        "expected": str(width),
        "got": str(len(rows[bad[0]])),
    }
    return [Problem("A01", sheet.label, row=sheet.row_numbers[bad[0]], params=params)]


def _cut(rows: Sequence[Sequence[Cell]], wide: Sequence[int], count: int) -> list[int]:
    """Rows in which a number may have been cut at its thousands separator (537,600): everything behind it has moved, and the last,
    empty cell beyond the header. Where all rows are too wide alike their program ends them with a delimiter, so that all have to be
    such rows."""
    cut = [i for i in wide if any(_THOUSANDS.fullmatch(f"{a},{b}".replace(" ", "")) for a, b in pairwise(rows[i]))]
    alike = len(wide) == count and len({len(rows[i]) for i in wide}) == 1
    return cut if not alike or len(cut) == count else []
