"""Service teams by week and briefs of leaders: what `saima dispatch teams`, `leaders` and `brief` say, to read, to print and as Word."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response

from ..flow.dispatch.briefs import leader_brief, team_memo
from ..flow.dispatch.dispatch_view import DispatchView
from ..flow.dispatch.documents_of import brief_of, brief_word
from ..flow.dispatch.leader_list import leader_list, own_leader_keys
from ..flow.dispatch.people_tables import leaders_document, teams_document
from ..flow.dispatch.print_people import print_issues, print_leaders, print_teams
from ..flow.dispatch.table_words import STATES, named_classes
from ..flow.dispatch.team_week import IssueFilter, weeks_of_month
from ..model.periods import Period
from .dispatch_pages import TITLES, Dispatch, dispatch_periods, month_asked
from .guards import Visit, found_or_404
from .page_writer import page
from .period_choice import PeriodQuery, parsed_period
from .unit_pages import attachment

router = APIRouter()
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
Choice = Annotated[str, Query(max_length=100)]
WeekQuery = Annotated[str | None, Query(pattern=r"^(\d{4}-W\d\d)?$")]


def _view(visit: Visit, period: str | None) -> DispatchView:
    return DispatchView(visit.context, month_asked(visit, period), visit.state.now())


def _week(text: str | None) -> str | None:
    """A week of an address; 404 for one that the year does not have."""
    return str(parsed_period(text)) if text else None


@router.get("/dispatch/teams")
def teams(
    visit: Dispatch,
    period: PeriodQuery = None,
    week: WeekQuery = None,
    issue_class: Choice = "",
    owner: Choice = "",
    state: Choice = "",
    overdue: bool = False,
) -> Response:
    """The memos of a week by team: parts, what is missing, late since Monday at the hour; the open issues by class, owner, SLA, state."""
    view = _view(visit, period)
    document = teams_document(view, _week(week))
    visit.viewed("dispatch", table="teams", period=str(view.period), week=document.week)
    classes = named_classes(view.policy)
    asked = IssueFilter(issue_class, owner, state, overdue)
    shown = asked.chosen(document.issues)
    memos, counts, _ = print_teams(document, view.units, classes)
    weeks = weeks_of_month(view)
    return page(
        visit.request,
        visit.session,
        "teams.html",
        period=view.period,
        periods=dispatch_periods(visit),
        table="teams",
        titles=TITLES,
        document=document,
        weeks=weeks if document.week in weeks else [document.week, *weeks],
        memos=memos,
        counts=counts,
        issues=print_issues(shown, classes, view.units),
        found=len(shown),
        asked=asked,
        classes=classes,
        owners=sorted({one.owner for one in document.issues if one.owner}),
        states={one.state: STATES[one.state] for one in document.issues},
        words=STATES,
    )


@router.get("/dispatch/teams/{team}/memo")
def memo(visit: Dispatch, team: str, period: PeriodQuery = None, week: WeekQuery = None) -> Response:
    """The weekly memo of a team with its open issues, to read and to print."""
    view = _view(visit, period)
    with found_or_404():
        made = team_memo(view, team, _week(week))
    visit.viewed("dispatch", table="memo", period=str(view.period), team=team, week=week)
    return _brief(visit, view.period, "teams", made, f"/dispatch/teams/{team}/word", week)


@router.get("/dispatch/teams/{team}/word")
def memo_word(visit: Dispatch, team: str, period: PeriodQuery = None, week: WeekQuery = None) -> Response:
    """The same as a Word document."""
    month, now = month_asked(visit, period), visit.state.now()
    with found_or_404():
        made = brief_of(visit.context, month, now, team=team, week=_week(week))
    visit.viewed("dispatch", table="memo", period=str(month), team=team, week=week, what="word")
    return attachment(brief_word(visit.context, made, now), WORD, f"{made.title}.docx")


@router.get("/dispatch/leaders")
def leaders(visit: Dispatch, period: PeriodQuery = None) -> Response:
    """Leaders with their projects, last action and the alert of silence; below, the projects one by one."""
    view = _view(visit, period)
    visit.viewed("dispatch", table="leaders", period=str(view.period))
    return page(
        visit.request,
        visit.session,
        "leaders.html",
        period=view.period,
        periods=dispatch_periods(visit),
        table="leaders",
        titles=TITLES,
        leaders=leader_list(view),
        own=_own(visit, view),
        silent_days=view.policy.cadence.leader_silent_days,
        projects=print_leaders(leaders_document(view), view.units)[0],
    )


@router.get("/dispatch/leaders/{leader}/brief")
def brief_page(visit: Dispatch, leader: str, period: PeriodQuery = None) -> Response:
    """The page of a leader, A4: projects led, what is slow or good, inspections, and the issues that wait."""
    view = _view(visit, period)
    with found_or_404():
        made = leader_brief(view, _readable(visit, view, leader))
    visit.viewed("dispatch", table="brief", period=str(view.period), leader=leader)
    return _brief(visit, view.period, "leaders", made, f"/dispatch/leaders/{leader}/word", None)


@router.get("/dispatch/leaders/{leader}/word")
def brief_as_word(visit: Dispatch, leader: str, period: PeriodQuery = None) -> Response:
    """The same as a Word document."""
    view = _view(visit, period)
    with found_or_404():
        made = leader_brief(view, _readable(visit, view, leader))
    visit.viewed("dispatch", table="brief", period=str(view.period), leader=leader, what="word")
    return attachment(brief_word(visit.context, made, view.as_of), WORD, f"{made.title}.docx")


def _own(visit: Visit, view: DispatchView) -> frozenset[str]:
    """The leaders whose briefs alone an account may read: its own, where a leader has the account; empty: it may read all."""
    if visit.account.role != "leader":
        return frozenset()
    return own_leader_keys(view, visit.account.name, visit.account.username)


def _readable(visit: Visit, view: DispatchView, leader: str) -> str:
    """The leader, where the account may read the brief; another leader's is not there."""
    own = _own(visit, view)
    if own and leader not in own:
        raise HTTPException(404)
    return leader


def _brief(visit: Visit, month: Period, table: str, made: object, word: str, week: str | None) -> Response:
    return page(
        visit.request,
        visit.session,
        "brief.html",
        period=month,
        table=table,
        titles=TITLES,
        brief=made,
        word=word,
        week=week,
    )
