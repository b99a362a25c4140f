"""Red-flag projects (红旗, domain_decisions §4): every due stage on or before plan, p ≥ 1.00, no open finding."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from ..model.dispatch_policy import DispatchPolicy
from .arrays import NEVER, Flags, Ints, at_least, month_end, positions
from .panel import Panel
from .progress_lights import measured, progress

REASONS: dict[str, tuple[str, str]] = {
    "stages_on_plan": ("到期环节全部按期", "every due stage on or before plan"),
    "progress": ("投资进度达到序时", "investment at or above plan"),
    "no_open_finding": ("无未了事项", "no open finding"),
}


@dataclass(frozen=True)
class RedFlag:
    """`days_ahead`: days between plan and fact summed over the stages reached; `progress` as it is, the order caps it."""

    project_code: str
    unit_code: str
    days_ahead: int
    progress: Decimal
    reasons: tuple[str, ...]


def days_ahead(panel: Panel) -> Ints:
    """[n]: days ahead of plan over the stages reached that had one (negative: behind), from month ends."""
    both = panel.reached() & panel.applies[:, -1] & (panel.plan[:, -1] < NEVER)
    ahead = month_end(panel.plan[:, -1]) - month_end(panel.done[:, -1])
    result: Ints = np.where(both, ahead, 0).sum(axis=1)
    return result


def red_flags(panel: Panel, policy: DispatchPolicy, scope: Flags, open_findings: Collection[str] = ()) -> list[RedFlag]:
    """Flags of the month asked for, the best first: days ahead, then p capped, then unit and code. At most the policy's share of the
    scope and its number of projects, at least one place where anybody qualifies."""
    rules = policy.red_flags
    planned, actual = panel.planned[:, -1], panel.actual[:, -1]
    on_plan = ~(panel.due() & (panel.done[:, -1] > panel.plan[:, -1])).any(axis=1)
    chosen = scope & measured(panel) & on_plan & at_least(actual, planned, rules.min_progress)
    ahead, cap = days_ahead(panel), rules.progress_cap
    chosen &= ~panel.among(open_findings)
    most = max(1, min(rules.max_projects, int(int(scope.sum()) * rules.max_share)))
    days = np.sort(ahead[chosen])
    if len(days) > most:
        chosen &= ahead >= days[-most]
    flags = []
    for n in positions(chosen):
        p = progress(panel, n)
        if p is not None:
            flags.append(RedFlag(panel.project_codes[n], panel.unit_codes[n], int(ahead[n]), p, tuple(REASONS)))
    flags.sort(key=lambda f: (-f.days_ahead, -min(f.progress, cap), f.unit_code, f.project_code))
    return flags[:most]
