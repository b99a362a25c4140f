"""Rows as values: a dataclass whose fields have the names of the columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar, cast

import sqlalchemy as sa

Value = TypeVar("Value")


def from_row(kind: type[Value], row: sa.Row[Any], /, **given: object) -> Value:
    """The dataclass `kind` from the columns of a row that have the names of its fields; `given` are fields that are made of a column in
    another way. A field that has no column and is not given is a KeyError, whatever its default: nothing is left out silently."""
    return row_reader(kind, row._fields, tuple(given))(row, **given)


def row_reader(kind: type[Value], columns: tuple[str, ...], given: tuple[str, ...] = ()) -> Callable[..., Value]:
    """The same for the many rows of one query, whose columns (in order) are found once: by their names it takes twice as long."""
    return cast(Callable[..., Value], _reader(cast(Any, kind), columns, given))


@cache
def _reader(kind: Any, columns: tuple[str, ...], given: tuple[str, ...]) -> Callable[..., Any]:
    names = [field.name for field in fields(kind) if field.name not in given]
    place_of = {name: place for place, name in enumerate(columns)}
    places = [place_of[name] for name in names]
    values = itemgetter(*places) if len(places) > 1 else lambda row: [row[place] for place in places]

    def read(row: sa.Row[Any], /, **more: object) -> Any:
        return kind(**dict(zip(names, values(row), strict=True)), **more)

    return read
