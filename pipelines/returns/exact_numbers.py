"""Texts that a workbook holds as the same number: fifteen significant digits, which is what a spreadsheet program keeps."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?\Z", re.ASCII)
_SHORT = re.compile(r"(?:(?:-?(?:0|[1-9]\d{0,8})(?:\.\d{1,6})?)?\n)*\Z", re.ASCII)
"""Lines that are empty or a number that cannot have more than fifteen digits."""


def is_exact(text: str) -> bool:
    """Whether a workbook holds the number this text writes without losing a digit; False for what writes none."""
    if not _NUMBER.match(text):
        return False
    return len(text) <= 15 or len(text.replace("-", "").replace(".", "").lstrip("0")) <= 15


def all_short(texts: Sequence[str]) -> bool:
    """Whether each is empty or exact, for a whole column at a time; False also where one is merely long."""
    lines = "\n".join([*texts, ""])
    return lines.count("\n") == len(texts) and _SHORT.match(lines) is not None
