"""What fast readers lose of a sheet, whatever the format it is stored in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pipelines.model.raw import Cell, CellAddress, MergedRange

from .conditional_rules import Rule
from .number_formats import Shown, StyleMeanings, shown
from .texts_beside import Beside

_WIDEST = 16_384
"""Columns of the widest sheet a workbook can have."""


@dataclass(frozen=True)
class SheetFacts:
    """Of one sheet, addresses from 1. `no_value`: formula, nothing cached; `zeros`: formulas (text, "" where the format does not
    tell it) whose cached result is 0 or ""; `calculated`: some formula has another result. `percent`, `percent_text`, `scaled`:
    number_formats; `units`: the unit of money that a format writes; `by_value`: format codes that ask for the value; `struck`: cells
    whose font is struck through; `faint`: whose font is not seen; `comments`: those that speak of another figure; `beside`: texts
    outside the cells; `rules`: conditional formats; `results`: formulas with another result,
    where the workbook asks its reader to calculate.
    `last_row`/`last_column`: extent of its cells (0 = not measured).
    `merged` is None where the reader tells it itself."""

    no_value: frozenset[CellAddress] = frozenset()
    errors: Mapping[CellAddress, str] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    percent: frozenset[CellAddress] = frozenset()
    percent_text: frozenset[CellAddress] = frozenset()
    struck: frozenset[CellAddress] = frozenset()
    zeros: Mapping[CellAddress, str] = field(default_factory=dict)
    scaled: frozenset[CellAddress] = frozenset()
    calculated: bool = False
    units: Mapping[CellAddress, str] = field(default_factory=dict)
    by_value: Mapping[CellAddress, str] = field(default_factory=dict)
    merged: tuple[MergedRange, ...] | None = None
    last_row: int = 0
    last_column: int = 0
    hidden_columns: frozenset[int] = frozenset()
    faint: frozenset[CellAddress] = frozenset()
    comments: Mapping[CellAddress, str] = field(default_factory=dict)
    beside: Beside = ()
    rules: tuple[Rule, ...] = ()
    results: Mapping[CellAddress, str] = field(default_factory=dict)


def hidden_columns(ranges: Iterable[tuple[int, int]]) -> frozenset[int]:
    """The columns of ranges (first, last; from 1, inclusive). Every column is looked at once, however many ranges a broken file
    lays over each other, and none beyond the widest sheet."""
    found: set[int] = set()
    reached = 0
    for first, last in sorted(ranges):
        found.update(range(max(first, reached + 1), min(last, _WIDEST) + 1))
        reached = max(reached, min(last, _WIDEST))
    return frozenset(found)


class StyledCells:
    """Collects cells by what their format makes of them."""

    def __init__(self, meanings: StyleMeanings) -> None:
        self._chosen = {
            name: getattr(meanings, name) for name in ("percent", "percent_text", "scaled", "struck", "faint")
        }
        self._cells: dict[str, set[CellAddress]] = {name: set() for name in self._chosen}
        self._written = meanings.units
        self._asked = meanings.by_value
        self.units: dict[CellAddress, str] = {}
        self.by_value: dict[CellAddress, str] = {}
        self.matters = any(self._chosen.values()) or bool(meanings.units) or bool(meanings.by_value)

    def add(self, address: CellAddress, style: int) -> None:
        """A cell and the index of its format."""
        for name, styles in self._chosen.items():
            if style in styles:
                self._cells[name].add(address)
        if style in self._written:
            self.units[address] = self._written[style]
        if style in self._asked:
            self.by_value[address] = self._asked[style]

    def of(self, meaning: str) -> frozenset[CellAddress]:
        """The cells of one meaning."""
        return frozenset(self._cells[meaning])


def seen_by_value(
    codes: Mapping[CellAddress, str], rows: Sequence[Sequence[Cell]], first_row: int, first_column: int
) -> dict[CellAddress, Shown]:
    """What the formats that ask for the value make of the numbers in `rows`; addresses from 1."""
    found = {}
    for place, code in codes.items():
        row, column = place[0] - first_row, place[1] - first_column
        cell = rows[row][column] if 0 <= row < len(rows) and 0 <= column < len(rows[row]) else None
        if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
            found[place] = shown(code, Decimal(repr(cell)))
    return found
