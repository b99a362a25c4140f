"""Traffic lights (domain.md §4.3): p = actual / planned to date. Green, yellow, red; none where nothing was planned."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from ..model.dispatch_policy import DispatchPolicy
from .arrays import Flags, Ints, at_least
from .panel import STAGE, Panel

NONE, GREEN, YELLOW, RED = 0, 1, 2, 3
LIGHTS: tuple[str | None, ...] = (None, "green", "yellow", "red")


def measured(panel: Panel, place: int = -1) -> Flags:
    """[n]: the month has a plan to measure against."""
    result: Flags = panel.present[:, place] & panel.planned_known[:, place] & (panel.planned[:, place] > 0)
    return result


def lights(panel: Panel, policy: DispatchPolicy, place: int = -1) -> Ints:
    """[n] of NONE, GREEN, YELLOW, RED at the end of a month."""
    planned, actual = panel.planned[:, place], panel.actual[:, place]
    colour = np.where(at_least(actual, planned, policy.lights.green), GREEN, YELLOW)
    colour = np.where(at_least(actual, planned, policy.lights.red), colour, RED)
    return np.where(measured(panel, place), colour, NONE)


def progress(panel: Panel, project: int, place: int = -1) -> Decimal | None:
    """p of one project, for a table."""
    planned = int(panel.planned[project, place])
    if planned <= 0 or not (panel.present[project, place] and panel.planned_known[project, place]):
        return None
    return Decimal(int(panel.actual[project, place])) / planned


def progresses(panel: Panel, places: Ints, place: int = -1) -> list[Decimal | None]:
    """p of many projects, in their order: each pair of amounts is divided once."""
    known = measured(panel, place)[places].tolist()
    pairs = zip(panel.actual[places, place].tolist(), panel.planned[places, place].tolist(), strict=True)
    return [Decimal(actual) / planned if there else None for (actual, planned), there in zip(pairs, known, strict=True)]


def start_overdue_months(panel: Panel, place: int = -1) -> Ints:
    """[n]: months by which the start is overdue at the end of a month; 0 where it is not."""
    start = STAGE["start"]
    return np.where(panel.overdue(place)[:, start], panel.month_indices[place] - panel.plan[:, place, start], 0)


def warned(panel: Panel, policy: DispatchPolicy, place: int = -1) -> Flags:
    """[n]: yellow or worse at the end of a month: the light, a start overdue by a month, or any stage overdue. Who stood so was told
    (the reminder slip goes with the light), and only then may become a snail."""
    result: Flags = panel.present[:, place] & (
        (lights(panel, policy, place) >= YELLOW)
        | (start_overdue_months(panel, place) >= 1)
        | panel.overdue(place).any(axis=1)
        | _idle(panel, place)
        | _unregistered(panel, place, 1)
    )
    return result


def _idle(panel: Panel, place: int) -> Flags:
    result: Flags = building(panel, place) & (increments(panel, place) == 0)
    return result


def _unregistered(panel: Panel, place: int, months: int) -> Flags:
    result: Flags = unregistered_months(panel, place) >= months
    return result


def building(panel: Panel, place: int = -1) -> Flags:
    """[n]: started and not completed at the end of a month (在建)."""
    reached = panel.reached(place)
    result: Flags = panel.present[:, place] & reached[:, STAGE["start"]] & ~reached[:, STAGE["completion"]]
    return result


def increments(panel: Panel, place: int = -1) -> Ints:
    """[n]: investment of the month in yuan: the difference of cumulative figures, in the first report of a year (January's, or that of a
    later month where the calendar has none) the figure itself; −1 where the month before is not there (unknown, never zero)."""
    at = place % len(panel.month_indices)
    month = panel.month_indices[at]
    if month % 12 == 0 or (at > 0 and month // 12 > panel.month_indices[at - 1] // 12):
        return panel.actual[:, at]
    if at == 0:
        return np.full(len(panel), -1, np.int64)
    known = panel.present[:, at - 1] & panel.present[:, at]
    return np.where(known, np.maximum(panel.actual[:, at] - panel.actual[:, at - 1], -1), -1)


def unregistered_months(panel: Panel, place: int = -1) -> Ints:
    """[n]: months since construction started without entry into the statistical library (an administrative fact of the dispatch
    return); 0 where it is entered, not started, or the unit's return does not say."""
    month = panel.month_indices[place]
    start = panel.done[:, place, STAGE["start"]]
    waiting = (
        panel.present[:, place] & panel.says_entry[:, place] & (start <= month) & (panel.stat_entry[:, place] > month)
    )
    return np.where(waiting, month - start, 0)
