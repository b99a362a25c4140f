"""Lateness as a pure function of calendar, ledger and `now` (domain_decisions §3, DESIGN §8 `late`).

On time = the first *readable* file that passes the A-rules arrived by the due hour. Sent on time but rejected or returned: 退改 until
`city_audit_due`, not late; not repaired by then, the lateness counts from that date. `workdays_late` = working days after the
due *date* up to the arrival: the same evening after the hour is late with 0, the next working day 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from ..model.calendar import CalendarRow, ReportingCalendar, utc

EscalationStep = Literal["T-3", "T-1", "T-4h", "T", "T+1", "T+2"]
ESCALATION_STEPS: tuple[EscalationStep, ...] = get_args(EscalationStep)

MORNING = time(9, 0)
"""Rungs that name a day fall at 09:00 local time (domain.md §5, alert ladder)."""


@dataclass(frozen=True)
class Arrival:
    """One version of one form of one unit: when it came, whether it passes the A-rules, whether it is accepted."""

    arrived_at: datetime
    passes_a_rules: bool
    accepted: bool


@dataclass(frozen=True)
class Lateness:
    """Where one (unit, form, period) stands at `now`.

    `standing`: `in` (accepted, or passed the A-rules and nothing more is asked yet), `revising` (退改), `missing`.
    `late` and `workdays_late` are final once the file is in; for a missing one they count up to `now`.
    """

    due: datetime
    arrival_status: Literal["in", "revising", "missing"]
    late: bool
    workdays_late: int
    rung: EscalationStep | None


def assess(calendar: ReportingCalendar, row: CalendarRow, arrivals: Sequence[Arrival], now: datetime) -> Lateness:
    """Lateness of one unit's form; arrivals after `now` are not yet known."""
    known = sorted((a for a in arrivals if a.arrived_at <= now), key=lambda a: a.arrived_at)
    first = next((a for a in known if a.passes_a_rules), None)
    accepted = next((a for a in known if a.accepted), None)
    grace = row.city_audit_due or row.county_due
    if first is None:
        days = calendar.workdays_late(row.county_due, now) if now > row.county_due else 0
        return Lateness(row.county_due, "missing", now > row.county_due, days, step_at(calendar, row, now))
    sent_late = first.arrived_at > row.county_due
    days = calendar.workdays_late(row.county_due, first.arrived_at) if sent_late else 0
    if accepted is None:
        overdue = now > grace
        if overdue and not sent_late:
            days = calendar.workdays_late(grace, now)
        # the ladder was re-opened against the later deadline; a late file that was rejected climbs on from its own
        against = replace(row, county_due=grace) if not sent_late else row
        rung = step_at(calendar, against, now) if overdue else None
        return Lateness(row.county_due, "revising", sent_late or overdue, days, rung)
    if not sent_late and accepted.arrived_at > grace:
        return Lateness(row.county_due, "in", True, calendar.workdays_late(grace, accepted.arrived_at), None)
    return Lateness(row.county_due, "in", sent_late, days, None)


def step_times(calendar: ReportingCalendar, row: CalendarRow) -> dict[EscalationStep, datetime]:
    """The instant each rung begins, in UTC; none before the form opens."""
    return steps_against(calendar, row.county_due, row.open)


def steps_against(calendar: ReportingCalendar, due: datetime, opened: datetime) -> dict[EscalationStep, datetime]:
    """The rungs of a deadline, in UTC, none before `opened`."""
    zone = ZoneInfo(calendar.time_zone)
    due_day = due.astimezone(zone).date()

    def morning(workdays: int) -> datetime:
        return utc(datetime.combine(calendar.workdays.add(due_day, workdays), MORNING), calendar.time_zone)

    times: dict[EscalationStep, datetime] = {
        "T-3": morning(-3),
        "T-1": morning(-1),
        "T-4h": due - timedelta(hours=4),
        "T": due,
        "T+1": morning(1),
        "T+2": morning(2),
    }
    return {rung: max(moment, opened) for rung, moment in times.items()}


def step_at(calendar: ReportingCalendar, row: CalendarRow, now: datetime) -> EscalationStep | None:
    """The rung the ladder stands on at `now`; None before the first."""
    reached = [rung for rung, moment in step_times(calendar, row).items() if moment <= now]
    return reached[-1] if reached else None
