"""Wide tables: indicators stand as columns beside each other. Such a table is taken apart into one table an indicator, which are
the pieces of one part: every canonical row is one unit and one indicator, at the cells it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow.compute as pc

from pipelines.model.forms import OF_INDICATOR, field_of
from pipelines.model.submissions import FormPart, Problem

from .headers import DetectedTable
from .pieces import joined


def by_indicator(table: DetectedTable) -> list[DetectedTable]:
    """The tables of the indicators that the table has columns for, in the order of the form; the table itself where it is long.
    What is wrong with the header stands with the first."""
    found: list[DetectedTable] = []
    for code in table.layout.wide:
        own = {
            name: field_of(name)
            for name in table.columns
            if OF_INDICATOR not in name or name.partition(OF_INDICATOR)[2] == code
        }
        if not any(OF_INDICATOR in name for name in own):
            continue
        one = replace(
            table,
            columns={field: table.columns[name] for name, field in own.items()},
            units={field: table.units[name] for name, field in own.items() if name in table.units},
            headers={field: table.headers[name] for name, field in own.items() if name in table.headers},
            indicator=code,
        )
        found.append(replace(one, missing=(), unknown=(), duplicate=(), ambiguous=()) if found else one)
    return found or [table]


def put_together(parts: Sequence[FormPart]) -> FormPart:
    """The parts of one sheet's indicators as one part. Rows that are no data, and what is wrong with the sheet, count once. Control
    totals stand for their own indicator."""
    first = parts[0]
    if len(parts) == 1:
        return first
    told: list[Problem] = []
    kept = [first]
    told += first.problems
    for part in parts[1:]:
        fresh = tuple(problem for problem in part.problems if problem not in told)
        told += fresh
        data = part.raw.filter(pc.equal(part.raw["row_class"], "data"))
        kept.append(replace(part, raw=data, problems=fresh))
    return joined(kept, added_totals=False)
