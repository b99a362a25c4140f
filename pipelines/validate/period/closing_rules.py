"""What the rules across units look at: the rows that count in a period, by unit, indicator and scope."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa

from expectations.rule import Rule

from ...model.findings import Finding
from ...model.formulas import growth
from ...model.loading import SubmissionRow
from ...model.periods import Period
from ...model.programme import Programme
from ...model.scopes import same_scope, scope_key
from ...model.units import Unit
from ..explanations import adequate
from ..finding_texts import FindingLocation, finding, plain, unit_of

NAMED = 20
"""Units that a reason names."""


class NotApplicable(Exception):
    """The rule cannot be asked; the text is the reason, Chinese / English."""


@dataclass(frozen=True)
class PeriodFinding:
    """A finding, the unit it is addressed to, and the submission its row stands in (None: no submission of that unit)."""

    unit_code: str
    submission_id: str | None
    finding: Finding


@dataclass(frozen=True)
class Figure:
    """One row of unit_month or city_month. `area` is the unit or the city; amounts in the row's measure."""

    area: str
    indicator: str
    scope: str
    values: Mapping[str, Any]

    @property
    def ytd(self) -> Decimal | None:
        value: Decimal | None = self.values["ytd"]
        return value

    @property
    def base(self) -> Decimal | None:
        value: Decimal | None = self.values.get("base")
        return value


@dataclass(frozen=True)
class LedProject:
    """A project of the dispatch library with how many leaders and service teams it has."""

    unit_code: str
    project_code: str
    project_name: str
    leaders: int
    teams: int


@dataclass(frozen=True)
class DispatchRegister:
    """What the dispatch loop keeps beyond the month's returns: `members`, list code → project codes with what was decided; `led`, the
    projects of the library (None: nobody keeps leaders and teams)."""

    members: Mapping[str, frozenset[str]]
    led: tuple[LedProject, ...] | None = None


@dataclass(frozen=True)
class Beside:
    """What a closing knows beyond the current rows: the ledger's `versions` of the period as of the closing (None: no ledger),
    the rows of the unit_month versions `at_due`, and the current rows of the same month of `last_year`; for the to-do list the
    `register` of the dispatch loop."""

    versions: tuple[SubmissionRow, ...] | None = None
    at_due: Mapping[str, pa.Table] = dataclass_field(default_factory=dict)
    last_year: Mapping[str, pa.Table] = dataclass_field(default_factory=dict)
    register: DispatchRegister | None = None


_SHARED = ("submission_id", "sheet", "row_no", "indicator", "scope", "ytd", "measure", "explanation")


