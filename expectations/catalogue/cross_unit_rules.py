"""D11, F04–F09, F11, F13–F15, F17, F18: across units, lists and the ledger (domain.md §2.7 F, domain_decisions §2)."""

from datetime import date

from ..rule import EVERY_FORM, PROJECT, Check, Example, Rule
from .building import DISPATCH

UNIT = ("unit_month",)
CITY = ("city_month",)
OWN_GROWTH = 0.0006
"""F20: half a unit of one decimal of a percentage, and a little for the binary fraction."""
HB_CENTRE, HB_SIZE, HB_LIMIT = 0.05, 0.5, 8.0
"""D11, Hidiroglou–Berthelot (1986): A, U and C. A = 0.05 keeps limits apart where most ratios agree and U = 0.5 lets big units
weigh more, both the authors' choice and that of Statistics Canada's Banff; C is 4–40 in practice: with nine units the quartiles
rest on two values a side, so C is set to ask about effects that growth limits (F10) do not cover."""
HB_FEWEST = 8
"""D11: fewer ratios have no quartiles worth the name."""
SAME_COLUMN = 5
"""F14: columns with fewer non-zero values agree by chance."""
LIST_FLOORS = {"548": 100_000, "百亿": 1_000_000, "亿元": 10_000}
"""F06: of a list that dispatch.toml does not know, name contains → least planned total, 万元; the first that fits (548-list 10 亿, 百亿
100 亿, 亿元 1 亿)."""
_NO_PLATFORM = "方案没有审批平台和经信进度数据 / the programme has no data of the approval platform"

