"""The register of columns: one definition each. Arrow, SQL, base expectations, Table Schema and dictionary derive from it.

Project fields follow domain.md §2.3 (national form 206, indicator codes B103, B140 …), `unit_month` and `city_month`
domain_decisions §1, `dispatch_month` seed L28–L29. A declarative register: the 300-line limit does not bind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

FieldType = Literal[
    "code", "text", "amount", "quantity", "rate", "integer", "month", "period", "date", "timestamp", "flag", "json"
]
"""code and text are strings (codes keep leading zeros); amount is decimal(20,4) in the unit of `unit`; quantity is
decimal(20,4) of something else than money; rate is a fraction (0.241 = 24.1 %); month is text YYYY-MM; period is text as
`periods.SPELLINGS` writes the form's kind; json is text."""


@dataclass(frozen=True)
class Field:
    """A column: `unit` is the unit of measure of the stored value ('' where none), zh/en its meaning for people."""

    name: str
    type: FieldType
    zh: str
    en: str
    unit: str = ""


_W = "万元"

_REGISTER: tuple[Field, ...] = (
    # provenance: who, what, where in the file
    Field("submission_id", "code", "报送标识", "submission the row belongs to"),
    Field("load_id", "code", "入库批次", "load that wrote the row"),
    Field(
        "period",
        "period",
        "报告期",
        "reporting period; amounts of monthly forms are cumulative from January to this month",
    ),
    Field("unit_code", "code", "报送单位代码", "unit that sent the file"),
    Field("form", "code", "报表", "form"),
    Field("sheet", "text", "工作表", "sheet of the workbook; empty for CSV and JSON"),
    Field("row_no", "integer", "行号", "row in the file as its sender sees it, from 1"),
    Field("row_status", "code", "行状态", "accepted or quarantined"),
    Field(
        "value_status",
        "json",
        "缺值标记",
        "field → N (not applicable), U (below half a unit) or the meaning of a text of the layout (turned_profit, suppressed …); "
        "absent values are missing",
    ),
    Field("row_class", "code", "行类别", "data, title, header, total or footer"),
    Field("cells", "json", "原始单元格", "cells of the row as text, as sent"),
    Field("reported_unit_code", "code", "行政区划代码", "unit code written in the row"),
    Field("reported_unit_name", "text", "单位(地区)名称", "unit name written in the row"),
    Field("reported_period", "period", "报告期(行)", "period written in the row"),
    # project identity
    Field("site_code", "code", "建设地址区划", "area code of the site, 9 or 12 digits"),
    Field("stat_project_no", "code", "基层表编码", "number of the project in the statistical system"),
    Field("project_code", "code", "项目代码", "code of the online approval platform, GB/T 40058"),
    Field("project_name", "text", "项目名称", "full name of the project"),
    Field("owner_name", "text", "建设单位", "legal entity that builds"),
    Field("uscc", "code", "统一社会信用代码", "unified social credit code, GB 32100"),
    Field("industry_code", "code", "行业代码", "industry class, GB/T 4754"),
    Field("reg_type", "code", "登记注册类型", "registration type"),
    Field("holding", "code", "控股情况", "type of holding"),
    Field("affiliation", "code", "隶属关系", "level of administration"),
    Field("nature", "code", "建设性质", "nature of construction"),
    Field("status", "code", "期末项目建设状态", "state of construction at the end of the period"),
    Field("start_ym", "month", "开工时间", "month of the first permanent works"),
    Field("prod_ym", "month", "全部建成投产时间", "month of full commissioning"),
    # project amounts
    Field("plan_total", "amount", "计划总投资", "planned total investment", _W),
    Field("cum_total", "amount", "自开始建设累计完成投资", "investment since start of construction (B103)", _W),
    Field(
        "ytd", "amount", "本年完成投资", "investment from January to the period; in unit_month in the row's measure", _W
    ),
    Field("month", "amount", "本月完成投资", "investment of the month (B140)", _W),
    Field("build", "amount", "建筑工程", "of it: building works", _W),
    Field("install", "amount", "安装工程", "of it: installation works", _W),
    Field("build_install", "amount", "建筑安装工程", "of it: building and installation given as one part", _W),
    Field("equip", "amount", "设备工器具购置", "of it: equipment, tools and instruments", _W),
    Field("other", "amount", "其他费用", "of it: other expenses", _W),
    Field("old_equip", "amount", "购置旧设备", "of equipment: used equipment", _W),
    Field("renew_equip", "amount", "用于更新的设备", "of equipment: for renewal", _W),
    Field("land_fee", "amount", "建设用地费", "of other: land", _W),
    Field("old_building", "amount", "旧建筑物购置费", "of other: old buildings", _W),
    Field("new_fixed_assets", "amount", "本年新增固定资产", "fixed assets newly in use this year", _W),
    Field("funds_total", "amount", "本年实际到位资金小计", "funds available this year", _W),
    Field("funds_carried", "amount", "上年末结余资金", "funds carried over from last year", _W),
    Field("funds_budget", "amount", "国家预算资金", "state budget", _W),
    Field("funds_loans", "amount", "国内贷款", "domestic loans", _W),
    Field("funds_bonds", "amount", "债券", "bonds", _W),
    Field("funds_foreign", "amount", "利用外资", "foreign investment", _W),
    Field("funds_self", "amount", "自筹资金", "self-raised funds", _W),
    Field("funds_other", "amount", "其他资金", "other sources", _W),
    Field("payables", "amount", "各项应付款合计", "payables", _W),
    Field("floor_under", "quantity", "房屋施工面积", "floor space under construction", "m²"),
    Field("floor_done", "quantity", "房屋竣工面积", "floor space completed", "m²"),
    # corrections and explanations
    Field("correction_code", "code", "更正代码", "reason code of a correction (domain_decisions §1)"),
    Field("correction_wan_yuan", "amount", "更正金额", "amount of the correction, negative when reduced", _W),
    Field("doc_no", "text", "依据文号", "number of the supporting document"),
    Field("na_flag", "text", "不适用标记", "stages or fields that do not apply to this project"),
    Field("explanation", "text", "上报说明", "explanation of the sender for queries on this row"),
    # unit_month and city_month
    Field("indicator", "code", "指标", "indicator code of the programme"),
    Field(
        "measure", "code", "计量单位", "unit of measure of the row's values after conversion: wan_yuan, USD, count …"
    ),
    Field("scope", "code", "统计口径", "territorial (属地) or managed (管理)"),
    Field(
        "ytd_last_year", "amount", "上年同期", "same period of last year as the sender knows it, in the row's measure"
    ),
    Field("growth", "rate", "同比增长", "growth stated by the sender"),
    Field("area_code", "code", "地区代码", "unit, or the whole city, the bureau's figure is about"),
    Field("area_name", "text", "地区名称", "name of that area"),
    Field("base", "amount", "可比基数", "comparable base: last year's period on this year's coverage", _W),
    Field("growth_official", "rate", "官方增速", "growth the bureau publishes; may differ from the ratio of levels"),
    Field("rank_level_province", "integer", "总量全省位次", "rank of the level among the province's cities"),
    Field("rank_growth_province", "integer", "增速全省位次", "rank of the growth among the province's cities"),
    Field("restatement_reason", "text", "基数调整原因", "why the base was restated"),
    Field("approver", "text", "批准人", "who approved the restatement"),
    Field("approved_on", "date", "批准日期", "when it was approved"),
    # the dispatch form, administrative data
    Field("lists", "text", "清单", "lists the project stands on, separated by ;"),
    Field("annual_plan", "amount", "年度计划投资", "planned investment of the year, frozen on 31 January", _W),
    Field("planned_ytd", "amount", "序时计划投资", "investment planned from January to the period", _W),
    Field(
        "actual_ytd", "amount", "实际完成投资", "investment done from January to the period, administrative count", _W
    ),
    *(
        Field(f"{stage}_{kind}", "month", f"{zh}{kind_zh}", f"{en}, {kind_en}")
        for stage, zh, en in (
            ("admission", "准入", "admission"),
            ("land", "供地", "land supply"),
            ("approval", "审批", "approval"),
            ("start", "开工", "start of construction"),
            ("trial", "生产调试", "trial production"),
            ("commission", "投产", "commissioning"),
            ("completion", "竣工", "completion"),
            ("capacity", "达产", "full capacity"),
        )
        for kind, kind_zh, kind_en in (("plan", "计划", "planned month"), ("actual", "实际", "actual month"))
    ),
    Field("issues_due", "integer", "到期问题数", "issues of the unit due from January to the period"),
    Field("issues_closed", "integer", "按期办结数", "of them closed in time with the enterprise's assessment"),
    Field("issue_note", "text", "问题", "open issues in words"),
    Field("need_note", "text", "要素需求", "needs of land, energy, funds in words"),
    # the other forms of the dispatch loop (seed L8–L25)
    Field("parent_code", "code", "上级项目代码", "code of the project this one is a phase of"),
    Field("phase", "integer", "期次", "phase of the project, from 1"),
    Field("signed_actual", "month", "签约实际", "month of signing"),
    Field("start_on", "date", "开工日期", "day of the start of construction"),
    Field("trial_on", "date", "生产调试日期", "day of trial production"),
    Field("expected_output", "amount", "预计年产值", "expected output of a year", "万元"),
    Field("expected_tax", "amount", "预计年税收", "expected taxes of a year", "万元"),
    Field("automation_rate", "rate", "自动化率", "share of automated production"),
    Field("capacity_value", "quantity", "设计产能", "designed capacity, in the unit of capacity_unit"),
    Field("capacity_unit", "text", "产能单位", "unit of the designed capacity"),
    Field("land_area", "quantity", "用地面积", "land of the whole project", "亩"),
    Field("energy_use", "quantity", "预计年综合能耗", "expected energy consumption of a year", "吨标煤"),
    Field("land_need", "quantity", "尚需土地", "land still needed", "亩"),
    Field("energy_need", "quantity", "尚需能耗", "energy quota still needed", "吨标煤"),
    Field("funds_need", "amount", "尚需资金", "funds still needed", "万元"),
    Field("stat_entry_ym", "month", "入统时间", "month of entry into the statistical library, an administrative fact"),
    Field("lead_level", "code", "工程层级", "province, city or county: 省市县长工程"),
    Field("themes", "text", "工作主题", "tags of 两稳四抓, separated by ;"),
    Field("updated_on", "date", "最近更新日期", "day of the last update"),
    Field("plan_m01", "amount", "1 月计划投资", "investment planned in month 1, not cumulative", "万元"),
    Field("plan_m02", "amount", "2 月计划投资", "investment planned in month 2, not cumulative", "万元"),
    Field("plan_m03", "amount", "3 月计划投资", "investment planned in month 3, not cumulative", "万元"),
    Field("plan_m04", "amount", "4 月计划投资", "investment planned in month 4, not cumulative", "万元"),
    Field("plan_m05", "amount", "5 月计划投资", "investment planned in month 5, not cumulative", "万元"),
    Field("plan_m06", "amount", "6 月计划投资", "investment planned in month 6, not cumulative", "万元"),
    Field("plan_m07", "amount", "7 月计划投资", "investment planned in month 7, not cumulative", "万元"),
    Field("plan_m08", "amount", "8 月计划投资", "investment planned in month 8, not cumulative", "万元"),
    Field("plan_m09", "amount", "9 月计划投资", "investment planned in month 9, not cumulative", "万元"),
    Field("plan_m10", "amount", "10 月计划投资", "investment planned in month 10, not cumulative", "万元"),
    Field("plan_m11", "amount", "11 月计划投资", "investment planned in month 11, not cumulative", "万元"),
    Field("plan_m12", "amount", "12 月计划投资", "investment planned in month 12, not cumulative", "万元"),
    Field("issue_no", "code", "问题编号", "number of the issue"),
    Field("issue_class", "code", "问题类别", "class of the issue"),
    Field("issue_scale", "code", "问题大小", "major or minor"),
    Field("issue_text", "text", "问题内容", "what the issue is"),
    Field("issue_owner", "text", "责任单位", "who has to solve it"),
    Field("owner_kind", "code", "责任层级", "unit, or a department of the city whose issues no unit answers for"),
    Field("raised_on", "date", "提出日期", "day it was raised"),
    Field("accepted_on", "date", "受理日期", "day it was accepted"),
    Field("handled_on", "date", "办理日期", "day work on it began"),
    Field("closed_on", "date", "办结日期", "day it was closed"),
    Field("assessed_on", "date", "评价日期", "day the enterprise assessed it"),
    Field(
        "due_on", "date", "应办结日期", "day it has to be closed by; empty: when the working days of its class are over"
    ),
    Field("assessment", "code", "企业评价", "assessment of the enterprise"),
    Field("helper_code", "code", "服务员编号", "helper of enterprises"),
    Field("team_code", "code", "专班编号", "service team"),
    Field("team_name", "text", "专班名称", "name of the service team"),
    Field("team_head", "text", "专班负责人", "head of the service team"),
    Field("meeting_on", "date", "对接会商日期", "day of the meeting"),
    Field("meeting_note", "text", "对接会商", "what was discussed"),
    Field("site_on", "date", "现场破难日期", "day on site"),
    Field("site_note", "text", "现场破难", "what was solved on site"),
    Field("review_on", "date", "工作复盘日期", "day of the review"),
    Field("review_note", "text", "工作复盘", "what the review found"),
    Field("memo_no", "code", "备忘编号", "number of the memo"),
    Field("memo_on", "date", "备忘日期", "day of the memo"),
    Field("memo_note", "text", "形成备忘", "decisions of the memo, with owners and dates"),
    Field("issues_raised", "integer", "新提问题数", "issues raised in the week"),
    Field("issues_solved", "integer", "解决问题数", "issues solved in the week"),
    Field("leader_code", "code", "领导编号", "leader"),
    Field("leader_name", "text", "联挂领导", "name of the leader"),
    Field("leader_post", "text", "领导职务", "post of the leader"),
    Field("leader_level", "code", "领导层级", "level of the leader"),
    Field("valid_from", "date", "起始日期", "first day"),
    Field("valid_to", "date", "终止日期", "last day; empty: open"),
    Field("helper_name", "text", "服务员姓名", "name of the helper"),
    Field("helper_level", "code", "服务员层级", "city, county or township"),
    Field("helper_post", "text", "服务员职务", "post of the helper"),
    Field("helper_department", "text", "派出单位", "department that sends the helper"),
    Field("visit_no", "code", "走访编号", "number of the visit"),
    Field("visited_on", "date", "走访日期", "day of the visit"),
    Field("visitor_kind", "code", "走访人类别", "helper, leader or team"),
    Field("visit_kind", "code", "走访方式", "contact, visit or meeting"),
    Field("visit_note", "text", "走访情况", "what the visit was about"),
    Field("survey_round", "integer", "排摸轮次", "number of the survey round"),
    Field("approval_kind", "code", "审批类型", "filing, verification or approval"),
    Field("survey_source", "text", "排摸来源", "where the round found it"),
    Field("newly_found", "code", "是否新排摸", "yes where the round found it first"),
    Field("inspection_id", "code", "督查编号", "inspection the reply is to"),
    Field("replied_on", "date", "回复日期", "day of the reply"),
    Field("reply_status", "code", "整改状态", "state of the rectification"),
    Field("measure_note", "text", "整改措施", "what was done"),
    Field("rectified_on", "date", "整改完成日期", "day the rectification was finished"),
    Field("next_due_on", "date", "下次期限", "next deadline"),
    # findings
    Field("verdict_id", "code", "审核结论标识", "verdict the finding belongs to"),
    Field("rule", "code", "审核关系编号", "rule"),
    Field("level", "integer", "ESS 审核层级", "ESS validation level 0–5"),
    Field("severity", "code", "严重程度", "error (强制性), query (核实性) or information"),
    Field("cell", "code", "单元格", "address of the cell, such as D12"),
    Field("field", "code", "字段", "field the finding is about"),
    Field("value", "text", "值", "value as sent"),
    Field("message_zh", "text", "说明(中文)", "what is wrong and what to do, Chinese"),
    Field("message_en", "text", "说明(英文)", "what is wrong and what to do, English"),
    Field("answered", "flag", "已说明", "the query carries an explanation"),
    Field("rules", "text", "未通过规则", "rules the row failed, separated by ;"),
    # ranking history
    Field("edition_id", "code", "版次", "edition"),
    Field("method", "code", "方法", "ranking method and its version"),
    Field("rank", "integer", "位次", "rank; absent for a unit that is not ranked"),
    Field("score", "text", "得分", "score as printed"),
    Field("points", "json", "各项得分", "indicator → value, points, weight"),
    Field("deductions", "json", "扣分", "deduction → points"),
    Field("remarks", "json", "备注", "remarks such as 迟报, 未报"),
    Field("version", "integer", "版本", "version of the submission"),
    Field("arrived_at", "timestamp", "到达时间", "when the source received the file"),
)

FIELDS: dict[str, Field] = {f.name: f for f in _REGISTER}

OWN_PREFIX = "x_"
"""What the names of a programme's own columns begin with, so that none is ever taken for a registered one."""


def declare(fields: Iterable[Field]) -> None:
    """Adds the columns that a programme declares itself to the register of this process, so that every type derives from them as
    from the others (DESIGN §2). ValueError for a name without OWN_PREFIX. The last declaration of a name holds: one home is
    one programme."""
    for field in fields:
        if not field.name.startswith(OWN_PREFIX):
            raise ValueError(f"{field.name}: own columns begin with {OWN_PREFIX}")
        FIELDS[field.name] = field


STAGES: tuple[str, ...] = ("admission", "land", "approval", "start", "completion", "capacity")
"""The six closed-loop stages 准入·供地·审批·开工·竣工·达产 (seed L29)."""

CORRECTION_CODES: tuple[str, ...] = (
    "核查核减",
    "重复剔除",
    "填报更正",
    "退库",
    "补报",
    "审计核减",
    "退货退款",
    "辖区移交",
)
"""domain_decisions §1."""
