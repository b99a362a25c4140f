"""Peer groups: a rank inside counties and zones, or inside size classes by base. Scores are those of the whole ranking."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ..model.ranking import RankedUnit, Ranking
from .efficacy import competition_ranks

SIZES = ("large", "middle", "small")


def size_classes(bases: Mapping[str, Decimal | None]) -> dict[str, str]:
    """Unit → large, middle or small: thirds by base, the larger first (equal bases by code); a unit without a base is small."""
    known = sorted((code for code, base in bases.items() if base is not None), key=lambda c: (-(bases[c] or 0), c))
    third = -(-len(known) // len(SIZES))
    found = {code: SIZES[place // third] for place, code in enumerate(known)} if known else {}
    return {code: found.get(code, "small") for code in bases}


def group_ranks(ranking: Ranking, groups: Mapping[str, str]) -> dict[str, int | None]:
    """Unit → place inside its group, in the order of the whole ranking; equal ranks stay equal, unranked units have none."""
    found: dict[str, int | None] = {unit.unit_code: None for unit in ranking.units}
    for group in sorted(set(groups.values())):
        own: list[RankedUnit] = [u for u in ranking.units if groups.get(u.unit_code) == group and u.rank is not None]
        for unit, place, _ in competition_ranks(own, key=lambda u: u.rank or 0):
            found[unit.unit_code] = place
    return found
