"""Issues of the simulated enterprises from raising to assessment: those that the dispatch return counts, and a few of city departments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .loop_people import Helper, LoopPeople
from .published_facts import FIRST_YEAR
from .stream import Stream
from .unit_world import UnitWorld

CLASSES = {
    "土地指标": "land",
    "能耗指标": "energy_quota",
    "电站审批": "power",
    "建筑材料供应": "materials",
    "运输审批": "transport",
    "员工住宿": "housing",
    "资金": "funds",
    "能源保障": "energy",
    "用工": "labour",
}
MAJOR = ("land", "energy_quota", "power", "funds")
NOT_ASSESSED = "330482"
"""平湖 closes one issue without the enterprise's assessment: H11 asks."""


@dataclass(frozen=True)
class Issue:
    """Days None: not yet, or never. `handled_by`: unit or city_department (only the first counts for q)."""

    number: str
    project: int
    issue_class: str
    topic: str
    owner: str
    handled_by: str
    raised: date
    accepted: date
    handled: date
    closed: date | None
    assessed: date | None
    due: date
    helper: Helper | None
    team: str | None


def issues_of(unit: UnitWorld, people: LoopPeople) -> list[Issue]:
    """Every issue of the unit in 2022, in the order of the projects that have it."""
    code = unit.facts.unit_code
    helpers = people.helpers_at(code)
    teams = people.teams(code)
    found: list[Issue] = []
    for number, record in sorted(unit.records.items()):
        for month, in_time, topic in record.issues:
            k = len(found) + 1
            s = Stream(f"{code}/issue/{k}")
            due = date(FIRST_YEAR + month // 12, month % 12 + 1, s.between(12, 26))
            raised = due - timedelta(days=s.between(18, 34))
            accepted = raised + timedelta(days=s.between(0, 2))
            handled = accepted + timedelta(days=s.between(1, 5))
            closed = due - timedelta(days=s.between(0, 7)) if in_time else None
            if closed is None and k % 3 == 0:
                closed = due + timedelta(days=s.between(20, 50))
            found.append(
                Issue(
                    f"WT-{code}-{k:04d}",
                    number,
                    CLASSES[topic],
                    topic,
                    "属地经信局",
                    "unit",
                    raised,
                    accepted,
                    min(handled, closed) if closed else handled,
                    closed,
                    closed,
                    due,
                    helpers[k * 11 % len(helpers)] if k % 2 else None,
                    teams[0].code if teams and k % 4 == 0 else None,
                )
            )
    found += _of_city_departments(code, len(found), sorted(unit.records))
    if code == NOT_ASSESSED:
        found.append(_not_assessed(code, len(found) + 1, min(unit.records)))
    return found


def _of_city_departments(code: str, before: int, projects: list[int]) -> list[Issue]:
    """Two that wait for a department of the city: the unit does not answer for them."""
    owners = (("land", "土地指标", "市自然资源和规划局"), ("energy_quota", "能耗指标", "市发展改革委"))
    raised = date(2022, 6, 8)
    return [
        Issue(
            f"WT-{code}-{before + n:04d}",
            projects[n],
            kind,
            topic,
            owner,
            "city_department",
            raised,
            raised + timedelta(days=1),
            raised + timedelta(days=40),
            None,
            None,
            date(2022, 7, 6),
            None,
            None,
        )
        for n, (kind, topic, owner) in enumerate(owners, 1)
    ]


def _not_assessed(code: str, k: int, project: int) -> Issue:
    day = date(2022, 6, 6)
    return Issue(
        f"WT-{code}-{k:04d}",
        project,
        "housing",
        "员工住宿",
        "属地住建局",
        "unit",
        day,
        day,
        day + timedelta(days=2),
        day + timedelta(days=9),
        None,
        date(2022, 6, 20),
        None,
        None,
    )
