"""`saima late`: who is not in, on which rung, and the record of what was said to whom, over which way, with what result (催报)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from ...model.json_documents import CallDocument, LateDocument, LateForm, SentNotification
from ...model.notifications import Attempt, Call, OutboxRow
from ...model.periods import Period
from ..records.submission_status import (
    SubmissionStatus,
    latest_due,
    provisional_of,
    refuse_unknown,
    submission_statuses,
)
from ..runtime.context import Context

Scope = tuple[str, str, str]
CHASING = ("reminder", "escalation", "public_mark", "return", "recovery")
"""Kinds that are part of the record of chasing; receipts and digests are in `saima alerts outbox`."""


def late_document(context: Context, period: Period | None, now: datetime) -> LateDocument:
    """The JSON of `saima late`: who is not in as of `now`; default the latest month whose due hour has passed."""
    if period is not None:
        refuse_unknown(context, period)
    chosen = period or latest_due(context, now)
    units: list[LateForm] = []
    bureau: list[LateForm] = []
    if chosen is not None:
        sent_already = record(context, str(chosen), now)
        calls = calls_of(context, str(chosen), now)
        for target, own in ((units, False), (bureau, True)):
            for s in submission_statuses(context, chosen, now, bureau=own):
                at = s.lateness
                if at is not None and at.arrival_status != "in" and at.rung is not None:
                    target.append(_entry(context, s, sent_already, calls))
    return {
        "period": str(chosen) if chosen else None,
        "now": now.isoformat(),
        "provisional": provisional_of(context, chosen) if chosen else [],
        "units": units,
        "bureau": bureau,
    }


def _owed_by(context: Context, s: SubmissionStatus) -> datetime | None:
    """The deadline that counts for a file that is being corrected; None for one that was never sent."""
    row = context.programme.calendar.row(s.form, s.period)
    if s.latest is None or row is None or (s.lateness and s.lateness.arrival_status != "revising"):
        return None
    return (s.sent_back.deadline if s.sent_back else None) or row.city_audit_due


def _entry(
    context: Context,
    s: SubmissionStatus,
    sent_already: Mapping[Scope, list[SentNotification]],
    calls: Mapping[Scope, list[Call]],
) -> LateForm:
    assert s.lateness is not None
    scope = (s.unit.code, str(s.period), s.form)
    own = calls.get(scope, []) + calls.get((s.unit.code, str(s.period), "*"), [])
    return {
        "unit": s.unit.code,
        "name": context.programme.roster.label(s.unit),
        "form": s.form,
        "due": s.lateness.due.isoformat(),
        "owed_by": (_owed_by(context, s) or s.lateness.due).isoformat(),
        "rung": s.lateness.rung,
        "workdays_late": s.lateness.workdays_late,
        "state": s.state,
        "notices": sent_already.get(scope, []),
        "calls": [call_document(c) for c in sorted(own, key=lambda c: c.called_at)],
    }


def record(context: Context, period: str, now: datetime) -> dict[Scope, list[SentNotification]]:
    """(unit, period, form) → what was said about it by `now`, in the order in which it was decided."""
    book = context.warehouse.alerts
    rows = book.rows(periods=(period,), kinds=CHASING, as_of=now)
    digests = {r.notice.message_id: r for r in book.rows(ids={r.digest_id for r in rows if r.digest_id})}
    attempts = book.attempts([r.notice.message_id for r in (*rows, *digests.values())], now)
    found: dict[Scope, list[SentNotification]] = defaultdict(list)
    for row in rows:
        found[row.scope].append(sent_document(row, attempts, digests, now))
    return found


def sent_document(
    row: OutboxRow, attempts: Mapping[str, Sequence[Attempt]], digests: Mapping[str, OutboxRow], now: datetime
) -> SentNotification:
    """One message as of `now`: what, to which role, over which channel, its attempts, and how it stands. No address."""
    n = row.notice
    digest = digests.get(row.digest_id)
    notified = digest if digest is not None and digest.notice.created_at <= now else None
    own = attempts.get((notified or row).notice.message_id, [])
    ended = [a for a in own if a.ended_at is not None]
    last = ended[-1] if ended else None
    state = state_at(notified or row, now)
    return {
        "message_id": n.message_id,
        "kind": n.kind,
        "rung": n.rung or None,
        "opening": n.opening or None,
        "audience": n.audience,
        "role": n.role,
        "channel": n.channel,
        "decided_at": n.created_at.isoformat(),
        "not_before": n.not_before.isoformat(),
        "state": state,
        "in_digest": notified.notice.message_id if notified else None,
        "sent_at": last.ended_at.isoformat() if last and last.accepted and last.ended_at else None,
        "attempts": len(own),
        "result": (last.detail or ("ok" if last.accepted else ""))
        if last
        else row.reason
        if state != "pending"
        else "",
    }


def state_at(row: OutboxRow, now: datetime) -> str:
    """The state of a message as it was at `now`: what happened to it later is not known yet."""
    if row.closed_at is None or row.closed_at <= now:
        return row.state
    return "collected" if row.state == "digested" else "pending"


def calls_of(context: Context, period: str, now: datetime) -> dict[Scope, list[Call]]:
    """(unit, period, form) → calls logged by `now`; a call about every form has the form `*`."""
    found: dict[Scope, list[Call]] = defaultdict(list)
    for call in context.warehouse.alerts.calls(now, (period,)):
        found[(call.unit_code, call.period, call.form)].append(call)
    return found


def call_document(call: Call) -> CallDocument:
    """A logged call."""
    return {
        "form": call.form,
        "called_at": call.called_at.isoformat(),
        "called_by": call.called_by,
        "spoke_to": call.spoke_to,
        "answer": call.answer,
        "logged_at": call.logged_at.isoformat(),
    }
