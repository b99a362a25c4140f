"""What goes between a reader process and the one that asked: values whose tables travel as Arrow streams, not as pickled columns, and
whose form layouts, which both sides know, by name.

Pickling a table costs a Python object a buffer, some 200 of them a file; together with reading them again that took a fifth of
the time that reading a file takes. Tables of one schema travel as one stream a task, and come out as slices of it."""

from __future__ import annotations

import copyreg
import io
import pickle
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa

from ...model.forms import FormLayout
from ...model.joined_tables import with_empty_columns, without_empty_columns


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


_Groups = dict[pa.Schema, _Tables]


def _table(groups: _Groups, value: pa.Table) -> tuple[Callable[..., pa.Table], tuple[int, int, int]]:
    group = groups.setdefault(value.schema, _Tables())
    place = (list(groups).index(value.schema), group.rows, len(value))
    group.tables.append(value)
    group.rows += len(value)
    return _table_at, place


def _layout(value: FormLayout) -> tuple[Callable[[str], FormLayout], tuple[str]]:
    return _layout_of, (value.name,)


_taken: ContextVar[tuple[Sequence[pa.Table], Mapping[str, FormLayout]]] = ContextVar("taken")
"""What the value that is being unpickled refers to."""


def _table_at(stream: int, first: int, rows: int) -> pa.Table:
    return _taken.get()[0][stream].slice(first, rows)


def _layout_of(name: str) -> FormLayout:
    return _taken.get()[1][name]


def pack(value: object, cpu_seconds: float = 0.0) -> Packed:
    """On the side that hands over."""
    text, groups = io.BytesIO(), _Groups()
    pickler = pickle.Pickler(text, pickle.HIGHEST_PROTOCOL)
    # by type: `persistent_id` would be asked of each text and number. Not by a pickler that knows its own method: the two would keep
    # each other, and the tables, until somebody looks for garbage
    pickler.dispatch_table = {**copyreg.dispatch_table, pa.Table: partial(_table, groups), FormLayout: _layout}
    pickler.dump(value)
    streams = tuple((schema, group.rows, _stream(group)) for schema, group in groups.items())
    return Packed(text.getvalue(), streams, cpu_seconds)


def unpack(packed: Packed, forms: Mapping[str, FormLayout]) -> Any:
    """On the side that takes; `forms` are the programme's. Tables of a value share their memory."""
    tables = [
        with_empty_columns(pa.ipc.open_stream(pa.py_buffer(stream)).read_all(), schema, rows)
        for schema, rows, stream in packed.streams
    ]
    before = _taken.set((tables, forms))
    try:
        return pickle.loads(packed.value)  # noqa: S301  # bytes of a process of ours
    finally:
        _taken.reset(before)


def _stream(group: _Tables) -> bytes:
    """One record batch: slices of several would be tables of several chunks."""
    table = without_empty_columns(pa.concat_tables(group.tables)).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written
