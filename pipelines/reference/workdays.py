"""Chinese working days: public holidays and 调休 days as the State Council announces them each autumn.

Source: package `chinesecalendar` (MIT), whose tables transcribe the announcements of 国务院办公厅; the tests compare it
with `realdata/codes/holiday_cn` for 2020–2026. A year that is not announced yet is provisional: weekends and the statutory
holidays (全国年节及纪念日放假办法 as revised on 10 November 2024) are free, 调休 is not guessed. A programme enters an
announcement that is newer than the package in its own `workdays.csv`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from chinese_calendar import get_solar_terms, holidays, workdays

from ..model.calendar import Workdays

LUNAR: Mapping[int, tuple[str, str, str]] = {
    2027: ("02-06", "06-09", "09-15"),
    2028: ("01-26", "05-28", "10-03"),
    2029: ("02-13", "06-16", "09-22"),
    2030: ("02-03", "06-05", "09-12"),
    2031: ("01-23", "06-24", "10-01"),
    2032: ("02-11", "06-12", "09-19"),
    2033: ("01-31", "06-01", "09-08"),
    2034: ("02-19", "06-20", "09-27"),
    2035: ("02-08", "06-10", "09-16"),
}
"""春节 (first day), 端午, 中秋 by year, where no announcement is known; lunar dates are astronomy, not policy."""
COMPUTED_YEARS = 9


def chinese_workdays(overrides: Mapping[date, bool] | None = None) -> Workdays:
    """All years the package knows and those after as computed; `overrides` (day → worked?) announce their years."""
    days = dict.fromkeys(holidays, False)
    days.update((day, True) for day in workdays)
    known_until = max(day.year for day in holidays)
    computed = {
        day: False
        for year in range(known_until + 1, known_until + 1 + COMPUTED_YEARS)
        for day in statutory_holidays(year)
    }
    announced = Workdays(days, known_until, computed)
    given = overrides or {}
    return announced.with_announcements(given, {day.year for day in given}) if given else announced


def statutory_holidays(year: int) -> Iterator[date]:
    """The days that are free by law, before any 调休: 元旦, 春节 (除夕 to 初三), 清明, 劳动节, 端午, 中秋, 国庆."""
    yield date(year, 1, 1)
    yield from (day for day, term in get_solar_terms(date(year, 4, 3), date(year, 4, 7)) if term == "清明")
    yield from (date(year, 5, 1), date(year, 5, 2))
    yield from (date(year, 10, n) for n in (1, 2, 3))
    if year in LUNAR:
        spring, dragon_boat, mid_autumn = (date.fromisoformat(f"{year}-{text}") for text in LUNAR[year])
        yield from (spring + timedelta(days=n) for n in range(-1, 3))
        yield dragon_boat
        yield mid_autumn
