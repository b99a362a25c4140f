"""growth_rank: exact comparison, ties, eligibility; the real permits of about 3,030 counties against their truth."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.model.periods import Period
from pipelines.model.programme import Method
from pipelines.model.ranking import CityFigures, UnitInputs
from pipelines.ranking.growth_rank import growth_places, rank

D = Decimal
PERMITS = Path(__file__).parents[4] / "shared" / "realdata" / "building_permits"
METHOD = Method(
    name="growth_rank",
    indicator="permits_value",
    base_source="submission",
    signatures=("statistics",),
    public_ranking=True,
    show_levels=True,
    min_base=D(1_000_000),
)
COUNTRY = CityFigures(None, "全国", "Country", D(0), D(0), None)
MAY = Period(2023, 5)


def unit(code: str, base: int | None, ytd: int | None, **more) -> UnitInputs:
    return UnitInputs(code, code, None if base is None else D(base), None if ytd is None else D(ytd), **more)


def run(units):
    return rank(units, COUNTRY, METHOD, None, MAY)


def test_ranks_by_growth_with_equal_ties_and_says_why_a_unit_is_not_ranked():
    ranking = run(
        [
            unit("f", 3_000_000, 4_000_000),
            unit("a", 9_000_000, 12_000_000),
            unit("b", 2_000_000, 1_000_000),
            unit("c", 999_999, 5_000_000),
            unit("d", None, 5_000_000),
            unit("e", 5_000_000, None, state="missing"),
            unit("g", 0, 7),
        ]
    )
    assert [(u.unit_code, u.rank, u.remarks) for u in ranking.units] == [
        ("a", 1, ("并列",)),
        ("f", 1, ("并列",)),
        ("b", 3, ()),
        ("c", None, ("基数过小",)),
        ("d", None, ("无可比基数",)),
        ("e", None, ("未报",)),
        ("g", None, ("基数过小",)),
    ]
    assert all(set(u.indicators) == {"growth"} and u.score is None for u in ranking.units)
    assert ranking.units[2].growth == D("-0.5") and ranking.units[2].indicators["growth"].weight == 100


def test_growth_is_compared_exactly_not_as_printed():
    """1/3 against a third and one part in 10^18: the same double, another growth."""
    ranking = run([unit("a", 3 * 10**18, 10**18), unit("b", 3 * 10**18, 10**18 + 1)])
    assert [u.unit_code for u in ranking.units] == ["b", "a"]
    assert 10**18 / (3 * 10**18) == (10**18 + 1) / (3 * 10**18)


@settings(max_examples=80, deadline=None, database=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), min_size=1, max_size=25))
def test_rank_is_one_plus_the_number_of_strictly_faster_units(pairs):
    units = [unit(f"{k:03d}", base * 1_000_000, ytd * 1_000_000) for k, (base, ytd) in enumerate(pairs)]
    found = {u.unit_code: u.rank for u in run(units).units}
    for k, (base, ytd) in enumerate(pairs):
        faster = sum(y * base > ytd * b for b, y in pairs)
        assert found[f"{k:03d}"] == 1 + faster


def test_another_unit_of_measure_changes_no_rank():
    units = [unit("a", 3_000_000, 4_000_000), unit("b", 7_000_000, 9_000_000), unit("c", 1_000_000, 0)]
    dollars = replace(METHOD, min_base=D(100))
    scaled = [replace(u, base=u.base / 10000, ytd=u.ytd / 10000) for u in units]
    assert [u.unit_code for u in rank(scaled, COUNTRY, dollars, None, MAY).units] == [
        u.unit_code for u in run(units).units
    ]


@pytest.mark.needs_realdata
@pytest.mark.skipif(not PERMITS.exists(), reason=f"{PERMITS} is absent")
@pytest.mark.slow
@pytest.mark.parametrize("period", ["2023-02", "2023-06"])
def test_real_permits_equal_the_truth(tmp_path, period):
    script = PERMITS / "as_submissions.py"
    subprocess.run([sys.executable, script, period, tmp_path / "files"], check=True, capture_output=True)
    truth = json.loads((tmp_path / f"truth_{period}.json").read_text())
    units = [unit(code, None, None, state="missing") for code in truth["silent"]]
    for file in sorted((tmp_path / "files").glob("*.csv")):
        row = next(csv.DictReader(file.open(encoding="utf-8")))
        base = int(row["ytd_last_year"]) if row["ytd_last_year"] else None
        units.append(unit(row["unit_code"], base, int(row["ytd"])))
    assert len(units) == truth["roster"] > 3000
    start = time.thread_time()
    ranking = rank(units, COUNTRY, METHOD, None, Period.parse(period))
    assert time.thread_time() - start < 3
    ranked = {u.unit_code: u for u in ranking.units if u.rank is not None}
    assert {code: u.rank for code, u in ranked.items()} == truth["rank"]
    assert {code: float(u.growth) for code, u in ranked.items()} == pytest.approx(truth["growth"], abs=1e-12)


def test_places_follow_the_printed_column():
    """The official rate is printed: it places, not C/B*; SAIMA-1 compares as printed, equal figures tie."""
    units = [
        unit("a", 1_000, 1_200, growth_official=D("0.140")),
        unit("b", 1_000, 1_100, growth_official=D("0.159")),
        unit("c", 1_000, 1_116),
        unit("d", 1_000, 1_115, growth_official=D("0.1164")),
    ]
    assert growth_places(units, D(0), as_printed=True) == [
        ("b", 1, False),
        ("a", 2, False),
        ("c", 3, True),
        ("d", 3, True),
    ]
    assert [code for code, _, _ in growth_places(units, D(0), as_printed=False)] == ["b", "a", "d", "c"]
    ranking = rank(units, COUNTRY, replace(METHOD, min_base=D(0)), None, MAY)
    assert [(u.unit_code, u.rank) for u in ranking.units] == [("b", 1), ("a", 2), ("d", 3), ("c", 4)]


def test_late_and_not_corrected_in_time_are_two_words():
    units = [unit("a", 100, 110, late=True), unit("b", 100, 105, late=True, sent_in_time=True)]
    ranking = rank(units, COUNTRY, replace(METHOD, min_base=D(0)), None, MAY)
    assert [u.remarks for u in ranking.units] == [("迟报",), ("逾期未更正",)]