UNIT_RULES: tuple[Rule, ...] = (
    Rule(
        id="D11",
        level=3,
        severity="query",
        scope="period",
        forms=("unit_month", "project_month"),
        needs="year_ago",
        formula=f"ytd/上年同期的 Hidiroglou–Berthelot 得分在界内（A={HB_CENTRE}，U={HB_SIZE}，C={HB_LIMIT}；单位、全市行业大类两级） / H–B score "
        "of ytd over last year's within limits, by unit and by division of the city",
        message_zh="「{what}」本期 {ytd} {unit}，上年同期 {base} {unit}，变动的规模和幅度居前（得分 {score}，界限 {low}—{high}）。请说明主要原因。",
        message_en="{what}: {ytd} {unit} against {base} {unit} last year, among the largest and oddest changes (score {score}, limits {low} to {high}). "
        "Explain the main causes.",
        reason="先核又大又可疑的变动 / suspicious and big changes first",
        kinds={
            "division": (
                "全市制造业第 {what} 大类（最大的单位是{area}）本期 {ytd} {unit}，上年同期 {base} {unit}，变动的规模和幅度居前（得分 {score}，界限 {low}—{high}）。请说明主要项目。",
                "Division {what} of the city (largest unit {area}): {ytd} {unit} against {base} {unit} last year, among the largest and oddest changes (score {score}, limits {low} "
                "to {high}). Explain the main projects.",
            )
        },
    ),
    Rule(
        id="F04",
        level=3,
        severity="error",
        scope="period",
        forms=UNIT,
        formula="Σ 行业大类 13—43 = 制造业合计 / divisions sum to manufacturing",
        message_zh="行业大类合计与制造业合计不符。请核对。",
        message_en="The divisions do not sum to manufacturing. Check them.",
        reason="分行业之和等于总数 / divisions sum to the total",
        unavailable="本方案没有分行业汇总表 / the programme has no table by division",
    ),
    Rule(
        id="F05",
        level=3,
        severity="error",
        scope="period",
        forms=UNIT,
        formula="每个划转的乡镇、企业在报告期恰属一个排名单位 / each township or enterprise belongs to exactly one ranking unit",
        message_zh="「{member}」在 {period} 属于 {count} 个单位（{units}）。请市局改正单位成员表。",
        message_en="{member} belongs to {count} units in {period} ({units}). The bureau corrects the table of members.",
        reason="管理口径的划分 / the managed scope is a partition",
    ),
    Rule(
        id="F06",
        level=3,
        severity="information",
        scope="dispatch",
        forms=DISPATCH,
        measure="wan_yuan",
        formula="清单门槛：548 ⇒ plan_total ≥ 10 亿，百亿 ⇒ ≥ 100 亿，亿元 ⇒ ≥ 1 亿 / floors of the lists",
        message_zh="{unit_name}项目「{project_name}」列入「{lists}」，计划总投资 {plan} 万元，低于该清单的 {floor} 万元。请经信局核对清单。",
        message_en="{unit_name}, {project_name} is on {lists}, planned total {plan} 万元: below the list's {floor} 万元. The 经信局 checks the list.",
        reason="清单门槛，属调度待办 / a to-do of the 经信局, never a finding on a return",
    ),
    Rule(
        id="F07",
        level=3,
        severity="information",
        scope="dispatch",
        forms=DISPATCH,
        formula="调度库项目恰有一名现任领导、一个服务专班 / exactly one leader and one service team",
        message_zh="{unit_name}项目「{project_name}」有联挂领导 {leaders} 名、服务专班 {teams} 个，应各为一。请经信局补登。",
        message_en="{unit_name}, {project_name}: {leaders} leaders and {teams} service teams, one of each is asked for. The 经信局 completes it.",
        reason="挂联服务，属调度待办 / a to-do of the 经信局",
    ),
    Rule(
        id="F08",
        level=5,
        severity="query",
        scope="period",
        forms=PROJECT,
        unavailable=_NO_PLATFORM,
        formula="|经信进度 − 统计 ytd|/较大者 ≤ 10 %（仅限市局内部） / two systems agree within 10 %, bureau only",
        message_zh="经信进度与统计数相差超过 10 %。请市局核对。",
        message_en="The two systems differ by more than 10 %. The bureau checks.",
        reason="两套数漂移 / two systems drift",
    ),
    Rule(
        id="F09",
        level=5,
        severity="query",
        scope="period",
        forms=PROJECT,
        unavailable=_NO_PLATFORM,
        formula="审批平台已开工 ≥ 500 万元而未入库的项目（对外只给个数） / started projects that are not in the library",
        message_zh="审批平台有已开工项目未入库。请市局核对。",
        message_en="Started projects are not in the library. The bureau checks.",
        reason="应统未统 / projects not counted",
    ),
    Rule(
        id="F11",
        level=2,
        severity="error",
        scope="row",
        forms=CITY,
        needs="year_ago",
        formula="调整过的可比基数须有原因、批准人、日期（三项缺一为强制性）；单位基数与上年同期核定总量不等而未填的为核实性 / a restated base carries "
        "reason, approver and date; one that differs from last year's level without saying so is a query",
        message_zh="{base}，为调整后的基数，但{restatement_reason}，{approver}，{approved_on}。三项都须填写。",
        message_en="{base}: a restated base, but {restatement_reason}; {approver}; {approved_on}. All three are needed.",
        reason="基数调整须留痕 / revision control",
        checks=(
            Check(
                "F11.documented",
                "ExpectColumnValuesToBeInSet",
                {"column": "restatement_documented", "value_set": [True]},
                fields=("base", "restatement_reason", "approver", "approved_on"),
                looks_at=("restatement_documented",),
                example=Example(
                    {"restatement_reason": "统计单位调整"},
                    {"restatement_reason": "统计单位调整", "approver": "市统计局", "approved_on": date(2022, 5, 3)},
                ),
            ),
            Check(
                "F11.stated",
                "ExpectColumnValuesToBeInSet",
                {"column": "restatement_stated", "value_set": [True]},
                fields=("base", "restatement_reason"),
                looks_at=("restatement_stated",),
                severity="query",
                message_zh="{base}，与上年同期的核定总量不同，但没有填基数调整原因。请补填原因、批准人、日期，或说明统计范围的变化。",
                message_en="{base}: differs from last year's official level, but no restatement is stated. Fill in reason, approver and "
                "date, or explain the change of coverage.",
                example=Example({"base": 10002}, {"base": 10001}, year_ago={"ytd": 10000}),
            ),
        ),
    ),
    Rule(
        id="F13",
        level=3,
        severity="query",
        scope="period",
        forms=UNIT,
        formula="Σ 单位年度目标 ≥ 全市年度目标 / unit targets sum to the city's at least",
        message_zh="{year} 年各单位目标合计 {sum}，低于全市目标 {total}，缺口 {difference}（{unit}）。请市局核对目标分解。",
        message_en="Targets of {year}: the units sum to {sum}, the city's is {total}, short by {difference} ({unit}). The bureau checks.",
        reason="目标分解 / target decomposition",
    ),
    Rule(
        id="F14",
        level=3,
        severity="query",
        scope="period",
        forms=PROJECT,
        formula="两个单位的同一数值列（≥ 5 个非零值）完全相同 / no two units send the same column of values",
        message_zh="{units}的「{column}」一列 {rows} 个数完全相同。疑代填代报，请两地核实。",
        message_en="{units}: the column {column} has the same {rows} values. Perhaps filled in for one another: both check.",
        reason="代填代报 / one filling in for another",
    ),
    Rule(
        id="F15",
        level=3,
        severity="information",
        scope="period",
        forms=EVERY_FORM,
        needs="ledger",
        formula="到达时间 ≤ 县级截止时间 / received by the due hour",
        message_zh="{form_name}首次到达 {arrived}，截止时间 {due}。",
        message_en="{form_name}: first arrived {arrived}, due {due}.",
        reason="迟报 / late",
    ),
    Rule(
        id="F17",
        level=2,
        severity="query",
        scope="unit-history",
        forms=UNIT,
        needs="previous",
        formula="单位 ytd(t) ≥ ytd(t−1)(sign = any 的指标除外)/ a unit's cumulative figure does not fall, but for indicators of any sign",
        message_zh="「{indicator_name}」{ytd}，低于上次（{previous_period}）的 {previous_ytd} {unit}。请在上报说明中写明原因。",
        message_en="{indicator_name}: {ytd}, below the {previous_ytd} {unit} of {previous_period}. Explain why.",
        reason="累计数不倒退 / cumulative figures do not fall",
        checks=(
            Check(
                "F17.falls",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["ytd", "previous_ytd", "amount_row", "any_sign"],
                    "coefficients": {"ytd": 1, "previous_ytd": -1},
                    "relation": ">=",
                    "where": {"amount_row": True, "any_sign": False},
                },
                fields=("ytd", "indicator"),
                looks_at=("ytd", "previous_ytd"),
                example=Example({"ytd": "11999.9999"}, {"ytd": 12000}, previous={}),
            ),
        ),
    ),
    Rule(
        id="F20",
        level=1,
        severity="query",
        scope="row",
        forms=UNIT,
        formula=f"|本表增速 − (ytd/上年同期 − 1)| ≤ {OWN_GROWTH * 100:g} 个百分点（上年同期 > 0）/ growth as stated = growth of the form's own levels",
        message_zh="「{indicator_name}」{growth}，按本表本年累计和上年同期计算为 {own_growth}。请核对三个数（增速按百分数填写，如 24.1）；"
        "口径不可比的请在上报说明中写明。",
        message_en="{indicator_name}: {growth}, but the form's own levels give {own_growth}. Check the three figures (growth in percent, "
        "like 24.1), or explain why they do not compare.",
        reason="增速与本表的总量一致 / a rate agrees with its levels",
        checks=(
            Check(
                "F20.growth",
                "ExpectColumnValuesToBeInSet",
                {"column": "growth_fits", "value_set": [True]},
                fields=("growth", "ytd", "ytd_last_year"),
                looks_at=("growth_fits", "own_growth"),
                example=Example({"growth": 0.0024}, {"growth": 0.2005}),
            ),
        ),
    ),
    Rule(
        id="F21",
        level=2,
        severity="query",
        scope="unit-history",
        forms=PROJECT,
        needs="sibling",
        formula="汇总月报「项目个数」= 项目月报的数据行数 / the number of projects in unit_month = rows of project_month",
        message_zh="项目月报有 {rows} 行，汇总月报「{indicator}」为 {total} 个，相差 {difference}。请核对是否漏报、多报项目或个数有误；"
        "情况属实的请在任一行的上报说明中写明“F21”和原因。",
        message_en="{rows} rows, but {total} projects ({indicator}) in unit_month, off by {difference}. Check for missing or surplus rows, or "
        "explain in 上报说明 of any row, naming F21.",
        reason="个数与明细一致 / the count agrees with the detail",
    ),
    Rule(
        id="F18",
        level=3,
        severity="query",
        scope="period",
        forms=UNIT,
        needs="ledger",
        formula="截止后调高的数（回应退回的除外）须说明 / values raised after the due hour, other than in answer to a return",
        message_zh="「{indicator}」（{scope}）截止时为 {before} {unit}，之后的第 {version} 版改为 {after} {unit}。请说明调高的原因。",
        message_en="{indicator} ({scope}): {before} {unit} at the due hour, {after} {unit} in version {version}, sent later. Explain the rise.",
        reason="看过别家再改数 / raised after seeing the others",
    ),
    Rule(
        id="F19",
        level=3,
        severity="query",
        scope="period",
        forms=UNIT,
        formula="上级单位自报的数 = 其所属单位之和（所属单位全部报齐时，每个单位容差 1 个计量单位）/ a parent's own figure is the sum of its units, once all "
        "of them are in",
        message_zh="{area}「{indicator}」自报 {own} {unit}，所属 {units} 个单位合计 {sum} {unit}，相差 {difference} {unit}。请核对后改正或说明。",
        message_en="{area}, {indicator}: its own figure is {own} {unit}, its {units} units sum to {sum} {unit}, a difference of {difference} {unit}. Correct or explain it.",
        reason="上下级数据须衔接 / figures of two levels agree",
    ),
)
