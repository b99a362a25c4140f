"""E03–E13: stages, state and dates of a project (domain.md §2.7 E, domain_decisions §2)."""

from typing import Any

from ..rule import EVERY_FORM, PROJECT, Check, Example, Need, Rule, Scope, Severity
from .amount_rules import SCALE

DISPATCH = ("dispatch_month",)
STAGES = ("admission", "land", "approval", "start", "completion", "capacity")
"""准入·供地·审批·开工·竣工·达产 (seed L29)."""
FAR_ABOVE = 5000
"""E17, 万元: how far investment done may lie above twice the plan."""
OVERDUE_DAYS = 30
"""E12: a stage this many days after its planned month ended is overdue (domain.md §2.7)."""


_OPEN = dict.fromkeys(f"{stage}_actual" for stage in STAGES)


def _before(earlier: str, later: str) -> Check:
    first, second = f"{earlier}_actual", f"{later}_actual"
    return Check(
        f"E03.{earlier}-{later}",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {
            "column_A": f"{later}_actual",
            "column_B": f"{earlier}_actual",
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
        fields=(f"{later}_actual", f"{earlier}_actual"),
        looks_at=(f"{later}_actual", f"{earlier}_actual"),
        message_zh=f"{{{later}_actual}}，早于{{{earlier}_actual.of}}。请核对；并联审批、拿地即开工的请在上报说明中写明。",
        message_en=f"{{{later}_actual}}, before {{{earlier}_actual.of}}. Check, or explain parallel approval.",
        example=Example({**_OPEN, first: "2021-03", second: "2021-02"}, {**_OPEN, first: "2021-03", second: "2021-03"}),
    )


def _not_in_future(field: str) -> Check:
    return Check(
        f"E15.{field.removesuffix('_actual')}",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {"column_A": "period", "column_B": field, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        fields=(field,),
        looks_at=(field,),
        message_zh=f"{{{field}}}，晚于报告期 {{period}}。实际时间不能在将来，请改正；计划时间请填在计划栏。",
        message_en=f"{{{field}}}, after the period {{period}}. An actual month cannot lie in the future: correct it; a planned one "
        "belongs into the column of the plan.",
        example=Example({**_OPEN, field: "2022-07"}, {**_OPEN, field: "2022-06"}),
    )


def _flag(check: str, column: str, fields: tuple[str, ...], zh: str = "", en: str = "", **more: Any) -> Check:
    """A column of the check frame that is true, false, or absent where the question does not arise."""
    return Check(
        check,
        "ExpectColumnValuesToBeInSet",
        {"column": column, "value_set": [True]},
        fields=fields,
        looks_at=(column,),
        message_zh=zh,
        message_en=en,
        **more,
    )


def _rule(
    rule: str,
    severity: Severity,
    formula: str,
    zh: str,
    en: str,
    reason: str,
    checks: tuple[Check, ...],
    *,
    level: int = 1,
    scope: Scope = "row",
    forms: tuple[str, ...] = PROJECT,
    needs: Need = "",
    measure: str = "",
) -> Rule:
    return Rule(
        id=rule,
        level=level,
        severity=severity,
        scope=scope,
        forms=forms,
        formula=formula,
        message_zh=zh,
        message_en=en,
        reason=reason,
        checks=checks,
        needs=needs,
        measure=measure,
    )


BUILDING_RULES: tuple[Rule, ...] = (
    _rule(
        "E03",
        "query",
        "准入 ≤ 供地 ≤ 审批 ≤ 开工（实际） / actual stages in their order",
        "建设环节的先后次序有疑问。请核对日期。",
        "The order of the stages is in doubt. Check the dates.",
        "环节常有并联，故为核实性 / stages often run in parallel",
        (
            _before("admission", "land"),
            _before("land", "approval"),
            _before("approval", "start"),
            _before("admission", "approval"),
            _before("admission", "start"),
            _before("land", "start"),
        ),
        forms=DISPATCH,
    ),
    _rule(
        "E04",
        "query",
        "已开工须有供地时间，或标明不适用（技改、租赁厂房） / a started project has land, unless marked as not applicable",
        "{start_actual}，但{land_actual}。请补填供地时间；技改、租赁厂房的请在不适用标记中填“供地”。",
        "{start_actual}, but {land_actual}. Fill it in, or mark 供地 as not applicable (renovation, leased plant).",
        "未供地不能开工 / no start without land",
        (
            _flag(
                "E04.land",
                "land_settled",
                ("start_actual", "land_actual", "na_flag"),
                example=Example({"land_actual": None}, {"land_actual": None, "na_flag": "供地"}),
            ),
        ),
        forms=DISPATCH,
    ),
    _rule(
        "E05",
        "error",
        "status ∈ {筹建, 停缓建, 单纯购置} ⇒ prod_ym 为空 / no commissioning in these states",
        "{status}，但{prod_ym}。这种状态的项目不应有投产时间，请核对。",
        "{status}, but {prod_ym}. A project in this state has no commissioning: check them.",
        "状态与投产时间矛盾 / state and commissioning contradict each other",
        (
            _flag(
                "E05.none",
                "production_allowed",
                ("status", "prod_ym"),
                example=Example({"status": "4", "prod_ym": "2022-01"}, {"status": "4"}),
            ),
        ),
    ),
    _rule(
        "E06",
        "error",
        "status = 全部投产 ⇔ prod_ym 已填且 ≤ t / fully commissioned exactly where the month is given and past",
        "{status}，但{prod_ym}。全部投产的项目须填不晚于报告期的投产时间。",
        "{status}, but {prod_ym}. A fully commissioned project has a month not after the period.",
        "状态与投产时间一致 / state and commissioning agree",
        (
            _flag(
                "E06.month",
                "production_stated",
                ("status", "prod_ym"),
                example=Example({"status": "2"}, {"status": "2", "prod_ym": "2022-06"}),
            ),
            _flag(
                "E06.state",
                "production_reflected",
                ("prod_ym", "status"),
                "{prod_ym}，已不晚于报告期，但{status.of}不是全部投产。请核对状态或投产时间。",
                "{prod_ym}: not after the period, but {status.of} is not full commissioning. Check state or month.",
                example=Example({"prod_ym": "2022-06"}, {"prod_ym": "2022-07"}),
            ),
        ),
    ),
    _rule(
        "E07",
        "error",
        "ytd > 0 且非单纯购置 ⇒ start_ym 已填（有依据文号的筹建除外） / investment needs a start, but for approved preparation",
        "{ytd}，但{start_ym}。有投资的项目须填实际开工时间；经批准计前期费用的筹建项目请填依据文号。",
        "{ytd}, but {start_ym}. A project with investment has an actual start; approved preparation gives its document.",
        "未开工不计投资 / no investment before the start",
        (
            _flag(
                "E07.start",
                "start_given",
                ("start_ym", "ytd", "status", "doc_no"),
                example=Example({"start_ym": None}, {"start_ym": None, "ytd": 0}, at="ytd"),
            ),
        ),
    ),
    _rule(
        "E08",
        "query",
        "全部投产 3 个月以后 month = 0 / no investment later than three months after full commissioning",
        "{month}，但{prod_ym.of}已过 3 个月。请核对；尾款请在上报说明中写明。",
        "{month}, though {prod_ym.of} is more than three months ago. Check, or explain final payments.",
        "投产后的尾巴 / a tail after commissioning",
        (
            Check(
                "E08.tail",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["month", "months_since_production", "finished"],
                    "coefficients": {"month": 1},
                    "relation": "<=",
                    "where": {"finished": True},
                    "given": [{"coefficients": {"months_since_production": 1}, "relation": ">=", "constant": 4}],
                },
                fields=("month", "prod_ym"),
                looks_at=("month", "months_since_production"),
                example=Example({"status": "2", "prod_ym": "2022-02"}, {"status": "2", "prod_ym": "2022-03"}),
            ),
        ),
    ),
    _rule(
        "E09",
        "query",
        "plan_total ≥ 1 亿元的建设期 ≥ 3 个月；建设期 ≤ 60 个月 / building time is plausible",
        "{start_ym}，{prod_ym}，建设期过短（计划总投资 1 亿元及以上的不足 3 个月）。请核对，或在上报说明中写明。",
        "{start_ym}; {prod_ym}: less than three months for 100 million yuan and more. Check, or explain.",
        "建设期的合理性 / plausible building time",
        (
            Check(
                "E09.short",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["months_built", "plan_total"],
                    "coefficients": {"months_built": 1},
                    "relation": ">=",
                    "constant": 3,
                    "given": [{"coefficients": {"plan_total": 1}, "relation": ">=", "constant": 10_000 * SCALE}],
                },
                fields=("prod_ym", "start_ym", "plan_total"),
                looks_at=("months_built", "plan_total"),
                example=Example(
                    {"start_ym": "2022-01", "prod_ym": "2022-03"}, {"start_ym": "2022-01", "prod_ym": "2022-04"}
                ),
            ),
            Check(
                "E09.long",
                "ExpectColumnValuesToBeBetween",
                {"column": "months_under_way", "max_value": 60},
                fields=("start_ym", "prod_ym", "status"),
                looks_at=("months_under_way",),
                message_zh="{start_ym}，{prod_ym}，建设期超过 60 个月。请核对开工时间和建设状态，或在上报说明中写明。",
                message_en="{start_ym}; {prod_ym}: more than 60 months under construction. Check start and state, or explain.",
                example=Example({"start_ym": "2017-05"}, {"start_ym": "2017-06"}),
            ),
        ),
        measure="wan_yuan",
    ),
    _rule(
        "E10",
        "error",
        "建设状态、已完成的环节不倒退（有更正代码的除外；调度表为核实性） / state and stages do not go back without a "
        "correction; a query in the dispatch form",
        "{status}，上次（{previous_period}）为「{bound_status}」。状态不应倒退；更正的请填更正代码和依据文号。",
        "{status}, but {bound_status} in {previous_period}. States do not go back: give a correction code and document.",
        "环节不可逆 / stages are not reversible",
        (
            Check(
                "E10.status",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {
                    "column_A": "status_step",
                    "column_B": "bound_status_step",
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
                fields=("status",),
                looks_at=("status_step", "bound_status_step", "bound_status"),
                forms=PROJECT,
                example=Example({"status": "1"}, {"status": "2", "prod_ym": "2022-06"}, previous={"status": "2"}),
            ),
            *(
                Check(
                    f"E10.{stage}",
                    "ExpectColumnValuesToBeInSet",
                    {"column": f"{stage}_kept", "value_set": [True]},
                    fields=(f"{stage}_actual",),
                    looks_at=(f"{stage}_kept", f"previous_{stage}_actual"),
                    forms=DISPATCH,
                    severity="query",
                    message_zh=f"{{{stage}_actual}}，上次（{{previous_period}}）已填 {{previous_{stage}_actual}}。完成的环节不应撤回，请核对或在上报说明中写明。",
                    message_en=f"{{{stage}_actual}}, but {{previous_{stage}_actual}} in {{previous_period}}. A stage done is not undone: "
                    "check, or explain.",
                    example=Example(
                        {f"{stage}_actual": None},
                        {f"{stage}_actual": "2021-02"},
                        previous={f"{stage}_actual": "2021-02"},
                    ),
                )
                for stage in STAGES
            ),
        ),
        level=2,
        scope="unit-history",
        forms=("project_month", "dispatch_month"),
        needs="earlier",
    ),
    _rule(
        "E11",
        "query",
        "project_code 的年月 ≤ start_ym / the code's month is not after the start",
        "{project_code}，赋码晚于{start_ym.of}。代码应在首次审批前取得，请核对。",
        "{project_code}: assigned after {start_ym.of}. A code is assigned before the first approval: check both.",
        "先赋码后审批 / codes come before approvals",
        (
            Check(
                "E11.code",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {
                    "column_A": "started_ym",
                    "column_B": "code_ym",
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
                fields=("project_code", "start_ym"),
                looks_at=("started_ym", "code_ym"),
                example=Example(
                    {"project_code": "2104-330481-04-01-123456"}, {"project_code": "2103-330481-04-01-123456"}
                ),
            ),
        ),
    ),
    _rule(
        "E18",
        "error",
        "不适用标记只能写明可以没有的环节（forms/*.toml 的 unless_flagged）/ 不适用标记 names only stages that a project may lack",
        "{na_flag}，但这些环节中有每个项目都要经过的（{required_stages}），不能标为不适用。请删去并填写计划年月。",
        "{na_flag}, but every project passes {required_stages}: it cannot be flagged as not applicable. Take it out and give the planned month.",
        "标为不适用不等于没有逾期 / a flag does not undo a delay",
        (_flag("E18.flag", "flags_allowed", ("na_flag",), example=Example({"na_flag": "竣工"}, {"na_flag": "供地"})),),
        forms=DISPATCH,
    ),
    _rule(
        "E12",
        "information",
        f"环节实际时间晚于计划 {OVERDUE_DAYS} 天以上，或到期未完成 / a stage later than planned by more than 30 days",
        "{unit_name}项目「{project_name}」的{stage}计划 {plan}，{actual}。列入逾期清单。",
        "{unit_name}, {project_name}: {stage} planned {plan}, {actual}. On the overdue list.",
        "经信局的逾期清单，不是审核发现 / the overdue list of the 经信局, never a finding on a return",
        (),
        scope="dispatch",
        forms=DISPATCH,
        level=3,
    ),
    _rule(
        "E13",
        "information",
        "两位数年份、Excel 序号、文字年月等已换算的日期列示 / conversions of dates are logged",
        "{count} 个日期单元格经换算读出（如{cells}）。请核对是否读对。",
        "{count} date cells were converted ({cells}). Check that they were read rightly.",
        "换算须留痕 / conversions are logged",
        (),
        scope="file",
        forms=EVERY_FORM,
    ),
    _rule(
        "E14",
        "error",
        "issues_closed ≤ issues_due / no more issues are closed in time than were due",
        "{issues_closed}，大于{issues_due.of}。按期办结的问题不能多于到期的问题，请改正。",
        "{issues_closed}, more than {issues_due.of}. No more issues can be closed in time than were due: correct it.",
        "办结率不超过 100 % / a share is at most 1",
        (
            Check(
                "E14.closed",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {
                    "column_A": "issues_due",
                    "column_B": "issues_closed",
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
                fields=("issues_closed", "issues_due"),
                looks_at=("issues_closed", "issues_due"),
                example=Example({"issues_closed": 3}, {"issues_closed": 2}),
            ),
        ),
        forms=DISPATCH,
    ),
    _rule(
        "E15",
        "error",
        "环节实际时间 ≤ 报告期 / actual months do not lie in the future",
        "环节的实际时间晚于报告期。请改正。",
        "An actual month lies after the reporting period. Correct it.",
        "实际发生的不能在将来 / what happened cannot lie in the future",
        tuple(_not_in_future(f"{stage}_actual") for stage in (*STAGES, "trial", "commission")),
        forms=DISPATCH,
    ),
    _rule(
        "E16",
        "query",
        "actual_ytd(t) ≥ actual_ytd(t−1) / investment done to date does not fall",
        "{actual_ytd}，低于上次（{previous_period}）的 {previous_actual_ytd} {unit}。请核对；属实的请在上报说明中写明原因。",
        "{actual_ytd}, below the {previous_actual_ytd} {unit} of {previous_period}. Check it, or say why.",
        "累计数不倒退 / cumulative figures do not fall",
        (
            Check(
                "E16.falls",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["actual_ytd", "previous_actual_ytd"],
                    "coefficients": {"actual_ytd": 1, "previous_actual_ytd": -1},
                    "relation": ">=",
                },
                fields=("actual_ytd",),
                looks_at=("actual_ytd", "previous_actual_ytd"),
                example=Example({"actual_ytd": "15999.9999"}, {"actual_ytd": 16000}, previous={"actual_ytd": 16000}),
            ),
        ),
        level=2,
        scope="unit-history",
        forms=DISPATCH,
        needs="previous",
    ),
    _rule(
        "E17",
        "query",
        f"actual_ytd ≤ 2 · planned_ytd + {FAR_ABOVE} 万元 / investment done is not far above the plan",
        "{actual_ytd}，远高于{planned_ytd.of}。请核对计划与实际；属实的请在上报说明中写明原因。",
        "{actual_ytd}, far above {planned_ytd.of}. Check plan and actual, or say why.",
        "超进度报送、压低计划 / reported ahead of progress, or planned low",
        (
            Check(
                "E17.above",
                "ExpectLinearEditToHold",
                {
                    "column_list": ["actual_ytd", "planned_ytd"],
                    "coefficients": {"actual_ytd": 1, "planned_ytd": -2},
                    "relation": "<=",
                    "tolerance": FAR_ABOVE * SCALE,
                },
                fields=("actual_ytd", "planned_ytd"),
                looks_at=("actual_ytd", "planned_ytd"),
                example=Example({"actual_ytd": "35000.0001"}, {"actual_ytd": 35000}),
            ),
        ),
        forms=DISPATCH,
        measure="wan_yuan",
    ),
)
