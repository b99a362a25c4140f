"""Moments, days and periods as people type them, in a command or in a form of a page: one reading of each, one refusal."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

from ..errors import Terminal
from .calendar import utc
from .periods import Period

YEARS = range(1900, 3000)
"""What a clock of an office shows: near the ends of the calendar a moment has no equal in another zone, and no day before or after."""


def typed_moment(text: str) -> datetime:
    """`2022-07-18T12:05`, with a zone or without one; Terminal with the remedy for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Terminal(f"不是时间：{text}", f"not a moment: {text}", "写成 / write it like 2022-07-18T12:05") from error
    if moment.year not in YEARS:
        raise Terminal(
            f"年份不在 {YEARS[0]}—{YEARS[-1]} 之内：{text}",
            f"the year is outside {YEARS[0]}–{YEARS[-1]}: {text}",
            "写成 / write it like 2022-07-18T12:05",
        )
    return moment


def typed_instant(text: str, time_zone: str) -> datetime | None:
    """The instant in UTC of what was typed in the programme's zone; None where nothing was typed."""
    return utc(typed_moment(text), time_zone) if text else None


def typed_day(text: str | None) -> date | None:
    """`2022-08-31`; None where nothing was typed, Terminal with the remedy for anything else."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Terminal(f"不是日期：{text}", f"not a day: {text}", "写成 / write it like 2022-08-31") from error


def typed_period(text: str) -> Period:
    """A period; Terminal with the remedy when it is none."""
    try:
        return Period.parse(text)
    except ValueError as error:
        raise Terminal(
            f"不是报告期：{text}",
            f"not a reporting period: {text}",
            "写成 YYYY-MM，例如 2022-06 / write YYYY-MM, e.g. 2022-06",
        ) from error


def typed_week(text: str) -> Period:
    """An ISO week; Terminal with the remedy when it is none."""
    with suppress(ValueError):
        asked = Period.parse(text)
        if asked.kind == "week":
            return asked
    raise Terminal(f"不是周：{text}", f"not a week: {text}", "写成 2022-W25 / write it like 2022-W25")
