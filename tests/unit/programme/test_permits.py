"""The US permits programme: codes alone identify its counties, and its roster is the real one month by month."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.model.periods import Period
from pipelines.model.programme import Programme

PERMITS_DATA = Path(__file__).resolve().parents[4] / "shared/realdata/building_permits"
BAYLOR = "48023"


def test_a_name_that_several_counties_bear_identifies_none(permits: Programme) -> None:
    assert sum(unit.name == "Washington County" for unit in permits.roster.units) > 20
    assert permits.roster.find("Washington County") is None
    assert permits.roster.find_in("Washington County, June 2023") is None
    assert permits.roster.find("01129").name == "Washington County"
    assert permits.roster.find("autauga county").code == "01001"


def test_one_county_leaves_after_february_2023(permits: Programme) -> None:
    february, march = ({u.code for u in permits.roster.ranked_at(Period(2023, m))} for m in (2, 3))
    assert february - march == {BAYLOR}
    assert march - february == set()


def test_january_is_reported_and_nothing_is_frozen(permits: Programme) -> None:
    periods = permits.calendar.periods("unit_month")
    assert (periods[0], periods[-1], len(periods)) == (Period(2022, 1), Period(2023, 6), 18)
    assert permits.calendar.is_first_of_year("unit_month", Period(2023, 1))
    for row in permits.calendar.rows:
        assert row.freeze is row.city_audit_due is row.publish is None
    due = permits.calendar.row("unit_month", Period(2023, 6)).county_due.astimezone(ZoneInfo("America/New_York"))
    assert f"{due:%Y-%m-%d %H:%M}" == "2023-07-10 18:00"


def test_chinese_holidays_do_not_apply(permits: Programme) -> None:
    row = permits.calendar.row("unit_month", Period(2022, 9))
    assert row.open.date().day == 3
    assert not permits.calendar.workdays.provisional(2100)


def test_method(permits: Programme) -> None:
    method = permits.method
    assert (method.name, method.base_source, method.min_base) == ("growth_rank", "submission", 1_000_000)
    assert method.signatures == ("statistics",)
    assert permits.scored_forms == ("unit_month",)
    assert {i.code: i.measure for i in permits.forms["unit_month"].indicators} == {
        "permits_value": "USD",
        "permits_units": "dwellings",
    }
    assert not permits.forms["unit_month"].partial


@pytest.mark.needs_realdata
@pytest.mark.parametrize("period", [Period(2022, 1).shift(n) for n in range(18)], ids=str)
def test_the_roster_is_the_real_one(permits: Programme, period: Period) -> None:
    if not PERMITS_DATA.is_dir():
        pytest.skip(f"{PERMITS_DATA} is absent")
    spec = importlib.util.spec_from_file_location("as_submissions", PERMITS_DATA / "as_submissions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    real = set(module.read_month(PERMITS_DATA / f"raw/co{period.year % 100:02d}{period.month:02d}c.txt"))
    # Two counties are absent from the files of February to May 2022 alone; a unit has one span of validity.
    away = {"02158", "21115"} if Period(2022, 2) <= period <= Period(2022, 5) else set()
    assert {unit.code for unit in permits.roster.ranked_at(period)} == real | away
