"""The six-stage funnel of the dispatch library that an edition carries: counts of projects, no project and no amount."""

from __future__ import annotations

from datetime import datetime

from ...dispatch.stage_board import stage_funnel
from ...errors import Refused
from ...model.lifecycle import FunnelStage
from ...model.periods import Period
from ..dispatch.dispatch_view import DispatchView
from ..runtime.context import Context


def library_funnel(context: Context, period: Period, closed_at: datetime) -> tuple[FunnelStage, ...]:
    """The funnel as it was known when the month closed; empty where the programme or the month has no dispatch return."""
    view = DispatchView(context, period, closed_at)
    try:
        return stage_funnel(view.panel, view.library.members)
    except Refused:
        return ()
