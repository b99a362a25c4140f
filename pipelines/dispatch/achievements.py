"""Achievements (成果): 三当年 (L11), a hundred days to trial production (L10), what started and finished in the month (L31, L38)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from ..model.dispatch_policy import DispatchPolicy
from .arrays import NEVER, YUAN, Flags, month_end, months, positions, wan_yuan
from .panel import STAGE, Panel


@dataclass(frozen=True)
class Achievement:
    """`kind`: three_in_one_year (三当年), hundred_days, started, commissioned. `state`: achieved, or on_course (三当年 of a project that
    got its land and started in the year and is not commissioned yet). `days`: start to trial production."""

    kind: str
    project_code: str
    unit_code: str
    state: str
    days: int | None
    on: str


@dataclass(frozen=True)
class NewStarts:
    """Newly started projects ≥ 1 亿元 of a unit in the month and in the year (L38); amounts 万元."""

    unit_code: str
    month_projects: int
    month_plan_total: Decimal
    year_projects: int
    year_plan_total: Decimal


def achievements(panel: Panel, policy: DispatchPolicy, scope: Flags) -> list[Achievement]:
    """Achievements of the scope as of the month asked for, by kind, unit and code."""
    now, year = panel.now, panel.now // 12
    done = panel.done[:, -1]
    commissioned = months(panel.latest, "commission_actual")[panel.row]
    trial = months(panel.latest, "trial_actual")[panel.row]
    land, start = done[:, STAGE["land"]], done[:, STAGE["start"]]
    both = scope & panel.applies[:, -1, STAGE["land"]] & (land // 12 == year) & (start // 12 == year) & (start <= now)
    finished = both & (commissioned // 12 == year) & (commissioned <= now)
    found = [_one(panel, n, "three_in_one_year", "achieved", None, int(commissioned[n])) for n in positions(finished)]
    found += [_one(panel, n, "three_in_one_year", "on_course", None, now) for n in positions(both & ~finished)]
    days = _days_to_trial(panel, start, trial)
    quick = scope & (trial <= now) & (days >= 0) & (days <= policy.achievements.trial_days)
    found += [_one(panel, n, "hundred_days", "achieved", int(days[n]), int(trial[n])) for n in positions(quick)]
    found += [_one(panel, n, "started", "achieved", None, now) for n in positions(scope & (start == now))]
    fresh = scope & (commissioned == now)
    found += [_one(panel, n, "commissioned", "achieved", None, now) for n in positions(fresh)]
    return sorted(found, key=lambda a: (a.kind, a.unit_code, a.project_code))


def _days_to_trial(panel: Panel, start: np.ndarray, trial: np.ndarray) -> np.ndarray:
    """Days from the day of the start to the day of trial production; from the ends of the months where the days are not given."""
    exact = (panel.start_day < NEVER) & (panel.trial_day < NEVER)
    by_month = np.where((start < NEVER) & (trial < NEVER), month_end(trial) - month_end(start), -1)
    return np.where(exact, panel.trial_day - panel.start_day, by_month)


def _one(panel: Panel, n: int, kind: str, state: str, days: int | None, month: int) -> Achievement:
    return Achievement(
        kind, panel.project_codes[n], panel.unit_codes[n], state, days, f"{month // 12:04d}-{month % 12 + 1:02d}"
    )


def new_starts(panel: Panel, policy: DispatchPolicy) -> list[NewStarts]:
    """Per unit with any in the year: newly started projects of at least 1 亿元 in the return of the month (L38)."""
    start = panel.done[:, -1, STAGE["start"]]
    large = panel.here & (panel.plan_total >= int(policy.library.named_min_plan_wan_yuan * YUAN))
    year = large & (start // 12 == panel.now // 12) & (start <= panel.now)
    month = year & (start == panel.now)
    totals: dict[str, list[int]] = {}
    for n in positions(year):
        own = totals.setdefault(panel.unit_codes[n], [0, 0, 0, 0])
        own[2] += 1
        own[3] += int(panel.plan_total[n])
        if month[n]:
            own[0] += 1
            own[1] += int(panel.plan_total[n])
    return [
        NewStarts(unit, counts[0], wan_yuan(counts[1]), counts[2], wan_yuan(counts[3]))
        for unit, counts in sorted(totals.items())
    ]
