"""Reporting periods: months, quarters, ISO weeks, years and single days (events), each named by its text.

Amounts of monthly forms are year-to-date cumulative, so a period is named by its last month (domain.md §0.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

PeriodKind = Literal["month", "quarter", "week", "year", "event"]
"""`event`: the day on which something that follows no calendar took place, such as a survey round or a reply."""
CUMULATIVE: tuple[PeriodKind, ...] = ("month", "quarter")
"""Kinds whose amounts run from January to the end of the period, so that they can be ranked."""
SPELLINGS: dict[PeriodKind, str] = {
    "month": "2022-06",
    "quarter": "2022-Q2",
    "week": "2022-W26",
    "year": "2022",
    "event": "2022-06-15",
}
"""How a period of each kind is written; texts of one kind sort as time does."""
_PATTERNS: tuple[tuple[PeriodKind, re.Pattern[str]], ...] = (
    ("month", re.compile(r"\A(\d{4})-(0[1-9]|1[0-2])\Z", re.ASCII)),
    ("quarter", re.compile(r"\A(\d{4})-Q([1-4])\Z", re.ASCII)),
    ("week", re.compile(r"\A(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])\Z", re.ASCII)),
    ("year", re.compile(r"\A(\d{4})\Z", re.ASCII)),
    ("event", re.compile(r"\A(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)),
)


@dataclass(frozen=True, order=True)
class Period:
    """A period, written as SPELLINGS show. `year` and `month` say where it ends (of a week: where its Thursday lies, which is
    what gives an ISO week its year); `number` is the week of the year or the day of the month, 0 for the other kinds.
    Periods of one kind are ordered as time is."""

    year: int
    month: int
    number: int = 0
    kind: PeriodKind = "month"

    @classmethod
    def parse(cls, text: str) -> Period:
        """`2022-06` → Period(2022, 6); the other kinds as SPELLINGS show. Raises ValueError for anything else."""
        return _parsed(text)

    @classmethod
    def of_day(cls, day: date, kind: PeriodKind) -> Period:
        """The period of this kind that holds the day."""
        if kind == "month":
            return cls(day.year, day.month)
        if kind == "quarter":
            return cls(day.year, (day.month + 2) // 3 * 3, kind=kind)
        if kind == "year":
            return cls(day.year, 12, kind=kind)
        if kind == "event":
            return cls(day.year, day.month, day.day, kind)
        iso = day.isocalendar()
        return cls(iso.year, date.fromisocalendar(iso.year, iso.week, 4).month, iso.week, kind)

    def shift(self, count: int) -> Period:
        """The period `count` later (earlier when negative)."""
        if self.kind in ("week", "event"):
            return Period.of_day(self.last_day + timedelta(days=count * (7 if self.kind == "week" else 1)), self.kind)
        months = count * {"month": 1, "quarter": 3, "year": 12}[self.kind]
        years, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Period(years, month + 1, kind=self.kind)

    @property
    def first_day(self) -> date:
        if self.kind == "week":
            return date.fromisocalendar(self.year, self.number, 1)
        if self.kind == "event":
            return date(self.year, self.month, self.number)
        return date(self.year, self.month - {"month": 0, "quarter": 2, "year": 11}[self.kind], 1)

    @property
    def last_day(self) -> date:
        if self.kind == "week":
            return date.fromisocalendar(self.year, self.number, 7)
        if self.kind == "event":
            return self.first_day
        years, month = divmod(self.year * 12 + self.month, 12)
        return date(years, month + 1, 1) - timedelta(days=1)

    @property
    def ends_in(self) -> Period:
        """The month it ends in, for what is valid from a month on (rules, units)."""
        return self if self.kind == "month" else Period(self.year, self.month)

    @property
    def same_month_last_year(self) -> Period:
        return replace(self, year=self.year - 1)

    def __str__(self) -> str:
        if self.kind == "month":
            return f"{self.year:04d}-{self.month:02d}"
        if self.kind == "quarter":
            return f"{self.year:04d}-Q{self.month // 3}"
        if self.kind == "week":
            return f"{self.year:04d}-W{self.number:02d}"
        return f"{self.year:04d}" if self.kind == "year" else self.first_day.isoformat()


def _of(kind: PeriodKind, text: str, year: int, *rest: int) -> Period:
    try:
        if kind == "month":
            return Period(year, rest[0])
        if kind == "quarter":
            return Period(year, 3 * rest[0], kind=kind)
        if kind == "week":
            return Period.of_day(date.fromisocalendar(year, rest[0], 4), kind)
        return Period(year, 12, kind=kind) if kind == "year" else Period.of_day(date(year, *rest), kind)
    except ValueError as error:
        raise ValueError(f"not a period: {text!r}; {error}") from error


@lru_cache(maxsize=1_024)
def _parsed(text: str) -> Period:
    for kind, pattern in _PATTERNS:
        match = pattern.match(text)
        if match:
            return _of(kind, text, *(int(part) for part in match.groups()))
    raise ValueError(f"not a period: {text!r}; write YYYY-MM, for example 2022-06")
