"""Rows that go on with what stood before: further lines of the notes under a table, and titles once more on the next page."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from pipelines.model.raw import Cell

from .numbers import fold

_NOTE_GOES_ON = re.compile(r"(?:\(?\d{1,2}(?:[.、)](?!\d)|\))|\(?[一二三四五六七八九十]{1,2}[)、]).{4,}|.{15,}")
"""A further line of the notes under a table, each in one cell: numbered, or longer than any name of an indicator."""
_CONTINUED = re.compile(r"(?<![-—(])[-—(]*(?:接上[页表]|续[上前]?[页表]?\d{0,2})[-—)]*\Z")
"""续表, (续), 续表1 behind a title on the next page, or in its place."""


def goes_on(row: Sequence[Cell]) -> bool:
    """Whether a row behind a note under the table is the next line of it: one cell of text and nothing else."""
    filled = [cell for cell in row if cell is not None and cell != ""]
    return len(filled) == 1 and isinstance(filled[0], str) and _NOTE_GOES_ON.fullmatch(fold(filled[0])) is not None


def without_continued(text: str) -> str:
    """A title as it is compared: folded, without the mark that it goes on."""
    return _CONTINUED.sub("", fold(text))


def repeats_title(cell: Cell, titles: Set[str]) -> bool:
    """A title, or the line with the unit of amount, once more at the head of the next page: 海盐县…月报(续表), 续表. `titles`: those above
    the table, without such a mark."""
    if not isinstance(cell, str) or not fold(cell):
        return False
    bare = without_continued(cell)
    return not bare or bare in titles
