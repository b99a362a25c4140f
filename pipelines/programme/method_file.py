"""method.toml as models: the method, its indicators with anchors, deductions, and the numbers of the other methods."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from ..model.programme import MethodName
from .file_types import Flag, Key, NotNegative, Strict, Text, Whole


class IndicatorTable(Strict):
    """An indicator of a method: weight in percent, anchors of the efficacy function."""

    key: Annotated[Text, Key("指标", "the indicator", '"growth"', refers="model/ranking INDICATORS")]
    zh: Annotated[Text, Key("中文名称", "name in Chinese", '"可比增速"')]
    en: Annotated[Text, Key("英文名称", "name in English", '"Comparable growth"')]
    weight: Annotated[Decimal, Field(gt=0, le=100), Key("权重，合计 100", "weight, all sum to 100", '"30"', "%")]
    lo: Annotated[Decimal, Key("得 40 分的值", "value that scores 40", '"-0.10"', "小数或百分点 / fraction or points")]
    mid: Annotated[Decimal, Key("得 80 分的值", "value that scores 80", '"0.16"', "同上 / the same")]
    hi: Annotated[Decimal, Key("得 100 分的值", "value that scores 100", '"0.40"', "同上 / the same")]


class DeductionsTable(Strict):
    """Points taken off (domain_decisions §4)."""

    late_per_workday: Annotated[
        NotNegative, Key("迟报每工作日扣", "for each working day late", '"0.5"', "分 / points")
    ] = Decimal("0.5")
    late_cap: Annotated[NotNegative, Key("迟报最多扣", "most for lateness", '"2"', "分 / points")] = Decimal(2)
    queries_factor: Annotated[
        NotNegative, Key("未答核实项份额乘以", "share of unanswered queries times", '"2"', "分 / points")
    ] = Decimal(2)
    queries_each: Annotated[
        NotNegative, Key("每条未答核实项至少扣", "at least so much for each unanswered query", '"0.2"', "分 / points")
    ] = Decimal(0)
    queries_cap: Annotated[NotNegative, Key("未答核实项最多扣", "most for queries", '"2"', "分 / points")] = Decimal(2)
    snail_points: Annotated[
        NotNegative, Key("每个蜗牛项目扣，0 = 不用", "for each snail project; 0: not used", '"0"', "分 / points")
    ] = Decimal(0)
    snail_cap: Annotated[NotNegative, Key("蜗牛项目最多扣", "most for snails", '"3"', "分 / points")] = Decimal(3)
    new_major_points: Annotated[
        NotNegative,
        Key(
            "每个新开工十亿元项目加，0 = 不用",
            "bonus for each newly started project of CNY 1 billion; 0: not used",
            '"0"',
            "分 / points",
        ),
    ] = Decimal(0)
    new_major_cap: Annotated[NotNegative, Key("新开工项目最多加", "most of that bonus", '"1.5"', "分 / points")] = (
        Decimal("1.5")
    )


class DisclosureTable(Strict):
    """When a unit's figures are not published because they would say what one enterprise did."""

    min_contributors: Annotated[
        Whole,
        Field(ge=1),
        Key(
            "参与企业少于此数则不予公布",
            "with fewer contributing enterprises nothing is published",
            "3",
            "家 / enterprises",
        ),
    ] = 3
    max_share: Annotated[
        Decimal,
        Field(gt=0, le=1),
        Key(
            "最大一家占比高于此数则不予公布",
            "nothing is published where the largest has more",
            '"0.80"',
            "小数 / fraction",
        ),
    ] = Decimal("0.80")
    min_rest: Annotated[
        Decimal,
        Field(ge=0, le=1),
        Key(
            "除最大两家外其余合计不足最大一家的此比例则不予公布（p% 规则）",
            "nothing is published where the rest beside the two largest is below this share of the largest (p%-rule)",
            '"0.10"',
            "小数 / fraction",
        ),
    ] = Decimal("0.10")
    require_counts: Annotated[
        bool,
        Key(
            "参与企业数不明的也不予公布（须有明细表）；否则照常公布并加说明",
            "nothing is published either where the number of enterprises is unknown (needs a detail form); else it is, with a note",
            "false",
        ),
    ] = False


