"""`saima alerts ladder`: every rung of a month with its instant, its deferral and who stood on it; the call list; the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...alerts.escalation_policy import TRACKS, Case, Opening, deferred, escalation_steps_of, provisional_years
from ...errors import Refused
from ...model.calendar import CalendarRow
from ...model.json_documents import CallListDocument, CallToMake, EscalationDocument, OutboxDocument, StepDocument
from ...model.notifications import NotificationState
from ...model.periods import Period
from ..runtime.context import Context
from .reminder_cases import cases, first_opening, is_reminded
from .status_documents import call_document, calls_of, record, sent_document, state_at


def escalation_document(context: Context, period: Period, now: datetime, unit: str | None = None) -> EscalationDocument:
    """`{period, now, rungs [{form, opening, unit, rung, at, out_at, deferral, due, to, provisional, not_in}]}` by instant.

    The first ladder of every form is there once, `not_in` naming the units that stood on the rung at its instant as the ledger
    tells it (None: it lies ahead). Openings of a unit of its own (rejected, returned) follow with its code.
    """
    rows = [r for r in context.programme.calendar.rows if r.period == period and is_reminded(context.programme, r.form)]
    if not rows:
        raise Refused(
            f"{period} 不在报送日历中", f"{period} is not in the calendar", "报告期见 calendar.csv / see calendar.csv"
        )
    seen = context.warehouse.alerts.deadlines((str(period),))
    moments: dict[datetime, dict[str, list[Case]]] = {}

    def at_moment(moment: datetime) -> dict[str, list[Case]]:
        if moment not in moments:
            found: dict[str, list[Case]] = {}
            for case in cases(context, moment, rows):
                found.setdefault(case.form, []).append(case)
            moments[moment] = found
        return moments[moment]

    rungs: list[StepDocument] = []
    own = at_moment(now)
    for row in rows:
        first = first_opening(row, seen.get((row.form, str(period)), ()), now)
        openings: dict[tuple[str, str], Opening] = {("", first.name): first}
        for case in own.get(row.form, []):
            if case.opening is not None and case.opening.reason in ("rejected", "returned"):
                openings[(case.unit_code, case.opening.name)] = case.opening
        for (code, _), opening in openings.items():
            for rung, at in escalation_steps_of(context.programme.calendar, row, opening).items():
                there = None if at > now else _current_steps(at_moment(at).get(row.form, []), opening, code)
                rungs.append(_step_document(context, row, opening, code, rung, at, there))
    if unit is not None:
        rungs = [
            {**r, "not_in": None if r["not_in"] is None else [u for u in r["not_in"] if u == unit]}
            for r in rungs
            if r["unit"] in (None, unit)
        ]
    rungs.sort(key=lambda r: (r["at"], r["form"], r["unit"] or ""))
    return {"period": str(period), "now": now.isoformat(), "rungs": rungs}


def _current_steps(found: Sequence[Case], opening: Opening, code: str) -> list[str]:
    return [
        c.unit_code
        for c in found
        if c.opening is not None and c.opening.name == opening.name and code in ("", c.unit_code)
    ]


def _step_document(
    context: Context, row: CalendarRow, opening: Opening, code: str, rung: Any, at: datetime, there: list[str] | None
) -> StepDocument:
    out_at, why = deferred(context.programme.calendar, context.programme.alerting, at, row.freeze)
    return {
        "form": row.form,
        "unit": code or None,
        "opening": opening.name or None,
        "rung": rung,
        "due": opening.due.isoformat(),
        "at": at.isoformat(),
        "out_at": out_at.isoformat(),
        "deferral": why or None,
        "to": [audience for audience, track in TRACKS.items() if rung in track],
        "provisional": bool(provisional_years(context.programme.calendar, row)),
        "not_in": there,
    }


def calls_document(context: Context, period: Period, now: datetime) -> CallListDocument:
    """The call list: every form still owed at `now` whose due hour is near or past, the furthest on the ladder first.

    `{period, now, programme, simulated, calls [{unit, name, form, form_zh, rung, due, workdays_late, phones [{role, number}],
    last, logged}]}`.
    """
    programme = context.programme
    rows = [r for r in programme.calendar.rows if r.period == period and is_reminded(programme, r.form)]
    sent_already = record(context, str(period), now)
    logged = calls_of(context, str(period), now)
    found: list[CallToMake] = []
    order = ("T+2", "T+1", "T", "T-4h", "T-1")
    for case in cases(context, now, rows):
        if case.opening is None:
            continue
        reached = [r for r, at in escalation_steps_of(programme.calendar, case.row, case.opening).items() if at <= now]
        if not reached or reached[-1] not in order:
            continue
        unit = programme.roster.get(case.unit_code)
        scope = (case.unit_code, case.period, case.form)
        sent = [m for m in sent_already.get(scope, []) if m["sent_at"]]
        own = logged.get(scope, []) + logged.get((case.unit_code, case.period, "*"), [])
        found.append(
            {
                "unit": case.unit_code,
                "name": programme.roster.label(unit) if unit else case.unit_code,
                "form": case.form,
                "form_zh": programme.forms[case.form].zh,
                "rung": reached[-1],
                "due": case.opening.due.isoformat(),
                "workdays_late": case.workdays_late,
                "phones": [
                    {"role": c.role, "number": c.address}
                    for c in programme.phones
                    if c.unit_code in ("*", case.unit_code) and c.form in ("*", case.form) and c.audience == "county"
                ],
                "last": {"rung": sent[-1]["rung"], "channel": sent[-1]["channel"], "at": sent[-1]["sent_at"]}
                if sent
                else None,
                "logged": [call_document(c) for c in sorted(own, key=lambda c: c.called_at)],
            }
        )
    found.sort(key=lambda c: (order.index(str(c["rung"])), str(c["unit"]), str(c["form"])))
    return {
        "period": str(period),
        "now": now.isoformat(),
        "programme": programme.zh,
        "simulated": programme.simulated,
        "calls": found,
    }


def outbox_document(
    context: Context, now: datetime, states: Sequence[NotificationState] | None = None, newest: int | None = None
) -> OutboxDocument:
    """`{now, messages [{message_id, key, …, address, subject, attempts}]}` as of `now`, in the order in which they were made. With
    `newest` at most so many, of those that are in one of the states today."""
    book = context.warehouse.alerts
    asked = book.rows(as_of=now) if newest is None else book.rows(states=states, as_of=now, most=newest)
    rows = [r for r in asked if states is None or state_at(r, now) in states]
    digests = {r.notice.message_id: r for r in book.rows(ids={r.digest_id for r in rows if r.digest_id})}
    attempts = book.attempts([r.notice.message_id for r in (*rows, *digests.values())], now)
    return {
        "now": now.isoformat(),
        "messages": [
            {
                **sent_document(row, attempts, digests, now),
                "state": state_at(row, now),
                "unit": row.notice.unit_code or None,
                "period": row.notice.period or None,
                "form": row.notice.form or None,
                "address": row.notice.address,
                "subject": row.notice.text.subject,
                "next_at": row.next_at.isoformat(),
                "reason": row.reason,
            }
            for row in rows
        ],
    }
