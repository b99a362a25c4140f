"""Snail projects (蜗牛, domain.md §4.3): reasons, warning first, exemptions, exit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from ..model.dispatch_policy import DispatchPolicy
from .arrays import Flags, Ints, at_least, month_text
from .decision_history import Exemption
from .panel import Panel
from .progress_lights import (
    LIGHTS,
    RED,
    building,
    increments,
    lights,
    measured,
    progresses,
    start_overdue_months,
    unregistered_months,
    warned,
)

REASONS: dict[str, tuple[str, str]] = {
    "progress_red": ("连续两个报告月进度低于红线", "progress below the red line in consecutive reporting months"),
    "start_overdue": ("开工逾期", "start overdue"),
    "no_increment": ("在建而连续数月零进展", "under construction without any increment for months"),
    "stage_overdue": ("环节逾期", "a stage overdue"),
    "not_in_statistics": ("已开工未入统", "started and not in the statistical library"),
}
"""Reason → Chinese and English; the order of domain.md §4.3 (a)–(e)."""
BITS = {reason: 1 << place for place, reason in enumerate(REASONS)}
_BY_PROGRESS = BITS["progress_red"] | BITS["no_increment"]


class SnailProject(NamedTuple):
    """`since`: first month of the unbroken run; `months`: how many reporting months it lasts; `exempt` where an exemption holds."""

    project_code: str
    unit_code: str
    reasons: tuple[str, ...]
    since: str
    months: int
    progress: Decimal | None
    overdue_days: int
    exemption: Exemption | None


class WarnedProject(NamedTuple):
    """Yellow or worse now: told first (提醒单); a snail next month if it stays so."""

    project_code: str
    unit_code: str
    light: str | None
    progress: Decimal | None
    start_overdue_months: int
    overdue_days: int


def snail_conditions(panel: Panel, policy: DispatchPolicy, place: int) -> Ints:
    """[n]: bits of the reasons that hold at the end of a month, warned or not."""
    rules, at = policy.snails, place % len(panel.month_indices)
    here = panel.present[:, at]
    bits = np.zeros(len(panel), np.int64)
    if at + 1 >= rules.red_months:
        red = np.stack([lights(panel, policy, at - back) == RED for back in range(rules.red_months)])
        bits |= np.where(red.all(axis=0), BITS["progress_red"], 0)
    bits |= np.where(start_overdue_months(panel, at) >= rules.start_overdue_months, BITS["start_overdue"], 0)
    if at + 1 >= rules.idle_months:
        idle = np.stack(
            [building(panel, at - back) & (increments(panel, at - back) == 0) for back in range(rules.idle_months)]
        )
        bits |= np.where(idle.all(axis=0), BITS["no_increment"], 0)
    late = panel.overdue_days(at).max(axis=1, initial=0)
    bits |= np.where(late > rules.stage_overdue_days, BITS["stage_overdue"], 0)
    bits |= np.where(unregistered_months(panel, at) >= rules.statistics_months, BITS["not_in_statistics"], 0)
    return np.where(here, bits, 0)


def _cured(panel: Panel, policy: DispatchPolicy, place: int) -> Ints:
    """[n]: bits of the reasons that a month cures: progress back at the exit share, the stage done, the entry made."""
    back = measured(panel, place) & at_least(
        panel.actual[:, place], panel.planned[:, place], policy.snails.exit_progress
    )
    cured = np.where(back, _BY_PROGRESS, 0)
    cured |= np.where(building(panel, place), 0, BITS["no_increment"])
    cured |= np.where(start_overdue_months(panel, place) == 0, BITS["start_overdue"], 0)
    cured |= np.where(panel.overdue(place).any(axis=1), 0, BITS["stage_overdue"])
    cured |= np.where(unregistered_months(panel, place) == 0, BITS["not_in_statistics"], 0)
    return np.where(panel.present[:, place], cured, 0)


def snail_history(
    panel: Panel, policy: DispatchPolicy, scope: Flags, noticed: Mapping[str, Sequence[date]] | None = None
) -> tuple[Ints, Ints]:
    """([n] reason bits now, [n] place of the first month of the run; −1 for no snail).

    A reason counts where the project was yellow in the reporting month before (and, where the policy says so, a notice was recorded
    by the end of that month, since the project was last better than yellow); it holds until the month that cures it.
    """
    held = np.zeros(len(panel), np.int64)
    since = np.full(len(panel), -1, np.int64)
    recorded, calm = policy.snails.notice == "recorded", np.zeros(len(panel), np.int64)
    for place in range(1, len(panel.month_indices)):
        may = warned(panel, policy, place - 1)
        if recorded:
            end = int(panel.ends[place - 1])
            calm = np.where(panel.present[:, place - 1] & ~may, end, calm)
            may &= _last_notice(panel, noticed or {}, end) > calm
        fresh = np.where(may & scope, snail_conditions(panel, policy, place), 0)
        here = panel.present[:, place]
        held = np.where(here, fresh | (held & ~_cured(panel, policy, place)), held)
        since = np.where(held == 0, -1, np.where(since < 0, place, since))
    return np.where(scope, held, 0), np.where(scope, since, -1)


def _last_notice(panel: Panel, noticed: Mapping[str, Sequence[date]], end: int) -> Ints:
    """[n]: day ordinal of the last notice up to a day; 0 where there was none."""
    found = np.zeros(len(panel), np.int64)
    for code in noticed.keys() & panel.place_of.keys():
        found[panel.place_of[code]] = max((on for day in noticed[code] if (on := day.toordinal()) <= end), default=0)
    return found


def snail_projects(
    panel: Panel,
    policy: DispatchPolicy,
    scope: Flags,
    exempted: Mapping[str, Exemption],
    noticed: Mapping[str, Sequence[date]] | None = None,
) -> list[SnailProject]:
    """Snails of the month asked for by unit and project code, exempted ones too (`exemption`)."""
    held, since = snail_history(panel, policy, scope, noticed)
    late = panel.overdue_days().max(axis=1, initial=0)
    places = panel.by_unit(held != 0)
    names = {
        bits: tuple(reason for reason, bit in BITS.items() if bits & bit) for bits in np.unique(held[places]).tolist()
    }
    begun = [month_text(index) or "" for index in panel.month_indices]
    columns = (places, held[places], since[places], late[places])
    return [
        SnailProject(
            panel.project_codes[n],
            panel.unit_codes[n],
            names[bits],
            begun[first],
            len(begun) - first,
            p,
            days,
            exempted.get(panel.project_codes[n]),
        )
        for (n, bits, first, days), p in zip(
            zip(*(column.tolist() for column in columns), strict=True), progresses(panel, places), strict=True
        )
    ]


def warned_projects(
    panel: Panel, policy: DispatchPolicy, scope: Flags, snails: Collection[SnailProject]
) -> list[WarnedProject]:
    """Who is yellow or worse in the month asked for and not among its `snails`: the reminder slips of the month."""
    held = panel.among([snail.project_code for snail in snails])
    places = panel.by_unit(warned(panel, policy) & scope & ~held)
    late = panel.overdue_days().max(axis=1, initial=0)
    columns = (places, lights(panel, policy)[places], start_overdue_months(panel)[places], late[places])
    return [
        WarnedProject(panel.project_codes[n], panel.unit_codes[n], LIGHTS[colour], p, months, days)
        for (n, colour, months, days), p in zip(
            zip(*(column.tolist() for column in columns), strict=True), progresses(panel, places), strict=True
        )
    ]
