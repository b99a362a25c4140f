"""Small arrays that columns of the check frame are put together from."""

from __future__ import annotations

import pandas as pd

from .validation_batch import Flags


def flags(values: Flags, asked: Flags) -> pd.Series:
    """True or false where asked, absent elsewhere."""
    return pd.Series(pd.arrays.BooleanArray(values.astype(bool), ~asked.astype(bool)))


def month_index(column: pd.Series) -> pd.Series:
    """YYYYMM → months since year 0; absent stays absent."""
    return column // 100 * 12 + column % 100 - 1