class PointsTable(Strict):
    """Numbers of the methods rank_step, ratio_cap and point_rules."""

    rank_step: Annotated[NotNegative, Key("每低一位少", "points less for each place", '"5"', "分 / points")] = Decimal(
        5
    )
    ratio_cap: Annotated[NotNegative, Key("完成率封顶", "cap of the completion ratio", '"1.2"')] = Decimal("1.2")
    plus_per_pp: Annotated[
        NotNegative, Key("每高一个百分点加", "points for each percentage point above", '"0.2"', "分 / points")
    ] = Decimal("0.2")
    minus_per_pp: Annotated[
        NotNegative, Key("每低一个百分点扣", "points off for each percentage point missing", '"0.1"', "分 / points")
    ] = Decimal("0.1")
    rule_cap: Annotated[NotNegative, Key("加减分上限", "most of plus and minus", '"10"', "分 / points")] = Decimal(10)


class FurtherTable(Strict):
    """A `[[further]]` of method.toml: an indicator that is ranked beside the lead one, by growth."""

    indicator: Annotated[
        Text, Key("指标", "the indicator", '"industrial_investment"', refers="forms [[indicators]] code")
    ]
    unit_scope: Annotated[Literal["", "属地", "管理"], Key("口径，空 = 不分", "its scope; empty: none", '"管理"')] = ""
    min_base: Annotated[
        NotNegative, Key("计算增速的最小基数", "smallest base that gives a growth rate", '"0"', "计量单位 / measure")
    ] = Decimal(0)
    rank_by: Annotated[
        Literal["levels", "official_growth"],
        Key("按总量计算的增速，或所报增速", "growth of the levels, or the growth that is stated", '"levels"'),
    ] = "levels"


class MethodFile(Strict):
    """method.toml; numbers are written as strings so that none of them passes through binary floating point."""

    name: Annotated[MethodName, Key("排名方法", "the ranking method", '"growth_rank"')]
    indicator: Annotated[
        Text,
        Key(
            "参评指标", "the indicator that is ranked", '"manufacturing_investment"', refers="forms [[indicators]] code"
        ),
    ]
    unit_scope: Annotated[
        Literal["", "属地", "管理"], Key("参评口径，空 = 不分", "scope that is ranked; empty: none", '"管理"')
    ] = ""
    base_source: Annotated[
        Literal["bureau", "submission"],
        Key("基数来源：市局表或报送单位", "who gives the base: the bureau's form or the unit itself", '"bureau"'),
    ]
    signatures: Annotated[
        tuple[Literal["author", "reviewer", "approver", "statistics", "dispatch"], ...],
        Field(min_length=1),
        Key(
            "发布前须签署的角色；编制、审核、签发（三审）按所列次序",
            "roles that sign before publication; author, reviewer and approver in the order in which they are named",
            '["author", "reviewer", "approver"]',
        ),
    ]
    public_ranking: Annotated[Flag, Key("对外公布排名", "the ranking is public", "true")]
    show_levels: Annotated[Flag, Key("公布总量", "levels are published, not growth and points alone", "true")]
    rank_by: Annotated[
        Literal["levels", "official_growth"],
        Key(
            "按总量计算的增速，或所报（公布的）增速；后者不需要总量",
            "growth of the levels, or the growth that is stated; the latter needs no level",
            '"levels"',
        ),
    ] = "levels"
    min_base: Annotated[
        NotNegative, Key("计算增速的最小基数", "smallest base that gives a growth rate", '"0"', "计量单位 / measure")
    ] = Decimal(0)
    kappa: Annotated[NotNegative, Key("增速收缩系数 κ", "κ, shrinkage of growth", '"0.10"')] = Decimal("0.10")
    score_from_month: Annotated[
        Whole,
        Field(ge=1, le=12),
        Key("从此月起计分，之前只按增速", "scores from this month, growth alone before", "4", "月 / month"),
    ] = 4
    min_library_projects: Annotated[
        Whole, Field(ge=0), Key("少于此数则 m 不适用", "fewer library projects: m does not apply", "3", "个 / projects")
    ] = 3
    groups: Annotated[
        Literal["", "kind", "size"],
        Key(
            "分组排位：县与功能区，或按基数大小",
            "groups with a rank inside: counties and zones, or size by base",
            '"kind"',
        ),
    ] = ""
    deductions: Annotated[DeductionsTable, Key("扣分", "points taken off", "")] = DeductionsTable()
    points: Annotated[PointsTable, Key("其他计分方法的数值", "numbers of the other methods", "")] = PointsTable()
    disclosure: Annotated[DisclosureTable, Key("披露控制", "disclosure control", "")] = DisclosureTable()
    indicators: Annotated[
        tuple[IndicatorTable, ...], Key("SAIMA-1 的七项指标", "the seven indicators of SAIMA-1", "")
    ] = ()
    further: Annotated[
        tuple[FurtherTable, ...], Key("另行按增速排名的指标", "further indicators, ranked by growth", "")
    ] = ()
