"""A project that goes over to another unit stays the same project: its plan, its stages, its run as a snail, its leader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from pipelines.dispatch.leaders import assignments, leader_lines
from pipelines.dispatch.panel import Panel, build_panel
from pipelines.dispatch.progress_lights import RED, lights
from pipelines.dispatch.red_flags import red_flags
from pipelines.dispatch.snails import snail_projects
from pipelines.dispatch.statistics_coverage import uncovered
from pipelines.indicators.dispatch import dispatch_indicators
from pipelines.indicators.plan_baseline import Deviations, FirstReturns, freeze_plans, plan_changes
from pipelines.indicators.planned_returns import as_planned
from pipelines.model.dispatch_policy import DEFAULT_POLICY
from pipelines.model.periods import Period
from pipelines.model.tables import AMOUNT, arrow_schema, fact_table

A, B, NEW_CODE = "330424", "330481", "330497"
MONTHS = ("2021-12", "2022-02", "2022-03", "2022-04", "2022-05", "2022-06")
PLAN = {"plan_total": 250_000, "annual_plan": 200, "start_plan": "2022-01", "planned_ytd": 100, "actual_ytd": 40}
RELAXED = {"start_plan": "2022-12", "annual_plan": 60, "planned_ytd": 40, "na_flag": "供地"}
Months = Mapping[str, Sequence[Mapping[str, Any]]]


def row(unit: str, code: str = "P", **more: Any) -> dict[str, Any]:
    return {"unit_code": unit, "project_code": code, **PLAN, **more}


def told(before: str, after: str, **more: Any) -> dict[str, list[dict[str, Any]]]:
    """P is reported by one unit until April, from May by another, which writes a plan of its own; both units have a project besides."""
    others = [
        row(A, "A0", actual_ytd=100, start_actual="2022-01"),
        row(B, "B0", actual_ytd=100, start_actual="2022-01"),
    ]
    return {month: [*others, row(before) if month < "2022-05" else row(after, **RELAXED, **more)] for month in MONTHS}


def returns_of(months: Months) -> list[FirstReturns]:
    schema = arrow_schema(fact_table("dispatch_month").columns)
    amounts = {field.name for field in schema if pa.types.is_decimal(field.type)}

    def cell(name: str, value: Any) -> Any:
        return Decimal(value) if name in amounts and value is not None else value

    found = []
    for text, rows in sorted(months.items()):
        made = [{name: cell(name, one.get(name)) for name in schema.names} | {"period": text} for one in rows]
        found.append(FirstReturns(Period.parse(text), pa.Table.from_pylist(made, schema=schema)))
    return found


def panel_of_returns(months: Months, plan: pa.Table | None = None) -> Panel:
    returns = returns_of(months)
    rows = pa.concat_tables(one.rows for one in returns[1:])
    periods = [one.period for one in returns]
    planned = as_planned(rows, pa.concat_tables(one.rows for one in returns), periods, 2022, plan)
    return build_panel(planned, periods[1:])


def scored(months: Months, plan: pa.Table | None = None) -> tuple[dict[str, Any], dict[str, Deviations]]:
    """Per unit (m, s, o) of June, and what was other than frozen."""
    returns = returns_of(months)
    june = returns[-1]
    baseline = freeze_plans(returns, june.period, {}, plan, current=june.rows)
    found, deviations = dispatch_indicators(june.rows, june.period, 1, baseline)
    ratios = {u: (i.major_projects, i.new_starts, i.stage_punctuality) for u, i in found.items()}
    values = {u: tuple(None if r is None else (r.numerator, r.denominator) for r in own) for u, own in ratios.items()}
    return values, deviations


def year_plan(unit: str) -> pa.Table:
    months = {f"plan_m{n:02d}": pa.array([Decimal(30)], AMOUNT) for n in range(1, 13)}
    return pa.table({"unit_code": [unit], "project_code": ["P"], **months})


@pytest.mark.parametrize("plan", [None, year_plan(A)], ids=["plans of returns", "plan by month"])
def test_a_project_takes_its_frozen_plan_to_its_new_unit(plan: pa.Table | None) -> None:
    """The new unit is scored by the plan that the old one was held to, the old one by nothing of it any more."""
    stayed, _ = scored(told(B, B), None if plan is None else year_plan(B))
    moved, deviations = scored(told(A, B), plan)
    assert moved == stayed and deviations[B].stages == 1 and deviations[B].waived == 1
    assert moved[A][0] == (100, 100), "of its own project alone"
    assert moved[B][0] == (140, 200 if plan is None else 280)


def test_who_moves_a_project_does_not_get_rid_of_a_snail() -> None:
    stayed, moved = panel_of_returns(told(B, B)), panel_of_returns(told(A, B))
    assert (moved.planned == stayed.planned).all() and (moved.plan == stayed.plan).all()
    place = moved.place_of["P"]
    assert moved.unit_codes[place] == B and lights(moved, DEFAULT_POLICY)[place] == RED
    found = snail_projects(moved, DEFAULT_POLICY, moved.known[:, -1], {})
    assert found == snail_projects(stayed, DEFAULT_POLICY, stayed.known[:, -1], {})
    assert [(s.unit_code, s.since, s.months) for s in found if s.project_code == "P"] == [(B, "2022-03", 4)]
    flagged = panel_of_returns(told(A, B, actual_ytd=100))
    assert "P" not in {flag.project_code for flag in red_flags(flagged, DEFAULT_POLICY, flagged.known[:, -1])}


def test_what_the_new_unit_wrote_otherwise_is_listed() -> None:
    returns = returns_of(told(A, B))
    baseline = freeze_plans(returns, Period(2022, 6), {})
    found = {c.field: (c.unit_code, c.frozen, c.now) for c in plan_changes(returns[-1].rows, baseline)}
    assert found["start_plan"] == (B, "2022-01", "2022-12") and found["planned_ytd"] == (B, "100", "40")
    assert {"annual_plan", "na_flag"} <= found.keys()


def test_a_unit_with_a_new_code_keeps_all_its_plans() -> None:
    """区划调整: the old unit is no more, and sends nothing."""
    months = told(A, NEW_CODE)
    months = {
        m: [{**o, "unit_code": NEW_CODE} if m >= "2022-05" and o["unit_code"] == A else o for o in rows]
        for m, rows in months.items()
    }
    moved, _ = scored(months)
    assert A not in moved and moved[NEW_CODE] == scored(told(A, A))[0][A]
    assert panel_of_returns(months).unit_codes == [NEW_CODE, B, NEW_CODE]


def test_a_project_counts_for_the_new_unit_though_the_old_one_had_it_first_in_the_month_and_not_as_gone() -> None:
    """The old unit's first version of May still had it; what counts does not."""
    months = told(A, B)
    months["2022-05"] = [*months["2022-05"], row(A)]
    returns = returns_of(months)
    june = returns[-1].rows
    baseline = freeze_plans(returns, Period(2022, 6), {}, gone=frozenset({(A, "P")}), current=june)
    found, deviations = dispatch_indicators(june, Period(2022, 6), 1, baseline)
    assert baseline.due_month((B, "P"), "start", "2022-12") == "2022-01"
    assert found[A].major_projects.numerator == 100 and A not in deviations


