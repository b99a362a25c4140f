"""Queries in the order of their impact, and the explanations that the bureau accepts or returns."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from ..errors import Terminal
from ..flow.month.take_decisions import settle_explanations
from ..flow.portal.desk_view import query_view
from ..model.accounts import Right
from .desk_pages import Decide
from .guards import Visit, viewing
from .page_writer import page
from .period_choice import PeriodQuery, months_of, period_of
from .unit_pages import go

router = APIRouter()


@router.get("/desk/queries")
def queries(visit: Annotated[Visit, Depends(viewing(Right.DECIDE))], period: PeriodQuery = None) -> Response:
    """What to ask first: queries of the month by their impact on the unit's total, and what the units have said."""
    month = period_of(visit, period)
    visit.viewed("queries", period=str(month))
    view = query_view(visit.context, month, visit.state.now())
    return page(visit.request, visit.session, "queries.html", period=month, periods=months_of(visit), view=view)


@router.post("/desk/explanations")
def do_decide(visit: Decide) -> Response:
    """Accepts (采纳) or returns (退回) the chosen explanations; a return says why."""
    decision = visit.text("decision")
    if decision not in ("accepted", "returned"):
        raise HTTPException(422)
    state: Literal["accepted", "returned"] = "accepted" if decision == "accepted" else "returned"
    ids = visit.texts("explanation")
    if not ids:
        raise Terminal("没有选中说明", "no explanation was chosen")
    now = visit.state.now()
    until = visit.text("until") if state == "accepted" else ""
    with visit.state.work:
        done = settle_explanations(
            visit.context, ids, state, visit.account.name, now, visit.text("remark"), until or None, True
        )
    return go(visit, f"/desk/queries?period={done[0].period}" if done else "/desk/queries")
