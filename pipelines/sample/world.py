"""The simulated city: every unit's projects with their trajectories, and the rows of any form, unit and month."""

from __future__ import annotations

from ..model.programme import Programme
from .population import population
from .project_identity import code_of, identify
from .published_facts import BUREAU, DECEMBER_2021, unit_facts
from .returns import Row, StatusCodes, dispatch_row, project_row
from .stage_dates import dispatch
from .totals import city_rows, unit_rows
from .trajectories import invest, unit_path
from .unit_world import UnitWorld


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
                for p in unit.active_projects(month)
            ]
        if form == "unit_month":
            return unit_rows(self.units, unit_code, month)
        if form == "dispatch_month" and month > DECEMBER_2021:
            known = {q.special: unit.identities[q.number].project_code for q in unit.projects if q.special}
            parent = known.get("晶科", "")
            return [
                dispatch_row(
                    p,
                    unit.identities[p.number],
                    unit.records[p.number],
                    month,
                    unit_code,
                    parent if p.special == "晶科二期" else "",
                )
                for p in unit.projects
                if p.lists
            ]
        return []
