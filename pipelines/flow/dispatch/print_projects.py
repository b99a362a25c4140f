"""Tables about projects: library, stages, flags, snails, showcase."""

from __future__ import annotations

from decimal import Decimal

from ...model.printed_table import PrintedTable, Words, in_english, percent, printed
from .documents import FlagsDocument, LibraryDocument, LibraryProject, ShowcaseDocument, SnailsDocument, StagesDocument
from .table_words import (
    ACHIEVEMENTS,
    CAUSES,
    LIGHTS,
    MILESTONES,
    PLACES,
    STAGES,
    STATES,
    Names,
    followed,
    missing_note,
    reasons_of,
)


def print_library(d: LibraryDocument, units: Names) -> list[PrintedTable]:
    return [
        printed(
            f"{d.period} 市级全周期投资调度服务库：{d.total} 个项目，总投资 {d.plan_total} 万元",
            f"dispatch library: {d.total} projects, planned total {d.plan_total} 万元",
            (
                ("单位", "unit"),
                ("项目", "project"),
                ("代码", "code"),
                ("总投资（万元）", "planned total, 万元", True),
                ("序时计划", "planned", True),
                ("实际完成", "actual", True),
                ("进度", "progress", True),
                ("灯", "light"),
                ("距上次更新（天）", "days since update", True),
                ("所处环节", "stage"),
                ("其他节点", "milestones"),
                ("逾期环节", "overdue"),
                ("联挂领导", "leader"),
            ),
            [
                (
                    units.get(p.unit, p.unit),
                    p.name,
                    p.project_code,
                    p.plan_total,
                    p.planned_ytd,
                    p.actual_ytd,
                    percent(p.progress),
                    LIGHTS[p.light],
                    p.days_since_update,
                    PLACES[p.stage],
                    [followed(MILESTONES[name], on) for name, on in _milestones(p) if on],
                    [STAGES[s] for s in p.overdue_stages],
                    p.leader,
                )
                for p in d.projects
            ],
            missing_note(d.missing_units, units),
        )
    ]


def _milestones(project: LibraryProject) -> tuple[tuple[str, str | None], ...]:
    return ("signed", project.signed), ("trial", project.trial), ("commissioned", project.commissioned)


def print_stages(d: StagesDocument, units: Names) -> list[PrintedTable]:
    weakest = STAGES[d.weakest] if d.weakest else Words("无", "none")
    return [
        printed(
            f"{d.period} 六环节：{d.projects} 个项目，薄弱环节 {weakest}",
            f"six stages: {d.projects} projects, weakest link {in_english(weakest)}",
            (
                ("环节", "stage"),
                ("到期", "due", True),
                ("逾期", "overdue", True),
                ("逾期率", "overdue share", True),
                ("在此环节", "in stage", True),
                ("其总投资（万元）", "planned total, 万元", True),
                ("其本年完成（万元）", "ytd, 万元", True),
                ("停留天数（中位）", "median dwell days", True),
            ),
            [
                (
                    STAGES[s.stage],
                    s.due,
                    s.overdue,
                    percent(Decimal(s.overdue) / s.due) if s.due else None,
                    s.in_stage,
                    s.plan_total,
                    s.actual_ytd,
                    s.median_dwell_days,
                )
                for s in d.stages
            ],
            f"六环节全部完成 {d.finished} 个 / {d.finished} projects have reached every stage",
        ),
        printed(
            "较上月移动",
            "moves since the month before",
            (("从", "from"), ("到", "to"), ("项目数", "projects", True)),
            [(PLACES[m.source], PLACES[m.target], m.projects) for m in d.moves],
        ),
        printed(
            "各单位薄弱环节",
            "weakest link of each unit",
            (("单位", "unit"), *((zh, zh.en, True) for zh in STAGES.values()), ("薄弱环节", "weakest")),
            [
                (
                    units.get(u.unit, u.unit),
                    *(f"{s.overdue}/{s.due}" for s in u.stages),
                    STAGES[u.weakest] if u.weakest else None,
                )
                for u in d.units
            ],
            "逾期/到期 / overdue of due",
        ),
    ]


