"""Every ranking method: independence or the stated reason, permutation, scale, monotone, ties; groups and explanations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.model.formulas import growth
from pipelines.model.periods import Period
from pipelines.model.programme import Method, ScoredIndicator
from pipelines.model.ranking import INDICATORS, CityFigures, Ranking, Ratio, UnitInputs
from pipelines.ranking import rank
from pipelines.ranking.explain_points import OVERTAKES_BY, explain_points
from pipelines.ranking.peer_groups import group_ranks, size_classes
from pipelines.ranking.point_methods import DEPENDS_ON_OTHERS, METHODS, POINT_METHODS

D = Decimal
JUNE = Period(2022, 6)
CITY = CityFigures("330400", "全市", "city", D(5_400_000), D(4_351_330), D("0.241"))
ANCHORS = (
    ("growth", 30, "-0.10", "0.16", "0.40"),
    ("excess_pull", 15, "-27", "0", "45"),
    ("schedule_completion", 15, "0.70", "1.00", "1.20"),
    ("major_projects", 15, "0.60", "1.00", "1.30"),
    ("new_starts", 10, "0.60", "0.90", "1.00"),
    ("stage_punctuality", 10, "0.60", "0.90", "1.00"),
    ("service", 5, "0.80", "0.95", "1.00"),
)


def method(name: Any, **more: Any) -> Method:
    indicators = tuple(ScoredIndicator(k, k, k, D(w), D(lo), D(mid), D(hi)) for k, w, lo, mid, hi in ANCHORS)
    return Method(name, "c", "bureau", ("statistics",), True, True, indicators=indicators, **more)


def unit(code: str, base: int = 400_000, ytd: int = 500_000, s: str = "0.9", **more: Any) -> UnitInputs:
    values: dict[str, Any] = {
        "annual_target": D(900_000),
        "major_projects": Ratio(D("0.9"), D(1)),
        "new_starts": Ratio(D(s), D(1)),
        "stage_punctuality": Ratio(D("0.8"), D(1)),
        "service": Ratio(D("0.9"), D(1)),
        **more,
    }
    return UnitInputs(code, code, D(base), D(ytd), **values)


def run(name: str, units: Sequence[UnitInputs], city: CityFigures = CITY, **more: Any) -> Ranking:
    return rank(units, city, method(name, **more), D("0.58"), JUNE)


def table(ranking: Ranking) -> dict[str, tuple[int | None, Decimal | None]]:
    return {u.unit_code: (u.rank, u.score) for u in ranking.units}


amounts = st.integers(1, 2_000_000)
shares = st.integers(50, 100).map(lambda n: str(D(n) / 100))
fields = st.lists(st.tuples(amounts, st.integers(0, 2_000_000), shares), min_size=2, max_size=7)


def built(drawn: list[Any], scale: int = 1) -> list[UnitInputs]:
    return [
        unit(f"U{n}", base * scale, ytd * scale, s, annual_target=D(900_000) * scale)
        for n, (base, ytd, s) in enumerate(drawn)
    ]


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=25, deadline=None)
@given(drawn=fields, random=st.randoms())
def test_the_order_in_which_units_come_changes_nothing(name: str, drawn: list[Any], random: Any) -> None:
    units = built(drawn)
    mixed = list(units)
    random.shuffle(mixed)
    assert table(run(name, units)) == table(run(name, mixed))


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=25, deadline=None)
@given(drawn=fields)
def test_amounts_in_another_unit_rank_alike(name: str, drawn: list[Any]) -> None:
    city = replace(CITY, ytd=D(54_000_000_000), base=D(43_513_300_000))
    assert table(run(name, built(drawn))) == table(run(name, built(drawn, 10_000), city))


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=40, deadline=None)
@example(drawn=[(1, 0, "0.5"), (20, 1, "0.51")], more=1)
@example(drawn=[(1, 0, "0.5"), (20, 0, "0.51")], more=1)
@given(drawn=fields, more=st.integers(1, 500_000))
def test_more_investment_never_costs_points_or_a_place(name: str, drawn: list[Any], more: int) -> None:
    units = built(drawn)
    richer = [replace(units[0], ytd=(units[0].ytd or D(0)) + more), *units[1:]]
    before, after = table(run(name, units))["U0"], table(run(name, richer))["U0"]
    assert (after[1] or 0) >= (before[1] or 0)
    assert before[0] is None or (after[0] is not None and after[0] <= before[0])


@pytest.mark.parametrize("name", POINT_METHODS)
@pytest.mark.parametrize("indicator", ["major_projects", "new_starts", "stage_punctuality", "service"])
def test_a_better_dispatch_indicator_never_costs_points(name: str, indicator: str) -> None:
    others = [unit("B", s="0.7"), unit("C", 300_000)]
    scores = [
        table(
            run(
                name,
                [
                    unit("A", **{indicator: Ratio(D(k), D(10))})
                    if indicator != "new_starts"
                    else unit("A", s=str(D(k) / 10)),
                    *others,
                ],
            )
        )["A"][1]
        for k in range(5, 14)
    ]
    assert all(a is not None and b is not None and b >= a for a, b in pairwise(scores))
    assert scores[-1] > scores[0], "and it counts"


@pytest.mark.parametrize("name", METHODS)
def test_independence_or_its_stated_reason(name: str) -> None:
    """Another unit's leap (same base, so M and n stay) or its missing return moves nobody's points, unless the method says why."""
    units = [unit("A"), unit("B", 300_000, 310_000, "0.7"), unit("C", 500_000, 520_000, "0.8")]
    leap = [units[0], replace(units[1], ytd=D(3_000_000), new_starts=Ratio(D(1), D(1))), units[2]]
    gone = [units[0], replace(units[1], state="missing", ytd=None), units[2]]

    def points(given: list[UnitInputs]) -> Any:
        own = next(u for u in run(name, given).units if u.unit_code == "A")
        return (own.rank, own.growth) if name == "growth_rank" else (own.score, own.indicators)

    moved = points(units) != points(leap) or points(units) != points(gone)
    assert moved == (name in DEPENDS_ON_OTHERS)
    assert DEPENDS_ON_OTHERS.get(name, "x")


@pytest.mark.parametrize("name", METHODS)
def test_equal_units_share_a_rank_and_the_next_is_skipped(name: str) -> None:
    best = unit("Z", 300_000, 900_000, "1.0")
    ranks = table(run(name, [unit("A"), unit("B"), best, unit("C", ytd=1)]))
    assert [ranks[u][0] for u in "ZABC"] == [1, 2, 2, 4]


def points_of(name: str, units: Sequence[UnitInputs], code: str = "A", **more: Any) -> dict[str, Any]:
    own = next(u for u in run(name, units, **more).units if u.unit_code == code)
    return {key: None if i.points is None else i.points for key, i in own.indicators.items()}


def test_rank_step_gives_five_points_less_a_place() -> None:
    units = [unit("A", s="0.9"), unit("B", s="1.0"), unit("C", s="0.9"), unit("D", s="0.8")]
    assert [points_of("rank_step", units, code)["new_starts"] for code in "ABCD"] == [95, 100, 95, 85]
    assert points_of("rank_step", units, "D", rank_step=D(50))["new_starts"] == 0


def test_ratio_cap_caps_and_has_no_ratio_without_a_target() -> None:
    shown = points_of("ratio_cap", [unit("A", s="0.45", major_projects=Ratio(D(5), D(1)))])
    assert (shown["new_starts"], shown["major_projects"], shown["excess_pull"]) == (50, 120, None)
    assert points_of("ratio_cap", [unit("A", ytd=1)])["growth"] == 0


def test_target_gate_is_all_or_nothing() -> None:
    assert points_of("target_gate", [unit("A", s="0.90")])["new_starts"] == 100
    assert points_of("target_gate", [unit("A", s="0.89")])["new_starts"] == 0


def test_minmax_stretches_between_the_worst_and_the_best() -> None:
    units = [unit("A", s="0.7"), unit("B", s="0.6"), unit("C", s="1.0")]
    assert [points_of("minmax_60_40", units, code)["new_starts"] for code in "ABC"] == [70, 60, 100]
    assert points_of("minmax_60_40", [unit("A"), unit("B")])["new_starts"] == 100


def test_point_rules_add_and_take_off_per_point() -> None:
    def gives(s: str, **more: Any) -> Decimal:
        own = next(iter(run("point_rules", [unit("A", s=s)], **more).units)).indicators["new_starts"]
        assert own.points is not None
        return own.weight * own.points / 100

    assert (gives("0.90"), gives("0.95"), gives("0.80")) == (10, 11, 9)
    assert (gives("1.00", plus_per_pp=D(5)), gives("0.50", minus_per_pp=D(5))) == (20, 0)


def test_options_are_off_by_default_and_counted_when_on() -> None:
    units = [unit("A", snail_projects=20, new_major_projects=2), unit("B")]
    plain = {u.unit_code: u for u in run("SAIMA-1", units).units}
    assert plain["A"].score == plain["B"].score and set(plain["A"].deductions) == {"late", "unanswered_queries"}
    snails = {u.unit_code: u for u in run("SAIMA-1", units, snail_points=D("0.3")).units}
    assert snails["A"].deductions["snails"] == 3 and snails["B"].score - snails["A"].score == 3
    bonus = {u.unit_code: u for u in run("SAIMA-1", units, new_major_points=D("0.5")).units}
    assert bonus["A"].deductions["new_major_bonus"] == -1 and bonus["A"].score - bonus["B"].score == 1
    asked = [unit("A", unanswered_share=D("0.5")), unit("B")]
    off = {u.unit_code: u.score for u in run("SAIMA-1", asked, queries_factor=D(0)).units}
    on = {u.unit_code: u.score for u in run("SAIMA-1", asked).units}
    assert off["A"] == off["B"] and on["B"] - on["A"] == 1


@pytest.mark.parametrize("name", POINT_METHODS)
def test_the_score_recomputes_from_what_is_printed(name: str) -> None:
    looked_at = 0
    for line in run(name, [unit("A", workdays_late=1), unit("B", s="0.7"), unit("C", 10_000, 90_000)]).units:
        looked_at += 1
        given = sum((i.weight * i.points for i in line.indicators.values() if i.points is not None), D(0)) / 100
        assert line.score == (given - sum(line.deductions.values(), D(0))).quantize(D("0.01"), rounding="ROUND_HALF_UP")
    assert looked_at, "nothing was looked at"


# groups and explanations


def test_a_group_keeps_the_order_of_the_whole() -> None:
    units = [
        unit("A", s="1.0"),
        unit("B", s="0.9"),
        unit("C", s="0.9"),
        unit("D", s="0.6"),
        replace(unit("E"), state="missing", ytd=None),
    ]
    ranking = run("SAIMA-1", units)
    groups = {"A": "county", "B": "zone", "C": "zone", "D": "zone", "E": "county"}
    assert group_ranks(ranking, groups) == {"A": 1, "B": 1, "C": 1, "D": 3, "E": None}


def test_size_classes_are_thirds_by_base() -> None:
    bases = {"A": D(9), "B": D(8), "C": D(7), "D": D(7), "E": D(1), "F": D(2), "G": None}
    assert size_classes(bases) == {
        "A": "large",
        "B": "large",
        "C": "middle",
        "D": "middle",
        "F": "small",
        "E": "small",
        "G": "small",
    }
    assert size_classes({}) == {}


def test_an_explanation_adds_up_and_speaks_of_overtaking_after_publication_alone() -> None:
    units = [unit("A", s="0.95"), unit("B", s="0.90")]
    ranking, how = run("SAIMA-1", units), method("SAIMA-1")
    told = explain_points(ranking, "B", how, published=True)
    assert told is not None and told.score is not None
    assert sum(c.gives for c in told.contributions) - sum(told.deductions.values()) == pytest.approx(
        told.score, abs=D("0.005")
    )
    assert (told.above, told.rank, [o.indicator for o in told.overtaking]) == ("A", 2, list(OVERTAKES_BY))
    needed = {o.indicator: o.needed for o in told.overtaking}
    assert needed["new_starts"] is not None and needed["new_starts"] > D("0.95")
    better = run("SAIMA-1", [units[0], unit("B", s=str(needed["new_starts"]))])
    assert next(u for u in better.units if u.unit_code == "B").rank == 1
    assert explain_points(ranking, "B", how, published=False).overtaking == ()  # type: ignore[union-attr]
    first = explain_points(ranking, "A", how, published=True)
    assert first is not None and first.above is None and first.overtaking == ()
    assert explain_points(ranking, "X", how, published=True) is None


def test_the_growth_of_a_unit_is_its_own_under_every_method() -> None:
    looked_at = 0
    for name in METHODS:
        looked_at += 1
        own = next(u for u in run(name, [unit("A"), unit("B", ytd=1)]).units if u.unit_code == "A")
        assert own.growth == growth(D(500_000), D(400_000))
        assert set(own.indicators) <= set(INDICATORS)
    assert looked_at, "nothing was looked at"
