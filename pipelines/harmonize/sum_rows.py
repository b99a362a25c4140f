"""Rows that are sums of other rows: totals whatever they are called, and subtotals of a block (a township over its projects) that
carry nothing but its name."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate

from pipelines.model.raw import Cell

from .numbers import Number, fold, parse_number

_TOTAL = re.compile(
    r"(?:.{0,14}?)(?:合计|总计|共计|汇总|总和|累计|合计数|总计数|总数|总额|求和|合計|總計|共計|小計)(?:数|额|行|栏)?(?:[::(,\d].*)?"
    r"|(?:全部|所有|上述|以上)项目|(?:合计|总计)?共\d+个?项?目?|[Σ∑]|(?:grand|sub)?-?total(?:s|[::(].*)?|sum:?",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?:本[年月期表页]|全[市县区镇]|总)?(?:合计|总计|共计|汇总|总和|累计|总数|总额|求和|合計|總計|全部项目|所有项目|共\d|[Σ∑]|grand|total|sum)",
    re.IGNORECASE,
)
_CLOSE = 1e-6
MIN_FIGURES = 2
"""Figures that must agree before a row without a telling name counts as a sum."""
MAX_BLOCK = 2_000


def is_total_label(text: str) -> bool:
    """Whether a text calls its row a total: 经开区合计, 合计:113个项目, 本月合计, 汇总, Total."""
    return len(text) <= 24 and _TOTAL.fullmatch(fold(text)) is not None


def starts_with_total(text: str) -> bool:
    """Whether the text names no part: 合计, 总计, Total, not 许村镇合计."""
    return _WHOLE.match(fold(text)) is not None


def figure(cell: Cell) -> float | None:
    """A cell as a number, None where it is none; dates and texts are none."""
    if cell.__class__ is float or cell.__class__ is int:
        return float(cell)
    number = parse_number(cell) if isinstance(cell, str) and cell else None
    return float(number.value) if isinstance(number, Number) else None


class Sums:
    """Column sums of the data rows of a table, to recognize a row that repeats them. `columns`: cell indexes of the amounts."""

    def __init__(self, rows: Sequence[Sequence[Cell]], data: Sequence[int], columns: Sequence[int]) -> None:
        self._data = list(data)
        self._columns = columns
        self._rows = rows
        self._known: dict[int, list[float]] = {}

    def kind_of(self, row: int, minimum: int = MIN_FIGURES) -> str:
        """`total` where the figures of a row are the sums of all data rows, `subtotal` where they are those of the block right
        above or below it, else ""."""
        figures = {at: value for at in self._columns if (value := self._figure(row, at))}
        if len(figures) < minimum or not self._data:
            return ""
        if all(self._same(value, math.fsum(self._column(at))) for at, value in figures.items()):
            return "total"
        place = bisect_left(self._data, row)
        above = range(place - 1, max(-1, place - 1 - MAX_BLOCK), -1)
        below = range(place, min(len(self._data), place + MAX_BLOCK))
        return "subtotal" if self._begins(figures, above) or self._begins(figures, below) else ""

    def _begins(self, figures: Mapping[int, float], block: Sequence[int]) -> bool:
        """Whether the first data rows of a block add up to the figures."""
        (at, value), *others = figures.items()
        column = self._column(at)
        for count, total in enumerate(accumulate(column[i] for i in block), 1):
            if self._same(value, total) and (count > 1 or len(figures) >= MIN_FIGURES):
                rows = block[:count]
                return all(self._same(other, math.fsum(self._column(to)[i] for i in rows)) for to, other in others)
        return False

    def _column(self, at: int) -> list[float]:
        """The figures of a column in the data rows."""
        if at not in self._known:
            self._known[at] = [self._figure(row, at) for row in self._data]
        return self._known[at]

    def _figure(self, row: int, at: int) -> float:
        cells = self._rows[row]
        return (figure(cells[at]) or 0.0) if at < len(cells) else 0.0

    def _same(self, first: float, second: float) -> bool:
        return abs(first - second) <= _CLOSE * max(1.0, abs(first))
