"""Casts of the other columns: codes, texts, months, dates, rates, counts (code lists: `listed`). A cell that cannot be cast leaves the
value empty and a note; nothing is guessed and nothing is dropped without one."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.model.fields import FIELDS
from pipelines.model.periods import Period, PeriodKind
from pipelines.model.raw import Cell
from pipelines.model.submissions import NoteCode
from pipelines.model.tables import arrow_type
from pipelines.model.visible_text import visible

from .dates import Day, Readings, parse_day
from .notes import Notes
from .numbers import (
    MISSING_TEXTS,
    Missing,
    Number,
    code_text,
    is_error_value,
    missing_mark,
    missing_text,
    parse_number,
    plain,
)
from .period_texts import period_text

_VECTOR_FROM = 12
_UNUSUAL = ("#", "＃", "Err:", "err:", "oading", "正在加载")
"""What a column of texts may hold that has to be looked at text by text; invisible characters are gone when they come from parse."""
_DIGITS, _LETTERS = string.digits.encode(), string.ascii_letters.encode()
_NO_PLAIN_CODE = re.compile(r"[0-9][eE]-?[0-9]{1,3}|(?i:na|nan|nat|none|null)|[0-9OolI]*[OolI][0-9OolI]*")
_LONGEST_ROUNDED = 6
"""Characters of 1E-123, what a spreadsheet makes of a code."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A note whose raw text says more than the cell: the readings of an ambiguous date."""

    code: NoteCode
    raw: str


Read = tuple[object, tuple[NoteCode | Detail, ...], Missing | None]


def cast_codes(values: Sequence[Cell], name: str, notes: Notes) -> pa.Array:
    """Codes as text; leading zeros stay, what a spreadsheet has rounded is digits_lost."""
    texts = _only_texts(values)
    if texts is not None and _are_plain_codes(texts):
        return _text_array(values, len(texts))

    def read(cell: Cell) -> Read:
        code, note = code_text(cell)
        if note == "not_applicable":
            return None, (), Missing("N")
        return code, (note,) if note else (), None

    return by_value(values, name, notes, pa.string(), read)


def cast_texts(values: Sequence[Cell], name: str, notes: Notes) -> pa.Array:
    """Names and other texts as sent but for white space around them; missing marks are missing."""
    texts = _only_texts(values)
    if texts is not None and not _is_unusual(joined := "".join(texts)):
        spaced = joined.split(None, 1) != [joined] and bool(joined)
        if MISSING_TEXTS.isdisjoint(map(str.strip, texts) if spaced else texts):
            found = _text_array(values, len(texts))
            return _none_for_empty(pc.utf8_trim_whitespace(found)) if spaced else found

    def read(cell: Cell) -> Read:
        text = visible(plain(cell)).strip()
        mark = missing_text(text)
        if mark is None and is_error_value(text):
            return None, ("error_value",), None
        return (None, (), mark) if mark is not None else (text, (), None)

    return by_value(values, name, notes, pa.string(), read)


def cast_lists(values: Sequence[Cell], name: str, notes: Notes) -> pa.Array:
    """Several entries in one cell, parted by ; 、 or line breaks, as `a;b;c`."""

    def read(cell: Cell) -> Read:
        mark = missing_text(plain(cell))
        if mark is not None:
            return None, (), mark
        if is_error_value(plain(cell)):
            return None, ("error_value",), None
        entries = (entry.strip() for entry in re.split(r"[;；、,，\n]", plain(cell)))
        return ";".join(entry for entry in entries if entry), (), None

    return by_value(values, name, notes, pa.string(), read)


