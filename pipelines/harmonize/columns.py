"""Casts of the other columns: codes, texts, months, dates, rates, counts, code lists. A cell that cannot be cast leaves the
value empty and a note; nothing is guessed and nothing is dropped without one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.model.fields import FIELDS
from pipelines.model.periods import Period, PeriodKind
from pipelines.model.raw import Cell
from pipelines.model.submissions import NoteCode
from pipelines.model.tables import arrow_type
from pipelines.model.units import name_key

from .dates import Day, keeps_zeros, parse_day, period_text
from .notes import Notes
from .numbers import BELOW_UNIT, NOT_APPLICABLE, Missing, Number, code_text, fold, missing_mark, parse_number, plain

_VECTOR_FROM = 12
_MARKS = pa.array(sorted({*NOT_APPLICABLE, *BELOW_UNIT, "N/A", "NA", "#N/A", "－", "／", "--"}), pa.string())
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_INVISIBLE_TABLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_LEADING_CODE = re.compile(r"\s*([0-9]{1,4})[\s.、:：\-]*(.*)\Z", re.DOTALL)
_ENTRY = re.compile(r"(?:其中[::]?|[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|\d{1,2}[.、](?!\d)|[*#])+")
_REGULAR_CODE = "^([0-9A-Za-z]+(-[0-9A-Za-z]+)*)?$"
_NOT_REGULAR = "^([0-9][eE]-[0-9]{1,3}|[nN][aA])$"
SCOPES = {
    **dict.fromkeys(("属地", "属地口径", "在地", "在地口径", "territorial"), "territorial"),
    **dict.fromkeys(("管理", "管理口径", "managed"), "managed"),
}
"""Texts of 统计口径 (domain_decisions §1): 属地 or 管理."""

Read = tuple[object, tuple[NoteCode, ...], Missing | None]


def cast_codes(values: Sequence[Cell], name: str, notes: Notes) -> pa.Array:
    """Codes as text; leading zeros stay, what a spreadsheet has rounded is digits_lost."""
    if len(values) >= _VECTOR_FROM and set(map(type, values)) <= {str, type(None)}:
        texts = pa.array(values, pa.string())
        joined = _bytes_of(texts)
        if joined.isalnum() and b"na" not in joined.lower():  # nothing to trim, no dash, no mark: most code columns
            return _none_for_empty(texts)
        texts = pc.utf8_trim_whitespace(texts)
        regular = pc.all(pc.match_substring_regex(texts, _REGULAR_CODE), min_count=0).as_py()
        if regular and not pc.any(pc.match_substring_regex(texts, _NOT_REGULAR), min_count=0).as_py():
            return _none_for_empty(texts)

    def read(cell: Cell) -> Read:
        code, note = code_text(cell)
        if note == "not_applicable":
            return None, (), Missing("N")
        return code, (note,) if note else (), None

    return _by_value(values, name, notes, pa.string(), read)


def cast_texts(values: Sequence[Cell], name: str, notes: Notes) -> pa.Array:
    """Names and other texts as sent but for white space around them; missing marks are missing."""
    if (
        len(values) >= _VECTOR_FROM
        and set(map(type, values)) <= {str, type(None)}
        and not _INVISIBLE.search("".join(filter(None, values)))  # type: ignore[arg-type]
    ):
        texts = pc.utf8_trim_whitespace(pa.array(values, pa.string()))
        if not _any_mark(texts):
            return _none_for_empty(texts)

    def read(cell: Cell) -> Read:
        text = plain(cell).translate(_INVISIBLE_TABLE).strip()
        mark = missing_mark(text)
        return (None, (), mark) if mark is not None else (text, (), None)

    return _by_value(values, name, notes, pa.string(), read)


def cast_lists(values: Sequence[Cell], name: str, notes: Notes) -> pa.Array:
    """Several entries in one cell, parted by ; 、 or line breaks, as `a;b;c`."""

    def read(cell: Cell) -> Read:
        mark = missing_mark(plain(cell))
        if mark is not None:
            return None, (), mark
        entries = (entry.strip() for entry in re.split(r"[;；、,，\n]", plain(cell)))
        return ";".join(entry for entry in entries if entry), (), None

    return _by_value(values, name, notes, pa.string(), read)


def cast_months(values: Sequence[Cell], name: str, notes: Notes, epoch_1904: bool, texts_typed: bool) -> pa.Array:
    """YYYY-MM in all spellings; not_a_date otherwise. `texts_typed`: a text is what somebody typed, not a number printed (CSV)."""
    zeros_kept = texts_typed or keeps_zeros(values)

    def read(cell: Cell) -> Read:
        day = parse_day(cell, epoch_1904, zeros_kept)
        if isinstance(day, Day):
            return day.month, day.notes, None
        return (None, (), day) if isinstance(day, Missing) else (None, (day,), None)

    return _by_value(values, name, notes, pa.string(), read)


def cast_periods(
    values: Sequence[Cell], name: str, notes: Notes, epoch_1904: bool, texts_typed: bool, kind: PeriodKind
) -> pa.Array:
    """The reporting period written in the rows, as its kind is written; not_a_date where it is none of that kind."""
    zeros_kept = texts_typed or keeps_zeros(values)

    def read(cell: Cell) -> Read:
        if kind == "year" and isinstance(cell, int | float):
            cell = str(int(cell))
        elif kind in ("month", "event"):
            day = parse_day(cell, epoch_1904, zeros_kept)
            if isinstance(day, Missing):
                return None, (), day
            if isinstance(day, Day) and (kind == "month" or day.has_day):
                return str(Period.of_day(day.value, kind)), day.notes, None
        mark = missing_mark(plain(cell))
        if mark is not None:
            return None, (), mark
        period = period_text(cell, kind) if isinstance(cell, str) else None
        return (None, ("not_a_date",), None) if period is None else (period, (), None)

    return _by_value(values, name, notes, pa.string(), read)


def cast_dates(values: Sequence[Cell], name: str, notes: Notes, epoch_1904: bool) -> pa.Array:
    """date32; a month without its day is no date."""

    def read(cell: Cell) -> Read:
        day = parse_day(cell, epoch_1904)
        if isinstance(day, Day):
            return (day.value, day.notes, None) if day.has_day else (None, ("not_a_date",), None)
        return (None, (), day) if isinstance(day, Missing) else (None, (day,), None)

    return _by_value(values, name, notes, pa.date32(), read)


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

    return _by_value(values, name, notes, pa.int64(), read)


def cast_rates(
    values: Sequence[Cell],
    name: str,
    notes: Notes,
    percent: bool,
    levels: Sequence[tuple[float | None, float | None]],
    fractions: frozenset[int] = frozenset(),
) -> pa.Array:
    """Fractions (0.241). Percent where the header or the cell says %, but not in rows of `fractions` (percent cells hold the
    fraction itself); a bare number under a bare header is read as the one of the two that lies nearer to the row's own levels
    (value, base), and as a fraction where there are none."""
    rates: list[float | None] = []
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
        as_percent = (percent or number.unit == "%") and not as_fraction
        if not as_percent and not as_fraction and value is not None and base:
            expected = value / base - 1
            as_percent = abs(hundredth - expected) < abs(rate - expected)
        if number.changed and number.unit != "%":
            notes.add(row, name, cell, "converted")
        rates.append(hundredth if as_percent else rate)
    return pa.array(rates, pa.float64())


def cast_coded(values: Sequence[Cell], name: str, notes: Notes, codes: Mapping[str, str]) -> pa.Array:
    """Entries of a code list (code → Chinese name) given as code, as name, or as both (`1 新建`); anything else is
    not_in_code_list and stays out."""
    by_text = {name_key(code): code for code in codes}
    for code, text in codes.items():
        by_text.setdefault(name_key(text), code)

    def read(cell: Cell) -> Read:
        text = plain(cell)
        mark = missing_mark(text)
        if mark is not None:
            return None, (), mark
        key = name_key(text)
        code = by_text.get(key)
        if code is None and (both := _LEADING_CODE.match(unicodedata.normalize("NFKC", text))):
            candidate = by_text.get(both[1])
            code = candidate if candidate and by_text.get(name_key(both[2])) == candidate else None
        return (code, (), None) if code is not None else (None, ("not_in_code_list",), None)

    return _by_value(values, name, notes, pa.string(), read)


@lru_cache(maxsize=4_096)
def entry_key(text: str) -> str:
    """Comparison form of an indicator's name: without 其中:, numbering and bracketed notes."""
    folded = fold(text).casefold()
    bare = re.sub(r"\([^()]*\)", "", folded)
    leading = _ENTRY.match(bare)
    return (bare[leading.end() :] if leading else bare) or folded


