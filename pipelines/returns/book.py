"""What all workbooks of this room share: bytes that depend on the content alone, texts that never become formulas."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from .fast_book import FastWorkbook
from .fast_sheet import FastSheet

OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
NUMERIC_TYPES = frozenset({"amount", "quantity", "integer", "rate"})
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
MAX_CELL = 32_000
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")


class Book:
    """A workbook in memory. `moment` (aware) is its creation time, since a clock would give other bytes each time."""

    def __init__(self, moment: datetime, title: str, subject: str) -> None:
        self.book: Any = FastWorkbook(dict(OPTIONS))
        self.book.set_properties(
            {"title": text(title), "subject": text(subject), "author": "Saima", "created": moment.replace(tzinfo=None)}
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **properties: Any) -> Any:
        """A format, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(properties)
        return self._formats[key]

    def sheet(self, name: str) -> Any:
        return self.book.add_worksheet(sheet_name(name), FastSheet)

    def meta(self, entries: Mapping[str, str]) -> None:
        """The hidden sheet `_meta`: what the workbook is about, for programs."""
        sheet = self.sheet("_meta")
        for row, (key, value) in enumerate(entries.items()):
            sheet.put_row(row, [(0, key, None), (1, text(value), None)])
        sheet.hide()

    def content(self) -> bytes:
        content: bytes = self.book.content()
        return content


def text(value: str) -> str:
    """Text a cell can hold: without control characters, at most 32,000 characters."""
    clean = value if value.isprintable() else _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", value)
    return clean if len(clean) <= MAX_CELL else clean[: MAX_CELL - 1] + "…"


def sheet_name(name: str) -> str:
    """A name spreadsheet programs accept."""
    return _SHEET_NAME.sub(" ", text(name)).strip()[:31] or "Sheet"


def texts(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """Rows of texts that cells can hold, looked at together since hardly ever one has to change."""
    joined = ["".join(row) for row in rows]
    if "".join(joined).isprintable() and max(map(len, joined), default=0) <= MAX_CELL:
        return rows
    return [[text(value) for value in row] for row in rows]


def width(texts: Sequence[str], least: int = 8, most: int = 40) -> int:
    """Column width for texts: a Chinese character takes two."""
    widest = max(map(len, texts), default=0)
    if widest + 2 < most and not "".join(texts).isascii():
        for value in sorted(texts, key=len, reverse=True):
            if 2 * len(value) <= widest:
                break
            widest = max(widest, _columns(value))
    return max(least, min(most, widest + 2))


@lru_cache(maxsize=8_192)
def _columns(value: str) -> int:
    return len(value) if value.isascii() else sum(map(_character, value))


@lru_cache(maxsize=8_192)
def _character(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def height(cells: Iterable[tuple[str, int]], most: int = 20) -> float:
    """Points a row needs for texts that wrap in columns of these widths: programs that do not fit rows themselves clip them."""
    lines = max((_lines(text, wide) for text, wide in cells), default=1)
    return 15.0 * max(1, min(lines, most))


def _lines(text: str, wide: int) -> int:
    if "\n" not in text:
        return 1 if 2 * len(text) <= wide else max(1, -(-_columns(text) // wide))
    return sum(max(1, -(-_columns(line) // wide)) for line in text.split("\n"))
