"""Plans as they were frozen: what the dispatch indicators are scored against, whatever a county writes later (domain_decisions §4).

Stages, size and 不适用标记 of a project are those of the return that stood on 31 January, else of the first accepted return that names
it. Investment planned to date is the frozen `project_plan` where the programme has one; else the first accepted version of each
month counts, cumulative plans do not fall, and a unit's major projects are planned at least 90 % of what last month's plan becomes
when the rest of the frozen annual plan is spread over the year by the seasonal shares. Later versions are counted as deviations.
A project that another unit reports from a month on keeps its plan (`moved_projects`).
The ranking scores against a baseline; lights, snails and flags are of the same rows with the baseline's plans in them
(`planned_returns.as_planned`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..model.amount_arrays import Ints, amounts_as_yuan, whole_array, yuan_as_amounts
from ..model.fields import STAGES
from ..model.lifecycle import stages_not_applicable
from ..model.periods import Period
from ..model.text_arrays import cell_values
from .moved_projects import UnitProjects

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
    """One project's plan. `planned`: the highest cumulative plan up to the period asked for; `before`: up to the return before it, which
    is of `before_month`."""

    plan_total: Decimal | None
    stages: dict[str, str | None]
    waived: frozenset[str]
    annual_plan: Decimal | None = None
    planned: Decimal = ZERO
    before: Decimal | None = None
    before_month: int | None = None
    last: Mapping[str, Any] = field(default_factory=dict)
    """The row of the newest of these returns, of a project that is gone; {} of the others."""


@dataclass
class Deviations:
    """How many plans of a unit were other than frozen; `advanced`: its major projects without a plan by month
    were planned below what last month's plan becomes, and are scored against that."""

    stages: int = 0
    amounts: int = 0
    waived: int = 0
    gone: int = 0
    advanced: bool = False

    def __bool__(self) -> bool:
        return bool(self.stages or self.amounts or self.waived or self.gone or self.advanced)


@dataclass(frozen=True)
class PlanBaseline:
    """Frozen plans by project. `scheduled`: cumulative investment planned by project_plan, where there is one; `seasonal`: cumulative
    share of the year by month, as far as declared; `month` of the period; `gone`: projects whose disappearance nobody documented."""

    plans: Mapping[Project, FrozenPlan]
    scheduled: Mapping[Project, Decimal]
    seasonal: Mapping[int, Decimal]
    month: int
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
        """What the cumulative plan of the newest earlier return becomes this month (a unit that missed a month is judged against its last
        accepted one); None where it is not known or the plan is given by month."""
        plan = self.plans.get(key)
        if key in self.scheduled or plan is None or plan.before is None or plan.before_month is None:
            return None
        now, then = self.seasonal.get(self.month), self.seasonal.get(plan.before_month)
        if now is None or then is None:
            return None
        rest = max(ZERO, (plan.annual_plan or plan.before) - plan.before)
        return plan.before + (rest * (now - then) / (1 - then) if then < 1 else ZERO)


def freeze_plans(
    returns: Sequence[FirstReturns],
    period: Period,
    seasonal: Mapping[int, Decimal],
    project_plan: pa.Table | None = None,
    gone: Collection[Project] = (),
    current: pa.Table | None = None,
) -> PlanBaseline:
    """The baseline for a month's indicators. `returns` oldest first, the last of them of `period` itself; those of an earlier year
    give stages and size alone. `project_plan`: its rows of the year (`plan_m01` … `plan_m12`). `current`: the rows of the month that
    count, where they are other than its first version: they say whose a project is now."""
    if not returns:
        return PlanBaseline({}, {}, seasonal, period.month, frozenset(gone))
    frozen = _Frozen(returns, period, returns[-1].rows if current is None else current, project_plan)
    plans = frozen.plans(frozenset(gone))
    return PlanBaseline(plans, frozen.scheduled(), seasonal, period.month, frozenset(gone))


