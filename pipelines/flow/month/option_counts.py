"""What the options of domain_decisions §4 count from the dispatch returns: snail projects and newly started projects ≥ 10 亿元 of each
unit. Read only where the method switches an option on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa

from ...dispatch.arrays import YUAN, positions
from ...dispatch.decision_history import exemptions, known_at, notices
from ...dispatch.library import dispatch_library
from ...dispatch.panel import STAGE, build_panel
from ...dispatch.plan_schedule import with_frozen_plan
from ...dispatch.snails import snail_projects
from ...model.periods import Period
from ...model.programme import Method
from ...model.ranking import UnitInputs
from ..records.frozen_plans import PLAN
from ..runtime.context import Context

MONTHS_READ = 12
"""Snails are told by how long a project has stood still; a year of returns is what the panel looks back on."""


def with_option_counts(
    context: Context, method: Method, period: Period, closed_at: datetime, units: Sequence[UnitInputs]
) -> list[UnitInputs]:
    """The inputs with the counts that `method` asks for, as they were known when the month closed; exempted snails do not count."""
    policy, form = context.programme.dispatch, context.programme.form_name("dispatch")
    if not (method.snail_points or method.new_major_points) or form not in context.programme.forms:
        return list(units)
    months = [p for p in context.programme.calendar.periods(form) if p <= period][-MONTHS_READ:]
    warehouse = context.warehouse
    rows = [warehouse.current_facts(form, str(month)) for month in months]
    if not rows or not rows[-1].num_rows:
        return list(units)
    panel = build_panel(pa.concat_tables(rows), [m for m, r in zip(months, rows, strict=True) if r.num_rows])
    if PLAN in context.programme.forms:
        panel = with_frozen_plan(panel, warehouse.current_facts(PLAN, str(period.year)), period.year)
    decisions = known_at(warehouse.decisions.all(closed_at), closed_at)
    day = period.shift(1).first_day - timedelta(days=1)
    members = dispatch_library(panel, decisions, policy, day).members
    slow = snail_projects(panel, policy, members, exemptions(decisions, day), notices(decisions))
    snails = Counter(snail.unit_code for snail in slow if snail.exemption is None)
    start = panel.done[:, -1, STAGE["start"]]
    major = panel.plan_total >= int(policy.library.min_plan_wan_yuan * YUAN)
    fresh = panel.here & major & (start // 12 == period.year) & (start <= panel.now)
    started = Counter(panel.unit_codes[n] for n in positions(fresh))
    return [
        replace(unit, snail_projects=snails[unit.unit_code], new_major_projects=started[unit.unit_code])
        for unit in units
    ]
