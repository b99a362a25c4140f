"""Examples of the checks that many forms share, in each of these forms, and of the forms of the dispatch loop at their limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from expectations.catalogue.amount_rules import OVERRUN
from expectations.catalogue.dispatch_form_rules import MONTHS
from expectations.rule import Example

WEEKLY = {"service_memo": "2022-W26"}
"""Forms whose clean row is not of a month → the period it is of."""
OTHER_CODE = "2102-330481-04-01-123456"
KEYS: Mapping[str, Mapping[str, Any]] = {
    "project_plan": {"project_code": OTHER_CODE},
    "issue_log": {"issue_no": "W-002"},
    "service_memo": {"team_code": "T-02"},
    "leader_assignment": {"project_code": OTHER_CODE, "leader_code": "L-02", "valid_from": date(2022, 2, 1)},
    "helper_roster": {"helper_code": "F-0002", "uscc": "91110108551385082Q"},
    "visit_log": {"visit_no": "Z-0002"},
    "approval_list": {"project_code": OTHER_CODE},
    "inspection_reply": {"inspection_id": "DC202207-2101-330481-04-01-123456"},
}
"""Fields of the key → the value of another row."""
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "project_plan": ("project_code", "project_name", "annual_plan"),
    "issue_log": ("issue_no", "issue_class", "owner_kind", "raised_on"),
    "service_memo": ("team_code",),
    "leader_assignment": ("project_code", "leader_code", "leader_name", "valid_from"),
    "helper_roster": ("helper_code", "helper_name", "helper_level", "valid_from"),
    "visit_log": ("visit_no", "visited_on", "visitor_kind", "visit_kind"),
    "approval_list": ("survey_round", "project_code", "project_name", "plan_total", "approval_kind"),
    "inspection_reply": ("inspection_id", "project_code", "replied_on", "reply_status"),
}
AMOUNTS: Mapping[str, tuple[str, ...]] = {
    "project_plan": ("annual_plan", *MONTHS),
    "approval_list": ("plan_total",),
    "unit_month": ("ytd", "ytd_last_year"),
    "city_month": ("ytd", "base"),
    "dispatch_month": (
        "plan_total",
        "annual_plan",
        "planned_ytd",
        "actual_ytd",
        "expected_output",
        "expected_tax",
        "capacity_value",
        "land_area",
        "energy_use",
        "land_need",
        "energy_need",
        "funds_need",
    ),
}
COUNTS: Mapping[str, tuple[str, ...]] = {
    "dispatch_month": ("issues_due", "issues_closed", "phase"),
    "city_month": ("rank_level_province", "rank_growth_province"),
    "service_memo": ("issues_raised", "issues_solved"),
    "approval_list": ("survey_round",),
}
DATES = {
    "project_plan": "reported_period",
    "issue_log": "raised_on",
    "service_memo": "meeting_on",
    "leader_assignment": "valid_from",
    "helper_roster": "valid_from",
    "visit_log": "visited_on",
    "approval_list": "approved_on",
    "inspection_reply": "replied_on",
    "unit_month": "reported_period",
}
NUMBERS = {"project_plan": "annual_plan", "approval_list": "plan_total", "service_memo": "issues_raised"}
LABELS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "dispatch_month": {"lead_level": ("city", "市长工程")},
    "issue_log": {
        "issue_class": ("用工",),
        "issue_scale": ("小",),
        "owner_kind": ("市级部门",),
        "assessment": ("不满意",),
    },
    "leader_assignment": {"leader_level": ("市级",)},
    "helper_roster": {"helper_level": ("镇级",)},
    "visit_log": {"visitor_kind": ("专班",), "visit_kind": ("会商",)},
    "approval_list": {"approval_kind": ("审批",), "newly_found": ("否",)},
    "inspection_reply": {"reply_status": ("申请复核",)},
}
"""Values of a code list beside the one of the clean row, so that each half of the list (codes, then names) is asked for."""
REDUCTION = {"explanation": "核查核减：" + OVERRUN}
WITH_OWNER = ("dispatch_month", "issue_log", "helper_roster", "visit_log", "approval_list")
WITH_PROJECT = ("project_plan", "issue_log", "leader_assignment", "visit_log", "approval_list", "inspection_reply")
_SMALL = tuple({"project_code": f"{OTHER_CODE[:-1]}{n}", "plan_total": 1_000} for n in (7, 8))
"""Two projects of 1,000 万元 beside the one that is asked for."""
_COUNTED = ({"indicator": "project_count", "measure": "count", "ytd": 3},)
"""The row of the same file that counts three projects."""
TOTALS = ("合计", "合 计", "总计", "共计", "小计", "汇总", "累计", "合计数", "总计额")
SAMPLES = (
    "示例",
    "填表示例",
    "示例１",
    "示例：某某公司年产…项目",
    "（样例）",
    "××项目（示例）",
    "某某公司项目【填报示例】",
    "示例项目",
    "范例1",
    "样例行",
    "举例",
)
VOID = "年产3万套泵阀项目（已撤销）"
NAMED = (
    "project_month",
    "dispatch_month",
    "project_plan",
    "approval_list",
    "leader_assignment",
    "inspection_reply",
    "issue_log",
)
MONTHLY = ("project_month", "unit_month", "city_month", "dispatch_month")
VOIDED = (
    "作废",
    "年产3万套泵阀项目 作废",
    "重复，请删除",
    "【作废】泵阀项目",
    "作废-泵阀项目",
    "泵阀项目（重复项目，请删除）",
    "泵阀项目-删除",
    "泵阀项目，请勿统计",
    "泵阀项目[不统计]",
    "泵阀项目（退库）",
    "泵阀项目（作 废）二期",
    "泵阀项目已作废",
    "测试项目1",
    "New plant (void)",
    "test",
)
REAL = (
    "年产2万吨制作废料回收项目",
    "操作废气处理设备",
    "电池测试项目",
    "泵阀项目（取消二期）",
    "年产5万套（重复使用型）注射器",
    "按键开关取消键项目",
    "test equipment plant",
)
REMARKS = (
    ("此行作废，重复录入", "原备案已撤销，按新备案代码上报"),
    ("重复请删除", "重复数据已剔除"),
    ("请市局删除", "已申请撤销原备案并重新赋码"),
    ("请将该行删除", "请勿删除，该行为新增项目"),
    ("该项目已撤销", "该项目已取消二期建设，一期照常"),
    ("本行数据作废，以下一行为准", "此行不应删除，为二期项目"),
    ("此条不计", "土地款不计入统计"),
    ("与第5行重复", "与上年基数口径不同，不重复计算"),
    ("此行重复", "该项目不重复"),
    ("请勿统计", "核查核减：企业设备退货，发票作废，已核实"),
    ("作废", "并非作废"),
    ("this row is void", "Contract void, built by the owner"),
)
"""A remark that voids its row, and one that explains it."""
ALONE = ("其中", "全县", "全市", "全区", "全省", "Grand Total", "Subtotal", "sub-total", "TOTAL", "Sum", "其中：组件")


def _row(form: str, fails: Mapping[str, Any] | None, passes: Mapping[str, Any], **more: Any) -> Example:
    return Example(fails, passes, form=form, period=WEEKLY.get(form, "2022-06"), **more)


def _noted(form: str, at: str, code: str, raw: str) -> Example:
    return _row(form, {}, {}, at=at, notes=((at, code, raw),))


def _total_names(form: str) -> list[Example]:
    """One name a word of the pattern; a name that only holds the word is a project's."""
    words = [_row(form, {"project_name": f"海宁市{word}"}, {"project_name": f"海宁{word}软件项目"}) for word in TOTALS]
    alone = [_row(form, {"project_name": word}, {"project_name": f"{word}设备项目"}) for word in ALONE[:-1]]
    return [
        *words,
        *alone,
        _row(form, {"project_name": ALONE[-1]}, {"project_name": "组件项目合计"}),
        _row(form, {"project_name": " 合计（万元）"}, {"project_name": "合计软件项目"}),
        *(_row(form, {"project_name": name}, {"project_name": "示例工厂扩建（一期）"}) for name in SAMPLES),
    ]