def test_what_two_units_report_side_by_side_has_two_plans_also_while_one_is_silent() -> None:
    """A project across a border: nobody's silence moves another."""
    both = [row(A, planned_ytd=100), row(B, planned_ytd=10, start_plan="2022-09")]
    baseline = freeze_plans(returns_of(dict.fromkeys(MONTHS, both)), Period(2022, 6), {})
    assert [baseline.planned((unit, "P"), None) for unit in (A, B)] == [100, 10]
    silent = {m: both if m < "2022-06" else both[1:] for m in MONTHS}
    baseline = freeze_plans(returns_of(silent), Period(2022, 6), {})
    assert baseline.planned((B, "P"), None) == 10 and baseline.due_month((B, "P"), "start", None) == "2022-09"
    panel = panel_of_returns(silent)
    assert panel.planned[0, -1] == 10 * 10_000


def test_a_project_of_a_silent_unit_that_goes_over_later_was_in_the_library_meanwhile(
    panel_of: Callable[[Any], Panel],
) -> None:
    other = {"unit_code": B, "project_code": "B0"}
    panel = panel_of(
        {
            "2022-04": [other, {"unit_code": A, "project_code": "P"}],
            "2022-05": [other],
            "2022-06": [other, {"unit_code": B, "project_code": "P"}],
        }
    )
    assert panel.known[panel.place_of["P"]].tolist() == [True, True, True]


def test_a_leader_goes_with_the_project_until_the_new_unit_names_one() -> None:
    def led(unit: str, leader: str, code: str) -> dict[str, Any]:
        return {"project_code": code, "leader_code": leader, "unit_code": unit, "valid_from": date(2022, 1, 1)}

    rows = pa.Table.from_pylist([led(A, "L1", "P"), led(A, "L1", "Q"), led(B, "L2", "P")])
    found = assignments(rows, moved={"P": frozenset({A}), "Q": frozenset({A})})
    lines = leader_lines([("P", B), ("Q", B)], found, {}, DEFAULT_POLICY, date(2022, 6, 30))
    assert [(line.project_code, [one.leader_code for one in line.leaders]) for line in lines] == [
        ("P", ["L2"]),
        ("Q", ["L1"]),
    ]
    assert [line.leader_code for line in assignments(rows) if line.project_code == "P"] == ["L1", "L2"], (
        "no project went over"
    )
    assert panel_of_returns(told(A, B)).former_units == {"P": frozenset({A})}


def test_a_project_on_the_approval_lists_of_two_units_is_one(panel_of: Callable[[Any], Panel]) -> None:
    panel = panel_of({"2022-06": [{"project_code": "other"}]})
    row = {"project_code": "新", "plan_total": Decimal("900.0000"), "start_on": date(2022, 5, 5), "stat_entry_ym": None}
    schema = pa.schema(
        {"project_code": pa.string(), "unit_code": pa.string(), "plan_total": AMOUNT, "start_on": pa.date32()}
        | {"stat_entry_ym": pa.string(), "survey_round": pa.int64(), "newly_found": pa.string()}
    )
    lists = [{**row, "unit_code": A, "survey_round": 2}, {**row, "unit_code": B, "survey_round": 3}]
    for order in (lists, lists[::-1]):
        found = uncovered(panel, pa.Table.from_pylist(order, schema=schema), date(2022, 6, 30))
        assert [(one.project_code, one.unit_code, one.survey_round) for one in found] == [("新", B, 3)]
