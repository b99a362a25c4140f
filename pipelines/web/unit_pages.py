"""The portal of a unit: what is due, the template, the upload with its verdict, explanations, withdrawal, history, the return to print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from ..errors import Refused, Terminal
from ..flow.feedback.return_submission import withdraw
from ..flow.feedback.return_template import make_template
from ..flow.month.take_decisions import answer_queries
from ..flow.portal.print_return import printed_return
from ..flow.portal.row_grid import RowGrid, row_grid
from ..flow.portal.unit_view import (
    SentFile,
    SentPart,
    due_forms,
    forms_of,
    history,
    marked_workbook,
    may_change,
    may_withdraw,
    own_version,
    receipts_of_upload,
    sent_files,
    whole_receipts,
    withdrawn_of,
)
from ..flow.portal.uploads import Upload, UploadedFile, receive_upload, refused_files
from ..model.accounts import Right
from ..model.loading import SubmissionRow
from ..model.periods import Period
from ..model.rulings import REASONS
from .guards import Posted, Visit, form_input, found_or_404, posting, state_of, viewing
from .page_writer import page
from .period_choice import PeriodQuery, months_of, parsed_period

router = APIRouter()
UPLOAD_PATH = "/unit/upload"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Own = Annotated[Visit, Depends(viewing(Right.OWN_RETURNS))]
_own_form = posting(Right.OWN_RETURNS)
OwnForm = Annotated[Posted, Depends(_own_form)]
HELD_SECONDS = 5.0
"""How long an upload, then its page, is kept waiting for the verdict: sixty pages cost less so than by asking every second."""


def attachment(content: bytes, kind: str, name: str) -> Response:
    """Bytes to be saved under a name; no page of this server runs what is in them."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=kind, headers={"Content-Disposition": disposition})


def go(visit: Visit, path: str) -> RedirectResponse:
    """To another page after a form."""
    return RedirectResponse(f"{visit.request.scope.get('root_path', '')}{path}", 303)


@router.get("/unit")
def unit_page(visit: Own, period: PeriodQuery = None) -> Response:
    """What is due and when, what was sent, and where to send it; with `period` the forms of another month."""
    unit, domain, now = visit.unit, visit.account.domain, visit.state.now()
    recent = history(visit.context, unit, domain, now)[:8]
    return page(
        visit.request,
        visit.session,
        "unit.html",
        unit=unit,
        due=due_forms(visit.context, unit, domain, now, parsed_period(period) if period else None),
        period=period,
        periods=months_of(visit),
        recent=recent,
        withdrawn=withdrawn_of(visit.context, recent),
        most_bytes=visit.state.settings.web_upload_max_bytes,
    )


@router.get("/unit/template/{form}/{period}")
def template(visit: Own, form: str, period: str) -> Response:
    """The workbook of a form, filled in with what is known of the unit's last month."""
    with found_or_404():
        if form not in {one.name for one in forms_of(visit.context, visit.unit, visit.account.domain)}:
            raise Refused("没有这张报表", "no such form")
        try:
            content = make_template(visit.context, form, visit.unit.code, Period.parse(period), True)
        except (Terminal, ValueError) as no:
            raise Refused("没有这个报告期", "no such period") from no
    visit.viewed(visit.unit.code, form=form, period=period, what="template")
    return attachment(content, WORKBOOK, f"{form}_{visit.unit.code}_{period}.xlsx")


async def _receiving(request: Request) -> Posted:
    """The guard of an upload; the queue knows of it before its body is read."""
    queue = state_of(request).queue
    number = queue.expect()
    try:
        visit: Posted = await _own_form(request)
    except BaseException:
        queue.arrived(number)
        raise
    request.state.upload_number = number
    return visit


_receiving.rights = (Right.OWN_RETURNS,)  # type: ignore[attr-defined]


@router.post(UPLOAD_PATH)
async def upload(visit: Annotated[Posted, Depends(_receiving)]) -> Response:
    """Takes one or several files (a zip is one) and shows their verdict as soon as it is there."""
    queue = visit.state.queue
    try:
        done = await run_in_threadpool(_receive, visit)
    finally:
        queue.arrived(visit.request.state.upload_number)
    await queue.decided([r.receipt_id for r in done.receipts], HELD_SECONDS)
    return go(visit, f"/unit/uploads/{done.upload_id}")


