"""How a programme runs its dispatch loop (dispatch.toml): thresholds, ladder, factors, lists, cadences, campaigns.

Everything has the default of domain.md §4.3 and domain_decisions §4, so a programme that writes nothing has the article's loop.
Numbers are strings in the file, so that none passes through binary floating point.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[Decimal, Field(gt=0, le=10)]
Whole = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(min_length=1)]


class PolicyPart(BaseModel):
    """Unknown keys are errors; values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LibraryRules(PolicyPart):
    """Automatic entry (L28): planned total from `min_plan_wan_yuan` on. Manual entry and exit are decisions."""

    min_plan_wan_yuan: Decimal = Decimal(100_000)
    named_min_plan_wan_yuan: Decimal = Decimal(10_000)
    """New starts counted by L38: ≥ 1 亿元."""
    months_without_return: Annotated[int, Field(ge=0)] = 3
    """Reporting months for which a unit that sends nothing keeps its projects as its newest return left them."""


class LightRules(PolicyPart):
    """p = actual / planned to date: green from `green` on, red below `red`, yellow between."""

    green: Share = Decimal("1.00")
    red: Share = Decimal("0.70")


class RedFlagRules(PolicyPart):
    """domain_decisions §4: p ≥ 1.00, ordered by days ahead, then p capped; at most `max_share` of the library and `max_projects`."""

    min_progress: Share = Decimal("1.00")
    progress_cap: Share = Decimal("1.10")
    max_share: Share = Decimal("0.10")
    max_projects: Whole = 10


class SnailRules(PolicyPart):
    """domain.md §4.3, project level. `notice`: `observed`: yellow in the reporting month before; `recorded`: a logged notice too."""

    red_months: Annotated[int, Field(ge=1)] = 2
    start_overdue_months: Annotated[int, Field(ge=1)] = 3
    idle_months: Annotated[int, Field(ge=1)] = 3
    stage_overdue_days: Whole = 60
    statistics_months: Annotated[int, Field(ge=1)] = 2
    exit_progress: Share = Decimal("0.90")
    notice: Literal["observed", "recorded"] = "observed"


class UnitRules(PolicyPart):
    """Unit level: red flag = top ⌈n / flag_one_in⌉ with growth at or above the target `flag_growth`; snail = bottom ⌈n / snail_one_in⌉ with
    growth more than `snail_growth_gap` below that target or a schedule completion below `snail_schedule`, two months running."""

    flag_one_in: Annotated[int, Field(ge=1)] = 3
    flag_growth: Decimal = Decimal("0.16")
    snail_one_in: Annotated[int, Field(ge=1)] = 9
    snail_growth_gap: Decimal = Decimal("0.10")
    snail_schedule: Share = Decimal("0.85")


class EscalationStep(PolicyPart):
    """A step after a snail: `workdays` to answer. Steps stand in the order in which they follow each other."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    zh: Text
    en: Text
    workdays: Annotated[int, Field(ge=1)]


STEPS: tuple[EscalationStep, ...] = (
    EscalationStep(key="slip", zh="提醒单", en="reminder slip", workdays=3),
    EscalationStep(key="inspection", zh="督查整改", en="inspection and rectification plan", workdays=10),
    EscalationStep(key="talk", zh="约谈", en="talk with the leader in charge", workdays=5),
    EscalationStep(key="exposure", zh="曝光", en="public exposure, factors paused", workdays=10),
)


class Criterion(PolicyPart):
    """A criterion of "best" with fixed anchors: `worst` scores 0, `best` 100, linear and clipped between."""

    key: Literal["output_per_mu", "energy_intensity", "readiness", "need", "punctuality"]
    zh: Text
    en: Text
    weight: Annotated[Decimal, Field(gt=0, le=100)]
    worst: Decimal
    best: Decimal


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        key="output_per_mu",
        zh="亩均产值（万元/亩）",
        en="annual output per mu, 万元",
        weight=Decimal(30),
        worst=Decimal(100),
        best=Decimal(800),
    ),
    Criterion(
        key="energy_intensity",
        zh="单位产值能耗（吨标煤/万元）",
        en="tce per 万元 of annual output",
        weight=Decimal(20),
        worst=Decimal("0.60"),
        best=Decimal("0.05"),
    ),
    Criterion(
        key="readiness",
        zh="成熟度（已完成环节占比）",
        en="share of stages reached",
        weight=Decimal(20),
        worst=Decimal(0),
        best=Decimal("0.60"),
    ),
    Criterion(
        key="need",
        zh="紧迫度（距计划开工月数）",
        en="months to the planned start",
        weight=Decimal(10),
        worst=Decimal(12),
        best=Decimal(0),
    ),
    Criterion(
        key="punctuality",
        zh="准点率",
        en="share of due stages done in time",
        weight=Decimal(20),
        worst=Decimal("0.50"),
        best=Decimal("1.00"),
    ),
)


class Factor(PolicyPart):
    """A factor that follows the best projects (L30): the number field of the dispatch return that holds the need, its unit."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    zh: Text
    en: Text
    unit: Text
    field: Text
    department: Text


