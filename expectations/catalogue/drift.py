"""D04–D06, D08–D10, D12, D13: what may not drift from month to month (domain.md §2.7 D, domain_decisions §2)."""

from ..rule import PROJECT, Check, Example, Rule
from .amount_rules import SCALE

STALE_SHARE = 0.5
"""D08: more than this share of the rows under construction with last month's figure is a query."""
CARRIED_SHARE = 0.2
"""D10: more than this share of rows whose first figure of the year is December's is a query (domain_decisions §2)."""
_WITHIN = [
    {"coefficients": {"plan_total": 10, "previous_plan_total": -7}, "relation": ">="},
    {"coefficients": {"plan_total": -10, "previous_plan_total": 13}, "relation": ">="},
]


def _plan(check: str, coefficients: dict[str, int], beyond: str) -> Check:
    return Check(
        check,
        "ExpectLinearEditToHold",
        {
            "column_list": ["plan_total", "previous_plan_total", "documented"],
            "coefficients": coefficients,
            "relation": ">=",
            "where": {"documented": False},
        },
        fields=("plan_total", "doc_no"),
        looks_at=("plan_total", "previous_plan_total"),
        severity="error",
        message_zh="{plan_total}，上次（{previous_period}）为 {previous_plan_total} {unit}，变动超过 30 % 而没有依据文号。"
        "请核对小数点和计量单位；调整计划的请填依据文号。",
        message_en="{plan_total}, but {previous_plan_total} {unit} in {previous_period}: changed by more than 30 % without a document. Check "
        "decimal point and unit, or give the document.",
        example=Example({"plan_total": beyond}, {"plan_total": beyond, "doc_no": "海发改〔2022〕3 号"}, previous={}),
    )


def _identity(field: str, other: str) -> Check:
    return Check(
        f"D13.{field}",
        "ExpectColumnPairValuesToBeEqual",
        {"column_A": field, "column_B": f"bound_{field}", "ignore_row_if": "either_value_is_missing"},
        fields=(field,),
        looks_at=(field, f"bound_{field}"),
        message_zh=f"{{{field}}}，上次（{{previous_period}}）为 {{bound_{field}}}。标识不得变更；改码的请在变动表写明，更正的请填更正代码和依据文号。",
        message_en=f"{{{field}}}, but {{bound_{field}}} in {{previous_period}}. Identity does not change: give a correction code and "
        "document.",
        example=Example({field: other}, {field: other, "correction_code": "填报更正"}, previous={}),
    )


