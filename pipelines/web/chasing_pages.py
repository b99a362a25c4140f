"""Who is not in: the call list, calls that were made, stages that are acknowledged or snoozed (催报)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from ..flow.notify.escalation_documents import calls_document
from ..flow.notify.holds import hold, log_call
from ..flow.notify.status_documents import late_document
from ..model.accounts import Right
from ..model.typed_dates import typed_instant
from .guards import Posted, Visit, posting, viewing
from .page_writer import page
from .period_choice import PeriodQuery, months_of, parsed_period, period_of
from .unit_pages import go

router = APIRouter()


@router.get("/desk/calls")
def calls(visit: Annotated[Visit, Depends(viewing(Right.CALLS))], period: PeriodQuery = None) -> Response:
    """Whom to telephone, with the numbers, the last message and what was answered before."""
    month, now = period_of(visit, period), visit.state.now()
    visit.viewed("calls", period=str(month))
    return page(
        visit.request,
        visit.session,
        "calls.html",
        period=month,
        periods=months_of(visit),
        calls=calls_document(visit.context, month, now)["calls"],
        late=late_document(visit.context, month, now),
    )


@router.post("/desk/calls")
def do_log_call(visit: Annotated[Posted, Depends(posting(Right.CALLS))]) -> Response:
    """Logs a call, or acknowledges or snoozes a stage."""
    now, action = visit.state.now(), visit.text("action")
    period, zone = parsed_period(visit.text("period")), visit.context.programme.time_zone
    unit, form, name = visit.text("unit"), visit.text("form") or "*", visit.account.name
    if action == "call":
        log_call(visit.context, unit, period, form, now, name, visit.text("spoke_to"), visit.text("answer"), now)
    elif action in ("ack", "snooze"):
        kind: Literal["ack", "snooze"] = "ack" if action == "ack" else "snooze"
        until = typed_instant(visit.text("until"), zone) if kind == "snooze" else None
        hold(visit.context, kind, unit, period, form, "", visit.text("reason"), until, name, now)
    else:
        raise HTTPException(422)
    return go(visit, f"/desk/calls?period={period}")
