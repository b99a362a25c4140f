"""Whether columns of a check frame have the type their Table Schema says: exact integers, flags, texts; never floats or mixtures."""

from collections.abc import Mapping

import pandas as pd

from .columns import ColumnType


def mistyped(frame: pd.DataFrame, types: Mapping[str, ColumnType]) -> dict[str, str]:
    """Column → what is wrong, for columns of the frame whose type is not the one given. Absent values are of every type, but an
    integer column with absent values is Int64, never float64, and one of objects is no integer column whatever it holds."""
    return {
        name: f"应为 {wanted}，实为 {frame[name].dtype} / should be {wanted}, is {frame[name].dtype}"
        for name, wanted in types.items()
        if name in frame and not _is(frame[name], wanted)
    }


def _is(column: pd.Series, wanted: ColumnType) -> bool:
    if wanted == "integer":
        return bool(pd.api.types.is_integer_dtype(column.dtype))
    if wanted == "boolean":
        return bool(pd.api.types.is_bool_dtype(column.dtype))
    if column.dtype == object:
        return all(isinstance(value, str) for value in column.dropna())
    return bool(pd.api.types.is_string_dtype(column.dtype))
