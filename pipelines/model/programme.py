"""A programme as a value: everything that distinguishes one city, province or country from another (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from .calendar import ReportingCalendar
from .forms import FormLayout
from .periods import Period
from .units import UnitMember, UnitRoster


@dataclass(frozen=True)
class Target:
    """A target (targets.csv): unit targets carry `scope` = unit code, city targets the city's code. Value in 万元 or a fraction."""

    metric: str
    scope: str
    operator: Literal[">=", ">", "<=", "<", "="]
    value: Decimal
    window: str
    accumulate_from: Period | None
    comparator: str = ""


@dataclass(frozen=True)
class ListMembership:
    """A project on a list from a date on (lists.csv): 724, 78, 5 and others are dated tags (seed L23–L25, L35)."""

    list_code: str
    project_code: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True)
class Source:
    """Where files come from (sources.toml). `location` of a drop folder may be relative to SAIMA_HOME."""

    name: str
    kind: str
    location: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class ScoredIndicator:
    """An indicator of a method: weight in percent and the anchors lo → mid → hi of the efficacy function (domain.md §4.2)."""

    key: str
    zh: str
    en: str
    weight: Decimal
    lo: Decimal
    mid: Decimal
    hi: Decimal


@dataclass(frozen=True)
class Method:
    """How units are ranked (method.toml)."""

    name: Literal["SAIMA-1", "growth_rank"]
    indicator: str
    base_source: Literal["bureau", "submission"]
    signatures: tuple[str, ...]
    public_ranking: bool
    show_levels: bool
    min_base: Decimal = Decimal(0)
    kappa: Decimal = Decimal("0.10")
    score_from_month: int = 4
    indicators: tuple[ScoredIndicator, ...] = ()
    late_per_workday: Decimal = Decimal("0.5")
    late_cap: Decimal = Decimal(2)
    queries_factor: Decimal = Decimal(2)
    queries_cap: Decimal = Decimal(2)
    min_library_projects: int = 3
    unit_scope: str = ""


@dataclass(frozen=True)
class CodeLists:
    """Code lists valid for the programme: list name → code → Chinese name, and industries by edition."""

    lists: Mapping[str, Mapping[str, str]]
    industries: Mapping[str, str]


@dataclass(frozen=True)
class Programme:
    """A loaded, checked programme folder. `version` is the SHA-256 of its files (part of every verdict's key)."""

    name: str
    zh: str
    en: str
    path: Path
    version: str
    time_zone: str
    city_code: str | None
    city_zh: str
    city_en: str
    simulated: bool
    roster: UnitRoster
    members: tuple[UnitMember, ...]
    calendar: ReportingCalendar
    seasonal: Mapping[int, Decimal]
    targets: tuple[Target, ...]
    lists: tuple[ListMembership, ...]
    sources: tuple[Source, ...]
    method: Method
    forms: Mapping[str, FormLayout]
    codes: CodeLists
    contacts: tuple[Mapping[str, str], ...] = ()
    alerts_from: Period | None = None

    def unit_target(self, unit_code: str, year: int) -> Decimal | None:
        """The unit's annual investment target in the method's measure; None where none is set."""
        for target in self.targets:
            if target.metric == "annual_investment" and target.scope == unit_code and target.window == str(year):
                return target.value
        return None

    @property
    def scored_forms(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.forms.values() if f.scored and f.domain != "bureau")

    @property
    def lead_form(self) -> str:
        """The form the ranking's level comes from; its calendar is the month's calendar."""
        return "unit_month"
