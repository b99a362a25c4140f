"""Linear edits (Fellegi–Holt) over exact integers, vectorised. No Great Expectations, nothing of `pipelines`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    given: Sequence[Mapping[str, Any]] | None = None,
) -> pd.Series:
    """Row-wise truth of Σ coefficient · column (relation) constant, give or take the tolerance, in 64-bit integers.

    A row is judged where every column has a value (columns of `blank_is_zero` count as 0), at least one of `any_filled` has
    one, the flags of `where` are as given, and every edit of `given` (coefficients, relation, constant) is fulfilled; rows
    not judged hold. Columns that are not integers raise TypeError.
    """
    holds = _relation(_total(frame, coefficients, constant), relation, tolerance)
    return pd.Series(
        holds | ~validated_rows(frame, coefficients, blank_is_zero, any_filled, where, given), index=frame.index
    )


def validated_rows(
    frame: pd.DataFrame,
    coefficients: Mapping[str, int],
    blank_is_zero: Sequence[str] | None = None,
    any_filled: Sequence[str] | None = None,
    where: Mapping[str, bool] | None = None,
    given: Sequence[Mapping[str, Any]] | None = None,
) -> NDArray[np.bool_]:
    """Which rows the edit is asked of."""
    blank = set(blank_is_zero or ())
    validated = np.ones(len(frame), dtype=bool)
    for name in coefficients:
        if name not in blank:
            validated &= frame[name].notna().to_numpy(dtype=bool)
    if any_filled:
        validated &= frame[list(any_filled)].notna().any(axis=1).to_numpy(dtype=bool)
    for name, wanted in (where or {}).items():
        validated &= frame[name].to_numpy(dtype=bool) == wanted
    for edit in given or ():
        for name in edit["coefficients"]:
            validated &= frame[name].notna().to_numpy(dtype=bool)
        validated &= _relation(_total(frame, edit["coefficients"], edit.get("constant", 0)), edit["relation"], 0)
    return validated


def _total(frame: pd.DataFrame, coefficients: Mapping[str, int], constant: int) -> NDArray[np.int64]:
    total = np.full(len(frame), -constant, dtype=np.int64)
    for name, coefficient in coefficients.items():
        column = frame[name]
        if not pd.api.types.is_integer_dtype(column.dtype):
            raise TypeError(f"{name} is {column.dtype}: linear edits take exact integers")
        total += coefficient * column.fillna(0).to_numpy(dtype=np.int64)
    return total


def _relation(total: NDArray[np.int64], relation: Relation, tolerance: int) -> NDArray[np.bool_]:
    if relation == "==":
        return np.asarray(np.abs(total) <= tolerance)
    return np.asarray(total >= -tolerance if relation == ">=" else total <= tolerance)
