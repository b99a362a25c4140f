"""H: the forms of the dispatch loop (seed L8–L25): plans, issues, memos, leaders, helpers, visits, replies to inspections."""

from datetime import date
from typing import Any

from ..rule import Check, Example, Rule, Severity

_ISSUE_STEPS = ("raised_on", "accepted_on", "handled_on", "closed_on", "assessed_on")
MONTHS = tuple(f"plan_m{month:02d}" for month in range(1, 13))
_ORDINALS = {
    "dispatch_month": ("phase",),
    "approval_list": ("survey_round",),
    "city_month": ("rank_level_province", "rank_growth_province"),
}
"""Fields that number things, by form."""
_DAY, _NEXT = date(2022, 6, 10), date(2022, 6, 9)
_DONE = {
    "issue_log": _ISSUE_STEPS,
    "dispatch_month": ("start_on", "trial_on"),
    "approval_list": ("approved_on", "start_on"),
    "inspection_reply": ("replied_on", "rectified_on"),
}
"""Days of what has happened, by form."""
_ALONE = {"issue_log": dict.fromkeys(_ISSUE_STEPS), "dispatch_month": {"start_actual": None, "trial_actual": None}}
"""What must be empty so that no other rule asks about the day."""


def _order(rule: str, earlier: str, later: str, form: str) -> Check:
    others = dict.fromkeys(_ISSUE_STEPS if form == "issue_log" else ())
    return Check(
        f"{rule}.{form}.{earlier}-{later}",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {"column_A": later, "column_B": earlier, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        fields=(later, earlier),
        looks_at=(later, earlier),
        forms=(form,),
        message_zh=f"{{{later}}}，早于{{{earlier}.of}}。请核对两个日期。",
        message_en=f"{{{later}}}, before {{{earlier}.of}}. Check both dates.",
        example=Example({**others, earlier: _DAY, later: _NEXT}, {**others, earlier: _DAY, later: _DAY}),
    )


def _flag(rule: str, column: str, fields: tuple[str, ...], form: str, example: Example) -> Check:
    """A column of the check frame that is true, false, or absent where the question does not arise."""
    return Check(
        f"{rule}.{column}",
        "ExpectColumnValuesToBeInSet",
        {"column": column, "value_set": [True]},
        fields=fields,
        looks_at=(column,),
        forms=(form,),
        example=example,
    )


def _rule(
    name: str, severity: Severity, forms: tuple[str, ...], formula: str, zh: str, en: str, reason: str, *checks: Check
) -> Rule:
    more: dict[str, Any] = {"level": 1, "scope": "row", "checks": checks}
    return Rule(
        id=name, severity=severity, forms=forms, formula=formula, message_zh=zh, message_en=en, reason=reason, **more
    )


DISPATCH_FORM_RULES: tuple[Rule, ...] = (
    _rule(
        "H01",
        "error",
        ("project_plan",),
        "Σ 各月计划 = 年度计划投资 / the months sum to the plan of the year",
        "{annual_plan}，各月计划之和为 {sum} {unit}。请改正，使两者相等。",
        "{annual_plan}, but the months sum to {sum} {unit}. Make them equal.",
        "计划冻结后按月考核 / the frozen plan is scored month by month",
        Check(
            "H01.sum",
            "ExpectLinearEditToHold",
            {
                "column_list": ["annual_plan", *MONTHS],
                "coefficients": {"annual_plan": 1, **dict.fromkeys(MONTHS, -1)},
                "relation": "==",
                "blank_is_zero": list(MONTHS),
            },
            fields=("annual_plan",),
            looks_at=("annual_plan",),
            message_zh="{annual_plan}，与各月计划之和不等。请核对各月计划。",
            message_en="{annual_plan}, not the sum of its months. Check the months.",
            example=Example({"annual_plan": 12_001}, {"annual_plan": 12_000}),
        ),
    ),
    _rule(
        "H02",
        "error",
        ("issue_log",),
        "提出 ≤ 受理 ≤ 办理 ≤ 办结 ≤ 评价 / an issue is raised, accepted, handled, closed and assessed in this order",
        "问题办理的先后次序有误。请核对日期。",
        "The steps of the issue are out of order. Check the dates.",
        "闭环的五个环节（L14）/ the closed loop of an issue (L14)",
        *(_order("H02", a, b, "issue_log") for n, a in enumerate(_ISSUE_STEPS) for b in _ISSUE_STEPS[n + 1 :]),
    ),
    _rule(
        "H03",
        "error",
        ("leader_assignment", "helper_roster"),
        "终止日期 ≥ 起始日期 / it ends after it begins",
        "终止日期早于起始日期。请核对日期。",
        "It ends before it begins. Check the dates.",
        "有效期须成立 / a span of time",
        _order("H03", "valid_from", "valid_to", "leader_assignment"),
        _order("H03", "valid_from", "valid_to", "helper_roster"),
    ),
    _rule(
        "H04",
        "error",
        ("leader_assignment",),
        "同一时间一个项目只有一名联挂领导 / one leader at a time",
        "{project_code}，在 {leader_code.of} 任期内另有联挂领导。请给前任填终止日期，或删去一人。",
        "{project_code} has another leader while {leader_code.of} is in charge. Give the earlier one an end, or take one out.",
        "一个项目恰有一名现任领导（L19）/ exactly one leader at a time (L19)",
        _flag(
            "H04",
            "one_leader",
            ("project_code", "leader_code"),
            "leader_assignment",
            Example(
                {}, {"valid_to": date(2022, 3, 31)}, beside=({"leader_code": "L-02", "valid_from": date(2022, 4, 1)},)
            ),
        ),
    ),
    _rule(
        "H05",
        "query",
        ("service_memo",),
        "四项工作的日期在本周（备忘可迟至下周一）/ the four parts lie in the week",
        "{memo_on}、{meeting_on}、{site_on}、{review_on}，须在 {period} 这一周内（备忘可到下周一）。请核对周次和日期。",
        "{memo_on}, {meeting_on}, {site_on}, {review_on}: should lie in the week. Check week and dates.",
        "每周对接会商、现场破难、工作复盘、形成备忘（L13）/ every week (L13)",
        _flag(
            "H05",
            "memo_in_week",
            ("memo_on", "meeting_on", "site_on", "review_on"),
            "service_memo",
            Example({"meeting_on": date(2022, 6, 20)}, {"memo_on": date(2022, 7, 4)}, period="2022-W26", at="memo_on"),
        ),
    ),
    _rule(
        "H06",
        "error",
        ("visit_log",),
        "走访日期在报告期内 / the visit lies in the month",
        "{visited_on}，不在报告期 {period} 内。请登记到发生的月份。",
        "{visited_on}: not in {period}. Enter it in the month it took place.",
        "登记只含当月 / the log holds the visits of its month alone",
        _flag(
            "H06",
            "visit_in_month",
            ("visited_on",),
            "visit_log",
            Example({"visited_on": date(2022, 5, 31)}, {"visited_on": date(2022, 6, 30)}),
        ),
    ),
    _rule(
        "H07",
        "error",
        ("visit_log",),
        "走访人类别与编号相符 / who visited is named",
        "{visitor_kind}，但没有填对应的服务员、领导或专班编号。请补填。",
        "{visitor_kind}, but its helper, leader or team is not named. Name it.",
        "联系走访的频次按人考核（L18）/ cadence is counted person by person (L18)",
        _flag("H07", "visitor_named", ("visitor_kind",), "visit_log", Example({"helper_code": None})),
    ),
    _rule(
        "H08",
        "query",
        ("dispatch_month",),
        "开工、生产调试日期与年月一致 / days and months agree",
        "{start_on}、{trial_on}与开工、生产调试的年月不一致。请核对。",
        "{start_on}, {trial_on}: not in the months given. Check them.",
        "“百日”按日计（L10）/ the hundred days are counted in days (L10)",
        _flag(
            "H08",
            "stage_days_agree",
            ("start_on", "trial_on"),
            "dispatch_month",
            Example({"start_on": date(2021, 4, 1)}, {"start_on": date(2021, 3, 31)}, at="start_on"),
        ),
    ),
    _rule(
        "H09",
        "query",
        ("dispatch_month",),
        "二期及以后须填上级项目代码 / a later phase names its parent",
        "{phase}，但没有填上级项目代码。请补填一期（或总项目）的代码。",
        "{phase}, but no parent project is named. Give the code of the first phase.",
        "分期项目不重复计列（L8、L10）/ phases of one project (L8, L10)",
        _flag("H09", "phase_has_parent", ("phase",), "dispatch_month", Example({"phase": 2}, {"phase": 1})),
    ),
    _rule(
        "H10",
        "error",
        ("inspection_reply",),
        "已整改的须填整改完成日期 / what is rectified has its day",
        "{reply_status}，但没有填整改完成日期。请补填，或改为整改中。",
        "{reply_status}, but the day it was finished is not given. Fill it in, or say 整改中.",
        "督查以事实销号 / an inspection is closed on facts",
        _flag("H10", "rectified_dated", ("reply_status",), "inspection_reply", Example({"rectified_on": None})),
    ),
    _rule(
        "H11",
        "query",
        ("issue_log",),
        "办结的问题须有企业评价 / a closed issue is assessed by the enterprise",
        "{closed_on}，已办结，但没有企业评价。未评价的问题不计入按期办结。请补填评价和日期。",
        "{closed_on}: closed, but not assessed by the enterprise, and so not counted as closed. Add assessment and day.",
        "以企业评价销号（L14，决定 §4）/ closed with the enterprise's assessment (L14, decisions §4)",
        _flag("H11", "closed_is_assessed", ("closed_on",), "issue_log", Example({"assessment": None})),
    ),
    _rule(
        "H12",
        "query",
        ("leader_assignment", "helper_roster"),
        "同一编号只有一个姓名 / a code stands for one person",
        "{leader_code}，在本表另有姓名。一人一个编号，请核对。",
        "{leader_code}: another name in this file. One code a person: check it.",
        "按编号计人数和联系走访 / people and their visits are counted by code",
        *(
            Check(
                f"H12.{form}",
                "ExpectColumnValuesToBeInSet",
                {"column": "one_name", "value_set": [True]},
                fields=(f"{who}_code", f"{who}_name"),
                looks_at=("one_name",),
                forms=(form,),
                message_zh=f"{{{who}_code}}、{{{who}_name}}：同一编号在本表另有姓名。一人一个编号，请核对。",
                message_en=f"{{{who}_code}}, {{{who}_name}}: another name under this code in the file. One code a person: check it.",
                example=Example(
                    {f"{who}_name": "甲"},
                    {f"{who}_name": "某 某"},
                    beside=({f"{who}_name": "某某", "valid_from": _DAY, **other},),
                ),
            )
            for form, who, other in (
                ("leader_assignment", "leader", {"project_code": "2101-330481-04-01-654321"}),
                ("helper_roster", "helper", {"uscc": "91330481MA0000001J"}),
            )
        ),
    ),
    _rule(
        "H13",
        "query",
        tuple(_DONE),
        "已发生的日期 ≤ 报告期末 / what happened does not lie after the period",
        "日期晚于报告期末。已发生的事登记到发生的时期，请核对日期。",
        "A day lies after the end of the period. What happened is entered in its own period: check the day.",
        "期末的状态按已发生的计 / the state at the end of the period is what has happened",
        *(
            Check(
                f"H13.{form}.{field}",
                "ExpectColumnValuesToBeInSet",
                {"column": f"{field}_past", "value_set": [True]},
                fields=(field,),
                looks_at=(f"{field}_past",),
                forms=(form,),
                message_zh=f"{{{field}}}，晚于报告期 {{period}} 的最后一天。请核对日期；以后发生的请在以后的报告期登记。",
                message_en=f"{{{field}}}, after the last day of {{period}}. Check it; what happens later is entered in a later period.",
                example=Example(
                    {**_ALONE.get(form, {}), field: date(2022, 7, 1)},
                    {**_ALONE.get(form, {}), field: date(2022, 6, 30)},
                ),
            )
            for form, fields in _DONE.items()
            for field in fields
        ),
    ),
    _rule(
        "H14",
        "error",
        ("dispatch_month",),
        "0 ≤ 自动化率 ≤ 100 % / a share lies between nothing and all",
        "{automation_rate}，应在 0 到 100% 之间。请核对：99% 填“99%”或 0.99。",
        "{automation_rate}: a share lies between 0 and 100 %. Check it: 99 % is written 99% or 0.99.",
        "占比不能为负，也不能超过全部（L8）/ a share is no more than the whole (L8)",
        _flag(
            "H14",
            "automation_is_share",
            ("automation_rate",),
            "dispatch_month",
            Example({"automation_rate": 1.0001}, {"automation_rate": 1.0}),
        ),
    ),
    _rule(
        "H15",
        "error",
        tuple(_ORDINALS),
        "期次、轮次、位次 ≥ 1 / phases, rounds and places are counted from 1",
        "期次、轮次、位次从 1 数起。请改正；没有的留空。",
        "Phases, rounds and places are counted from 1. Correct it, or leave it empty where there is none.",
        "序数没有零 / there is no zeroth",
        *(
            Check(
                f"H15.{form}.{name}",
                "ExpectColumnValuesToBeBetween",
                {"column": name, "min_value": 1},
                fields=(name,),
                looks_at=(name,),
                forms=(form,),
                message_zh=f"{{{name}}}，应从 1 数起。请改正；没有的留空。",
                message_en=f"{{{name}}}: counted from 1. Correct it, or leave it empty where there is none.",
                example=Example({name: 0}, {name: 1}),
            )
            for form, names in _ORDINALS.items()
            for name in names
        ),
    ),
)
