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
