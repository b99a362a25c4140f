"""Investment planned for the year by rows of project_plan."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .arrays import Flags, Ints, yuan
from .panel import Panel


def annual_plans(panel: Panel, plans: pa.Table | None) -> tuple[Ints, Flags]:
    """([n] planned investment of the year in yuan by these rows of project_plan, [n] whether they have one of the project)."""
    if plans is None or not plans.num_rows:
        return np.zeros(len(panel), np.int64), np.zeros(len(panel), bool)
    found = pc.index_in(panel.code_array, value_set=plans["project_code"].combine_chunks())
    at = np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int64)
    amounts, _ = yuan(plans, "annual_plan")
    return amounts[at], at >= 0
