"""Targets that accumulate from a month inside a year (L39: from January, or within the attack window)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.dispatch.target_pace import TargetFacts, target_status
from pipelines.model.periods import Period
from pipelines.model.programme import Target

WINDOW = Target("list_ytd", "330400", ">=", Decimal(600), "2022-09", Period(2022, 6), "省重大548")
YEARS = Target("ytd", "330400", ">=", Decimal(600), "2023-03", Period(2022, 10))
SEASON = {2: Decimal("0.1"), 5: Decimal("0.4"), 6: Decimal("0.5"), 9: Decimal("0.8"), 12: Decimal(1)}


def facts(values: dict[tuple[int, int], int]) -> TargetFacts:
    monthly = {Period(year, month): Decimal(value) for (year, month), value in values.items()}
    return TargetFacts(investment={"330400": monthly}, list_investment={"省重大548": monthly})


@pytest.mark.parametrize(
    ("target", "at", "values", "actual", "state"),
    [
        (WINDOW, (2022, 6), {(2022, 5): 400, (2022, 6): 550}, 150, "on_track"),
        (WINDOW, (2022, 3), {(2022, 3): 700}, 0, "on_track"),
        (WINDOW, (2022, 6), {(2022, 6): 700}, None, "no_data"),
        (WINDOW, (2022, 9), {(2022, 8): 900, (2022, 9): 950}, None, "no_data"),
        (YEARS, (2023, 3), {(2022, 9): 800, (2022, 12): 1100, (2023, 3): 350}, 650, "met"),
        (YEARS, (2022, 11), {(2022, 9): 800, (2022, 11): 999}, 199, "behind"),
        (YEARS, (2023, 3), {(2022, 9): 800, (2023, 3): 350}, None, "no_data"),
    ],
    ids=[
        "within",
        "not begun",
        "opening unknown",
        "opening unknown at the end",
        "two years",
        "first of them",
        "no December",
    ],
)
def test_only_what_was_done_within_counts(
    target: Target, at: tuple[int, int], values: dict[tuple[int, int], int], actual: int | None, state: str
) -> None:
    """In March 700 of a window from June were “met”; without the figure of May the year to date was taken for the window's; a window
    over two years lost what December had."""
    status = target_status(target, "T", Period(*at), facts(values), SEASON if target is WINDOW else {})
    assert (status.actual, status.state) == (actual, state)


def test_a_year_without_january_counts_from_february() -> None:
    target = Target("ytd", "330400", ">=", Decimal(600), "2022-12", Period(2022, 2))
    assert target_status(target, "T", Period(2022, 6), facts({(2022, 2): 100, (2022, 6): 500}), {}).actual == 500


def test_of_a_target_over_two_years_the_season_says_what_is_due() -> None:
    """Every year brings the same on the curve: from October to March ½ + ¼ of a year, by December ½ of it. Without a bar it was behind
    whatever was done."""
    season = {3: Decimal("0.25"), 9: Decimal("0.5"), 12: Decimal(1)}
    done = {(2022, 9): 800, (2022, 12): 1200}
    status = target_status(YEARS, "T", Period(2022, 12), facts(done), season)
    assert (status.actual, status.expected, status.state) == (400, 400, "on_track")
    assert target_status(YEARS, "T", Period(2022, 12), facts(done | {(2022, 12): 1199}), season).state == "behind"
    later = target_status(YEARS, "T", Period(2023, 2), facts(done | {(2023, 2): 100}), season | {2: Decimal("0.2")})
    assert (later.actual, later.pace_required_seasonal) == (500, 100)
