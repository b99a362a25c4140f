"""Briefs: the city's headline, a leader's one page, a service team's weekly memo; as tables for page and Word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ...dispatch.headline_text import Headline, brief_title, headline_text, span_name
from ...dispatch.service_teams import open_issues
from ...errors import Refused
from ...indicators.levels import TOTAL_INVESTMENT
from ...model.formulas import points_between
from ...model.printed_table import PrintedTable, Words, in_english, percent, printed, yi_yuan
from .area_figures import area_figures, figures_form
from .dispatch_view import DispatchView
from .documents import (
    Amount,
    Document,
    InspectionRow,
    IssueRow,
    LibraryProject,
    MarkedProject,
    Rate,
    TargetRow,
    TeamRow,
)
from .leader_list import leader_key
from .library_table import library_document
from .own_codes import bare
from .people_tables import inspections_document, issue_rows, teams_document
from .print_people import print_issues, print_teams
from .print_projects import print_flags, print_snails
from .print_targets import print_targets
from .project_tables import flags_document, snails_document, stages_document
from .table_words import LIGHTS, PLACES, STATES, STEPS, named_classes
from .target_tables import targets_document

SHOWN = 8
"""Codes that a refusal names."""


class HeadlineDocument(Document):
    """L2, L5: the headline table and paragraph. `span` 上半年 and the like; level 万元, rates fractions."""

    period: str
    span: str
    text: str
    ytd: Amount | None
    growth: Rate | None
    total_growth: Rate | None
    rank_level_province: int | None
    rank_growth_province: int | None


class LeaderBriefDocument(Document):
    """One page for a leader: the projects led, with what is slow, good, inspected, and the issues that wait."""

    period: str
    leader: str
    post: str
    projects: list[LibraryProject]
    snails: list[MarkedProject]
    flags: list[MarkedProject]
    inspections: list[InspectionRow]
    issues: list[IssueRow]


class TeamMemoDocument(Document):
    """The weekly memo of a team with its open issues."""

    period: str
    week: str
    team: TeamRow
    issues: list[IssueRow]


class CityBriefDocument(Document):
    """The brief of the whole city: headline, targets, weakest stage, counts."""

    period: str
    headline: HeadlineDocument
    weakest: str | None
    targets: list[TargetRow]
    flags: int
    snails: int
    warned: int
    open_inspections: int


@dataclass(frozen=True)
class Brief:
    """A document and how it is laid out."""

    document: Document
    title: str
    paragraphs: tuple[str, ...]
    tables: tuple[PrintedTable, ...]


def headline_of(view: DispatchView) -> HeadlineDocument:
    """From the bureau's table of the month, else from the units'; what these do not say stays out."""
    programme = view.programme
    layout, method, city = figures_form(view), programme.method, programme.city_code or ""
    figures = area_figures(view, view.period, (method.indicator, TOTAL_INVESTMENT))
    own, total = (figures.get(code, {}).get(city) for code in (method.indicator, TOTAL_INVESTMENT))
    names = {i.code: i.zh for i in layout.indicators} if layout else {}
    headline = Headline(
        names.get(method.indicator, "制造业投资").removesuffix("投资"),
        own.ytd if own else None,
        own.growth if own else None,
        own.rank_level_province if own else None,
        own.rank_growth_province if own else None,
        total.growth if total else None,
    )
    return HeadlineDocument(
        period=str(view.period),
        span=span_name(view.period),
        text=headline_text(view.period, headline),
        ytd=headline.ytd_wan_yuan,
        growth=headline.growth,
        total_growth=headline.total_growth,
        rank_level_province=headline.rank_level_province,
        rank_growth_province=headline.rank_growth_province,
    )


def _both(view: DispatchView, d: HeadlineDocument) -> Words:
    """The headline paragraph, in English with the same figures."""
    ranked = view.programme.indicator(view.programme.method.indicator)
    subject = ranked.en[:1].lower() + ranked.en[1:] if ranked else "investment"
    parts = [
        f"{subject} {yi_yuan(d.ytd)} × CNY 100 million" if d.ytd is not None else "",
        f"growth {percent(d.growth)}" if d.growth is not None else "",
        f"rank of level in the province {d.rank_level_province}" if d.rank_level_province is not None else "",
        f"rank of growth {d.rank_growth_province}" if d.rank_growth_province is not None else "",
        _ahead_of_total(points_between(d.growth, d.total_growth)),
    ]
    said, month = "; ".join(part for part in parts if part), f"{view.period.first_day:%B}"
    span = month if view.period.month == 1 else f"January to {month}"
    return Words(d.text, f"{span}, the whole city: {said}." if said else "")


def _ahead_of_total(points: Decimal | None) -> str:
    if not points:
        return "" if points is None else "as fast as total investment"
    return f"{abs(points)} points {'above' if points > 0 else 'below'} the growth of total investment"


def print_headline(d: HeadlineDocument) -> PrintedTable:
    return printed(
        f"{d.span}主要数据",
        "headline",
        (
            ("投资（亿元）", "level, 亿元", True),
            ("同比增长", "growth", True),
            ("总量全省位次", "rank of level", True),
            ("增速全省位次", "rank of growth", True),
            ("固定资产投资增长", "growth of total investment", True),
        ),
        [(yi_yuan(d.ytd), percent(d.growth), d.rank_level_province, d.rank_growth_province, percent(d.total_growth))],
    )


def city_brief(view: DispatchView) -> Brief:
    """What the 经信局 hands up once a month."""
    headline, targets = headline_of(view), targets_document(view)
    flags, snails, board = flags_document(view), snails_document(view), stages_document(view)
    open_ones = [i for i in inspections_document(view).inspections if i.state != "closed"]
    document = CityBriefDocument(
        period=str(view.period),
        headline=headline,
        weakest=board.weakest,
        targets=targets.targets,
        flags=len(flags.projects),
        snails=sum(not p.exempt for p in snails.projects),
        warned=len(snails.warned),
        open_inspections=len(open_ones),
    )
    weakest = f"薄弱环节为{PLACES[board.weakest]}" if board.weakest else "无逾期环节"
    weakest_en = f"weakest stage: {in_english(PLACES[board.weakest])}" if board.weakest else "no stage overdue"
    second = Words(
        f"服务库 {board.projects} 个项目，{weakest}；红旗项目 {document.flags} 个，蜗牛项目 {document.snails} 个（豁免另列），"
        f"预警 {document.warned} 个，在办督查 {document.open_inspections} 件。",
        f"{board.projects} projects in the library, {weakest_en}; {document.flags} red-flag projects, {document.snails} "
        f"snails (without the exempted), {document.warned} warned, {document.open_inspections} inspections open.",
    )
    tables = (
        print_headline(headline),
        print_targets(targets, view.units)[0],
        print_flags(flags, view.units)[0],
        print_snails(snails, view.units)[0],
    )
    paragraphs = tuple(text for text in (_both(view, headline), second) if text)
    return Brief(document, brief_title(view.period), paragraphs, tables)


def leader_brief(view: DispatchView, leader: str) -> Brief:
    """Of the leader with this code or name; Refused where nobody of that name leads a project."""
    own = [one for one in view.leading if one.leader_code == leader] or [
        one for one in view.leading if leader in (one.leader_name, bare(one.leader_code))
    ]
    if not own:
        raise Refused(
            f"没有联挂领导 {leader}", f"no such leader of a project: {leader}", f"saima dispatch leaders {view.period}"
        )
    _refuse_several("领导", "leaders", leader, {leader_key(one): one.leader_name for one in own})
    mine = {one.project_code for one in own}
    teams = {one.team_code for one in own if one.team_code}
    units = view.units
    document = LeaderBriefDocument(
        period=str(view.period),
        leader=own[0].leader_name or own[0].leader_code,
        post=own[0].leader_post,
        projects=[p for p in library_document(view).projects if p.project_code in mine],
        snails=[p for p in snails_document(view).projects if p.project_code in mine],
        flags=[p for p in flags_document(view).projects if p.project_code in mine],
        inspections=[
            i for i in inspections_document(view).inspections if i.project_code in mine and i.state != "closed"
        ],
        issues=list(
            issue_rows(
                [
                    i
                    for i in open_issues(view.issues)
                    if i.project_code in mine or (i.team_code and i.team_code in teams)
                ]
            )
        ),
    )
    slow, red = {p.project_code for p in document.snails}, {p.project_code for p in document.flags}
    projects = printed(
        "联挂项目",
        "projects led",
        (
            ("单位", "unit"),
            ("项目", "project"),
            ("总投资（万元）", "planned total, 万元", True),
            ("进度", "progress", True),
            ("灯", "light"),
            ("所处环节", "stage"),
            ("评定", "mark"),
        ),
        [
            (
                units.get(p.unit, p.unit),
                p.name,
                p.plan_total,
                percent(p.progress),
                LIGHTS[p.light],
                PLACES[p.stage],
                Words("蜗牛", "snail")
                if p.project_code in slow
                else Words("红旗", "red flag")
                if p.project_code in red
                else None,
            )
            for p in document.projects
        ],
    )
    inspected = printed(
        "在办督查",
        "open inspections",
        (("编号", "id"), ("级别", "step"), ("状态", "state"), ("限期", "due"), ("逾期", "overdue")),
        [(i.id, STEPS.get(i.step, i.step), STATES[i.state], i.due, i.overdue) for i in document.inspections],
    )
    waiting = print_issues(document.issues, {}, units)
    title = Words(
        f"{view.period} 联挂项目简报：{document.leader}", f"{view.period} brief of projects led: {document.leader}"
    )
    return Brief(document, title, (f"{document.post} {document.leader}",), (projects, inspected, waiting))


def _refuse_several(zh: str, en: str, asked: str, found: Mapping[str, str]) -> None:
    """Two people of one name, or two units' own numbers, are two: the code of one is asked for."""
    if len(found) > 1:
        codes = "、".join(f"{code}（{name}）" if name else code for code, name in sorted(found.items())[:SHOWN])
        raise Refused(
            f"{asked} 有 {len(found)} 个{zh}", f"{asked}: {len(found)} {en}", f"写代码 / give the code: {codes}"
        )


def team_memo(view: DispatchView, team: str, week: str | None = None) -> Brief:
    """Of the team with this code or name in a week; Refused where there is no such team."""
    whole = teams_document(view, week)
    own = [row for row in whole.teams if row.team == team] or [
        row for row in whole.teams if team in (row.name, bare(row.team))
    ]
    if not own:
        raise Refused(f"没有服务专班 {team}", f"no such service team: {team}", f"saima dispatch teams {view.period}")
    _refuse_several("专班", "service teams", team, {row.team: row.name for row in own})
    mine = [issue for issue in whole.issues if issue.team == own[0].team]
    document = TeamMemoDocument(period=str(view.period), week=whole.week, team=own[0], issues=mine)
    classes = named_classes(view.policy)
    memo = print_teams(whole.model_copy(update={"teams": own, "unknown_teams": []}), view.units)[0]
    team_name = own[0].name or own[0].team
    title = Words(f"{whole.week} 服务专班备忘：{team_name}", f"{whole.week} memo of the service team: {team_name}")
    return Brief(document, title, (), (memo, print_issues(mine, classes, view.units)))
