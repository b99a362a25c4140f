"""Investment planned for the year by rows of project_plan."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .arrays import Flags, Ints, positions, wan_yuan, yuan
from .panel import Panel


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
