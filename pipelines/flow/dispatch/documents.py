"""The JSON of `saima dispatch`: one class a document. Amounts are decimal strings in 万元, rates fractions, what is absent is null.
Rows that a country has by the ten thousand are dataclasses: a model would check each of their cells again; the longest tables hold them
as columns (`Rows`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

from .column_rows import Rows

Amount = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json")]
Rate = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
Figure = Annotated[
    Decimal | float,
    PlainSerializer(lambda value: value if isinstance(value, float) else format(value, "f"), when_used="json"),
]
"""An amount (decimal string) or, where the metric is a growth, a fraction."""


class Document(BaseModel):
    """Frozen; what it has no field for cannot leave."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class LibraryProject:
    project_code: str
    name: str
    unit: str
    parent_code: str | None
    phase: int | None
    site_code: str | None
    nature: str | None
    not_applicable: list[str]
    capacity: str | None
    in_return: bool
    plan_total: Amount
    annual_plan: Amount | None
    annual_plan_revised: Amount | None
    planned_ytd: Amount | None
    actual_ytd: Amount
    progress: Rate | None
    light: str | None
    stage: str
    signed: str | None
    trial: str | None
    commissioned: str | None
    overdue_stages: list[str]
    overdue_days: int
    entry: str
    lists: list[str]
    leader: str | None
    expected_output: Amount | None
    automation_rate: Rate | None
    days_since_update: int | None


class LibraryDocument(Document):
    period: str
    as_of: datetime
    total: int
    plan_total: Amount
    actual_ytd: Amount
    left_by_decision: list[str]
    entered_without_return: list[str]
    missing_units: list[str]
    projects: Rows[LibraryProject]


@dataclass(frozen=True, slots=True)
class StageRow:
    stage: str
    due: int
    overdue: int
    in_stage: int
    plan_total: Amount
    actual_ytd: Amount
    median_dwell_days: float | None


class MoveRow(Document):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    source: str
    target: str
    projects: int

    def contract(self) -> dict[str, object]:
        """`from` is a word of the language, so the field has another name."""
        return {"from": self.source, "to": self.target, "projects": self.projects}


@dataclass(frozen=True, slots=True)
class UnitStages:
    unit: str
    weakest: str | None
    stages: list[StageRow]


class StagesDocument(Document):
    period: str
    as_of: datetime
    scope: str
    projects: int
    finished: int
    stages: list[StageRow]
    weakest: str | None
    moves: list[MoveRow]
    units: list[UnitStages]


@dataclass(frozen=True, slots=True)
class MarkedProject:
    project_code: str
    name: str
    unit: str
    reasons: list[str]
    since: str
    exempt: bool
    progress: Rate | None
    days_ahead: int | None = None
    months: int | None = None
    overdue_days: int | None = None
    exempt_cause: str | None = None
    exempt_until: date | None = None
    exempt_document: str | None = None
    department: str | None = None
    may_be_named: bool = False


@dataclass(frozen=True, slots=True)
class MarkedUnitRow:
    unit: str
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class WarnedRow:
    project_code: str
    name: str
    unit: str
    light: str | None
    progress: Rate | None
    start_overdue_months: int
    overdue_days: int
    noticed_on: date | None


class FlagsDocument(Document):
    period: str
    as_of: datetime
    edition: str | None
    projects: list[MarkedProject]
    units: list[MarkedUnitRow]


class SnailsDocument(FlagsDocument):
    warned: Rows[WarnedRow]


class InspectionEventRow(Document):
    kind: str
    on: date
    by: str
    document: str
    reason: str
    step: str


class InspectionRow(Document):
    id: str
    project_code: str
    name: str
    unit: str
    step: str
    state: str
    due: date
    opened_at: date
    overdue: bool
    events: list[InspectionEventRow]


@dataclass(frozen=True, slots=True)
class QueueRow:
    project_code: str
    name: str
    unit: str
    proposal: str
    step: str
    inspection_id: str | None
    snail_months: int


class InspectionsDocument(Document):
    period: str
    as_of: datetime
    inspections: list[InspectionRow]
    queue: list[QueueRow]
    by_state: dict[str, int]


@dataclass(frozen=True, slots=True)
class CriterionRow:
    key: str
    value: Amount | None
    points: Amount | None
    weight: Amount


@dataclass(frozen=True, slots=True)
class FactorRow:
    rank: int
    project_code: str
    name: str
    unit: str
    score: Amount
    need: Amount
    proposed: Amount
    decision: str | None
    decided_amount: Amount | None
    criteria: list[CriterionRow]


class FactorBlock(Document):
    factor: str
    zh: str
    unit_of_measure: str
    department: str
    budget: Amount | None
    needed: Amount
    proposed: Amount
    granted: Amount
    projects: list[FactorRow]


class FactorsDocument(Document):
    period: str
    as_of: datetime
    barred: list[str]
    factors: list[FactorBlock]


@dataclass(frozen=True, slots=True)
class LeaderRow:
    project_code: str
    name: str
    unit: str
    leaders: list[str]
    posts: list[str]
    last_action: date | None
    silent_days: int | None
    problem: str