class _Frozen:
    """What the rows of the returns freeze, oldest first: places of rows and sums by project, column by column (a country's year has 1.7
    million rows)."""

    def __init__(
        self, returns: Sequence[FirstReturns], period: Period, current: pa.Table, plan: pa.Table | None
    ) -> None:
        self._rows = pa.concat_tables([first.rows.select(list(COLUMNS)) for first in returns])
        self._plan, self._month = plan, period.month
        pairs = UnitProjects(*(first.rows for first in returns), current, *(() if plan is None else (plan,)))
        *own, now, planned = pairs.rows if plan is not None else (*pairs.rows, np.zeros(0, np.int64))
        before = [rows for first, rows in zip(returns, own, strict=True) if first.period < period]
        keeps = np.arange(pairs.count)
        for heir, left in pairs.left_behind(now, before, planned).items():
            keeps[left] = heir
        keys, self._plan_keys = keeps[np.concatenate(own)], keeps[planned]
        self._names, count = pairs.names(), pairs.count
        self._first, self._annual, self._last = (np.full(count, -1, np.int64) for _ in range(3))
        self._planned, self._before = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self._before_month = np.zeros(count, np.int64)
        has_annual = np.asarray(pc.is_valid(self._rows["annual_plan"]).to_numpy(), bool)
        to_date = amounts_as_yuan(whole_array(self._rows["planned_ytd"]))[0]
        begin = 0
        for first in returns:
            at = np.arange(begin, begin + first.rows.num_rows)
            begin += first.rows.num_rows
            mine = keys[at]
            _note_first(self._first, mine, at)
            self._last[mine] = at
            if first.period.year != period.year:
                continue
            _note_first(self._annual, mine[has_annual[at]], at[has_annual[at]])
            np.maximum.at(self._planned, mine, to_date[at])
            if first.period < period:
                self._before[mine], self._before_month[mine] = self._planned[mine], first.period.month

    def plans(self, gone: Collection[Project]) -> dict[Project, FrozenPlan]:
        """The plan of every project; the last row of those that are gone."""
        known = np.flatnonzero(self._first >= 0)
        frozen = self._rows.take(pa.array(self._first[known]))
        names = ("plan_total", "na_flag", *(f"{stage}_plan" for stage in STAGES))
        totals, flags, *stages = (cell_values(frozen[name]) for name in names)
        waived = {text: stages_not_applicable(text) for text in set(flags)}
        first_annual = self._annual[known]
        annual = self._rows["annual_plan"].take(pa.array(first_annual, mask=first_annual < 0)).to_pylist()
        planned = yuan_as_amounts(self._planned[known]).to_pylist()
        before = yuan_as_amounts(self._before[known], self._before_month[known] > 0).to_pylist()
        of_month = self._before_month[known].tolist()
        return {
            self._names[key]: FrozenPlan(
                totals[n],
                dict(zip(STAGES, months, strict=True)),
                waived[flags[n]],
                annual[n],
                planned[n],
                before[n],
                of_month[n] or None,
                self._row(key) if self._names[key] in gone else {},
            )
            for n, (key, months) in enumerate(zip(known.tolist(), zip(*stages, strict=True), strict=True))
        }

    def scheduled(self) -> dict[Project, Decimal]:
        """Investment that the plan by month plans from January to the period."""
        if self._plan is None:
            return {}
        names = [f"plan_m{month:02d}" for month in range(1, self._month + 1)]
        rows = zip(self._plan_keys.tolist(), self._plan.select(names).to_pylist(), strict=True)
        return {self._names[key]: sum((row[name] or ZERO for name in names), ZERO) for key, row in rows}

    def _row(self, place: int) -> Mapping[str, Any]:
        row: Mapping[str, Any] = self._rows.slice(int(self._last[place]), 1).to_pylist()[0]
        return row


def _note_first(places: Ints, keys: Ints, at: Ints) -> None:
    """The first row of each key, for keys that have none yet (the last one written stays, so from the end)."""
    new = places[keys] < 0
    places[keys[new][::-1]] = at[new][::-1]


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
