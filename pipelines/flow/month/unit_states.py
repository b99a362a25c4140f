"""Where the ranking units stood when a month was frozen: state, lateness, unanswered queries. Decided by the closing's inputs
alone, whenever it runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from ...model.loading import MonthClose
from ...model.periods import Period
from ...model.ranking import UnitState
from ..records.closing_queries import closing_findings
from ..records.submission_status import SubmissionStatus
from ..runtime.context import Context


def freeze_moment(context: Context, period: Period) -> datetime | None:
    """When the month freezes: by the calendar, else at the last date of its row; None where the calendar has none."""
    row = context.programme.calendar.row(context.programme.lead_form, period)
    return (row.freeze or row.city_audit_due or row.county_due) if row else None


def lateness_limit(context: Context, period: Period) -> datetime | None:
    """Lateness of what is never repaired runs to the freeze, whenever the month is closed. The instant lies just behind it, so
    that what is missing at a freeze that is also the due hour is late."""
    frozen = freeze_moment(context, period)
    return frozen + timedelta(microseconds=1) if frozen else None


def unanswered_before(context: Context, period: Period, as_of: datetime) -> dict[str, int]:
    """unit → queries raised when the reporting month before closed and not answered by `as_of`. What this month's own closing
    raises could not be answered yet and costs nothing in its edition."""
    previous = context.programme.calendar.previous(context.programme.lead_form, period)
    closes = context.warehouse.closings.all(str(previous)) if previous else []
    found: dict[str, int] = {}
    if closes:
        for unit, finding in closing_findings(context, closes[-1], as_of):
            if finding.severity == "query" and not finding.answered:
                found[unit] = found.get(unit, 0) + 1
    return found


def scoring_moment(context: Context, period: Period, closing: MonthClose) -> datetime:
    """Up to when answers count for the month's score: the freeze, where the month was closed after it."""
    frozen = freeze_moment(context, period)
    return min(closing.closed_at, frozen) if frozen else closing.closed_at


def unit_states(found: list[SubmissionStatus], lead_form: str, carried: Mapping[str, int]) -> dict[str, UnitState]:
    """Per ranking unit: lateness is the worst of its scored forms; the state is that of the form the level comes from. `carried`:
    unanswered queries of the closing before, by unit."""
    by_unit: dict[str, list[SubmissionStatus]] = {}
    for standing in found:
        by_unit.setdefault(standing.unit.code, []).append(standing)
    return {code: _unit_state(own, lead_form, carried.get(code, 0)) for code, own in by_unit.items()}


def _unit_state(own: list[SubmissionStatus], lead_form: str, carried: int) -> UnitState:
    lead = next((s for s in own if s.form == lead_form), None)
    sent = lead is not None and lead.latest is not None
    state = "accepted" if lead is not None and lead.accepted else "rejected" if sent else "missing"
    current = [s.current for s in own if s.current]
    data_rows = sum(row.accepted + row.quarantined for row in current)
    unanswered = sum(row.open_queries for row in current) + carried
    share = min(Decimal(1), Decimal(unanswered) / Decimal(data_rows)) if data_rows else Decimal(0)
    late = [s for s in own if s.late]
    return UnitState(
        state,  # type: ignore[arg-type]
        workdays_late=max((s.workdays_late for s in own), default=0),
        late=bool(late),
        unanswered_share=share,
        quarantined=any(row.quarantined for row in current),
        lead_quarantined=bool(lead and lead.current and lead.current.quarantined),
        missing_forms=tuple(s.form for s in own if not s.accepted),
        unanswered_queries=unanswered,
        data_rows=data_rows,
        sent_in_time=bool(late) and all(s.sent_in_time for s in late),
        rejected_forms=tuple(s.form for s in own if not s.accepted and s.latest is not None),
    )
