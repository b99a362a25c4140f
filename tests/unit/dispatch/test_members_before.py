"""Who was in the library or on a list a month earlier: by what that month's return said, not by what the newest says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.dispatch.library import dispatch_library
from pipelines.dispatch.panel import Panel
from pipelines.dispatch.project_lists import list_members
from pipelines.dispatch.stage_board import stage_board
from pipelines.model.dispatch_policy import DEFAULT_POLICY, DispatchPolicy, ListRule

Build = Callable[[Any], Panel]
MAY_31, JUNE_30 = date(2022, 5, 31), date(2022, 6, 30)
LED = DispatchPolicy(
    lists=(
        ListRule(code="named", zh="点名", en="named", names=("点名",)),
        ListRule(code="large", zh="大", en="large", min_plan_wan_yuan=100_000, by_rule=True),
        ListRule(code="led", zh="市长", en="led", lead_levels=("city",), by_rule=True),
        ListRule(code="made", zh="制造", en="made", industry="manufacturing", by_rule=True),
    )
)


def row(**more: Any) -> dict[str, Any]:
    return {"project_code": "P", "planned_ytd": 1, "actual_ytd": 1, "admission_actual": "2022-01", **more}


def moves(panel: Panel) -> list[tuple[str, str, int]]:
    now = dispatch_library(panel, [], DEFAULT_POLICY, JUNE_30).members
    before = dispatch_library(panel, [], DEFAULT_POLICY, MAY_31, -2).members
    return [(m.source, m.target, m.projects) for m in stage_board(panel, now, before).moves]


@pytest.mark.parametrize(
    ("inside", "outside"),
    [({"plan_total": 100_000}, {"plan_total": "99999.9999"}), ({"industry_code": "3825"}, {"industry_code": "4411"})],
)
def test_a_project_whose_plan_or_industry_changes_enters_and_leaves_the_library(
    panel_of: Build, inside: dict[str, Any], outside: dict[str, Any]
) -> None:
    grown = panel_of({"2022-05": [row(**outside)], "2022-06": [row(**inside)]})
    assert moves(grown) == [("entered", "land", 1)]
    shrunk = panel_of({"2022-05": [row(**inside)], "2022-06": [row(**outside)]})
    assert moves(shrunk) == [("land", "left", 1)]
    same = panel_of({"2022-05": [row(**inside)], "2022-06": [row(**inside)]})
    assert moves(same) == []


def test_the_newest_return_by_then_speaks_for_a_month_in_which_a_unit_was_silent(panel_of: Build) -> None:
    other = {"project_code": "Q", "unit_code": "330424"}
    panel = panel_of(
        {
            "2022-04": [row(plan_total=90_000), row(**other)],
            "2022-05": [row(**other)],
            "2022-06": [row(plan_total=150_000), row(**other)],
        }
    )
    assert moves(panel) == [("entered", "land", 1)]


@pytest.mark.parametrize(
    ("code", "on", "off"),
    [
        ("named", {"lists": "点名;别的"}, {"lists": "别的"}),
        ("large", {"plan_total": 100_000}, {"plan_total": 99_999}),
        ("led", {"lead_level": "city"}, {"lead_level": "county"}),
        ("made", {"industry_code": "1311"}, {"industry_code": "0610"}),
    ],
)
def test_a_list_had_the_members_that_the_return_of_the_month_named(
    panel_of: Build, code: str, on: dict[str, Any], off: dict[str, Any]
) -> None:
    panel = panel_of({"2022-05": [row(**off)], "2022-06": [row(**on)]})
    assert list_members(panel, [], [], LED, JUNE_30)[code].tolist() == [True]
    assert list_members(panel, [], [], LED, MAY_31, -2)[code].tolist() == [False]
    back = panel_of({"2022-05": [row(**on)], "2022-06": [row(**off)]})
    assert list_members(back, [], [], LED, MAY_31, -2)[code].tolist() == [True]
