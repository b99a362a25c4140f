"""Every row rule through the real Great Expectations run: rows that pass and rows that fail, and what the clerk reads.

All cases stand in one batch, one submission a case, so that the run is one a form, as in production.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from expectations.catalogue import RULES
from pipelines.model.findings import Finding, Verdict
from pipelines.model.history import History
from pipelines.validate.engine import validate

USCC = "91350100M000100Y43"
P, U, C, D = "project_month", "unit_month", "city_month", "dispatch_month"
PLAN, ISSUES, MEMO, LEADERS = "project_plan", "issue_log", "service_memo", "leader_assignment"
HELPERS, VISITS, REPLY = "helper_roster", "visit_log", "inspection_reply"
APPROVED = "approval_list"


@dataclass(frozen=True)
class Case:
    """A rule, rows it must pass, rows it must stop at `at`, and its severity there."""

    rule: str
    at: str
    bad: dict[str, Any]
    good: dict[str, Any] = field(default_factory=dict)
    form: str = P
    severity: str = "error"
    notes: tuple[dict[str, Any], ...] = ()
    more: tuple[dict[str, Any], ...] = ()
    says: tuple[str, ...] = ()
    period: str = "2022-06"


def note(name: str, code: str, raw: str) -> dict[str, Any]:
    return {"row_no": 4, "field": name, "code": code, "raw": raw}


NO_PARTS: dict[str, Any] = dict.fromkeys(
    ("build", "install", "equip", "other", "old_equip", "renew_equip", "land_fee", "old_building")
)
CASES = {
    "B01 neighbour's code": Case(
        "B01", "reported_unit_code", {"reported_unit_code": "330482"}, {"reported_unit_code": "330400"}
    ),
    "B01 township of the unit": Case(
        "B01", "reported_unit_code", {"reported_unit_code": "330483100"}, {"reported_unit_code": "330481100"}
    ),
    "B01 neighbour's name": Case(
        "B01", "reported_unit_name", {"reported_unit_name": "平湖市"}, {"reported_unit_name": "海宁"}
    ),
    "B01 unknown area": Case("B01", "area_code", {"area_code": "330199"}, {"area_code": "330400"}, form=C),
    "B02 no such class": Case(
        "B02", "industry_code", {"industry_code": "3800"}, {"industry_code": "1311"}, says=("3800",)
    ),
    "B02 not manufacturing": Case("B02", "industry_code", {"industry_code": "4411"}),
    "B02 unlisted text": Case(
        "B02",
        "industry_code",
        {"industry_code": None},
        notes=(note("industry_code", "not_in_code_list", "光伏"),),
        says=("光伏",),
    ),
    "B04 check character": Case(
        "B04", "uscc", {"uscc": "91350100M000100Y44"}, {"uscc": "91110108551385082Q"}, severity="query"
    ),
    "B04 length": Case("B04", "uscc", {"uscc": "91350100M000100Y4"}, {"uscc": None}, severity="query"),
    "B05 month 13": Case(
        "B05",
        "project_code",
        {"project_code": "2113-330481-04-01-123456"},
        {"project_code": "2019-330481-38-03-012345"},
        severity="query",
    ),
    "B05 trailing newline": Case(
        "B05", "project_code", {"project_code": "2105-330481-04-01-123456\n"}, {"project_code": None}, severity="query"
    ),
    "B05 full-width digits": Case(
        "B05", "project_code", {"project_code": "２105-330481-04-01-123456"}, severity="query"
    ),
    "B05 dispatch": Case("B05", "project_code", {"project_code": "330481-1"}, form=D, severity="query"),
    "B07 number twice": Case(
        "B07", "stat_project_no", {"stat_project_no": "X1"}, more=({"stat_project_no": "X1"},), says=("第 5 行",)
    ),
    "B07 indicator twice": Case("B07", "indicator", {}, more=({"ytd": 99},), form=U),
    "B13 status": Case(
        "B13",
        "status",
        {"status": None},
        {"status": "全部投产"},
        notes=(note("status", "not_in_code_list", "干着"),),
        severity="query",
        says=("干着",),
    ),
    "B13 reg_type": Case("B13", "reg_type", {"reg_type": "999"}, {"reg_type": None}, severity="query"),
    "B14 name": Case("B14", "project_name", {"project_name": None}),
    "B14 dash": Case("B14", "owner_name", {"owner_name": "—"}),
    "B14 indicator": Case(
        "B14",
        "indicator",
        {"indicator": None},
        form=U,
        notes=(note("indicator", "not_in_code_list", "高新投资"),),
        says=("高新投资",),
    ),
    "B14 code stored as number": Case(
        "B14", "uscc", {"uscc": None}, notes=(note("uscc", "digits_lost", "9.1E+17"),), says=("9.1E+17",)
    ),
    "B14 name as failed lookup": Case(
        "B14",
        "project_name",
        {"project_name": None},
        notes=(note("project_name", "error_value", "#REF!"),),
        says=("#REF!",),
    ),
    "C01 text": Case(
        "C01",
        "equip",
        {"equip": None},
        notes=(note("equip", "not_a_number", "约五千"),),
        says=("约五千", "设备工器具购置"),
    ),
    "C01 formula": Case("C01", "ytd", {"ytd": None}, notes=(note("ytd", "formula_without_value", ""),)),
    "C01 error value": Case(
        "C01", "month", {"month": None}, notes=(note("month", "error_value", "#DIV/0!"),), says=("#DIV/0!",)
    ),
    "C01 five decimals": Case("C01", "other", {"other": None}, notes=(note("other", "too_precise", "1.23456"),)),
    "C01 too large": Case(
        "C01", "plan_total", {"plan_total": "10000000000000"}, {"plan_total": "9999999999999.9999", "cum_total": 30000}
    ),
    "C01 unit_month": Case("C01", "growth", {"growth": None}, form=U, notes=(note("growth", "not_a_number", "增长"),)),
    "C02 ytd": Case("C02", "ytd", {"ytd": -1, "build": -5001, "cum_total": 30000}),
    "C02 month": Case("C02", "month", {"month": -5}, {"month": -5, "correction_code": "核查核减"}),
    "C02 plan even when corrected": Case("C02", "plan_total", {"plan_total": -600, "correction_code": "核查核减"}),
    "C02 base": Case("C02", "base", {"base": -1}, {"base": 0}, form=C),
    "C02 actual": Case("C02", "actual_ytd", {"actual_ytd": "-0.0001"}, {"actual_ytd": 0}, form=D),
    "C03": Case(
        "C03",
        "plan_total",
        {"plan_total": "499.9999", "cum_total": 400},
        {**NO_PARTS, "plan_total": 500, "cum_total": 500, "ytd": 100, "month": 0, "build": 100},
        says=("499.9999", "500"),
    ),
    "C04 off by 3": Case("C04", "ytd", {"ytd": 12003}, {"ytd": 12002}, says=("12000", "相差 3")),
    "C04 one figure for building": Case(
        "C04",
        "ytd",
        {"build": None, "install": None, "build_install": 5997},
        {"build": None, "install": None, "build_install": 6000},
    ),
    "C04 parts beside their sum": Case("C04", "ytd", {"build_install": 7000}, {"build_install": 6000}),
    "C04 blank parts": Case("C04", "ytd", {"other": None, "land_fee": None, "old_building": None}, NO_PARTS),
    "C05": Case("C05", "cum_total", {"cum_total": "11999.9999"}, {"cum_total": 12000}),
    "C06 part": Case("C06", "equip", {"old_equip": 5501}, {"old_equip": 5300}, says=("购置旧设备", "5501")),
    "C06 sum": Case("C06", "equip", {"old_equip": 5400}, {"old_equip": 5300}, severity="query"),
    "C07": Case("C07", "other", {"land_fee": 501}, {"land_fee": 500}),
    "C07 blank": Case(
        "C07", "other", {"land_fee": None, "old_building": 501}, {"land_fee": None, "old_building": None}
    ),
    "C08": Case("C08", "cum_total", {"cum_total": 100001}, {"cum_total": 100000}, severity="query"),
    "C09": Case("C09", "cum_total", {"cum_total": "130000.0001"}, {"cum_total": 130000}),
    "E01 unreadable": Case(
        "E01", "start_ym", {"start_ym": None}, notes=(note("start_ym", "not_a_date", "去年"),), says=("去年",)
    ),
    "E01 future": Case(
        "E01", "start_ym", {"start_ym": "2022-07"}, {"start_ym": "2022-06"}, says=("2022-07", "2022-06")
    ),
    "E01 too early": Case("E01", "start_ym", {"start_ym": "1979-12"}, {"start_ym": "1980-01"}),
    "E02 production before start": Case("E02", "prod_ym", {"prod_ym": "2021-02"}, {"prod_ym": "2021-03"}),
    "E02 capacity before commissioning": Case(
        "E02", "capacity_actual", {"capacity_actual": "2022-01", "completion_actual": "2022-01"}, form=D
    ),
    "E02 completion before start": Case("E02", "completion_actual", {"completion_actual": "2021-02"}, form=D),
    "E02 completion after commissioning": Case(
        "E02",
        "commission_actual",
        {"completion_actual": "2022-03"},
        {"completion_actual": None},
        form=D,
        severity="query",
    ),
    "B03 property": Case(
        "B03",
        "project_name",
        {"project_name": "海宁某商品房开发项目"},
        {"project_name": "光伏发电设备生产线项目"},
        severity="query",
    ),
    "B06": Case(
        "B06",
        "project_code",
        {"project_code": "2101-330482-04-01-123456"},
        {"site_code": "330481101", "project_code": "2101-330481-04-01-123456"},
        severity="query",
        says=("330482",),
    ),
    "B06 site of another unit": Case(
        "B06",
        "site_code",
        {"site_code": "330482101", "project_code": "2101-330482-04-01-123456"},
        {"site_code": "330481002"},
        severity="query",
        says=("330482101", "海宁市 330481"),
    ),
    "B06 parent and old code": Case(
        "B06",
        "project_code",
        {"project_code": "2101-330199-04-01-123456"},
        {"site_code": None, "project_code": "2101-330400-04-01-123456"},
        severity="query",
    ),
    "B09 similar names": Case(
        "B09",
        "project_name",
        {"uscc": USCC, "project_name": "年产五万吨高性能差别化纤维新材料生产线项目"},
        severity="query",
        more=({"uscc": USCC, "project_name": "年产五万吨高性能差别化纤维新材料生产线的项目", "plan_total": 90000},),
        says=("第 5 行",),
    ),
    "B09 equal plan and start": Case(
        "B09",
        "project_name",
        {"uscc": USCC},
        severity="query",
        more=({"uscc": USCC, "project_name": "另一个完全不同的厂房"},),
    ),
    "C10 year": Case("C10", "ytd", {"ytd": 100001}, {"ytd": 100001, "nature": "7"}, severity="query"),
    "C10 month": Case("C10", "month", {"month": 50001}, {"month": 50000}, severity="query", says=("50001", "100000")),
    "C10 small plan": Case(
        "C10", "ytd", {"plan_total": 5000, "ytd": 5001}, {"plan_total": "4999.9999", "ytd": 5001}, severity="query"
    ),
    "C11": Case("C11", "nature", {"nature": "7"}, {"nature": "单纯购置", "build": 0, "install": 0}),
    "C11 joint part": Case(
        "C11", "nature", {**NO_PARTS, "nature": "7", "build_install": 1}, {**NO_PARTS, "nature": "7"}
    ),
    "C12 low": Case(
        "C12", "equip", {"cum_total": 70000, "equip": "239.9999"}, {"cum_total": 70000, "equip": 240}, severity="query"
    ),
    "C12 high": Case(
        "C12",
        "equip",
        {"cum_total": 70000, "equip": "11400.0001"},
        {"cum_total": 70000, "equip": 11400},
        severity="query",
    ),
    "C12 immature": Case(
        "C12", "equip", {"cum_total": 70000, "equip": 0}, {"cum_total": "69999.9999", "equip": 0}, severity="query"
    ),
    "C12 small": Case(
        "C12",
        "equip",
        {"cum_total": 70000, "ytd": 5000, "equip": 0},
        {"cum_total": 70000, "ytd": "4999.9999", "equip": 0},
        severity="query",
    ),
    "C13": Case(
        "C13",
        "other",
        {"cum_total": 70000, "other": "7200.0001"},
        {"cum_total": 70000, "other": 7200},
        severity="query",
    ),
    "C13 immature": Case(
        "C13", "other", {"cum_total": 70000, "other": 9000}, {"cum_total": 69000, "other": 9000}, severity="query"
    ),
    "C14": Case("C14", "new_fixed_assets", {"new_fixed_assets": "30000.0001"}, {"new_fixed_assets": 30000}),
    "C15": Case(
        "C15",
        "funds_total",
        {"funds_total": 1002, "funds_carried": 400, "funds_self": 600},
        {"funds_total": 1001, "funds_carried": 400, "funds_self": 600},
        says=("相差 2", "1000"),
    ),
    "C15 no sources": Case("C15", "funds_total", {"funds_total": 5, "funds_loans": 0}, {"funds_total": 5}),
    "C16": Case(
        "C16",
        "funds_total",
        {"funds_total": 4000, "payables": "1999.9999"},
        {"funds_total": 4000, "payables": 2000},
        severity="query",
    ),
    "C16 no payables": Case("C16", "funds_total", {"funds_total": 5999}, {"funds_total": 6000}, severity="query"),
    "C17": Case(
        "C17", "floor_done", {"floor_under": 100, "floor_done": "100.5"}, {"floor_under": 100, "floor_done": 100}
    ),
    "C18": Case("C18", "ytd", {"build": 5000, "install": 1000}, {"build": 5000, "install": 0}, severity="query"),
    "C18 small plan": Case(
        "C18",
        "ytd",
        {"build": 5000, "install": 1000, "plan_total": 10000},
        {"build": 5000, "install": 1000, "plan_total": "9999.9999"},
        severity="query",
    ),
    "E03": Case(
        "E03", "land_actual", {"admission_actual": "2021-02"}, {"admission_actual": "2021-01"}, form=D, severity="query"
    ),
    "E03 start": Case(
        "E03", "start_actual", {"approval_actual": "2021-04"}, {"approval_actual": "2021-03"}, form=D, severity="query"
    ),
    "E03 land after start": Case("E03", "start_actual", {"land_actual": "2021-04"}, form=D, severity="query"),
    "E04": Case(
        "E04", "start_actual", {"land_actual": None}, {"land_actual": None, "na_flag": "供地"}, form=D, severity="query"
    ),
    "E04 dash": Case(
        "E04",
        "start_actual",
        {"land_actual": None},
        {"land_actual": None, "value_status": '{"land_actual":"N"}'},
        form=D,
        severity="query",
    ),
    "E05 preparing": Case("E05", "status", {"status": "4", "prod_ym": "2022-01"}, {"status": "4"}),
    "E05 stopped": Case("E05", "status", {"status": "3", "prod_ym": "2022-01"}, {"status": "3"}),
    "E05 purchase": Case("E05", "status", {"status": "5", "prod_ym": "2022-01"}, {"status": "5"}),
    "E06 no month": Case("E06", "status", {"status": "2"}, {"status": "2", "prod_ym": "2022-06"}),
    "E06 future month": Case(
        "E06", "status", {"status": "全部投产", "prod_ym": "2022-07"}, {"status": "1", "prod_ym": "2022-07"}
    ),
    "E06 not reflected": Case("E06", "prod_ym", {"prod_ym": "2022-06"}, says=("2022-06",)),
    "E07": Case("E07", "ytd", {"start_ym": None}, {"start_ym": None, "nature": "7"}, says=("开工时间",)),
    "E07 preparation": Case(
        "E07",
        "ytd",
        {"start_ym": None, "status": "4"},
        {"start_ym": None, "status": "4", "doc_no": "海发改〔2022〕3 号"},
    ),
    "E07 nothing invested": Case("E07", "ytd", {"start_ym": None, "ytd": "0.0001"}, {"start_ym": None, "ytd": 0}),
    "E08": Case(
        "E08", "month", {"status": "2", "prod_ym": "2022-02"}, {"status": "2", "prod_ym": "2022-03"}, severity="query"
    ),
    "E08 no tail": Case(
        "E08",
        "month",
        {"status": "2", "prod_ym": "2022-02"},
        {"status": "2", "prod_ym": "2022-02", "month": 0},
        severity="query",
    ),
    "E09 short": Case(
        "E09",
        "prod_ym",
        {"start_ym": "2022-01", "prod_ym": "2022-03"},
        {"start_ym": "2022-01", "prod_ym": "2022-04"},
        severity="query",
    ),
    "E09 short but small": Case(
        "E09",
        "prod_ym",
        {"start_ym": "2022-01", "prod_ym": "2022-03"},
        {"start_ym": "2022-01", "prod_ym": "2022-03", "plan_total": 9999},
        severity="query",
    ),
    "E09 long": Case("E09", "start_ym", {"start_ym": "2017-05"}, {"start_ym": "2017-06"}, severity="query"),
    "E11": Case(
        "E11",
        "project_code",
        {"project_code": "2104-330481-04-01-123456"},
        {"project_code": "2103-330481-04-01-123456"},
        severity="query",
    ),
    "E11 old code": Case(
        "E11",
        "project_code",
        {"project_code": "2019-330481-38-03-012345", "start_ym": "2018-12"},
        {"project_code": "2019-330481-38-03-012345", "start_ym": "2019-01"},
        severity="query",
    ),
    "F11": Case(
        "F11",
        "base",
        {"restatement_reason": "统计单位调整"},
        {"restatement_reason": "统计单位调整", "approver": "市统计局", "approved_on": date(2022, 5, 3)},
        form=C,
    ),
    "D04": Case(
        "D04",
        "cum_total",
        {"start_ym": "2022-01", "cum_total": 12002},
        {"start_ym": "2022-01", "cum_total": 12001},
        severity="query",
    ),
    "G far too large": Case("G", "plan_total", {"plan_total": 30000001}, {"plan_total": 30000000}, severity="query"),
    "G whole file in 元": Case(
        "G", "ytd", {"ytd": 54_000_000_000}, {"ytd": 5_400_000}, form=U, severity="query", says=("元", "万亿元")
    ),
    "G whole file in 亿元, by its projects": Case(
        "G",
        "ytd",
        {"ytd": 54},
        {"ytd": 540_000},
        form=U,
        severity="query",
        more=({"indicator": "project_count", "measure": "count", "ytd": 420},),
        says=("亿元", "计量单位"),
    ),
    "G listed project in 亿": Case(
        "G",
        "plan_total",
        {"plan_total": 300, "lists": "市级亿元以上"},
        {"plan_total": 301, "lists": "市级亿元以上"},
        form=D,
        severity="query",
    ),
    "F03": Case(
        "F03",
        "ytd",
        {"ytd": 12001},
        {"ytd": 12000},
        form=U,
        more=({"indicator": "total_investment", "ytd": 12000},),
        says=("12001", "12000"),
    ),
    "F03 city": Case(
        "F03", "ytd", {"ytd": 5}, {"ytd": 4}, form=C, more=({"indicator": "industrial_investment", "ytd": 4},)
    ),
    "B15 sum": Case(
        "B15",
        "project_name",
        {"project_name": "合 计(共 12 个)"},
        {"project_name": "合计科技年产 2 万套统计设备项目"},
        says=("合 计",),
    ),
    "B15 sample": Case(
        "B15", "project_name", {"project_name": "××项目(示例)"}, {"project_name": "示例产线改造"}, says=("示例",)
    ),
    "B15 dispatch": Case("B15", "project_name", {"project_name": "其中"}, {"project_name": "其中堂药业扩建"}, form=D),
    "B16 name": Case(
        "B16",
        "project_name",
        {"project_name": "年产3万套泵阀项目（删除）"},
        {"project_name": "年产2万吨制作废料回收项目"},
        severity="query",
        says=("（删除）", "仍作为数据计入"),
    ),
    "B16 dispatch": Case(
        "B16",
        "project_name",
        {"project_name": "重复，请删除"},
        {"project_name": "可重复使用包装"},
        form=D,
        severity="query",
    ),
    "B16 remark": Case(
        "B16",
        "explanation",
        {"explanation": "此行作废，由下一行代替，请市局删除"},
        {"explanation": "原备案已撤销，按新备案代码上报"},
        form=U,
        severity="query",
        says=("此行作废",),
    ),
    "C19": Case(
        "C19",
        "land_fee",
        {"ytd": 5000, "equip": 0, "other": 3001, "land_fee": "3000.0001"},
        {"ytd": 5000, "equip": 0, "other": 3001, "land_fee": 3000},
        severity="query",
    ),
    "C19 small": Case(
        "C19",
        "land_fee",
        {"equip": 0, "other": 7300, "land_fee": 7201},
        {"ytd": "4999.9999", "equip": 0, "other": 4000, "land_fee": 4000},
        severity="query",
    ),
    "C19 mature": Case(
        "C19",
        "land_fee",
        {"cum_total": "69999.9999", "equip": 0, "other": 7300, "land_fee": 7201},
        {"cum_total": 70000, "equip": 0, "other": 7300, "land_fee": 7201},
        severity="query",
    ),
    "C20": Case("C20", "month", {"month": "12000.0001"}, {"month": 12000}, says=("12000.0001",)),
    "E18": Case("E18", "na_flag", {"na_flag": "竣工"}, {"na_flag": "供地"}, form=D),
    "E14": Case("E14", "issues_closed", {"issues_due": 0, "issues_closed": 1}, {"issues_due": 3}, form=D),
    "E14 none given": Case(
        "E14", "issues_closed", {"issues_closed": 3}, {"issues_due": None, "issues_closed": 3}, form=D
    ),
    "E15 next month": Case(
        "E15", "capacity_actual", {"capacity_actual": "2022-07"}, {"capacity_actual": "2022-06"}, form=D
    ),
    "E15 start": Case("E15", "start_actual", {"start_actual": "2023-01"}, {"start_actual": None}, form=D),
    "E17": Case(
        "E17",
        "actual_ytd",
        {"planned_ytd": 0, "actual_ytd": "5000.0001"},
        {"planned_ytd": 0, "actual_ytd": 5000},
        form=D,
        severity="query",
    ),
    "F20 a hundredth": Case("F20", "growth", {"growth": 0.002}, {"growth": 0.20055}, form=U, severity="query"),
    "F20 beyond rounding": Case(
        "F20", "growth", {"growth": 0.2007}, {"growth": 0.2007, "ytd_last_year": 0}, form=U, severity="query"
    ),
    "H01": Case("H01", "annual_plan", {"plan_m12": "1000.5"}, {"plan_m12": 1500, "annual_plan": 12500}, form=PLAN),
    "H02": Case(
        "H02",
        "closed_on",
        {"closed_on": date(2022, 6, 2)},
        {"closed_on": date(2022, 6, 3), "assessed_on": date(2022, 6, 3)},
        form=ISSUES,
    ),
    "H02 assessed": Case(
        "H02", "assessed_on", {"assessed_on": date(2022, 6, 7)}, {"assessed_on": date(2022, 6, 8)}, form=ISSUES
    ),
    "H03 leader": Case(
        "H03", "valid_to", {"valid_to": date(2021, 12, 31)}, {"valid_to": date(2022, 1, 1)}, form=LEADERS
    ),
    "H03 helper": Case("H03", "valid_to", {"valid_to": date(2022, 5, 31)}, {"valid_to": None}, form=HELPERS),
    "H04": Case(
        "H04",
        "project_code",
        {"valid_to": date(2022, 4, 1)},
        {"valid_to": date(2022, 3, 31)},
        form=LEADERS,
        more=({"leader_code": "L-02", "valid_from": date(2022, 4, 1)},),
    ),
    "H05 before the week": Case(
        "H05",
        "memo_on",
        {"site_on": date(2022, 6, 26)},
        {"site_on": date(2022, 7, 3)},
        form=MEMO,
        severity="query",
        period="2022-W26",
    ),
    "H05 late memo": Case(
        "H05",
        "memo_on",
        {"memo_on": date(2022, 7, 5)},
        {"memo_on": date(2022, 7, 4)},
        form=MEMO,
        severity="query",
        period="2022-W26",
    ),
    "H06": Case("H06", "visited_on", {"visited_on": date(2022, 7, 1)}, {"visited_on": date(2022, 6, 1)}, form=VISITS),
    "H07": Case("H07", "visitor_kind", {"visitor_kind": "leader"}, {"visitor_kind": "helper"}, form=VISITS),
    "H08 start": Case(
        "H08", "start_on", {"start_on": date(2021, 2, 28)}, {"start_on": date(2021, 3, 1)}, form=D, severity="query"
    ),
    "H08 trial": Case(
        "H08", "trial_on", {"trial_on": date(2022, 1, 1)}, {"trial_on": date(2021, 12, 31)}, form=D, severity="query"
    ),
    "H09": Case(
        "H09", "phase", {"phase": 3}, {"phase": 2, "parent_code": "2001-330481-04-01-123456"}, form=D, severity="query"
    ),
    "H10": Case(
        "H10", "reply_status", {"rectified_on": None}, {"rectified_on": None, "reply_status": "rectifying"}, form=REPLY
    ),
    "H11": Case(
        "H11",
        "closed_on",
        {"assessment": None},
        {"assessment": None, "assessed_on": None, "closed_on": None},
        form=ISSUES,
        severity="query",
    ),
    "H12 leader": Case(
        "H12",
        "leader_code",
        {"leader_name": "甲某"},
        form=LEADERS,
        severity="query",
        more=({"project_code": "2101-330481-04-01-654321", "valid_from": date(2022, 6, 10)},),
    ),
    "H12 helper": Case(
        "H12",
        "helper_code",
        {"helper_name": "甲某"},
        form=HELPERS,
        severity="query",
        more=({"uscc": "91110108551385082Q", "valid_from": date(2022, 6, 10)},),
    ),
    "H13 reply": Case(
        "H13",
        "replied_on",
        {"replied_on": date(2022, 7, 1)},
        {"replied_on": date(2022, 6, 30)},
        form=REPLY,
        severity="query",
    ),
    "H14": Case(
        "H14", "automation_rate", {"automation_rate": 5.0}, {"automation_rate": 0.99}, form=D, says=("500", "99%")
    ),
    "H15 phase": Case("H15", "phase", {"phase": 0}, {"phase": 1}, form=D),
    "H15 round": Case("H15", "survey_round", {"survey_round": 0}, {"survey_round": 1}, form=APPROVED),
    "H15 place": Case("H15", "rank_level_province", {"rank_level_province": 0}, {"rank_level_province": 1}, form=C),
    "G size of a neighbour": Case(
        "G",
        "plan_total",
        {"plan_total": 9_000_000},
        {"plan_total": 900_000},
        form=APPROVED,
        severity="query",
        more=tuple({"project_code": f"2101-330481-04-01-12345{n}", "plan_total": 1_000} for n in (7, 8)),
        says=("元",),
    ),
    "H13 start": Case(
        "H13",
        "start_on",
        {"start_actual": None, "trial_actual": None, "start_on": date(2022, 7, 1)},
        {"start_actual": None, "trial_actual": None, "start_on": date(2022, 6, 30)},
        form=D,
        severity="query",
    ),
}


@pytest.fixture(scope="module")
def verdicts(make: Any, programme: Any) -> dict[str, Verdict]:
    found: dict[str, Verdict] = {}
    for form in dict.fromkeys(case.form for case in CASES.values()):
        parts = []
        for name, case in CASES.items():
            if case.form != form:
                continue
            unit = "330400" if form == C else "330481"
            parts.append(
                (
                    f"{name}: bad",
                    make.part(form, case.bad, *case.more, notes=list(case.notes), unit=unit, period=case.period),
                    (),
                )
            )
            parts.append(
                (
                    f"{name}: good",
                    make.part(
                        form,
                        case.good,
                        *([] if case.rule in ("B07", "B09") else case.more),
                        unit=unit,
                        period=case.period,
                    ),
                    (),
                )
            )
        found.update(validate(form, parts, History(), programme))
    return found


@pytest.mark.parametrize("name", CASES)
def test_failing_row_is_found_at_its_cell(name: str, verdicts: dict[str, Verdict], make: Any) -> None:
    case = CASES[name]
    hits = [f for f in verdicts[f"{name}: bad"].findings if f.rule == case.rule and f.field == case.at]
    assert hits, [f.message_zh for f in verdicts[f"{name}: bad"].findings]
    hit = hits[0]
    assert (hit.severity, hit.row, hit.sheet, hit.level) == (case.severity, 4, "表", RULES[case.rule].level)
    assert hit.cell == f"{make.letters(case.form)[case.at]}4"
    for text in case.says:
        assert text in hit.message_zh
    assert hit.cell in hit.message_zh
    assert hit.cell in hit.message_en


@pytest.mark.parametrize("name", CASES)
def test_passing_row_is_let_through(name: str, verdicts: dict[str, Verdict]) -> None:
    assert [f for f in verdicts[f"{name}: good"].findings if f.rule == CASES[name].rule] == []


def test_clean_rows_trip_no_rule_and_every_message_is_filled_in(verdicts: dict[str, Verdict]) -> None:
    looked_at = 0
    for verdict in verdicts.values():
        looked_at += 1
        for found in verdict.findings:
            assert "?" not in found.message_zh and "{" not in found.message_zh, found.message_zh
            assert "?" not in found.message_en and "{" not in found.message_en, found.message_en
            assert found.message_zh.endswith("。")
    assert looked_at, "nothing was looked at"


def test_every_row_rule_of_the_catalogue_has_a_case() -> None:
    rows = {r.id for r in RULES.values() if r.checks and r.scope == "row"}
    assert rows - {c.rule for c in CASES.values()} == {"D12"}, "D12 asks in December: test_history_rules"


def rules_of(found: tuple[Finding, ...]) -> set[str]:
    return {f.rule for f in found}


def test_all_errors_of_a_row_are_reported(make: Any, programme: Any) -> None:
    part = make.part(P, {"industry_code": "9999", "plan_total": 300, "cum_total": 10, "project_name": None})
    verdict = validate(P, [("s", part, ())], History(), programme)["s"]
    assert rules_of(verdict.findings) >= {"B02", "C03", "C05", "B14"}
    assert verdict.word == "rejected"
    assert (verdict.received, verdict.accepted, verdict.quarantined, verdict.not_data) == (3, 0, 1, 2)
