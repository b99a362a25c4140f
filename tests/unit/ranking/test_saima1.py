"""SAIMA-1: the golden table to the printed digit, the amendments of domain_decisions §4, and its properties."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import Refused
from pipelines.model.periods import Period
from pipelines.model.programme import Method, ScoredIndicator
from pipelines.model.ranking import INDICATORS, CityFigures, Ranking, Ratio, UnitInputs
from pipelines.ranking import rank
from pipelines.ranking.scored import rank as saima1

D = Decimal
GOLDEN_FILE = Path(__file__).parents[4] / "shared" / "golden" / "ranking_2022-06.csv"
JUNE = Period(2022, 6)
SHARE = D("0.58")

# code, name, base, ytd, target, m, s, o, q, workdays late | growth, ĝ, pull, t, score, rank
GOLDEN = """
330402 南湖区 420000 512400 860000 1.02 0.9 0.88 0.97 0 | 0.220000 0.222154 2.123489 1.027265 81.89 4
330411 秀洲区 455000 527800 900000 0.95 0.85 0.9 0.95 0 | 0.160000 0.167730 1.673052 1.011111 77.25 6
330421 嘉善县 520000 598000 1040000 0.99 0.92 0.86 0.96 0 | 0.150000 0.157690 1.792555 0.991379 77.46 5
330424 海盐县 480000 537600 960000 0.9 0.8 0.8 0.92 0 | 0.120000 0.131000 1.323733 0.965517 70.74 7
330481 海宁市 760000 1162800 1700000 1.25 0.95 0.93 0.99 0 | 0.530000 0.512832 9.256940 1.179310 96.59 2
330482 平湖市 610000 664900 1200000 0.88 0.82 0.84 0.94 0 | 0.090000 0.101015 1.261683 0.955316 68.35 8
330483 桐乡市 700000 861000 1450000 1.05 0.91 0.9 0.97 0 | 0.230000 0.230706 3.700018 1.023781 82.87 3
330471 经开区 260000 247000 480000 0.72 0.7 0.75 0.9 2 | -0.050000 -0.004649 -0.298759 0.887213 56.13 9
330472 港区 146330 288500 410000 1.3 1.0 0.95 1.0 0 | 0.971571 0.791118 3.267277 1.213204 97.47 1
"""
COLUMNS = (
    "unit_code",
    "unit_name",
    "base_wan_yuan",
    "ytd_wan_yuan",
    "annual_target_wan_yuan",
    "major_project_completion",
    "new_start_rate",
    "stage_punctuality",
    "service_closed_in_time",
    "workdays_late",
    "growth",
    "shrunk_growth",
    "pull_pp",
    "schedule_completion",
    "score",
    "rank",
)

METHOD = Method(
    name="SAIMA-1",
    indicator="manufacturing_investment",
    base_source="bureau",
    signatures=("statistics", "dispatch"),
    public_ranking=True,
    show_levels=True,
    indicators=tuple(
        ScoredIndicator(key, key, key, D(weight), D(lo), D(mid), D(hi))
        for key, weight, lo, mid, hi in (
            ("growth", 30, "-0.10", "0.16", "0.40"),
            ("excess_pull", 15, "-27", "0", "45"),
            ("schedule_completion", 15, "0.70", "1.00", "1.20"),
            ("major_projects", 15, "0.60", "1.00", "1.30"),
            ("new_starts", 10, "0.60", "0.90", "1.00"),
            ("stage_punctuality", 10, "0.60", "0.90", "1.00"),
            ("service", 5, "0.80", "0.95", "1.00"),
        )
    ),
)
CITY = CityFigures("330400", "全市", "Whole city", D(5400000), D(4351330), D(5400000) / D(4351330) - 1)


def whole(value: str) -> Ratio:
    return Ratio(D(value), D(1))


def golden_rows() -> list[dict[str, str]]:
    return [dict(zip(COLUMNS, line.replace("|", "").split(), strict=True)) for line in GOLDEN.strip().splitlines()]


def inputs(row: dict[str, str]) -> UnitInputs:
    return UnitInputs(
        unit_code=row["unit_code"],
        name=row["unit_name"],
        base=D(row["base_wan_yuan"]),
        ytd=D(row["ytd_wan_yuan"]),
        annual_target=D(row["annual_target_wan_yuan"]),
        major_projects=whole(row["major_project_completion"]),
        new_starts=whole(row["new_start_rate"]),
        stage_punctuality=whole(row["stage_punctuality"]),
        service=whole(row["service_closed_in_time"]),
        workdays_late=int(row["workdays_late"]),
        late=int(row["workdays_late"]) > 0,
    )


GOLDEN_NAMES = [row["unit_name"] for row in golden_rows()]
UNITS = [inputs(row) for row in golden_rows()]


def run(units: Sequence[UnitInputs], city: CityFigures = CITY, period: Period = JUNE) -> Ranking:
    return saima1(units, city, METHOD, SHARE, period)


def line(ranking: Ranking, code: str):
    return next(u for u in ranking.units if u.unit_code == code)


def printed(value: Decimal | None, places: str) -> str:
    assert value is not None
    return str(value.quantize(D(places), rounding=ROUND_HALF_UP))


def assert_golden(rows: list[dict[str, str]]) -> None:
    ranking = run([inputs(row) for row in rows])
    assert len(rows) == 9
    assert [u.rank for u in ranking.units] == list(range(1, 10))
    for row in rows:
        unit = line(ranking, row["unit_code"])
        assert {
            "growth": printed(unit.growth, "0.000001"),
            "shrunk_growth": printed(unit.shrunk_growth, "0.000001"),
            "pull_pp": printed(unit.pull_pp, "0.000001"),
            "schedule_completion": printed(unit.schedule_completion, "0.000001"),
            "score": str(unit.score),
            "rank": str(unit.rank),
        } == {key: row[key] for key in COLUMNS[-6:]}


def test_golden_table_to_the_printed_digit():
    assert_golden(golden_rows())


@pytest.mark.skipif(not GOLDEN_FILE.exists(), reason=f"{GOLDEN_FILE} is absent")
def test_golden_file_to_the_printed_digit():
    with GOLDEN_FILE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows == golden_rows()
    assert_golden(rows)


def efficacy(x: Decimal, lo: Decimal, mid: Decimal, hi: Decimal) -> Decimal:
    raw = 40 + 40 * (x - lo) / (mid - lo) if x <= mid else 80 + 20 * (x - mid) / (hi - mid)
    return min(max(raw, D(40)), D(100))


def recomputed(ranking: Ranking) -> None:
    """From what is printed alone: value → points by the anchors, points and weights → score, scores → order."""
    anchors = {a.key: a for a in ranking.anchors}
    for unit in ranking.units:
        assert list(unit.indicators) == list(INDICATORS)
        if unit.score is None:
            continue
        assert sum(i.weight for i in unit.indicators.values()) == 100
        total = D(0)
        for key, indicator in unit.indicators.items():
            if indicator.value is None:
                assert indicator.points is None and indicator.weight == 0
                continue
            a = anchors[key]
            floored = unit.inputs.ytd == 0 and key in ("growth", "excess_pull")
            expected = D(40) if floored else efficacy(indicator.value, a.lo, a.mid, a.hi)
            assert abs(indicator.points - expected) <= D("0.0000005")
            total += indicator.weight * indicator.points
        total = total / 100 - sum(unit.deductions.values())
        assert unit.score == total.quantize(D("0.01"), rounding=ROUND_HALF_UP)
    ranked = [u for u in ranking.units if u.rank is not None]
    assert ranking.units[: len(ranked)] == tuple(ranked)
    assert [u.score for u in ranked] == sorted((u.score for u in ranked), reverse=True)


def test_printed_table_recomputes_from_its_printed_inputs():
    recomputed(run(UNITS))


def test_excess_pull_is_scored_in_points_with_anchors_per_unit():
    ranking = run(UNITS)
    pull = next(a for a in ranking.anchors if a.key == "excess_pull")
    assert (pull.lo, pull.mid, pull.hi) == (-3, 0, 5)
    # 港区: (288500 − 146330 − 146330 × 24.09998 %) / 4351330
    assert printed(line(ranking, "330472").indicators["excess_pull"].value, "0.0001") == "2.4568"


def test_missing_unit_moves_nobody_and_has_no_rank():
    gone = [replace(u, state="missing", ytd=None) if u.unit_code == "330472" else u for u in UNITS]
    before, after = run(UNITS), run(gone)
    assert {u.unit_code: u.score for u in after.units if u.score is not None} == {
        u.unit_code: u.score for u in before.units if u.unit_code != "330472"
    }
    last = after.units[-1]
    assert (last.unit_code, last.rank, last.remarks) == ("330472", None, ("未报",))
    assert [u.rank for u in after.units[:-1]] == list(range(1, 9)) and after.ranked_count == 8


def test_rejected_late_and_unanswered():
    ranking = run(
        [
            replace(UNITS[0], state="rejected"),
            replace(UNITS[1], workdays_late=9, late=True, unanswered_share=D("0.25")),
            replace(UNITS[2], workdays_late=0, late=True, unanswered_share=D(1)),
            *UNITS[3:],
        ]
    )
    assert line(ranking, "330402").remarks == ("审核未通过",) and line(ranking, "330402").rank is None
    assert line(ranking, "330411").deductions == {"late": D(2), "unanswered_queries": D("0.5")}
    assert line(ranking, "330421").deductions == {"late": D(0), "unanswered_queries": D(2)}
    assert line(ranking, "330421").remarks == ("迟报",)
    recomputed(ranking)


def test_not_applicable_weight_is_spread_and_sums_to_100():
    unit = replace(UNITS[0], major_projects=None, new_starts=Ratio(D(0), D(0)))
    ranking = run([unit, *UNITS[1:]])
    shown = line(ranking, "330402").indicators
    assert shown["major_projects"].value is None and shown["new_starts"].weight == 0
    assert shown["growth"].weight == D("40") and shown["service"].weight == D("6.666667")
    recomputed(ranking)


def test_small_base_drops_growth_and_pull():
    """M = 480,000, so a base under 48,000 says nothing about growth."""
    ranking = run([replace(UNITS[8], base=D(47999), ytd=D(300000)), *UNITS[:8]])
    tiny = line(ranking, "330472")
    assert tiny.indicators["growth"].value is None and tiny.indicators["excess_pull"].points is None
    assert "基数过小" in tiny.remarks and tiny.score is not None
    at_limit = line(run([replace(UNITS[8], base=D(48000), ytd=D(300000)), *UNITS[:8]]), "330472")
    assert at_limit.indicators["growth"].value is not None
    recomputed(ranking)


@pytest.mark.parametrize("base", ["0", "30000", "146330", "760000"])
def test_nothing_done_scores_40_on_growth_and_pull(base):
    """Whatever the base: no unit is scored at the city's rate for doing nothing (growth −100 %, base 0)."""
    ranking = run([replace(UNITS[8], base=D(base), ytd=D(0)), *UNITS[:8]])
    idle = line(ranking, "330472")
    assert [idle.indicators[k].points for k in ("growth", "excess_pull", "schedule_completion")] == [40, 40, 40]
    assert idle.growth == (-1 if base != "0" else None)
    recomputed(ranking)


