"""Leaders, service teams and helpers of the simulation, all invented: who is in charge of which project, who helps which enterprise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from .population import Project
from .published_facts import BUREAU, JUNE_2022, LARGE_PLAN, spread
from .stream import Stream
from .unit_world import UnitWorld

HELPERS = {"city": 174, "county": 600, "township": 900}
"""Helpers by level: 1,674 in all (seed L18)."""
TEAM_UNITS = ("330402", "330421", "330481", "330483", "330472")
"""Units that set up a service team (seed L13: 海宁)."""

_SURNAMES = "沈陆钱姚朱徐金顾吴许陈王张李周俞潘费蒋方"
_GIVEN = "建国文斌晓明丽华志强春燕海峰敏杰伟红立新雪梅永康佳怡卫东玉兰"
_POSTS = ("区(县、市)委常委", "副区(县、市)长", "人大副主任", "政协副主席", "党委委员", "管委会副主任")
_DEPARTMENTS = {
    "city": ("市经信局", "市发改委", "市自然资源和规划局", "市财政局", "市人社局"),
    "county": ("经信局", "发改局", "市场监管局", "税务局"),
    "township": ("镇(街道)经济发展办", "镇(街道)投资服务中心"),
}

SILENT_SINCE = {"330421/2": None, "330483/3": date(2022, 6, 3)}
"""Project → newest action of its leader: none at all; one in June and none after."""
NO_LEADER = "330411/4"
DISPUTED = "330472/1"
"""A project of 港区 that 平湖 lists too, with a leader of its own: two at a time, seen over both files."""
SUCCEEDED = "330421/5"
"""Its leader is followed by another on 15 August."""
LATE_HELPERS = {"F-330411-0003": date(2022, 6, 4), "F-330424-0005": None}
"""Helper → newest visit: one in June and none after; none at all."""
LEFT_OUT = ("F-330411-0007", "F-330411-0008")
"""Missing in 秀洲's first roster, so that the sum differs from the published 1,674 until the second."""


@dataclass(frozen=True)
class Leader:
    """`level`: city (zones and the largest projects) or county."""

    code: str
    name: str
    post: str
    level: str


@dataclass(frozen=True)
class ServiceTeam:
    code: str
    name: str
    head: str


@dataclass(frozen=True)
class Helper:
    """`unit`: who sends the roster; `uscc`, `owner_name`, `place`: the enterprise helped and the unit it lies in."""

    code: str
    name: str
    level: str
    post: str
    department: str
    unit: str
    uscc: str
    owner_name: str
    place: str


def invented_name(key: str) -> str:
    """A name of three characters that belongs to nobody."""
    s = Stream(f"{key}/name")
    return s.choose(_SURNAMES) + s.choose(_GIVEN) + s.choose(_GIVEN)


class LoopPeople:
    """Everybody of the dispatch loop, by unit."""

    def __init__(self, units: Mapping[str, UnitWorld]) -> None:
        self._units = units

    @cached_property
    def library(self) -> dict[str, list[Project]]:
        """Library projects of each unit (≥ 10 亿), by number."""
        return {
            code: [p for p in unit.projects if p.lists and p.plan >= LARGE_PLAN] for code, unit in self._units.items()
        }

    def leader(self, p: Project) -> Leader:
        """The leader of a library project: one leads up to three of a unit; 晶科 has two phases and one leader."""
        place = [q.number for q in self.library[p.unit]].index(p.number)
        known = p.key in SILENT_SINCE
        number = 90 + place if known else 1 if p.special.startswith("晶科") else 2 + place // 3
        return made_leader(p.unit, number)

    @staticmethod
    def teams(unit_code: str) -> list[ServiceTeam]:
        if unit_code not in TEAM_UNITS:
            return []
        teams = [ServiceTeam(f"T-{unit_code}-1", "重大项目服务专班", invented_name(f"T-{unit_code}-1"))]
        if unit_code == "330481":
            teams.append(ServiceTeam("T-330481-2", "晶科项目服务专班", invented_name("T-330481-2")))
        return teams

    def team_of(self, p: Project) -> ServiceTeam | None:
        teams = self.teams(p.unit)
        return (teams[-1] if p.special.startswith("晶科") else teams[0]) if teams else None

    @cached_property
    def helpers(self) -> dict[str, list[Helper]]:
        """Roster of every unit; those of the city's departments stand under the bureau."""
        owners = {code: self._owners(unit) for code, unit in self._units.items()}
        weights = [len(own) for own in owners.values()]
        found: dict[str, list[Helper]] = {}
        shares = {level: spread(HELPERS[level], weights) for level in ("county", "township")}
        for place, (code, own) in enumerate(owners.items()):
            levels = [level for level in ("county", "township") for _ in range(shares[level][place])]
            found[code] = [_helper(code, n, level, own, code) for n, level in enumerate(levels, 1)]
        places = list(owners)
        found[BUREAU] = [
            _helper(BUREAU, n, "city", owners[places[n % len(places)]], places[n % len(places)])
            for n in range(1, HELPERS["city"] + 1)
        ]
        return found

    def helpers_at(self, unit_code: str) -> list[Helper]:
        """Helpers whose enterprise lies in the unit: they stand in its visit log."""
        city = [helper for helper in self.helpers[BUREAU] if helper.place == unit_code]
        return [*self.helpers[unit_code], *city]

    @staticmethod
    def _owners(unit: UnitWorld) -> Sequence[tuple[str, str]]:
        return [
            (unit.identities[p.number].uscc, unit.identities[p.number].owner_name)
            for p in unit.projects
            if p.stands_in(JUNE_2022)
        ]


def made_leader(unit_code: str, number: int) -> Leader:
    code = f"L-{unit_code}-{number:02d}"
    level = "city" if number == 1 else "county"
    return Leader(code, invented_name(code), "副市长" if number == 1 else Stream(code).choose(_POSTS), level)


def _helper(unit: str, number: int, level: str, owners: Sequence[tuple[str, str]], place: str) -> Helper:
    code = f"F-{unit}-{number:04d}"
    uscc, owner = owners[number * 7 % len(owners)]
    department = Stream(code).choose(_DEPARTMENTS[level])
    return Helper(code, invented_name(code), level, "助企服务员", department, unit, uscc, owner, place)