def _receive(visit: Posted) -> Upload:
    files = [UploadedFile(f.filename or "", f.size or 0, f.file) for f in visit.files("files")]
    now = visit.state.now()
    done = receive_upload(visit.context, visit.unit, files, now, visit.state.receipts.do)
    detail = {"unit": visit.unit.code, "files": len(done.receipts), "refused": [name for name, _ in done.refused]}
    visit.note("upload", done.upload_id, detail, now)
    visit.state.queue.put(r.receipt_id for r in done.receipts)
    return done


@router.get("/unit/uploads/{upload_id}")
async def upload_page(visit: Own, upload_id: str, every: bool = False, answer: bool = False) -> Response:
    """The verdict of every file of an upload; while some wait, the page asks again by itself, and is kept waiting. With `answer` it
    asks for the marked workbooks, which are written after the verdict is shown."""
    if visit.polled and not answer:
        await visit.state.queue.decided(await run_in_threadpool(_receipt_ids, visit, upload_id), HELD_SECONDS)
    shown = await run_in_threadpool(_upload_page, visit, upload_id, every, answer)
    if shown is None:  # loaded, but its findings are being read from the lake, once for all pages of the batch
        await visit.state.queue.decided(await run_in_threadpool(_receipt_ids, visit, upload_id), HELD_SECONDS)
        shown = await run_in_threadpool(_upload_page, visit, upload_id, every, answer, False)
    assert shown is not None
    return shown


def _receipt_ids(visit: Visit, upload_id: str) -> list[str]:
    with found_or_404():
        return [r.receipt.receipt_id for r in receipts_of_upload(visit.context, visit.unit, upload_id)]


def _upload_page(visit: Visit, upload_id: str, every: bool, answer: bool, early: bool = True) -> Response | None:
    """None where it is too `early` to show what is loaded already."""
    with visit.context.warehouse.one_view():
        with found_or_404():
            receipts = receipts_of_upload(visit.context, visit.unit, upload_id)
        queue = visit.state.queue
        failed = {r.receipt.receipt_id for r in receipts if r.state == "received"} & queue.failures.keys()
        waiting = any(r.state == "received" for r in receipts)
        if early and not waiting and queue.undecided(r.receipt.receipt_id for r in receipts):
            return None
        if visit.polled and not failed and (waiting or (answer and queue.working)):
            return Response(status_code=204)
        visit.viewed(visit.unit.code, upload=upload_id)
        files = sent_files(visit.context, visit.unit, visit.account.domain, receipts, visit.state.recent)
        return _verdicts(visit, files, every, waiting, failed, refused_files(visit.context, visit.unit, upload_id))


def _verdicts(
    visit: Visit,
    files: Sequence[SentFile],
    every: bool,
    waiting: bool = False,
    failed: set[str] | frozenset[str] = frozenset(),
    refused: Sequence[tuple[str, str]] = (),
) -> Response:
    """Files with their verdicts; `failed`: receipts that could not be processed, `refused`: (name, reason) of what was not taken."""
    return page(
        visit.request,
        visit.session,
        "upload.html",
        files=files,
        grids={p.version.submission_id: _grid(visit, p, every) for f in files for p in f.parts},
        every=every,
        waiting=waiting,
        failed=failed,
        answering=visit.state.queue.working,
        refused=refused,
        reasons=REASONS,
        now_rows=_open_rows(visit, files),
        may_withdraw=lambda version: may_withdraw(visit.context, visit.unit, version, visit.state.now()),
    )


def _grid(visit: Visit, part: SentPart, every: bool) -> RowGrid:
    known = None if every else visit.state.recent.get(part.version)
    return known[1] if known else row_grid(visit.context, part.version, part.findings, every)


