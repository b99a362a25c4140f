"""The ladder as a pure function: calendar, standing of a unit, contacts and what was said already → what to say now.

A unit climbs against a deadline: the county's due hour, or, after a file was rejected or returned, or the deadline was moved,
against the new one (an *opening* of its own). T−3 … T go to the county, T+1 and T+2 to its leader and the bureau, T+2 to the
county too. Of several rungs that are due at once (the system was down) only the latest is said, the others are recorded
as passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ..model.calendar import CalendarRow, ReportingCalendar, utc
from ..model.notifications import Audience, Contact, Kind
from ..model.periods import Period
from ..model.programme import AlertSettings
from .lateness import EscalationStep, steps_against

TRACKS: Mapping[Audience, tuple[EscalationStep, ...]] = {
    "county": ("T-3", "T-1", "T-4h", "T", "T+2"),
    "leader": ("T+1", "T+2"),
    "bureau": ("T+1", "T+2"),
}
KINDS: Mapping[EscalationStep, Kind] = {
    "T-3": "reminder",
    "T-1": "reminder",
    "T-4h": "reminder",
    "T": "reminder",
    "T+1": "escalation",
    "T+2": "public_mark",
}
LATE_STEPS: tuple[EscalationStep, ...] = ("T", "T+1", "T+2")
"""Whoever was told one of these is told again when the file arrives."""
AFTERWARDS = 10
"""Working days after the last date of a month without a publication date, then its ladder is folded up."""

Deferral = Literal["", "quiet", "day_off"]


@dataclass(frozen=True)
class Opening:
    """One climb: `name` '' for the first, `d2` … after the second, third … date of a deadline, the submission that was rejected,
    `r:` and the submission that was returned. Rungs begin after `opened_at` and count against `due`."""

    name: str
    opened_at: datetime
    due: datetime
    reason: Literal["open", "deadline", "rejected", "returned"] = "open"


@dataclass(frozen=True)
class Case:
    """One form that one unit owes for one period (YYYY-MM); `opening` None: nothing is owed (any more)."""

    unit_code: str
    form: str
    period: str
    row: CalendarRow
    opening: Opening | None
    workdays_late: int = 0


@dataclass(frozen=True)
class Step:
    """A rung for one contact: due at `at`, said not before `not_before` (and why later)."""

    case: Case
    opening: Opening
    rung: EscalationStep
    at: datetime
    contact: Contact
    not_before: datetime
    deferral: Deferral = ""

    @property
    def key(self) -> str:
        """Unique in the outbox: a rung is said once to a recipient."""
        c = self.case
        parts = ("rung", c.period, c.form, c.unit_code, self.opening.name, self.rung)
        return "|".join((*parts, self.contact.channel, self.contact.address))

    @property
    def kind(self) -> Kind:
        return KINDS[self.rung]


@dataclass(frozen=True)
class Escalation:
    """What is due now: to be said, and to be recorded as passed over."""

    due_steps: tuple[Step, ...]
    passed: tuple[Step, ...]


def escalation_steps_of(
    calendar: ReportingCalendar, row: CalendarRow, opening: Opening
) -> dict[EscalationStep, datetime]:
    """The instants of the rungs of an opening that lie after it; a deadline that had passed by then counts from the opening."""
    due = max(opening.due, opening.opened_at)
    times = steps_against(calendar, due, row.open)
    if opening.name == "":
        return times
    return {rung: moment for rung, moment in times.items() if moment > opening.opened_at}


def escalate(
    calendar: ReportingCalendar,
    settings: AlertSettings,
    cases: Iterable[Case],
    contacts: Callable[[str, str, Audience], Sequence[Contact]],
    known: Container[str],
    held: Callable[[Case, EscalationStep], bool],
    now: datetime,
) -> Escalation:
    """The rungs due at `now` that no message (`known` by key) stands for. `held`: the stage is snoozed; it waits."""
    due_steps: dict[str, Step] = {}
    passed: dict[str, Step] = {}
    for case in cases:
        if case.opening is None:
            continue
        reached = {r: at for r, at in escalation_steps_of(calendar, case.row, case.opening).items() if at <= now}
        if not reached:
            continue
        for audience, track in TRACKS.items():
            own = [rung for rung in track if rung in reached]
            for contact in contacts(case.unit_code, case.form, audience) if own else ():
                steps = [
                    _step(calendar, settings, case, case.opening, rung, reached[rung], contact, now) for rung in own
                ]
                *earlier, last = steps
                if last.key not in known and not held(case, last.rung):
                    due_steps.setdefault(last.key, last)
                passed |= {step.key: step for step in earlier if step.key not in known}
    return Escalation(tuple(due_steps.values()), tuple(step for key, step in passed.items() if key not in due_steps))


def _step(
    calendar: ReportingCalendar,
    settings: AlertSettings,
    case: Case,
    opening: Opening,
    rung: EscalationStep,
    at: datetime,
    contact: Contact,
    now: datetime,
) -> Step:
    moment, why = deferred(calendar, settings, max(at, now), case.row.freeze)
    return Step(case, opening, rung, at, contact, moment, why)


def deferred(
    calendar: ReportingCalendar, settings: AlertSettings, at: datetime, freeze: datetime | None = None
) -> tuple[datetime, Deferral]:
    """When a message of `at` may go out, and what defers it: quiet hours and days off do, on the day of the freeze nothing does."""
    zone = ZoneInfo(calendar.time_zone)
    freeze_day = freeze.astimezone(zone).date() if freeze else None
    moment, why = at.astimezone(zone), ""
    while moment.date() != freeze_day:
        if not calendar.workdays.is_workday(moment.date()):
            why = "day_off"
            moment = datetime.combine(moment.date() + timedelta(days=1), settings.quiet_until, zone)
        elif settings.quiet(moment.time()):
            why = why or "quiet"
            evening = moment.time() >= settings.quiet_until
            day = moment.date() + timedelta(days=1) if evening else moment.date()
            moment = datetime.combine(day, settings.quiet_until, zone)
        else:
            break
    return (at, "") if not why else (utc(moment, calendar.time_zone), why)  # type: ignore[return-value]


def watched(
    calendar: ReportingCalendar, settings: AlertSettings, rows: Iterable[CalendarRow], now: datetime
) -> list[CalendarRow]:
    """Rows whose ladder may be climbed now: opened, not folded up, and not before `alerts_from`."""
    first = settings.alerts_from
    return [
        row for row in rows if first is not None and row.period >= first and row.open <= now < folded(calendar, row)
    ]


def folded(calendar: ReportingCalendar, row: CalendarRow) -> datetime:
    """From when on nobody is chased for a row any more: its publication locks the month (domain_decisions §3)."""
    if row.publish is not None:
        return row.publish
    last = max(moment for moment in (row.freeze, row.city_audit_due, row.county_due) if moment is not None)
    zone = ZoneInfo(calendar.time_zone)
    local = last.astimezone(zone)
    return utc(datetime.combine(calendar.workdays.add(local.date(), AFTERWARDS), local.time()), calendar.time_zone)


def provisional_years(calendar: ReportingCalendar, row: CalendarRow) -> tuple[int, ...]:
    """Years of a row's dates whose holidays are not announced yet: its rungs may still move."""
    moments = [m for m in (row.county_due, row.city_audit_due, row.freeze, row.publish) if m is not None]
    years = {m.astimezone(ZoneInfo(calendar.time_zone)).year for m in moments}
    return tuple(sorted(year for year in years if calendar.workdays.provisional(year)))


def awaited_year(calendar: ReportingCalendar, now: datetime) -> int | None:
    """The year whose holidays should be entered by now: the current one always, the next from 1 November."""
    local = now.astimezone(ZoneInfo(calendar.time_zone))
    years: list[int] = [local.year, *([local.year + 1] if local.month >= 11 else [])]
    return next((year for year in years if calendar.workdays.provisional(year)), None)


def not_before_alerts(settings: AlertSettings, period: str) -> bool:
    """Whether anything may be said about a period (YYYY-MM) at all."""
    return settings.alerts_from is not None and Period.parse(period) >= settings.alerts_from
