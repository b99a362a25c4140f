"""Characters that a workbook writes as _xHHHH_ (ECMA-376, ST_Xstring): spreadsheets show _x6676_科 as 晶科, the reader decodes those of
control characters alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pipelines.model.raw import Cell

_ESCAPE = re.compile(rb"_x[0-9A-Fa-f]{4}_")
_IN_TEXT = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PROTECTED = re.compile(rb"_x005[Ff]_")


def has_escapes(parts: Mapping[str, bytes]) -> bool:
    """Whether texts of the workbook hold such characters; not where it also writes an underscore so (_x005F_x6676_ is the text
    _x6676_), for then the reader's text no longer tells the two apart."""
    # an underscore is hardly ever in a sheet, and one character is found a hundred times as fast as two
    texts = [
        data for name, data in parts.items() if name.casefold().endswith(".xml") and b"_" in data and b"_x" in data
    ]
    return any(_ESCAPE.search(data) for data in texts) and not any(_PROTECTED.search(data) for data in texts)


def unescaped(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """The rows with the characters themselves; half a surrogate pair stays as it is written."""
    return [
        [_IN_TEXT.sub(_character, cell) if isinstance(cell, str) and "_x" in cell else cell for cell in row]
        for row in rows
    ]


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code < 0xE000 else chr(code)
