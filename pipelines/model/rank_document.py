"""ranking.json, the answer of `saima rank --json` and the content that is signed (DESIGN §8), one class a part.

Amounts, scores, points, weights and numerators are decimal strings in the measure of the document; growth rates and ratios are
numbers (fractions); what is absent or not public is null."""

from __future__ import annotations

from typing import Any, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict


@with_config(extra="forbid")
class CountedDocument(TypedDict):
    """A ratio as it was counted."""

    numerator: str | None
    denominator: str | None


@with_config(extra="forbid")
class IndicatorDocument(TypedDict):
    """One scored indicator of a unit: value of the ratio, points between 40 and 100, weight in use."""

    value: str | None
    points: str | None
    weight: str | None


@with_config(extra="forbid")
class UnansweredDocument(TypedDict):
    """Queries of a unit that nobody answered, against the rows it sent."""

    queries: int
    rows: int
    share: str | None


@with_config(extra="forbid")
class RankedUnitDocument(TypedDict):
    """One ranking unit; `growth` is computed from the levels, `growth_official` is what the table prints where it is known."""

    unit: str
    name: str
    name_en: str
    state: str
    rank: int | None
    score: str | None
    ytd: str | None
    base: str | None
    month: str | None
    annual_target: str | None
    growth: float | None
    growth_official: float | None
    growth_mark: NotRequired[str]
    growth_rank: int | None
    growth_change_pp: str | None
    movement: int | None
    shrunk_growth: float | None
    pull_pp: float | None
    contribution: float | None
    schedule_completion: float | None
    indicators: dict[str, IndicatorDocument]
    deductions: dict[str, str | None]
    counts: dict[str, CountedDocument | None]
    workdays_late: int
    unanswered: UnansweredDocument
    remarks: list[str]


@with_config(extra="forbid")
class CoverageDocument(TypedDict):
    """How many units a sum is of."""

    units: int
    of: int


@with_config(extra="forbid")
class CityDocument(TypedDict):
    """The whole (city, province, country) beside its units."""

    growth_mark: NotRequired[str]
    coverage: NotRequired[CoverageDocument]
    unit: str | None
    name: str
    name_en: str
    ytd: str | None
    base: str | None
    growth: float | None
    growth_official: float | None
    annual_target: str | None
    schedule_completion: float | None
    total_investment_growth: float | None
    rank_level_province: int | None
    rank_growth_province: int | None


@with_config(extra="forbid")
class ParentDocument(TypedDict):
    """A parent (city of counties): its own figure or the sum of its units, and what is between them."""

    unit: str
    name: str
    ytd: str | None
    base: str | None
    own: bool
    growth: float | None
    growth_mark: NotRequired[str]
    summed_ytd: str | None
    summed_base: str | None
    coverage: CoverageDocument
    residual: str | None


@with_config(extra="forbid")
class FurtherDocument(TypedDict):
    """The ranking of a further indicator."""

    indicator: str
    scope: str | None
    measure: str
    rank_by: str
    min_base: str | None
    city: CityDocument
    units: list[RankedUnitDocument]


@with_config(extra="forbid")
class AnchorDocument(TypedDict):
    """A scored indicator with its weight and the ratios that give 40, 80 and 100 points."""

    key: str
    zh: str
    en: str
    weight: str | None
    lo: str | None
    mid: str | None
    hi: str | None


@with_config(extra="forbid")
class ParametersDocument(TypedDict):
    """What the scores were computed with. `numbers`: those of method.toml that the method or a switched-on option uses beside."""

    n: int
    ranked: int
    median_base: str | None
    min_base: str | None
    city_base: str | None
    city_growth: str | None
    seasonal_share: str | None
    kappa: str | None
    late_per_workday: str | None
    late_cap: str | None
    queries_factor: str | None
    queries_cap: str | None
    queries_each: str | None
    anchors: list[AnchorDocument]
    numbers: NotRequired[dict[str, str]]


@with_config(extra="forbid")
class ComparedEdition(TypedDict):
    """The edition that movements are counted from."""

    edition: str | None
    method: str
    basis: str
    same_method: bool


@with_config(extra="forbid")
class ChangedCell(TypedDict):
    """A cell that differs from the edition that is corrected; null where the unit was not there. `table`: ranking (the units and the
    whole), parents, anchors, parameters, or a further indicator; absent in editions of earlier code, which list `ranking` alone."""

    table: NotRequired[str]
    unit: str
    name: str
    field: str
    before: Any
    after: Any


@with_config(extra="forbid")
class TextPair(TypedDict):
    """A text in Chinese and in English."""

    zh: str
    en: str


@with_config(extra="forbid")
class OverrulingDocument(TypedDict):
    """A signed decision: to publish in spite of what blocks (`figure`), why an edition corrects another (`correction`), that the
    period is settled (`final`)."""

    kind: str
    about: str
    reason: str
    by: str
    at: str


@with_config(extra="forbid")
class SignatureDocument(TypedDict):
    """Who approved in which role."""

    role: str
    name: str
    at: str
    demonstration: bool


@with_config(extra="forbid")
class ImprintDocument(TypedDict, total=False):
    """What the edition says of itself beside its signatures; only what is given."""

    source: str
    source_en: str
    author: str
    co_authors: list[str]
    editor: str
    mail: str
    hotline: str


@with_config(extra="forbid")
class FunnelStageDocument(TypedDict):
    """Projects of the dispatch library in one stage: that have it, came through it, were due to, are overdue, work on it now."""

    stage: str
    zh: str
    projects: int
    reached: int
    due: int
    overdue: int
    in_stage: int


@with_config(extra="forbid")
class RankDocument(TypedDict):
    """The whole edition."""

    period: str
    edition: str
    edition_number: int
    revision: int
    figures: str
    state: str
    programme: str
    simulated: bool
    demonstration: bool
    method: str
    method_version: str
    basis: str
    indicator: str
    scope: str | None
    measure: str
    parameters: ParametersDocument
    city: CityDocument
    compared_with: ComparedEdition | None
    units: list[RankedUnitDocument]
    withheld: list[TextPair]
    notes: list[TextPair]
    blocking: list[TextPair]
    decisions: list[OverrulingDocument]
    drafted_at: str
    published_at: str | None
    signatures: list[SignatureDocument]
    imprint: NotRequired[ImprintDocument]
    content_hash: str
    corrects: NotRequired[str]
    changes: NotRequired[list[ChangedCell]]
    parents: NotRequired[list[ParentDocument]]
    further: NotRequired[list[FurtherDocument]]
    funnel: NotRequired[list[FunnelStageDocument]]
