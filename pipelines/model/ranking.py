"""What indicators hands to ranking and ranking to publish: inputs, city figures, ranked units (DESIGN §8 `rank`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from .formulas import growth
from .programme import ScoredIndicator
from .value_marks import Meaning

INDICATORS: tuple[str, ...] = (
    "growth",
    "excess_pull",
    "schedule_completion",
    "major_projects",
    "new_starts",
    "stage_punctuality",
    "service",
)
"""The seven indicators of SAIMA-1, in the order of domain.md §4.2."""

DISPATCH_INDICATORS: tuple[str, ...] = ("major_projects", "new_starts", "stage_punctuality", "service")
"""Those counted from dispatch_month (administrative data); the 经信局 signs for them (domain_decisions §6)."""

DEDUCTIONS: tuple[str, ...] = ("late", "unanswered_queries")
OPTIONAL_DEDUCTIONS: tuple[str, ...] = ("snails", "new_major_bonus")
"""Options of domain_decisions §4, there only where the method switches them on; the bonus is negative: it is added."""

SUPPRESSED = "不予公布"
"""The remark of a unit whose figures are kept back on purpose."""

RowState = Literal["scored", "missing", "rejected", "unranked"]
"""Missing and rejected units have no rank (domain_decisions §4); unranked ones have reported, but no figure that could be placed."""

REMARKS: dict[str, str] = {
    "未报": "no accepted return",
    "审核未通过": "return rejected",
    "迟报": "late",
    "逾期未更正": "sent in time, not corrected in time",
    "并列": "tied",
    "部分采用": "accepted in part",
    "无排名指标": "no figure for the ranked indicator",
    "无公布增速": "no stated growth",
    "只报增速": "growth alone reported, no level",
    "排名行未采用": "the row of the ranked indicator was held back",
    SUPPRESSED: "suppressed",
    "暂缺": "not available",
    "指标行矛盾": "contradicting rows of the ranked indicator",
    "调度未报": "no dispatch return; its indicators count as 0",
    "调度未通过": "dispatch return rejected; its indicators count as 0",
    "无可比基数": "no comparable base",
    "基数过小": "base too small for a growth rate",
    "本期完成为零": "no investment so far; growth and pull score 40",
    "无可评指标": "nothing to score",
}
"""Every remark the table may carry, with its English."""


@dataclass(frozen=True)
class UnitState:
    """Where a ranking unit's returns stood when the month closed.

    `state` is that of the return the level comes from, `lead_quarantined` whether rows of it were held back. `missing_forms`:
    scored forms without an accepted submission. `unanswered_share`: share of the unit's rows that carry a query without an
    explanation, 0–1.
    """

    state: Literal["accepted", "missing", "rejected"]
    workdays_late: int = 0
    late: bool = False
    unanswered_share: Decimal = Decimal(0)
    quarantined: bool = False
    unanswered_queries: int = 0
    data_rows: int = 0
    lead_quarantined: bool = False
    missing_forms: tuple[str, ...] = ()
    rejected_forms: tuple[str, ...] = ()
    sent_in_time: bool = False
    """Late only because what came in time was rejected and not corrected in time."""


@dataclass(frozen=True)
class Ratio:
    """An indicator as counted. `value` is None when the denominator is zero: there was nothing to measure."""

    numerator: Decimal
    denominator: Decimal

    @property
    def value(self) -> Decimal | None:
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class UnitInputs:
    """All that a method may look at of one unit. Amounts in the method's measure, year to date; None = not known or not
    applicable. `growth_official` is the published rate, a fraction; `month` the increment of the month; `official_ytd` the
    bureau's own total. `unanswered_queries` of the unit's `data_rows` rows make up `unanswered_share`."""

    unit_code: str
    name: str
    base: Decimal | None
    ytd: Decimal | None
    annual_target: Decimal | None = None
    growth_official: Decimal | None = None
    major_projects: Ratio | None = None
    new_starts: Ratio | None = None
    stage_punctuality: Ratio | None = None
    service: Ratio | None = None
    workdays_late: int = 0
    unanswered_share: Decimal = Decimal(0)
    state: RowState = "scored"
    late: bool = False
    month: Decimal | None = None
    remarks: tuple[str, ...] = ()
    official_ytd: Decimal | None = None
    unanswered_queries: int = 0
    data_rows: int = 0
    name_en: str = ""
    sent_in_time: bool = False
    growth_mark: Meaning | None = None
    """What stands in place of a growth rate: the base is negative, or the sign has changed."""
    snail_projects: int = 0
    new_major_projects: int = 0
    """Counted from dispatch where the method's options use them."""
    growth_computed: Decimal | None = None
    """The rate of the levels, as printed, where the levels themselves are not told."""

    @property
    def printed_growth(self) -> Decimal | None:
        """The growth column of the table: the official rate where there is one, else C/B* − 1; None for a unit without a figure, or
        with a word in its place."""
        if self.state != "scored" or self.growth_mark is not None:
            return None
        if self.growth_official is not None:
            return self.growth_official
        computed = growth(self.ytd, self.base)
        return self.growth_computed if computed is None else computed

    def counted(self, indicator: str) -> Ratio | None:
        """The ratio behind one of DISPATCH_INDICATORS."""
        ratio: Ratio | None = getattr(self, indicator)
        return ratio


