"""Characters of a programme's texts that nobody sees and that end texts or turn the direction of reading: names of units and programmes
go into headings, file names and mail headers. (Line breaks are left to whoever minds them.)"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .value_errors import Location

_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def hidden_character(text: str) -> str:
    """The first of them as U+202E; "" where there is none."""
    found = _HIDDEN.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def hidden_in(value: Any, location: Location = ()) -> Iterator[tuple[Location, str]]:
    """Where the texts of a parsed file hold one: its place and the character."""
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from hidden_in(inside, (*location, key))
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from hidden_in(inside, (*location, number))
    elif isinstance(value, str) and (character := hidden_character(value)):
        yield location, character


def said_of(name: str, character: str) -> tuple[str, str]:
    """What is told of it, zh and en."""
    return (
        f"{name} 中有看不见的控制字符 {character}，请删去后重新输入",
        f"{name} holds the invisible control character {character}: delete it and type the text again",
    )
