"""D: across months (domain.md §2.7 D, domain_decisions §2)."""

from ..rule import PROJECT, Check, Example, Rule
from .amount_rules import SCALE

MONTH_RULES: tuple[Rule, ...] = (
    Rule(
        id="D01",
        level=2,
        severity="query",
        scope="unit-history",
        forms=PROJECT,
        needs="chain",
        measure="wan_yuan",
        formula="ytd(t) = ytd(t−1) + month(t) + 更正金额,|差| ≤ 1;首期 month + 更正金额 ≤ ytd / "
        "chain of cumulative figures; in the first period month + correction ≤ ytd",
        message_zh="{ytd}，但上期（{previous_period}）累计 {chain_ytd} {unit} 加{month.of}（及更正金额）应为 {total} "
        "{unit}，相差 {difference} {unit}。"
        "请核对；如系更正上期，请填更正代码和更正金额。",
        message_en="{ytd}, but last period's cumulative figure ({previous_period}) {chain_ytd} {unit} plus {month.of} (and "
        "the correction) make {total} {unit}, "
        "off by {difference} {unit}. Check them; a correction of last period needs code and amount.",
        reason="累计数的衔接 / cumulative figures form a chain",
        checks=(
            Check(
                "D01.chain",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["ytd", "chain_ytd", "month", "correction_wan_yuan"],
                    "coefficients": {"ytd": 1, "chain_ytd": -1, "month": -1, "correction_wan_yuan": -1},
                    "relation": "==",
                    "tolerance": SCALE,
                    "blank_is_zero": ["correction_wan_yuan"],
                },
                fields=("ytd", "month", "correction_wan_yuan"),
                looks_at=("ytd", "chain_ytd", "month"),
                example=Example({"ytd": 12002}, {"ytd": 12001}, previous={"ytd": 10000}),
            ),
            Check(
                "D01.first",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["ytd", "month", "correction_wan_yuan", "first_period"],
                    "coefficients": {"ytd": 1, "month": -1, "correction_wan_yuan": -1},
                    "relation": ">=",
                    "blank_is_zero": ["correction_wan_yuan"],
                    "where": {"first_period": True},
                },
                fields=("month", "ytd", "correction_wan_yuan"),
                looks_at=("ytd", "month", "first_period"),
                message_zh="{month}（及更正金额），大于{ytd.of}。本年首期的本月数加更正金额应不大于累计数，请核对；"
                "如系更正上年，请填更正代码和更正金额。",
                message_en="{month} (and the correction), more than {ytd.of}. In the first period of a year they cannot exceed the "
                "cumulative figure. Check them; a correction of last year needs code and amount.",
                example=Example({"month": "12000.0001"}, {"month": 12000}, period="2022-02"),
            ),
        ),
    ),
    Rule(
        id="D02",
        level=2,
        severity="error",
        scope="unit-history",
        forms=PROJECT,
        needs="previous",
        formula="ytd(t) ≥ ytd(t−1)；有核减类更正代码的降低为核实性 / not below the last accepted month; with a "
        "reducing correction code a query",
        message_zh="{ytd}，低于上次（{previous_period}）的 {previous_ytd} {unit}。请核对；如系核减，请填更正代码、更正金额和依据文号。",
        message_en="{ytd}, below the {previous_ytd} {unit} of {previous_period}. Check it; a reduction needs correction code, amount and "
        "document.",
        reason="累计数不倒退 / cumulative figures do not fall",
        checks=(
            Check(
                "D02.falls",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["ytd", "previous_ytd", "reduced"],
                    "coefficients": {"ytd": 1, "previous_ytd": -1},
                    "relation": ">=",
                    "where": {"reduced": False},
                },
                fields=("ytd",),
                looks_at=("ytd", "previous_ytd"),
                example=Example({"ytd": "11999.9999"}, {"ytd": 12000}, previous={}),
            ),
            Check(
                "D02.corrected",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["ytd", "previous_ytd", "reduced"],
                    "coefficients": {"ytd": 1, "previous_ytd": -1},
                    "relation": ">=",
                    "where": {"reduced": True},
                },
                fields=("ytd", "correction_code"),
                looks_at=("ytd", "previous_ytd"),
                severity="query",
                message_zh="{ytd}，低于上次（{previous_period}）的 {previous_ytd} {unit}，更正代码「{correction_code.value}」。"
                "请在上报说明中写明原因。",
                message_en="{ytd}, below the {previous_ytd} {unit} of {previous_period}, correction code {correction_code.value}. Explain why.",
                example=Example(
                    {"correction_code": "核查核减"},
                    {"correction_code": "核查核减", "ytd": 12500},
                    previous={"ytd": 12500},
                ),
            ),
        ),
    ),
    Rule(
        id="D14",
        level=2,
        severity="error",
        scope="unit-history",
        forms=PROJECT,
        needs="earlier",
        formula="cum_total(t) ≥ cum_total(t−1)，跨年亦然；有核减类更正代码的降低为核实性 / the total since the start does not fall, over years too; with a "
        "reducing correction code a query",
        message_zh="{cum_total}，低于上次（{previous_period}）的 {previous_cum_total} {unit}。自开始建设累计不应减少，请核对；如系核减，请填更正代码、更正金额和依据文号。",
        message_en="{cum_total}, below the {previous_cum_total} {unit} of {previous_period}. The total since the start does not fall: check it; a "
        "reduction needs correction code, amount and document.",
        reason="累计数不倒退 / cumulative figures do not fall",
        checks=tuple(
            Check(
                check,
                "ExpectLinearEditToHold",
                {
                    "column_list": ["cum_total", "previous_cum_total", "reduced"],
                    "coefficients": {"cum_total": 1, "previous_cum_total": -1},
                    "relation": ">=",
                    "where": {"reduced": reduced},
                },
                fields=("cum_total",),
                looks_at=("cum_total", "previous_cum_total"),
                severity="query" if reduced else None,
                example=Example(
                    {"cum_total": "29999.9999", **code}, {"cum_total": 30000, **code}, previous={"cum_total": 30000}
                ),
            )
            for check, reduced, code in (
                ("D14.falls", False, {}),
                ("D14.corrected", True, {"correction_code": "核查核减"}),
            )
        ),
    ),
    Rule(
        id="D03",
        level=2,
        severity="query",
        scope="unit-history",
        forms=PROJECT,
        needs="annual_final",
        measure="wan_yuan",
        formula="结转项目：cum_total(t) = cum_total（上年 12 月或年报定案）+ ytd(t),|差| ≤ 1 / "
        "carried-over projects continue from the annual final",
        message_zh="{cum_total}，但上年末累计 {opening_cum_total} {unit} 加{ytd.of}应为 {total} {unit}，相差 {difference} {unit}。"
        "请核对；年报定案有调整的请在上报说明中写明。",
        message_en="{cum_total}, but last year's final {opening_cum_total} {unit} plus {ytd.of} make {total} {unit}, off by "
        "{difference} {unit}. Check, or explain "
        "a change of the annual final.",
        reason="自开始建设累计 = 各年之和 / the total is the sum of all years",
        checks=(
            Check(
                "D03.opening",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["cum_total", "opening_cum_total", "ytd"],
                    "coefficients": {"cum_total": 1, "opening_cum_total": -1, "ytd": -1},
                    "relation": "==",
                    "tolerance": SCALE,
                },
                fields=("cum_total", "ytd"),
                looks_at=("cum_total", "opening_cum_total", "ytd"),
                example=Example({"cum_total": 30002}, {"cum_total": 30001}, final={"cum_total": 18000}),
            ),
        ),
    ),
    Rule(
        id="D07",
        level=2,
        severity="error",
        scope="unit-history",
        forms=(*PROJECT, "dispatch_month"),
        needs="previous",
        formula="上次有而非全部投产、未退库移交（更正代码或变动表）的项目，本期须在（按收到的全部数据行）/ projects of the last accepted "
        "month are still present, "
        "over all rows received",
        message_zh="上次（{previous_period}）的项目 {project_no}「{project_name}」本期没有报送。请补报该行；退库、"
        "移交的请在变动表写明并填依据文号，或以更正代码再报一期。",
        message_en="Project {project_no} ({project_name}) of {previous_period} is missing. Report it; one that left the library is "
        "stated in the sheet 变动表 with its document, or reported once more with a correction code.",
        reason="悄悄漏报 / silent drop",
        kinds={
            "library": (
                "上次（{previous_period}）在调度库的项目 {project_no}「{project_name}」本期没有报送。请补报该行；确已出库的，在变动表或"
                "任一行的上报说明中写明 D07、依据文号和原因。未写明之前按冻结的计划继续计分。",
                "Project {project_no} ({project_name}) of the library of {previous_period} is missing. Report it; where it left the library, "
                "state D07, document and reason in 变动表 or in 上报说明 of a row. Until then it is scored against its frozen plan.",
            )
        },
        revision=2,
    ),
)
