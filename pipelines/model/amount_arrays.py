"""Columns of amounts as exact whole numbers and back: decimal(20, 4) in 万元 is a whole number of yuan, exact in int64."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .tables import AMOUNT

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def whole_array(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    found = column.combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks or [pa.nulls(0, found.type)])


def amounts_as_yuan(array: pa.Array) -> tuple[Ints, Flags]:
    """An amount (or quantity) scaled by 10⁴, and whether it is known; 0 where it is not."""
    known = np.asarray(pc.is_valid(array).to_numpy(zero_copy_only=False), dtype=bool)
    if array.null_count == len(array):
        return np.zeros(len(array), np.int64), known
    if array.type != AMOUNT:
        array = array.cast(AMOUNT)
    words = np.frombuffer(array.buffers()[1], dtype="<i8").reshape(-1, 2)[array.offset : array.offset + len(array), 0]
    return np.where(known, words, 0), known


def fit_in_64_bits(array: pa.Array) -> Flags:
    """Which amounts of `tables.AMOUNT` are whole numbers of 64 bits once they are scaled by 10⁴; meaningless where the value is null."""
    if array.null_count == len(array):
        return np.ones(len(array), bool)
    words = np.frombuffer(array.buffers()[1], dtype="<i8").reshape(-1, 2)[array.offset : array.offset + len(array)]
    return np.asarray((words[:, 0] >> 63) == words[:, 1], dtype=bool)


def yuan_as_amounts(values: Ints, known: Flags | None = None) -> pa.Array:
    """The way back: amounts of `tables.AMOUNT`, null where not `known`."""
    words = np.empty((len(values), 2), np.int64)
    words[:, 0], words[:, 1] = values, values >> 63
    bitmap = None if known is None else pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    return pa.Array.from_buffers(AMOUNT, len(values), [bitmap, pa.py_buffer(words.tobytes())])
