"""Pure: ranking methods, eligibility, ties, groups, explanations."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..model.periods import Period
from ..model.programme import Method
from ..model.ranking import CityFigures, Ranking, UnitInputs
from . import growth_rank, scored


def rank(
    units: Sequence[UnitInputs], city: CityFigures, method: Method, seasonal_share: Decimal | None, period: Period
) -> Ranking:
    """Ranks by the method of method.toml: growth_rank, or a score by one of `point_methods.POINT_METHODS`."""
    chosen = growth_rank.rank if method.name == "growth_rank" else scored.rank
    return chosen(units, city, method, seasonal_share, period)
