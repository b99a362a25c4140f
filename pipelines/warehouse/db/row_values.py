"""Rows as values: a dataclass whose fields have the names of the columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa

Value = TypeVar("Value")


def from_row(kind: type[Value], row: sa.Row[Any], /, **given: object) -> Value:
    """The dataclass `kind` from the columns of a row that have the names of its fields; `given` are fields that are made of a column in
    another way. A field that has no column and is not given is a KeyError, whatever its default: nothing is left out silently."""
    names, columns = _reader(cast(Any, kind), tuple(given))
    try:
        values = columns(row)
    except AttributeError as missing:
        raise KeyError(*missing.args) from missing
    return kind(**given, **dict(zip(names, values, strict=True)))


@cache
def _reader(kind: Any, given: tuple[str, ...]) -> tuple[tuple[str, ...], Callable[[sa.Row[Any]], tuple[Any, ...]]]:
    """Names of the fields that are columns, and what takes them all from a row at once: a row looked through as a mapping takes three
    times as long, and a country's month has thousands that are read again and again."""
    names = tuple(field.name for field in fields(kind) if field.name not in given)
    if taken := [name for name in names if hasattr(sa.Row, name)]:
        raise TypeError(f"{taken} of {kind.__name__} are methods of a row")
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda row: tuple(getattr(row, name) for name in names)


class RowReader(Generic[Value]):
    """The same for many rows of one query, whose columns are found once: by their names it takes twice as long."""

    def __init__(self, kind: type[Value], columns: Sequence[str], given: Sequence[str] = ()) -> None:
        """`columns`: of the rows, in order; `given`: fields that are made of a column in another way. A field that has no column and is
        not given is a KeyError."""
        self._kind = kind
        self._names = tuple(field.name for field in fields(cast(Any, kind)) if field.name not in given)
        places = {name: n for n, name in enumerate(columns)}
        self._values = itemgetter(*(places[name] for name in self._names))
        assert len(self._names) > 1, "itemgetter of one place gives no tuple"

    def __call__(self, row: sa.Row[Any], /, **given: object) -> Value:
        return self._kind(**dict(zip(self._names, self._values(row), strict=True)), **given)
