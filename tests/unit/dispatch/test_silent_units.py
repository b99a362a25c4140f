"""A unit that sends nothing keeps its projects; the frozen plan stands over what a return writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from pipelines.dispatch.library import dispatch_library
from pipelines.dispatch.panel import MOST_CARRIED, Panel
from pipelines.dispatch.plan_schedule import MONTHS, annual_plans, with_frozen_plan
from pipelines.dispatch.progress_lights import GREEN, NONE, RED, lights
from pipelines.dispatch.snails import snail_projects
from pipelines.dispatch.stage_board import stage_board
from pipelines.model.dispatch_policy import DEFAULT_POLICY
from pipelines.model.tables import AMOUNT

Build = Callable[[Any], Panel]
LATE = {"start_plan": "2022-01", "planned_ytd": 100, "actual_ytd": 40}


def of(unit: str, code: str, **more: Any) -> dict[str, Any]:
    return {"unit_code": unit, "project_code": code, "planned_ytd": 100, "actual_ytd": 100, **more}


def members(panel: Panel, place: int = -1) -> set[str]:
    found = dispatch_library(panel, [], DEFAULT_POLICY, date(2022, 6, 30), place).members
    return {code for code, is_member in zip(panel.project_codes, found, strict=True) if is_member}


def test_the_projects_of_a_silent_unit_stay_and_those_taken_out_of_a_return_go(panel_of: Build) -> None:
    both = [of("330481", "A"), of("330481", "B"), of("330424", "C", actual_ytd=70)]
    panel = panel_of({"2022-05": both, "2022-06": [of("330481", "A")]})
    assert members(panel) == {"A", "C"}, "B left with a return that was sent, C's unit sent none"
    assert panel.here.tolist() == [True, False, False] and panel.known[:, -1].tolist() == [True, False, True]
    assert panel.actual[2, -1] == 70 * 10_000, "investment to date is what it was at least"
    assert lights(panel, DEFAULT_POLICY).tolist() == [GREEN, NONE, NONE], "without a return there is no light"
    moves = stage_board(panel, panel.known[:, -1], panel.known[:, -2]).moves
    assert [(move.target, move.projects) for move in moves] == [("left", 1)]


def test_a_silent_unit_is_remembered_for_a_quarter_and_investment_begins_anew_in_january(panel_of: Build) -> None:
    months = [f"2022-{month:02d}" for month in range(8, 13)]
    sent: dict[str, list[dict[str, Any]]] = {months[0]: [of("330424", "C"), of("330481", "A")]}
    panel = panel_of(sent | {month: [of("330481", "A")] for month in months[1:]})
    assert [members(panel, place) for place in range(5)] == [{"A", "C"}] * (1 + MOST_CARRIED) + [{"A"}]
    over = panel_of({"2021-12": [of("330424", "C"), of("330481", "A")], "2022-01": [of("330481", "A")]})
    assert over.actual[1].tolist() == [1_000_000, 0]


def test_a_snail_of_a_silent_unit_stays_one(panel_of: Build) -> None:
    others = [of("330481", "A")]
    months = {f"2022-{month:02d}": [*others, of("330424", "S", **LATE)] for month in (4, 5, 6)}
    panel = panel_of({**months, "2022-07": others})
    found = snail_projects(panel, DEFAULT_POLICY, panel.known[:, -1], {})
    assert [(snail.project_code, snail.progress) for snail in found] == [("S", None)]


def plans(code: str, *months: int) -> pa.Table:
    amounts = [*months, *[0] * (12 - len(months))]
    columns = {name: pa.array([Decimal(v)], AMOUNT) for name, v in zip(MONTHS, amounts, strict=True)}
    return pa.table({"project_code": [code], "annual_plan": pa.array([Decimal(sum(months))], AMOUNT), **columns})


def test_the_frozen_plan_is_what_progress_is_measured_against(panel_of: Build) -> None:
    panel = panel_of(
        {
            "2021-12": [of("330481", "A"), of("330481", "B")],
            "2022-02": [of("330481", "A", planned_ytd=50, actual_ytd=50), of("330481", "B")],
            "2022-03": [of("330481", "A", planned_ytd=50, actual_ytd=50), of("330481", "B")],
        }
    )
    assert lights(panel, DEFAULT_POLICY)[0] == GREEN
    frozen = with_frozen_plan(panel, plans("A", 40, 60, 100), 2022)
    assert frozen.planned[0].tolist() == [1_000_000, 1_000_000, 2_000_000], "by month; another year keeps its own"
    assert lights(frozen, DEFAULT_POLICY).tolist() == [RED, GREEN]
    assert annual_plans(panel, plans("A", 40, 60, 100)) == {"A": Decimal(200)}
    assert with_frozen_plan(panel, None, 2022) is panel and annual_plans(panel, None) == {}
    assert with_frozen_plan(panel, plans("X", 1), 2022).planned.tolist() == panel.planned.tolist()