class LeadersDocument(Document):
    period: str
    as_of: datetime
    projects: int
    with_one_leader: int
    problems: dict[str, int]
    leaders: Rows[LeaderRow]


class TeamRow(Document):
    team: str
    name: str
    unit: str
    parts: int
    missing: list[str]
    state: str
    arrived_at: datetime | None
    issues_raised: int
    issues_solved: int


@dataclass(frozen=True, slots=True)
class IssueRow:
    issue_no: str
    project_code: str
    unit: str
    issue_class: str
    text: str
    owner: str
    owner_kind: str
    state: str
    raised_on: date | None
    due: date | None
    overdue: bool
    team: str


class IssueCount(Document):
    issue_class: str
    zh: str
    open: int
    overdue: int
    closed: int


class TeamsDocument(Document):
    period: str
    as_of: datetime
    week: str
    due: datetime
    teams: list[TeamRow]
    unknown_teams: list[str]
    by_state: dict[str, int]
    issues: Rows[IssueRow]
    issue_counts: list[IssueCount]


class HelperLevels(Document):
    city: int
    county: int
    township: int


class UnitHelpers(Document):
    unit: str
    by_level: HelperLevels


@dataclass(frozen=True, slots=True)
class LateHelperRow:
    helper: str
    unit: str
    level: str
    days_since_contact: int | None
    days_since_visit: int | None


class HelpersDocument(Document):
    period: str
    as_of: datetime
    total: int
    published: int | None
    difference: int | None
    by_level: HelperLevels
    visits: int
    contacts: int
    cases: int
    closed: int
    overdue: int
    closing_rate: Rate | None
    units: list[UnitHelpers]
    late: Rows[LateHelperRow]


class TargetRow(Document):
    id: str
    metric: str
    scope: str
    operator: str
    value: Figure | None
    actual: Figure | None
    gap: Figure | None
    pace_required: Figure | None
    pace_required_seasonal: Figure | None
    expected: Figure | None
    expected_linear: Figure | None
    state: str
    window: str
    comparator: str
    revised_value: Figure | None


class ComparisonRow(Document):
    id: str
    zh: str
    en: str
    operator: str
    left: Rate | None
    right: Rate | None
    gap_pp: Rate | None
    state: str


class TargetsDocument(Document):
    period: str
    as_of: datetime
    targets: list[TargetRow]
    units: list[TargetRow]
    comparisons: list[ComparisonRow]


class ListRow(Document):
    code: str
    name: str
    projects: int
    plan_total: Amount
    ytd: Amount
    expected_count: int | None
    difference: int | None
    broken: list[str]


class DistinctTotal(Document):
    projects: int
    plan_total: Amount
    ytd: Amount


class ListsDocument(Document):
    period: str
    as_of: datetime
    lists: list[ListRow]
    distinct: DistinctTotal
    missing_units: list[str]


@dataclass(frozen=True, slots=True)
class UncoveredRow:
    project_code: str
    unit: str
    source: str
    plan_total: Amount
    started: str
    months_waiting: int
    survey_round: int | None
    newly_found: bool


class CoverageDocument(Document):
    period: str
    as_of: datetime
    total: int
    by_unit: dict[str, int]
    projects: list[UncoveredRow]


class CampaignWeekRow(Document):
    week: str
    monday: date
    ytd: Amount | None


class CampaignRow(Document):
    code: str
    zh: str
    en: str
    parent: str
    tags: list[str]
    starts: date
    ends: date
    state: str
    day: int
    days: int
    lists: list[ListRow]
    targets: list[TargetRow]
    weeks: list[CampaignWeekRow]


class CampaignDocument(Document):
    period: str
    as_of: datetime
    campaigns: list[CampaignRow]


@dataclass(frozen=True, slots=True)
class AchievementRow:
    kind: str
    project_code: str
    name: str
    unit: str
    state: str
    days: int | None
    on: str
    signed: str | None
    may_be_named: bool


class NewStartsRow(Document):
    unit: str
    month_projects: int
    month_plan_total: Amount
    year_projects: int
    year_plan_total: Amount


class ShowcaseDocument(Document):
    period: str
    as_of: datetime
    achievements: Rows[AchievementRow]
    red_flags: list[MarkedProject]
    new_starts: list[NewStartsRow]
    by_theme: dict[str, int]


class DecisionRow(Document):
    decision_id: str
    kind: str
    subject: str
    unit: str
    valid_from: date
    valid_to: date | None
    by: str
    document: str
    reason: str
    detail: dict[str, str]
    recorded_at: datetime


class DecisionsDocument(Document):
    period: str | None
    as_of: datetime
    decisions: list[DecisionRow]


def json_of(document: Document) -> dict[str, object]:
    """What `--json` prints."""
    content: dict[str, object] = document.model_dump(mode="json")
    if isinstance(document, StagesDocument):
        content["moves"] = [move.contract() for move in document.moves]
    return content
