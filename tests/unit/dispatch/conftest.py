"""Dispatch returns in a few words: a project is a dict, a month a list of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from pipelines.dispatch.panel import Panel, build_panel
from pipelines.model.fields import STAGES
from pipelines.model.periods import Period
from pipelines.model.tables import AMOUNT

AMOUNTS = ("plan_total", "planned_ytd", "actual_ytd", "expected_output")
QUANTITIES = ("land_area", "energy_use", "land_need", "energy_need", "funds_need")
MONTHS = (
    *(f"{stage}_{kind}" for stage in STAGES for kind in ("plan", "actual")),
    "trial_actual",
    "commission_actual",
    "stat_entry_ym",
)
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("period", "unit_code", "project_code", "project_name", "lists", "na_flag")]
    + [(name, pa.string()) for name in ("industry_code", "lead_level")]
    + [(name, AMOUNT) for name in (*AMOUNTS, *QUANTITIES)]
    + [(name, pa.string()) for name in MONTHS]
    + [("start_on", pa.date32()), ("trial_on", pa.date32())]
)
DEFAULTS: dict[str, Any] = {
    "unit_code": "330481",
    "project_name": "项目",
    "plan_total": 250_000,
    "stat_entry_ym": "2021-01",
}

Months = Mapping[str, Sequence[Mapping[str, Any]]]


def table_of(months: Months) -> pa.Table:
    rows = []
    for period, projects in months.items():
        for project in projects:
            row = {**DEFAULTS, "period": period, **project}
            for name in (*AMOUNTS, *QUANTITIES):
                row[name] = None if row.get(name) is None else Decimal(str(row[name])).quantize(Decimal("0.0001"))
            rows.append({name: row.get(name) for name in SCHEMA.names})
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@pytest.fixture(scope="session")
def rows_of() -> Callable[[Months], pa.Table]:
    return table_of


@pytest.fixture(scope="session")
def panel_of() -> Callable[[Months], Panel]:
    """Months → panel over the months given, ascending."""

    def build(months: Months) -> Panel:
        return build_panel(table_of(months), [Period.parse(text) for text in sorted(months)])

    return build
