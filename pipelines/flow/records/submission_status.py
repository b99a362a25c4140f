"""Where every unit stands in a period: state, versions, lateness. One reading of the ledger serves status, late,
closing and ranking, so that they can never disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from ...alerts.escalation_policy import provisional_years
from ...alerts.lateness import Arrival, Lateness, assess
from ...errors import Terminal
from ...model.calendar import CalendarRow, ReportingCalendar
from ...model.json_documents import StatusDocument, StatusOfForm, UnassignedFile
from ...model.loading import HISTORY, LedgerReceipt, SubmissionRow
from ...model.periods import Period
from ...model.rulings import Return
from ...model.submissions import ACCEPTED
from ...model.units import Unit
from ..runtime.context import Context
from .past_periods import came_as_history, expected_instead, history_closed_at, in_hand_until, names_past_period


@dataclass(frozen=True)
class SubmissionStatus:
    """One (unit, form, period): the version that counts, the latest one, lateness (None where nothing is due), and the return
    of the latest version where the bureau sent it back."""

    unit: Unit
    form: str
    period: Period
    current: SubmissionRow | None
    latest: SubmissionRow | None
    versions: tuple[SubmissionRow, ...]
    lateness: Lateness | None
    returned: Return | None = None
    sent_back: Return | None = None
    """The last return of any version, whose deadline the unit is held to; `returned` only where it is the latest one's."""

    @property
    def state(self) -> str:
        """`missing`, or the state of the version that counts, else of the latest."""
        shown = self.current or self.latest
        return shown.state if shown else "missing"

    @property
    def accepted(self) -> bool:
        return self.current is not None

    @property
    def late(self) -> bool:
        return bool(self.lateness and self.lateness.late)

    @property
    def sent_in_time(self) -> bool:
        """A readable file came by the due hour: what is late since is its correction."""
        due = self.lateness.due if self.lateness else None
        return due is not None and any(v.passes_a_rules and v.arrived_at <= due for v in self.versions)

    @property
    def workdays_late(self) -> int:
        return self.lateness.workdays_late if self.lateness and self.lateness.late else 0


def submission_statuses(
    context: Context,
    period: Period,
    now: datetime,
    forms: Sequence[str] | None = None,
    bureau: bool = False,
    lateness_until: datetime | None = None,
) -> list[SubmissionStatus]:
    """All ranking units × scored forms of the period (or the bureau's forms), by unit code and form, as of `now`. Lateness is
    counted up to `now`, or up to `lateness_until` where that comes first; what counts in a calendar without a freeze came when it came."""
    rows = context.warehouse.submissions(str(period), as_of=now)
    return _statuses(context, period, now, rows, forms, bureau, lateness_until)


def _statuses(
    context: Context,
    period: Period,
    now: datetime,
    rows: Sequence[SubmissionRow],
    forms: Sequence[str] | None = None,
    bureau: bool = False,
    lateness_until: datetime | None = None,
) -> list[SubmissionStatus]:
    until = min(now, lateness_until) if lateness_until else now
    programme = context.programme
    history = is_history(context, period)
    returns = context.warehouse.rulings.returns(as_of=now, period=str(period))
    found: dict[tuple[str, str], list[SubmissionRow]] = {}
    for row in rows:
        found.setdefault((row.unit_code, row.form), []).append(row)
    units = programme.roster.bureaus() if bureau else programme.roster.ranked_at(period)
    wanted = forms or (
        tuple(f.name for f in programme.forms.values() if f.domain == "bureau") if bureau else programme.scored_forms
    )
    result = []
    for unit in units:
        for form in wanted:
            if not programme.forms[form].is_owed_by(unit):
                continue
            calendar_row = programme.calendar.row(form, period)
            if calendar_row is None and (unit.code, form) not in found:
                continue
            versions = sorted(found.get((unit.code, form), []), key=lambda r: (r.arrived_at, r.seen_at, r.name))
            lateness = None
            last = last_return(versions, returns)
            if calendar_row is not None and not history:
                counts = calendar_row.freeze is None and any(v.current for v in versions)
                lateness = _lateness(programme.calendar, calendar_row, versions, last, now if counts else until)
            current = next((v for v in versions if v.current), None)
            result.append(
                SubmissionStatus(
                    unit,
                    form,
                    period,
                    current,
                    versions[-1] if versions else None,
                    tuple(versions),
                    lateness,
                    last if last and current is None and last.submission_id == versions[-1].submission_id else None,
                    last,
                )
            )
    return result


def last_return(versions: Sequence[SubmissionRow], returns: Mapping[str, Return]) -> Return | None:
    """The return of the newest version that was sent back; versions come oldest first."""
    return next((returns[v.submission_id] for v in reversed(versions) if v.submission_id in returns), None)


def _lateness(
    calendar: ReportingCalendar, row: CalendarRow, versions: Sequence[SubmissionRow], back: Return | None, now: datetime
) -> Lateness:
    """A version that was sent back, and any before it, is not accepted: the unit is 退改 until the deadline of the return."""
    last = next((n for n, v in enumerate(versions) if back and v.submission_id == back.submission_id), -1)
    arrivals = [
        Arrival(v.arrived_at, v.passes_a_rules, v.word in ACCEPTED and n > last) for n, v in enumerate(versions)
    ]
    deadline = back.deadline if back else None
    return assess(calendar, replace(row, city_audit_due=deadline) if deadline else row, arrivals, now)


