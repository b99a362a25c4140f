"""Plans as they were frozen: what the dispatch indicators are scored against, whatever a county writes later (domain_decisions §4).

Stages, size and 不适用标记 of a project are those of the return that stood on 31 January, else of the first accepted return that names
it. Investment planned to date is the frozen `project_plan` where the programme has one; else the first accepted version of each
month counts, cumulative plans do not fall, and a unit's major projects are planned at least 90 % of what last month's plan becomes
when the rest of the frozen annual plan is spread over the year by the seasonal shares. Later versions are counted as deviations.
The ranking scores against a baseline; lights, snails and flags are of the same rows with the baseline's plans in them
(`planned_returns.as_planned`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ..model.fields import STAGES
from ..model.lifecycle import stages_not_applicable
from ..model.periods import Period

Project = tuple[str, str]
"""(unit code, project code)."""
ZERO = Decimal(0)
LEAST_ADVANCE = Decimal("0.9")
COLUMNS: tuple[str, ...] = (
    "unit_code",
    "project_code",
    "plan_total",
    "annual_plan",
    "planned_ytd",
    "actual_ytd",
    "na_flag",
    *(f"{stage}_{kind}" for stage in STAGES for kind in ("plan", "actual")),
)


@dataclass(frozen=True)
class FirstReturns:
    """The rows of the dispatch returns of one period that plans are taken from: the first accepted version of every unit (for a
    period before the year: the version that stood on 31 January)."""

    period: Period
    rows: pa.Table


@dataclass
class FrozenPlan:
    """One project's plan. `planned`: the highest cumulative plan up to the period asked for; `before`: up to the month before."""

    plan_total: Decimal | None
    stages: dict[str, str | None]
    waived: frozenset[str]
    annual_plan: Decimal | None = None
    planned: Decimal = ZERO
    before: Decimal | None = None
    last: Mapping[str, Any] = field(default_factory=dict)
    """The row of the newest of these returns, for a project that is no longer reported."""


@dataclass
class Deviations:
    """How many plans of a unit were other than frozen; `advanced`: its major projects were planned below what last month's plan
    becomes, and are scored against that."""

    stages: int = 0
    amounts: int = 0
    waived: int = 0
    gone: int = 0
    advanced: bool = False

    def __bool__(self) -> bool:
        return bool(self.stages or self.amounts or self.waived or self.gone or self.advanced)


@dataclass(frozen=True)
class PlanBaseline:
    """Frozen plans by project. `scheduled`: cumulative investment planned by project_plan, where there is one; `shares`: seasonal
    shares (s_t, s_(t−1)) of the period and the month before it, None where the months do not follow each other or none are
    declared; `gone`: projects whose disappearance nobody documented."""

    plans: Mapping[Project, FrozenPlan]
    scheduled: Mapping[Project, Decimal]
    shares: tuple[Decimal, Decimal] | None
    gone: frozenset[Project] = frozenset()

    def planned(self, key: Project, reported: Decimal | None) -> Decimal:
        """Investment planned from January to the period that the project is scored against."""
        if key in self.scheduled:
            return self.scheduled[key]
        plan = self.plans.get(key)
        return max(reported or ZERO, plan.planned if plan else ZERO)

    def due_month(self, key: Project, stage: str, reported: str | None) -> str | None:
        """Month by which the project has to reach a stage."""
        plan = self.plans.get(key)
        return (plan.stages[stage] if plan is not None else None) or reported

    def expected(self, key: Project) -> Decimal | None:
        """What last month's cumulative plan becomes this month; None where it is not known or the plan is given by month."""
        plan = self.plans.get(key)
        if self.shares is None or key in self.scheduled or plan is None or plan.before is None:
            return None
        now, then = self.shares
        rest = max(ZERO, (plan.annual_plan or plan.before) - plan.before)
        return plan.before + (rest * (now - then) / (1 - then) if then < 1 else ZERO)


