"""Digits that a workbook sets above or below the line, as the mark of a note is (537600¹): the reader joins the runs of a rich text, and
the figure becomes another, ten times as large."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape

from pipelines.model.raw import Cell

_RAISED = re.compile(rb"""<(?:\w+:)?vertAlign\s[^>]*val=["'](super|sub)script["']""")
_RICH = re.compile(rb"<(?:\w+:)?(si|is)>(.*?)</(?:\w+:)?\1>", re.DOTALL)
_RUN = re.compile(rb"<(?:\w+:)?r>(.*?)</(?:\w+:)?r>", re.DOTALL)
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_FIGURE = re.compile(r"[-+]?[\d\s.,，．]*\d[\d\s.,，．%％]*")
_NAMES = {b"super": "上标", b"sub": "下标"}


def raised_figures(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Text of a cell that passes for a number, digits above or below the line among its own → the text with those marked, which is none."""
    found: dict[str, str] = {}
    for name, data in parts.items():
        if name.casefold().endswith(".xml") and b"vertAlign" in data:
            for rich in _RICH.finditer(data):
                if b"vertAlign" in rich[2]:
                    found |= _marked(rich[2])
    return found


def marked(rows: Sequence[Sequence[Cell]], figures: Mapping[str, str]) -> list[list[Cell]]:
    """The rows with such texts marked."""
    return [[figures.get(cell, cell) if isinstance(cell, str) else cell for cell in row] for row in rows]


def _marked(rich: bytes) -> dict[str, str]:
    plain, shown, raised = "", "", False
    for run in _RUN.finditer(rich):
        text = unescape("".join(part.decode("utf-8", "replace") for part in _TEXT.findall(run[1])))
        place = _RAISED.search(run[1])
        digits = place is not None and any(character.isdigit() for character in text)
        plain += text
        shown += f"（{_NAMES[place[1]]}{text.strip()}）" if place is not None and digits else text
        raised |= digits
    return {plain: shown} if raised and _FIGURE.fullmatch(plain.strip()) else {}
