"""The examples of the rule catalogue as files of a form, each of a unit of its own with its own history.

Tests judge them through the engine; the sample frames of `expectations/suites` hold their rows as Great Expectations sees them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pyarrow as pa

from expectations.catalogue import RULES
from expectations.examples import example_rows
from expectations.rule import Check, Example, Rule, example_form

from ...model.forms import FormLayout
from ...model.history import History, UnitHistory
from ...model.programme import Programme
from ...model.submissions import NOTES_SCHEMA, RAW_SCHEMA, TOTALS_SCHEMA, FormPart
from ...model.tables import AMOUNT, fact_table, rows_schema
from ...model.units import Unit, UnitRoster
from ..rows.validation_batch import ValidationBatch

SHEET, FIRST_ROW = "表", 4
_PREVIOUS = "2022-05"


@dataclass(frozen=True)
class ExampleFile:
    """One file: the failing (`fails`) or the passing row of a check, first of its rows."""

    rule: Rule
    check: Check
    example: Example
    fails: bool
    unit: str

    @property
    def name(self) -> str:
        """Also the submission: `C04.parts fails`."""
        return f"{self.check.id} {'fails' if self.fails else 'passes'}"


@dataclass(frozen=True)
class ExampleFiles:
    """All files of a form, their parts in the same order, the history they are judged against, and the programme with their units."""

    form: str
    files: tuple[ExampleFile, ...]
    parts: tuple[FormPart, ...]
    history: History
    programme: Programme

    def batch(self) -> ValidationBatch:
        """As one batch, whatever their periods."""
        names = tuple(file.name for file in self.files)
        return ValidationBatch(
            self.form, self.programme.forms[self.form], names, self.parts, self.history, self.programme
        )


def example_files(form: str, programme: Programme, more: Mapping[str, Sequence[Example]] | None = None) -> ExampleFiles:
    """The examples of every check whose example is of this form, each check's own and then those of `more`, by check id."""
    base = _sender(form, programme)
    files, units = [], []
    for number, (rule, check, example, fails) in enumerate(_examples(form, more or {})):
        unit = f"9{number:05d}"
        files.append(ExampleFile(rule, check, example, fails, unit))
        units.append(Unit(unit, f"例{number}", base.kind, (), (base.code, *base.accepted_codes), base.parent))
    wider = replace(programme, roster=UnitRoster((*programme.roster.units, *units)))
    parts = tuple(_part(form, programme.forms[form], file) for file in files)
    return ExampleFiles(form, tuple(files), parts, _history(programme.forms[form], files), wider)


def _sender(form: str, programme: Programme) -> Unit:
    if programme.forms[form].senders == ("bureau",):
        return programme.roster.bureaus()[0]
    own = programme.roster.get(str(example_rows(form, {})[0]["reported_unit_code"]))
    assert own is not None
    return own


def _examples(form: str, more: Mapping[str, Sequence[Example]]) -> Iterator[tuple[Rule, Check, Example, bool]]:
    for rule in RULES.values():
        for check in rule.checks:
            own = (check.example,) if check.example is not None else ()
            for example in (*own, *more.get(check.id, ())):
                if form == example_form(rule, check, example):
                    sides = (False,) if example.fails is None else (True, False)
                    yield from ((rule, check, example, fails) for fails in sides)


def _part(form: str, layout: FormLayout, file: ExampleFile) -> FormPart:
    example = file.example
    first = example.fails if file.fails and example.fails is not None else example.passes
    rows = example_rows(form, first, *example.beside)
    letters = {column.field: column_letter(n) for n, column in enumerate(layout.columns)}
    notes = [
        {"row_no": FIRST_ROW, "field": name, "cell": f"{letters[name]}{FIRST_ROW}", "raw": raw, "code": code}
        for name, code, raw in (example.notes if file.fails else ())
    ]
    placed = [{"sheet": SHEET, "row_no": FIRST_ROW + n, **row} for n, row in enumerate(rows)]
    raw_rows = [{**row, "row_class": "data", "cells": json.dumps(["x"])} for row in placed]
    return FormPart(
        form,
        file.unit,
        example.period,
        layout.measure,
        SHEET,
        letters,
        FIRST_ROW - 1,
        rows_table(placed, rows_schema(layout.fields)),
        pa.Table.from_pylist(notes, NOTES_SCHEMA),
        pa.Table.from_pylist([{k: r[k] for k in RAW_SCHEMA.names} for r in raw_rows], RAW_SCHEMA),
        TOTALS_SCHEMA.empty_table(),
    )


def _history(layout: FormLayout, files: Sequence[ExampleFile]) -> History:
    units: dict[str, UnitHistory] = {}
    rows: list[dict[str, Any]] = []
    recent: list[dict[str, Any]] = []
    for file in files:
        example, unit = file.example, file.unit
        for tag, changes in (("previous", example.previous), ("final", example.final), ("ago", example.year_ago)):
            if changes is not None:
                rows.append(_past(layout.name, unit, tag, _PREVIOUS, changes))
        for period, changes in example.recent.items():
            recent.append(_past(layout.name, unit, period, period, changes))
        units[unit] = UnitHistory(
            previous=f"{unit}-previous" if example.previous is not None else None,
            previous_period=_PREVIOUS if example.previous is not None else None,
            annual_final=f"{unit}-final" if example.final is not None else None,
            year_ago=f"{unit}-ago" if example.year_ago is not None else None,
            recent=tuple(f"{unit}-{period}" for period in example.recent),
        )
    schema = fact_table(layout.name, layout.fields).schema
    return History(units, rows_table(rows, schema), None, rows_table(recent, schema))


def _past(form: str, unit: str, tag: str, period: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    place = {"submission_id": f"{unit}-{tag}", "unit_code": unit, "period": period, "row_status": "accepted"}
    return {**example_rows(form, changes)[0], "sheet": SHEET, "row_no": FIRST_ROW, **place}


def rows_table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table of this schema; amounts may be int, text or Decimal."""
    columns = []
    for column in schema:
        values = [row.get(column.name) for row in rows]
        if column.type == AMOUNT:
            values = [None if v is None else Decimal(str(v)) for v in values]
        columns.append(pa.array(values, column.type))
    return pa.Table.from_arrays(columns, schema=schema)


def column_letter(number: int) -> str:
    """0 → A, 26 → AA."""
    return chr(65 + number) if number < 26 else chr(64 + number // 26) + chr(65 + number % 26)
