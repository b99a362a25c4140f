"""Casts of columns whose texts are entries of a list: code lists of the programme, indicators, scopes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

import pyarrow as pa

from pipelines.model.raw import Cell
from pipelines.model.submissions import NoteCode
from pipelines.model.units import name_key

from .columns import Read, by_value, cast_codes
from .notes import Notes
from .numbers import fold, is_error_value, missing_mark, plain, without_zero_fraction

_LEADING_CODE = re.compile(r"\s*([0-9]{1,4})[\s.、:：\-]*(.*)\Z", re.DOTALL)
_ENTRY = re.compile(r"(?:其中[::]?|[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|\d{1,2}[.、](?!\d)|[*#])+")
_INDUSTRY = re.compile(r"(C)?([0-9]{4})(?:[.、:\-_/]*\(?(.*?)\)?)?\Z", re.IGNORECASE)
SCOPES = {
    **dict.fromkeys(("属地", "属地口径", "在地", "在地口径", "territorial"), "territorial"),
    **dict.fromkeys(("管理", "管理口径", "managed"), "managed"),
}
"""Texts of 统计口径 (domain_decisions §1): 属地 or 管理."""


def cast_coded(values: Sequence[Cell], name: str, notes: Notes, codes: Mapping[str, str]) -> pa.Array:
    """Entries of a code list (code → Chinese name) given as code, as name, or as both (`1 新建`); anything else is
    not_in_code_list and stays out."""
    by_text = _codes_by_text(tuple(codes.items()))

    def read(cell: Cell) -> Read:
        text = plain(cell)
        mark = missing_mark(text)
        if mark is not None:
            return None, (), mark
        code = by_text.get(name_key(text)) or by_text.get(name_key(without_zero_fraction(text)))
        if code is None and (both := _LEADING_CODE.match(unicodedata.normalize("NFKC", text))):
            candidate = by_text.get(both[1])
            code = candidate if candidate and by_text.get(name_key(both[2])) == candidate else None
        return (code, (), None) if code is not None else (None, (_unlisted(text),), None)

    return by_value(values, name, notes, pa.string(), read)


def cast_industries(values: Sequence[Cell], name: str, notes: Notes, industries: Mapping[str, str]) -> pa.Array:
    """Classes of GB/T 4754 as codes, also behind the letter of manufacturing (C3825) and before their own name (3825 光伏设备…), as
    platforms export them; with another name, or another letter, they stay as sent."""
    bare = [_class(cell, industries) if cell.__class__ is str and len(str(cell)) > 4 else cell for cell in values]
    return cast_codes(bare, name, notes)


def _class(cell: Cell, industries: Mapping[str, str]) -> Cell:
    match = _INDUSTRY.match(fold(str(cell)))
    if match is None or match[2] not in industries or (match[1] and not 13 <= int(match[2][:2]) <= 43):
        return cell
    return match[2] if not match[3] or match[3].casefold() == name_key(industries[match[2]]) else cell


@lru_cache(maxsize=256)
def _codes_by_text(codes: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Comparison form of a code or name → code; a code outweighs a name."""
    by_text = {name_key(code): code for code, _ in codes}
    for code, text in codes:
        by_text.setdefault(name_key(text), code)
    return by_text


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
        return (code, (), None) if code else (None, (_unlisted(text),), None)

    return by_value(values, name, notes, pa.string(), read)


def cast_scopes(values: Sequence[Cell], name: str, notes: Notes) -> pa.Array:
    """territorial or managed."""

    def read(cell: Cell) -> Read:
        text = plain(cell)
        mark = missing_mark(text)
        if mark is not None:
            return None, (), mark
        scope = SCOPES.get(name_key(text))
        return (scope, (), None) if scope else (None, (_unlisted(text),), None)

    return by_value(values, name, notes, pa.string(), read)


def _unlisted(text: str) -> NoteCode:
    return "error_value" if is_error_value(text) else "not_in_code_list"
