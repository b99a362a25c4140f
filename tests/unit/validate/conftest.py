"""Parts as harmonize makes them, from a few overrides of a clean row; the programme is the bundled one."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from expectations.codes import USCC_ALPHABET
from pipelines.model.findings import Verdict
from pipelines.model.forms import FormLayout
from pipelines.model.history import History, UnitHistory
from pipelines.model.programme import Programme
from pipelines.model.submissions import NOTES_SCHEMA, RAW_SCHEMA, TOTALS_SCHEMA, FormPart, Problem
from pipelines.model.tables import AMOUNT, fact_table, rows_schema
from pipelines.model.units import Unit, UnitRoster
from pipelines.programme.folder import find
from pipelines.programme.loader import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays
from pipelines.validate.engine import judge

USCC = "91350100M000100Y43"
CLEAN: dict[str, dict[str, Any]] = {
    "project_month": {
        "reported_unit_code": "330481", "site_code": "330481100", "stat_project_no": "33048100022001", "project_code": "2101-330481-04-01-123456",
        "project_name": "年产 5GW 组件项目", "owner_name": "某某能源有限公司", "uscc": USCC, "industry_code": "3825",
        "reg_type": "173", "holding": "3", "affiliation": "90", "nature": "1", "status": "1", "start_ym": "2021-03",
        "plan_total": 100000, "cum_total": 30000, "ytd": 12000, "month": 2000, "build": 5100, "install": 900,
        "equip": 5500, "other": 500, "old_equip": 100, "renew_equip": 200, "land_fee": 100, "old_building": 0,
    },
    "unit_month": {
        "reported_unit_code": "330481", "indicator": "manufacturing_investment", "scope": "管理", "ytd": 12000,
        "ytd_last_year": 10000, "measure": "wan_yuan",
    },
    "city_month": {
        "area_code": "330481", "indicator": "manufacturing_investment", "scope": "管理", "ytd": 12000, "base": 10000,
        "growth_official": 0.2, "measure": "wan_yuan",
    },
    "dispatch_month": {
        "reported_unit_code": "330481", "project_code": "2101-330481-04-01-123456", "project_name": "年产 5GW 组件项目",
        "plan_total": 100000, "annual_plan": 30000, "planned_ytd": 15000, "actual_ytd": 16000, "land_actual": "2021-01",
        "start_plan": "2021-03",
        "start_actual": "2021-03", "trial_actual": "2021-12", "completion_actual": "2022-01",
        "commission_actual": "2022-02", "capacity_actual": "2022-05", "issues_due": 2, "issues_closed": 2,
    },
}  # fmt: skip


def uscc(number: int) -> str:
    """A valid code of its own for every enterprise; the first is USCC (GB 32100)."""
    if not number:
        return USCC
    body = f"91330481MA{number:07d}"
    total = sum(USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + USCC_ALPHABET[(31 - total % 31) % 31]


def arrow(form: str, rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table; amounts may be given as int, str or Decimal."""
    columns = {}
    for field in schema:
        values = [row.get(field.name) for row in rows]
        if field.type == AMOUNT:
            values = [None if v is None else Decimal(str(v)) for v in values]
        columns[field.name] = pa.array(values, field.type)
    return pa.table(columns, schema=schema)


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
    notes: list[dict[str, Any]] | None = None
    totals: list[dict[str, Any]] | None = None


