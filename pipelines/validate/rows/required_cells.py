"""Columns `filled_<field>` of the check frame: whether a cell is there that the layout wants in some rows (`required_cells`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ...model.fields import FIELDS
from ...model.forms import FormLayout, RequiredCells
from .column_arrays import flags
from .row_view import RowView
from .validation_batch import Flags

_PLAN, _PLAN_ZH = "_plan", "计划"
_WORDS = re.compile(r"[\s;,、/|\uFF1B\uFF0C]+")


def conditional(layout: FormLayout) -> dict[str, tuple[str, ...]]:
    """Column of the check frame → the fields of which one must be filled."""
    found: dict[str, tuple[str, ...]] = {}
    for cells in layout.required_cells:
        for fields in _groups(cells):
            found[f"filled_{fields[0]}"] = fields
    return found


def required_stages(layout: FormLayout) -> dict[str, str]:
    """Stages whose planned month no flag excuses: name in the flag column, English → Chinese."""
    fields = [name for cells in layout.required_cells if not cells.unless_flagged for name in cells.fields]
    return {name.removesuffix(_PLAN): FIELDS[name].zh.removesuffix(_PLAN_ZH) for name in fields if name.endswith(_PLAN)}


def _groups(cells: RequiredCells) -> list[tuple[str, ...]]:
    return [cells.any_of] if cells.any_of else [(name,) for name in cells.fields]


class RequiredColumns:
    """Makes them for one check frame."""

    def __init__(self, frame: RowView) -> None:
        self._frame = frame
        self._batch = frame.batch
        self.by_name: dict[str, Callable[[], pd.Series]] = {
            f"filled_{fields[0]}": partial(self._filled, cells, fields)
            for cells in frame.batch.layout.required_cells
            for fields in _groups(cells)
        }
        self.by_name["flags_allowed"] = self._flags_allowed

    def _flags_allowed(self) -> pd.Series:
        """Whether 不适用标记 names none of the stages that every project passes; absent where it is empty."""
        given = self._frame.column("na_flag").notna().to_numpy(dtype=bool)
        names = frozenset(word for pair in required_stages(self._batch.layout).items() for word in pair)
        return flags(~self._flagged(names), given)

    def _filled(self, cells: RequiredCells, fields: tuple[str, ...]) -> pd.Series:
        filled = np.zeros(self._batch.size, dtype=bool)
        for name in fields:
            filled |= self._frame.column(name).notna().to_numpy(dtype=bool)
        return flags(filled, self._asked(cells))

    def _asked(self, cells: RequiredCells) -> Flags:
        batch = self._batch
        asked = np.ones(batch.size, dtype=bool)
        if cells.any_of:
            has = [not part.columns or any(name in part.columns for name in cells.any_of) for part in batch.parts]
            asked &= batch.spread(has, "bool").astype(bool)
        if cells.positive:
            asked &= (self._frame.column(cells.positive) > 0).fillna(False).to_numpy(dtype=bool)
        for name, values in cells.where.items():
            among = pc.is_in(batch.rows[name], value_set=pa.array(values, pa.string()))
            asked &= pc.fill_null(among, False).to_numpy().astype(bool)
        if cells.unless_flagged:
            asked &= ~self._flagged(frozenset(cells.unless_flagged))
        return asked

    def _flagged(self, names: frozenset[str]) -> Flags:
        encoded = self._batch.rows["na_flag"].combine_chunks().dictionary_encode()
        marked = [bool(names & set(_WORDS.split(text))) for text in encoded.dictionary.to_pylist()]
        table = np.array([*marked, False], dtype=bool)
        at = encoded.indices.fill_null(len(marked)).to_numpy(zero_copy_only=False).astype(np.int64)
        found: Flags = table[at]
        return found
