"""The totals a return closes with, as figures to compare its rows with; what cannot be read is said, since it is not compared."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from pipelines.model.fields import FIELDS
from pipelines.model.submissions import TOTALS_SCHEMA, Problem

from .amounts import UnitOfAmount, cast_amount, decimal_array
from .notes import Notes
from .numbers import fold, plain
from .table import Casting, Units

_REMARKED = re.compile(r"\s*([-+]?[\d,.]+)\s*[((\[【].*[))\]】]\s*\Z")
"""23459(含港区): the remark does not take the figure out of the comparison."""


def control_totals(casting: Casting, units: Units) -> tuple[pa.Table, list[Problem]]:
    """(TOTALS_SCHEMA: the numeric cells of 合计 rows in the form's measure; A08 for cells of them that hold no figure)."""
    found: list[tuple[int, str, str, str, int]] = []
    unread: list[tuple[str, int, str, str]] = []
    sheet = casting.sheet
    for i in casting.classes.totals:
        row, number = sheet.rows[i], sheet.row_numbers[i]
        label = next((fold(cell) for cell in row if isinstance(cell, str) and fold(cell)), "")
        for name, at in casting.table.columns.items():
            kind = FIELDS[name].type
            if kind not in ("amount", "quantity"):
                continue
            place = (number, at + sheet.first_column)
            lost = "=" if place in sheet.no_value else sheet.errors.get(place, "")
            cell = row[at] if at < len(row) else None
            if isinstance(cell, str) and (remarked := _REMARKED.match(cell)):
                cell = remarked[1]
            unit = casting.unit_of(name, units) if kind == "amount" else UnitOfAmount.plain()
            scratch = Notes([number], {})
            value = None if lost else cast_amount(cell, unit, 0, name, scratch)
            if value is not None:
                found.append((number, label, name, casting.notes.address(number, name), value))
            elif lost or any(code not in ("not_applicable", "below_unit") for *_, code in scratch.rows):
                unread.append((casting.notes.address(number, name), number, name, lost or plain(cell)))
    return _table(found), _told(casting, unread)


def _table(found: list[tuple[int, str, str, str, int]]) -> pa.Table:
    if not found:
        return TOTALS_SCHEMA.empty_table()
    rows, labels, names, cells, values = zip(*found, strict=True)
    amounts = decimal_array(np.array(values, np.int64), np.ones(len(values), np.bool_))
    return pa.Table.from_arrays(
        [pa.array(rows, pa.int64()), pa.array(labels), pa.array(names), pa.array(cells), amounts], schema=TOTALS_SCHEMA
    )


def _told(casting: Casting, unread: list[tuple[str, int, str, str]]) -> list[Problem]:
    """One query a row of totals: its first cell, and how many there are."""
    problems = []
    for number in dict.fromkeys(row for _, row, _, _ in unread):
        own = [one for one in unread if one[1] == number]
        cell, _, name, text = own[0]
        params = {"kind": "unread_total", "severity": "query", "value": text[:60], "count": str(len(own))}
        problems.append(Problem("A08", casting.sheet.label, cell, number, name, text[:60], params))
    return problems
