"""Who owes what at `now`: the cases that the ladder climbs, from the same standings that status, late and closing read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from ...alerts.escalation_policy import Case, Opening, watched
from ...model.calendar import CalendarRow
from ...model.notifications import SeenDeadline
from ...model.periods import Period
from ...model.programme import Programme
from ..records.submission_status import SubmissionStatus, submission_statuses
from ..runtime.context import Context

Seen = Mapping[tuple[str, str], Sequence[SeenDeadline]]


def cases(context: Context, now: datetime, rows: Sequence[CalendarRow] | None = None) -> list[Case]:
    """Every form of every unit whose ladder may be climbed at `now` (of the given calendar rows: of those alone), owed or not."""
    calendar = context.programme.calendar
    chosen = watched(calendar, context.programme.alerting, calendar.rows, now) if rows is None else rows
    seen = context.warehouse.alerts.deadlines({str(row.period) for row in chosen})
    by_period: dict[Period, dict[str, CalendarRow]] = defaultdict(dict)
    for row in chosen:
        by_period[row.period][row.form] = row
    found: list[Case] = []
    for period, own in sorted(by_period.items()):
        for bureau in (False, True):
            forms = [f for f in own if is_reminded(context.programme, f) and _of_bureau(context.programme, f) == bureau]
            if forms:
                found += [
                    case_of(own[s.form], s, seen, now)
                    for s in submission_statuses(context, period, now, forms, bureau)
                    if s.lateness is not None
                ]
    return found


def is_reminded(programme: Programme, form: str) -> bool:
    """Forms whose lateness counts, and the bureau's own: others (weekly memos, rosters, plans) are told by the weekly look."""
    layout = programme.forms.get(form)
    return layout is not None and (layout.scored or layout.domain == "bureau")


def _of_bureau(programme: Programme, form: str) -> bool:
    return programme.forms[form].domain == "bureau"


def case_of(row: CalendarRow, status: SubmissionStatus, seen: Seen, now: datetime) -> Case:
    """The case of one standing; its opening says against which deadline the unit climbs, and since when."""
    lateness = status.lateness
    opening = None
    if lateness is not None and lateness.arrival_status == "missing":
        opening = first_opening(row, seen.get((row.form, str(row.period)), ()), now)
    elif lateness is not None and lateness.arrival_status == "revising" and status.latest is not None:
        opening = _reopened(row, status)
    late = lateness.workdays_late if lateness and lateness.late else 0
    return Case(status.unit.code, status.form, str(status.period), row, opening, late)


def first_opening(row: CalendarRow, seen: Sequence[SeenDeadline], now: datetime) -> Opening:
    """The first climb of a form, or a new one from the moment on at which its due hour was seen to have moved."""
    moved = [
        later for earlier, later in pairwise(seen) if later.county_due != earlier.county_due and later.noted_at <= now
    ]
    if not moved or moved[-1].noted_at <= row.open:
        return Opening("", row.open, row.county_due)
    return Opening(f"d{moved[-1].ordinal}", moved[-1].noted_at, row.county_due, "deadline")


def _reopened(row: CalendarRow, status: SubmissionStatus) -> Opening:
    latest, back = status.latest, status.sent_back
    assert latest is not None
    due = (back.deadline if back else None) or row.city_audit_due or row.county_due
    if back is not None and back.submission_id == latest.submission_id:
        return Opening(f"r:{latest.submission_id}", back.returned_at, due, "returned")
    return Opening(latest.submission_id, latest.arrived_at, due, "rejected")
