"""Totals of predecessors are added up by their shares, exactly; what is unknown of one is unknown of the sum."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from pipelines.flow.records.history_rows import added_up
from pipelines.flow.runtime.context import load_programme
from pipelines.model.tables import fact_table


def rows(form: str, *given: dict[str, object]) -> pa.Table:
    schema = fact_table(form).schema
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in given], schema=schema)


def test_totals_are_weighted_and_exact() -> None:
    layout = load_programme("jiaxing").forms["unit_month"]
    table = rows(
        "unit_month",
        {
            "submission_id": "s1",
            "indicator": "manufacturing_investment",
            "scope": "managed",
            "ytd": Decimal("100.0001"),
            "ytd_last_year": Decimal(90),
        },
        {
            "submission_id": "s2",
            "indicator": "manufacturing_investment",
            "scope": "managed",
            "ytd": Decimal("50.5"),
            "ytd_last_year": None,
        },
        {"submission_id": "s2", "indicator": "industrial_investment", "scope": "managed", "ytd": Decimal(80)},
    )
    found = added_up(table, [Decimal(1), Decimal("0.4"), Decimal("0.4")], layout).to_pylist()
    assert [(r["indicator"], r["ytd"], r["ytd_last_year"]) for r in found] == [
        ("manufacturing_investment", Decimal("120.2001"), None),
        ("industrial_investment", Decimal(32), None),
    ]


def test_projects_are_never_cut_in_pieces() -> None:
    layout = load_programme("jiaxing").forms["project_month"]
    table = rows("project_month", {"submission_id": "s1", "stat_project_no": "1", "ytd": Decimal(10)})
    assert added_up(table, [Decimal("0.4")], layout).to_pylist() == table.to_pylist()
