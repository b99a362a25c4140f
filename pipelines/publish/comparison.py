"""What an edition says against the reporting month before: movement of places and change of growth, as the table prints them.

A unit that was not ranked in both months has no movement, and the places compared are those among the units ranked in both: a
neighbour's missing return moves nobody. Under another method or another basis places are not compared at all. A month that
printed no growth for a unit is nothing to compare with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..model.formulas import points_between
from ..model.ranking import Ranking
from .edition_context import EditionContext


@dataclass(frozen=True)
class Comparison:
    """`movement`: places gained (negative: lost) since the month before; `growth_change_pp`: change of the printed growth in
    percentage points. None: not comparable."""

    movement: int | None = None
    growth_change_pp: Decimal | None = None


def comparable_method(ranking: Ranking, edition: EditionContext) -> bool:
    """Whether the month before was ranked by the same method and on the same basis."""
    before = edition.previous_method
    return before is None or before == (ranking.method, ranking.basis)


def compare_units(ranking: Ranking, edition: EditionContext) -> dict[str, Comparison]:
    """By unit code, for every unit of the ranking."""
    before = edition.previous
    both = {
        u.unit_code: (u.rank, before[u.unit_code].rank)
        for u in ranking.units
        if u.rank is not None and u.unit_code in before and before[u.unit_code].rank is not None
    }
    if not comparable_method(ranking, edition):
        both = {}
    now = _places((code, place) for code, (place, _) in both.items())
    then = _places((code, place) for code, (_, place) in both.items())
    return {
        u.unit_code: Comparison(
            then[u.unit_code] - now[u.unit_code] if u.unit_code in both else None,
            points_between(u.inputs.printed_growth, before[u.unit_code].growth if u.unit_code in before else None),
        )
        for u in ranking.units
    }


def _places(ranks: Iterable[tuple[str, int | None]]) -> Mapping[str, int]:
    """Places among these units alone; equal ranks stay equal."""
    known = {code: rank for code, rank in ranks if rank is not None}
    ordered = sorted(known.values())
    return {code: ordered.index(rank) + 1 for code, rank in known.items()}
