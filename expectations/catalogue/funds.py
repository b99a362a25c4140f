"""C10–C18: plausibility of a record's amounts, funds and floor space (domain.md §2.7 C, domain_decisions §2)."""

from typing import Any

from ..rule import PROJECT, Check, Example, Rule
from .amount_rules import SCALE

SOURCES = ("funds_carried", "funds_budget", "funds_loans", "funds_bonds", "funds_foreign", "funds_self", "funds_other")
_LARGE = [{"coefficients": {"plan_total": 1}, "relation": ">=", "constant": 5000 * SCALE}]
_MATURE = [
    {"coefficients": {"cum_total": 10, "plan_total": -7}, "relation": ">="},
    {"coefficients": {"ytd": 1}, "relation": ">=", "constant": 5000 * SCALE},
]
"""C12, C13: at least 70 % of the plan is done and the year's figure is at least 5000 万元 (domain_decisions §2)."""
_PARTS = ("construction", "equip", "other")
"""C12: where any part of the year's figure is given they sum to it (C04), and an empty equip is none; it was no answer, and passed."""
_EARLY = [
    {"coefficients": {"cum_total": -10, "plan_total": 7}, "relation": ">=", "constant": 1},
    {"coefficients": {"ytd": 1}, "relation": ">=", "constant": 5000 * SCALE},
]
"""C19: the projects that C13 does not ask about for their early state."""


def _edit(
    check: str,
    coefficients: dict[str, int],
    fields: tuple[str, ...],
    flags: dict[str, bool] | None = None,
    also: tuple[str, ...] = (),
    **more: Any,
) -> Check:
    """Σ coefficient · column ≥ 0 under the conditions of `more['kwargs']`."""
    kwargs = {
        "column_list": list(dict.fromkeys((*coefficients, *(flags or {}), *also))),
        "coefficients": coefficients,
        "relation": ">=",
        **({"where": flags} if flags else {}),
        **more.pop("kwargs", {}),
    }
    filled = tuple(c for c in coefficients if c not in kwargs.get("blank_is_zero", ()))
    return Check(check, "ExpectLinearEditToHold", kwargs, fields=fields, looks_at=filled, **more)


