"""Pure: ranking methods, eligibility, ties."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..model.periods import Period
from ..model.programme import Method
from ..model.ranking import CityFigures, Ranking, UnitInputs
from . import growth_rank, saima1


def rank(
    units: Sequence[UnitInputs], city: CityFigures, method: Method, seasonal_share: Decimal | None, period: Period
) -> Ranking:
    """Ranks by the programme's method (method.toml): SAIMA-1 or growth_rank."""
    chosen = {"SAIMA-1": saima1.rank, "growth_rank": growth_rank.rank}[method.name]
    return chosen(units, city, method, seasonal_share, period)