def cast_months(values: Sequence[Cell], name: str, notes: Notes, epoch_1904: bool, texts_typed: bool) -> pa.Array:
    """YYYY-MM in all spellings; not_a_date otherwise. `texts_typed`: a text is what somebody typed, not a number printed (CSV)."""

    def read(cell: Cell) -> Read:
        day = parse_day(cell, epoch_1904, texts_typed)
        if isinstance(day, Day):
            return day.month, day.notes, None
        if isinstance(day, Readings):
            return None, (Detail("ambiguous_date", day.with_readings(plain(cell))),), None
        return (None, (), day) if isinstance(day, Missing) else (None, (day,), None)

    return by_value(values, name, notes, pa.string(), read)


def cast_periods(
    values: Sequence[Cell], name: str, notes: Notes, epoch_1904: bool, texts_typed: bool, kind: PeriodKind
) -> pa.Array:
    """The reporting period written in the rows, as its kind is written; not_a_date where it is none of that kind."""

    def read(cell: Cell) -> Read:
        if kind == "year" and isinstance(cell, int | float):
            cell = str(int(cell))
        elif kind in ("month", "event"):
            day = parse_day(cell, epoch_1904, texts_typed)
            if isinstance(day, Missing):
                return None, (), day
            if isinstance(day, Day) and (kind == "month" or day.has_day):
                return str(Period.of_day(day.value, kind)), day.notes, None
        mark = missing_mark(plain(cell))
        if mark is not None:
            return None, (), mark
        period = period_text(cell, kind) if isinstance(cell, str) else None
        return (None, ("not_a_date",), None) if period is None else (period, (), None)

    return by_value(values, name, notes, pa.string(), read)


def cast_dates(values: Sequence[Cell], name: str, notes: Notes, epoch_1904: bool) -> pa.Array:
    """date32; a month without its day is no date."""

    def read(cell: Cell) -> Read:
        day = parse_day(cell, epoch_1904, whole=True)
        if isinstance(day, Readings):
            return None, (Detail("ambiguous_date", day.with_readings(plain(cell))),), None
        if isinstance(day, Day):
            return (day.value, day.notes, None) if day.has_day else (None, ("not_a_date",), None)
        return (None, (), day) if isinstance(day, Missing) else (None, (day,), None)

    return by_value(values, name, notes, pa.date32(), read)


def cast_integers(values: Sequence[Cell], name: str, notes: Notes) -> pa.Array:
    """int64; a fraction is not_a_number."""

    def read(cell: Cell) -> Read:
        number = parse_number(cell)
        if isinstance(number, Missing):
            return None, (), number
        if (
            not isinstance(number, Number)
            or number.unit not in ("", "个", "项", "位", "名")
            or abs(number.value) >= 10**15
        ):
            return None, (number if isinstance(number, str) else "not_a_number",), None
        if number.value != int(number.value):
            return None, ("not_a_number",), None
        return int(number.value), ("converted",) if number.changed else (), None

    return by_value(values, name, notes, pa.int64(), read)


_SURELY_PERCENT = 0.01
"""A hundredth of the figure from which most rates of a column are percents, not fractions."""


def cast_rates(
    values: Sequence[Cell],
    name: str,
    notes: Notes,
    percent: bool,
    levels: Sequence[tuple[float | None, float | None]],
    fractions: frozenset[int] = frozenset(),
    percents: frozenset[int] = frozenset(),
) -> pa.Array:
    """Fractions (0.241). Percent where the header, the cell or its format (rows of `percents`) says %, but not in rows of
    `fractions` (percent cells hold the fraction itself); a bare number under a bare header is read as the one of the two that lies
    nearer to the row's own levels (value, base). Rows without levels are read as the bare rows of their column that have some; where
    none has, as percent if most are 1 or more (10.0 is no growth of 1000 %), else as fractions."""
    rates: list[float | None] = []
    unproved: dict[int, float] = {}
    proved: list[bool] = []
    for row, (cell, (value, base)) in enumerate(zip(values, levels, strict=True)):
        number = parse_number(cell)
        if isinstance(number, Missing):
            notes.missing(row, name, cell, number)
            rates.append(None)
            continue
        if not isinstance(number, Number) or number.unit not in ("", "%"):
            notes.add(row, name, cell, number if isinstance(number, str) else "not_a_number")
            rates.append(None)
            continue
        rate, hundredth = float(number.value), float(number.value / Decimal(100))
        as_fraction = row in fractions and number.unit != "%"
        as_percent = (percent or number.unit == "%" or row in percents) and not as_fraction
        if not as_percent and not as_fraction:
            if value is not None and base:
                expected = value / base - 1
                as_percent = abs(hundredth - expected) < abs(rate - expected)
                proved += [as_percent] if rate else []
            elif rate:
                unproved[row] = hundredth
        if number.changed and number.unit != "%":
            notes.add(row, name, cell, "converted")
        rates.append(hundredth if as_percent else rate)
    if unproved and (all(proved) if proved else median(map(abs, unproved.values())) >= _SURELY_PERCENT):
        for row, hundredth in unproved.items():
            rates[row] = hundredth
    return pa.array(rates, pa.float64())


