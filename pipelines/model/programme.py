"""A programme as a value: everything that distinguishes one city, province or country from another (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Literal

from .calendar import ReportingCalendar
from .concordance import NO_SUCCESSIONS, Concordance
from .dispatch_policy import DEFAULT_POLICY, DispatchPolicy
from .fields import Field
from .forms import FormLayout, Indicator, Role
from .measures import Measure, measure_of
from .notifications import Audience, ChannelKind, Contact
from .periods import Period
from .publication import DISCLOSURE, NO_IMPRINT, DisclosureRule, Imprint
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
class ChannelSpec:
    """A way out (channels.toml). `options` are the settings of the kind, as text; secrets come from SAIMA_CONN_<NAME>."""

    name: str
    kind: ChannelKind
    per_minute: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AlertSettings:
    """When messages go out (channels.toml); times are local to the programme. `alerts_from` None: nothing is ever sent."""

    alerts_from: Period | None = None
    default: str = ""
    quiet_from: time = time(21, 0)
    quiet_until: time = time(8, 0)
    digest_at: time = time(9, 0)
    max_attempts: int = 24
    board_url: str = ""

    def quiet(self, clock: time) -> bool:
        """Is this local time of day inside the quiet hours? They may run over midnight; equal bounds are none."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until


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


RankBy = Literal["levels", "official_growth"]
"""What places a unit: growth of its level on the base, or the growth its return (or the bureau) states, whatever is known of levels."""


@dataclass(frozen=True)
class FurtherIndicator:
    """An indicator that is ranked beside the lead one, by growth."""

    indicator: str
    unit_scope: str = ""
    min_base: Decimal = Decimal(0)
    rank_by: RankBy = "levels"


MethodName = Literal["SAIMA-1", "growth_rank", "rank_step", "ratio_cap", "target_gate", "minmax_60_40", "point_rules"]


@dataclass(frozen=True)
class Method:
    """How units are ranked (method.toml). `indicator` leads; `further` ones have tables of their own."""

    name: MethodName
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
    queries_each: Decimal = Decimal(0)
    min_library_projects: int = 3
    unit_scope: str = ""
    rank_by: RankBy = "levels"
    further: tuple[FurtherIndicator, ...] = ()
    rank_step: Decimal = Decimal(5)
    ratio_cap: Decimal = Decimal("1.2")
    plus_per_pp: Decimal = Decimal("0.2")
    minus_per_pp: Decimal = Decimal("0.1")
    rule_cap: Decimal = Decimal(10)
    snail_points: Decimal = Decimal(0)
    snail_cap: Decimal = Decimal(3)
    new_major_points: Decimal = Decimal(0)
    new_major_cap: Decimal = Decimal("1.5")
    disclosure: DisclosureRule = DISCLOSURE
    groups: Literal["", "kind", "size"] = ""
    """Peer groups with a rank inside: counties and zones, or sizes by base. `snail_points`, `new_major_points`: options, 0 = off."""


@dataclass(frozen=True)
class CodeLists:
    """Code lists valid for the programme: list name → code → Chinese name, and industries by edition."""

    lists: Mapping[str, Mapping[str, str]]
    industries: Mapping[str, str]