def test_without_base_growth_and_pull_drop_out():
    unit = line(run([replace(UNITS[0], base=None), *UNITS[1:]]), "330402")
    assert unit.indicators["growth"].weight == 0 and "无可比基数" in unit.remarks and unit.score is not None


def test_before_april_the_edition_ranks_by_growth_alone():
    ranking = run(UNITS, period=Period(2022, 3))
    assert ranking.basis == "growth"
    assert [u.name for u in ranking.units] == [GOLDEN_NAMES[k] for k in (8, 4, 6, 0, 1, 2, 3, 5, 7)]
    assert all(list(u.indicators) == list(INDICATORS) and u.score is None for u in ranking.units)
    assert ranking.units[0].indicators["growth"].weight == 100
    assert run(UNITS, period=Period(2022, 4)).basis == "score"


def test_ties_share_a_rank_and_the_next_is_skipped():
    twin = replace(UNITS[4], unit_code="330499", name="孪生")
    ranking = run([*UNITS, twin])
    assert [(u.unit_code, u.rank) for u in ranking.units[:4]] == [
        ("330472", 1),
        ("330481", 2),
        ("330499", 2),
        ("330483", 4),
    ]
    assert ranking.units[1].remarks == ("并列",) and ranking.units[0].remarks == ()


def test_equal_scores_are_told_apart_by_schedule_then_official_growth_then_gain_then_major_projects():
    """Above the hi anchors everything scores 100, so only the tie rule separates."""
    best = replace(
        UNITS[8],
        new_starts=whole("1"),
        stage_punctuality=whole("1"),
        service=whole("1"),
        base=D(600000),
        ytd=D(1800000),
        annual_target=D(1000000),
        growth_official=D(2),
    )
    a = replace(best, unit_code="330491", annual_target=D(900000))
    b = replace(best, unit_code="330492", growth_official=D("2.1"))
    c = replace(best, unit_code="330493", base=D(590000))
    d = replace(best, unit_code="330494", major_projects=whole("1.4"))
    e = replace(best, unit_code="330490")
    ranking = run([e, d, c, b, a])
    assert {u.score for u in ranking.units} == {D("100.00")}
    assert [u.unit_code for u in ranking.units] == ["330491", "330492", "330493", "330494", "330490"]
    assert [u.rank for u in ranking.units] == [1, 2, 3, 4, 5]


