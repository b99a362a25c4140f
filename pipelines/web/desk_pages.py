"""The bureau's desk: the month at a glance, a version with its findings and rows, sending a file back, waivers with two signatures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from ..errors import Terminal
from ..flow.feedback.decisions import waive
from ..flow.feedback.return_submission import return_and_notify
from ..flow.portal.desk_view import desk_month, version_view
from ..flow.portal.print_return import printed_return
from ..flow.portal.row_grid import row_grid
from ..flow.portal.unit_view import marked_workbook, withdrawn_of
from ..model.accounts import Right
from ..model.typed_dates import typed_instant
from .guards import Posted, Visit, found_or_404, posting, viewing
from .page_writer import page
from .period_choice import PeriodQuery, months_of, period_of
from .unit_pages import WORKBOOK, attachment, go

router = APIRouter()
Desk = Annotated[Visit, Depends(viewing(Right.STATES))]
Rows = Annotated[Visit, Depends(viewing(Right.ROWS))]
Decide = Annotated[Posted, Depends(posting(Right.DECIDE))]


@router.get("/desk")
def desk(visit: Desk, period: PeriodQuery = None) -> Response:
    """Units × forms of a month: received, version, late, verdict, findings. No amounts."""
    month = desk_month(visit.context, period_of(visit, period), visit.state.now())
    return page(visit.request, visit.session, "desk.html", month=month, fault=visit.state.programme_fault)


@router.get("/desk/submissions/{submission_id}")
def version_page(visit: Rows, submission_id: str, every: bool = False) -> Response:
    """A version: its findings, the failing rows in their place, what may be decided about it."""
    with found_or_404():
        view = version_view(visit.context, submission_id)
    visit.viewed(submission_id)
    version = view.part.version
    known = visit.context.warehouse.receipts_by_id([version.receipt_id])[version.receipt_id]
    return page(
        visit.request,
        visit.session,
        "version.html",
        view=view,
        part=view.part,
        grid=row_grid(visit.context, version, view.part.findings, every),
        every=every,
        withdrawn=withdrawn_of(visit.context, view.siblings),
        workbook=marked_workbook(visit.context, known) is not None,
        waivers=[
            w for w in visit.context.warehouse.rulings.waivers(version.period) if w.submission_id == submission_id
        ],
    )


@router.get("/desk/submissions/{submission_id}/workbook")
def workbook(visit: Rows, submission_id: str) -> Response:
    """The marked workbook that went back to the unit."""
    with found_or_404():
        version = version_view(visit.context, submission_id).part.version
        found = marked_workbook(
            visit.context, visit.context.warehouse.receipts_by_id([version.receipt_id])[version.receipt_id]
        )
    visit.viewed(submission_id, what="workbook")
    if found is None:
        raise Terminal("没有标注的工作簿", "there is no marked workbook")
    return attachment(found[1], WORKBOOK, found[0])


@router.get("/desk/submissions/{submission_id}/print")
def print_page(visit: Rows, submission_id: str) -> Response:
    """The return as its unit signs it."""
    with found_or_404():
        version = version_view(visit.context, submission_id).part.version
    visit.viewed(submission_id, what="print")
    return page(visit.request, visit.session, "print_return.html", sheet=printed_return(visit.context, version))


@router.post("/desk/submissions/{submission_id}/return")
def do_return(visit: Decide, submission_id: str) -> Response:
    """Sends a version back to its unit, with a reason and a deadline."""
    with found_or_404():
        version_view(visit.context, submission_id)
    now = visit.state.now()
    until = typed_instant(visit.text("deadline"), visit.context.programme.time_zone)
    with visit.state.work:
        return_and_notify(
            visit.context, submission_id, visit.text("reason"), until, visit.account.name, now, patience=0
        )
    return go(visit, f"/desk/submissions/{submission_id}")


@router.post("/desk/submissions/{submission_id}/waive")
def do_waive(visit: Decide, submission_id: str) -> Response:
    """Proposes to lift an error of a cell, or signs as the second person what another proposed."""
    with found_or_404():
        version_view(visit.context, submission_id)
    rows = visit.row_numbers("row")
    with visit.state.work:
        waive(
            visit.context,
            submission_id,
            visit.text("rule"),
            rows[0] if rows else None,
            visit.text("field") or None,
            visit.text("reason"),
            visit.text("until") or None,
            visit.account.name,
            visit.state.now(),
        )
    return go(visit, f"/desk/submissions/{submission_id}")


@router.get("/desk/waivers")
def waivers(visit: Annotated[Visit, Depends(viewing(Right.DECIDE))], period: PeriodQuery = None) -> Response:
    """Waivers of a month: proposed ones wait for the second signature."""
    month = period_of(visit, period)
    visit.viewed("waivers", period=str(month))
    return page(
        visit.request,
        visit.session,
        "waivers.html",
        period=month,
        periods=months_of(visit),
        waivers=visit.context.warehouse.rulings.waivers(str(month)),
    )
