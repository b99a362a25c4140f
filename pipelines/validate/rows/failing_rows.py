"""The failing rows of one check as Python values, taken out of the columns once: what messages are written from."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from .validation_batch import Positions, ValidationBatch


class FailingRows:
    """Values by column and batch position; other positions than those taken out are read one by one."""

    def __init__(self, batch: ValidationBatch, frame: pd.DataFrame, positions: Positions) -> None:
        self._batch = batch
        self._frame = frame
        self._positions = positions
        self._at = {position: i for i, position in enumerate(positions.tolist())}
        self._values: dict[str, list[Any] | None] = {}
        self._integers: dict[str, list[int]] = {}
        self._texts: dict[str, list[str]] = {}

    def value(self, field: str, position: int) -> Any:
        """The canonical value; None where the cell or the column is absent."""
        if field not in self._values:
            known = field in self._batch.rows.schema.names
            self._values[field] = self._batch.rows[field].take(pa.array(self._positions)).to_pylist() if known else None
        column = self._values[field]
        if column is None:
            return None
        at = self._at.get(position)
        return column[at] if at is not None else self._batch.rows[field][position].as_py()

    def integer(self, column: str, position: int) -> int:
        """A value of the check frame, 0 where absent; positions of the excerpt only."""
        if column not in self._integers:
            self._integers[column] = self._frame[column].iloc[self._positions].fillna(0).astype("int64").tolist()
        return self._integers[column][self._at[position]]

    def text(self, column: str, position: int) -> str:
        """A value of the check frame as text, "" where absent; positions of the excerpt only."""
        if column not in self._texts:
            values = self._frame[column].iloc[self._positions]
            self._texts[column] = ["" if pd.isna(value) else str(value) for value in values]
        return self._texts[column][self._at[position]]
