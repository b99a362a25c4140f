"""The simulated city reproduces what was published and what the golden table says."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.sample.published_facts import JUNE_2021, JUNE_2022, index_of, unit_facts
from pipelines.sample.totals import MANAGED, MANUFACTURING, TOTAL, comparable_base, manufacturing
from pipelines.sample.truth import figures

GOLDEN = Path(__file__).parents[4] / "shared" / "golden" / "ranking_2022-06.csv"


def test_june_sums_to_the_published_totals(world):
    june = figures(world, "2022-06")
    assert june["city"]["ytd"] == 5_400_000
    assert june["city"]["base"] == 4_351_330
    assert round(5_400_000 / june["city"]["base"] - 1, 3) == 0.241
    assert june["city"]["projects"] == 2430


@pytest.mark.skipif(not GOLDEN.exists(), reason="../shared/golden is not beside this checkout")
def test_base_ytd_and_target_of_every_unit_are_the_golden_ones(world, jiaxing):
    june = figures(world, "2022-06")["units"]
    with GOLDEN.open(encoding="utf-8") as file:
        golden = {row["unit_code"]: row for row in csv.DictReader(file)}
    assert june.keys() == golden.keys()
    for code, row in golden.items():
        assert (june[code]["base"], june[code]["ytd"]) == (int(row["base_wan_yuan"]), int(row["ytd_wan_yuan"]))
        assert jiaxing.unit_target(code, 2022) == Decimal(row["annual_target_wan_yuan"])
    for facts in unit_facts():
        assert facts.annual_target == jiaxing.unit_target(facts.unit_code, 2022)


@pytest.mark.skipif(not GOLDEN.exists(), reason="../shared/golden is not beside this checkout")
def test_dispatch_figures_come_near_the_golden_ones(world):
    june = figures(world, "2022-06")["units"]
    with GOLDEN.open(encoding="utf-8") as file:
        golden = list(csv.DictReader(file))
        assert len(golden) == 9
        for row in golden:
            unit = june[row["unit_code"]]
            assert abs(Decimal(unit["m"]) - Decimal(row["major_project_completion"])) < Decimal("0.001")
            assert abs(Decimal(unit["s"]) - Decimal(row["new_start_rate"])) < Decimal("0.005")
            assert abs(Decimal(unit["o"]) - Decimal(row["stage_punctuality"])) < Decimal("0.007")
            assert abs(Decimal(unit["q"]) - Decimal(row["service_closed_in_time"])) < Decimal("0.005")


def test_the_year_ends_at_933_6_and_the_base_year_near_750(world):
    assert figures(world, "2022-12")["city"]["ytd"] == 9_336_000
    base_year = figures(world, "2022-12")["city"]["base"]
    assert abs(base_year - 7_502_293) < 10_000
    june_share = figures(world, "2022-06")["city"]["base"] / base_year
    assert abs(june_share - 0.58) < 0.001


def test_the_library_reaches_178_by_september(world):
    assert figures(world, "2022-09")["city"]["library_ytd"] >= 1_780_000
    assert figures(world, "2022-08")["city"]["library_ytd"] < 1_780_000


def test_lists_count_724_78_and_5(world):
    listed = [p for unit in world.units.values() for p in unit.projects if p.lists]
    assert len(listed) == 724
    library = [p for p in listed if "省重大548" in p.lists]
    found = [p for p in listed if "新排摸" in p.lists]
    assert (len(library), len(found)) == (78, 5)
    assert sum(p.plan for p in library) == 78 * 250_000
    assert all(p.start is not None and p.start <= JUNE_2022 for p in found)
    assert sum(p.start is None or p.start > JUNE_2022 for p in library) == 15
    assert sum(p.stands_in(JUNE_2022) for p in listed) == 640
    assert sum(p.stands_in(JUNE_2022) for p in library) == 60
    assert all(p.plan >= 10_000 for p in listed)
    assert all(p.plan >= 100_000 for p in library + found)
    for unit in world.units.values():
        assert sum("省重大548" in p.lists for p in unit.projects) >= 3


def test_june_by_size_of_project(world):
    sums = {"big": 0, "mid": 0, "small": 0}
    for unit in world.units.values():
        for p in unit.active_projects(JUNE_2022):
            sums[p.size] += p.ytd[JUNE_2022]
            assert p.size == ("big" if p.plan >= 100_000 else "mid" if p.plan >= 10_000 else "small")
    assert [round(sums[size] / 10_000) for size in ("big", "mid", "small")] == pytest.approx([125, 291, 124], abs=2)


def test_the_two_projects_of_the_article(world):
    june = world.rows("project_month", "330481", JUNE_2022)
    jinko = next(row for row in june if str(row["project_name"]).startswith("晶科"))
    phases = [row for row in june if str(row["project_name"]).startswith("晶科")]
    assert jinko["site_code"] == "330481108" and len(phases) == 2
    assert sum(row["plan_total"] for row in phases) == 2_200_000
    zansheng = next(row for row in world.rows("project_month", "330472", JUNE_2022) if "赞昇" in str(row["owner_name"]))
    assert zansheng["plan_total"] == 14_200
    record = next(
        row
        for row in world.rows("dispatch_month", "330472", JUNE_2022)
        if row["project_code"] == zansheng["project_code"]
    )
    assert record["na_flag"] == "供地" and record["land_plan"] is None


def test_total_investment_grows_slower_than_manufacturing(world):
    city = [row for row in world.rows("city_month", "330400", JUNE_2022) if row["area_code"] == "330400"]
    growth = {(row["indicator"], row["scope"]): row["growth_official"] for row in city}
    assert growth[MANUFACTURING, MANAGED] == Decimal("24.10")
    assert 0 < growth[TOTAL, MANAGED] < 16
    level = next(row for row in city if row["indicator"] == MANUFACTURING and row["scope"] == MANAGED)
    assert level["rank_level_province"] == 1


def test_both_partitions_hold_and_the_restated_unit_says_why(world):
    for month in (JUNE_2022, index_of("2022-12")):
        rows = world.rows("city_month", "330400", month)
        for scope, units in (("管理", 9), ("属地", 7)):
            parts = [r for r in rows if r["scope"] == scope and r["area_code"] != "330400"]
            whole = next(
                r
                for r in rows
                if r["scope"] == scope and r["area_code"] == "330400" and r["indicator"] == MANUFACTURING
            )
            assert len(parts) == units
            assert sum(r["ytd"] for r in parts) == whole["ytd"]
            assert sum(r["base"] for r in parts) == whole["base"]
        restated = [r["area_code"] for r in rows if r.get("restatement_reason")]
        assert set(restated) == {"330411"}
    assert world.units["330411"].ytd(JUNE_2021) > comparable_base(world.units, "330411", JUNE_2022) == 455_000
    for facts in unit_facts():
        if facts.unit_code != "330411":
            assert world.units[facts.unit_code].ytd(JUNE_2021) == facts.base


def test_official_rates_agree_with_levels(world, jiaxing):
    looked_at = 0
    for period in jiaxing.calendar.periods("unit_month"):
        looked_at += 1
        for row in world.rows("city_month", "330400", index_of(str(period))):
            exact = (Decimal(row["ytd"]) / Decimal(row["base"]) - 1) * 100
            assert abs(exact - row["growth_official"]) <= Decimal("0.05")
    assert looked_at, "nothing was looked at"


def test_only_the_harbour_is_an_outlier_and_it_explains(world, jiaxing):
    looked_at = 0
    for period in jiaxing.calendar.periods("unit_month"):
        looked_at += 1
        month = index_of(str(period))
        city = figures(world, str(period))["city"]
        for code in world.units:
            ytd, base = manufacturing(world.units, code, month, MANAGED)
            growth, mean = ytd / base - 1, city["ytd"] / city["base"] - 1
            outlier = not -0.5 <= growth <= 1 or abs(growth - mean) > 0.4
            explained = world.rows("unit_month", code, month)[0].get("explanation")
            assert outlier == bool(explained)
            assert not outlier or (code == "330472" and len(str(explained)) >= 20)
        if str(period) == "2022-06":
            assert world.rows("unit_month", "330472", month)[0]["explanation"]
    assert looked_at, "nothing was looked at"