def freeze_plans(
    returns: Sequence[FirstReturns],
    period: Period,
    seasonal: Mapping[int, Decimal],
    project_plan: pa.Table | None = None,
    gone: Collection[Project] = (),
) -> PlanBaseline:
    """The baseline for a month's indicators. `returns` oldest first, the last of them of `period` itself; those of an earlier year
    give stages and size alone. `project_plan`: its rows of the year (`plan_m01` … `plan_m12`)."""
    plans: dict[Project, FrozenPlan] = {}
    months: list[Period] = []
    for first in returns:
        earlier = first.period.year == period.year and first.period < period
        if earlier:
            months.append(first.period)
        for plan in _take(plans, first, period.year):
            if earlier:
                plan.before = plan.planned
    return PlanBaseline(plans, _schedule(project_plan, period), _shares(months, period, seasonal), frozenset(gone))


def _take(plans: dict[Project, FrozenPlan], first: FirstReturns, year: int) -> list[FrozenPlan]:
    """What the rows of one period freeze, in `plans`; the plans of the rows where the period lies in the year."""
    taken = []
    for row in _rows(first.rows):
        key = (row["unit_code"], row["project_code"])
        plan = plans.get(key)
        if plan is None:
            stages = {stage: row[f"{stage}_plan"] for stage in STAGES}
            plan = plans[key] = FrozenPlan(row["plan_total"], stages, stages_not_applicable(row["na_flag"]))
        plan.last = row
        if first.period.year != year:
            continue
        if plan.annual_plan is None:
            plan.annual_plan = row["annual_plan"]
        plan.planned = max(plan.planned, row["planned_ytd"] or ZERO)
        taken.append(plan)
    return taken


@dataclass(frozen=True)
class PlanChange:
    """One cell of a return that differs from the frozen plan; values as text, '' for none."""

    unit_code: str
    project_code: str
    project_name: str
    field: str
    frozen: str
    now: str


def plan_changes(rows: pa.Table, baseline: PlanBaseline) -> list[PlanChange]:
    """Every plan of these rows that is other than frozen, by unit and project: stages, planned total, annual plan, plan to date below
    the highest one, stages marked as not applicable since. Not scored, but logged and shown."""
    found: list[PlanChange] = []
    for row in rows.select([*COLUMNS, "project_name"]).to_pylist():
        key = (row["unit_code"], row["project_code"])
        plan = baseline.plans.get(key)
        if plan is None:
            continue
        pairs: list[tuple[str, object, object]] = [(f"{s}_plan", plan.stages[s], row[f"{s}_plan"]) for s in STAGES]
        pairs.append(("plan_total", plan.plan_total, row["plan_total"]))
        if plan.annual_plan is not None:
            pairs.append(("annual_plan", plan.annual_plan, row["annual_plan"]))
        planned = baseline.planned(key, row["planned_ytd"])
        if planned > (row["planned_ytd"] or ZERO):
            pairs.append(("planned_ytd", planned, row["planned_ytd"]))
        waived = stages_not_applicable(row["na_flag"]) - plan.waived
        if waived:
            pairs.append(("na_flag", "", ";".join(sorted(waived))))
        found += [
            PlanChange(*key, row["project_name"] or "", name, _text(frozen), _text(now))
            for name, frozen, now in pairs
            if frozen != now
        ]
    return sorted(found, key=lambda c: (c.unit_code, c.project_code, c.field))


def _text(value: object) -> str:
    return "" if value is None else f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _shares(
    months: Sequence[Period], period: Period, seasonal: Mapping[int, Decimal]
) -> tuple[Decimal, Decimal] | None:
    now = seasonal.get(period.month)
    then = seasonal.get(period.month - 1)
    follows = bool(months) and months[-1].month == period.month - 1
    return (now, then) if follows and now is not None and then is not None else None


def _schedule(rows: pa.Table | None, period: Period) -> dict[Project, Decimal]:
    if rows is None:
        return {}
    names = [f"plan_m{month:02d}" for month in range(1, period.month + 1)]
    return {
        (row["unit_code"], row["project_code"]): sum((row[name] or ZERO for name in names), ZERO)
        for row in rows.select(["unit_code", "project_code", *names]).to_pylist()
    }


def _rows(table: pa.Table) -> Iterable[Mapping[str, Any]]:
    rows: Iterable[Mapping[str, Any]] = table.select(list(COLUMNS)).to_pylist()
    return rows
