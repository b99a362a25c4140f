"""The efficacy function (功效系数), the spreading of weights and competition ranks: what scoring methods share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any, TypeVar

from ..model.formulas import round_half_up
from ..model.programme import ScoredIndicator

VALUE_PLACES = 8
POINTS_PLACES = 6
WEIGHT_PLACES = 6
"""Values, points and weights are rounded to what is printed *before* they enter the score, so that the printed table
recomputes exactly from its printed inputs."""

FLOOR = Decimal(40)


T = TypeVar("T")


def efficacy(x: Decimal, anchors: ScoredIndicator) -> Decimal:
    """E ∈ [40, 100], piecewise linear through lo → 40, mid → 80, hi → 100 and clipped (domain.md §4.2).

    x in the indicator's own unit (fraction or percentage points); the result rounded to POINTS_PLACES.
    """
    if x <= anchors.mid:
        raw = FLOOR + 40 * (x - anchors.lo) / (anchors.mid - anchors.lo)
    else:
        raw = 80 + 20 * (x - anchors.mid) / (anchors.hi - anchors.mid)
    return round_half_up(min(max(raw, FLOOR), Decimal(100)), POINTS_PLACES)


def scaled(anchors: ScoredIndicator, n: int) -> ScoredIndicator:
    """Pull anchors: the method stores lo −27 and hi +45 points, shared by n units (n = 9: −3 and +5; decisions §4)."""
    return replace(anchors, lo=anchors.lo / n, mid=anchors.mid / n, hi=anchors.hi / n)


def spread(weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Weights of the applicable indicators in percent, in proportion, summing to exactly 100 (largest remainder).

    Empty when there is nothing to weigh.
    """
    total = sum(weights.values(), Decimal(0))
    if not total:
        return {}
    unit = Decimal(1).scaleb(-WEIGHT_PLACES)
    exact = {key: 100 * weight / total for key, weight in weights.items()}
    printed = {key: value.quantize(unit, rounding=ROUND_FLOOR) for key, value in exact.items()}
    short = int((100 - sum(printed.values(), Decimal(0))) / unit)
    by_remainder = sorted(exact, key=lambda key: printed[key] - exact[key])
    for key in by_remainder[:short]:
        printed[key] += unit
    return printed


def competition_ranks(items: Sequence[T], key: Callable[[T], Any]) -> list[tuple[T, int, bool]]:
    """(item, rank, tied) in ascending order of `key`: equal keys share a rank, the next are skipped (1, 2, 2, 4)."""
    ordered = sorted(items, key=key)
    keys = [key(item) for item in ordered]
    first: dict[int, int] = {}
    for position, value in enumerate(keys):
        first[position] = first[position - 1] if position and keys[position - 1] == value else position
    sizes: dict[int, int] = {}
    for position in first.values():
        sizes[position] = sizes.get(position, 0) + 1
    return [(item, first[p] + 1, sizes[first[p]] > 1) for p, item in enumerate(ordered)]