DRIFT_RULES: tuple[Rule, ...] = (
    Rule(
        id="D04",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        measure="wan_yuan",
        formula="本年新开工且上年末无累计的项目：cum_total = ytd,|差| ≤ 1 / projects begun this year have no earlier investment",
        message_zh="{cum_total}，{ytd}，相差 {difference} {unit}，而{start_ym.of}在本年。有前期费用的请在上报说明中写明，否则请核对。",
        message_en="{cum_total}; {ytd}; off by {difference} {unit}, though {start_ym.of} lies in this year. Explain earlier cost, or check.",
        reason="新开工项目的累计即本年累计 / a new project's total is this year's",
        checks=(
            Check(
                "D04.new",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["cum_total", "ytd", "new_this_year"],
                    "coefficients": {"cum_total": 1, "ytd": -1},
                    "relation": "==",
                    "tolerance": SCALE,
                    "where": {"new_this_year": True},
                },
                fields=("cum_total", "ytd", "start_ym"),
                looks_at=("cum_total", "ytd"),
                example=Example(
                    {"start_ym": "2022-01", "cum_total": 12002}, {"start_ym": "2022-01", "cum_total": 12001}
                ),
            ),
        ),
    ),
    Rule(
        id="D05",
        level=2,
        severity="query",
        scope="unit-history",
        forms=PROJECT,
        needs="earlier",
        measure="wan_yuan",
        formula="plan_total(t) = plan_total(t−1),|差| ≤ 1；变动须有依据文号，无文号而变动超过 30 % 为强制性 / the plan is stable; more than "
        "30 % without a document is an error",
        message_zh="{plan_total}，上次（{previous_period}）为 {previous_plan_total} {unit}。调整计划的请填依据文号，或在上报说明中写明。",
        message_en="{plan_total}, but {previous_plan_total} {unit} in {previous_period}. Give the document of the change, or explain.",
        reason="计划总投资应保持稳定 / the plan must be stable",
        checks=(
            Check(
                "D05.changed",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["plan_total", "previous_plan_total", "documented"],
                    "coefficients": {"plan_total": 1, "previous_plan_total": -1},
                    "relation": "==",
                    "tolerance": SCALE,
                    "where": {"documented": False},
                    "given": _WITHIN,
                },
                fields=("plan_total", "doc_no"),
                looks_at=("plan_total", "previous_plan_total"),
                example=Example({"plan_total": 100002}, {"plan_total": 100001}, previous={}),
            ),
            _plan("D05.lower", {"plan_total": 10, "previous_plan_total": -7}, "69999.9999"),
            _plan("D05.higher", {"plan_total": -10, "previous_plan_total": 13}, "130000.0001"),
        ),
    ),
    Rule(
        id="D06",
        level=2,
        severity="query",
        scope="unit-history",
        forms=PROJECT,
        needs="recent",
        formula="在建项目不连续 3 个报告期 month = 0 / no three reporting months without investment under construction",
        message_zh="{status}，但连续 3 个报告期{month.of}。请核对是否漏报；停工的请改建设状态，或在上报说明中写明。",
        message_en="{status}, but for three reporting months {month.of}. Check for missing figures, change the state, or explain.",
        reason="停滞项目 / stalled projects",
        checks=(
            Check(
                "D06.idle",
                "ExpectColumnValuesToBeBetween",
                {"column": "idle_months", "max_value": 2},
                fields=("month", "status"),
                looks_at=("idle_months",),
                example=Example({"month": 0}, {"month": 1}, recent={"2022-05": {"month": 0}, "2022-04": {"month": 0}}),
            ),
        ),
    ),
    Rule(
        id="D08",
        level=2,
        severity="query",
        scope="unit-history",
        forms=(*PROJECT, "unit_month"),
        needs="previous",
        formula="在建行中 ytd(t) = ytd(t−1) 的不超过 50 %；单位汇总表的本年累计和上年同期不全与上次相同 / at most half of the rows under construction repeat "
        "last month's figure; the figures of a unit, this year's and last year's, are not all those of the month before",
        message_zh="在建的 {rows} 行中有 {same} 行本年完成投资与上次（{previous_period}）相同。请核对是否误报了上月的表；情况属实的请在任一行的"
        "上报说明中写明“D08”和原因。",
        message_en="{same} of {rows} rows under construction repeat the figure of {previous_period}. Perhaps last month's sheet was sent: check, "
        "or explain in 上报说明 of any row, naming D08.",
        reason="误报上月的表 / a stale copy of last month",
        kinds={
            "unit": (
                "{rows} 个非零的本年累计和上年同期全部与上次（{previous_period}）相同。请核对是否误报了上期的表；情况属实的请在任一行的上报说明中写明“D08”"
                "和原因。",
                "All {rows} figures of this year and of last year repeat those of {previous_period}. Perhaps the sheet of that period was sent: "
                "check, or explain in 上报说明 of any row, naming D08.",
            )
        },
    ),
    Rule(
        id="D09",
        level=2,
        severity="query",
        scope="unit-history",
        forms=PROJECT,
        needs="recent",
        measure="wan_yuan",
        formula="month ≥ 5000 时 month ≤ 3 × 近 6 个报告期最大值（首期按两个月计；9 月以后开工的除外） / no jump beyond three times the "
        "largest of the last six",
        message_zh="{month}，超过近 6 个报告期单月最大值 {recent_month} {unit} 的 3 倍。请核对；情况属实的请在上报说明中写明主要支出。",
        message_en="{month}: more than three times the largest month of the last six, {recent_month} {unit}. Check, or explain the main items.",
        reason="突增 / jumps",
        checks=(
            Check(
                "D09.jump",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["recent_month", "monthly", "late_start"],
                    "coefficients": {"recent_month": 3, "monthly": -1},
                    "relation": ">=",
                    "where": {"late_start": False},
                    "given": [{"coefficients": {"monthly": 1}, "relation": ">=", "constant": 5000 * SCALE}],
                },
                fields=("month",),
                looks_at=("recent_month", "monthly"),
                example=Example({"month": 6001}, {"month": 6000}, recent={"2022-05": {"month": 2000}}),
            ),
        ),
    ),
    Rule(
        id="D10",
        level=2,
        severity="query",
        scope="unit-history",
        forms=PROJECT,
        needs="annual_final",
        formula="本年首期 ytd = 上年 12 月 ytd > 0 的行不超过 20 % / in the first period at most 20 % of rows repeat December's figure",
        message_zh="{rows} 行中有 {same} 行的本年完成投资等于上年 12 月的累计数。本年累计应从 1 月起重新计算，请核对。",
        message_en="{same} of {rows} rows repeat December's cumulative figure. Cumulative figures start anew in January: check them.",
        reason="跨年须清零 / cumulative figures start anew",
    ),
    Rule(
        id="D12",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        formula="12 月：month ≤ 35 % ytd(9 月以后开工的除外) / December's month within 35 % of the year",
        message_zh="12 月{month}，超过{ytd.of}的 35 %。疑年底突击；情况属实的请在上报说明中写明。",
        message_en="December: {month}, more than 35 % of {ytd.of}. Perhaps stuffed into the year's end: check, or explain.",
        reason="年底突击 / year-end stuffing",
        checks=(
            Check(
                "D12.december",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["ytd", "month", "december", "late_start"],
                    "coefficients": {"ytd": 7, "month": -20},
                    "relation": ">=",
                    "where": {"december": True, "late_start": False},
                },
                fields=("month", "ytd"),
                looks_at=("ytd", "month"),
                example=Example({"month": "4200.0001"}, {"month": 4200}, period="2022-12"),
            ),
        ),
    ),
    Rule(
        id="D13",
        level=2,
        severity="error",
        scope="unit-history",
        forms=PROJECT,
        needs="earlier",
        formula="uscc, project_code, start_ym 与上次一致，有更正代码或变动表改码的除外 / identity does not change without a correction or a line of the 变动表",
        message_zh="{subject}，与上次（{previous_period}）不同。",
        message_en="{subject}: differs from {previous_period}.",
        reason="标识漂移 / identity drift",
        checks=(
            _identity("uscc", "91110108551385082Q"),
            _identity("project_code", "2102-330481-04-01-123456"),
            _identity("start_ym", "2021-04"),
        ),
    ),
)
