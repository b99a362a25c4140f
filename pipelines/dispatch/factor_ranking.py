"""Factors follow the best projects (要素跟着最优项目走, L19, L30): ranked by fixed anchors, allocated within a budget. People decide."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from ..model.dispatch_policy import Criterion, DispatchPolicy, Factor
from .arrays import NEVER, YUAN, Flags, Floats, Ints, wan_yuan, wan_yuans
from .panel import STAGE, Panel

POINT = Decimal("0.01")
MILLION = 1_000_000


@dataclass(frozen=True)
class CriterionScore:
    """`value` as measured (None: not known, its weight is spread over the others), `points` 0–100."""

    key: str
    value: Decimal | None
    points: Decimal | None
    weight: Decimal


@dataclass(frozen=True)
class FactorPlace:
    """A place in the proposal. Need and proposed amount in the factor's unit; nothing is proposed beyond the budget."""

    rank: int
    project_code: str
    unit_code: str
    score: Decimal
    need: Decimal
    proposed: Decimal
    criteria: tuple[CriterionScore, ...]


@dataclass(frozen=True)
class FactorProposal:
    """`budget` None: none was set, so nothing is proposed; the ranking stands all the same. `ranked`: how many projects state a need;
    `places` are the best of them and every one that is proposed anything."""

    factor: Factor
    budget: Decimal | None
    proposed: Decimal
    needed: Decimal
    ranked: int
    places: tuple[FactorPlace, ...]


def factor_proposal(
    panel: Panel,
    policy: DispatchPolicy,
    factor: Factor,
    scope: Flags,
    budget: Decimal | None,
    barred: Collection[str] = (),
    most: int = 1_000,
) -> FactorProposal:
    """The projects of the scope that state a need, best first: score, then smaller need, then code. The budget goes down the ranking,
    whole needs only; a need that no longer fits is passed over and the next one tried. `barred`: snails get no factors. `most`: places
    that are shown though nothing is proposed for them. A project that stands in no return of the month states no need in it."""
    need, known = panel.quantity(factor.field)
    out = panel.among(barred)
    asking = np.flatnonzero(scope & panel.here & known & (need > 0) & ~out)
    values = [_measure(panel, criterion.key) for criterion in policy.criteria]
    measured = [(_millionths(value[asking]), there[asking]) for value, there in values]
    points = [_points(c, own) for c, (own, _) in zip(policy.criteria, measured, strict=True)]
    score = _scores(policy.criteria, points, [there for _, there in measured])
    order = np.lexsort((asking, need[asking], -score))
    given = _allocated(need[asking][order], int(budget * YUAN) if budget is not None else 0)
    shown = np.flatnonzero((np.arange(len(order)) < most) | (given > 0))
    at = order[shown]
    places = [
        FactorPlace(
            rank,
            panel.project_codes[n],
            panel.unit_codes[n],
            (Decimal(own) / 100).quantize(POINT),
            wanted,
            proposed,
            criteria,
        )
        for rank, n, own, wanted, proposed, criteria in zip(
            (shown + 1).tolist(),
            asking[at].tolist(),
            score[at].tolist(),
            wan_yuans(need[asking][at]),
            wan_yuans(given[shown]),
            zip(*(_criterion(*one, at) for one in zip(policy.criteria, measured, points, strict=True)), strict=True)
            if policy.criteria
            else [()] * len(at),
            strict=True,
        )
    ]
    return FactorProposal(
        factor, budget, wan_yuan(given.sum()), wan_yuan(need[asking].sum()), len(asking), tuple(places)
    )


def _allocated(needs: Ints, budget: int) -> Ints:
    """What each need, best first, is given of the budget: all of it where it still fits, else nothing."""
    given = np.zeros(len(needs), np.int64)
    smallest = np.minimum.accumulate(needs[::-1])[::-1].tolist()
    for place, (wanted, least) in enumerate(zip(needs.tolist(), smallest, strict=True)):
        if least > budget:
            break
        if wanted <= budget:
            given[place], budget = wanted, budget - wanted
    return given


def _criterion(criterion: Criterion, measured: tuple[Ints, Flags], points: Ints, places: Ints) -> list[CriterionScore]:
    """How the criterion scores the projects at some places."""
    values, there = measured
    columns = (values[places], there[places], points[places])
    return [
        CriterionScore(
            criterion.key,
            Decimal(value) / MILLION if known else None,
            Decimal(own) / 100 if known else None,
            criterion.weight,
        )
        for value, known, own in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _millionths(values: Floats) -> Ints:
    """Measured values to six places, as whole numbers: what is printed is what is scored."""
    return np.rint(values * MILLION).astype(np.int64)


def _points(criterion: Criterion, values: Ints) -> Ints:
    """Hundredths of points: linear from `worst` (0) to `best` (10,000), clipped, rounded half-up in whole numbers."""
    worst, best = int(criterion.worst * MILLION), int(criterion.best * MILLION)
    way, span = (values - worst) * (1 if best > worst else -1), abs(best - worst)
    inside = np.clip(way, 0, span)
    result: Ints = (inside * 10_000 * 2 + span) // (2 * span)
    return result


def _scores(criteria: Sequence[Criterion], points: Sequence[Ints], known: Sequence[Flags]) -> Ints:
    """Hundredths: weighted mean over the criteria that are known, half-up; 0 where none is."""
    weights = [int(c.weight * 100) for c in criteria]
    total = sum((np.where(there, p * w, 0) for p, w, there in zip(points, weights, known, strict=True)), np.int64(0))
    weight = sum((np.where(there, w, 0) for w, there in zip(weights, known, strict=True)), np.int64(0))
    safe = np.where(weight > 0, weight, 1)
    return np.where(weight > 0, (2 * total + safe) // (2 * safe), 0)


def _measure(panel: Panel, key: str) -> tuple[Floats, Flags]:
    """[n] values of a criterion, and where they are known."""
    if key == "output_per_mu":
        return _ratio(panel.quantity("expected_output"), panel.quantity("land_area"))
    if key == "energy_intensity":
        return _ratio(panel.quantity("energy_use"), panel.quantity("expected_output"))
    applies, reached, due = panel.applies[:, -1], panel.reached(), panel.due()
    if key == "readiness":
        return _share((reached & applies).sum(axis=1), applies.sum(axis=1))
    if key == "punctuality":
        in_time = due & (panel.done[:, -1] <= panel.plan[:, -1])
        return _share(in_time.sum(axis=1), due.sum(axis=1))
    start = panel.plan[:, -1, STAGE["start"]]
    known = start < NEVER
    return np.where(known, np.maximum(0, start - panel.now), 0).astype(np.float64), known


def _ratio(above: tuple[Ints, Flags], below: tuple[Ints, Flags]) -> tuple[Floats, Flags]:
    known = above[1] & below[1] & (below[0] > 0)
    return np.where(known, above[0] / np.where(known, below[0], 1), 0.0), known


def _share(part: Ints, whole: Ints) -> tuple[Floats, Flags]:
    known = whole > 0
    return np.where(known, part / np.where(known, whole, 1), 0.0), known
