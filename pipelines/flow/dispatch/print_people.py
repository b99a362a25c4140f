"""Tables about people and what they decide: inspections, factors, leaders, teams, helpers, decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...dispatch.service_teams import PARTS
from ...model.dispatch_policy import CRITERIA
from ...model.printed_table import PrintedTable, Words, percent, printed
from .documents import (
    DecisionsDocument,
    FactorsDocument,
    HelpersDocument,
    InspectionsDocument,
    IssueRow,
    LeadersDocument,
    TeamsDocument,
)
from .table_words import KINDS, LEVELS, PROBLEMS, STATES, STEPS, Names, followed, said_in_both


def print_inspections(d: InspectionsDocument, units: Names) -> list[PrintedTable]:
    return [
        printed(
            f"{d.period} 督查单",
            "inspections",
            (
                ("编号", "id"),
                ("单位", "unit"),
                ("项目", "project"),
                ("级别", "step"),
                ("状态", "state"),
                ("立案", "opened"),
                ("限期", "due"),
                ("逾期", "overdue"),
            ),
            [
                (
                    i.id,
                    units.get(i.unit, i.unit),
                    i.name,
                    STEPS.get(i.step, i.step),
                    STATES[i.state],
                    i.opened_at,
                    i.due,
                    i.overdue,
                )
                for i in d.inspections
            ],
        ),
        printed(
            "建议（由人决定）",
            "proposals, people decide",
            (
                ("单位", "unit"),
                ("项目", "project"),
                ("代码", "code"),
                ("建议", "proposal"),
                ("级别", "step"),
                ("蜗牛月数", "months", True),
            ),
            [
                (
                    units.get(q.unit, q.unit),
                    q.name,
                    q.project_code,
                    Words("立案", "open") if q.proposal == "open" else followed(_UP, q.inspection_id),
                    STEPS.get(q.step, q.step),
                    q.snail_months,
                )
                for q in d.queue
            ],
        ),
    ]


_UP = Words("升级", "escalate")
CRITERIA_ZH: Mapping[str, str] = {one.key: str(one.zh).partition("（")[0] for one in CRITERIA}
"""Criteria of the factors in the words of a column head, without what is in brackets."""


def print_factors(d: FactorsDocument, units: Names) -> list[PrintedTable]:
    tables = []
    for block in d.factors:
        criteria = [c.key for c in block.projects[0].criteria] if block.projects else []
        tables.append(
            printed(
                f"{d.period} {block.zh}建议（{block.unit_of_measure}）：额度 {block.budget or '未定'}，"
                f"需求 {block.needed}，建议 {block.proposed}",
                f"{block.factor} proposal ({block.unit_of_measure}), {block.department}: budget {block.budget or 'not set'}, "
                f"needed {block.needed}, proposed {block.proposed}",
                (
                    ("位次", "rank", True),
                    ("单位", "unit"),
                    ("项目", "project"),
                    ("得分", "score", True),
                    *((f"{CRITERIA_ZH.get(key, key)}分", f"points: {key.replace('_', ' ')}", True) for key in criteria),
                    ("需求", "need", True),
                    ("建议", "proposed", True),
                    ("决定", "decision"),
                ),
                [
                    (
                        p.rank,
                        units.get(p.unit, p.unit),
                        p.name,
                        p.score,
                        *(c.points for c in p.criteria),
                        p.need,
                        p.proposed,
                        followed(STATES.get(p.decision, p.decision), p.decided_amount) if p.decision else None,
                    )
                    for p in block.projects
                ],
                "系统只提建议，由人决定 / proposals alone: people decide",
            )
        )
    return tables


def print_leaders(d: LeadersDocument, units: Names) -> list[PrintedTable]:
    return [
        printed(
            f"{d.period} 领导联挂：{d.projects} 个项目，{d.with_one_leader} 个有唯一联挂领导",
            f"leaders of library projects: {d.projects}, {d.with_one_leader} of them with exactly one",
            (
                ("单位", "unit"),
                ("项目", "project"),
                ("联挂领导", "leader"),
                ("职务", "post"),
                ("最近动作", "last action"),
                ("无动作天数", "silent days", True),
                ("问题", "problem"),
            ),
            [
                (
                    units.get(r.unit, r.unit),
                    r.name,
                    r.leaders,
                    r.posts,
                    r.last_action,
                    r.silent_days,
                    PROBLEMS[r.problem],
                )
                for r in d.leaders
            ],
        )
    ]


def print_teams(d: TeamsDocument, units: Names, classes: Names | None = None) -> list[PrintedTable]:
    """`classes`: code → name of a class of issues, where its English is wanted too."""
    named = classes or {c.issue_class: c.zh for c in d.issue_counts}
    return [
        printed(
            f"{d.week} 服务专班纪要（限 {d.due:%Y-%m-%d %H:%M}）",
            f"weekly memos of the service teams, due {d.due:%Y-%m-%d %H:%M}",
            (
                ("单位", "unit"),
                ("专班", "team"),
                ("齐全", "parts", True),
                ("缺", "missing"),
                ("状态", "state"),
                ("到达", "arrived"),
            ),
            [
                (
                    units.get(t.unit, t.unit),
                    t.name or t.team,
                    f"{t.parts}/4",
                    [Words(*PARTS[p]) for p in t.missing],
                    STATES[t.state],
                    f"{t.arrived_at.astimezone(d.due.tzinfo):%Y-%m-%d %H:%M}" if t.arrived_at else None,
                )
                for t in d.teams
            ],
            f"无此专班 / no such team: {'、'.join(d.unknown_teams)}" if d.unknown_teams else "",
        ),
        printed(
            "问题分类",
            "issues by class",
            (("分类", "class"), ("在办", "open", True), ("超期", "overdue", True), ("办结", "closed", True)),
            [(named.get(c.issue_class, c.zh), c.open, c.overdue, c.closed) for c in d.issue_counts],
        ),
        print_issues(d.issues, named, units),
    ]


def print_issues(issues: Sequence[IssueRow], classes: Names, units: Names) -> PrintedTable:
    """Open issues; `classes`: code → name."""
    return printed(
        "在办问题",
        "open issues",
        (
            ("编号", "no"),
            ("单位", "unit"),
            ("分类", "class"),
            ("问题", "issue"),
            ("责任单位", "owner"),
            ("状态", "state"),
            ("限期", "due"),
            ("超期", "overdue"),
        ),
        [
            (
                i.issue_no,
                units.get(i.unit, i.unit),
                classes.get(i.issue_class, i.issue_class),
                i.text,
                i.owner,
                STATES[i.state],
                i.due,
                i.overdue,
            )
            for i in issues
        ],
    )


def print_helpers(d: HelpersDocument, units: Names) -> list[PrintedTable]:
    levels = (("市", "city", True), ("县", "county", True), ("镇", "township", True))
    difference = "" if not d.difference else f"，与公布数相差 {d.difference:+d}"
    difference_en = "" if not d.difference else f", {d.difference:+d} against the published total"
    return [
        printed(
            f"{d.period} 助企服务员 {d.total} 人（市 {d.by_level.city}、县 {d.by_level.county}、镇 {d.by_level.township}）{difference}",
            f"enterprise helpers: {d.total} (city {d.by_level.city}, county {d.by_level.county}, township {d.by_level.township})"
            f"{difference_en}",
            (("单位", "unit"), *levels),
            [(units.get(u.unit, u.unit), u.by_level.city, u.by_level.county, u.by_level.township) for u in d.units],
            f"本月走访 {d.visits} 次、联系 {d.contacts} 次；"
            f"问题 {d.cases} 件，办结 {d.closed} 件（{percent(d.closing_rate)}），超期 {d.overdue} 件 / "
            f"this month {d.visits} visits and {d.contacts} contacts; "
            f"{d.cases} cases, {d.closed} closed ({percent(d.closing_rate)}), {d.overdue} overdue",
        ),
        printed(
            "超出频次的服务员",
            "beyond the cadence",
            (
                ("单位", "unit"),
                ("服务员", "helper"),
                ("级别", "level"),
                ("距联系天数", "contact", True),
                ("距走访天数", "visit", True),
            ),
            [
                (
                    units.get(h.unit, h.unit),
                    h.helper,
                    LEVELS.get(h.level, h.level),
                    h.days_since_contact,
                    h.days_since_visit,
                )
                for h in d.late
            ],
        ),
    ]


def print_decisions(d: DecisionsDocument, _: Names) -> list[PrintedTable]:
    return [
        printed(
            "决定",
            "decisions",
            (
                ("时间", "recorded"),
                ("事项", "kind"),
                ("对象", "subject"),
                ("经办", "by"),
                ("文号", "document"),
                ("自", "from"),
                ("至", "to"),
                ("理由", "reason"),
            ),
            [
                (
                    f"{r.recorded_at:%Y-%m-%d %H:%M}",
                    KINDS.get(r.kind, r.kind),
                    r.subject,
                    Words("系统", "the system") if r.by == "saima" else r.by,
                    r.document,
                    r.valid_from,
                    r.valid_to,
                    said_in_both(r.reason) if r.by == "saima" else r.reason,
                )
                for r in d.decisions
            ],
        )
    ]
