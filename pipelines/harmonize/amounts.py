"""Amounts: cells of a column become exact decimals in the form's measure, column by column.

Arithmetic is in integers scaled by 10⁴ (`tables.AMOUNT_SCALE`). A double d of a workbook is taken by the fast path where
`round(d·k)/k == d` for the column's power of ten k: the integer is then the only one of at most 15 digits whose quotient is
d, so the result equals that of the decimal text. Everything else goes cell by cell through `numbers`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.model.forms import FormLayout
from pipelines.model.raw import Cell
from pipelines.model.tables import AMOUNT, AMOUNT_SCALE

from .notes import Notes
from .numbers import Missing, Number, fold, parse_number

_EXACT = 10**15
_LIMIT = 9 * 10**18
_NOISE = Decimal("1e-7")
"""What a double adds to a written number (2344.0000000001) is less; a fifth decimal that somebody wrote is more."""
_TEN_THOUSAND, _WAN_YUAN = "万", "万元"
"""12万 in a table of 万元 is 12 万元 to one clerk and 12 万 of them to another."""
_PLAIN = r"^-?[0-9]{1,14}(\.[0-9]{1,4})?$"
_VECTOR_FROM = 12
"""Below this many rows the set-up of the column path costs more than it saves."""


@dataclass(frozen=True)
class UnitOfAmount:
    """How a column's numbers become the form's measure: `factor` for bare numbers (None: unit unknown, taken as 1, and the file
    has a problem A04), `cell_units` for texts behind a number; `others` are suffixes that change nothing (个, 项)."""

    factor: Decimal
    cell_units: Mapping[str, Decimal] = field(default_factory=dict)
    others: frozenset[str] = frozenset()

    @classmethod
    def plain(cls) -> UnitOfAmount:
        """Numbers as they are: floor space, counts."""
        return cls(Decimal(1))


OWN_UNIT = UnitOfAmount(Decimal(1), others=frozenset(("㎡", "m2", "平方米", "亩", "吨标煤", "吨标准煤", "tce")))
"""Of quantities of something else than money: each field has a unit of its own, and a cell may name it."""


def cast_amounts(values: Sequence[Cell], unit: UnitOfAmount, name: str, notes: Notes) -> pa.Array:
    """decimal(20,4) in the form's measure; null with a note where a cell is no number."""
    count = len(values)
    taken = _take_fast(values, unit.factor) if count >= _VECTOR_FROM else None
    scaled, valid = taken or (np.zeros(count, np.int64), np.zeros(count, np.bool_))
    if taken is not None and valid.all():
        return decimal_array(scaled, valid)
    rest = [i for i in np.flatnonzero(~valid).tolist() if values[i] is not None and values[i] != ""]
    whole = int(unit.factor * AMOUNT_SCALE) if rest and unit.factor * AMOUNT_SCALE % 1 == 0 else 0
    for i in rest:
        value = values[i]
        if value.__class__ is int and whole and abs(value) < _EXACT // whole:
            scaled[i], valid[i] = value * whole, True
            continue
        number = cast_amount(value, unit, i, name, notes)
        if number is not None:
            scaled[i], valid[i] = number, True
    return decimal_array(scaled, valid)


def _take_fast(values: Sequence[Cell], factor: Decimal) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]] | None:
    """What is plainly a number, scaled, and where: doubles, and texts of digits where no conversion is due. None where nothing is."""
    kinds = set(map(type, values))
    if float in kinds:
        k = _power(factor)
        if k is None:
            return None
        if kinds <= {float, type(None)}:
            doubles = np.array(values, np.float64)
        else:
            doubles = np.array([value if value.__class__ is float else np.nan for value in values], np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            whole = np.rint(doubles * k)
            fits = (whole / k == doubles) & (np.abs(whole) < _EXACT)
        return np.where(fits, whole, 0.0).astype(np.int64), fits
    if str in kinds and factor == 1 and kinds <= {str, type(None)}:
        texts = pa.array(values, pa.string())
        plain = pc.fill_null(pc.match_substring_regex(texts, _PLAIN), False)
        numbers = pc.if_else(plain, texts, pa.scalar(None, pa.string())).cast(AMOUNT)
        fits = plain.to_numpy(zero_copy_only=False)
        low = np.frombuffer(numbers.buffers()[1], np.int64).reshape(-1, 2)[: len(values), 0]
        return np.where(fits, low, 0), fits
    return None


@lru_cache(maxsize=64)
def _power(factor: Decimal) -> float | None:
    """What a double of the file is multiplied by; None where that is no whole number, or too large for doubles to stay exact."""
    multiplier = factor * AMOUNT_SCALE
    return float(multiplier) if multiplier == int(multiplier) and multiplier <= 10**8 else None


def cast_amount(cell: Cell, unit: UnitOfAmount, row: int, name: str, notes: Notes) -> int | None:
    """One cell as integer of 10⁻⁴ of the measure; None with its note where it is no number or has digits the measure lacks."""
    parsed = parse_number(cell)
    if isinstance(parsed, Missing):
        notes.missing(row, name, cell, parsed)
        return None
    if not isinstance(parsed, Number):
        notes.add(row, name, cell, parsed)
        return None
    factor = unit.factor
    if parsed.unit and parsed.unit not in unit.others:
        own = unit.cell_units.get(parsed.unit)
        if own is None:
            notes.add(row, name, cell, "not_a_number")
            return None
        factor = own
    scaled = parsed.value * factor * AMOUNT_SCALE
    if scaled != int(scaled):
        written = round(parsed.value, 4)
        scaled = written * factor * AMOUNT_SCALE if abs(parsed.value - written) < _NOISE else scaled
    if abs(scaled) > _LIMIT or scaled != int(scaled):
        notes.add(row, name, cell, "too_precise")
        return None
    if factor != unit.factor:
        notes.add(row, name, cell, "cell_unit")
    elif parsed.unit == _TEN_THOUSAND and factor == unit.cell_units.get(_WAN_YUAN):
        notes.add(row, name, cell, "scale_word")
    elif parsed.changed or (parsed.unit and parsed.unit not in unit.others):
        notes.add(row, name, cell, "converted")
    return int(scaled)


def decimal_array(scaled: npt.NDArray[np.int64], valid: npt.NDArray[np.bool_]) -> pa.Array:
    """Scaled integers as an Arrow decimal(20,4), without a Python object a cell."""
    words = np.empty((len(scaled), 2), np.int64)
    words[:, 0] = scaled
    np.right_shift(scaled, 63, out=words[:, 1])
    nulls = len(scaled) - int(np.count_nonzero(valid))
    bitmap = pa.py_buffer(np.packbits(valid, bitorder="little").tobytes()) if nulls else None
    return pa.Array.from_buffers(AMOUNT, len(scaled), [bitmap, pa.py_buffer(words.tobytes())], nulls)


def cell_units(layout: FormLayout) -> dict[str, Decimal]:
    """Texts behind a number in a cell → factor: the form's units, and 亿, 万 for 亿元, 万元."""
    units = {fold(name): factor for name, factor in layout.amount_units.items()}
    return {**{name.removesuffix("元"): factor for name, factor in units.items() if len(name) > 1}, **units}
