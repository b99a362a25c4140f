"""Rows of a document that are held as columns: a country's library is 142,500 rows of 26 cells, and an object a row would cost more than
all that is computed for it."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar, get_args, overload

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

Row = TypeVar("Row")


class Rows(Sequence[Row]):
    """Rows of one dataclass. Who asks for a row gets an object made for it; to JSON they are a list like any other. Not to be
    altered."""

    __slots__ = ("_columns", "_count", "_kind")

    def __init__(self, kind: type[Row], columns: Mapping[str, Sequence[Any]]) -> None:
        """`columns`: every field of `kind` → its values, all of one length."""
        names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
        if columns.keys() != set(names):
            raise TypeError(f"{kind.__name__}: {sorted(columns.keys() ^ set(names))}")
        self._kind, self._columns = kind, [columns[name] for name in names]
        sizes = set(map(len, self._columns))
        if len(sizes) > 1:
            raise ValueError(f"{kind.__name__}: columns of {sorted(sizes)} rows")
        self._count = sizes.pop()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return map(self._kind, *self._columns)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return list(map(self._kind, *(column[place] for column in self._columns)))
        return self._kind(*(column[place] for column in self._columns))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Rows({self._kind.__name__}, {self._count})"

    @classmethod
    def of(cls, kind: type[Row], rows: Sequence[Row]) -> Rows[Row]:
        """Rows that are objects already."""
        return cls(kind, {field.name: [getattr(row, field.name) for row in rows] for field in fields(kind)})  # type: ignore[arg-type]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """A field of these takes rows as they are and is written, and described, as a list of the dataclass."""
        (kind,) = get_args(source)
        rows = handler.generate_schema(types.GenericAlias(list, (kind,)))

        def taken(value: object) -> object:
            if isinstance(value, list) and all(isinstance(row, kind) for row in value):
                return cls.of(kind, value)
            if not isinstance(value, Rows):
                raise ValueError(f"neither Rows nor a list of {kind.__name__}")
            return value

        return core_schema.no_info_plain_validator_function(
            taken,
            json_schema_input_schema=rows,
            serialization=core_schema.plain_serializer_function_ser_schema(list, return_schema=rows),
        )
