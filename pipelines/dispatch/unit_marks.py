"""Unit level: red flags and snails among the ranking units (domain.md §4.3, domain_decisions §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..model.dispatch_policy import DispatchPolicy


@dataclass(frozen=True)
class UnitPlace:
    """A unit in a ranking: what unit flags and snails look at. Rates are fractions."""

    unit_code: str
    rank: int | None
    growth: Decimal | None
    schedule_completion: Decimal | None
    late: bool = False


@dataclass(frozen=True)
class MarkedUnit:
    """A unit with a flag or on the snail list, with the reasons."""

    unit_code: str
    reasons: tuple[str, ...]


UNIT_REASONS: dict[str, tuple[str, str]] = {
    "bottom_rank": ("位次居末", "at the bottom of the ranking"),
    "growth_below_target": ("增速低于目标超出限度", "growth below the target by more than the gap"),
    "behind_schedule": ("序时完成率过低", "schedule completion too low"),
    "second_month": ("连续第二个月", "second month running"),
    "unranked": ("未报或审核未通过，按末位计", "no accepted return, counts as bottom"),
    "top_rank": ("位次居前", "at the top of the ranking"),
    "growth_on_target": ("增速达到目标", "growth at or above the target"),
    "on_time": ("按时报送", "sent in time"),
}


def snail_units(now: Sequence[UnitPlace], before: Sequence[UnitPlace], policy: DispatchPolicy) -> list[MarkedUnit]:
    """Bottom ⌈n / one_in⌉ and (growth more than the gap below the target, or schedule too low), in this month and the one before.
    An unranked unit counts as bottom. Not forced: where everybody meets the target nobody is a snail, however fast the others grow."""
    earlier = _slow_units(before, policy)
    return [
        MarkedUnit(unit, (*reasons, "second_month"))
        for unit, reasons in sorted(_slow_units(now, policy).items())
        if unit in earlier
    ]


def _slow_units(places: Sequence[UnitPlace], policy: DispatchPolicy) -> dict[str, tuple[str, ...]]:
    if not places:
        return {}
    rules = policy.units
    size = -(-len(places) // rules.snail_one_in)
    unranked = [place for place in places if place.rank is None]
    ranked = sorted((p for p in places if p.rank is not None), key=lambda p: (-(p.rank or 0), p.unit_code))
    found: dict[str, tuple[str, ...]] = {place.unit_code: ("unranked",) for place in unranked}
    left = max(0, size - len(unranked))
    edge = ranked[left - 1].rank if 0 < left <= len(ranked) else None
    for place in ranked:
        if edge is None or place.rank is None or place.rank < edge:
            continue
        reasons = ["bottom_rank"]
        if place.growth is not None and place.growth < rules.flag_growth - rules.snail_growth_gap:
            reasons.append("growth_below_target")
        if place.schedule_completion is not None and place.schedule_completion < rules.snail_schedule:
            reasons.append("behind_schedule")
        if len(reasons) > 1:
            found[place.unit_code] = tuple(reasons)
    return found


def flag_units(
    places: Sequence[UnitPlace], policy: DispatchPolicy, barred: frozenset[str] = frozenset()
) -> list[MarkedUnit]:
    """Top ⌈n / one_in⌉ of the ranking, growth at or above the target, sent in time. `barred`: units that missed a month or were
    rejected in this quarter get none (domain_decisions §4)."""
    size = -(-len(places) // policy.units.flag_one_in)
    return [
        MarkedUnit(place.unit_code, ("top_rank", "growth_on_target", "on_time"))
        for place in sorted(places, key=lambda p: (p.rank or 0, p.unit_code))
        if place.rank is not None
        and place.rank <= size
        and not place.late
        and place.growth is not None
        and place.growth >= policy.units.flag_growth
        and place.unit_code not in barred
    ]
