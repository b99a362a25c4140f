"""What the options of domain_decisions §4 count from the dispatch returns: snail projects and newly started projects ≥ 10 亿元 of each
unit. Read only where the method switches an option on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ...dispatch.arrays import YUAN, positions
from ...dispatch.panel import STAGE
from ...errors import Refused
from ...model.periods import Period
from ...model.programme import Method
from ...model.ranking import UnitInputs
from ..dispatch.dispatch_view import DispatchView
from ..runtime.context import Context


def with_option_counts(
    context: Context, method: Method, period: Period, closed_at: datetime, units: Sequence[UnitInputs]
) -> list[UnitInputs]:
    """The inputs with the counts that `method` asks for, as they were known when the month closed: the snails of `saima dispatch
    snails`, without those exempted. Unchanged where nobody sent a dispatch return."""
    if not (method.snail_points or method.new_major_points):
        return list(units)
    view = DispatchView(context, period, closed_at)
    try:
        panel = view.panel
    except Refused:
        return list(units)
    snails = Counter(snail.unit_code for snail in view.snails if snail.exemption is None)
    start = panel.done[:, -1, STAGE["start"]]
    major = panel.plan_total >= int(view.policy.library.min_plan_wan_yuan * YUAN)
    fresh = panel.here & major & (start // 12 == period.year) & (start <= panel.now)
    started = Counter(panel.unit_codes[n] for n in positions(fresh))
    return [
        replace(unit, snail_projects=snails[unit.unit_code], new_major_projects=started[unit.unit_code])
        for unit in units
    ]
