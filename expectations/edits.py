"""Linear edits (Fellegi–Holt) over exact integers, vectorised. No Great Expectations, nothing of `pipelines`."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

Relation = Literal[">=", "<=", "=="]


def linear_edit_holds(
    frame: pd.DataFrame,
    coefficients: Mapping[str, int],
    relation: Relation,
    constant: int = 0,
    tolerance: int = 0,
    blank_is_zero: Sequence[str] | None = None,
    any_filled: Sequence[str] | None = None,
    where: Mapping[str, bool] | None = None,
) -> pd.Series:
    """Row-wise truth of Σ coefficient · column (relation) constant, give or take the tolerance, in 64-bit integers.

    A row is judged where every column has a value (columns of `blank_is_zero` count as 0), at least one of `any_filled` has
    one, and the flags of `where` are as given; rows not judged hold. Columns that are not integers raise TypeError.
    """
    blank = set(blank_is_zero or ())
    total = np.full(len(frame), -constant, dtype=np.int64)
    judged = np.ones(len(frame), dtype=bool)
    for name, coefficient in coefficients.items():
        column = frame[name]
        if not pd.api.types.is_integer_dtype(column.dtype):
            raise TypeError(f"{name} is {column.dtype}: linear edits take exact integers")
        if name not in blank:
            judged &= column.notna().to_numpy(dtype=bool)
        total += coefficient * column.fillna(0).to_numpy(dtype=np.int64)
    if any_filled:
        judged &= frame[list(any_filled)].notna().any(axis=1).to_numpy(dtype=bool)
    for name, wanted in (where or {}).items():
        judged &= frame[name].to_numpy(dtype=bool) == wanted
    if relation == "==":
        holds = np.abs(total) <= tolerance
    elif relation == ">=":
        holds = total >= -tolerance
    else:
        holds = total <= tolerance
    return pd.Series(holds | ~judged, index=frame.index)
