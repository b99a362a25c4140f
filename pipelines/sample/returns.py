"""Rows of project_month and dispatch_month in canonical values: codes as codes, amounts as whole 万元, months as YYYY-MM."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from .loop_stories import ADVANCED, ADVANCED_THEME, ENTERED_LATE, library_figures
from .population import Project
from .project_identity import Identity
from .published_facts import LIBRARY, NEW_FOUND, month_of
from .stage_dates import Dispatch

Value = str | int | Decimal | None
Row = dict[str, Value]
"""Field → value; what a row does not say is absent or None. Decimal is a rate in percent or, in a planted fault, an amount."""

_STAGE_FIELDS = tuple(
    (stage, kind)
    for stage in ("admission", "land", "approval", "start", "completion", "capacity")
    for kind in ("plan", "actual")
)


@dataclass(frozen=True, slots=True)
class StatusCodes:
    """Codes of 期末项目建设状态 in the programme."""

    building: str
    finished: str
    purchase: str


def project_row(p: Project, identity: Identity, month: int, status: StatusCodes, unit_code: str) -> Row:
    """One project in the return of a month. Parts sum to ytd exactly; every amount is cumulative but `month`."""
    ytd = p.ytd[month]
    cum = p.cumulative(month)
    done = p.done(month)
    row: Row = {
        "reported_unit_code": unit_code,
        "reported_period": month_of(month),
        "site_code": identity.site_code,
        "stat_project_no": identity.stat_project_no,
        "project_code": identity.project_code,
        "project_name": identity.project_name,
        "owner_name": identity.owner_name,
        "uscc": identity.uscc,
        "industry_code": identity.industry_code,
        "reg_type": identity.reg_type,
        "holding": identity.holding,
        "affiliation": identity.affiliation,
        "nature": identity.nature,
        "status": status.finished if done else status.purchase if p.purchase else status.building,
        "start_ym": month_of(p.start) if p.start is not None else None,
        "prod_ym": month_of(p.finish) if done and p.finish is not None else None,
        "plan_total": p.plan,
        "cum_total": cum,
        "ytd": ytd,
        "month": p.increments[month],
    }
    row.update(_structure(identity, ytd, p.purchase))
    row["new_fixed_assets"] = cum * 88 // 100 if done else 0
    row.update(_funds(identity, ytd))
    row["floor_under"] = identity.floor
    row["floor_done"] = identity.floor * 96 // 100 if done else 0
    return row


def _structure(identity: Identity, ytd: int, purchase: bool) -> Row:
    """建筑, 安装, 设备, 其他 and their parts."""
    build, install, equip = (ytd * share // 1000 for share in identity.shares)
    other = ytd - build - install - equip
    return {
        "build": build,
        "install": install,
        "build_install": build + install,
        "equip": equip,
        "other": other,
        "old_equip": 0,
        "renew_equip": equip // 3 if purchase else 0,
        "land_fee": other * identity.land // 200,
        "old_building": 0,
    }


def _funds(identity: Identity, ytd: int) -> Row:
    """Sources of funds; the total is their sum and covers what was spent."""
    carried, loans = ytd * 6 // 100, ytd * identity.loans // 1000
    own = ytd * 98 // 100 - loans
    return {
        "funds_total": carried + loans + own,
        "funds_carried": carried,
        "funds_budget": 0,
        "funds_loans": loans,
        "funds_bonds": 0,
        "funds_foreign": 0,
        "funds_self": own,
        "funds_other": 0,
        "payables": ytd * 7 // 100,
    }


def dispatch_row(p: Project, identity: Identity, record: Dispatch, month: int, unit_code: str, parent: str = "") -> Row:
    """One project of the library in the dispatch return of a month: plans as they are, actual months up to the period. `parent`:
    code of the project it is a later phase of."""
    due = [issue for issue in record.issues if issue[0] <= month]
    waiting = [topic for _, closed, topic in due if not closed]
    row: Row = {
        "reported_unit_code": unit_code,
        "reported_period": month_of(month),
        "project_code": identity.project_code,
        "project_name": identity.project_name,
        "lists": ";".join(p.lists),
        "plan_total": p.plan,
        "annual_plan": record.annual_plan,
        "planned_ytd": record.planned[month],
        "actual_ytd": record.done[month],
    }
    row.update(_stages(record, month))
    row["issues_due"] = len(due)
    row["issues_closed"] = len(due) - len(waiting)
    row["issue_note"] = "、".join(dict.fromkeys(waiting)) or None
    row["need_note"] = f"{waiting[-1]}需协调" if waiting else None
    row["na_flag"] = identity.na_flag or None
    row |= {field: getattr(identity, field) for field in _IDENTITY}
    entered = ENTERED_LATE.get(p.key, p.enter)
    row["stat_entry_ym"] = month_of(entered) if entered is not None and entered <= month else None
    row |= library_figures(p, record, month) if LIBRARY in p.lists or NEW_FOUND in p.lists else {}
    row |= {field: value for field, value in _KNOWN.get(p.special, {}).items() if not _is_later(value, month)}
    row["parent_code"] = parent or None
    if ADVANCED_THEME in str(row.get("themes")):
        row["lists"] = f"{row['lists']};{ADVANCED}"
    return row


_IDENTITY = ("owner_name", "uscc", "site_code", "industry_code", "nature")
_KNOWN: dict[str, Row] = {
    "晶科": {
        "phase": 1,
        "signed_actual": "2021-01",
        "expected_output": 2_700_000,
        "automation_rate": "99%",
        "lead_level": "province",
        "start_on": "2021-10-07",
        "trial_on": "2022-01-15",
    },
    "晶科二期": {"phase": 2, "expected_output": 2_300_000, "automation_rate": "99%", "lead_level": "province"},
    "赞昇": {"capacity_value": 2000, "capacity_unit": "吨/年"},
}
"""What the seed article says of the projects it names (L8–L11, L17): 220 亿 and 500 亿元 of output a year are of both phases, the first was
signed in the year before; a hundred days lie between start and trial production."""


def _is_later(value: Value, month: int) -> bool:
    """A day that a return of the month cannot know yet."""
    return isinstance(value, str) and value[:2] == "20" and value[:7] > month_of(month)


def _stages(record: Dispatch, month: int) -> Iterator[tuple[str, str | None]]:
    for stage, kind in _STAGE_FIELDS:
        at = None if stage in record.na else record.plan.get(stage) if kind == "plan" else record.actual.get(stage)
        known = at is not None and (kind == "plan" or at <= month)
        yield f"{stage}_{kind}", month_of(at) if known and at is not None else None
    for stage in ("trial", "commission"):
        at = record.actual.get(stage)
        yield f"{stage}_actual", month_of(at) if at is not None and at <= month else None
