"""The stage board (L26, L29): how many projects stand in each of the six stages, for how long, what is overdue, which stage is the
weakest link, and who moved since the month before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from ..model.fields import STAGES
from ..model.lifecycle import FunnelStage
from .arrays import NEVER, Flags, Floats, Ints, month_end, wan_yuan
from .panel import Panel

FINISHED = "finished"
ENTERED = "entered"
LEFT = "left"
"""Beside the six stages a move may lead to FINISHED (all stages reached), come from ENTERED or go to LEFT (in and out of the library)."""
_DONE = len(STAGES)
_OUT = len(STAGES) + 1


@dataclass(frozen=True)
class StageCount:
    """`due`, `overdue`: projects whose stage was planned up to the month, and those of them that have not reached it; `in_stage`: those
    that work on it now, `plan_total` and `actual` their planned total and investment to date in 万元; `median_dwell_days`: days since
    they reached the stage before, None where nobody is in it."""

    stage: str
    due: int
    overdue: int
    in_stage: int
    median_dwell_days: float | None
    plan_total: Decimal
    actual: Decimal

    @property
    def overdue_share(self) -> float | None:
        return self.overdue / self.due if self.due else None


@dataclass(frozen=True)
class Move:
    """Projects that went from one stage to another between two reporting months."""

    source: str
    target: str
    projects: int


@dataclass(frozen=True)
class StageBoard:
    """`weakest`: the stage with the highest overdue share (the earlier of equals), None where nothing is overdue. `finished`: projects
    with every stage reached."""

    stages: tuple[StageCount, ...]
    weakest: str | None
    moves: tuple[Move, ...]
    finished: int


def current_stage(panel: Panel, place: int = -1) -> Ints:
    """[n]: the stage a project works on at the end of a month: the first applicable one after the last it reached (stages may overlap,
    and a return may leave an early date out). 6 = all reached."""
    reached = panel.reached(place) & panel.applies[:, place]
    order = np.arange(len(STAGES))
    last = np.where(reached, order, -1).max(axis=1)
    open_ = panel.applies[:, place] & (order > last[:, None])
    return np.where(open_.any(axis=1), open_.argmax(axis=1), _DONE)


def dwell_days(panel: Panel, stage: Ints, place: int = -1) -> Floats:
    """[n]: days from the end of the month in which the last stage was reached to the end of the month; NaN where none was."""
    done = np.where(panel.reached(place) & panel.applies[:, place], panel.done[:, place], -1)
    last = done.max(axis=1)
    since = panel.ends[place] - month_end(np.where(last < 0, NEVER, last))
    return np.where((last < 0) | (stage == _DONE), np.nan, since.astype(np.float64))


def stage_board(panel: Panel, scope: Flags, before: Flags | None = None) -> StageBoard:
    """The board of the projects in `scope` [n]; `before`: who was in it a month earlier (default: the same that were in that return)."""
    stage, places = current_stage(panel), np.flatnonzero(scope)
    counts = _counts(panel, stage, places, np.zeros(len(places), np.int64), 1)[0]
    finished = int((stage[places] == _DONE).sum())
    return StageBoard(tuple(counts), weakest_stage(counts), _moves(panel, scope, before, stage), finished)


def stage_funnel(panel: Panel, scope: Flags) -> tuple[FunnelStage, ...]:
    """准入·供地·审批·开工·竣工·达产 over the projects in `scope` at the end of the month asked for."""
    applies = panel.applies[scope, -1]
    projects, reached = applies.sum(axis=0).tolist(), (applies & panel.reached()[scope]).sum(axis=0).tolist()
    board = stage_board(panel, scope)
    return tuple(
        FunnelStage(s.stage, projects[n], reached[n], s.due, s.overdue, s.in_stage) for n, s in enumerate(board.stages)
    )


def unit_boards(panel: Panel, scope: Flags) -> dict[str, tuple[StageCount, ...]]:
    """Unit → its own counts of the projects in `scope`, by unit code."""
    places = panel.by_unit(scope)
    _, first, group = np.unique(panel.unit_rank[places], return_index=True, return_inverse=True)
    units = [panel.unit_codes[n] for n in places[first].tolist()]
    counts = _counts(panel, current_stage(panel), places, group.astype(np.int64), len(units))
    return dict(zip(units, map(tuple, counts), strict=True))


def _counts(panel: Panel, stage: Ints, places: Ints, group: Ints, groups: int) -> list[list[StageCount]]:
    """[groups] of the six stages' counts; `group` of each of the projects at `places`."""
    width = len(STAGES)
    due, overdue = (
        np.stack([np.bincount(group[mask[places, n]], minlength=groups) for n in range(width)], axis=1).tolist()
        for mask in (panel.due(), panel.overdue())
    )
    standing = stage[places] < width
    cell = (group * width + stage[places])[standing]
    inside = np.bincount(cell, minlength=groups * width).reshape(groups, width).tolist()
    plan_total, actual = (
        _sums(values[places][standing], cell, groups * width) for values in (panel.plan_total, panel.actual[:, -1])
    )
    dwell = dwell_days(panel, stage)[places][standing]
    medians = _medians(dwell, cell, groups * width)
    return [
        [
            StageCount(name, due[one][n], overdue[one][n], inside[one][n], medians[at], plan_total[at], actual[at])
            for at, (n, name) in enumerate(enumerate(STAGES), one * width)
        ]
        for one in range(groups)
    ]


def _sums(yuan: Ints, cell: Ints, cells: int) -> list[Decimal]:
    """The sum of the amounts of each cell, 万元."""
    sums = np.zeros(cells, np.int64)
    np.add.at(sums, cell, yuan)
    return [wan_yuan(amount) for amount in sums]


def _medians(values: Floats, cell: Ints, cells: int) -> list[float | None]:
    """The median of the values of each cell; None where it has none that is known."""
    known = ~np.isnan(values)
    values, cell = values[known], cell[known]
    ordered = values[np.lexsort((values, cell))]
    sizes = np.bincount(cell, minlength=cells)
    begins = np.cumsum(sizes) - sizes
    found: list[float | None] = [None] * cells
    for one in np.flatnonzero(sizes).tolist():
        begin, size = int(begins[one]), int(sizes[one])
        found[one] = float(ordered[begin + (size - 1) // 2] + ordered[begin + size // 2]) / 2
    return found


def weakest_stage(counts: Sequence[StageCount]) -> str | None:
    """The weakest link by overdue share; exact comparison of the fractions."""
    worst: StageCount | None = None
    for count in counts:
        if count.overdue and (worst is None or count.overdue * worst.due > worst.overdue * count.due):
            worst = count
    return worst.stage if worst else None


def _moves(panel: Panel, scope: Flags, before: Flags | None, stage: Ints) -> tuple[Move, ...]:
    if len(panel.month_indices) < 2:
        return ()
    was_here = panel.known[:, -2] & (scope if before is None else before)
    earlier = np.where(was_here, current_stage(panel, -2), _OUT)
    if before is None:
        was_absent = scope & ~panel.known[:, -2]
        earlier = np.where(was_absent, _OUT, earlier)
    now = np.where(scope, stage, _OUT)
    changed = earlier != now
    pairs, counts = np.unique(np.stack([earlier[changed], now[changed]], axis=1), axis=0, return_counts=True)
    names = (*STAGES, FINISHED)
    return tuple(
        Move(ENTERED if a == _OUT else names[a], LEFT if b == _OUT else names[b], int(count))
        for (a, b), count in zip(pairs.tolist(), counts.tolist(), strict=True)
    )
