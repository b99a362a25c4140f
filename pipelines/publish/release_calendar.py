"""The release calendar: twelve months ahead, each release with its hour, every change of an announced hour kept with its reason (UK Code of
Practice T3; 国家统计局发布日程表). As a document and as iCalendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import icalendar
from pydantic import BaseModel

MONTHS_AHEAD = 12
RELEASE_LASTS = timedelta(minutes=30)


class Release(BaseModel):
    """One release. `state`: announced (ahead), due (its hour has passed and nothing is out), published; `announced_at`: when it was first
    announced, null before, and in calendars of earlier code."""

    period: str
    title_zh: str
    title_en: str
    at: datetime
    state: Literal["announced", "due", "published"]
    edition: str | None
    announced_at: datetime | None = None


class ReleaseChange(BaseModel):
    """An announced hour that was moved (`after` null: withdrawn; a withdrawn one may be announced again), when that was announced, and
    why."""

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


@dataclass(frozen=True)
class MovedRelease:
    """An announced release with another hour now; `after` None: withdrawn."""

    period: str
    before: datetime
    after: datetime | None


def moved(before: ReleaseCalendar | None, hours: Mapping[str, datetime], now: datetime) -> list[MovedRelease]:
    """Announced releases still ahead whose hour is another now, or gone; and withdrawn ones that have an hour again."""
    if before is None:
        return []
    found = [
        MovedRelease(one.period, one.at, hours.get(one.period))
        for one in before.releases
        if one.at > now and hours.get(one.period) != one.at
    ]
    last = {change.period: change for change in before.changes}
    listed = {one.period for one in before.releases}
    return found + [
        MovedRelease(period, change.before, hours[period])
        for period, change in last.items()
        if change.after is None and period not in listed and period in hours and hours[period] > now
    ]


def moved_changes(
    before: ReleaseCalendar | None, hours: Mapping[str, datetime], now: datetime, reason: str
) -> list[ReleaseChange]:
    """What was announced so far and what is announced with this reason."""
    found = list(before.changes) if before else []
    return found + [
        ReleaseChange(period=one.period, before=one.before, after=one.after, announced_at=now, reason=reason)
        for one in moved(before, hours, now)
    ]


def within_a_year(at: datetime, now: datetime) -> bool:
    """Ahead by at most twelve months, or not older than that."""
    return abs(at - now) <= timedelta(days=366)


def calendar_ics(calendar: ReleaseCalendar, name: str) -> bytes:
    """The calendar for diaries. SEQUENCE counts how often a release was moved, withdrawn or announced again, and LAST-MODIFIED says when it
    last was, so that a diary takes the newest hour."""
    book = icalendar.Calendar()
    book.add("prodid", "-//Saima//release calendar//ZH")
    book.add("version", "2.0")
    book.add("x-wr-calname", name)
    last = {change.period: change for change in calendar.changes}
    withdrawn = [change for change in last.values() if change.after is None]
    for one in calendar.releases:
        times = [change for change in calendar.changes if change.period == one.period]
        title = f"{one.title_zh} / {one.title_en}"
        book.add_component(_event(calendar, one.period, one.at, title, times, one.announced_at or one.at))
    for change in withdrawn:
        if all(one.period != change.period for one in calendar.releases):
            times = [one for one in calendar.changes if one.period == change.period]
            title = f"{change.period} 取消 / withdrawn"
            event = _event(calendar, change.period, change.before, title, times, change.announced_at)
            event.add("status", "CANCELLED")
            book.add_component(event)
    text: bytes = book.to_ical()
    return text


def _event(
    calendar: ReleaseCalendar,
    period: str,
    at: datetime,
    summary: str,
    changes: Sequence[ReleaseChange],
    announced: datetime,
) -> icalendar.Event:
    changed = max((change.announced_at for change in changes), default=announced).astimezone(UTC)
    event = icalendar.Event()
    event.add("uid", f"{calendar.programme}-{period}@saima")
    event.add("dtstamp", changed)
    event.add("created", announced.astimezone(UTC))
    event.add("last-modified", changed)
    event.add("dtstart", at.astimezone(UTC))
    event.add("dtend", (at + RELEASE_LASTS).astimezone(UTC))
    event.add("summary", summary)
    event.add("sequence", len(changes))
    if changes:
        said = [f"{c.before.isoformat()} → {c.after.isoformat() if c.after else '—'}: {c.reason}" for c in changes]
        event.add("description", "\n".join(said))
    return event