def test_city_figures_are_compulsory():
    with pytest.raises(Refused, match="city_month"):
        run(UNITS, city=replace(CITY, base=None))


def test_the_method_of_the_programme_decides():
    assert rank(UNITS, CITY, METHOD, SHARE, JUNE) == run(UNITS)
    assert rank(UNITS, CITY, replace(METHOD, name="growth_rank"), SHARE, JUNE).method == "growth_rank"


amount = st.integers(0, 20_000_000).map(lambda n: D(n) / 10)
share = st.integers(0, 200).map(lambda n: D(n) / 100)


@st.composite
def cohorts(draw) -> list[UnitInputs]:
    n = draw(st.integers(2, 12))
    return [
        UnitInputs(
            unit_code=f"3304{k:02d}",
            name=f"单位{k}",
            base=draw(st.one_of(amount, st.none())),
            ytd=draw(amount),
            annual_target=draw(st.one_of(amount, st.none())),
            growth_official=draw(st.one_of(share, st.none())),
            major_projects=draw(st.one_of(st.none(), share.map(lambda x: Ratio(x, D(1))))),
            new_starts=draw(st.one_of(st.none(), share.map(lambda x: Ratio(x, D(1))))),
            stage_punctuality=Ratio(D(draw(st.integers(0, 9))), D(draw(st.integers(0, 9)))),
            service=draw(st.one_of(st.none(), share.map(lambda x: Ratio(x, D(1))))),
            workdays_late=draw(st.integers(0, 6)),
            unanswered_share=draw(st.integers(0, 7)) / D(7),
            state=draw(st.sampled_from(["scored"] * 6 + ["missing", "rejected"])),
        )
        for k in range(n)
    ]


