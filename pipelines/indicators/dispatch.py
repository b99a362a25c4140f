"""The four indicators counted from the dispatch library (administrative data): m, s, o, q of domain.md §4.2.

Months are text `YYYY-MM` and compare as text. Amounts in 万元 (decimal128(20, 4) in the table, Decimal here).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ..model.fields import STAGES
from ..model.formulas import round_half_up
from ..model.lifecycle import stages_not_applicable
from ..model.periods import Period
from ..model.ranking import Ratio
from .plan_baseline import LEAST_ADVANCE, ZERO, Deviations, PlanBaseline

MAJOR_PLAN_TOTAL = Decimal(100_000)
"""≥ 10 亿元, in 万元: the major projects of the dispatch library (seed L24, L28)."""
LARGE_PLAN_TOTAL = Decimal(10_000)
"""≥ 1 亿元, in 万元: the city-level list (seed L23)."""

COLUMNS: tuple[str, ...] = (
    "unit_code",
    "project_code",
    "plan_total",
    "annual_plan",
    "planned_ytd",
    "actual_ytd",
    "issues_due",
    "issues_closed",
    "na_flag",
    *(f"{stage}_{kind}" for stage in STAGES for kind in ("plan", "actual")),
)
OWNERS: tuple[str, ...] = ("uscc", "owner_name")
"""Who owns a project, where the table says it; one of which nothing is known is its own owner."""
PLAN_PLACES = 4
NO_BASELINE = PlanBaseline({}, {}, {}, 0)


@dataclass
class _Count:
    """Running sums of one unit."""

    major: int = 0
    planned: Decimal = ZERO
    actual: Decimal = ZERO
    starts_planned: int = 0
    started: int = 0
    stages_due: int = 0
    stages_done: int = 0
    issues_due: int = 0
    issues_closed: int = 0
    followed: Decimal = ZERO
    """Planned to date of the major projects whose plan of last month is known, and what that plan becomes this month."""
    expected: Decimal = ZERO
    deviations: Deviations = field(default_factory=Deviations)
    owners: set[str] = field(default_factory=set)
    """Of the major projects."""


@dataclass(frozen=True)
class DispatchIndicators:
    """m, s, o, q of one unit; None = not applicable (too few major projects), denominator 0 = nothing to measure."""

    major_projects: Ratio | None = None
    new_starts: Ratio | None = None
    stage_punctuality: Ratio | None = None
    service: Ratio | None = None


NOTHING_SENT = DispatchIndicators(*(Ratio(ZERO, Decimal(1)),) * 4)
"""A unit that did not send its dispatch return: that is not 'nothing to measure', so every indicator counts as 0."""
NOTHING_ACCEPTED = DispatchIndicators(*(Ratio(ZERO, Decimal(1)),) * 4)
"""The same for a unit whose dispatch return was rejected; told apart by identity, since the remark differs."""


def dispatch_indicators(
    rows: pa.Table, period: Period, min_projects: int, baseline: PlanBaseline | None = None
) -> tuple[dict[str, DispatchIndicators], dict[str, Deviations]]:
    """Per unit code, from accepted dispatch_month rows (one a project); and where plans were other than frozen.

    m = Σ actual_ytd / Σ planned to date over projects of at least 10 亿元, not applicable under `min_projects` of
    them, or of their owners: the sums are printed, and would say what one enterprise did.
    s = started / planned to start from January to the period, over projects of at least 1 亿元.
    o = 1 − overdue/due over all six stages: due when planned up to the period and applicable, overdue when not
    reached by then.
    q = Σ issues closed in time / Σ issues due, never more closed than due.
    Plans, sizes and stages that do not apply are those of the `baseline`; a project that disappeared undocumented counts with its
    plan and what was last reported done. Without a baseline the plans are taken as reported.
    """
    frozen = baseline or NO_BASELINE
    counts: dict[str, _Count] = {}
    for row in _rows(rows):
        _count(row, counts.setdefault(row["unit_code"], _Count()), period, frozen)
    for key in sorted(frozen.gone):
        plan = frozen.plans.get(key)
        if plan is not None and key[0] in counts:
            count = counts[key[0]]
            count.deviations.gone += 1
            _count({**plan.last, "issues_due": 0, "issues_closed": 0}, count, period, frozen)
    indicators = {unit: _finished(count, min_projects) for unit, count in counts.items()}
    return indicators, {unit: count.deviations for unit, count in counts.items() if count.deviations}


def _count(row: Mapping[str, Any], count: _Count, period: Period, frozen: PlanBaseline) -> None:
    now, january = str(period), f"{period.year:04d}-01"
    key = (row["unit_code"], row["project_code"])
    plan = frozen.plans.get(key)
    waived = stages_not_applicable(row["na_flag"])
    if plan is not None:
        count.deviations.waived += len(waived - plan.waived)
        waived = plan.waived
    size: Decimal = (plan.plan_total if plan and plan.plan_total is not None else row["plan_total"]) or ZERO
    planned = frozen.planned(key, row["planned_ytd"])
    changed = plan is not None and plan.annual_plan is not None and plan.annual_plan != row["annual_plan"]
    count.deviations.amounts += changed or planned > (row["planned_ytd"] or ZERO)
    if size >= MAJOR_PLAN_TOTAL:
        count.major += 1
        count.owners.add(
            next((own for name in OWNERS if (own := str(row.get(name) or "").strip())), row["project_code"])
        )
        count.planned += planned
        count.actual += row["actual_ytd"] or ZERO
        expected = frozen.expected(key)
        if expected is not None:
            count.followed += planned
            count.expected += expected
    for stage in STAGES:
        due = frozen.due_month(key, stage, row[f"{stage}_plan"])
        count.deviations.stages += plan is not None and due != row[f"{stage}_plan"]
        if not due or due > now or stage in waived:
            continue
        done = _reached(row[f"{stage}_actual"], now)
        count.stages_due += 1
        count.stages_done += done
        if stage == "start" and size >= LARGE_PLAN_TOTAL and due >= january:
            count.starts_planned += 1
            count.started += done
    count.issues_due += row["issues_due"] or 0
    count.issues_closed += min(row["issues_closed"] or 0, row["issues_due"] or 0)


def _reached(actual: str | None, now: str) -> bool:
    return bool(actual) and str(actual) <= now


def _finished(count: _Count, min_projects: int) -> DispatchIndicators:
    planned = count.planned
    if count.followed < LEAST_ADVANCE * count.expected:
        count.deviations.advanced = True
        planned += round_half_up(count.expected - count.followed, PLAN_PLACES)
    return DispatchIndicators(
        major_projects=Ratio(count.actual, planned) if min(count.major, len(count.owners)) >= min_projects else None,
        new_starts=Ratio(Decimal(count.started), Decimal(count.starts_planned)),
        stage_punctuality=Ratio(Decimal(count.stages_done), Decimal(count.stages_due)),
        service=Ratio(Decimal(count.issues_closed), Decimal(count.issues_due)),
    )


def _rows(table: pa.Table) -> Iterable[Mapping[str, Any]]:
    rows: Iterable[Mapping[str, Any]] = table.select(
        [*COLUMNS, *(n for n in OWNERS if n in table.column_names)]
    ).to_pylist()
    return rows