@dataclass(frozen=True)
class Programme:
    """A loaded, checked programme folder. `version` is the SHA-256 of the files that decide verdicts (part of their key).

    `contacts` are written to, `phones` only called (the printable call list). `language` comes first in templates and pages;
    `encodings` are tried for text files that are no UTF-8; `measures` are those the programme declares itself."""

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
    contacts: tuple[Contact, ...] = ()
    phones: tuple[Contact, ...] = ()
    channels: tuple[ChannelSpec, ...] = ()
    alerting: AlertSettings = AlertSettings()
    concordance: Concordance = NO_SUCCESSIONS
    dispatch: DispatchPolicy = DEFAULT_POLICY
    imprint: Imprint = NO_IMPRINT
    language: Literal["zh", "en"] = "zh"
    encodings: tuple[str, ...] = ("gb18030",)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    tiles: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Unit → (column, line) of its square in the tile grid of the public site; empty: no such figure."""

    province_areas: int | None = None
    """How many areas the city is ranked among in its province; None: not known."""
    whole_zh: str = ""
    whole_en: str = ""
    above_zh: str = "全省"
    above_en: str = "the province"

    @property
    def whole(self) -> tuple[str, str]:
        """What the whole is called in a sentence, Chinese and English with its article: 全市, the whole city."""
        if self.city_code and not self.whole_zh:
            return "全市", self.whole_en or "the whole city"
        return self.whole_zh or self.city_zh, self.whole_en or self.city_en

    def about(self, further: FurtherIndicator) -> Programme:
        """The programme as if it ranked this indicator alone, by growth; targets and dispatch data are about the lead one."""
        method = replace(
            self.method,
            name="growth_rank",
            indicator=further.indicator,
            unit_scope=further.unit_scope,
            min_base=further.min_base,
            rank_by=further.rank_by,
            indicators=(),
            further=(),
            groups="",
        )
        forms = {name: form for name, form in self.forms.items() if form.domain != "dispatch"}
        return replace(self, method=method, targets=(), forms=forms)

    def indicator(self, code: str) -> Indicator | None:
        """An indicator of the lead form."""
        form = self.forms.get(self.lead_form)
        return form.indicator(code) if form is not None else None

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of texts that stand below each other: both, or English alone."""
        return ("en",) if self.language == "en" else ("zh", "en")

    def measure(self, code: str) -> Measure:
        """What a unit of measure is called here and how its amounts are shown."""
        return measure_of(code, self.measures)

    def unit_target(self, unit_code: str, year: int) -> Decimal | None:
        """The unit's annual investment target in the method's measure; None where none is set."""
        for target in self.targets:
            if target.metric == "annual_investment" and target.scope == unit_code and target.window == str(year):
                return target.value
        return None

    def contacts_for(self, unit_code: str, form: str, audience: Audience) -> tuple[Contact, ...]:
        """Who of an audience is written to about a form of a unit; each address once per channel. Where the unit above sends for it
        and it has nobody of its own, the people of the one above."""
        index = self._contact_index
        found = [*index.get((audience, unit_code), ()), *index.get((audience, "*"), ())]
        own = [contact for contact in found if contact.form in ("*", form)]
        layout = self.forms.get(form)
        if not own and layout is not None and layout.covers == "children":
            unit = self.roster.get(unit_code)
            above = self.roster.get(unit.parent) if unit is not None and unit.parent else None
            return self.contacts_for(above.code, form, audience) if above is not None else ()
        return tuple({(contact.channel, contact.address): contact for contact in own}.values())

    @cached_property
    def _contact_index(self) -> Mapping[tuple[Audience, str], Sequence[Contact]]:
        """Contacts by audience and unit: a country has ten thousand of them, and every one of 2,850 units asks for its own."""
        index: dict[tuple[Audience, str], list[Contact]] = {}
        for contact in self.contacts:
            index.setdefault((contact.audience, contact.unit_code), []).append(contact)
        return index

    @property
    def own_fields(self) -> tuple[Field, ...]:
        """Columns that the programme's forms declare themselves; every process that reads its files declares them once."""
        return tuple(field for form in self.forms.values() for field in form.own)

    @property
    def scored_forms(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.forms.values() if f.scored and f.domain != "bureau")

    @cached_property
    def forms_in_order(self) -> tuple[str, ...]:
        """Forms in the order in which those of one period are validated: what others are compared with comes first."""
        return tuple(f.name for f in sorted(self.forms.values(), key=lambda f: (f.order, f.name)))

    def form_of(self, role: Role) -> FormLayout | None:
        """The form the ranking takes this role from; None where the programme has none."""
        return next((f for f in self.forms.values() if f.role == role), None)

    def form_name(self, role: Role) -> str:
        """Its name; "" where the programme has none."""
        layout = self.form_of(role)
        return layout.name if layout is not None else ""

    @property
    def lead_form(self) -> str:
        """The form the ranking's level comes from; its calendar is the month's calendar."""
        return self.form_name("level")
