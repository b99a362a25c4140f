"""Columns of texts as numbers: a country's year repeats few units, months and marks in millions of cells, and each is looked at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from .amount_arrays import Ints


def as_dictionaries(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """The table with these of its text columns as dictionary columns: whoever asks for `text_codes` of one later pays nothing."""
    for name in names:
        place = table.column_names.index(name) if name in table.column_names else -1
        if place >= 0 and not pa.types.is_dictionary(table.schema.field(place).type):
            table = table.set_column(place, name, _encoded(table[name]))
    return table


def text_codes(*columns: pa.ChunkedArray) -> tuple[Ints, list[str | None]]:
    """The cells of text columns, one column after the other, as numbers of one list of distinct texts; what is absent is None in it,
    the last. A text may stand in the list that no cell has."""
    encoded = [c if pa.types.is_dictionary(c.type) else _encoded(c) for c in columns]
    chunks = [chunk for column in encoded for chunk in column.chunks if len(chunk)]
    if not chunks:
        return np.zeros(0, np.int64), []
    whole = pa.chunked_array(chunks)
    if len(chunks) > 1:
        whole = whole.unify_dictionaries()
    texts = whole.chunk(0).dictionary.to_pylist()
    parts = [_indices(chunk.indices, len(texts)) for chunk in whole.chunks]
    return np.concatenate(parts) if len(parts) > 1 else parts[0], [*texts, None]


def _encoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """In one piece: chunks would each carry the whole dictionary, and be compared text by text again."""
    whole = column.combine_chunks() if column.num_chunks > 1 else column
    encoded = whole.dictionary_encode()
    return encoded if isinstance(encoded, pa.ChunkedArray) else pa.chunked_array([encoded])


def _indices(array: pa.Array, absent: int) -> Ints:
    filled = array.fill_null(absent) if array.null_count else array
    return np.asarray(filled.to_numpy(zero_copy_only=False), np.int64)


def coded_texts(codes: Ints, texts: Sequence[str | None], kind: pa.DataType) -> pa.Array:
    """The way back: a column of `kind` (dictionary or text) from the numbers of texts; None is absent."""
    absent = [place for place, text in enumerate(texts) if text is None]
    mask = np.isin(codes, absent, kind="table") if absent and len(codes) else np.zeros(len(codes), bool)
    column = pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32), mask=mask if mask.any() else None),
        pa.array([text or "" for text in texts], pa.string()),
        safe=False,
    )
    return column if column.type == kind else column.cast(kind)


def cell_values(column: pa.ChunkedArray | pa.Array) -> list[Any]:
    """A column as Python values, None where absent. Texts and days come by numpy: `to_pylist` makes an object of Arrow for each cell."""
    if column.null_count == len(column):
        return [None] * len(column)
    if pa.types.is_dictionary(column.type):
        codes, texts = text_codes(column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column]))
        cells = np.array(texts, dtype=object)[codes]
    elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        cells = np.asarray(column.to_numpy(zero_copy_only=False), object)
    elif pa.types.is_date32(column.type):
        cells = np.asarray(column.to_numpy(zero_copy_only=False), "datetime64[D]").astype(object)
    else:
        return list(column.to_pylist())
    return list(cells.tolist())
