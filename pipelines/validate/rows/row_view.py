"""What a family of columns may ask of the check frame it belongs to."""

from __future__ import annotations

from typing import Protocol

import pandas as pd
import pyarrow as pa

from .history_index import HistoryIndex
from .validation_batch import Flags, Positions, ValidationBatch


class RowFeatures(Protocol):
    """Facts about single rows that other families build on."""

    def among(self, field: str, *meanings: str) -> Flags: ...

    def step(self, status: pa.ChunkedArray) -> pd.Series: ...


class RowView(Protocol):
    """The check frame as its families of columns see it: the batch, any other column, and where the rows stood before."""

    @property
    def batch(self) -> ValidationBatch: ...

    @property
    def history_index(self) -> HistoryIndex: ...

    @property
    def own(self) -> RowFeatures: ...

    @property
    def at_previous(self) -> Positions: ...

    def column(self, name: str) -> pd.Series: ...
