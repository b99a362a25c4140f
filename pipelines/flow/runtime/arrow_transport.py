"""What goes between a reader process and the one that asked: values whose tables travel as Arrow streams, not as pickled columns, and
whose form layouts, which both sides know, by name.

Pickling a table costs a Python object a buffer, some 200 of them a file; together with reading them again that took a fifth of
the time that reading a file takes. Tables of one schema travel as one stream a task, and come out as slices of it."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from ...model.forms import FormLayout
from ...model.joined_tables import with_empty_columns, without_empty_columns

_Place = tuple[int, int, int] | str
"""Stream, first row, rows of a table; name of a layout."""


@dataclass(frozen=True)
class Packed:
    """A value: everything but the tables pickled, and of each schema one Arrow IPC stream of the columns that hold anything.
    `cpu_seconds`: what making it took."""

    value: bytes
    streams: tuple[tuple[pa.Schema, int, bytes], ...]
    """Schema, rows, stream."""
    cpu_seconds: float = 0.0


@dataclass
class _Tables:
    """Tables of one schema, in order of arrival."""

    tables: list[pa.Table] = field(default_factory=list)
    rows: int = 0


class _Pickler(pickle.Pickler):
    def __init__(self, to: io.BytesIO) -> None:
        super().__init__(to, pickle.HIGHEST_PROTOCOL)
        self.groups: dict[pa.Schema, _Tables] = {}

    def persistent_id(self, value: object) -> _Place | None:
        if isinstance(value, FormLayout):
            return value.name
        if not isinstance(value, pa.Table):
            return None
        group = self.groups.setdefault(value.schema, _Tables())
        place = (list(self.groups).index(value.schema), group.rows, len(value))
        group.tables.append(value)
        group.rows += len(value)
        return place


class _Unpickler(pickle.Unpickler):
    def __init__(self, source: io.BytesIO, tables: Sequence[pa.Table], forms: Mapping[str, FormLayout]) -> None:
        super().__init__(source)
        self._tables, self._forms = tables, forms

    def persistent_load(self, place: _Place) -> Any:
        if isinstance(place, str):
            return self._forms[place]
        stream, first, rows = place
        return self._tables[stream].slice(first, rows)


def pack(value: object, cpu_seconds: float = 0.0) -> Packed:
    """On the side that hands over."""
    text = io.BytesIO()
    pickler = _Pickler(text)
    pickler.dump(value)
    streams = tuple((schema, group.rows, _stream(group)) for schema, group in pickler.groups.items())
    return Packed(text.getvalue(), streams, cpu_seconds)


def unpack(packed: Packed, forms: Mapping[str, FormLayout]) -> Any:
    """On the side that takes; `forms` are the programme's. Tables of a value share their memory."""
    tables = [
        with_empty_columns(pa.ipc.open_stream(pa.py_buffer(stream)).read_all(), schema, rows)
        for schema, rows, stream in packed.streams
    ]
    return _Unpickler(io.BytesIO(packed.value), tables, forms).load()


def _stream(group: _Tables) -> bytes:
    """One record batch: slices of several would be tables of several chunks."""
    table = without_empty_columns(pa.concat_tables(group.tables)).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written
