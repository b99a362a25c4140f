"""The release calendar: twelve months ahead, each release with its hour, every change of an announced hour kept with its reason (UK Code of
Practice T3; 国家统计局发布日程表). As a document and as iCalendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import icalendar
from pydantic import BaseModel

MONTHS_AHEAD = 12
RELEASE_LASTS = timedelta(minutes=30)


class Release(BaseModel):
    """One release. `state`: announced (ahead), due (its hour has passed and nothing is out), published."""

    period: str
    title_zh: str
    title_en: str
    at: datetime
    state: Literal["announced", "due", "published"]
    edition: str | None


class ReleaseChange(BaseModel):
    """An announced hour that was moved (`after` null: withdrawn), when that was announced, and why."""

    period: str
    before: datetime
    after: datetime | None
    announced_at: datetime
    reason: str


class ReleaseCalendar(BaseModel):
    """`calendar.json`. `complete_until`: the last month ahead of which the programme names an hour; null where none is named."""

    programme: str
    time_zone: str
    months_ahead: int
    complete_until: str | None
    releases: list[Release]
    changes: list[ReleaseChange]


def moved(
    before: ReleaseCalendar | None, hours: Mapping[str, datetime], now: datetime
) -> list[tuple[Release, datetime | None]]:
    """Announced releases still ahead whose hour is another now, or gone."""
    ahead = [one for one in before.releases if one.at > now] if before else []
    return [(one, hours.get(one.period)) for one in ahead if hours.get(one.period) != one.at]


def moved_changes(
    before: ReleaseCalendar | None, hours: Mapping[str, datetime], now: datetime, reason: str
) -> list[ReleaseChange]:
    """What was announced so far and what is announced with this reason."""
    found = list(before.changes) if before else []
    return found + [
        ReleaseChange(period=one.period, before=one.at, after=after, announced_at=now, reason=reason)
        for one, after in moved(before, hours, now)
    ]


def within_a_year(at: datetime, now: datetime) -> bool:
    """Ahead by at most twelve months, or not older than that."""
    return abs(at - now) <= timedelta(days=366)


def calendar_ics(calendar: ReleaseCalendar, name: str) -> bytes:
    """The calendar for diaries. SEQUENCE counts how often a release was moved, so that a diary takes the newest hour."""
    book = icalendar.Calendar()
    book.add("prodid", "-//Saima//release calendar//ZH")
    book.add("version", "2.0")
    book.add("x-wr-calname", name)
    withdrawn = [change for change in calendar.changes if change.after is None]
    for one in calendar.releases:
        times = [change for change in calendar.changes if change.period == one.period]
        book.add_component(_event(calendar, one.period, one.at, f"{one.title_zh} / {one.title_en}", times))
    for change in withdrawn:
        if all(one.period != change.period for one in calendar.releases):
            event = _event(calendar, change.period, change.before, f"{change.period} 取消 / withdrawn", [change])
            event.add("status", "CANCELLED")
            book.add_component(event)
    text: bytes = book.to_ical()
    return text


def _event(
    calendar: ReleaseCalendar, period: str, at: datetime, summary: str, changes: Sequence[ReleaseChange]
) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{calendar.programme}-{period}@saima")
    event.add("dtstamp", max((change.announced_at for change in changes), default=at).astimezone(UTC))
    event.add("dtstart", at.astimezone(UTC))
    event.add("dtend", (at + RELEASE_LASTS).astimezone(UTC))
    event.add("summary", summary)
    event.add("sequence", len(changes))
    if changes:
        said = [f"{c.before.isoformat()} → {c.after.isoformat() if c.after else '—'}: {c.reason}" for c in changes]
        event.add("description", "\n".join(said))
    return event
