"""The ranking of a month: closing, draft beside the edition before, what blocks it, signatures, publication, the archive of editions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import RedirectResponse, Response

from ..errors import Refused
from ..flow.month.draft import draft
from ..flow.month.prerelease import record_access
from ..flow.month.release import publish_edition, record, return_content, signable
from ..flow.month.take_decisions import overrule_blocks
from ..flow.portal.desk_view import month_in_hand
from ..flow.portal.edition_view import edition_file, edition_head, edition_periods, editions, ranking_view
from ..model.accounts import SIGNATURE_LABELS, SIGNATURE_RIGHTS, Right
from ..model.periods import Period
from .guards import FormMistake, Posted, Visit, found_or_404, posting, viewing
from .page_refusal import PageRefusal
from .page_writer import page
from .period_choice import PeriodQuery, months_of, parsed_period
from .unit_pages import go

router = APIRouter()
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors {frame}"


def _newest(visit: Visit, period: str | None) -> Period:
    """The month asked for; else the newest with an edition, else the month in hand."""
    if period:
        return parsed_period(period)
    drafted = edition_periods(visit.context, True)
    return Period.parse(drafted[0]) if drafted else month_in_hand(visit.context, visit.state.now())


def _shown_before_publication(visit: Visit, month: Period) -> None:
    """A draft that is shown is pre-release access (`saima access`)."""
    edition = visit.context.warehouse.editions.newest(str(month))
    if edition is not None:
        record_access(visit.context, edition, "web", visit.state.now(), visit.account.username)


def _edition_of(visit: Posted, month: Period) -> str:
    """The edition that a form is about. One of another month is none of this page's: what is signed and what is shown would be two."""
    edition = visit.text("edition")
    if visit.context.warehouse.editions.by_id(edition).period != str(month):
        raise FormMistake(
            f"{edition} 不是 {month} 的版次", f"{edition} is no edition of {month}", "刷新页面 / load the page again"
        )
    return edition


@router.get("/ranking")
def ranking(visit: Annotated[Visit, Depends(viewing(Right.DRAFT))], period: PeriodQuery = None) -> Response:
    """The newest draft or edition of a month beside the one before, every changed cell marked."""
    month = _newest(visit, period)
    visit.viewed("ranking", period=str(month))
    view = ranking_view(visit.context, month, visit.state.now())
    _shown_before_publication(visit, month)
    waits = view.edition if not view.sent_back else None
    found = signable(visit.context, waits, visit.account.name) if waits else []
    return page(
        visit.request,
        visit.session,
        "ranking.html",
        view=view,
        signable=[role for role in found if visit.account.may(SIGNATURE_RIGHTS[role])],
        signature_labels=SIGNATURE_LABELS,
        periods=months_of(visit),
    )


@router.post("/ranking/{period}/close")
def do_close(visit: Annotated[Posted, Depends(posting(Right.PUBLISH))], period: str) -> Response:
    """Closes the month where that is possible, and drafts its ranking."""
    month, now = parsed_period(period), visit.state.now()
    with visit.state.work:
        from ..flow.month.close import close  # the rules of a period with it: once a month

        closed = close(visit.context, month, now)
        if not closed.closed:
            roster = visit.context.programme.roster
            zh, _, en = closed.reason.partition(" / ")
            missing = [unit for code in closed.missing if (unit := roster.get(code))]
            units = [unit for unit in missing if roster.label(unit) not in zh]
            names_zh = "、".join(roster.label(unit) for unit in units)
            names_en = ", ".join(unit.name_en for unit in units)
            raise Refused(
                f"{period} 不能关账：{zh}{'；未通过：' + names_zh if units else ''}",
                f"{period} cannot be closed: {en}{'; not accepted: ' + names_en if units else ''}",
            )
        draft(visit.context, month, now)
    visit.context.warehouse.audit(visit.account.username, "close-asked", period, {}, now)
    return go(visit, f"/ranking?period={month}")