class Closing:
    """The current rows of a period, indexed."""

    def __init__(
        self, period: str, programme: Programme, current: Mapping[str, pa.Table], beside: Beside | None = None
    ) -> None:
        self.period = Period.parse(period)
        self.programme = programme
        self.beside = beside or Beside()
        self._current = current
        self._submissions: dict[str, dict[str, str]] = {}
        self.undecided: list[str] = []
        """What the rule in hand could not ask because a figure is missing, beside what it asked: Chinese / English."""

    @property
    def measure(self) -> str:
        lead = self.programme.form_of("level")
        return lead.measure if lead else ""

    @property
    def level(self) -> str:
        """Name of the form with the ranked cumulative; `base` and `detail` likewise, "" where the programme has none."""
        return self.programme.lead_form

    @property
    def base(self) -> str:
        return self.programme.form_name("base")

    @property
    def detail(self) -> str:
        return self.programme.form_name("detail")

    def rows(self, form: str) -> pa.Table | None:
        """Current rows of the form; None where there are none."""
        table = self._current.get(form)
        return table if table is not None and table.num_rows else None

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        return self.programme.roster.ranked_at(self.period)

    @cached_property
    def bureau(self) -> str:
        """The unit questions to the city go to."""
        bureaus = self.programme.roster.bureaus()
        return bureaus[0].code if bureaus else self.programme.city_code or ""

    @cached_property
    def reported(self) -> tuple[Figure, ...]:
        """Rows of unit_month."""
        return self._figures(self.level, "unit_code", ("ytd_last_year",))

    @cached_property
    def official(self) -> tuple[Figure, ...]:
        """Rows of city_month; NotApplicable where there is none."""
        if self.rows(self.base) is None:
            raise NotApplicable("没有市局的 city_month / there is no city_month of the bureau")
        return self._figures(self.base, "area_code", ("base", "growth_official"))

    def _figures(self, form: str, area: str, more: tuple[str, ...]) -> tuple[Figure, ...]:
        return self.figures_of(self.rows(form), area, more)

    def figures_of(
        self, table: pa.Table | None, area: str = "unit_code", more: tuple[str, ...] = ()
    ) -> tuple[Figure, ...]:
        """Rows of a long form, those without area or indicator left out."""
        if table is None:
            return ()
        return tuple(
            Figure(row[area], row["indicator"], row["scope"] or "", row)
            for row in table.select([area, *_SHARED, *more]).to_pylist()
            if row[area] and row["indicator"]
        )

    def of_unit(self, unit: str, indicator: str, scope: str) -> Figure | None:
        """The unit's own figure; '' for any scope."""
        return next((f for f in self._reported_by.get((unit, indicator), ()) if same_scope(f.scope, scope)), None)

    def of_area(self, area: str, indicator: str, scope: str) -> Figure | None:
        """The bureau's figure of an area: a row of the wanted scope, else one without scope."""
        fits = self._official_by.get((area, indicator), ())
        exact = next((f for f in fits if same_scope(f.scope, scope)), None)
        return exact or next((f for f in fits if not f.scope), None)

    @cached_property
    def _reported_by(self) -> dict[tuple[str, str], list[Figure]]:
        return _indexed(self.reported)

    @cached_property
    def _official_by(self) -> dict[tuple[str, str], list[Figure]]:
        return _indexed(self.official)

    @cached_property
    def city_growth(self) -> Decimal | None:
        """Growth of the whole city on the ranked indicator, from levels of city_month."""
        method = self.programme.method
        city = self.of_area(self.programme.city_code or "", method.indicator, method.unit_scope)
        if city is None:
            return None
        computed, stated = growth(city.ytd, city.base), city.values.get("growth_official")
        return Decimal(repr(stated)) if computed is None and stated is not None else computed

    def scopes(self, indicator: str) -> list[str]:
        """Scopes of the city's rows of an indicator, as written, one a scope."""
        found: dict[str, str] = {}
        for figure in self._official_by.get((self.programme.city_code or "", indicator), ()):
            found.setdefault(scope_key(figure.scope), figure.scope)
        return list(found.values())

    def indicator_name(self, code: str, english: bool = False) -> str:
        for form in self.programme.forms.values():
            for indicator in form.indicators:
                if indicator.code == code:
                    return indicator.en if english else indicator.zh
        return code

    def form_name(self, form: str, english: bool = False) -> str:
        layout = self.programme.forms.get(form)
        return (layout.en if english else layout.zh) if layout else form

    def unit_name(self, code: str) -> str:
        unit = self.programme.roster.get(code)
        if unit is not None and unit.kind != "bureau":
            return self.programme.roster.label(unit)
        return self.programme.city_zh if code == self.programme.city_code else code

    def unit_names(self, codes: Collection[str]) -> str:
        """By name, and how many where they are many."""
        names = "、".join(self.unit_name(code) for code in sorted(codes)[:NAMED])
        return names if len(codes) <= NAMED else f"{names}等 {len(codes)} 个单位"

    def submission_of(self, form: str, unit: str) -> str | None:
        """Current submission of a unit's form."""
        if form not in self._submissions:
            table = self.rows(form)
            known = table.select(["unit_code", "submission_id"]) if table is not None else None
            pairs = (
                known.group_by(["unit_code", "submission_id"]).aggregate([]).to_pylist() if known is not None else []
            )
            self._submissions[form] = {pair["unit_code"]: pair["submission_id"] for pair in pairs}
        return self._submissions[form].get(unit)

    def about(
        self,
        rule: Rule,
        figure: Figure,
        field: str,
        zh: dict[str, Any],
        en: dict[str, Any] | None = None,
        kind: str = "",
        to: str | None = None,
    ) -> PeriodFinding:
        """A query about one figure, addressed to its area (or `to`), answered by the row's explanation."""
        templates = rule.kinds[kind] if kind else (rule.message_zh, rule.message_en)
        value = figure.values.get(field)
        place = FindingLocation(figure.values.get("sheet") or "", "", figure.values.get("row_no"), field, plain(value))
        measure = figure.values.get("measure") or self.measure
        shared_zh = {"indicator": self.indicator_name(figure.indicator), "unit": unit_of(measure), **zh}
        shared_en = {
            "indicator": self.indicator_name(figure.indicator, english=True),
            "unit": unit_of(measure, True),
            **(en or {}),
        }
        made = finding(
            rule,
            templates,
            place,
            shared_zh,
            shared_en,
            severity="query",
            answered=adequate(figure.values.get("explanation")),
        )
        return PeriodFinding(to or figure.area, figure.values["submission_id"], made)


def _indexed(figures: tuple[Figure, ...]) -> dict[tuple[str, str], list[Figure]]:
    found: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        found.setdefault((figure.area, figure.indicator), []).append(figure)
    return found
