"""Targets with pace, campaigns, factor proposals, unit flags: the arithmetic that people recompute by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dispatch.campaign_progress import campaign_status
from pipelines.dispatch.factor_ranking import factor_proposal
from pipelines.dispatch.panel import Panel
from pipelines.dispatch.target_pace import TargetFacts, TargetStatus, comparison_status, target_ids, target_status
from pipelines.dispatch.unit_marks import UnitPlace, flag_units, snail_units
from pipelines.model.dispatch_decisions import DispatchDecision
from pipelines.model.dispatch_policy import DEFAULT_POLICY, FACTORS, Campaign, Comparison, TargetName
from pipelines.model.periods import Period
from pipelines.model.programme import Target

Build = Callable[[Any], Panel]
SEASON = {
    month: Decimal(share)
    for month, share in zip(
        range(2, 13),
        ["0.12", "0.24", "0.34", "0.45", "0.58", "0.655", "0.73", "0.81", "0.875", "0.94", "1"],
        strict=True,
    )
}
CITY = "330400"
JUNE = Period(2022, 6)
T1 = Target("growth", CITY, ">=", Decimal("0.16"), "2022-06..2022-09", None)
T2 = Target("growth", CITY, ">", Decimal(0), "2022-06..2022-09", None, "total_investment")
T3 = Target("ytd", CITY, ">=", Decimal(9_000_000), "2022-12", Period(2022, 1))
T4 = Target("list_ytd", CITY, ">=", Decimal(1_780_000), "2022-09", Period(2022, 1), "省重大548")


def months(values: dict[int, Any]) -> dict[Period, Decimal]:
    return {Period(2022, month): Decimal(str(value)) for month, value in values.items()}


def growth(own: dict[int, Any], total: dict[int, Any] | None = None) -> TargetFacts:
    rates = {("manufacturing_investment", CITY): months(own)}
    return TargetFacts(growth=rates | ({("total_investment", CITY): months(total)} if total else {}))


def investment(values: dict[int, Any]) -> TargetFacts:
    return TargetFacts(investment={CITY: months(values)}, list_investment={"省重大548": months(values)})


def test_half_a_year_of_the_article() -> None:
    """540 of 900 亿元 by June: 360 left, 60 a month; the curve wanted 522 by then, the months alone 450 (seed L36)."""
    t3 = target_status(T3, "T3", JUNE, investment({6: 5_400_000}), SEASON)
    assert (t3.gap, t3.pace_required, t3.expected, t3.expected_linear) == (3_600_000, 600_000, 5_220_000, 4_500_000)
    assert t3.state == "on_track"
    assert t3.pace_required_seasonal is not None
    assert round(t3.pace_required_seasonal, 2) == Decimal("642857.14")


@pytest.mark.parametrize(
    ("month", "done", "state"),
    [
        (6, 5_219_999, "behind"),
        (6, 5_220_000, "on_track"),
        (12, 8_999_999, "missed"),
        (12, 9_000_000, "met"),
        (11, 9_000_001, "met"),
    ],
)
def test_the_states_of_an_amount(month: int, done: int, state: str) -> None:
    assert target_status(T3, "T3", Period(2022, month), investment({month: done}), SEASON).state == state


@pytest.mark.parametrize(
    ("operator", "month", "done", "state"),
    [
        ("<=", 6, 5_400_000, "on_track"),
        ("<=", 6, 9_000_001, "behind"),
        ("<=", 12, 9_000_000, "met"),
        ("<", 12, 9_000_000, "missed"),
        ("=", 6, 5_400_000, "on_track"),
        ("=", 6, 9_000_000, "on_track"),
        ("=", 6, 9_000_001, "behind"),
        ("=", 12, 9_000_000, "met"),
    ],
)
def test_a_limit_is_judged_at_the_end_of_its_window(operator: str, month: int, done: int, state: str) -> None:
    limit = replace(T3, operator=operator)
    assert target_status(limit, "T", Period(2022, month), investment({month: done}), SEASON).state == state


def test_after_the_window_the_last_month_of_it_counts() -> None:
    facts = investment({9: 1_779_999, 12: 3_000_000})
    late = target_status(T4, "T4", Period(2022, 12), facts, SEASON)
    assert (late.state, late.actual, late.gap, late.pace_required) == ("missed", 1_779_999, 1, 0)
    assert target_status(T4, "T4", JUNE, facts, SEASON).state == "no_data"


def test_what_was_done_before_the_accumulation_does_not_count() -> None:
    attack = Target("list_ytd", CITY, ">=", Decimal(600), "2022-09", Period(2022, 6), "省重大548")
    status = target_status(
        attack, "A", JUNE, TargetFacts(list_investment={"省重大548": months({5: 400, 6: 550})}), SEASON
    )
    assert (status.actual, status.gap, status.pace_required) == (150, 450, 150)
    assert status.expected == Decimal(600) * (SEASON[6] - SEASON[5]) / (SEASON[9] - SEASON[5])
    assert status.expected_linear == 150


@pytest.mark.parametrize(
    ("own", "month", "state"),
    [
        ({6: "0.241"}, 6, "on_track"),
        ({5: "0.10"}, 5, "behind"),
        ({6: "0.159"}, 6, "missed"),
        ({6: "0.24", 7: "0.15", 8: "0.30"}, 8, "missed"),
        ({6: "0.16", 7: "0.16", 8: "0.16", 9: "0.16"}, 9, "met"),
        ({6: "0.16", 7: "0.16", 8: "0.16", 9: "0.16"}, 12, "met"),
        ({6: "0.16"}, 7, "no_data"),
        ({6: "0.15"}, 7, "missed"),
        ({6: "0.24", 8: "0.30", 9: "0.30"}, 9, "no_data"),
        ({6: "0.24", 8: "0.30", 9: "0.30"}, 12, "no_data"),
        ({6: "0.24", 8: "0.30"}, 8, "on_track"),
        ({6: "0.15", 8: "0.30", 9: "0.30"}, 9, "missed"),
    ],
)
def test_a_growth_target_holds_in_every_month_of_its_window(own: dict[int, str], month: int, state: str) -> None:
    """A month that is not there is no proof: what is missed stays missed without it, and nothing is met without it."""
    facts = replace(growth(own), reporting=tuple(Period(2022, n) for n in range(2, 13)))
    assert target_status(T1, "T1", Period(2022, month), facts, SEASON).state == state


def test_faster_than_total_investment_is_measured_on_the_total_of_the_month() -> None:
    equal = target_status(T2, "T2", JUNE, growth({6: "0.10"}, {6: "0.10"}), SEASON)
    faster = target_status(T2, "T2", JUNE, growth({6: "0.241"}, {6: "0.10"}), SEASON)
    assert (equal.state, faster.state) == ("missed", "on_track")
    assert (faster.value, faster.actual, faster.gap) == (Decimal("0.10"), Decimal("0.241"), Decimal("-0.141"))
    assert target_status(T2, "T2", JUNE, growth({6: "0.1"}), SEASON).state == "no_data"


def test_a_target_changed_after_january_is_logged_and_not_scored() -> None:
    recorded = datetime(2022, 1, 1, tzinfo=UTC)

    def version(day: date, value: str) -> DispatchDecision:
        return DispatchDecision("target_version", "T3", "经信局", recorded, day, document="文", detail={"value": value})

    both = [version(date(2022, 1, 31), "9100000"), version(date(2022, 2, 1), "8000000")]
    status = target_status(T3, "T3", JUNE, investment({6: 1}), SEASON, both)
    assert (status.value, status.revised_value) == (9_100_000, 8_000_000)
    later = version(date(2022, 7, 1), "7000000")
    assert target_status(T3, "T3", JUNE, investment({6: 1}), SEASON, [*both, later]).revised_value == 8_000_000
    july = target_status(T3, "T3", Period(2022, 7), investment({7: 1}), SEASON, [*both, later])
    assert (july.value, july.revised_value) == (9_100_000, 7_000_000)


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 11), st.integers(0, 9_000_000))
def test_keeping_the_required_pace_meets_the_target(month: int, done: int) -> None:
    """Gap spread by the curve (or evenly) over the months left is the whole gap."""
    status = target_status(T3, "T3", Period(2022, month), investment({month: done}), SEASON)
    assert status.pace_required is not None and status.gap is not None
    assert abs(status.pace_required * (12 - month) - status.gap) < Decimal("0.0001")
    left = [target_status(T3, "T3", Period(2022, m), investment({m: done}), SEASON) for m in (month,)]
    assert left[0].pace_required_seasonal == status.gap * (SEASON[month + 1] - SEASON[month]) / (1 - SEASON[month])


def test_targets_without_a_name_are_called_by_what_they_are() -> None:
    plain = Target("ytd", CITY, ">=", Decimal(1), "2022-12", None)
    names = [TargetName(id="T1", metric="growth", scope=CITY, window="2022-06..2022-09")]
    assert [i for i, _ in target_ids([T1, plain], names)] == ["T1", "ytd-330400-2022-12"]


def test_a_comparison_says_by_how_many_points() -> None:
    item = Comparison(
        id="x",
        zh="快于",
        en="x",
        left="manufacturing_investment",
        left_area=CITY,
        right="total_investment",
        right_area=CITY,
    )
    status = comparison_status(item, JUNE, growth({6: "0.241"}, {6: "0.10"}))
    assert (status.state, status.gap_pp) == ("met", Decimal("14.1"))
    assert comparison_status(item, JUNE, growth({6: "0.10"}, {6: "0.10"})).state == "behind"
    assert comparison_status(item, JUNE, growth({6: "0.10"})).state == "no_data"


def test_a_campaign_counts_its_days_and_weeks() -> None:
    campaign = Campaign(
        code="push", zh="攻坚", en="push", starts=date(2022, 6, 1), ends=date(2022, 9, 30), targets=("T3",)
    )
    t3: TargetStatus = target_status(T3, "T3", JUNE, investment({6: 5_400_000}), SEASON)
    known = {date(2022, 5, 31): Decimal(10), date(2022, 6, 30): Decimal(20)}
    status = campaign_status(campaign, date(2022, 7, 4), [], [t3], known)
    assert (status.state, status.day, status.days, status.targets) == ("running", 34, 122, (t3,))
    assert [(w.week, w.ytd) for w in status.weeks] == [
        ("2022-W22", 10),
        ("2022-W23", 10),
        ("2022-W24", 10),
        ("2022-W25", 10),
        ("2022-W26", 20),
        ("2022-W27", 20),
    ]
    assert campaign_status(campaign, date(2022, 5, 31), [], [], known).state == "before"
    assert campaign_status(campaign, date(2022, 12, 1), [], [], known).state == "over"
    assert campaign_status(campaign, date(2022, 6, 1), [], [], {}).weeks[0].ytd is None


# factors


def wants(code: str, need: Any, output: int | None = 80_000, **more: Any) -> dict[str, Any]:
    return {"project_code": code, "land_need": need, "expected_output": output, "land_area": 100, **more}


def proposal(panel: Panel, budget: Any, barred: frozenset[str] = frozenset()) -> Any:
    amount = None if budget is None else Decimal(budget)
    return factor_proposal(panel, DEFAULT_POLICY, FACTORS[0], np.ones(len(panel), bool), amount, barred)


def test_the_budget_goes_down_the_ranking_and_skips_what_does_not_fit(panel_of: Build) -> None:
    panel = panel_of(
        {
            "2022-06": [
                wants("好", 60, 80_000),
                wants("大", 50, 60_000),
                wants("小", 40, 20_000),
                wants("不要", 0),
                wants("不知", None),
            ]
        }
    )
    p = proposal(panel, 100)
    assert [(x.rank, x.project_code, x.proposed) for x in p.places] == [(1, "好", 60), (2, "大", 0), (3, "小", 40)]
    assert (p.proposed, p.needed) == (100, 150)
    assert [x.project_code for x in proposal(panel, 100, frozenset({"好"})).places] == ["大", "小"]
    none = proposal(panel, None)
    assert none.proposed == 0 and [x.project_code for x in none.places] == ["好", "大", "小"]


def test_the_place_shows_every_criterion_and_what_is_unknown_is_spread(panel_of: Build) -> None:
    panel = panel_of({"2022-06": [wants("P", 1, 45_000, start_plan="2022-09", energy_use=None)]})
    (place,) = proposal(panel, 10).places
    shown = {c.key: (c.value, c.points) for c in place.criteria}
    assert shown["output_per_mu"] == (Decimal("450"), Decimal("50.00"))
    assert shown["energy_intensity"] == (None, None)
    assert shown["need"] == (Decimal("3"), Decimal("75.00"))
    assert shown["punctuality"] == (None, None)
    assert place.score == Decimal("37.50")  # (30 × 50 + 20 × 0 + 10 × 75) / 60


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 80), st.integers(0, 90_000)), min_size=1, max_size=8),
    st.integers(0, 200),
    st.randoms(),
)
def test_factor_proposals_keep_the_budget_and_do_not_look_at_others(
    panel_of: Build, drawn: list[Any], budget: int, random: Any
) -> None:
    projects = [wants(f"P{n}", need, output) for n, (need, output) in enumerate(drawn)]
    p = proposal(panel_of({"2022-06": projects}), budget)
    assert p.proposed <= budget and all(x.proposed in (0, x.need) for x in p.places)
    left = budget - p.proposed
    assert all(x.need > left for x in p.places if x.proposed == 0)
    mixed = list(projects)
    random.shuffle(mixed)
    assert proposal(panel_of({"2022-06": mixed}), budget) == p
    alone = proposal(panel_of({"2022-06": [projects[0]]}), budget)
    assert alone.places[0].score == next(x.score for x in p.places if x.project_code == "P0")
    better = [*projects[1:], wants("P0", drawn[0][0], drawn[0][1] + 10_000)]
    assert next(
        x.rank for x in proposal(panel_of({"2022-06": better}), budget).places if x.project_code == "P0"
    ) <= next(x.rank for x in p.places if x.project_code == "P0")


@pytest.mark.parametrize(("output", "points"), [(5_000, 0), (10_000, 0), (45_000, 50), (80_000, 100), (150_000, 100)])
def test_anchors_are_fixed_and_clip(panel_of: Build, output: int, points: int) -> None:
    (place,) = proposal(panel_of({"2022-06": [wants("P", 1, output)]}), 10).places
    assert next(c.points for c in place.criteria if c.key == "output_per_mu") == points


def test_a_long_ranking_shows_its_best_and_whoever_is_proposed_something(panel_of: Build) -> None:
    panel = panel_of({"2022-06": [wants(f"P{n}", 50 if n < 8 else 1, 80_000 - n) for n in range(10)]})
    p = factor_proposal(panel, DEFAULT_POLICY, FACTORS[0], np.ones(10, bool), Decimal(52), most=2)
    assert p.ranked == 10 and p.needed == 402
    assert {(x.project_code, x.proposed) for x in p.places if x.proposed} == {("P8", 1), ("P9", 1), ("P0", 50)}


# units


def place(unit: str, rank: int | None, growth: str = "0.2", t: str = "1", late: bool = False) -> UnitPlace:
    return UnitPlace(unit, rank, Decimal(growth), Decimal(t), late)


def test_unit_flags_are_the_top_third_on_target_and_in_time() -> None:
    places = [place(str(n), n) for n in range(1, 10)]
    assert [u.unit_code for u in flag_units(places, DEFAULT_POLICY)] == ["1", "2", "3"]
    mixed = [place("1", 1, late=True), place("2", 2, "0.159"), place("3", 3), *places[3:]]
    assert [u.unit_code for u in flag_units(mixed, DEFAULT_POLICY)] == ["3"]
    assert flag_units(mixed, DEFAULT_POLICY, frozenset({"3"})) == []


def test_a_unit_is_a_snail_in_the_second_month_only_and_nobody_is_forced() -> None:
    good = [place(str(n), n) for n in range(1, 9)]
    slow = [*good, place("9", 9, "0.059", "0.8")]
    fine = [*good, place("9", 9, "0.20", "0.9")]
    assert snail_units(slow, fine, DEFAULT_POLICY) == []
    (unit,) = snail_units(slow, slow, DEFAULT_POLICY)
    assert (unit.unit_code, unit.reasons) == (
        "9",
        ("bottom_rank", "growth_below_target", "behind_schedule", "second_month"),
    )
    assert snail_units(fine, fine, DEFAULT_POLICY) == []
    missing = [*good, place("9", None)]
    assert snail_units(missing, slow, DEFAULT_POLICY)[0].reasons == ("unranked", "second_month")
    assert snail_units([], [], DEFAULT_POLICY) == []