def _open_rows(visit: Visit, files: Sequence[SentFile]) -> dict[str, dict[str, list[int]]]:
    """submission → rule → rows of its open queries, for the forms of explanations."""
    found: dict[str, dict[str, list[int]]] = {}
    for file in files:
        for part in file.parts:
            for finding in part.of("query") if may_change(visit.unit, part.version) else ():
                if not finding.answered:
                    rows = found.setdefault(part.version.submission_id, {}).setdefault(finding.rule, [])
                    rows += [] if finding.row is None else [finding.row]
    return found


@router.get("/unit/submissions/{submission_id}")
def submission_page(visit: Own, submission_id: str, every: bool = False) -> Response:
    """A version however it came: by upload, drop folder or mail."""
    with found_or_404():
        version = own_version(visit.context, visit.unit, visit.account.domain, submission_id)
    receipts = visit.context.warehouse.receipts_by_id([version.receipt_id])
    files = sent_files(visit.context, visit.unit, visit.account.domain, list(receipts.values()))
    visit.viewed(submission_id)
    return _verdicts(visit, files, every)


@router.get("/unit/submissions/{submission_id}/workbook")
def workbook(visit: Own, submission_id: str) -> Response:
    """The marked workbook of the file a version came with, where the account may see all that is in it."""
    with found_or_404():
        version = own_version(visit.context, visit.unit, visit.account.domain, submission_id)
        whole = whole_receipts(visit.context, visit.unit, visit.account.domain, [version.receipt_id])
        known = visit.context.warehouse.receipts_by_id([version.receipt_id])[version.receipt_id]
        found = marked_workbook(visit.context, known) if version.receipt_id in whole else None
        if found is None:
            raise Refused("没有标注的工作簿", "there is no marked workbook")
    visit.viewed(submission_id, what="workbook")
    return attachment(found[1], WORKBOOK, found[0])


@router.get("/unit/submissions/{submission_id}/print")
def print_page(visit: Own, submission_id: str) -> Response:
    """The return to print and sign."""
    with found_or_404():
        version = own_version(visit.context, visit.unit, visit.account.domain, submission_id)
    visit.viewed(submission_id, what="print")
    return page(visit.request, visit.session, "print_return.html", sheet=printed_return(visit.context, version))


def _changeable(visit: Visit, submission_id: str) -> SubmissionRow:
    """A version that the unit answers for; 404 for any other."""
    with found_or_404():
        version = own_version(visit.context, visit.unit, visit.account.domain, submission_id)
        if not may_change(visit.unit, version):
            raise Refused("没有这份报送", "no such submission")
    return version


@router.post("/unit/submissions/{submission_id}/explain")
def do_explain(visit: OwnForm, submission_id: str) -> Response:
    """An explanation of the queries of a rule: of the rows chosen, or of all."""
    version = _changeable(visit, submission_id)
    rows = visit.row_numbers("row")
    with visit.state.work, form_input():
        answer_queries(
            visit.context,
            submission_id,
            visit.text("rule"),
            rows or None,
            visit.text("reason"),
            visit.text("text"),
            visit.text("until") or None,
            visit.account.name,
            visit.state.now(),
        )
    return go(visit, f"/unit/submissions/{version.submission_id}")


@router.post("/unit/submissions/{submission_id}/withdraw")
def do_withdraw(visit: OwnForm, submission_id: str) -> Response:
    """Takes the own version back, before the due hour."""
    _changeable(visit, submission_id)
    with visit.state.work, form_input():
        withdraw(visit.context, submission_id, visit.text("reason"), visit.account.name, visit.state.now())
    return go(visit, f"/unit/submissions/{submission_id}")


@router.get("/unit/history")
def history_page(visit: Own, period: Annotated[str | None, Query(max_length=10)] = None) -> Response:
    """Everything the unit sent in the last thirteen months, with receipts."""
    rows = history(visit.context, visit.unit, visit.account.domain, visit.state.now())
    shown = [r for r in rows if not period or period == r.period]
    return page(
        visit.request,
        visit.session,
        "history.html",
        unit=visit.unit,
        rows=shown,
        withdrawn=withdrawn_of(visit.context, shown),
        period=period,
        periods=sorted({r.period for r in rows}, key=lambda p: (Period.parse(p).first_day, p), reverse=True),
    )
