"""What all workbooks of this room share: bytes that depend on the content alone, texts that never become formulas."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
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
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?\Z", re.ASCII)
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
        sheet = self.book.add_worksheet("_meta")
        for row, (key, value) in enumerate(entries.items()):
            sheet.write_string(row, 0, key)
            sheet.write_string(row, 1, text(value))
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


def number(value: str) -> float | None:
    """The number a text writes where a workbook holds it without losing a digit (15 significant); else None."""
    if not _NUMBER.match(value):
        return None
    if len(value) > 15 and len(value.replace("-", "").replace(".", "").lstrip("0")) > 15:
        return None
    return float(value)


def width(texts: Sequence[str], least: int = 8, most: int = 40) -> int:
    """Column width for texts: a Chinese character takes two."""
    widest = max(map(_columns, texts), default=0)
    return max(least, min(most, widest + 2))


def _columns(value: str) -> int:
    return len(value) if value.isascii() else sum(map(_character, value))


@lru_cache(maxsize=8_192)
def _character(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def height(cells: Sequence[tuple[str, int]], most: int = 20) -> float:
    """Points a row needs for texts that wrap in columns of these widths: programs that do not fit rows themselves clip them."""
    lines = max(
        (
            sum(max(1, -(-(width([line], 0, MAX_CELL) - 2) // wide)) for line in text.split("\n"))
            for text, wide in cells
        ),
        default=1,
    )
    return 15.0 * max(1, min(lines, most))
