"""The simulated city: every unit's projects with their trajectories, and the rows of any form, unit and month."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..model.programme import Programme
from .population import Project, population
from .project_identity import Identity, code_of, identify
from .published_facts import BUREAU, DECEMBER_2021, UnitFacts, unit_facts
from .returns import Row, StatusCodes, dispatch_row, project_row
from .stage_dates import Dispatch, dispatch
from .totals import city_rows, unit_rows
from .trajectories import invest, unit_path


@dataclass(frozen=True)
class UnitWorld:
    """One unit: `path` its YTD on the comparable basis by month index (万元); identities and records by project number."""

    facts: UnitFacts
    projects: list[Project]
    identities: list[Identity]
    records: dict[int, Dispatch]
    path: list[int]
    _sums: dict[tuple[int, str], int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def status_of_unit(self, month: int) -> list[Project]:
        return [p for p in self.projects if p.stands_in(month)]

    def ytd(self, month: int) -> int:
        """Raw YTD of the month's return: Σ of its projects."""
        return self.ytd_at(month, "")

    def ytd_at(self, month: int, county: str) -> int:
        """Of it: projects that lie in the territory of an administrative county (all where the code is empty)."""
        known = self._sums.get((month, county))
        if known is None:
            sites = self.identities
            status_of_unit = (p for p in self.status_of_unit(month) if sites[p.number].site_code.startswith(county))
            known = self._sums[month, county] = sum(p.ytd[month] for p in status_of_unit)
        return known


class World:
    """All units of the simulation, by code."""

    def __init__(self, programme: Programme) -> None:
        self.units: dict[str, UnitWorld] = {}
        for facts in unit_facts():
            projects = population(facts)
            path = unit_path(facts, programme.seasonal)
            invest(facts, projects, path)
            identities = identify(facts, projects, programme.codes)
            records = dispatch(facts, projects, identities, programme.seasonal)
            self.units[facts.unit_code] = UnitWorld(facts, projects, identities, records, path)
        self.status = StatusCodes(
            *(code_of(programme.codes, "status", name) for name in ("在建", "全部投产", "单纯购置"))
        )

    def rows(self, form: str, unit_code: str, month: int) -> list[Row]:
        """Rows of a form of a unit as it would send them, before anything is planted; empty where the unit sends no such form."""
        if form == "city_month":
            return city_rows(self.units, month) if unit_code == BUREAU else []
        unit = self.units.get(unit_code)
        if unit is None:
            return []
        if form == "project_month":
            return [
                project_row(p, unit.identities[p.number], month, self.status, unit_code)
                for p in unit.status_of_unit(month)
            ]
        if form == "unit_month":
            return unit_rows(self.units, unit_code, month)
        if form == "dispatch_month" and month > DECEMBER_2021:
            return [
                dispatch_row(p, unit.identities[p.number], unit.records[p.number], month, unit_code)
                for p in unit.projects
                if p.lists
            ]
        return []
