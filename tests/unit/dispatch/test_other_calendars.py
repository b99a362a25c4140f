"""A dispatch return without January, or by quarter: what a month brought is counted from the report before it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from pipelines.dispatch.achievements import achievements, new_starts
from pipelines.dispatch.panel import Panel
from pipelines.dispatch.progress_lights import increments, warned
from pipelines.model.dispatch_policy import DEFAULT_POLICY

BUILT = {"project_code": "P", "start_actual": "2021-05", "planned_ytd": 10, "start_plan": "2021-05"}


def year(first: str, second: str, amount: int) -> dict[str, list[dict[str, Any]]]:
    """A project under construction: 900 by December, then this much in the new year by the two reports of it."""
    done = {"2021-12": 900, first: amount, second: amount}
    return {month: [{**BUILT, "actual_ytd": value}] for month, value in done.items()}


@pytest.mark.parametrize(("first", "second"), [("2022-01", "2022-02"), ("2022-02", "2022-03"), ("2022-03", "2022-06")])
def test_the_first_report_of_a_year_brings_what_it_says(
    panel_of: Callable[[Any], Panel], first: str, second: str
) -> None:
    """It was unknown where the calendar has no January: nobody who built nothing from January on was told so before March."""
    built, idle = (panel_of(year(first, second, amount)) for amount in (40, 0))
    assert increments(built, 1).tolist() == [400_000] and increments(idle, 1).tolist() == [0]
    assert increments(built, 2).tolist() == [0] and warned(idle, DEFAULT_POLICY, 1).tolist() == [True]


@pytest.mark.parametrize(("months", "found"), [(1, (1, 3)), (2, (2, 3)), (3, (3, 3))])
def test_new_starts_of_a_return_are_those_of_all_months_that_it_reports(
    panel_of: Callable[[Any], Panel], months: int, found: tuple[int, int]
) -> None:
    starts = ["2021-12", "2022-01", "2022-02", "2022-03"]
    rows = [{"project_code": f"P{n}", "start_actual": month} for n, month in enumerate(starts)]
    (one,) = new_starts(panel_of({"2022-03": rows}), DEFAULT_POLICY, months)
    assert (one.month_projects, one.year_projects) == found and one.month_plan_total == Decimal(250_000 * found[0])


@pytest.mark.parametrize(("months", "found"), [(1, {"P3"}), (2, {"P2", "P3"}), (3, {"P1", "P2", "P3"})])
def test_what_began_in_a_month_without_a_return_is_told_with_the_next_one(
    panel_of: Callable[[Any], Panel], months: int, found: set[str]
) -> None:
    """What started or was commissioned in January was in no showcase where the calendar has no January."""
    days = ["2021-12", "2022-01", "2022-02", "2022-03"]
    for kind, field in (("started", "start_actual"), ("commissioned", "commission_actual")):
        rows = [{"project_code": f"P{n}", "start_actual": None, field: month} for n, month in enumerate(days)]
        panel = panel_of({"2022-03": rows})
        told = [one for one in achievements(panel, DEFAULT_POLICY, panel.here, months) if one.kind == kind]
        assert {one.project_code for one in told} == found
        assert {one.on for one in told} == {days[int(one.project_code[1])] for one in told}
