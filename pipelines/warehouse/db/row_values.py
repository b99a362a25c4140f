"""Rows as values: a dataclass whose fields have the names of the columns."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa

Value = TypeVar("Value")


def from_row(kind: type[Value], row: sa.Row[Any], /, **given: object) -> Value:
    """The dataclass `kind` from the columns of a row that have the names of its fields; `given` are fields that are made of a column in
    another way. A field that has no column and is not given is a KeyError, whatever its default: nothing is left out silently."""
    values = dict(row._mapping)  # looked up by column, a row is searched again for each
    return kind(**given, **{name: values[name] for name in _field_names(cast(Any, kind)) if name not in given})


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
