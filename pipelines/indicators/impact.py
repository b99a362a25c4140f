"""Selective editing: how much a queried figure could move its unit's total and growth, so that the queries that matter are
asked first. Local score of the difference kind (Latouche & Berthelot 1992; Eurostat, Methodologies for selective editing): the
distance between the reported value and what last month lets expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Impact:
    """`amount`: |reported − expected| in the form's measure; `share` of the unit's total (fraction); `points`: percentage points
    of the unit's growth. None where the unit's total or base is not known."""

    amount: Decimal
    share: Decimal | None
    points: Decimal | None


def expected_ytd(previous: Decimal | None, season: Mapping[int, Decimal], month: int, before: int | None) -> Decimal:
    """Last month's cumulative carried forward by the seasonal shares s_t / s_(t−1); 0 for what was not there."""
    if previous is None or before is None:
        return Decimal(0)
    now, then = season.get(month), season.get(before)
    return previous * now / then if now and then else previous


def impact(value: Decimal | None, expected: Decimal, total: Decimal | None, base: Decimal | None) -> Impact:
    """Impact of one figure on its unit's total and growth."""
    amount = abs((value or Decimal(0)) - expected)
    return Impact(amount, amount / abs(total) if total else None, amount / abs(base) * 100 if base else None)