FACTORS: tuple[Factor, ...] = (
    Factor(key="land", zh="土地", en="land", unit="亩", field="land_need", department="市自然资源和规划局"),
    Factor(key="energy", zh="能耗", en="energy", unit="吨标煤", field="energy_need", department="市发展改革委"),
    Factor(key="funds", zh="资金", en="funds", unit="万元", field="funds_need", department="市财政局"),
)


class ListRule(PolicyPart):
    """A list (L22–L25, L35): `names` are how the dispatch return and lists.csv write it. Planned total, industry (工业: B, C, D of
    GB/T 4754; 制造业: C) and the level of who leads (省市县长工程) are asked of its members; with `by_rule` they make the members."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    zh: Text
    en: Text
    names: tuple[Text, ...] = ()
    min_plan_wan_yuan: Decimal | None = None
    industry: Literal["", "industry", "manufacturing"] = ""
    lead_levels: tuple[Literal["province", "city", "county"], ...] = ()
    by_rule: bool = False
    all_started: bool = False
    expected_count: Whole | None = None


class Comparison(PolicyPart):
    """One of 三个超过、五个快于 (L33): growth of an indicator against that of another or of another area. The exact eight items
    were not found, so they are data."""

    id: Text
    zh: Text
    en: Text
    left: Text
    left_area: Text
    operator: Literal[">", ">="] = ">"
    right: Text
    right_area: Text


class TargetName(PolicyPart):
    """The short name (T1 … T4) of a target of targets.csv, which it is found by."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    metric: Text
    scope: Text
    comparator: str = ""
    window: Text


class Campaign(PolicyPart):
    """A campaign (L1, L16, L34): window, lists it is about, the targets it is measured by."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]
    zh: Text
    en: Text
    parent: str = ""
    starts: date
    ends: date
    lists: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class IssueClass(PolicyPart):
    """A class of issue (L14, L18) and the working days from 受理 to 办结."""

    code: Text
    names: tuple[Text, ...] = ()
    zh: Text
    en: Text
    sla_workdays: Annotated[int, Field(ge=1)] = 10
    big: bool = False


class Cadence(PolicyPart):
    """When silence is an alert: days of a leader without action, days of a helper without contact and visit, hour of the memo."""

    leader_silent_days: Annotated[int, Field(ge=1)] = 30
    helper_contact_days: Annotated[int, Field(ge=1)] = 31
    helper_visit_days: Annotated[int, Field(ge=1)] = 62
    helper_total: Whole | None = None
    memo_due_hour: Annotated[int, Field(ge=0, le=23)] = 9


class AchievementRules(PolicyPart):
    """L10: start to trial production within so many days; L11: land, start and commissioning in one year."""

    trial_days: Annotated[int, Field(ge=1)] = 100


class DispatchPolicy(PolicyPart):
    """dispatch.toml."""

    library: LibraryRules = LibraryRules()
    lights: LightRules = LightRules()
    red_flags: RedFlagRules = RedFlagRules()
    snails: SnailRules = SnailRules()
    units: UnitRules = UnitRules()
    achievements: AchievementRules = AchievementRules()
    cadence: Cadence = Cadence()
    steps: Annotated[tuple[EscalationStep, ...], Field(min_length=1)] = STEPS
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)] = CRITERIA
    factors: tuple[Factor, ...] = FACTORS
    lists: tuple[ListRule, ...] = ()
    target_names: tuple[TargetName, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    issue_classes: tuple[IssueClass, ...] = ()

    def step(self, key: str) -> EscalationStep | None:
        return next((step for step in self.steps if step.key == key), None)

    def step_after(self, key: str) -> EscalationStep | None:
        """The next step of the ladder; None after the last."""
        keys = [step.key for step in self.steps]
        place = keys.index(key) + 1
        return self.steps[place] if place < len(keys) else None


DEFAULT_POLICY = DispatchPolicy()
"""What holds for a programme without dispatch.toml."""
