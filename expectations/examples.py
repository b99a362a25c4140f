"""The clean row of every form, which examples of the catalogue change: simulated, and trips no rule (a test asks them all)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from .codes import USCC_ALPHABET

USCC = "91350100M000100Y43"
CLEAN: Mapping[str, Mapping[str, Any]] = {
    "project_month": {
        "reported_unit_code": "330481",
        "site_code": "330481100",
        "stat_project_no": "33048100022001",
        "project_code": "2101-330481-04-01-123456",
        "project_name": "年产 5GW 组件项目",
        "owner_name": "某某能源有限公司",
        "uscc": USCC,
        "industry_code": "3825",
        "reg_type": "173",
        "holding": "3",
        "affiliation": "90",
        "nature": "1",
        "status": "1",
        "start_ym": "2021-03",
        "plan_total": 100000,
        "cum_total": 30000,
        "ytd": 12000,
        "month": 2000,
        "build": 5100,
        "install": 900,
        "equip": 5500,
        "other": 500,
        "old_equip": 100,
        "renew_equip": 200,
        "land_fee": 100,
        "old_building": 0,
    },
    "unit_month": {
        "reported_unit_code": "330481",
        "indicator": "manufacturing_investment",
        "scope": "管理",
        "ytd": 12000,
        "ytd_last_year": 10000,
        "measure": "wan_yuan",
    },
    "city_month": {
        "area_code": "330481",
        "indicator": "manufacturing_investment",
        "scope": "管理",
        "ytd": 12000,
        "base": 10000,
        "growth_official": 0.2,
        "measure": "wan_yuan",
    },
    "dispatch_month": {
        "reported_unit_code": "330481",
        "project_code": "2101-330481-04-01-123456",
        "project_name": "年产 5GW 组件项目",
        "plan_total": 100000,
        "annual_plan": 30000,
        "planned_ytd": 15000,
        "actual_ytd": 16000,
        "admission_plan": "2020-11",
        "land_plan": "2021-01",
        "land_actual": "2021-01",
        "approval_plan": "2021-02",
        "start_plan": "2021-03",
        "start_actual": "2021-03",
        "trial_actual": "2021-12",
        "completion_plan": "2022-01",
        "completion_actual": "2022-01",
        "commission_actual": "2022-02",
        "capacity_plan": "2022-05",
        "capacity_actual": "2022-05",
        "issues_due": 2,
        "issues_closed": 2,
    },
    "project_plan": {
        "reported_unit_code": "330481",
        "project_code": "2101-330481-04-01-123456",
        "project_name": "年产 5GW 组件项目",
        "annual_plan": 12000,
        **{f"plan_m{month:02d}": 1000 for month in range(1, 13)},
    },
    "issue_log": {
        "reported_unit_code": "330481",
        "issue_no": "W-001",
        "project_code": "2101-330481-04-01-123456",
        "issue_class": "land",
        "issue_scale": "minor",
        "issue_text": "临时用地",
        "owner_kind": "unit",
        "raised_on": date(2022, 6, 1),
        "accepted_on": date(2022, 6, 2),
        "handled_on": date(2022, 6, 3),
        "closed_on": date(2022, 6, 8),
        "assessed_on": date(2022, 6, 9),
        "due_on": date(2022, 6, 15),
        "assessment": "satisfied",
    },
    "service_memo": {
        "reported_unit_code": "330481",
        "team_code": "T-01",
        "team_name": "组件项目服务专班",
        "meeting_on": date(2022, 6, 27),
        "meeting_note": "对接",
        "site_on": date(2022, 6, 28),
        "site_note": "破难",
        "review_on": date(2022, 7, 1),
        "review_note": "复盘",
        "memo_no": "2022-26",
        "memo_on": date(2022, 7, 1),
        "memo_note": "备忘",
    },
    "leader_assignment": {
        "reported_unit_code": "330481",
        "project_code": "2101-330481-04-01-123456",
        "leader_code": "L-01",
        "leader_name": "某某",
        "leader_level": "city",
        "team_code": "T-01",
        "valid_from": date(2022, 1, 1),
    },
    "helper_roster": {
        "reported_unit_code": "330481",
        "helper_code": "F-0001",
        "helper_name": "某某",
        "helper_level": "county",
        "uscc": USCC,
        "valid_from": date(2022, 6, 1),
    },
    "visit_log": {
        "reported_unit_code": "330481",
        "visit_no": "Z-0001",
        "visited_on": date(2022, 6, 10),
        "visitor_kind": "helper",
        "helper_code": "F-0001",
        "uscc": USCC,
        "visit_kind": "visit",
    },
    "approval_list": {
        "reported_unit_code": "330481",
        "survey_round": 1,
        "project_code": "2101-330481-04-01-123456",
        "project_name": "年产 5GW 组件项目",
        "uscc": USCC,
        "industry_code": "3825",
        "plan_total": 100000,
        "approval_kind": "filing",
        "newly_found": "no",
    },
    "inspection_reply": {
        "reported_unit_code": "330481",
        "inspection_id": "DC202206-2101-330481-04-01-123456",
        "project_code": "2101-330481-04-01-123456",
        "replied_on": date(2022, 6, 20),
        "reply_status": "rectified",
        "rectified_on": date(2022, 6, 19),
    },
}
"""Form → field → value; amounts in 万元, months YYYY-MM."""


def example_rows(form: str, *changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of one file: the clean row with these changes, each project with a number and an enterprise of its own."""
    rows = []
    for number, change in enumerate(changes):
        own = {}
        if form == "project_month":
            own = {"uscc": example_uscc(number), "stat_project_no": f"3304810002200{number + 1}"}
        rows.append({**CLEAN[form], **own, **change})
    return rows


def example_uscc(number: int) -> str:
    """A valid code of its own for every enterprise; the first is USCC (GB 32100)."""
    if not number:
        return USCC
    body = f"91330481MA{number:07d}"
    total = sum(USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + USCC_ALPHABET[(31 - total % 31) % 31]
