"""C: amounts within a record (domain.md §2.7 C, domain_decisions §2). Integers of the check frame are 1/10,000 万元."""

from ..rule import EVERY_FORM, PROJECT, Check, Example, Rule

SCALE = 10_000
OVERRUN = "因地质条件变化增加桩基工程，概算调整已经批复"
"""An adequate explanation of an overrun, in examples."""
CEILING = 10**13
"""Amounts of this many 万元 and more are refused as unreadable: a thousand times the country's product of a year. Below it,
every linear edit of the catalogue fits into 64-bit integers."""

AMOUNTS = (
    "plan_total",
    "cum_total",
    "ytd",
    "month",
    "build",
    "install",
    "build_install",
    "equip",
    "other",
    "old_equip",
    "renew_equip",
    "land_fee",
    "old_building",
    "new_fixed_assets",
)


def _not_negative(field: str, unless_corrected: bool) -> Check:
    passes = {field: -1, "correction_code": "核查核减"} if unless_corrected else {field: 0}
    columns = [field, "corrected"] if unless_corrected else [field, "submission"]
    return Check(
        f"C02.{field}",
        "ExpectLinearEditToHold",
        {
            "column_list": columns,
            "coefficients": {field: 1},
            "relation": ">=",
            **({"where": {"corrected": False}} if unless_corrected else {}),
        },
        fields=(field,),
        looks_at=(field,),
        forms=PROJECT,
        example=Example({field: -1}, passes),
    )


