"""Factors follow the best projects (要素跟着最优项目走, L19, L30): ranked by fixed anchors, allocated within a budget. People decide."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from ..model.dispatch_policy import Criterion, DispatchPolicy, Factor
from .arrays import NEVER, YUAN, Flags, Floats, Ints, positions
from .panel import STAGE, Panel

POINT = Decimal("0.01")


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
    """`budget` None: none was set, so nothing is proposed; the ranking stands all the same."""

    factor: Factor
    budget: Decimal | None
    proposed: Decimal
    needed: Decimal
    places: tuple[FactorPlace, ...]


def factor_proposal(
    panel: Panel,
    policy: DispatchPolicy,
    factor: Factor,
    scope: Flags,
    budget: Decimal | None,
    barred: Collection[str] = (),
) -> FactorProposal:
    """The projects of the scope that state a need, best first: score, then smaller need, then code. The budget goes down the ranking,
    whole needs only; a need that no longer fits is passed over and the next one tried. `barred`: snails get no factors."""
    need, known = panel.quantity(factor.field)
    out = np.isin(np.array(panel.project_codes, dtype=object), list(barred)) if barred else np.zeros(len(panel), bool)
    places = positions(scope & known & (need > 0) & ~out)
    values = {criterion.key: _measure(panel, criterion.key) for criterion in policy.criteria}
    scored = []
    for n in places:
        criteria = tuple(_score(criterion, values[criterion.key], n) for criterion in policy.criteria)
        scored.append((_total(criteria), int(need[n]), panel.project_codes[n], panel.unit_codes[n], criteria))
    scored.sort(key=lambda s: (-s[0], s[1], s[2]))
    left = int(budget * YUAN) if budget is not None else 0
    result = []
    for rank, (score, wanted, code, unit, criteria) in enumerate(scored, 1):
        given = wanted if wanted <= left else 0
        left -= given
        result.append(FactorPlace(rank, code, unit, score, Decimal(wanted) / YUAN, Decimal(given) / YUAN, criteria))
    return FactorProposal(
        factor,
        budget,
        sum((place.proposed for place in result), Decimal(0)),
        sum((place.need for place in result), Decimal(0)),
        tuple(result),
    )


def criterion_points(criterion: Criterion, value: Decimal) -> Decimal:
    """Linear from `worst` (0) to `best` (100), clipped; rounded half-up to two places so that everybody recomputes the same."""
    share = (value - criterion.worst) / (criterion.best - criterion.worst)
    return (min(Decimal(1), max(Decimal(0), share)) * 100).quantize(POINT, rounding="ROUND_HALF_UP")


def _score(criterion: Criterion, measured: tuple[Floats, Flags], n: int) -> CriterionScore:
    values, known = measured
    if not known[n]:
        return CriterionScore(criterion.key, None, None, criterion.weight)
    value = Decimal(repr(float(values[n]))).quantize(Decimal("0.000001"))
    return CriterionScore(criterion.key, value, criterion_points(criterion, value), criterion.weight)


def _total(criteria: tuple[CriterionScore, ...]) -> Decimal:
    """Weighted mean over what is known; 0 where nothing is."""
    weight = sum((c.weight for c in criteria if c.points is not None), Decimal(0))
    points = sum((c.weight * c.points for c in criteria if c.points is not None), Decimal(0))
    return (points / weight).quantize(POINT, rounding="ROUND_HALF_UP") if weight else Decimal(0)


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