SHARED_BOUNDARIES: dict[str, list[Example]] = {
    "B01.code": [_row(f, {"reported_unit_code": "330482"}, {"reported_unit_code": "330400"}) for f in KEYS],
    "B01.name": [_row(f, {"reported_unit_name": "平湖市"}, {"reported_unit_name": "海宁"}) for f in KEYS],
    "B04.uscc": [_row(f, {"uscc": "91350100M000100Y44"}, {"uscc": "91110108551385082Q"}) for f in WITH_OWNER],
    "B05.layout": [_row(f, {"project_code": "330481-1"}, {}) for f in WITH_PROJECT],
    "B07.key": [
        _row(form, {}, {field: other}, at=field, beside=({},))
        for form, key in KEYS.items()
        for field, other in key.items()
    ],
    "B13.nature": [_row("dispatch_month", {"nature": "不在表中"}, {"nature": "单纯购置"})],
    **{
        f"B13.{field}": [_row(form, None, {field: value}) for value in values]
        for form, fields in LABELS.items()
        for field, values in fields.items()
    },
    "B14": [_row(form, {field: None}, {}, at=field) for form, fields in REQUIRED.items() for field in fields],
    "B14.damaged": [_noted(form, next(iter(key)), "digits_lost", "1E+15") for form, key in KEYS.items()],
    "B15.total": [*_total_names("project_month"), *_total_names("dispatch_month")],
    "B16.name": [_row(form, {"project_name": VOID}, {"project_name": name}) for form in NAMED for name in REAL]
    + [_row("project_month", {"project_name": name}, {}) for name in VOIDED],
    "B16.remark": [_row(form, {"explanation": "此行作废"}, {"explanation": "设备到货"}) for form in (*KEYS, *MONTHLY)]
    + [_row("project_month", {"explanation": text}, {"explanation": other}) for text, other in REMARKS],
    "C01.readable": [_noted(form, at, "not_a_number", "约五千") for form, at in NUMBERS.items()],
    "C02": [
        *(_row(form, {field: "-0.0001"}, {field: 0}, at=field) for form, fields in AMOUNTS.items() for field in fields),
        *(_row(form, None, {field: 5}, at=field) for form, fields in AMOUNTS.items() for field in fields),
        *(
            _row(form, None, {field: -1, **REDUCTION}, at=field)
            for form in ("unit_month", "city_month")
            for field in AMOUNTS[form]
        ),
    ],
    "C02.count": [
        _row(form, {field: -1}, {field: passes}, at=field)
        for form, fields in COUNTS.items()
        for field in fields
        for passes in (0, 5)
    ],
    "E01.readable": [_noted(form, at, "not_a_date", "去年") for form, at in DATES.items() if at],
    "H01.sum": [
        _row("project_plan", {"annual_plan": "12000.0001"}, {}),
        _row("project_plan", {"annual_plan": "11999.9999"}, {}),
        *(_row("project_plan", {month: None}, {month: None, "annual_plan": 11000}) for month in MONTHS),
    ],
    "H14.automation_is_share": [
        _row("dispatch_month", {"automation_rate": -0.0001}, {"automation_rate": 0.0}),
        _row("dispatch_month", {"automation_rate": 5.0}, {"automation_rate": 0.99}),
        _row("dispatch_month", None, {"automation_rate": None}),
    ],
    **{
        f"H15.{form}.{field}": [_row(form, {field: -1}, {field: 2}), _row(form, None, {field: None})]
        for form, field in (
            ("dispatch_month", "phase"),
            ("city_month", "rank_level_province"),
            ("city_month", "rank_growth_province"),
        )
    },
    "H15.approval_list.survey_round": [_row("approval_list", {"survey_round": -1}, {"survey_round": 2})],
    "G.whole": [
        _row("unit_month", {"ytd": 15_000_001}, {"ytd": 15_000_000}, beside=_COUNTED),
        _row("unit_month", {"ytd": "2.9999"}, {"ytd": 3}, beside=_COUNTED),
        _row("unit_month", None, {"ytd": "0.0001"}),
        _row("unit_month", None, {"ytd": "0.0001"}, beside=({**_COUNTED[0], "ytd": 2},)),
        _row("unit_month", None, {"ytd": "0.0001"}, beside=({**_COUNTED[0], "scope": "属地"},)),
        _row("unit_month", None, {"ytd": 0}, beside=_COUNTED),
        _row("unit_month", None, {"indicator": "industrial_investment", "ytd": 15_000_001}, beside=_COUNTED),
        _row("unit_month", None, {"indicator": "project_count", "measure": "count", "ytd": 100_000_001}),
    ],
    "G.size": [
        _row("approval_list", {"plan_total": 30_000_001}, {"plan_total": 30_000_000}),
        _row("approval_list", {"plan_total": 8_333_334}, {"plan_total": 8_333_333}, beside=_SMALL),
        _row("approval_list", None, {"plan_total": 8_333_334}, beside=_SMALL[:1]),
        _row("dispatch_month", {"plan_total": 8_333_334}, {"plan_total": 8_333_333}, beside=_SMALL),
    ],
    **{
        f"H03.{form}.valid_from-valid_to": [_row(form, None, {"valid_to": date(2022, 12, 31)})]
        for form in ("leader_assignment", "helper_roster")
    },
}
