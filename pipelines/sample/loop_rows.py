"""Rows of the eight further forms of the dispatch loop, in canonical values, as a unit sends them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from .loop_issues import MAJOR, Issue, issues_of
from .loop_people import (
    DISPUTED,
    LATE_HELPERS,
    LEFT_OUT,
    NO_LEADER,
    SILENT_SINCE,
    SUCCEEDED,
    Helper,
    LoopPeople,
    ServiceTeam,
    made_leader,
)
from .loop_survey import survey_rows
from .population import Project
from .published_facts import DECEMBER_2021, FIRST_YEAR, MONTHS, NEW_FOUND
from .returns import Row
from .stream import Stream
from .unit_world import UnitWorld

FIRST_DAY = date(2022, 1, 1)
CHANGED_PLAN = "330482/6"
"""A project whose plan 平湖 lowers in March: logged, scored against the plan that 31 January froze."""
CHANGED_TO = 30
"""Percent of the frozen months that the changed plan keeps."""
SUCCESSION = date(2022, 8, 15)
MEMO_GAPS = {
    ("330402", "2022-W24"): "missing",
    ("330402", "2022-W25"): "incomplete",
    ("330421", "2022-W25"): "late",
    ("330483", "2022-W25"): "missing",
    ("330483", "2022-W28"): "unknown",
    ("330472", "2022-W34"): "incomplete",
    ("330481", "2022-W38"): "late",
}
"""(unit, week) → what is wrong with its memo: not sent; three of four parts; after Monday 09:00; a team that does not exist."""
UNKNOWN_TEAM = "T-330483-9"


class LoopRows:
    """The eight forms over the simulated city."""

    def __init__(self, units: dict[str, UnitWorld]) -> None:
        self.units = units
        self.people = LoopPeople(units)
        self.issues: Callable[[str], list[Issue]] = cache(lambda code: issues_of(units[code], self.people))

    def code(self, p: Project) -> str:
        return self.units[p.unit].identities[p.number].project_code

    def project(self, key: str) -> Project:
        """A project by `unit/number`."""
        unit, number = key.split("/")
        return self.units[unit].projects[int(number)]

    def plan(self, unit_code: str, changed: bool = False) -> list[Row]:
        """project_plan: library projects by month, 万元; the newly found were not planned in January. Adds up to what the dispatch
        return plans, so that a plan by month and one to date score alike."""
        unit = self.units[unit_code]
        rows: list[Row] = []
        for p in self.people.library[unit_code]:
            if NEW_FOUND in p.lists:
                continue
            planned = [0, *unit.records[p.number].planned[DECEMBER_2021 + 1 : MONTHS]]
            months = [after - before for before, after in pairwise(planned)]
            lowered = changed and p.key == CHANGED_PLAN
            if lowered:
                months = [amount * CHANGED_TO // 100 for amount in months]
            row: Row = {"project_code": self.code(p), "project_name": unit.identities[p.number].project_name}
            row |= {f"plan_m{n:02d}": amount for n, amount in enumerate(months, 1)}
            row |= {"annual_plan": sum(months), "doc_no": "平政办〔2022〕18号" if lowered else None}
            rows.append(row)
        return rows

    def leaders(self, unit_code: str, day: date, second: bool = False) -> list[Row]:
        """leader_assignment as of a day. `second`: a file that gives one project two leaders at a time (H04)."""
        rows = [self._leader_row(p, day) for p in self.people.library[unit_code] if p.key != NO_LEADER]
        if unit_code == "330482":
            disputed = self._leader_row(self.project(DISPUTED), day)
            other = made_leader("330482", 2)
            rows.append(disputed | {"leader_code": other.code, "leader_name": other.name, "leader_post": other.post})
        if unit_code == self.project(SUCCEEDED).unit and day >= SUCCESSION:
            old = next(row for row in rows if row["project_code"] == self.code(self.project(SUCCEEDED)))
            new = made_leader(unit_code, 8)
            old["valid_to"] = (SUCCESSION - timedelta(days=1)).isoformat()
            rows.append(
                old
                | {"leader_code": new.code, "leader_name": new.name, "leader_post": new.post}
                | {"valid_from": SUCCESSION.isoformat(), "valid_to": None}
            )
        if second:
            other = made_leader(unit_code, 7)
            rows.append(rows[0] | {"leader_code": other.code, "leader_name": other.name, "leader_post": other.post})
        return rows

    def _leader_row(self, p: Project, day: date) -> Row:
        leader, team = self.people.leader(p), self.people.team_of(p)
        return {
            "project_code": self.code(p),
            "project_name": self.units[p.unit].identities[p.number].project_name,
            "leader_code": leader.code,
            "leader_name": leader.name,
            "leader_post": leader.post,
            "leader_level": leader.level,
            "team_code": team.code if team else None,
            "team_name": team.name if team else None,
            "team_head": team.head if team else None,
            "valid_from": FIRST_DAY.isoformat(),
            "valid_to": None,
        }

    def roster(self, unit_code: str, whole: bool = True) -> list[Row]:
        """helper_roster; not `whole`: without the two that 秀洲 forgot."""
        return [
            {
                "helper_code": helper.code,
                "helper_name": helper.name,
                "helper_level": helper.level,
                "helper_post": helper.post,
                "helper_department": helper.department,
                "uscc": helper.uscc,
                "owner_name": helper.owner_name,
                "valid_from": FIRST_DAY.isoformat(),
            }
            for helper in self.people.helpers[unit_code]
            if whole or helper.code not in LEFT_OUT
        ]

    def issue_log(self, unit_code: str, month: int) -> list[Row]:
        """issue_log of a month index: raised up to its end, with the days that have come."""
        unit, end = self.units[unit_code], last_day(month)
        rows: list[Row] = []
        for issue in self.issues(unit_code):
            if issue.raised > end:
                continue
            identity = unit.identities[issue.project]

            def come(day: date | None) -> str | None:
                return day.isoformat() if day is not None and day <= end else None

            assessed = come(issue.assessed)
            rows.append(
                {
                    "issue_no": issue.number,
                    "project_code": identity.project_code,
                    "project_name": identity.project_name,
                    "owner_name": identity.owner_name,
                    "uscc": identity.uscc,
                    "issue_class": issue.issue_class,
                    "issue_scale": "major" if issue.issue_class in MAJOR else "minor",
                    "issue_text": f"{issue.topic}需协调解决",
                    "issue_owner": issue.owner,
                    "owner_kind": issue.handled_by,
                    "raised_on": issue.raised.isoformat(),
                    "accepted_on": come(issue.accepted),
                    "handled_on": come(issue.handled),
                    "closed_on": come(issue.closed),
                    "assessed_on": assessed,
                    "due_on": issue.due.isoformat(),
                    "assessment": Stream(issue.number).choose(("satisfied", "satisfied", "fair")) if assessed else None,
                    "helper_code": issue.helper.code if issue.helper else None,
                    "team_code": issue.team,
                }
            )
        return rows

    def visit_log(self, unit_code: str, month: int) -> list[Row]:
        """visit_log of a month index: every helper once a month, in turn seen and called (the first month all are seen), every leader
        and team once, but for those arranged to be silent."""
        found: list[Row] = []
        raised = {
            issue.helper.code: issue.number
            for issue in self.issues(unit_code)
            if issue.helper is not None and first_day(month) <= issue.raised <= last_day(month)
        }
        for n, helper in enumerate(self.people.helpers_at(unit_code)):
            day = _visit_day(helper, n, month)
            if day is not None:
                kind = "visit" if month <= DECEMBER_2021 + 6 or (month + n) % 2 == 0 else "contact"
                found.append(
                    {
                        "visited_on": day.isoformat(),
                        "visitor_kind": "helper",
                        "helper_code": helper.code,
                        "uscc": helper.uscc,
                        "owner_name": helper.owner_name,
                        "visit_kind": kind,
                        "issue_no": raised.get(helper.code),
                    }
                )
        found += [row for p in self.people.library[unit_code] if (row := self._leader_visit(p, month)) is not None]
        found += [self._team_visit(team, unit_code, month) for team in self.people.teams(unit_code)]
        ordered = sorted(found, key=lambda row: str(row["visited_on"]))
        return [
            {"visit_no": f"ZF-{unit_code}-{month_key(month)}-{n:04d}", **row, "visit_note": "了解进度,协调问题"}
            for n, row in enumerate(ordered, 1)
        ]

    def _leader_visit(self, p: Project, month: int) -> Row | None:
        day = first_day(month) + timedelta(days=5 + p.number % 15)
        if p.key in SILENT_SINCE:
            newest = SILENT_SINCE[p.key]
            if newest is None or not first_day(month) <= newest <= last_day(month):
                return None
            day = newest
        if p.key == NO_LEADER:
            return None
        leader = self.people.leader(p)
        if p.key == SUCCEEDED and day >= SUCCESSION:
            leader = made_leader(p.unit, 8)
        return {
            "visited_on": day.isoformat(),
            "visitor_kind": "leader",
            "leader_code": leader.code,
            "project_code": self.code(p),
            "visit_kind": "visit",
        }

    def _team_visit(self, team: ServiceTeam, unit_code: str, month: int) -> Row:
        p = self.people.library[unit_code][0]
        day = first_day(month) + timedelta(days=12)
        return {
            "visited_on": day.isoformat(),
            "visitor_kind": "team",
            "team_code": team.code,
            "project_code": self.code(p),
            "visit_kind": "meeting",
        }

    def memos(self, unit_code: str, week: str) -> list[Row]:
        """service_memo of a week: one row a team."""
        gap = MEMO_GAPS.get((unit_code, week), "")
        monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
        rows = [self._memo(team, monday) for team in self.people.teams(unit_code)]
        if gap == "incomplete":
            rows[0] |= {"review_on": None, "review_note": None}
        if gap == "unknown":
            unknown = replace(self.people.teams(unit_code)[0], code=UNKNOWN_TEAM, name="未成立的专班")
            rows.append(self._memo(unknown, monday))
        return rows

    def _memo(self, team: ServiceTeam, monday: date) -> Row:
        s = Stream(f"{team.code}/{monday}")
        return {
            "team_code": team.code,
            "team_name": team.name,
            "meeting_on": monday.isoformat(),
            "meeting_note": "与企业会商开工手续和要素保障",
            "site_on": (monday + timedelta(days=2)).isoformat(),
            "site_note": "到现场协调电力接入和材料供应",
            "review_on": (monday + timedelta(days=4)).isoformat(),
            "review_note": "复盘本周事项,列出下周清单",
            "memo_no": f"BW-{team.code[2:]}-{monday:%m%d}",
            "memo_on": (monday + timedelta(days=4)).isoformat(),
            "memo_note": "明确责任单位和时限",
            "issues_raised": s.below(4),
            "issues_solved": s.below(3),
        }

    def survey(self, unit_code: str, survey_round: int) -> list[Row]:
        """approval_list of a round."""
        return survey_rows(self.units[unit_code], survey_round)


def _visit_day(helper: Helper, n: int, month: int) -> date | None:
    """The day of a helper's contact in the month; None for one who is arranged to be late."""
    day = first_day(month) + timedelta(days=n * 5 % 27)
    if helper.code not in LATE_HELPERS:
        return day
    newest = LATE_HELPERS[helper.code]
    return newest if newest is not None and first_day(month) <= newest <= last_day(month) else None


def month_key(month: int) -> str:
    return f"{FIRST_YEAR + month // 12}{month % 12 + 1:02d}"


def first_day(month: int) -> date:
    return date(FIRST_YEAR + month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """Last day of a month index."""
    year, number = FIRST_YEAR + month // 12, month % 12 + 1
    return date(year, number, monthrange(year, number)[1])
