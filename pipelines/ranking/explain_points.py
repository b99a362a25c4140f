"""Why a unit stands where it stands: which indicator gave which points, and, after publication, what of s, o, q would overtake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from ..model.programme import Method, ScoredIndicator
from ..model.ranking import INDICATORS, RankedUnit, Ranking

OVERTAKES_BY = ("new_starts", "stage_punctuality", "service")
"""Only these, and only after publication (domain_decisions §6): what a unit can mend by work, never its figures."""
STEP = Decimal("0.0001")


@dataclass(frozen=True)
class Contribution:
    """`gives` = weight × points / 100; `lost` = what is missing to full points at that weight."""

    indicator: str
    value: Decimal | None
    points: Decimal | None
    weight: Decimal
    gives: Decimal
    lost: Decimal


@dataclass(frozen=True)
class Overtaking:
    """Value of one indicator alone, all else equal, at which the unit would stand before the one above it; None: not even at `hi`."""

    indicator: str
    value: Decimal
    needed: Decimal | None


@dataclass(frozen=True)
class Explanation:
    """A unit's score taken apart. `above`: the unit one rank higher and the distance to it; `overtaking` empty unless asked for."""

    unit_code: str
    rank: int | None
    score: Decimal | None
    contributions: tuple[Contribution, ...]
    deductions: Mapping[str, Decimal]
    above: str | None
    distance: Decimal | None
    overtaking: tuple[Overtaking, ...]


def explain_points(ranking: Ranking, unit_code: str, method: Method, published: bool) -> Explanation | None:
    """None for a unit that is not in the ranking. `published` False: nothing is said about overtaking."""
    unit = next((u for u in ranking.units if u.unit_code == unit_code), None)
    if unit is None:
        return None
    parts = tuple(_contribution(unit, key) for key in INDICATORS)
    above = _above(ranking, unit)
    distance = above.score - unit.score if above and above.score is not None and unit.score is not None else None
    overtaking: tuple[Overtaking, ...] = ()
    if published and distance is not None and method.name == "SAIMA-1":
        anchors = {a.key: a for a in ranking.anchors}
        overtaking = tuple(_overtaking(part, distance, anchors) for part in parts if _movable(part, anchors))
    return Explanation(
        unit.unit_code,
        unit.rank,
        unit.score,
        parts,
        unit.deductions,
        above.unit_code if above else None,
        distance,
        overtaking,
    )


def _contribution(unit: RankedUnit, key: str) -> Contribution:
    score = unit.indicators.get(key)
    if score is None or score.points is None:
        return Contribution(key, None, None, Decimal(0), Decimal(0), Decimal(0))
    gives = score.weight * score.points / 100
    return Contribution(key, score.value, score.points, score.weight, gives, score.weight - gives)


def _above(ranking: Ranking, unit: RankedUnit) -> RankedUnit | None:
    better = [u for u in ranking.units if u.rank is not None and unit.rank is not None and u.rank < unit.rank]
    return better[-1] if better else None


def _movable(part: Contribution, anchors: Mapping[str, ScoredIndicator]) -> bool:
    return part.indicator in OVERTAKES_BY and part.value is not None and part.indicator in anchors


def _overtaking(part: Contribution, distance: Decimal, anchors: Mapping[str, ScoredIndicator]) -> Overtaking:
    """The points needed, turned back through the piecewise-linear function, rounded up."""
    assert part.value is not None and part.points is not None
    a = anchors[part.indicator]
    wanted = part.points + (distance + Decimal("0.01")) * 100 / part.weight
    if wanted > 100:
        return Overtaking(part.indicator, part.value, None)
    value = a.lo + (wanted - 40) * (a.mid - a.lo) / 40 if wanted <= 80 else a.mid + (wanted - 80) * (a.hi - a.mid) / 20
    return Overtaking(part.indicator, part.value, value.quantize(STEP, rounding=ROUND_CEILING))
