"""Survey rounds (排摸, L22): approved projects that stand in no statistics, and the newly found of 10 亿 and more."""

from __future__ import annotations

from datetime import date

from .project_identity import Identity
from .published_facts import NEW_FOUND
from .returns import Row
from .stream import Stream
from .unit_world import UnitWorld

FIRST_ROUND, SECOND_ROUND = date(2022, 6, 10), date(2022, 8, 12)
SURVEYED = {1: ("330402", "330411", "330421", "330481", "330483"), 2: ("330421", "330481")}
"""Round → units that send it."""
STARTED_UNSEEN = 0
"""The first invented project of a unit's round has started and stands in no statistics; the second has not started."""


def survey_rows(unit: UnitWorld, survey_round: int) -> list[Row]:
    """The unit's list of the round. In the second the project of the first is entered and gone; another one was found."""
    rows: list[Row] = []
    if survey_round == 1:
        rows += [_found(unit.identities[p.number], p.plan) for p in unit.projects if NEW_FOUND in p.lists]
    serial = 900 + 10 * survey_round
    return [*rows, *(_invented(unit, survey_round, serial + n, n == STARTED_UNSEEN) for n in range(2))]


def unseen_code(unit_code: str, survey_round: int) -> str:
    """Code of the project that has started and stands in no statistics."""
    return _code(unit_code, 900 + 10 * survey_round)


def _code(unit_code: str, serial: int) -> str:
    return f"2204-{unit_code}-04-01-{serial:06d}"


def _found(identity: Identity, plan: int) -> Row:
    return {
        "survey_round": 1,
        "project_code": identity.project_code,
        "project_name": identity.project_name,
        "owner_name": identity.owner_name,
        "uscc": identity.uscc,
        "industry_code": identity.industry_code,
        "site_code": identity.site_code,
        "plan_total": plan,
        "approval_kind": "filing",
        "approved_on": "2022-02-18",
        "start_on": "2022-03-28",
        "survey_source": "投资项目在线审批监管平台",
        "newly_found": "yes",
    }


def _invented(unit: UnitWorld, survey_round: int, serial: int, started: bool) -> Row:
    code = unit.facts.unit_code
    s = Stream(f"{code}/survey/{serial}")
    begun = "2022-04-12" if survey_round == 1 else "2022-07-05"
    return {
        "survey_round": survey_round,
        "project_code": _code(code, serial),
        "project_name": f"排摸项目{serial}号年产{s.between(2, 9)}万套精密零部件项目",
        "plan_total": s.between(3_000, 9_000),
        "industry_code": "3484",
        "approval_kind": "filing",
        "approved_on": "2022-04-01" if survey_round == 1 else "2022-06-20",
        "start_on": begun if started else None,
        "survey_source": "镇(街道)实地排摸",
        "newly_found": "yes",
    }