def scores(ranking: Ranking) -> dict[str, tuple[Decimal | None, int | None]]:
    return {u.unit_code: (u.score, u.rank) for u in ranking.units}


quick = settings(max_examples=60, deadline=None, database=None)


@quick
@given(cohorts())
def test_any_table_recomputes_and_ranks_are_competition_ranks(units):
    ranking = run(units)
    recomputed(ranking)
    ranked = [u for u in ranking.units if u.rank is not None]
    for u in ranked:
        same = [v for v in ranked if v.rank == u.rank]
        assert u.rank == 1 + sum(v.rank < u.rank for v in ranked)
        assert ("并列" in u.remarks) == (len(same) > 1)
        assert [v.unit_code for v in same] == sorted(v.unit_code for v in same)


@quick
@given(cohorts(), st.randoms())
def test_order_of_the_units_does_not_matter(units, random):
    shuffled = list(units)
    random.shuffle(shuffled)
    assert run(shuffled) == run(units)


@quick
@given(cohorts(), amount, st.sampled_from(["scored", "missing", "rejected"]))
def test_other_units_do_not_move_a_score(units, ytd, state):
    other = [replace(units[0], ytd=ytd, state=state), *units[1:]]
    before, after = scores(run(units)), scores(run(other))
    assert [before[u.unit_code][0] for u in units[1:]] == [after[u.unit_code][0] for u in units[1:]]


@quick
@given(cohorts())
def test_scores_are_the_same_in_yi_yuan(units):
    def yi(x):
        return None if x is None else x / 10000

    small = [replace(u, base=yi(u.base), ytd=yi(u.ytd), annual_target=yi(u.annual_target)) for u in units]
    city = replace(CITY, ytd=yi(CITY.ytd), base=yi(CITY.base))
    assert scores(run(small, city)) == scores(run(units))


@quick
@given(cohorts(), amount)
def test_more_investment_never_lowers_the_score(units, extra):
    units[0] = replace(units[0], state="scored", base=units[0].base or D(900000))
    more = [replace(units[0], ytd=units[0].ytd + extra), *units[1:]]
    before, after = line(run(units), "330400").score, line(run(more), "330400").score
    assert before <= after


@quick
@given(cohorts(), share, share, st.sampled_from(["major_projects", "new_starts", "stage_punctuality", "service"]))
def test_a_better_indicator_never_lowers_the_score(units, low, extra, key):
    units[0] = replace(units[0], state="scored", **{key: Ratio(low, D(1))})
    better = [replace(units[0], **{key: Ratio(low + extra, D(1))}), *units[1:]]
    before, after = line(run(units), "330400").score, line(run(better), "330400").score
    assert before <= after


def test_a_single_unanswered_query_costs_what_the_programme_says():
    """One of 500 rows: its share alone would be 0.004 points; `queries_each` makes it 0.2, up to the cap."""
    method = replace(METHOD, queries_each=D("0.2"))
    units = [
        replace(UNITS[1], unanswered_share=D("0.002"), unanswered_queries=1, data_rows=500),
        replace(UNITS[2], unanswered_share=D("0.1"), unanswered_queries=50, data_rows=500),
    ]
    ranking = saima1(units, CITY, method, SHARE, JUNE)
    assert line(ranking, units[0].unit_code).deductions["unanswered_queries"] == D("0.2")
    assert line(ranking, units[1].unit_code).deductions["unanswered_queries"] == method.queries_cap