@dataclass(frozen=True)
class CityFigures:
    """The whole city (country): from the bureau's city table, or summed over the reporting units that have a base where
    the programme has no bureau. Amounts in the method's measure, rates fractions."""

    code: str | None
    zh: str
    en: str
    ytd: Decimal | None
    base: Decimal | None
    growth_official: Decimal | None
    total_growth: Decimal | None = None
    """Official growth of total fixed-asset investment, for comparison."""
    rank_level_province: int | None = None
    rank_growth_province: int | None = None
    annual_target: Decimal | None = None
    growth_mark: Meaning | None = None
    covered: tuple[int, int] | None = None
    """(units in the total, units that should be) where the total is not of all; None where it is, or is the bureau's own."""
    whole: tuple[str, str] = ("", "")
    above: tuple[str, str] = ("全省", "the province")
    """What the whole, and what it is a part of, are called in a sentence (programme.toml); for the whole '' is 全市 of a city, else
    its name."""

    @property
    def whole_name(self) -> tuple[str, str]:
        if self.whole != ("", ""):
            return self.whole
        return ("全市", "the whole city") if self.code else (self.zh, self.en)


@dataclass(frozen=True)
class IndicatorScore:
    """`value`: what was scored; `points`: E of 40–100; `weight` in percent after spreading. None, None, 0: n.a."""

    value: Decimal | None
    points: Decimal | None
    weight: Decimal


NOT_APPLICABLE = IndicatorScore(None, None, Decimal(0))


@dataclass(frozen=True)
class RankedUnit:
    """One line of the table. Rates are fractions, `pull_pp` percentage points; `growth` = C/B* − 1; `growth_rank` is
    the place of the printed growth column."""

    inputs: UnitInputs
    rank: int | None
    growth_rank: int | None
    score: Decimal | None
    growth: Decimal | None
    shrunk_growth: Decimal | None
    pull_pp: Decimal | None
    contribution: Decimal | None
    schedule_completion: Decimal | None
    indicators: Mapping[str, IndicatorScore]
    deductions: Mapping[str, Decimal]
    remarks: tuple[str, ...]

    @property
    def unit_code(self) -> str:
        return self.inputs.unit_code

    @property
    def name(self) -> str:
        return self.inputs.name

    @property
    def name_en(self) -> str:
        return self.inputs.name_en or self.inputs.name


@dataclass(frozen=True)
class ParentFigures:
    """A parent of ranking units (a city of a province's counties) in the lead indicator. `ytd` and `base` are its own, as it or the
    bureau gives them, else the sum of its units where all of them are in; `summed` the sums over the units that are in,
    `covered` how many of how many those are. `residual`: own level − sum, where both are known and complete."""

    code: str
    name: str
    ytd: Decimal | None
    base: Decimal | None
    own: bool
    summed_ytd: Decimal | None
    summed_base: Decimal | None
    covered: tuple[int, int]
    residual: Decimal | None
    growth: Decimal | None = None
    growth_mark: Meaning | None = None

    @property
    def complete(self) -> bool:
        return self.covered[0] == self.covered[1]


@dataclass(frozen=True)
class Ranking:
    """A ranked month. `units` by rank, then unit code; unranked last. `basis`: by score, or by growth alone (before
    `score_from_month`, and growth_rank always). `anchors`: the indicators as scored, anchors scaled to n."""

    period: str
    method: str
    method_version: str
    basis: Literal["score", "growth"]
    units: tuple[RankedUnit, ...]
    city: CityFigures
    city_growth: Decimal | None
    median_base: Decimal | None
    seasonal_share: Decimal | None
    min_base: Decimal
    kappa: Decimal
    anchors: tuple[ScoredIndicator, ...] = field(default=())
    parents: tuple[ParentFigures, ...] = field(default=())

    @property
    def ranked_count(self) -> int:
        return sum(unit.rank is not None for unit in self.units)
