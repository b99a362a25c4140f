"""Exact integers out of Arrow: amounts as 64-bit integers of 1/10,000, months as YYYYMM. Never a float on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.catalogue.amount_rules import CEILING

from ...model.tables import AMOUNT, AMOUNT_SCALE
from .validation_batch import Flags

_LIMIT = CEILING * AMOUNT_SCALE


def absent(column: pa.ChunkedArray) -> Flags:
    return np.asarray(pc.is_null(column).to_numpy(), dtype=bool)


def scaled(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], Flags, Flags]:
    """(amount · 10,000, absent, too large) of a decimal128(20,4) column. Too large: |amount| ≥ the catalogue's ceiling; such
    values are 0 here and must be treated as absent.

    Arrow stores a decimal128 as its unscaled 128-bit integer: the low word is the value wherever the high word only
    repeats its sign.
    """
    if column.type != AMOUNT:
        raise TypeError(f"amounts are {AMOUNT}, not {column.type}")
    array = (
        pa.chunked_array(column).combine_chunks()
        if not isinstance(column, pa.ChunkedArray)
        else column.combine_chunks()
    )
    missing = absent(column)
    if not len(array):
        return np.empty(0, dtype=np.int64), missing, missing.copy()
    words = np.frombuffer(array.buffers()[1], dtype="<i8").reshape(-1, 2)[array.offset : array.offset + len(array)]
    low, high = words[:, 0], words[:, 1]
    fits = (high == low >> 63) & (low < _LIMIT) & (low > -_LIMIT)
    return np.where(fits & ~missing, low, 0), missing, ~fits & ~missing


def integers(values: NDArray[np.int64], missing: Flags) -> pd.Series:
    """Nullable 64-bit integers: absent stays absent."""
    return pd.Series(pd.arrays.IntegerArray(values.astype(np.int64), missing.copy()))


def months(column: pa.ChunkedArray) -> pd.Series:
    """`2022-06` → 202206."""
    numbers = pc.cast(pc.replace_substring(column, "-", ""), pa.int64())
    return integers(pc.fill_null(numbers, 0).to_numpy(), absent(column))


def days(column: pa.ChunkedArray) -> pd.Series:
    """2022-06-15 → 20220615."""
    numbers = pc.cast(pc.strftime(column, "%Y%m%d"), pa.int64())
    return integers(pc.fill_null(numbers, 0).to_numpy(), absent(column))
