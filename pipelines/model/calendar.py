"""Working days and the reporting calendar. Deadlines are a table, not a formula (domain.md §0.6, domain_decisions §3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from .periods import Period

DEFAULT_TIME_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Workdays:
    """Working days: Monday to Friday, but for the overrides (holidays False, 调休 Saturdays and Sundays True).

    `known_until`: last year whose holidays are announced; None where no announcement is awaited (plain weekdays).
    `computed`: what the law alone gives for the years after, until they are announced.
    """

    overrides: Mapping[date, bool]
    known_until: int | None = None
    computed: Mapping[date, bool] = field(default_factory=dict)

    def with_announcements(self, days: Mapping[date, bool], years: Collection[int]) -> Workdays:
        """These days over the known ones; `years` are announced by them."""
        known = self.known_until if self.known_until is None else max(self.known_until, *years, self.known_until)
        return Workdays({**self.overrides, **days}, known, self.computed)

    def provisional(self, year: int) -> bool:
        """The holidays of the year are not announced yet: its working days may still change."""
        return self.known_until is not None and year > self.known_until

    def is_workday(self, day: date) -> bool:
        week = day.weekday() < 5
        return self.overrides.get(day, self.computed.get(day, week) if self.provisional(day.year) else week)

    def add(self, day: date, workdays: int) -> date:
        """The n-th working day after (before, when negative) `day`; `day` itself is not counted."""
        step = timedelta(days=1 if workdays >= 0 else -1)
        left = abs(workdays)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days in (start, end]; 0 when end ≤ start."""
        days = (end - start).days
        return sum(self.is_workday(start + timedelta(days=n)) for n in range(1, days + 1))


@dataclass(frozen=True)
class CalendarRow:
    """The dates of one form in one period; all instants aware, in UTC."""

    form: str
    period: Period
    open: datetime
    county_due: datetime
    city_audit_due: datetime | None = None
    freeze: datetime | None = None
    publish: datetime | None = None
    official_release: datetime | None = None


_REPORTS_FROM = 2
"""The latest month that a year of returns begins with: February, which is January and February."""


@dataclass(frozen=True)
class ReportingCalendar:
    """Which form is due for which period, and when."""

    rows: tuple[CalendarRow, ...]
    workdays: Workdays
    time_zone: str = DEFAULT_TIME_ZONE
    _by_key: dict[tuple[str, Period], CalendarRow] = field(init=False, repr=False, compare=False)
    _periods: dict[str, tuple[Period, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {(r.form, r.period): r for r in self.rows})
        forms = {r.form for r in self.rows}
        object.__setattr__(
            self, "_periods", {f: tuple(sorted(r.period for r in self.rows if r.form == f)) for f in forms}
        )

    def row(self, form: str, period: Period) -> CalendarRow | None:
        return self._by_key.get((form, period))

    def periods(self, form: str) -> tuple[Period, ...]:
        return self._periods.get(form, ())

    def previous(self, form: str, period: Period) -> Period | None:
        """The reporting period before this one (March → February, February → December of the year before)."""
        earlier = [p for p in self.periods(form) if p < period]
        return earlier[-1] if earlier else None

    def first_of_year(self, form: str, year: int) -> Period | None:
        months = [p for p in self.periods(form) if p.year == year]
        return months[0] if months else None

    def is_first_of_year(self, form: str, period: Period) -> bool:
        return self.first_of_year(form, period.year) == period

    def opens_year(self, form: str, period: Period) -> bool:
        """Whether the figure of this period itself is its year to date: January, February where January is not reported
        (domain.md §0.3), the first quarter. A calendar that begins later in a year holds months that nobody reported."""
        return self.is_first_of_year(form, period) and period.first_day.month <= _REPORTS_FROM

    def workdays_late(self, due: datetime, arrived_at: datetime) -> int:
        """Working days after the due *date* up to the arrival date; 0 for the evening of the due day (decisions §3)."""
        zone = ZoneInfo(self.time_zone)
        return self.workdays.between(due.astimezone(zone).date(), arrived_at.astimezone(zone).date())


def local_text(moment: datetime | None, time_zone: str) -> str:
    """An instant as people of the place write it, to the minute; '' for none."""
    return f"{moment.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M}" if moment else ""


def utc(moment: datetime, time_zone: str) -> datetime:
    """An instant in UTC; a naive one is read in the programme's zone, which nobody may forget to name."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(time_zone))
    return moment.astimezone(UTC)