def empty(name: str, rows: int) -> pa.Array:
    """A column the file does not have."""
    return pa.nulls(rows, arrow_type(FIELDS[name].type))


def _only_texts(values: Sequence[Cell]) -> list[str] | None:
    """The texts of a column that has no other cells but empty ones; None where it has, or where it is too short to be worth a look."""
    if len(values) < _VECTOR_FROM or not set(map(type, values)) <= {str, type(None)}:
        return None
    return list(filter(None, values))  # type: ignore[arg-type]


def _text_array(values: Sequence[Cell], filled: int) -> pa.Array:
    """Texts, null for empty ones; `filled`: how many are not empty."""
    if not filled:
        return pa.nulls(len(values), pa.string())
    return pa.array(values if filled == len(values) else [value or None for value in values], pa.string())


def _are_plain_codes(texts: Sequence[str]) -> bool:
    """Whether all are groups of digits and letters joined by single hyphens, and none is what stands for no code, a rounded one or one
    with an O for a zero. Looked at as one text, each on a line: most columns of codes need no look at each."""
    joined = "\n".join(texts)
    if not joined.isascii():
        return False
    lines = joined.encode()
    if lines.translate(None, _DIGITS + _LETTERS + b"-\n") or lines.count(b"\n") >= max(len(texts), 1):
        return False
    if b"-" in lines:
        framed = b"\n" + lines + b"\n"
        if any(ill in framed for ill in (b"--", b"\n-", b"-\n")):
            return False
    letters = lines.translate(None, _DIGITS + b"-\n")
    if not letters or not (letters.translate(None, b"OolI") != letters or min(map(len, texts)) <= _LONGEST_ROUNDED):
        return True
    return not any(map(_NO_PLAIN_CODE.fullmatch, texts))


def _is_unusual(joined: str) -> bool:
    return any(mark in joined for mark in _UNUSUAL)


def _none_for_empty(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.not_equal(texts, ""), texts, pa.scalar(None, pa.string()))


def by_value(
    values: Sequence[Cell], name: str, notes: Notes, kind: pa.DataType, read: Callable[[Cell], Read]
) -> pa.Array:
    """Reads every distinct value once; most columns have few."""
    distinct = set(values)
    readings = {cell: read(cell) for cell in distinct if cell is not None and cell != ""}
    noted = {cell for cell, (_, codes, mark) in readings.items() if codes or mark is not None}
    for row, cell in enumerate(values) if noted else ():
        if cell in noted:
            _, codes, mark = readings[cell]
            for code in codes:
                if isinstance(code, Detail):
                    notes.add(row, name, code.raw, code.code)
                else:
                    notes.add(row, name, cell, code)
            if mark is not None:
                notes.missing(row, name, cell, mark)
    found: dict[Cell, object] = {cell: value for cell, (value, _, _) in readings.items()}
    return pa.array(list(map(found.get, values)), kind)