class Make:
    """Builds parts, histories and current tables."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme

    def layout(self, form: str) -> FormLayout:
        return self.programme.forms[form]

    def letters(self, form: str) -> dict[str, str]:
        return {c.field: _letter(n) for n, c in enumerate(self.layout(form).columns)}

    def rows(self, form: str, *overrides: dict[str, Any]) -> list[dict[str, Any]]:
        rows = []
        for number, override in enumerate(overrides):
            row = {**CLEAN[form], "sheet": "表", "row_no": 4 + number, **override}
            if form == "project_month" and "uscc" not in override:
                row["uscc"] = uscc(number)
            if form == "project_month" and "stat_project_no" not in override:
                row["stat_project_no"] = f"3304810002200{number + 1}"
            rows.append(row)
        return rows

    def part(
        self, form: str, *overrides: dict[str, Any], unit: str | None = "330481", period: str | None = "2022-06",
        notes: list[dict[str, Any]] | None = None, totals: list[dict[str, Any]] | None = None, titles: int = 2,
        nil: bool = False, problems: tuple[Problem, ...] = (), measure: str | None = "wan_yuan",
    ) -> FormPart:  # fmt: skip
        rows = self.rows(form, *overrides)
        letters = self.letters(form)
        raw = [{"sheet": "表", "row_no": n + 1, "row_class": "title", "cells": "[]"} for n in range(titles)]
        raw += [{"sheet": "表", "row_no": r["row_no"], "row_class": "data", "cells": json.dumps(["x"])} for r in rows]
        noted = [
            {"cell": f"{letters.get(n['field'], 'Z')}{n['row_no']}", "raw": n.get("raw", ""), **n} for n in notes or []
        ]
        return FormPart(
            form, unit, period, measure, "表", letters, 3, arrow(form, rows, rows_schema(form)),
            pa.Table.from_pylist(noted, NOTES_SCHEMA), pa.Table.from_pylist(raw, RAW_SCHEMA),
            pa.Table.from_pylist(totals or [], TOTALS_SCHEMA), nil, problems,
        )  # fmt: skip

    def facts(self, form: str, *overrides: dict[str, Any]) -> pa.Table:
        """Rows as the warehouse returns them; overrides give submission_id and unit_code."""
        rows = [{"row_status": "accepted", "period": "2022-05", **row} for row in self.rows(form, *overrides)]
        return arrow(form, rows, fact_table(form).schema)

    def judge_all(self, scenarios: dict[str, Scenario]) -> dict[str, Verdict]:
        """One project_month a scenario, each of a unit of its own with its own history, in one run a period."""
        units, histories, parts = [], {}, []
        own: list[dict[str, Any]] = []
        beside: list[dict[str, Any]] = []
        months: list[dict[str, Any]] = []
        for number, (name, s) in enumerate(scenarios.items()):
            unit = f"9{number:05d}"
            units.append(Unit(unit, f"第{number}县", "county"))
            mine = {"unit_code": unit, "reported_unit_code": unit}
            for submission, past in ((f"{unit}-prev", s.previous), (f"{unit}-final", s.final)):
                for n, row in enumerate(past or [], 1):
                    same = {"stat_project_no": f"3304810002200{n}", "uscc": uscc(n - 1)}
                    own.append({"submission_id": submission, **mine, **same, **row})
            beside += [{"submission_id": f"{unit}-sib", **mine, **row} for row in s.sibling or []]
            histories[unit] = UnitHistory(
                f"{unit}-prev" if s.previous is not None else None,
                s.previous_period if s.previous is not None else None,
                f"{unit}-final" if s.final is not None else None,
                f"{unit}-sib" if s.sibling is not None else None,
                tuple(f"{unit}-{month}" for month in s.recent or {}),
            )
            for month, past in (s.recent or {}).items():
                shared = {"submission_id": f"{unit}-{month}", "period": month, **mine}
                months += [{**shared, "stat_project_no": f"3304810002200{n}", **row} for n, row in enumerate(past, 1)]
            rows = [{"reported_unit_code": unit, **row} for row in s.rows]
            parts.append(
                (
                    name,
                    self.part("project_month", *rows, unit=unit, period=s.period, notes=s.notes, totals=s.totals),
                    (),
                )
            )
        history = History(histories, self.facts("project_month", *own), self.facts("unit_month", *beside),
                          self.facts("project_month", *months))  # fmt: skip
        wider = replace(self.programme, roster=UnitRoster((*self.programme.roster.units, *units)))
        return judge("project_month", parts, history, wider)


def _letter(number: int) -> str:
    return chr(65 + number) if number < 26 else chr(64 + number // 26) + chr(65 + number % 26)


@pytest.fixture(scope="session")
def programme() -> Programme:
    return load(find("jiaxing"), chinese_workdays(), code_lists())


@pytest.fixture(scope="session")
def scenario() -> type[Scenario]:
    return Scenario


@pytest.fixture(scope="session")
def make(programme: Programme) -> Make:
    return Make(programme)
