"""The installation: outbox with retry, rule health, sources, the state of everything, and the figures for Prometheus."""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from ..errors import Refused
from ..flow.notify.escalation_documents import outbox_document
from ..flow.portal.desk_view import rule_figures, source_figures
from ..flow.portal.doctor import examine
from ..flow.portal.metrics import metrics_text
from ..model.accounts import Right
from ..model.notifications import NotificationState
from .guards import Posted, Visit, posting, scraping, viewing
from .page_writer import page
from .period_choice import PeriodQuery, months_of, period_of
from .portal_state import PortalState
from .unit_pages import go

router = APIRouter()
SHOWN_MESSAGES = 300


@router.get("/operation/outbox")
def outbox(
    visit: Annotated[Visit, Depends(viewing(Right.OUTBOX))],
    state: Annotated[str | None, Query(pattern=r"^([a-z]{4,10})?$")] = None,
) -> Response:
    """Messages with their recipient and result, the newest first; dead letters can be sent again."""
    visit.viewed("outbox")
    now, known = visit.state.now(), get_args(NotificationState)
    asked: list[NotificationState] | None = [one for one in known if one == state] or None
    newest = outbox_document(visit.context, now, asked, SHOWN_MESSAGES + 1)["messages"]
    return page(
        visit.request,
        visit.session,
        "outbox.html",
        messages=newest[::-1][:SHOWN_MESSAGES],
        more=len(newest) > SHOWN_MESSAGES,
        most=SHOWN_MESSAGES,
        states=sorted(known),
        chosen=state,
        dead=len(visit.context.warehouse.alerts.rows(states=("dead",), as_of=now)),
    )


@router.post("/operation/outbox")
def do_retry(visit: Annotated[Posted, Depends(posting(Right.OUTBOX_RETRY))]) -> Response:
    """Queues dead letters again."""
    book = visit.context.warehouse.alerts
    dead = {row.notice.message_id for row in book.rows(states=("dead",))}
    chosen = sorted(dead & set(visit.texts("message")))
    if not chosen:
        raise Refused("没有选中未能送达的通知", "no dead letter was chosen")
    book.revive(chosen, visit.state.now(), visit.account.username)
    return go(visit, "/operation/outbox")


@router.get("/operation/rules")
def rules(visit: Annotated[Visit, Depends(viewing(Right.OPERATION))], period: PeriodQuery = None) -> Response:
    """What every rule looked at and found over the newest versions of a month; counts, no amounts."""
    month = period_of(visit, period)
    figures = rule_figures(visit.context, month)
    return page(visit.request, visit.session, "rules.html", period=month, periods=months_of(visit), figures=figures)


@router.get("/operation/sources")
def sources(visit: Annotated[Visit, Depends(viewing(Right.OPERATION))]) -> Response:
    """Where files come from, and what `saima doctor` says."""
    return page(
        visit.request,
        visit.session,
        "sources.html",
        sources=source_figures(visit.context, visit.state.now()),
        examined=examine(visit.state.settings, visit.context, visit.state.now()),
    )


@router.get("/metrics")
def metrics(state: Annotated[PortalState, Depends(scraping)]) -> Response:
    """The figures of the month for Prometheus (text exposition format)."""
    return Response(metrics_text(state.context, state.now()), media_type=CONTENT_TYPE_LATEST)