FUND_RULES: tuple[Rule, ...] = (
    Rule(
        id="C10",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        measure="wan_yuan",
        formula="plan_total ≥ 5000 时 ytd ≤ plan_total 且 month ≤ 0.5 · plan_total（单纯购置除外；本月部分首期不问） / the year's figure within "
        "the plan, the month's within half of it",
        message_zh="{ytd}，超过{plan_total.of}。疑超进度报送；情况属实的请在上报说明中写明并附支付凭证。",
        message_en="{ytd}, more than {plan_total.of}. Perhaps reported ahead of progress: check, or explain with proof of payment.",
        reason="超进度报送 / reporting ahead of progress",
        checks=(
            _edit(
                "C10.year",
                {"plan_total": 1, "ytd": -1},
                ("ytd", "plan_total"),
                {"purchase": False},
                kwargs={"given": _LARGE},
                example=Example({"ytd": 100001}, {"ytd": 100000}),
            ),
            _edit(
                "C10.month",
                {"plan_total": 1, "month": -2},
                ("month", "plan_total"),
                {"purchase": False, "first_period": False},
                kwargs={"given": _LARGE},
                message_zh="{month}，超过{plan_total.of}的一半。疑超进度报送；情况属实的请在上报说明中写明并附支付凭证。",
                message_en="{month}, more than half of {plan_total.of}. Perhaps reported ahead of progress: check, or explain.",
                example=Example({"month": 50001}, {"month": 50000}),
            ),
        ),
    ),
    Rule(
        id="C11",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        formula="建设性质 = 单纯购置 ⇒ 建筑工程 = 0 且安装工程 = 0 / pure purchases have no building and no installation",
        message_zh="{nature}，但有建筑或安装工程（{build}，{install}，{build_install}）。请核对建设性质或构成。",
        message_en="{nature}: a pure purchase, yet with building or installation ({build}; {install}; {build_install}). Check nature "
        "or parts.",
        reason="单纯购置的定义 / definition of a pure purchase",
        checks=(
            _edit(
                "C11.none",
                {"construction": -1},
                ("nature", "build", "install", "build_install"),
                {"purchase": True},
                example=Example({"nature": "7"}, {"nature": "7", "build": 0, "install": 0}),
            ),
        ),
    ),
    Rule(
        id="C12",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        measure="wan_yuan",
        formula="cum_total ≥ 70 % plan_total 且 ytd ≥ 5000 时,equip/ytd ∈ [2 %, 95 %] / share of equipment in mature projects",
        message_zh="{equip}，占{ytd.of}的比重过低（不足 2 %）。请核对设备投资是否漏报，或在上报说明中写明。",
        message_en="{equip}: less than 2 % of {ytd.of}. Check for missing equipment, or explain.",
        reason="制造业项目的投资结构 / structure of investment",
        checks=(
            _edit(
                "C12.low",
                {"equip": 50, "ytd": -1},
                ("equip", "ytd"),
                also=("cum_total", "plan_total", "construction", "other"),
                kwargs={"given": _MATURE, "blank_is_zero": ["equip"], "any_filled": list(_PARTS)},
                example=Example({"cum_total": 70000, "equip": "239.9999"}, {"cum_total": 70000, "equip": 240}),
            ),
            _edit(
                "C12.high",
                {"ytd": 19, "equip": -20},
                ("equip", "ytd"),
                also=("cum_total", "plan_total"),
                kwargs={"given": _MATURE},
                message_zh="{equip}，占{ytd.of}的比重过高（超过 95 %）。请核对建筑安装投资是否漏报，或在上报说明中写明。",
                message_en="{equip}: more than 95 % of {ytd.of}. Check for missing building works, or explain.",
                example=Example({"cum_total": 70000, "equip": "11400.0001"}, {"cum_total": 70000, "equip": 11400}),
            ),
        ),
    ),
    Rule(
        id="C13",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        measure="wan_yuan",
        formula="cum_total ≥ 70 % plan_total 且 ytd ≥ 5000 时,other/ytd ≤ 60 % / share of other expenses in mature projects",
        message_zh="{other}，超过{ytd.of}的 60 %。请核对是否把土地款等计入，或在上报说明中写明。",
        message_en="{other}: more than 60 % of {ytd.of}. Check for land fees, or explain.",
        reason="以土地款充投资 / land fees counted as investment",
        checks=(
            _edit(
                "C13.other",
                {"ytd": 3, "other": -5},
                ("other", "ytd"),
                also=("cum_total", "plan_total"),
                kwargs={"given": _MATURE},
                example=Example({"cum_total": 70000, "other": "7200.0001"}, {"cum_total": 70000, "other": 7200}),
            ),
        ),
    ),
    Rule(
        id="C19",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        measure="wan_yuan",
        formula="cum_total < 70 % plan_total 且 ytd ≥ 5000 时,land_fee/ytd ≤ 60 % / share of land in projects that are not mature",
        message_zh="{land_fee}，超过{ytd.of}的 60 %。请核对土地款是否按合同和付款凭证计入本年，或在上报说明中写明。",
        message_en="{land_fee}: more than 60 % of {ytd.of}. Check that the land was paid for this year, or explain.",
        reason="早期项目以土地款充投资 / early projects that consist of land",
        checks=(
            _edit(
                "C19.land",
                {"ytd": 3, "land_fee": -5},
                ("land_fee", "ytd"),
                also=("cum_total", "plan_total"),
                kwargs={"given": _EARLY},
                example=Example(
                    {"equip": 0, "other": 7300, "land_fee": "7200.0001"}, {"equip": 0, "other": 7300, "land_fee": 7200}
                ),
            ),
        ),
    ),
    Rule(
        id="C14",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        formula="new_fixed_assets ≤ cum_total / new fixed assets do not exceed the investment since the start",
        message_zh="{new_fixed_assets}，大于{cum_total.of}。新增固定资产应不大于自开始建设累计，请核对。",
        message_en="{new_fixed_assets}, more than {cum_total.of}. Check both.",
        reason="新增固定资产由完成投资形成 / assets arise from investment done",
        checks=(
            Check(
                "C14.assets",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {
                    "column_A": "cum_total",
                    "column_B": "new_fixed_assets",
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
                fields=("new_fixed_assets", "cum_total"),
                looks_at=("new_fixed_assets", "cum_total"),
                example=Example({"new_fixed_assets": "30000.0001"}, {"new_fixed_assets": 30000}),
            ),
        ),
    ),
    Rule(
        id="C15",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        measure="wan_yuan",
        formula="funds_total = Σ 各来源（含上年末结余资金），|差| ≤ 1 / funds are the sum of their sources, ± 1",
        message_zh="{funds_total}，但各来源（{key}）合计为 {total} {unit}，相差 {difference} {unit}。请核对。",
        message_en="{funds_total}, but its sources ({key}) sum to {total} {unit}, off by {difference} {unit}. Check them.",
        reason="平衡关系 / balance edit",
        checks=(
            Check(
                "C15.sources",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["funds_total", *SOURCES],
                    "coefficients": {"funds_total": 1, **dict.fromkeys(SOURCES, -1)},
                    "relation": "==",
                    "tolerance": SCALE,
                    "blank_is_zero": list(SOURCES),
                    "any_filled": list(SOURCES),
                },
                fields=("funds_total", *SOURCES),
                looks_at=("funds_total",),
                example=Example({"funds_total": 1002, "funds_self": 1000}, {"funds_total": 1001, "funds_self": 1000}),
            ),
        ),
    ),
    Rule(
        id="C16",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        formula="funds_total + payables ≥ 0.5 · ytd / funds and payables cover half of the investment",
        message_zh="{funds_total}与{payables.of}之和不足{ytd.of}的一半。请核对到位资金，或在上报说明中写明资金来源。",
        message_en="{funds_total}, with {payables.of}: less than half of {ytd.of}. Check the funds, or explain.",
        reason="没有资金的投资不可信 / investment without funds is not plausible",
        checks=(
            _edit(
                "C16.cover",
                {"funds_total": 2, "payables": 2, "ytd": -1},
                ("funds_total", "payables", "ytd"),
                kwargs={"blank_is_zero": ["payables"]},
                example=Example(
                    {"funds_total": 4000, "payables": "1999.9999"}, {"funds_total": 4000, "payables": 2000}
                ),
            ),
        ),
    ),
    Rule(
        id="C17",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        formula="floor_done ≤ floor_under / floor space completed within that under construction",
        message_zh="{floor_done}，大于{floor_under.of}。竣工面积应不大于施工面积，请核对。",
        message_en="{floor_done}, more than {floor_under.of}. Check both.",
        reason="竣工面积是施工面积的一部分 / what is completed was under construction",
        checks=(
            Check(
                "C17.floor",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {
                    "column_A": "floor_under",
                    "column_B": "floor_done",
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
                fields=("floor_done", "floor_under"),
                looks_at=("floor_done", "floor_under"),
                example=Example({"floor_under": 100, "floor_done": "100.5"}, {"floor_under": 100, "floor_done": 100}),
            ),
        ),
    ),
    Rule(
        id="C18",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        measure="wan_yuan",
        formula="plan_total ≥ 1 亿元时，ytd 和各构成中非零且为 1000 万元整数倍的少于 3 个 / fewer than three round figures",
        message_zh="{ytd}等多个数为 1000 万元的整数倍（{key}）。疑为估报；据实记账的请在上报说明中写明。",
        message_en="{ytd}: three or more figures are multiples of 1000 万元 ({key}). Perhaps estimated: explain if booked so.",
        reason="估报而非记账 / estimated instead of booked",
        checks=(
            Check(
                "C18.round",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["round_figures", "plan_total"],
                    "coefficients": {"round_figures": -1},
                    "relation": ">=",
                    "constant": -2,
                    "given": [{"coefficients": {"plan_total": 1}, "relation": ">=", "constant": 10_000 * SCALE}],
                },
                fields=("ytd", "build", "install", "build_install", "equip", "other"),
                looks_at=("round_figures", "plan_total"),
                example=Example({"build": 5000, "install": 1000}, {"build": 5000, "install": 0}),
            ),
        ),
    ),
)
