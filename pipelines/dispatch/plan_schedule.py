"""Investment planned to date by the frozen plan of the year (project_plan, 31 January): it stands over what a monthly return writes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .arrays import Flags, Ints, positions, wan_yuan, yuan
from .panel import Panel

MONTHS = tuple(f"plan_m{month:02d}" for month in range(1, 13))


def with_frozen_plan(panel: Panel, plans: pa.Table | None, year: int) -> Panel:
    """The panel with `planned` of the months of `year` from the frozen plans (rows of project_plan), where a project has one. A month
    in which the project stands in no return keeps none."""
    if plans is None or not plans.num_rows or not len(panel):
        return panel
    at, has = _rows_of(panel, plans)
    monthly = np.stack([yuan(plans, name)[0] for name in MONTHS], axis=1).cumsum(axis=1)
    planned, known = panel.planned.copy(), panel.planned_known.copy()
    for place, index in enumerate(panel.month_indices):
        if index // 12 != year:
            continue
        mine = has & panel.present[:, place]
        planned[mine, place] = monthly[at[mine], index % 12]
        known[mine, place] = True
    return replace(panel, planned=planned, planned_known=known)


def annual_plans(panel: Panel, plans: pa.Table | None) -> dict[str, Decimal]:
    """Project → planned investment of the year, 万元, by these rows of project_plan."""
    if plans is None or not plans.num_rows:
        return {}
    at, has = _rows_of(panel, plans)
    amounts, _ = yuan(plans, "annual_plan")
    return {panel.project_codes[n]: wan_yuan(amounts[at[n]]) for n in positions(has)}


def _rows_of(panel: Panel, plans: pa.Table) -> tuple[Ints, Flags]:
    """([n] row of the project's plan, [n] whether it has one)."""
    found = pc.index_in(pa.array(panel.project_codes, pa.string()), value_set=plans["project_code"].combine_chunks())
    at = np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int64)
    return at, at >= 0
