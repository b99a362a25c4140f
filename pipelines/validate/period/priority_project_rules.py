"""Rules of scope dispatch: items of the 经信局's to-do list, never findings on a return: E12 (overdue stages), F06 (list floors),
F07 (one leader, one team)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal

from expectations.catalogue.building import OVERDUE_DAYS, STAGES
from expectations.catalogue.cross_unit_rules import LIST_FLOORS
from expectations.rule import Rule

from ...model.fields import FIELDS
from ...model.periods import Period
from ..finding_texts import FindingLocation, finding, plain
from .closing_rules import Closing, NotApplicable, PeriodFinding

_NOTHING = "没有调度月报 / there is no dispatch_month"


def _end(month: str) -> date:
    period = Period.parse(month)
    return date(period.year, period.month, monthrange(period.year, period.month)[1])


def overdue_stages(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """E12: a stage done, or still open at the end of the period, more than 30 days after the month it was planned for."""
    rows = closing.rows(closing.programme.form_name("dispatch"))
    if rows is None:
        raise NotApplicable(_NOTHING)
    grace = timedelta(days=OVERDUE_DAYS)
    now = _end(str(closing.period))
    looked_at, found = 0, []
    for row in rows.to_pylist():
        for stage in STAGES:
            plan, actual = row[f"{stage}_plan"], row[f"{stage}_actual"]
            if not plan:
                continue
            looked_at += 1
            done = Period.parse(actual).first_day if actual else now
            if done <= _end(plan) + grace:
                continue
            zh, en = (f"实际 {actual}", f"actual {actual}") if actual else ("尚未完成", "still open")
            names = {
                "unit_name": closing.unit_name(row["unit_code"]),
                "project_name": row["project_name"] or row["project_code"],
                "stage": FIELDS[f"{stage}_plan"].zh.removesuffix("计划"),
                "plan": plan,
                "actual": zh,
            }
            place = FindingLocation(row["sheet"] or "", "", row["row_no"], f"{stage}_actual", actual or "")
            english = {"stage": stage, "actual": en}
            made = finding(rule, (rule.message_zh, rule.message_en), place, names, english)
            found.append(PeriodFinding(row["unit_code"], row["submission_id"], made))
    return looked_at, found


def list_floors(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F06: lists named in the row, those of lists.csv in force, and what was decided; floors of dispatch.toml, else by the list's name."""
    rows = closing.rows(closing.programme.form_name("dispatch"))
    if rows is None:
        raise NotApplicable(_NOTHING)
    day = _end(str(closing.period))
    dated: dict[str, list[str]] = {}
    for entry in closing.programme.lists:
        if entry.valid_from <= day and (entry.valid_to is None or day <= entry.valid_to):
            dated.setdefault(entry.project_code, []).append(entry.list_code)
    looked_at, found = 0, []
    columns = ["unit_code", "submission_id", "sheet", "row_no", "project_code", "project_name", "plan_total", "lists"]
    for row in rows.select(columns).to_pylist():
        told = (part.strip() for part in (row["lists"] or "").replace("；", ";").replace("、", ";").split(";"))
        lists = dict.fromkeys([*(name for name in told if name), *dated.get(row["project_code"], ())])
        for name, floor in _floors(closing, row["project_code"], lists):
            if row["plan_total"] is None:
                continue
            looked_at += 1
            if row["plan_total"] < floor:
                names = {
                    "unit_name": closing.unit_name(row["unit_code"]),
                    "project_name": row["project_name"] or "",
                    "lists": name,
                    "plan": plain(row["plan_total"]),
                    "floor": plain(floor),
                }
                place = FindingLocation(row["sheet"] or "", "", row["row_no"], "plan_total", plain(row["plan_total"]))
                made = finding(rule, (rule.message_zh, rule.message_en), place, names)
                found.append(PeriodFinding(row["unit_code"], row["submission_id"], made))
    if not looked_at:
        raise NotApplicable("没有项目在设有门槛的清单上 / no project is on a list with a floor")
    return looked_at, found


def _floors(closing: Closing, project: str, lists: Collection[str]) -> Iterator[tuple[str, Decimal]]:
    """(list, least planned total) of the lists a project is on: the programme says which floor its list has; of a list that it does not
    know the name says it."""
    known: set[str] = set()
    for rule in closing.programme.dispatch.lists:
        names = {rule.code, *rule.names}
        known |= names
        register = closing.beside.register
        member = project in register.members.get(rule.code, ()) if register else not names.isdisjoint(lists)
        if member and rule.min_plan_wan_yuan is not None and not rule.by_rule:
            yield next((name for name in lists if name in names), rule.zh), rule.min_plan_wan_yuan
    for name in lists:
        floor = next((least for key, least in LIST_FLOORS.items() if key in name), None)
        if floor is not None and name not in known:
            yield name, Decimal(floor)


def one_leader_and_team(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F07: a project of the dispatch library has one leader and one service team at a time."""
    register = closing.beside.register
    if register is None:
        raise NotApplicable("见 saima dispatch items / see saima dispatch items")
    if register.led is None:
        raise NotApplicable("方案没有挂联领导、服务专班名单 / the programme has no list of leaders and teams")
    found = []
    for one in register.led:
        if one.leaders == 1 and one.teams == 1:
            continue
        names = {
            "unit_name": closing.unit_name(one.unit_code),
            "project_name": one.project_name or one.project_code,
            "leaders": one.leaders,
            "teams": one.teams,
        }
        place = FindingLocation(field="project_code", value=one.project_code)
        found.append(
            PeriodFinding(one.unit_code, None, finding(rule, (rule.message_zh, rule.message_en), place, names))
        )
    return len(register.led), found
