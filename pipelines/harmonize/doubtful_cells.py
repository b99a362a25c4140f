"""Figures that are read as they are stored, and asked about: nobody sees them on the sheet, or a comment says another one (A03)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.model.fields import FIELDS
from pipelines.model.forms import field_of
from pipelines.model.raw import Cell, RawSheet, cell_address
from pipelines.model.submissions import Problem

from .headers import DetectedTable
from .numbers import fold, plain
from .rows import RowClasses

_NEW_FIGURE = re.compile(
    r"(?:更正|改|应|实际?|修正|订正|调整?)(?:为|成|是|[:：])+(-?\d+(?:\.\d+)?)(?![\d.]*[百千万亿元%/年月])"
)
"""The figure that a comment corrects to, without a unit."""
_FIGURES = ("amount", "quantity", "rate", "integer")


def doubtful_cells(sheet: RawSheet, table: DetectedTable, classes: RowClasses) -> list[Problem]:
    """A query for all figures in the colour of paper or of one or two points, one for all with a comment that corrects them."""
    if not sheet.faint and not sheet.comments:
        return []
    problems = []
    figures = list(_figures(sheet, table, classes))
    if faint := [one for one in figures if one[:2] in sheet.faint and one[3] != 0]:  # an unseen zero is no other figure
        cells = ", ".join(cell_address(row, column) for row, column, *_ in faint[:10]) + (
            " …" if len(faint) > 10 else ""
        )
        problems.append(_query(sheet, faint[0], "faint_cells", cells=cells, count=str(len(faint))))
    if commented := [one for one in figures if _says_another(sheet.comments.get(one[:2], ""), one[3])]:
        said = sheet.comments[commented[0][:2]]
        problems.append(_query(sheet, commented[0], "comment_corrects", said=said, count=str(len(commented))))
    return problems


def _says_another(comment: str, value: Cell) -> bool:
    """Whether a comment says another figure than the cell: 原为500，更正为600 tells how the 600 of the cell came to be."""
    told = _NEW_FIGURE.findall(fold(comment).replace(",", ""))
    return bool(comment) and not (told and fold(plain(value)).replace(",", "") == told[-1])


_Figure = tuple[int, int, str, Cell]
"""Row, column, field and value."""


def _figures(sheet: RawSheet, table: DetectedTable, classes: RowClasses) -> Iterator[_Figure]:
    columns = [(at, name) for name, at in table.columns.items() if FIELDS[field_of(name)].type in _FIGURES]
    for i in classes.data:
        row = sheet.rows[i]
        for at, name in sorted(columns):
            if at < len(row) and row[at] not in (None, ""):
                yield sheet.row_numbers[i], at + sheet.first_column, name, row[at]


def _query(sheet: RawSheet, figure: _Figure, kind: str, **params: str) -> Problem:
    row, column, name, value = figure
    shown = plain(value)
    params = {"kind": kind, "severity": "query", "value": shown, **params}
    return Problem("A03", sheet.label, cell_address(row, column), row, name, shown, params)
