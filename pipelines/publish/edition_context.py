"""What an edition says about itself beside the ranking: identity, state, instants, signatures, inputs, findings printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ..model.calendar import local_text
from ..model.lifecycle import FunnelStage
from ..model.periods import Period
from ..model.programme import Programme
from ..model.publication import DecisionKind
from ..model.ranking import Ranking
from .figures import Display
from .figures import display as display_of

EditionState = Literal["draft", "published"]


@dataclass(frozen=True)
class PrintedSignature:
    """One sign-off. `demonstration`: given by the programme's demo approver, and printed as such."""

    role: str
    name: str
    at: datetime
    demonstration: bool = False


@dataclass(frozen=True)
class InputUsed:
    """A submission the edition rests on."""

    submission_id: str
    unit_code: str
    form: str
    version: int


@dataclass(frozen=True)
class PreviousPlace:
    """A unit in the edition of the reporting period before: its rank and printed growth (fraction)."""

    rank: int | None
    growth: Decimal | None


@dataclass(frozen=True)
class BilingualText:
    """A sentence for readers, Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True)
class Restatement:
    """A comparable base that the bureau restated: of which area, why, approved when."""

    name: str
    name_en: str
    reason: str
    approved_on: date | None


@dataclass(frozen=True)
class MonthCorrection:
    """Corrections of closed months in a unit's cumulative figure, by reason: projects and their sum in the form's measure; no sum
    where it would say what one project did."""

    name: str
    name_en: str
    reason: str
    projects: int
    amount: Decimal | None


@dataclass(frozen=True)
class PartialReturn:
    """A return of which `held` of `rows` data rows were not accepted."""

    name: str
    name_en: str
    form: str
    form_en: str
    held: int
    rows: int


@dataclass(frozen=True)
class PlanDeviation:
    """How many plans of a unit differ from those frozen: dates of `stages`, planned `amounts` by project, stages `waived` later,
    projects `gone` without an exit decision; `advanced`: planned investment of the major projects that
    have no plan by month is scored as last month's plan lets expect."""

    name: str
    name_en: str
    stages: int
    amounts: int
    waived: int
    gone: int
    advanced: bool = False


@dataclass(frozen=True)
class Overruling:
    """A signed decision to publish what the publication gate had stopped."""

    about: BilingualText
    reason: str
    by: str
    at: datetime
    kind: DecisionKind = "figure"


@dataclass(frozen=True)
class Told:
    """What the readers are told beside the ranking; everything here is under the signed hash."""

    restatements: tuple[Restatement, ...] = ()
    corrections: tuple[MonthCorrection, ...] = ()
    partial: tuple[PartialReturn, ...] = ()
    plans: tuple[PlanDeviation, ...] = ()
    decisions: tuple[Overruling, ...] = ()
    withheld: tuple[tuple[str, str], ...] = ()
    """Units that disclosure control keeps back, Chinese and English name."""
    uncounted: tuple[tuple[str, str], ...] = ()
    """Units that are published although nothing is known of their contributors."""


@dataclass(frozen=True)
class EditionContext:
    """Everything of an edition that is not the ranking. Instants are aware; they are the only times the edition knows.

    `told`: printed for readers (see `readers_notes`). `blocking`: what keeps a draft from being signed, printed on drafts alone.
    `audit_log`: number and hash of the newest entry of the audit log when the edition was published.
    `number`: 1 for the first edition of the period. `previous`: by unit code, from `previous_edition`, ranked by
    `previous_method` (method, basis; None: as this one); empty where there is no earlier edition.
    `corrects`: id and document of the edition of the same period that is published already.
    """

    edition_id: str
    period: Period
    programme: Programme
    rules_version: str
    drafted_at: datetime
    number: int = 1
    state: EditionState = "draft"
    published_at: datetime | None = None
    signatures: tuple[PrintedSignature, ...] = ()
    freeze: datetime | None = None
    inputs: tuple[InputUsed, ...] = ()
    audit_log: tuple[int, str] | None = None
    told: Told = Told()
    blocking: tuple[BilingualText, ...] = ()
    previous: Mapping[str, PreviousPlace] = field(default_factory=dict)
    previous_edition: str | None = None
    previous_method: tuple[str, str] | None = None
    corrects: tuple[str, Mapping[str, object]] | None = None
    revision: int = 0
    """How many editions of the period were published before this one: r0, r1 …"""
    final: bool = False
    """正式: the figures are settled; else 初步, provisional."""
    code_version: str = ""
    further: tuple[tuple[Programme, Ranking], ...] = ()
    """Rankings of further indicators, each with the programme as if it ranked that one alone."""
    funnel: tuple[FunnelStage, ...] = ()
    """The six stages of the dispatch library, counts alone; empty where there is none."""

    def about(self, programme: Programme) -> EditionContext:
        """The context of one of the further rankings: what was found, printed and ranked before is about the lead indicator."""
        return replace(self, programme=programme, told=Told(), previous={}, corrects=None, further=(), funnel=())

    @property
    def demonstration(self) -> bool:
        return any(signature.demonstration for signature in self.signatures)

    @property
    def measure(self) -> str:
        """Measure of the ranked indicator, as its form declares it: wan_yuan, USD …"""
        form = self.programme.forms[self.programme.lead_form]
        declared = (i.measure for i in form.indicators if i.code == self.programme.method.indicator)
        return next(declared, form.measure)

    @property
    def display(self) -> Display:
        """How amounts of that measure are shown here."""
        return display_of(self.programme.measure(self.measure))

    @property
    def indicator_names(self) -> tuple[str, str]:
        """Chinese and English name of the ranked indicator."""
        code = self.programme.method.indicator
        form = self.programme.forms[self.programme.lead_form]
        return next(((i.zh, i.en) for i in form.indicators if i.code == code), (code, code))

    def local(self, moment: datetime) -> str:
        """An instant as the programme's people write it, to the minute, with its zone."""
        zone = self.programme.time_zone
        return f"{local_text(moment, zone)} {zone}"
