"""Parts as harmonize makes them, from a few overrides of a clean row; the programme is the bundled one."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pytest

from expectations.examples import example_rows, example_uscc
from pipelines.model.findings import Verdict
from pipelines.model.forms import FormLayout
from pipelines.model.history import History, UnitHistory
from pipelines.model.movements import Movement
from pipelines.model.periods import Period
from pipelines.model.programme import Programme
from pipelines.model.submissions import NOTES_SCHEMA, RAW_SCHEMA, TOTALS_SCHEMA, FormPart, Problem
from pipelines.model.tables import FORM_FIELDS, fact_table, rows_schema
from pipelines.model.units import Unit, UnitRoster
from pipelines.programme.folder import find
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays
from pipelines.validate.engine import validate
from pipelines.validate.published.example_files import column_letter, rows_table
from pipelines.validate.rows.past_fields import past_fields


@dataclass(frozen=True)
class Scenario:
    """Rows of one project_month and what stands before and beside it."""

    rows: list[dict[str, Any]]
    previous: list[dict[str, Any]] | None = None
    previous_period: str = "2022-05"
    final: list[dict[str, Any]] | None = None
    sibling: list[dict[str, Any]] | None = None
    period: str = "2022-06"
    recent: dict[str, list[dict[str, Any]]] | None = None
    replaced: list[dict[str, Any]] | None = None
    notes: list[dict[str, Any]] | None = None
    totals: list[dict[str, Any]] | None = None
    movements: tuple[Movement, ...] = ()


class Make:
    """Builds parts, histories and current tables."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme

    def layout(self, form: str) -> FormLayout:
        return self.programme.forms[form]

    def letters(self, form: str) -> dict[str, str]:
        return {c.field: column_letter(n) for n, c in enumerate(self.layout(form).columns)}

    def rows(self, form: str, *overrides: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"sheet": "表", "row_no": 4 + n, **row} for n, row in enumerate(example_rows(form, *overrides))]

    def complete(self, form: str) -> list[dict[str, Any]]:
        """Changes of the clean row that make a file with every row the form must hold (A13)."""
        if form != "city_month":
            return [{}]
        areas = [unit.code for unit in self.programme.roster.ranked_at(Period(2022, 6))]
        return [{"area_code": area} for area in (*areas, self.programme.city_code)]

    def part(
        self,
        form: str,
        *overrides: dict[str, Any],
        unit: str | None = "330481",
        period: str | None = "2022-06",
        notes: list[dict[str, Any]] | None = None,
        totals: list[dict[str, Any]] | None = None,
        titles: int = 2,
        nil: bool = False,
        problems: tuple[Problem, ...] = (),
        measure: str | None = "wan_yuan",
    ) -> FormPart:
        rows = self.rows(form, *overrides)
        letters = self.letters(form)
        raw = [{"sheet": "表", "row_no": n + 1, "row_class": "title", "cells": "[]"} for n in range(titles)]
        raw += [{"sheet": "表", "row_no": r["row_no"], "row_class": "data", "cells": json.dumps(["x"])} for r in rows]
        noted = [
            {"cell": f"{letters.get(n['field'], 'Z')}{n['row_no']}", "raw": n.get("raw", ""), **n} for n in notes or []
        ]
        return FormPart(
            form,
            unit,
            period,
            measure,
            "表",
            letters,
            3,
            rows_table(rows, rows_schema(FORM_FIELDS[form])),
            pa.Table.from_pylist(noted, NOTES_SCHEMA),
            pa.Table.from_pylist(raw, RAW_SCHEMA),
            pa.Table.from_pylist(totals or [], TOTALS_SCHEMA),
            nil,
            problems,
        )

    def facts(self, form: str, *overrides: dict[str, Any]) -> pa.Table:
        """Rows as the warehouse returns them; overrides give submission_id and unit_code."""
        rows = [{"row_status": "accepted", "period": "2022-05", **row} for row in self.rows(form, *overrides)]
        return rows_table(rows, fact_table(form).schema)

    def past(self, form: str, *overrides: dict[str, Any]) -> pa.Table:
        """The same as a batch's history has them: columns that rules look at and no others."""
        table, looked_at = self.facts(form, *overrides), past_fields(self.programme.forms[form])
        return table.select([name for name in table.column_names if name in looked_at])

    def judge_all(self, scenarios: dict[str, Scenario]) -> dict[str, Verdict]:
        """One project_month a scenario, each of a unit of its own with its own history, in one run a period."""
        units, histories, parts = [], {}, []
        own: list[dict[str, Any]] = []
        beside: list[dict[str, Any]] = []
        months: list[dict[str, Any]] = []
        for number, (name, s) in enumerate(scenarios.items()):
            unit = f"9{number:05d}"
            units.append(Unit(unit, f"第{number}县", "county", (), ("330481",)))
            mine = {"unit_code": unit, "reported_unit_code": unit}
            for submission, past in (
                (f"{unit}-prev", s.previous),
                (f"{unit}-final", s.final),
                (f"{unit}-old", s.replaced),
            ):
                for n, row in enumerate(past or [], 1):
                    same = {"stat_project_no": f"3304810002200{n}", "uscc": example_uscc(n - 1)}
                    own.append({"submission_id": submission, **mine, **same, **row})
            beside += [{"submission_id": f"{unit}-sib", **mine, **row} for row in s.sibling or []]
            histories[unit] = UnitHistory(
                f"{unit}-prev" if s.previous is not None else None,
                s.previous_period if s.previous is not None else None,
                f"{unit}-final" if s.final is not None else None,
                f"{unit}-sib" if s.sibling is not None else None,
                tuple(f"{unit}-{month}" for month in s.recent or {}),
                replaces=f"{unit}-old" if s.replaced is not None else None,
            )
            for month, past in (s.recent or {}).items():
                shared = {"submission_id": f"{unit}-{month}", "period": month, **mine}
                months += [{**shared, "stat_project_no": f"3304810002200{n}", **row} for n, row in enumerate(past, 1)]
            rows = [{"reported_unit_code": unit, **row} for row in s.rows]
            part = self.part("project_month", *rows, unit=unit, period=s.period, notes=s.notes, totals=s.totals)
            parts.append((name, replace(part, movements=s.movements), ()))
        history = History(
            histories,
            self.past("project_month", *own),
            self.facts("unit_month", *beside),
            self.past("project_month", *months),
        )
        wider = replace(self.programme, roster=UnitRoster((*self.programme.roster.units, *units)))
        return validate("project_month", parts, history, wider)


@pytest.fixture(scope="session")
def programme() -> Programme:
    return load(find("jiaxing"), chinese_workdays(), code_lists())


@pytest.fixture(scope="session")
def scenario() -> type[Scenario]:
    return Scenario


@pytest.fixture(scope="session")
def make(programme: Programme) -> Make:
    return Make(programme)
