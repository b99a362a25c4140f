"""Characters that nobody sees: they come with text copied from chat programs, web pages and other spreadsheets, and make equal
codes, names and numbers unequal. They go by their Unicode property, at one place, before anybody compares anything."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

_RANGES = (
    (0x00, 0x08),
    (0x0E, 0x1B),
    (0x7F, 0x84),
    (0x86, 0x9F),
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x600, 0x605),
    (0x61C, 0x61C),
    (0x6DD, 0x6DD),
    (0x70F, 0x70F),
    (0x890, 0x891),
    (0x8E2, 0x8E2),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""Control characters but for tabs and line ends (Cc), format characters (Cf), and what Unicode calls Default_Ignorable_Code_Point
(variation selectors, Hangul fillers, the tag plane); the blank Braille pattern looks like a space and is none."""

INVISIBLE = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES) + "]")
_REVERSING = "\u202b\u202e\u2067"
"""What makes a screen show the characters behind it from right to left: 006735 is seen as 537600. Chinese needs none of them; taken
away with the others, the text would be read as nobody saw it."""

_MARKED = dict.fromkeys(map(ord, _REVERSING), "\N{REPLACEMENT CHARACTER}")
_SHORT = 500
"""Up to so many characters the pattern is quicker than the table."""


@cache
def _table() -> NDArray[np.bool_]:
    """By code unit of UTF-16: whether it is an invisible character or half of a pair, which the pattern has to look at."""
    table = np.zeros(0x10000, dtype=bool)
    for first, last in (*_RANGES, (0xD800, 0xDFFF)):
        table[first : last + 1] = True
    return table


def has_invisible(text: str) -> bool:
    """Whether the text has such a character. The pattern takes 100 ns a character of a long text, a look into a table 2."""
    if len(text) > _SHORT and not _table()[_code_units(text)].any():
        return False
    return INVISIBLE.search(text) is not None


def has_controls(text: str) -> bool:
    """Whether a character of a text stands before the space: a tab, a line end, or what nobody sees."""
    return bool(text) and bool(_code_units(text).min() < ord(" "))


def begins_a_line(text: str, characters: frozenset[str]) -> bool:
    """Whether one of some characters of the first plane stands behind a line feed."""
    if len(text) > _SHORT:
        units = _code_units(text)
        behind = units[1:][units[:-1] == ord("\n")]
        return bool(_flags(characters)[behind].any())
    return any(f"\n{one}" in text for one in characters)


@cache
def _flags(characters: frozenset[str]) -> NDArray[np.bool_]:
    """By code unit of UTF-16: whether it is one of the characters."""
    flags = np.zeros(0x10000, dtype=bool)
    flags[[ord(one) for one in characters]] = True
    return flags


def _code_units(text: str) -> NDArray[np.uint16]:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")


def reversing_mark(text: str) -> str | None:
    """The first character of a text that a screen shows what follows from right to left for; each of them is an invisible one."""
    places = [at for mark in _REVERSING if (at := text.find(mark)) >= 0]
    return text[min(places)] if places else None


def marked_reversals(text: str) -> str:
    """The text with U+FFFD in place of each of them: what is quoted from outside is read in the order in which it is stored."""
    return text.translate(_MARKED) if reversing_mark(text) else text


def visible(text: str) -> str:
    """The text without invisible characters; white space stays."""
    return text if (text.isprintable() and text.isascii()) or not has_invisible(text) else INVISIBLE.sub("", text)
