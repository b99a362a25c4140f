"""F: across tables and units (domain.md §2.7 F, domain_decisions §1–2)."""

from ..rule import PROJECT, Check, Example, Rule

NESTED = ("manufacturing_investment", "industrial_investment", "total_investment")
"""Indicators that contain each other, narrowest first: C 13–43 within B+C+D within all fixed-asset investment."""

TABLE_RULES: tuple[Rule, ...] = (
    Rule(
        id="F01",
        level=2,
        severity="error",
        scope="unit-history",
        forms=PROJECT,
        needs="sibling",
        measure="wan_yuan",
        formula="Σ 项目 ytd（收到的全部数据行）= 汇总月报制造业投资，|差| ≤ max(0.5·n, 5)；隔离行占本年完成 ≤ 0.5 % / detail sums to the "
        "unit's total; quarantined rows hold at most 0.5 % of it",
        message_zh="{rows} 行项目本年完成投资合计 {sum} {unit}，汇总月报「{indicator}」为 {total} {unit}，相差 "
        "{difference} {unit}，允许 {tolerance} {unit}。"
        "请核对是否漏报项目或总数有误。",
        message_en="{rows} projects sum to {sum} {unit}, the unit's total ({indicator}) is {total} {unit}: off by {difference} {unit}, {tolerance} {unit} allowed. "
        "Check for missing projects or a wrong total.",
        reason="分项之和等于总数 / detail equals total",
        kinds={
            "quarantined": (
                "未通过的 {rows} 行投资额 {sum} {unit}，占本单位本年完成投资的 {share}，超过 0.5 %，整表退回。请改正这些行后重新报送。",
                "The {rows} failing rows hold {sum} {unit}, {share} of the unit's investment: more than 0.5 %, so the file is returned. "
                "Correct these rows and send it again.",
            ),
            "total": (
                "{rows} 行项目本年完成投资合计 {sum} {unit}，汇总月报「{indicator}」为 {total} {unit}，相差 {difference} {unit}。本表与此前各期相衔接，"
                "疑为汇总月报有误（如计量单位）。请核对并重报汇总月报；本表不退回。",
                "{rows} projects sum to {sum} {unit}, the unit's total ({indicator}) is {total} {unit}: off by {difference} {unit}. These rows continue the months "
                "before, the total seems wrong (perhaps its unit of amount). Check and resend the total; this file is not returned.",
            ),
            "closing": (
                "关账时项目行合计 {sum} {unit}，与汇总月报「{indicator}」{total} {unit} 相差 {difference} {unit}，允许 "
                "{tolerance} {unit}。请核对后重报其中一张，或作说明。",
                "At closing the projects sum to {sum} {unit}, the unit's total ({indicator}) is {total} {unit}: off by {difference} {unit}, {tolerance} {unit} "
                "allowed. Correct one of the forms, or explain.",
            ),
        },
        revision=2,
    ),
    Rule(
        id="F02",
        level=3,
        severity="query",
        scope="period",
        forms=("unit_month", "city_month"),
        needs="city_month",
        formula="Σ 单位 ytd = 全市 ytd − 市本级/跨区（属地、管理两种口径），残差列示 / units sum to the city in both "
        "scopes; residual printed",
        message_zh="「{indicator}」（{scope}）：{units} 个单位合计 {sum}，全市 {total}，残差 {difference}（{unit}）。"
        "请市局说明市本级、跨区部分。",
        message_en="{indicator} ({scope}): {units} units sum to {sum}, the city is {total}, residual {difference} ({unit}). The bureau explains "
        "what belongs to the city itself or several districts.",
        reason="九个单位是全市的划分 / the units partition the city",
    ),
    Rule(
        id="F03",
        level=1,
        severity="error",
        scope="row",
        forms=("unit_month", "city_month"),
        formula="制造业 ≤ 工业 ≤ 固定资产投资（同一文件强制性；跨文件核实性）/ nested totals: error in one file, query across files",
        message_zh="{ytd}，大于包含它的指标（{wider}）。请核对两个指标。",
        message_en="{ytd}, more than the indicator that contains it ({wider}). Check both.",
        reason="指标的包含关系 / one indicator contains the other",
        checks=(
            Check(
                "F03.nested",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {
                    "column_A": "wider_ytd",
                    "column_B": "ytd",
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
                fields=("ytd",),
                looks_at=("wider_ytd", "ytd"),
                example=Example(
                    {"ytd": 12001}, {"ytd": 12000}, beside=({"indicator": "total_investment", "ytd": 12000},)
                ),
            ),
        ),
        kinds={
            "across": (
                "「{indicator}」{value} {unit}（{form}）大于包含它的「{wider_indicator}」{wider} {unit}（{wider_form}）。请核对并说明。",
                "{indicator} {value} {unit} ({form}) exceeds {wider_indicator} {wider} {unit} ({wider_form}), which contains it. Check and explain.",
            )
        },
    ),
    Rule(
        id="F10",
        level=3,
        severity="query",
        scope="period",
        forms=("unit_month",),
        needs="city_month",
        formula="增速 g = ytd/可比基数 − 1 ∈ [−50 %, +100 %] 且 |g − 全市| ≤ 40 个百分点 / growth within limits and near the city's",
        message_zh="「{indicator}」可比增速 {growth}（累计 {ytd} {unit}，可比基数 {base} {unit}），全市 {city_growth}；超出 [−50 "
        "%, +100 %] 或与全市相差"
        "超过 40 个百分点。请在该指标的上报说明中写明主要项目和原因。",
        message_en="{indicator}: growth on the comparable base {growth} (cumulative {ytd} {unit}, base {base} {unit}), the city {city_growth}; outside "
        "[−50 %, +100 %] or more than 40 points from the city. Explain the main projects in 上报说明 of the indicator.",
        reason="离群值 / outlier",
    ),
    Rule(
        id="F12",
        level=3,
        severity="query",
        scope="period",
        forms=("city_month",),
        needs="city_month",
        formula="|官方增速 − (C/B* − 1)| ≤ 0.05 个百分点；官方总量 = 单位总量 / official rate against levels; official "
        "total against the unit's",
        message_zh="{area}「{indicator}」官方增速 {official}，按总量和可比基数计算为 {computed}，相差超过 0.05 "
        "个百分点。两者并列公布，请市局说明。",
        message_en="{area}, {indicator}: official growth {official}, computed from levels {computed}: more than 0.05 points apart. Both "
        "are printed; the bureau explains.",
        reason="增速与总量不能直接相除的情形须说明 / rates that differ from levels are explained",
        kinds={
            "total": (
                "{area}「{indicator}」核定总量 {official} {unit}，单位报送 {computed} {unit}，相差 {difference} {unit}。两者并列公布，请市局说明。",
                "{area}, {indicator}: official total {official} {unit}, the unit reported {computed} {unit}, off by {difference} {unit}. Both are printed; "
                "the bureau explains.",
            )
        },
    ),
    Rule(
        id="F16",
        level=3,
        severity="query",
        scope="period",
        forms=("unit_month",),
        needs="city_month",
        measure="wan_yuan",
        formula="单位上报的上年同期 = 市局可比基数，|差| ≤ 1 / the unit's last-year figure = the bureau's comparable base",
        message_zh="「{indicator}」上年同期报 {own} {unit}，市局可比基数为 {base} {unit}，相差 {difference} {unit}。请对账；"
        "口径不同的请在上报说明中写明。",
        message_en="{indicator}: last year's figure {own} {unit}, the bureau's comparable base {base} {unit}, off by {difference} {unit}. Reconcile, or "
        "explain the difference of coverage.",
        reason="基数以市局为准，单位数供对账 / the bureau's base counts; the unit's is for reconciliation",
    ),
)
