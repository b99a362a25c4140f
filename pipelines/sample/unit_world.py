"""One unit of the simulated city: its projects with their trajectories."""

from __future__ import annotations

from dataclasses import dataclass, field

from .population import Project
from .project_identity import Identity
from .published_facts import UnitFacts
from .stage_dates import Dispatch


@dataclass(frozen=True)
class UnitWorld:
    """One unit: `path` its YTD on the comparable basis by month index (万元); identities and records by project number."""

    facts: UnitFacts
    projects: list[Project]
    identities: list[Identity]
    records: dict[int, Dispatch]
    path: list[int]
    _sums: dict[tuple[int, str], int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def active_projects(self, month: int) -> list[Project]:
        return [p for p in self.projects if p.stands_in(month)]

    def ytd(self, month: int) -> int:
        """Raw YTD of the month's return: Σ of its projects."""
        return self.ytd_at(month, "")

    def ytd_at(self, month: int, county: str) -> int:
        """Of it: projects that lie in the territory of an administrative county (all where the code is empty)."""
        known = self._sums.get((month, county))
        if known is None:
            sites = self.identities
            active_projects = (p for p in self.active_projects(month) if sites[p.number].site_code.startswith(county))
            known = self._sums[month, county] = sum(p.ytd[month] for p in active_projects)
        return known
