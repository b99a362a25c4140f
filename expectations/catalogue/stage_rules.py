"""E: dates and stages (domain.md §2.7 E, domain_decisions §2 E02). Months of the check frame are integers YYYYMM."""

from ..rule import EVERY_FORM, Check, Example, Rule

EARLIEST = 198001


_OPEN = {
    "project_month": {},
    "dispatch_month": dict.fromkeys(
        ("start_actual", "trial_actual", "completion_actual", "commission_actual", "capacity_actual")
    ),
}


def _order(earlier: str, later: str, form: str, severity: str, hint_zh: str, hint_en: str) -> Check:
    return Check(
        f"E02.{form}.{earlier}-{later}",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {"column_A": later, "column_B": earlier, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        fields=(later, earlier),
        looks_at=(later, earlier),
        forms=(form,),
        severity="query" if severity == "query" else None,
        message_zh=f"{{{later}}}，早于{{{earlier}.of}}。{hint_zh}",
        message_en=f"{{{later}}}, before {{{earlier}.of}}. {hint_en}",
        example=Example(
            {**_OPEN[form], earlier: "2021-03", later: "2021-02"}, {**_OPEN[form], earlier: "2021-03", later: "2021-03"}
        ),
    )


_CORRECT = ("请核对两个日期。", "Check both dates.")
_EXPLAIN = ("请核对；情况属实的请在上报说明中写明。", "Check, or explain.")

STAGE_RULES: tuple[Rule, ...] = (
    Rule(
        id="E01",
        level=1,
        severity="error",
        scope="row",
        forms=EVERY_FORM,
        formula="日期可读为年月；1980-01 ≤ start_ym ≤ 报告期（拟、计划的除外）/ dates parse to a month; start between 1980-01 and the period",
        message_zh="{start_ym}，应在 1980 年 1 月至报告期 {period} 之间。请改正；计划日期请写“拟…”。",
        message_en="{start_ym}: should lie between 1980-01 and the period {period}. Correct it; write 拟 before a planned date.",
        reason="开工不能在将来 / a start cannot lie in the future",
        checks=(
            Check(
                "E01.readable",
                "ExpectColumnValuesToBeBetween",
                {"column": "unreadable_dates", "max_value": 0},
                noted="date",
                example=Example(
                    {"start_ym": None}, at="start_ym", notes=(("start_ym", "not_a_date", "去年"),), form="project_month"
                ),
            ),
            Check(
                "E01.earliest",
                "ExpectColumnValuesToBeBetween",
                {"column": "started_ym", "min_value": EARLIEST},
                fields=("start_ym",),
                looks_at=("started_ym",),
                forms=("project_month",),
                example=Example({"start_ym": "1979-12"}, {"start_ym": "1980-01"}),
            ),
            Check(
                "E01.future",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {
                    "column_A": "period",
                    "column_B": "started_ym",
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
                fields=("start_ym",),
                looks_at=("started_ym",),
                forms=("project_month",),
                example=Example({"start_ym": "2022-07"}, {"start_ym": "2022-06"}),
            ),
        ),
        kinds={
            "not_a_date": (
                "{place}为「{value}」，读不出年月。请写成 2022-06。",
                "{place} is {value!r}: no month can be read. Write it like 2022-06.",
            ),
            "digits_lost": (
                "{place}为「{value}」，读不出年月。请写成 2022-06。",
                "{place} is {value!r}: no month can be read. Write it like 2022-06.",
            ),
            "not_a_date_day": (
                "{place}为「{value}」，读不出日期。请写成 2022-06-28。",
                "{place} is {value!r}: no date can be read. Write it like 2022-06-28.",
            ),
            "ambiguous_date_day": (
                "{place}为「{value}」，有几种读法。请写成 2022-06-28。",
                "{place} is {value}: it can be read in several ways. Write it like 2022-06-28.",
            ),
            "ambiguous_date": (
                "{place}为「{value}」，有几种读法。请写成 2022-06。",
                "{place} is {value}: it can be read in several ways. Write it like 2022-06.",
            ),
            "formula_without_value": (
                "{place}是没有结果的公式。请粘贴为数值。",
                "{place} is a formula without a stored result. Paste it as a value.",
            ),
            "error_value": ("{place}为错误值 {value}。请改正。", "{place} is the error {value}. Correct it."),
        },
    ),
    Rule(
        id="E02",
        level=1,
        severity="error",
        scope="row",
        forms=("project_month", "dispatch_month"),
        formula="开工 ≤ 投产 ≤ 达产，开工 ≤ 竣工（强制性）；开工 ≤ 生产调试 ≤ 竣工 ≤ 投产，竣工 ≤ 达产（核实性）/ start ≤ commissioning ≤ full "
        "capacity and start ≤ completion (errors); orders of trial and completion are queries",
        message_zh="建设环节的先后次序有误。请核对日期。",
        message_en="The stages are out of order. Check the dates.",
        reason="环节次序；试生产可先于竣工验收 / order of stages; trial production may precede acceptance",
        checks=(
            _order("start_ym", "prod_ym", "project_month", "error", *_CORRECT),
            _order("start_actual", "commission_actual", "dispatch_month", "error", *_CORRECT),
            _order("commission_actual", "capacity_actual", "dispatch_month", "error", *_CORRECT),
            _order("start_actual", "capacity_actual", "dispatch_month", "error", *_CORRECT),
            _order("start_actual", "completion_actual", "dispatch_month", "error", *_CORRECT),
            _order("start_actual", "trial_actual", "dispatch_month", "query", *_EXPLAIN),
            _order("trial_actual", "completion_actual", "dispatch_month", "query", *_EXPLAIN),
            _order("completion_actual", "commission_actual", "dispatch_month", "query", *_EXPLAIN),
            _order("completion_actual", "capacity_actual", "dispatch_month", "query", *_EXPLAIN),
        ),
    ),
)