AMOUNT_RULES: tuple[Rule, ...] = (
    Rule(
        id="C01",
        level=1,
        severity="error",
        scope="row",
        forms=EVERY_FORM,
        formula="数值单元格是数，换算后至多 4 位小数，|值| < 10^13 / numeric, at most 4 decimals of the form's measure, below 10^13",
        message_zh="{place}为「{value}」，不是可读的数。请填数字。",
        message_en="{place} is {value!r}, not a readable number. Fill in a number.",
        reason="读不出的数不能当作 0 / what cannot be read must not count as zero",
        checks=(
            Check(
                "C01.readable",
                "ExpectColumnValuesToBeBetween",
                {"column": "unreadable_amounts", "max_value": 0},
                noted="amount",
                example=Example({"equip": None}, at="equip", notes=(("equip", "not_a_number", "约五千"),)),
            ),
        ),
        kinds={
            "not_a_number": (
                "{place}为「{value}」，不是数。请只填数字，文字写入上报说明。",
                "{place} is {value!r}, not a number. Fill in digits only.",
            ),
            "digits_lost": (
                "{place}为「{value}」，是科学计数或超过表格能保存的位数，末位已丢失。请填写完整的数。",
                "{place} is {value!r}: a scientific number, or more digits than a spreadsheet keeps. Write it in full.",
            ),
            "two_values": (
                "{place}为「{value}」，一格里有两行。请只填一个数。",
                "{place} is {value!r}: two lines in one cell. Fill in one number.",
            ),
            "letter_for_digit": (
                "{place}为「{value}」，其中有像数字的字母（O、l、I 等）。请改为数字。",
                "{place} is {value!r}: it holds letters that look like digits (O, l, I …). Write digits.",
            ),
            "merged_amount": (
                "{place}为「{value}」，与相邻单元格合并，分不清各占多少。请取消合并，逐格填写。",
                "{place} is {value!r}, merged with the cells beside it: nobody can tell whose it is. Unmerge and fill in each.",
            ),
            "too_precise": (
                "{place}为「{value}」，换算后超过 4 位小数或超出范围。请核对计量单位和小数点。",
                "{place} is {value!r}: more than 4 decimals after conversion, or out of range. Check unit and decimal point.",
            ),
            "formula_without_value": (
                "{place}是没有结果、或所存结果已过时的公式。请打开文件重新计算并保存，或粘贴为数值。",
                "{place} is a formula without a stored result, or with an outdated one. Recalculate and save, or paste it as a value.",
            ),
            "error_value": (
                "{place}为错误值 {value}。请改正公式或填数字。",
                "{place} is the error {value}. Correct the formula.",
            ),
            "too_large": (
                "{place}为 {value} {unit}，大到不可能。请核对计量单位。",
                "{place} is {value} {unit}, impossibly large. Check the unit.",
            ),
        },
    ),
    Rule(
        id="C02",
        level=1,
        severity="error",
        scope="row",
        forms=EVERY_FORM,
        formula="ytd, cum_total, month, 各构成 ≥ 0，有更正代码的可为负；plan_total ≥ 0;个数、位次 ≥ 0；sign = any 的指标（利润等）不限 / not negative unless "
        "a correction code is given, or the indicator may have any sign; counts are never negative",
        message_zh="{subject}，不能为负。如系核减，请填更正代码、更正金额和依据文号。",
        message_en="{subject}: negative. If this is a reduction, give correction code, amount and document.",
        reason="累计数只增不减，核减须有依据 / cumulative figures fall only with a documented correction",
        checks=(
            *(_not_negative(field, field != "plan_total") for field in AMOUNTS),
            Check(
                "C02",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["amount", "any_sign"],
                    "coefficients": {"amount": 1},
                    "relation": ">=",
                    "where": {"any_sign": False},
                },
                looks_at=("amount",),
                each="amount",
                example=Example({"ytd": -1}, {"ytd": 0}, at="ytd", form="unit_month"),
            ),
            Check(
                "C02.count",
                "ExpectLinearEditToHold",
                {"column_list": ["count", "submission"], "coefficients": {"count": 1}, "relation": ">="},
                looks_at=("count",),
                each="count",
                message_zh="{subject}，个数、期次、位次不能为负。请改正。",
                message_en="{subject}: a count, a phase or a place is never negative. Correct it.",
                example=Example(
                    {"issues_due": -2, "issues_closed": None},
                    {"issues_due": 0, "issues_closed": 0},
                    at="issues_due",
                    form="dispatch_month",
                ),
            ),
        ),
    ),
    Rule(
        id="C03",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        measure="wan_yuan",
        formula="plan_total ≥ 500 万元 / planned total of at least 5 million yuan",
        message_zh="{plan_total}，低于 500 万元的统计起点。请核对计量单位；确在起点以下的项目不应入库。",
        message_en="{plan_total}: below the threshold of 500 万元. Check the unit; projects below it are not in the survey.",
        reason="500 万元及以上项目才入库 / the survey covers projects of 5 million yuan and more",
        checks=(
            Check(
                "C03.threshold",
                "ExpectColumnValuesToBeBetween",
                {"column": "plan_total", "min_value": 500 * SCALE},
                fields=("plan_total",),
                looks_at=("plan_total",),
                example=Example({"plan_total": "499.9999"}, {"plan_total": 500}),
            ),
        ),
    ),
    Rule(
        id="C04",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        measure="wan_yuan",
        formula="ytd = 建安（build + install，或合并一项）+ equip + other,|差| ≤ 2 万元 / parts sum to the cumulative figure, ± 2",
        message_zh="{ytd}，但构成（建筑、安装、设备、其他）合计为 {total} {unit}，相差 {difference} {unit}，允许 2 {unit}。请核对各构成。",
        message_en="{ytd}, but its parts (building, installation, equipment, other) sum to {total} {unit}, off by {difference} {unit} (2 {unit} allowed). "
        "Check the parts.",
        reason="平衡关系 / balance edit",
        checks=(
            Check(
                "C04.parts",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["ytd", "construction", "equip", "other"],
                    "coefficients": {"ytd": 1, "construction": -1, "equip": -1, "other": -1},
                    "relation": "==",
                    "tolerance": 2 * SCALE,
                    "blank_is_zero": ["construction", "equip", "other"],
                    "any_filled": ["construction", "equip", "other"],
                },
                fields=("ytd", "build", "install", "build_install", "equip", "other"),
                looks_at=("ytd",),
                example=Example({"ytd": 12003}, {"ytd": 12002}),
            ),
        ),
    ),
    Rule(
        id="C05",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        formula="cum_total ≥ ytd / investment since the start is at least this year's",
        message_zh="{cum_total}，小于{ytd.of}。自开始建设累计应不小于本年累计，请核对。",
        message_en="{cum_total}, less than {ytd.of}. The figure since the start must be at least this year's: check both.",
        reason="本年完成是累计的一部分 / this year's investment is part of the total",
        checks=(
            Check(
                "C05.nested",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {
                    "column_A": "cum_total",
                    "column_B": "ytd",
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
                fields=("cum_total", "ytd"),
                looks_at=("cum_total", "ytd"),
                example=Example({"cum_total": "11999.9999"}, {"cum_total": 12000}),
            ),
        ),
    ),
    Rule(
        id="C06",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        formula="equip ≥ old_equip 且 equip ≥ renew_equip(强制性);equip ≥ old_equip + renew_equip(核实性)/ at least each of its "
        "parts (error), at least their sum (query)",
        message_zh="{equip}，小于其中项。请核对。",
        message_en="{equip}, less than its part. Check both.",
        reason="其中项不大于总项 / a part does not exceed the whole",
        checks=(
            *(
                Check(
                    f"C06.{part}",
                    "ExpectColumnPairValuesAToBeGreaterThanB",
                    {
                        "column_A": "equip",
                        "column_B": part,
                        "or_equal": True,
                        "ignore_row_if": "either_value_is_missing",
                    },
                    fields=("equip", part),
                    looks_at=("equip", part),
                    message_zh=f"{{equip}}，小于其中项{{{part}.of}}。请核对。",
                    message_en=f"{{equip}}, less than its part {{{part}.of}}. Check both.",
                    example=Example({part: 5501}, {part: most}),
                )
                for part, most in (("old_equip", 5300), ("renew_equip", 5400))
            ),
            Check(
                "C06.sum",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["equip", "old_equip", "renew_equip"],
                    "coefficients": {"equip": 1, "old_equip": -1, "renew_equip": -1},
                    "relation": ">=",
                },
                fields=("equip", "old_equip", "renew_equip"),
                looks_at=("equip", "old_equip", "renew_equip"),
                severity="query",
                message_zh="{equip}，小于旧设备与更新设备之和 {total} {unit}。两项重叠的请在上报说明中写明，否则请核对。",
                message_en="{equip}, less than used and renewal equipment together ({total} {unit}). Explain an overlap, or check.",
                example=Example({"old_equip": 5400}, {"old_equip": 5300}),
            ),
        ),
    ),
    Rule(
        id="C07",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        formula="other ≥ old_building + land_fee / other expenses include old buildings and land",
        message_zh="{other}，小于旧建筑物购置费与建设用地费之和 {total} {unit}。请核对。",
        message_en="{other}, less than old buildings and land together ({total} {unit}). Check them.",
        reason="其中项不大于总项 / parts do not exceed the whole",
        checks=(
            Check(
                "C07.parts",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["other", "old_building", "land_fee"],
                    "coefficients": {"other": 1, "old_building": -1, "land_fee": -1},
                    "relation": ">=",
                    "blank_is_zero": ["old_building", "land_fee"],
                    "any_filled": ["old_building", "land_fee"],
                },
                fields=("other", "old_building", "land_fee"),
                looks_at=("other",),
                example=Example({"land_fee": 501}, {"land_fee": 500}),
            ),
        ),
    ),
    Rule(
        id="C08",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        formula="cum_total ≤ plan_total / investment done does not exceed the plan",
        message_zh="{cum_total}，超过{plan_total.of}。请核对；确已超概的请在上报说明中写明调整概算的文件。",
        message_en="{cum_total}, more than {plan_total.of}. Check them, or name the document that adjusts the plan.",
        reason="超计划须有调概文件 / exceeding the plan needs an adjustment document",
        checks=(
            Check(
                "C08.plan",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {
                    "column_A": "plan_total",
                    "column_B": "cum_total",
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
                fields=("cum_total", "plan_total"),
                looks_at=("cum_total", "plan_total"),
                example=Example({"cum_total": 100001}, {"cum_total": 100000}),
            ),
        ),
    ),
    Rule(
        id="C09",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        formula="cum_total ≤ 1.3 · plan_total；有依据文号和上报说明的超概为核实性 / at most 1.3 times the plan; a query where document and explanation "
        "are given",
        message_zh="{cum_total}，超过{plan_total.of}的 1.3 倍。请核对小数点和计量单位，或先调整计划总投资。",
        message_en="{cum_total}, more than 1.3 times {plan_total.of}. Check decimal point and unit, or adjust the plan first.",
        reason="明显有误 / obviously wrong",
        checks=(
            Check(
                "C09.plan",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["cum_total", "plan_total", "overrun_documented"],
                    "coefficients": {"cum_total": -10, "plan_total": 13},
                    "relation": ">=",
                    "where": {"overrun_documented": False},
                },
                fields=("cum_total", "plan_total"),
                looks_at=("cum_total", "plan_total"),
                message_zh="{cum_total}，超过{plan_total.of}的 1.3 倍。请核对小数点和计量单位；确已超概的请填依据文号并写上报说明，或先调整计划总投资。",
                message_en="{cum_total}, more than 1.3 times {plan_total.of}. Check decimal point and unit; an overrun needs the number of "
                "its document and an explanation, or adjust the plan first.",
                example=Example({"cum_total": "130000.0001"}, {"cum_total": 130000}),
            ),
            Check(
                "C09.documented",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["cum_total", "plan_total", "overrun_documented"],
                    "coefficients": {"cum_total": -10, "plan_total": 13},
                    "relation": ">=",
                    "where": {"overrun_documented": True},
                },
                fields=("cum_total", "plan_total", "doc_no"),
                looks_at=("cum_total", "plan_total"),
                severity="query",
                message_zh="{cum_total}，超过{plan_total.of}的 1.3 倍，{doc_no}。已作说明，请市局核对批复文件。",
                message_en="{cum_total}, more than 1.3 times {plan_total.of}; {doc_no}. It is explained: the bureau checks the document.",
                example=Example(
                    {"cum_total": "130000.0001", "doc_no": "海发改〔2022〕3 号", "explanation": OVERRUN},
                    {"cum_total": 130000, "doc_no": "海发改〔2022〕3 号", "explanation": OVERRUN},
                ),
            ),
        ),
    ),
    Rule(
        id="C20",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        formula="本年以前未报送过的项目：month + 更正金额 ≤ ytd（首期由 D01 审）/ of a project not reported before this year, month + correction ≤ ytd",
        message_zh="{month}，大于{ytd.of}。本月数是本年累计的一部分，请核对；如系更正，请填更正代码和更正金额。",
        message_en="{month}, more than {ytd.of}. The month is part of the year's figure: check both; a correction needs code and amount.",
        reason="本月是本年的一部分 / the month is part of the year",
        checks=(
            Check(
                "C20.month",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["ytd", "month", "correction_wan_yuan", "first_row"],
                    "coefficients": {"ytd": 1, "month": -1, "correction_wan_yuan": -1},
                    "relation": ">=",
                    "blank_is_zero": ["correction_wan_yuan"],
                    "where": {"first_row": True},
                },
                fields=("month", "ytd", "correction_wan_yuan"),
                looks_at=("ytd", "month"),
                example=Example({"month": "12000.0001"}, {"month": 12000}),
            ),
        ),
    ),
)
