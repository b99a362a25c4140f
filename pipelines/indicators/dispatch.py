"""The four indicators counted from the dispatch library (administrative data): m, s, o, q of domain.md §4.2.

Months are text `YYYY-MM` and compare as text. Amounts in 万元 (decimal128(20, 4) in the table, Decimal here).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ..model.fields import STAGES
from ..model.lifecycle import stages_not_applicable
from ..model.periods import Period
from ..model.ranking import Ratio

MAJOR_PLAN_TOTAL = Decimal(100_000)
"""≥ 10 亿元, in 万元: the major projects of the dispatch library (seed L24, L28)."""
LARGE_PLAN_TOTAL = Decimal(10_000)
"""≥ 1 亿元, in 万元: the city-level list (seed L23)."""

COLUMNS: tuple[str, ...] = (
    "unit_code",
    "plan_total",
    "planned_ytd",
    "actual_ytd",
    "issues_due",
    "issues_closed",
    "na_flag",
    *(f"{stage}_{kind}" for stage in STAGES for kind in ("plan", "actual")),
)
ZERO = Decimal(0)


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


@dataclass(frozen=True)
class DispatchIndicators:
    """m, s, o, q of one unit; None = not applicable (too few major projects), denominator 0 = nothing to measure."""

    major_projects: Ratio | None = None
    new_starts: Ratio | None = None
    stage_punctuality: Ratio | None = None
    service: Ratio | None = None


NOTHING_SENT = DispatchIndicators(*(Ratio(ZERO, Decimal(1)),) * 4)
"""A unit that did not send its dispatch return: that is not 'nothing to measure', so every indicator counts as 0."""


def dispatch_indicators(rows: pa.Table, period: Period, min_projects: int) -> dict[str, DispatchIndicators]:
    """Per unit code, from accepted dispatch_month rows (one a project).

    m = Σ actual_ytd / Σ planned_ytd over projects of at least 10 亿元, not applicable under `min_projects` of them.
    s = started / planned to start from January to the period, over projects of at least 1 亿元.
    o = 1 − overdue/due over all six stages: due when planned up to the period and applicable, overdue when not
    reached by then.
    q = Σ issues closed in time / Σ issues due.
    """
    now, january = str(period), f"{period.year:04d}-01"
    counts: dict[str, _Count] = {}
    for row in _rows(rows):
        count = counts.setdefault(row["unit_code"], _Count())
        plan_total: Decimal = row["plan_total"] or ZERO
        if plan_total >= MAJOR_PLAN_TOTAL:
            count.major += 1
            count.planned += row["planned_ytd"] or ZERO
            count.actual += row["actual_ytd"] or ZERO
        waived = stages_not_applicable(row["na_flag"])
        start = row["start_plan"]
        if plan_total >= LARGE_PLAN_TOTAL and "start" not in waived and start and january <= start <= now:
            count.starts_planned += 1
            count.started += _reached(row["start_actual"], now)
        for stage in STAGES:
            planned = row[f"{stage}_plan"]
            if planned and planned <= now and stage not in waived:
                count.stages_due += 1
                count.stages_done += _reached(row[f"{stage}_actual"], now)
        count.issues_due += row["issues_due"] or 0
        count.issues_closed += row["issues_closed"] or 0
    return {unit: _finished(count, min_projects) for unit, count in counts.items()}


def _reached(actual: str | None, now: str) -> bool:
    return bool(actual) and str(actual) <= now


def _finished(count: _Count, min_projects: int) -> DispatchIndicators:
    return DispatchIndicators(
        major_projects=Ratio(count.actual, count.planned) if count.major >= min_projects else None,
        new_starts=Ratio(Decimal(count.started), Decimal(count.starts_planned)),
        stage_punctuality=Ratio(Decimal(count.stages_done), Decimal(count.stages_due)),
        service=Ratio(Decimal(count.issues_closed), Decimal(count.issues_due)),
    )


def _rows(table: pa.Table) -> Iterable[Mapping[str, Any]]:
    rows: Iterable[Mapping[str, Any]] = table.select(list(COLUMNS)).to_pylist()
    return rows
