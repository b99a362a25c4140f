"""Every figure of an edition, once: the columns of the units' table with their meaning, and its rows. CSV, Parquet, workbook, JSON-stat
and SDMX-CSV are written from here, so that they cannot differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ..model.formulas import arithmetic, growth, schedule_completion
from ..model.ranking import DISPATCH_INDICATORS, INDICATORS, RankedUnit, Ranking
from .comparison import Comparison, compare_units
from .edition_context import BilingualText, EditionContext
from .figures import RATE_PLACES, fixed, plain
from .scoring_words import deductions_taken

FigureKind = Literal["text", "integer", "amount", "quantity", "rate", "points", "percentage_points", "percent"]
"""`amount`: in the measure of the form, 4 decimals at most; `quantity`: what was counted, of any precision; `rate`: a fraction."""
Figure = str | int | None
"""As printed for machines: decimals are texts without exponent, absent is None."""


@dataclass(frozen=True)
class FigureColumn:
    """A column of the table: its key in every file, what it is called, what its figures are."""

    key: str
    zh: str
    en: str
    kind: FigureKind = "text"


@dataclass(frozen=True)
class FigureTable:
    """Rows in the order of the printed table, the whole city last (state `city`). Texts are as they came: who writes a file defuses
    them for its readers."""

    columns: tuple[FigureColumn, ...]
    rows: tuple[tuple[Figure, ...], ...]

    def records(self) -> Iterator[dict[str, Figure]]:
        keys = [column.key for column in self.columns]
        return (dict(zip(keys, row, strict=True)) for row in self.rows)


_FIRST: tuple[FigureColumn, ...] = (
    FigureColumn("rank", "位次", "Rank", "integer"),
    FigureColumn("unit_code", "地区代码", "Unit code"),
    FigureColumn("unit_name", "地区", "Unit"),
    FigureColumn("state", "状态", "State"),
    FigureColumn("score", "得分", "Score", "points"),
    FigureColumn("growth_rank", "增速位次", "Rank by growth", "integer"),
    FigureColumn("movement", "位次变化（升为正）", "Movement of the rank (up is positive)", "integer"),
    FigureColumn("growth_change_pp", "增速较上期增减", "Change of growth on the period before", "percentage_points"),
    FigureColumn("ytd", "本年累计", "Year to date", "amount"),
    FigureColumn("base", "可比基数", "Comparable base", "amount"),
    FigureColumn(
        "month",
        "本期增量（年内首期为累计）",
        "Increment on the period before (first of a year: year to date)",
        "amount",
    ),
    FigureColumn("annual_target", "年度目标", "Annual target", "amount"),
    FigureColumn("growth", "增速（按总量计算）", "Growth computed from the levels", "rate"),
    FigureColumn("growth_official", "增速（核定）", "Official growth", "rate"),
    FigureColumn("shrunk_growth", "增速（收缩）", "Growth, shrunk", "rate"),
    FigureColumn("pull_pp", "拉动", "Pull on the growth of the whole", "percentage_points"),
    FigureColumn("contribution", "增量贡献率", "Contribution to the growth of the whole", "rate"),
    FigureColumn("schedule_completion", "序时完成率", "Schedule completion", "rate"),
)
_UNDER_DEDUCTIONS: tuple[FigureColumn, ...] = (
    FigureColumn("workdays_late", "迟报工作日", "Working days late", "integer"),
    FigureColumn("unanswered_queries", "未说明的核实性问题", "Unanswered queries", "integer"),
    FigureColumn("data_rows", "数据行", "Data rows", "integer"),
    FigureColumn("unanswered_share", "未说明占比", "Share of rows with an unanswered query", "rate"),
)
"""What the deductions rest on."""
_DEDUCTED = {
    "late": ("迟报扣分", "Deduction for lateness"),
    "unanswered_queries": ("未说明扣分", "Deduction, queries"),
    "snails": ("蜗牛项目扣分", "Deduction, snail projects"),
    "new_major_bonus": ("新开工重大项目加分（负为加）", "Bonus for new major projects (negative: added)"),
}
PARTS: tuple[tuple[str, str, str], ...] = (
    ("value", "数值", "value"),
    ("points", "功效分", "points"),
    ("weight", "权重", "weight"),
)
COUNTED = (("numerator", "分子", "numerator"), ("denominator", "分母", "denominator"))
INDICATOR_NAMES = {
    "growth": BilingualText("可比增速（收缩）", "Growth, shrunk"),
    "excess_pull": BilingualText("超额拉动（百分点）", "Excess pull (points)"),
    "schedule_completion": BilingualText("序时完成率", "Schedule completion"),
    "major_projects": BilingualText("重大项目完成率", "Major projects"),
    "new_starts": BilingualText("新开工率", "New starts"),
    "stage_punctuality": BilingualText("六环节准点率", "Stage punctuality"),
    "service": BilingualText("问题按期办结率", "Issues closed in time"),
}


def indicator_name(ranking: Ranking, key: str) -> BilingualText:
    """What the programme calls an indicator, else its usual name."""
    own = {anchor.key: BilingualText(anchor.zh, anchor.en) for anchor in ranking.anchors}
    return own.get(key, INDICATOR_NAMES[key])


def figure_table(ranking: Ranking, edition: EditionContext) -> FigureTable:
    """The table of a ranking; further indicators have one each, with the context as if theirs was the lead."""
    keys = [key for key in INDICATORS if any(key in unit.indicators for unit in ranking.units)]
    marked = bool(ranking.city.growth_mark) or any(unit.inputs.growth_mark for unit in ranking.units)
    taken = deductions_taken(ranking)
    columns = tuple(_columns(ranking, keys, marked, taken))
    against = compare_units(ranking, edition)
    units = [_unit(unit, keys, against[unit.unit_code], marked, taken) for unit in ranking.units]
    whole = _whole(ranking)
    return FigureTable(columns, (*map(tuple, units), tuple(whole.get(column.key) for column in columns)))


def _columns(ranking: Ranking, keys: list[str], marked: bool, taken: list[str]) -> Iterator[FigureColumn]:
    yield from _FIRST
    for key in keys:
        name = indicator_name(ranking, key)
        value: FigureKind = "percentage_points" if key == "excess_pull" else "rate"
        kinds: tuple[FigureKind, FigureKind, FigureKind] = (value, "points", "percent")
        for (part, zh, en), kind in zip(PARTS, kinds, strict=True):
            yield FigureColumn(f"{key}_{part}", f"{name.zh}：{zh}", f"{name.en}: {en}", kind)
    for key in DISPATCH_INDICATORS:
        name = indicator_name(ranking, key)
        for part, zh, en in COUNTED:
            yield FigureColumn(f"{key}_{part}", f"{name.zh}：{zh}", f"{name.en}: {en}", "quantity")
    for key in taken:
        yield FigureColumn(f"deduction_{key}", *_DEDUCTED[key], "points")
    yield from _UNDER_DEDUCTIONS
    yield FigureColumn("remarks", "备注", "Remarks")
    if marked:
        yield FigureColumn("growth_mark", "增速栏所列文字", "Word in place of a growth rate")


def _unit(unit: RankedUnit, keys: list[str], against: Comparison, marked: bool, taken: list[str]) -> Iterator[Figure]:
    inputs = unit.inputs
    yield from (unit.rank, unit.unit_code, unit.name, inputs.state, fixed(unit.score, 2), unit.growth_rank)
    yield from (against.movement, plain(against.growth_change_pp))
    yield from map(plain, (inputs.ytd, inputs.base, inputs.month, inputs.annual_target))
    rates = (unit.growth, inputs.growth_official, unit.shrunk_growth, unit.pull_pp, unit.contribution)
    yield from map(_rate, (*rates, unit.schedule_completion))
    for key in keys:
        scored = unit.indicators[key]
        yield from (fixed(scored.value, 8), fixed(scored.points, 6), plain(scored.weight))
    for key in DISPATCH_INDICATORS:
        ratio = inputs.counted(key)
        yield from (plain(ratio.numerator), plain(ratio.denominator)) if ratio else (None, None)
    yield from (plain(unit.deductions.get(key)) for key in taken)
    yield from (inputs.workdays_late, inputs.unanswered_queries, inputs.data_rows, fixed(inputs.unanswered_share, 8))
    yield ";".join(unit.remarks)
    if marked:
        yield inputs.growth_mark


def _whole(ranking: Ranking) -> dict[str, Figure]:
    """The whole city: level, base, growth, target and completion; nothing of it is ranked."""
    city = ranking.city
    with arithmetic():
        done = schedule_completion(city.ytd, city.annual_target, ranking.seasonal_share or Decimal(0))
        rate = growth(city.ytd, city.base)
    return {
        "unit_code": city.code or "",
        "unit_name": city.zh,
        "state": "city",
        "ytd": plain(city.ytd),
        "base": plain(city.base),
        "annual_target": plain(city.annual_target),
        "growth": _rate(rate),
        "growth_official": _rate(city.growth_official),
        "schedule_completion": _rate(done),
        "growth_mark": city.growth_mark,
    }


_PARENT_COLUMNS: tuple[FigureColumn, ...] = (
    FigureColumn("unit_code", "地区代码", "Area code"),
    FigureColumn("unit_name", "地区", "Area"),
    FigureColumn("ytd", "本年累计", "Year to date", "amount"),
    FigureColumn("base", "可比基数", "Comparable base", "amount"),
    FigureColumn("own_figure", "本级自有数", "Own figure (yes) or the sum of its units (no)"),
    FigureColumn("growth", "增速", "Growth", "rate"),
    FigureColumn("growth_mark", "增速栏所列文字", "Word in place of a growth rate"),
    FigureColumn("summed_ytd", "所属单位累计合计", "Sum of its units, year to date", "amount"),
    FigureColumn("summed_base", "所属单位基数合计", "Sum of its units' bases", "amount"),
    FigureColumn("units_in", "已报单位", "Units in", "integer"),
    FigureColumn("units_all", "应报单位", "Units in all", "integer"),
    FigureColumn("residual", "本级数与合计之差", "Own figure − sum", "amount"),
)


FIGURE_NAMES: Mapping[str, BilingualText] = {
    **{column.key: BilingualText(column.zh, column.en) for column in (*_PARENT_COLUMNS, *_FIRST, *_UNDER_DEDUCTIONS)},
    "name": BilingualText("地区", "Unit"),
    "own": BilingualText("本级自有数", "Own figure"),
    "deductions": BilingualText("扣分", "Deductions"),
    "remarks": BilingualText("备注", "Remarks"),
    "month": BilingualText("本期增量", "Increment"),
    "growth": BilingualText("增速", "Growth"),
    "growth_official": BilingualText("官方增速", "Official growth"),
    "coverage": BilingualText("已报/应报单位", "Units in / all"),
    "total_investment_growth": BilingualText("全部投资增速", "Growth of total investment"),
    "rank_level_province": BilingualText("总量位次", "Place by level"),
    "rank_growth_province": BilingualText("增速位次（上级）", "Place by growth"),
    "projects": BilingualText("有此环节的项目", "Projects with the stage"),
    "reached": BilingualText("已完成", "Came through"),
    "due": BilingualText("应完成", "Due"),
    "overdue": BilingualText("逾期", "Overdue"),
    "in_stage": BilingualText("正在办理", "In it now"),
    "weight": BilingualText("权重", "Weight"),
    "lo": BilingualText("下限", "lo"),
    "mid": BilingualText("中值", "mid"),
    "hi": BilingualText("上限", "hi"),
    "n": BilingualText("参评单位数", "Units"),
    "ranked": BilingualText("参加排名", "Ranked"),
    "median_base": BilingualText("基数中位数", "Median base"),
    "min_base": BilingualText("最小基数", "Smallest base"),
    "city_base": BilingualText("总基数", "Base of the whole"),
    "city_growth": BilingualText("总增速", "Growth of the whole"),
    "seasonal_share": BilingualText("序时比重", "Seasonal share"),
    "kappa": BilingualText("收缩系数 κ", "κ"),
}
"""What the fields of a document are called, those of single indicators apart."""
IN_POINTS = frozenset(column.key for column in _FIRST if column.kind == "percentage_points")
"""Differences of rates: percentage points, never percent."""


def parent_table(ranking: Ranking) -> FigureTable:
    """One row a parent of ranking units; amounts in the measure of the form, rates as fractions."""
    return FigureTable(
        _PARENT_COLUMNS,
        tuple(
            (
                group.code,
                group.name,
                plain(group.ytd),
                plain(group.base),
                "yes" if group.own else "no",
                _rate(group.growth),
                group.growth_mark,
                plain(group.summed_ytd),
                plain(group.summed_base),
                *group.covered,
                plain(group.residual),
            )
            for group in ranking.parents
        ),
    )


def _rate(value: Decimal | None) -> str | None:
    return None if value is None else plain(Decimal(str(fixed(value, RATE_PLACES))))
