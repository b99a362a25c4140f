"""The answer of `saima report --json`: what a statistician reads of a month, one class a part."""

from __future__ import annotations

from pydantic import with_config
from typing_extensions import TypedDict

from .findings import Severity
from .json_documents import ChangeDocument, ExplanationDocument, RowCounts, WaiverDocument


@with_config(extra="forbid")
class FirstVersion(TypedDict):
    """How the first version of a return fared: one that needed four is not one that was right at once."""

    arrived_at: str
    verdict: str
    errors: int
    queries: int


@with_config(extra="forbid")
class ReportedForm(TypedDict):
    """A form of a unit: state, versions, timeliness (in_time, late, not_corrected_in_time, missing, none_due), findings counted."""

    unit: str
    name: str
    form: str
    state: str
    submission: str | None
    version: int | None
    arrived_at: str | None
    versions: int
    first: FirstVersion | None
    timeliness: str
    workdays_late: int | None
    root_cause_zh: str | None
    root_cause_en: str | None
    rows: RowCounts | None
    errors: int
    queries: int
    information: int
    open_queries: int


@with_config(extra="forbid")
class RuleInReport(TypedDict):
    """A rule of the catalogue: submissions it was asked of or did not apply to, rows, findings by severity."""

    rule: str
    level: int
    severity: Severity
    formula: str
    evaluated: int
    not_applicable: int
    rows: int
    findings: int
    errors: int
    queries: int
    answered: int


@with_config(extra="forbid")
class ImpactDocument(TypedDict):
    """What a query may move: amount in the form's measure, share of the unit's total, points of its growth (decimal strings)."""

    amount: str
    share: str | None
    growth_points: str | None


@with_config(extra="forbid")
class QueryInReport(TypedDict):
    """A query with its place and impact; `order` 1 is the one to ask first."""

    order: int
    unit: str
    name: str
    form: str
    submission: str
    rule: str
    sheet: str
    cell: str
    row: int | None
    field: str
    value: str
    message_zh: str
    message_en: str
    answered: bool
    impact: ImpactDocument


@with_config(extra="forbid")
class ReturnInReport(TypedDict):
    """A submission that was sent back, or taken back by its sender."""

    submission: str
    reason: str
    by: str
    at: str
    withdrawn: bool
    deadline: str | None


@with_config(extra="forbid")
class ReportDocument(TypedDict):
    """The validation report of a month."""

    period: str
    programme: str
    rules_version: str
    as_of: str
    forms: dict[str, str]
    simulated: bool
    units: list[ReportedForm]
    rules: list[RuleInReport]
    queries: list[QueryInReport]
    changes: list[ChangeDocument]
    explanations: list[ExplanationDocument]
    waivers: list[WaiverDocument]
    returns: list[ReturnInReport]
