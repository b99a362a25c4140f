"""A table for people before anybody lays it out: terminal, CSV, page and Word show the same cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ABSENT = "—"


class Words(str):
    """What the program calls a thing: a text in Chinese wherever it is shown, with its English beside it for a page in English."""

    __slots__ = ("en",)
    en: str

    def __new__(cls, zh: str, en: str) -> Words:
        made = super().__new__(cls, zh)
        made.en = en
        return made


def in_english(text: str) -> str:
    """The English of a text that has one; any other as it is."""
    return text.en if isinstance(text, Words) else text


@dataclass(frozen=True)
class PrintedColumn:
    """A column; numbers stand right."""

    zh: str
    en: str
    numeric: bool = False


@dataclass(frozen=True)
class PrintedTable:
    """Cells are texts, ready to be shown; `note` stands under the table."""

    zh: str
    en: str
    columns: tuple[PrintedColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def printed(
    zh: str,
    en: str,
    columns: Sequence[tuple[str, str] | tuple[str, str, bool]],
    rows: Sequence[Sequence[object]],
    note: str = "",
) -> PrintedTable:
    """A table of anything: None is a dash, a bool a tick, an amount as it is."""
    return PrintedTable(
        zh,
        en,
        tuple(PrintedColumn(*column) for column in columns),
        tuple(tuple(cell(c) for c in row) for row in rows),
        note,
    )


def cell(value: object) -> str:
    if value is None or value == "":
        return ABSENT
    if isinstance(value, Words):
        return value
    if isinstance(value, bool):
        return Words("是", "yes") if value else ABSENT
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple, frozenset)):
        texts = [one if isinstance(one, str) else str(one) for one in value]
        return Words("、".join(texts), ", ".join(in_english(text) for text in texts)) if texts else ABSENT
    return str(value)


def percent(value: Decimal | float | None, places: int = 1) -> str:
    """A fraction as percent, rounded half-up: 0.241 → 24.1%."""
    if value is None:
        return ABSENT
    shown = (Decimal(str(value)) * 100).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{abs(shown) if shown.is_zero() else shown}%"


def yi_yuan(wan_yuan: Decimal | None, places: int = 2) -> str:
    """万元 as 亿元, rounded half-up, without needless zeros where it is whole: 5400000 → 540."""
    if wan_yuan is None:
        return ABSENT
    shown = (wan_yuan / 10_000).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return format(shown.to_integral() if shown == shown.to_integral() else shown, "f")