@router.post("/ranking/{period}/overrule")
def do_overrule(visit: Annotated[Posted, Depends(posting(Right.PUBLISH))], period: str) -> Response:
    """A signed decision to publish figures as they are; printed in the edition."""
    month, now = parsed_period(period), visit.state.now()
    with visit.state.work:
        overrule_blocks(visit.context, month, visit.texts("block"), visit.text("reason"), visit.account.name, now)
    return go(visit, f"/ranking?period={month}")


@router.post("/ranking/{period}/sign")
def do_sign(
    visit: Annotated[Posted, Depends(posting(Right.SIGN_STATISTICS, Right.SIGN_DISPATCH))], period: str
) -> Response:
    """Approves, or returns with an opinion, exactly the content that the page showed; each role by its own people."""
    month, role = parsed_period(period), visit.text("role")
    if role not in SIGNATURE_RIGHTS or not visit.account.may(SIGNATURE_RIGHTS[role]):
        raise PageRefusal(403, "此账号不签发这一角色", "this account does not sign that role")
    decision, opinion = visit.text("decision"), visit.text("opinion")
    if decision not in ("approved", "returned"):
        raise HTTPException(422)
    edition, shown, name = _edition_of(visit, month), visit.text("content_hash"), visit.account.name
    now = visit.state.now()
    if decision == "returned":
        return_content(visit.context, edition, role, name, shown, opinion, now)
    elif opinion:
        raise FormMistake(
            "写了退回意见，未签发",
            "not signed: an opinion to return it was written",
            "清空意见后签发，或退回初稿 / clear the opinion and sign, or return the draft",
        )
    else:
        record(visit.context, edition, role, name, shown, True, now, False)
    return go(visit, f"/ranking?period={month}")


@router.post("/ranking/{period}/publish")
def do_publish(visit: Annotated[Posted, Depends(posting(Right.PUBLISH))], period: str) -> Response:
    """Publishes the signed content, then what follows a publication; refused under embargo, unsigned or where it changed."""
    month, now = parsed_period(period), visit.state.now()
    with visit.state.work:
        from ..flow.month.follow_publication import follow_publication  # the site with it: once a month

        published = publish_edition(visit.context, _edition_of(visit, month), visit.text("content_hash"), now)
        visit.context.warehouse.audit(visit.account.username, "publish-asked", published.edition_id, {}, now)
        failures = follow_publication(visit.context, month, now)
    if failures:
        raise Refused("；".join(failures), "the edition is published", f"saima publish {month}")
    return go(visit, f"/ranking?period={month}")


@router.get("/editions")
def archive(visit: Annotated[Visit, Depends(viewing(Right.PUBLISHED))], period: PeriodQuery = None) -> Response:
    """Editions, the newest first, or those of a period; drafts for those who may see them."""
    drafts = visit.account.may(Right.DRAFT)
    found = editions(visit.context, drafts, parsed_period(period) if period else None)
    periods = edition_periods(visit.context, drafts)
    return page(visit.request, visit.session, "editions.html", editions=found, period=period, periods=periods)


@router.get("/editions/{edition}")
def edition_folder(visit: Annotated[Visit, Depends(viewing(Right.PUBLISHED))], edition: str) -> Response:
    """To the page of an edition, below which its files lie."""
    with found_or_404():
        edition_file(visit.context, edition, "", visit.account.may(Right.DRAFT))
    return RedirectResponse(f"{visit.request.url.path.rstrip('/')}/index.html", 303)


@router.get("/editions/{edition}/{name:path}")
def edition_page(visit: Annotated[Visit, Depends(viewing(Right.PUBLISHED))], edition: str, name: str) -> Response:
    """A file of an edition as it was written; only known files of known editions."""
    with found_or_404():
        content, kind = edition_file(visit.context, edition, name, visit.account.may(Right.DRAFT))
        head = edition_head(visit.context, edition, visit.account.may(Right.DRAFT))
    record_access(visit.context, head, "web", visit.state.now(), visit.account.username)
    policy = POLICY.format(frame=visit.request.app.state.frame_ancestors)
    return Response(content, media_type=kind, headers={"Content-Security-Policy": policy})