def cast_indicators(values: Sequence[Cell], name: str, notes: Notes, names: Mapping[str, str]) -> pa.Array:
    """Indicator codes by code or name (`names`: comparison form → code)."""

    def read(cell: Cell) -> Read:
        text = plain(cell)
        mark = missing_mark(text)
        if mark is not None:
            return None, (), mark
        code = names.get(fold(text).casefold()) or names.get(entry_key(text))
        return (code, (), None) if code else (None, ("not_in_code_list",), None)

    return _by_value(values, name, notes, pa.string(), read)


def cast_scopes(values: Sequence[Cell], name: str, notes: Notes) -> pa.Array:
    """territorial or managed."""

    def read(cell: Cell) -> Read:
        text = plain(cell)
        mark = missing_mark(text)
        if mark is not None:
            return None, (), mark
        scope = SCOPES.get(name_key(text))
        return (scope, (), None) if scope else (None, ("not_in_code_list",), None)

    return _by_value(values, name, notes, pa.string(), read)


def empty(name: str, rows: int) -> pa.Array:
    """A column the file does not have."""
    return pa.nulls(rows, arrow_type(FIELDS[name].type))


def _bytes_of(texts: pa.Array) -> bytes:
    """All texts of an array that has just been made, one behind the other, in UTF-8."""
    _, offsets, data = texts.buffers()
    return bytes(data)[: int(np.frombuffer(offsets, np.int32)[len(texts)])] if data is not None else b""


def _lengths_of(texts: pa.Array) -> npt.NDArray[np.int32]:
    """Bytes of each text of an array of at least one; 0 where it is null."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.diff(offsets)


def _none_for_empty(texts: pa.Array) -> pa.Array:
    lengths = _lengths_of(texts)
    if lengths.all():
        return texts
    if not lengths.any():
        return pa.nulls(len(texts), pa.string())
    return pc.if_else(pc.not_equal(texts, ""), texts, pa.scalar(None, pa.string()))


def _any_mark(texts: pa.Array) -> bool:
    return bool(pc.any(pc.is_in(texts, value_set=_MARKS), min_count=0).as_py())


def _by_value(
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
                notes.add(row, name, cell, code)
            if mark is not None:
                notes.missing(row, name, cell, mark)
    found: dict[Cell, object] = {cell: value for cell, (value, _, _) in readings.items()}
    return pa.array([found.get(cell) for cell in values], kind)
