"""Arrow columns as exact numpy arrays: amounts as whole yuan, months and days as integers. A country has 1.7 million rows a year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..model.amount_arrays import Flags as Flags
from ..model.amount_arrays import Ints as Ints
from ..model.amount_arrays import amounts_as_yuan
from ..model.tables import AMOUNT
from ..model.text_arrays import text_codes

Floats = npt.NDArray[np.float64]

YUAN = 10_000
"""Yuan in 万元: a decimal(20,4) in 万元 is a whole number of yuan, so sums and comparisons are exact in int64."""
NEVER = 1 << 30
"""A month or day that has not come: later than every other."""
Months = npt.NDArray[np.int32]
"""Month indices: a country's stages of a year are twenty million of them."""
_YUAN_DECIMAL = Decimal(YUAN)


def column(table: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    """A column as one array; all null where a programme's form does not carry it."""
    if name not in table.column_names:
        return pa.nulls(table.num_rows, kind)
    found = table[name].combine_chunks()
    if isinstance(found, pa.ChunkedArray):
        found = pa.concat_arrays(found.chunks) if found.num_chunks else pa.nulls(0, found.type)
    return found


def yuan(table: pa.Table, name: str) -> tuple[Ints, Flags]:
    """An amount (or quantity) scaled by 10⁴, and whether it is known; 0 where it is not."""
    return amounts_as_yuan(column(table, name, AMOUNT))


def codes(table: pa.Table, name: str) -> tuple[Ints, list[str]]:
    """Positions of a column's texts among distinct ones, and these; what is absent is the text ''. A text may be there that no cell has."""
    if name not in table.column_names:
        return np.zeros(table.num_rows, np.int64), [""] if table.num_rows else []
    found, texts = text_codes(table[name])
    if not len(found):
        return found, []
    distinct = list(dict.fromkeys(text or "" for text in texts))
    if len(distinct) == len(texts):
        return found, distinct
    places = {text: place for place, text in enumerate(distinct)}
    return np.array([places[text or ""] for text in texts], np.int64)[found], distinct


def mapped(table: pa.Table, name: str, convert: Callable[[str], Any], dtype: Any) -> npt.NDArray[Any]:
    """Each distinct text converted once: thousands of rows share a few months or marks."""
    positions, texts = codes(table, name)
    values = np.array([convert(text) for text in texts], dtype=dtype)
    result: npt.NDArray[Any] = values[positions] if len(texts) else np.zeros(0, dtype)
    return result


def month_index(text: str) -> int:
    """`2022-06` → months since year 0; NEVER for what is absent or no month."""
    if len(text) < 7 or not (text[:4] + text[5:7]).isdigit():
        return NEVER
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def month_text(index: int) -> str | None:
    return None if index >= NEVER else f"{index // 12:04d}-{index % 12 + 1:02d}"


def months(table: pa.Table, name: str) -> Months:
    return mapped(table, name, month_index, np.int32)


def days(table: pa.Table, name: str) -> Ints:
    """A date column as day ordinals; NEVER where absent."""
    array = column(table, name, pa.date32())
    if array.null_count == len(array):
        return np.full(len(array), NEVER, np.int64)
    ordinals = pc.fill_null(array.cast(pa.int32()), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    known = np.asarray(pc.is_valid(array).to_numpy(zero_copy_only=False), dtype=bool)
    return np.where(known, ordinals + date(1970, 1, 1).toordinal(), NEVER)


def month_end(index: Ints | Months) -> Ints:
    """Day ordinal of the last day of each month index; NEVER stays."""
    result: Ints = _month_ends()[np.minimum(index, _LAST_MONTH + 1)]
    return result


_LAST_MONTH = 9999 * 12 + 11


@cache
def _month_ends() -> Ints:
    """The day of every month index that a text can name, then NEVER."""
    after = np.arange(1 - 1970 * 12, _LAST_MONTH + 2 - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
    return np.append(after.astype(np.int64) - 1 + date(1970, 1, 1).toordinal(), NEVER)


def wan_yuan(amount: int | np.int64) -> Decimal:
    """Whole yuan → 万元, exact."""
    return Decimal(int(amount)) / _YUAN_DECIMAL


def wan_yuans(amounts: Ints, known: Flags | None = None) -> list[Decimal | None]:
    """The same of many, in their order; None where not known."""
    if known is None:
        return [Decimal(amount) / _YUAN_DECIMAL for amount in amounts.tolist()]
    pairs = zip(amounts.tolist(), known.tolist(), strict=True)
    return [Decimal(amount) / _YUAN_DECIMAL if there else None for amount, there in pairs]


def bit_texts(flags: Flags, names: Sequence[str]) -> list[list[str]]:
    """[n, names] → by row the names that are set; rows alike share one list."""
    bits = flags @ (1 << np.arange(len(names), dtype=np.int64))
    distinct, inverse = np.unique(bits, return_inverse=True)
    lists = [[name for place, name in enumerate(names) if value >> place & 1] for value in distinct.tolist()]
    return [lists[place] for place in inverse.tolist()]


def at_least(actual: Ints, planned: Ints, share: Decimal) -> Flags:
    """actual / planned ≥ share without a division: exact at the threshold."""
    numerator, denominator = share.as_integer_ratio()
    result: Flags = actual * denominator >= planned * numerator
    return result


def positions(mask: Flags) -> list[int]:
    """Places where a mask is set, as plain integers."""
    found: list[int] = np.flatnonzero(mask).tolist()
    return found
