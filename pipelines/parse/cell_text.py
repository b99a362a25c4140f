"""What is taken from texts of cells on their way out of parse: invisible characters, and the marks that systems and clerks put
before a code so that a spreadsheet leaves it alone (`="3612"`, `'3612`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from pipelines.model.raw import Cell, ParsedFile, RawSheet, cell_address
from pipelines.model.submissions import Problem
from pipelines.model.visible_text import INVISIBLE, begins_a_line, has_invisible, reversing_mark

_FORMULA_TEXT = re.compile(r'\s*=\s*"((?:[^"]|"")*)"\s*\Z')
_APOSTROPHE = re.compile(r"""\s*['＇‘’](?=[0-9A-Za-z+(.-])([^'＇‘’"]*)\Z""")
_FIRST = frozenset("='＇‘’ \t")


def tidied(parsed: ParsedFile) -> ParsedFile:
    """The file with every text cell as a person sees it; cells without such characters are left as they are."""
    if not parsed.sheets:
        return parsed
    sheets: list[RawSheet] = []
    for sheet in parsed.sheets:
        if _nothing_to_tidy(sheet.rows):
            sheets.append(sheet)
        elif problem := _reversed_cell(sheet):
            return replace(parsed, sheets=(), problems=(*parsed.problems, problem))
        else:
            sheets.append(replace(sheet, rows=_tidied_rows(sheet.rows)))
    return replace(parsed, sheets=tuple(sheets))


def _reversed_cell(sheet: RawSheet) -> Problem | None:
    """A02 at the first cell that a screen shows otherwise than it is stored."""
    for number, row in zip(sheet.row_numbers, sheet.rows, strict=True):
        for at, cell in enumerate(row, sheet.first_column):
            if cell.__class__ is str and (mark := reversing_mark(cell)):
                place = cell_address(number, at) if number else ""
                params = {"kind": "reversed_text", "code": f"U+{ord(mark):04X}"}
                return Problem("A02", sheet.label, place, number or None, params=params)
    return None


def _tidied_rows(rows: Sequence[Sequence[Cell]]) -> Sequence[Sequence[Cell]]:
    changed: dict[int, list[Cell]] = {}
    for number, row in enumerate(rows):
        for at, cell in enumerate(row):
            if (
                cell.__class__ is not str
                or not cell
                or (cell[0] not in _FIRST and cell.isascii() and cell.isprintable())
            ):
                continue
            text = tidied_text(cell)
            if text != cell:
                changed.setdefault(number, list(row))[at] = text
    return [changed.get(number, row) for number, row in enumerate(rows)] if changed else rows


def _nothing_to_tidy(rows: Sequence[Sequence[Cell]]) -> bool:
    """Looked at as one text, each cell on a line of its own: most sheets need no second look. A cell of several lines may say no
    where it need not."""
    joined = "\n".join(["", *[cell for cell in chain.from_iterable(rows) if cell.__class__ is str]])
    return not begins_a_line(joined, _FIRST) and not has_invisible(joined)


def tidied_text(text: str) -> str:
    """One text without what nobody sees and without the marks before a code."""
    text = INVISIBLE.sub("", text)
    if text[:1] in _FIRST:
        if marked := _FORMULA_TEXT.match(text):
            return marked[1].replace('""', '"')
        if marked := _APOSTROPHE.match(text):
            return marked[1]
    return text
