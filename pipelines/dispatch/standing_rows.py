"""Which row stands in each cell of projects × months, and the codes of rows as places among those there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..model.fields import STAGES
from .arrays import Ints, codes


class StandingRows:
    """Which row stands in each cell of projects × months: the one of the lowest unit code. `row_at` [n, t] is −1 where there is none.
    `cell`: month × n + project."""

    def __init__(self, count: int, width: int, cell: Ints, unit_rank: Ints) -> None:
        slots = np.full(width * count, -1, np.int64)
        slots[cell] = np.arange(len(cell))
        if int((slots >= 0).sum()) < len(cell):
            turn = np.argsort(-unit_rank, kind="stable")
            slots[cell[turn]] = turn
        self._place = slots.reshape(width, count)
        """Row of each cell, −1 for the blank behind the last row."""
        self.row_at = self._place.T

    def placed(self, values: np.ndarray, blank: int | bool) -> np.ndarray:
        """[n, t] of a column, `blank` where no row stands."""
        result: np.ndarray = np.append(values, np.array(blank, values.dtype))[self._place].T
        return result

    def stacked(self, columns: Iterable[np.ndarray], blank: int | bool, dtype: Any) -> np.ndarray:
        """[n, t, stages] of a column a stage."""
        width, count = self._place.shape
        result = np.empty((width, len(STAGES), count), dtype)
        for place, values in enumerate(columns):
            result[:, place] = np.append(values, np.array(blank, dtype))[self._place]
        return result.transpose(2, 0, 1)


def ranked(rows: pa.Table, name: str) -> tuple[Ints, list[str]]:
    """A column of codes as places among those it has, ascending, and these."""
    found, texts = codes(rows, name)
    if not texts:
        return found, []
    there = np.bincount(found, minlength=len(texts)) > 0
    order = ascending(texts)
    order = order[there[order]]
    rank = np.zeros(len(texts), np.int64)
    rank[order] = np.arange(len(order))
    return rank[found], [texts[place] for place in order.tolist()]


def ascending(texts: Sequence[str]) -> Ints:
    """Positions of the texts in ascending order (by code point, as Python sorts)."""
    return np.asarray(pc.array_sort_indices(pa.array(texts, pa.string())).to_numpy(), np.int64)
