"""Tables about targets, lists, coverage and campaigns."""

from __future__ import annotations

from decimal import Decimal

from ...model.formulas import points_between, round_half_up
from ...model.printed_table import PrintedTable, Words, in_english, percent, printed
from .documents import CampaignDocument, CoverageDocument, ListsDocument, TargetRow, TargetsDocument
from .table_words import SOURCES, STATES, Names, both, followed, missing_note, target_name


def print_targets(d: TargetsDocument, units: Names) -> list[PrintedTable]:
    return [
        _print_target_rows(f"{d.period} 目标", "targets", d.targets, units),
        printed(
            "比较目标（三个超过、五个快于）",
            "comparator targets",
            (
                ("项", "item"),
                ("左", "left", True),
                ("右", "right", True),
                ("差（百分点）", "gap, pp", True),
                ("状态", "state"),
            ),
            [
                (Words(c.zh, c.en), percent(c.left), percent(c.right), points_between(c.left, c.right), STATES[c.state])
                for c in d.comparisons
            ],
        ),
        _print_target_rows(
            "各单位年度目标（仅供政府内部）", "annual targets of units, for governments alone", d.units, units
        ),
    ]


def _print_target_rows(zh: str, en: str, rows: list[TargetRow], units: Names) -> PrintedTable:
    def shown(row: TargetRow, value: object) -> object:
        if value is None:
            return None
        return percent(float(str(value))) if row.metric == "growth" else round_half_up(Decimal(str(value)), 0)

    def shown_gap(row: TargetRow) -> object:
        """Between two rates: percentage points of the rates beside it."""
        if row.metric != "growth" or row.gap is None:
            return shown(row, row.gap)
        return f"{points_between(_rate(row.value), _rate(row.actual))} pp"

    return printed(
        zh,
        en,
        (
            ("指标", "metric"),
            ("范围", "scope"),
            ("时段", "window"),
            ("目标", "value", True),
            ("实际", "actual", True),
            ("差额", "gap", True),
            ("应完成（季节曲线）", "expected", True),
            ("应完成（线性）", "linear", True),
            ("月均还需", "pace", True),
            ("下月还需（曲线）", "next month", True),
            ("状态", "state"),
            ("编号", "id"),
        ),
        [
            (
                target_name(row.metric, row.comparator),
                units.get(row.scope, row.scope),
                row.window,
                shown(row, row.value),
                shown(row, row.actual),
                shown_gap(row),
                shown(row, row.expected),
                shown(row, row.expected_linear),
                shown(row, row.pace_required),
                shown(row, row.pace_required_seasonal),
                STATES[row.state],
                row.id,
            )
            for row in rows
        ],
        "金额万元，增速的差额为百分点 / amounts in 万元, gaps of growth in percentage points (pp)",
    )


def _rate(figure: object) -> Decimal | None:
    return None if figure is None else Decimal(str(figure))


def print_lists(d: ListsDocument, units: Names) -> list[PrintedTable]:
    total = (
        Words("合计（去重）", "total, each once"),
        d.distinct.projects,
        None,
        None,
        d.distinct.plan_total,
        d.distinct.ytd,
        None,
    )
    return [
        printed(
            f"{d.period} 项目清单",
            "lists of projects",
            (
                ("清单", "list"),
                ("项目数", "projects", True),
                ("公布数", "published", True),
                ("差", "difference", True),
                ("总投资（万元）", "planned total, 万元", True),
                ("本年完成（万元）", "ytd, 万元", True),
                ("不合规则", "rule broken"),
            ),
            [
                *(
                    (
                        row.name,
                        row.projects,
                        row.expected_count,
                        row.difference,
                        row.plan_total,
                        row.ytd,
                        len(row.broken) or None,
                    )
                    for row in d.lists
                ),
                total,
            ],
            missing_note(d.missing_units, units),
        )
    ]


def print_coverage(d: CoverageDocument, units: Names) -> list[PrintedTable]:
    return [
        printed(
            f"{d.period} 应统未统：{d.total} 个",
            f"started, on a list, not in statistics: {d.total}",
            (("单位", "unit"), ("项目数", "projects", True)),
            [(units.get(unit, unit), count) for unit, count in d.by_unit.items()],
        ),
        printed(
            "应统未统明细（内部使用）",
            "projects, internal",
            (
                ("单位", "unit"),
                ("代码", "code"),
                ("来源", "source"),
                ("总投资（万元）", "planned total, 万元", True),
                ("开工", "started"),
                ("已过月数", "months", True),
            ),
            [
                (
                    units.get(p.unit, p.unit),
                    p.project_code,
                    SOURCES["approval" if p.source == "approval" else "dispatch"],
                    p.plan_total,
                    p.started,
                    p.months_waiting,
                )
                for p in d.projects
            ],
        ),
    ]


def print_campaign(d: CampaignDocument, _: Names) -> list[PrintedTable]:
    tables = []
    for c in d.campaigns:
        tables.append(
            printed(
                f"{c.zh}：{c.starts} 至 {c.ends}，第 {c.day}/{c.days} 天，{STATES[c.state]}",
                f"{c.en}: {c.starts} to {c.ends}, day {c.day} of {c.days}, {in_english(STATES[c.state])}",
                (("清单", "list"), ("项目数", "projects", True), ("本年完成（万元）", "ytd, 万元", True)),
                [(row.name, row.projects, row.ytd) for row in c.lists],
                both([followed(target_name(t.metric, t.comparator), STATES[t.state]) for t in c.targets]),
            )
        )
        if c.weeks and c.lists:
            tables.append(
                printed(
                    f"{c.zh}：按周进展",
                    f"{c.en}: progress a week",
                    (("周", "week"), ("累计（万元）", "ytd, 万元", True)),
                    [(w.week, w.ytd) for w in c.weeks],
                )
            )
    return tables
