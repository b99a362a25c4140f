"""Where units stood in the editions of a month: what unit flags and snails look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ...dispatch.unit_marks import UnitPlace
from ...model.loading import Edition
from ...model.periods import Period
from ..runtime.context import Context


@dataclass(frozen=True)
class Standings:
    """`edition` None: the month has no ranking yet."""

    edition: str | None
    places: tuple[UnitPlace, ...]


NO_STANDINGS = Standings(None, ())


def standings_of(context: Context, period: Period, as_of: datetime) -> Standings:
    """Places in the newest edition that was drafted by the instant."""
    edition = edition_of(context, period, as_of)
    if edition is None:
        return NO_STANDINGS
    units: Any = edition.document["units"]
    return Standings(edition.edition_id, tuple(_place(unit) for unit in units))


def edition_of(context: Context, period: Period, as_of: datetime) -> Edition | None:
    """The newest draft or edition that existed at the instant."""
    known = [one for one in context.warehouse.edition_heads.of_period(str(period)) if one.created_at <= as_of]
    return context.warehouse.editions.by_id(known[-1].edition_id) if known else None


def barred_units(context: Context, period: Period, as_of: datetime) -> frozenset[str]:
    """Units without a rank in a month of the quarter up to this one: no red flag (domain_decisions §4)."""
    first = (period.month - 1) // 3 * 3 + 1
    months = [Period(period.year, month) for month in range(first, period.month + 1)]
    return frozenset(
        place.unit_code
        for month in months
        for place in standings_of(context, month, as_of).places
        if place.rank is None
    )


def _place(unit: Mapping[str, Any]) -> UnitPlace:
    """The completion that is printed: a month that is ranked by growth alone scores none, and has it all the same."""
    late = "迟报" in (unit.get("remarks") or ())
    return UnitPlace(unit["unit"], unit["rank"], _growth(unit), _rate(unit.get("schedule_completion")), late)


def _growth(row: Mapping[str, Any]) -> Decimal | None:
    """The official one, where there is one: 0 is one."""
    official = row.get("growth_official")
    return _rate(row.get("growth") if official is None else official)


def _rate(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
