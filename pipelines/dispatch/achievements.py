"""Achievements (成果): 三当年 (L11), a hundred days to trial production (L10), what started and finished in the month (L31, L38)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from ..model.dispatch_policy import DispatchPolicy
from .arrays import NEVER, YUAN, Flags, month_end, month_text, months, positions, wan_yuan
from .panel import STAGE, Panel


class Achievement(NamedTuple):
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


def achievements(panel: Panel, policy: DispatchPolicy, scope: Flags, months_reported: int = 1) -> list[Achievement]:
    """Achievements of the scope as of the month asked for, by kind, unit and code. `months_reported` by the return, as for `new_starts`:
    what started or was commissioned in a month without a return of its own (January) is told with the next one."""
    now, year = panel.now, panel.now // 12
    done = panel.done[:, -1]
    commissioned = months(panel.latest, "commission_actual")
    trial = months(panel.latest, "trial_actual")
    land, start = done[:, STAGE["land"]], done[:, STAGE["start"]]
    both = scope & panel.applies[:, -1, STAGE["land"]] & (land // 12 == year) & (start // 12 == year) & (start <= now)
    finished = both & (commissioned // 12 == year) & (commissioned <= now)
    found = _all(panel, "three_in_one_year", "achieved", finished, commissioned)
    found += _all(panel, "three_in_one_year", "on_course", both & ~finished)
    days = _days_to_trial(panel, start, trial)
    quick = scope & (trial <= now) & (days >= 0) & (days <= policy.achievements.trial_days)
    found += _all(panel, "hundred_days", "achieved", quick, trial, days)
    for kind, month in (("started", start), ("commissioned", commissioned)):
        fresh = scope & (month <= now) & (month > now - months_reported)
        found += _all(panel, kind, "achieved", fresh, month)
    return sorted(found, key=attrgetter("kind", "unit_code", "project_code"))


def _days_to_trial(panel: Panel, start: np.ndarray, trial: np.ndarray) -> np.ndarray:
    """Days from the day of the start to the day of trial production; from the ends of the months where the days are not given."""
    exact = (panel.start_day < NEVER) & (panel.trial_day < NEVER)
    by_month = np.where((start < NEVER) & (trial < NEVER), month_end(trial) - month_end(start), -1)
    return np.where(exact, panel.trial_day - panel.start_day, by_month)


def _all(
    panel: Panel, kind: str, state: str, which: Flags, month: np.ndarray | None = None, days: np.ndarray | None = None
) -> list[Achievement]:
    """Those of the projects; `month` [n] of each, the month asked for where none is given."""
    places = positions(which)
    indices = month[places].tolist() if month is not None else [panel.now] * len(places)
    spans = days[places].tolist() if days is not None else [None] * len(places)
    names = {index: month_text(index) or "" for index in set(indices)}
    return [
        Achievement(kind, panel.project_codes[n], panel.unit_codes[n], state, span, names[index])
        for n, index, span in zip(places, indices, spans, strict=True)
    ]


def new_starts(panel: Panel, policy: DispatchPolicy, months: int = 1) -> list[NewStarts]:
    """Per unit with any in the year: newly started projects of at least 1 亿元 in the return of the month (L38). `months` that the return
    reports: two where the calendar has no January, three in a quarterly one."""
    start = panel.done[:, -1, STAGE["start"]]
    large = panel.here & (panel.plan_total >= int(policy.library.named_min_plan_wan_yuan * YUAN))
    year = large & (start // 12 == panel.now // 12) & (start <= panel.now)
    month = year & (start > panel.now - months)
    places = panel.by_unit(year)
    _, first, group = np.unique(panel.unit_rank[places], return_index=True, return_inverse=True)
    totals = np.zeros((len(first), 4), np.int64)
    amounts, fresh = panel.plan_total[places], month[places]
    for column, values in enumerate((fresh, np.where(fresh, amounts, 0), np.ones(len(places), bool), amounts)):
        np.add.at(totals[:, column], group, values.astype(np.int64))
    return [
        NewStarts(panel.unit_codes[n], projects, wan_yuan(plan), of_year, wan_yuan(plan_of_year))
        for n, (projects, plan, of_year, plan_of_year) in zip(places[first].tolist(), totals.tolist(), strict=True)
    ]
