"""Chinese working days against the announcements of the State Council."""

from __future__ import annotations

import json
import pickle
from datetime import date
from pathlib import Path

import pytest

from pipelines.reference.workdays import chinese_workdays

HOLIDAYS = Path(__file__).resolve().parents[4] / "shared/realdata/codes/holiday_cn"


def test_national_day_and_the_saturday_worked_for_it() -> None:
    days = chinese_workdays()
    assert not days.is_workday(date(2021, 10, 7))
    assert days.is_workday(date(2021, 10, 9)), "Saturday 9 October 2021 was worked"
    assert days.is_workday(date(2022, 10, 9)), "Sunday 9 October 2022 was worked"
    assert not days.is_workday(date(2022, 7, 10))
    assert days.add(date(2022, 7, 10), 1) == date(2022, 7, 11)


def test_years_without_announcement_are_provisional() -> None:
    days = chinese_workdays()
    assert not days.provisional(2022)
    assert days.provisional(days.known_until + 1)
    new_year = date(days.known_until + 1, 1, 1)
    announced = chinese_workdays({new_year: False})
    assert not announced.provisional(new_year.year)
    assert not announced.is_workday(new_year)


def test_overrides_win_and_the_value_travels_to_child_processes() -> None:
    days = chinese_workdays({date(2022, 7, 11): False})
    assert days.add(date(2022, 7, 10), 1) == date(2022, 7, 12)
    assert pickle.loads(pickle.dumps(days)) == days


@pytest.mark.needs_realdata
@pytest.mark.parametrize("year", range(2020, 2027))
def test_agrees_with_an_independent_transcription(year: int) -> None:
    if not HOLIDAYS.is_dir():
        pytest.skip(f"{HOLIDAYS} is absent")
    announced = json.loads((HOLIDAYS / f"{year}.json").read_text(encoding="utf-8"))["days"]
    assert announced, "the transcription of the year is empty"
    days = chinese_workdays()
    wrong = [d["date"] for d in announced if days.is_workday(date.fromisoformat(d["date"])) == d["isOffDay"]]
    assert wrong == []