def is_history(context: Context, period: Period) -> bool:
    """Whether the period was loaded as history (its last closing says so)."""
    closes = context.warehouse.closings.all(str(period))
    return bool(closes) and closes[-1].reason == HISTORY


def provisional_of(context: Context, period: Period) -> list[int]:
    """Years of the period's dates whose holidays are not announced yet: the dates may still move."""
    rows = [row for row in context.programme.calendar.rows if row.period == period]
    return sorted({year for row in rows for year in provisional_years(context.programme.calendar, row)})


def status_document(context: Context, period: Period, now: datetime) -> StatusDocument:
    """The JSON of `saima status` (DESIGN §8)."""
    refuse_unknown(context, period)
    rows = context.warehouse.submissions(str(period), as_of=now)
    return {
        "period": str(period),
        "units": [_status(s) for s in _statuses(context, period, now, rows)],
        "bureau": [_status(s) for s in _statuses(context, period, now, rows, bureau=True)],
        "unassigned": [
            *(_unassigned(r) for r in files_of_no_unit(context, period, now)),
            *_other_periods(context, period, now),
        ],
    }


def files_of_no_unit(context: Context, period: Period, now: datetime) -> list[LedgerReceipt]:
    """Files of no known unit or period, or that could not be read, which came since the period was opened (since its first day where the
    calendar does not have it): older ones belong to the months they came in."""
    opened = [row.open for row in context.programme.calendar.rows if row.period == period]
    first = datetime.combine(period.first_day, time(), ZoneInfo(context.programme.time_zone))
    return context.warehouse.receipts(("unreadable", "unassigned"), as_of=now, since=min(opened, default=first))


def _other_periods(context: Context, period: Period, now: datetime) -> list[UnassignedFile]:
    """What came while this period was being reported, for periods that were over; the versions of its window alone are read."""
    calendar = context.programme.calendar
    opened = [row.open for row in calendar.rows if row.period == period]
    until = in_hand_until(calendar, period)
    if not opened:
        return []
    rows = context.warehouse.arrived_between(min(opened), min(now, until) if until else now, str(period))
    closed = {p: history_closed_at(context.warehouse.closings.all(p)) for p in {row.period for row in rows}}
    found: dict[str, UnassignedFile] = {}
    for row in rows:
        expected = expected_instead(calendar, row.form, Period.parse(row.period), row.arrived_at)
        if expected != period or came_as_history(row, closed):
            continue
        zh, en = names_past_period(row, expected)
        document = found.setdefault(
            row.receipt_id,
            {
                "sha256": row.sha256,
                "name": row.name,
                "arrived_at": row.arrived_at.isoformat(),
                "state": "other_period",
                "findings": [],
            },
        )
        document["findings"].append({"rule": "A05", "message_zh": zh, "message_en": en})
    return list(found.values())


def refuse_unknown(context: Context, period: Period) -> None:
    """Terminal for a period in which nothing is due by any form and nothing was sent: an empty table would look like an answer."""
    calendar = context.programme.calendar
    if any(row.period == period for row in calendar.rows) or context.warehouse.submissions(str(period)):
        return
    known = sorted({row.period for row in calendar.rows})
    raise Terminal(
        f"{period} 不在报送日历中",
        f"{period} is not in the calendar",
        f"日历范围 / the calendar covers {known[0]} … {known[-1]}",
    )


def _status(status: SubmissionStatus) -> StatusOfForm:
    shown = status.current or status.latest
    latest = status.latest
    return {
        "unit": status.unit.code,
        "name": status.unit.name,
        "form": status.form,
        "state": status.state,
        "version": shown.version if shown else None,
        "latest": {"version": latest.version, "state": latest.state} if latest else None,
        "arrived_at": shown.arrived_at.isoformat() if shown else None,
        "late": status.late,
        "workdays_late": status.workdays_late,
        "rows": None
        if shown is None
        else {
            "received": shown.received,
            "accepted": shown.accepted,
            "quarantined": shown.quarantined,
            "not_data": shown.not_data,
        },
        "errors": shown.errors if shown else 0,
        "queries": shown.queries if shown else 0,
        "submission": shown.submission_id if shown else None,
        "returned": None
        if status.returned is None
        else {
            "reason": status.returned.reason,
            "by": status.returned.returned_by,
            "deadline": status.returned.deadline.isoformat() if status.returned.deadline else None,
        },
    }


def _unassigned(row: LedgerReceipt) -> UnassignedFile:
    return {
        "sha256": row.receipt.sha256,
        "name": row.receipt.name,
        "arrived_at": row.receipt.arrived_at.isoformat(),
        "state": row.state,
        "findings": [{"rule": f.rule, "message_zh": f.message_zh, "message_en": f.message_en} for f in row.findings],
    }


def latest_due(context: Context, now: datetime) -> Period | None:
    """The latest period whose lead form's due hour has passed."""
    calendar = context.programme.calendar
    form = context.programme.lead_form
    passed = [p for p in calendar.periods(form) if (row := calendar.row(form, p)) and row.county_due <= now]
    return passed[-1] if passed else None
