"""Reads the sheet 变动表 of a workbook, wherever its header stands in the first rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipelines.model.header_text import header_key
from pipelines.model.movements import COLUMNS, KINDS, Movement
from pipelines.model.programme import Programme
from pipelines.model.raw import Cell, ParsedFile, RawSheet
from pipelines.model.submissions import FormPart

_SCAN = 10
_FIELDS = dict(
    zip(
        COLUMNS,
        ("kind", "stat_project_no", "project_name", "before", "after", "month", "doc_no", "reason"),
        strict=True,
    )
)


def with_movements(
    parts: list[FormPart], files: Sequence[ParsedFile], programme: Programme, ignored: list[str]
) -> list[FormPart]:
    """The lines of a 变动表 go with the form of the same file that has one; the sheet is then no ignored one."""
    at = [n for n, part in enumerate(parts) if programme.forms[part.form].movements]
    if len(at) != 1:
        return parts
    lines: list[Movement] = []
    for sheet in (s for file in files for s in file.sheets if s.label in ignored and not s.hidden):
        found = read_movements(sheet)
        if found is not None:
            lines += found
            ignored.remove(sheet.label)
    number = at[0]
    return [replace(p, movements=tuple(lines)) if n == number and lines else p for n, p in enumerate(parts)]


def read_movements(sheet: RawSheet) -> tuple[Movement, ...] | None:
    """The lines of the sheet; None where it is no 变动表. A line without kind and number is blank or a note and passed over."""
    keys = {header_key(name): field for name, field in _FIELDS.items()}
    for at, row in enumerate(sheet.rows[:_SCAN]):
        found = {keys[key]: n for n, cell in enumerate(row) if (key := header_key(_text(cell))) in keys}
        if {"kind", "stat_project_no"} <= found.keys():
            return tuple(_lines(sheet.rows[at + 1 :], found))
    return None


def _lines(rows: Sequence[Sequence[Cell]], columns: dict[str, int]) -> list[Movement]:
    lines = []
    for row in rows:
        values = {field: _text(row[n]) for field, n in columns.items() if n < len(row)}
        if values.get("kind") in KINDS and values.get("stat_project_no"):
            lines.append(Movement(**values))
    return lines


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())