def print_flags(d: FlagsDocument, units: Names) -> list[PrintedTable]:
    return [
        printed(
            f"{d.period} 红旗项目",
            "red-flag projects",
            (
                ("单位", "unit"),
                ("项目", "project"),
                ("提前天数", "days ahead", True),
                ("进度", "progress", True),
                ("理由", "reasons"),
            ),
            [
                (units.get(p.unit, p.unit), p.name, p.days_ahead, percent(p.progress), reasons_of(p.reasons))
                for p in d.projects
            ],
        ),
        _print_units("红旗单位", "red-flag units", d, units),
    ]


def _print_units(zh: str, en: str, d: FlagsDocument, units: Names) -> PrintedTable:
    return printed(
        f"{zh}（依据 {d.edition}）" if d.edition else f"{zh}（本月尚无排名）",
        f"{en} of {d.edition or 'no edition yet'}",
        (("单位", "unit"), ("理由", "reasons")),
        [(units.get(u.unit, u.unit), reasons_of(u.reasons)) for u in d.units],
    )


def print_snails(d: SnailsDocument, units: Names) -> list[PrintedTable]:
    return [
        printed(
            f"{d.period} 蜗牛项目（内部使用）",
            "snail projects, internal",
            (
                ("单位", "unit"),
                ("项目", "project"),
                ("代码", "code"),
                ("理由", "reasons"),
                ("自", "since"),
                ("月数", "months", True),
                ("进度", "progress", True),
                ("豁免", "exempt"),
            ),
            [
                (
                    units.get(p.unit, p.unit),
                    p.name,
                    p.project_code,
                    reasons_of(p.reasons),
                    p.since,
                    p.months,
                    percent(p.progress),
                    followed(CAUSES.get(p.exempt_cause or "", ""), Words("至", "until"), p.exempt_until, p.department)
                    if p.exempt
                    else None,
                )
                for p in d.projects
            ],
            "豁免的不督查；因公共要素的，责任部门列名 / exempted ones are not inspected; for a public factor the department is listed",
        ),
        printed(
            "预警项目（先黄后蜗牛）",
            "warned projects",
            (
                ("单位", "unit"),
                ("项目", "project"),
                ("灯", "light"),
                ("进度", "progress", True),
                ("开工逾期月", "start overdue", True),
                ("最长逾期天", "overdue days", True),
                ("提醒单", "noticed on"),
            ),
            [
                (
                    units.get(w.unit, w.unit),
                    w.name,
                    LIGHTS[w.light],
                    percent(w.progress),
                    w.start_overdue_months,
                    w.overdue_days,
                    w.noticed_on,
                )
                for w in d.warned
            ],
        ),
        _print_units("蜗牛单位", "snail units", d, units),
    ]


def print_showcase(d: ShowcaseDocument, units: Names) -> list[PrintedTable]:
    return [
        printed(
            f"{d.period} 成果晾晒",
            "results showcase",
            (
                ("成果", "kind"),
                ("单位", "unit"),
                ("项目", "project"),
                ("状态", "state"),
                ("时间", "month"),
                ("签约", "signed"),
                ("天数", "days", True),
                ("可公开", "permitted"),
            ),
            [
                (
                    ACHIEVEMENTS[a.kind],
                    units.get(a.unit, a.unit),
                    a.name,
                    STATES[a.state],
                    a.on,
                    a.signed,
                    a.days,
                    a.may_be_named,
                )
                for a in d.achievements
            ],
        ),
        printed(
            "服务库项目的工作主题（两稳四抓）",
            "themes of the library's projects",
            (("主题", "theme"), ("项目数", "projects", True)),
            list(d.by_theme.items()),
        ),
        printed(
            "新开工亿元以上项目",
            "new starts of 1 亿元 and more",
            (
                ("单位", "unit"),
                ("本月", "month", True),
                ("本月总投资（万元）", "plan, 万元", True),
                ("本年", "year", True),
                ("本年总投资（万元）", "plan, 万元", True),
            ),
            [
                (units.get(n.unit, n.unit), n.month_projects, n.month_plan_total, n.year_projects, n.year_plan_total)
                for n in d.new_starts
            ],
        ),
    ]
