"""Great Expectations takes the rows that a check judges out of the whole frame, two or three times a check, all columns of it, and then
looks at one or two: a third of a run over a hundred columns. Within a run it is given rows whose columns are taken when it looks at them.
It also compares every name it is given with all columns, in six spellings; a name that is a column's own is taken as it is.

Importing this imports Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics import util
from numpy.typing import NDArray
from pandas.arrays import BooleanArray, IntegerArray

_IGNORED = {
    "both_values_are_missing": "all",
    "either_value_is_missing": "any",
    "all_values_are_missing": "all",
    "any_value_is_missing": "any",
}
"""What `ignore_row_if` says → how pandas drops such rows."""


class RowsOnDemand:
    """Rows of a frame: a column, a list of columns or a mask of rows is taken when it is asked for; for anything else they are a frame."""

    def __init__(
        self, frame: pd.DataFrame, positions: NDArray[np.int64] | None = None, columns: list[str] | None = None
    ) -> None:
        self._frame = frame
        self._positions = positions
        self._columns = columns

    def __getitem__(self, asked: Any) -> Any:
        if isinstance(asked, str) and (self._columns is None or asked in self._columns):
            column = self._frame[asked]
            return column if self._positions is None else _plain(column.take(self._positions))
        if isinstance(asked, list) and self._has(asked):
            return RowsOnDemand(self._frame, self._positions, asked)
        if isinstance(asked, pd.Series) and _is_mask(asked) and asked.index.equals(self.index):
            chosen = np.flatnonzero(asked.to_numpy(dtype=bool))
            return RowsOnDemand(
                self._frame, chosen if self._positions is None else self._positions[chosen], self._columns
            )
        return self._whole[asked]

    def _has(self, names: list[Any]) -> bool:
        """Whether these are columns, each once: other lists are for pandas to judge."""
        known = self._frame.columns if self._columns is None else self._columns
        return len(set(names)) == len(names) and all(isinstance(name, str) and name in known for name in names)

    @property
    def index(self) -> pd.Index:
        """Of these rows, in the frame they are of."""
        index: pd.Index = self._of(self._frame.index)
        return index

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self), len(self._frame.columns if self._columns is None else self._columns)

    def __len__(self) -> int:
        return len(self._frame) if self._positions is None else len(self._positions)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._whole, name)

    @cached_property
    def _whole(self) -> pd.DataFrame:
        frame: pd.DataFrame = self._of(self._frame if self._columns is None else self._frame[self._columns])
        return frame

    def _of(self, values: Any) -> Any:
        return values if self._positions is None else values.take(self._positions)


def _is_mask(asked: pd.Series) -> bool:
    """True or false for every row, as NumPy or pandas has it: pandas' own flags are what most conditions on flags give."""
    return asked.dtype == np.bool_ or (isinstance(asked.array, BooleanArray) and not asked.array.isna().any())


def _plain(column: pd.Series) -> pd.Series:
    """A column of nullable integers without a gap as plain integers, which Great Expectations compares at once and not one by one."""
    values = column.array
    if not isinstance(values, IntegerArray) or values.isna().any():
        return column
    return pd.Series(values.to_numpy(np.int64), index=column.index, name=column.name, copy=False)


@contextmanager
def rows_on_demand() -> Iterator[None]:
    """Within it the pandas engine hands out such rows. A condition on rows is left to the engine. One thread at a time."""
    written, compared = PandasExecutionEngine.get_domain_records, util.get_dbms_compatible_column_names

    def names(column_names: Any, batch_columns_list: Any, *template: Any, **more: Any) -> Any:
        asked = column_names if isinstance(column_names, list) else [column_names]
        if all(name in batch_columns_list for name in asked):
            return column_names
        return compared(column_names, batch_columns_list, *template, **more)

    def records(self: Any, domain_kwargs: Mapping[str, Any]) -> Any:
        if domain_kwargs.get("row_condition"):
            return written(self, domain_kwargs)
        looked_at = domain_kwargs.get("column_list") or [domain_kwargs.get("column_A"), domain_kwargs.get("column_B")]
        how = _IGNORED.get(domain_kwargs.get("ignore_row_if", "")) if "column" not in domain_kwargs else None
        if how is None or None in looked_at:
            return RowsOnDemand(written(self, domain_kwargs))
        frame = written(
            self, {**domain_kwargs, "ignore_row_if": "never" if "column_list" in domain_kwargs else "neither"}
        )
        missing = frame[looked_at].isna().to_numpy()
        dropped = missing.all(axis=1) if how == "all" else missing.any(axis=1)
        return RowsOnDemand(frame, np.flatnonzero(~dropped))

    PandasExecutionEngine.get_domain_records = records
    util.get_dbms_compatible_column_names = names
    try:
        yield
    finally:
        PandasExecutionEngine.get_domain_records = written
        util.get_dbms_compatible_column_names = compared
