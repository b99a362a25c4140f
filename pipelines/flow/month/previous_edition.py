"""What an edition is compared with: the edition of the month before, and which of its units stand behind those of today."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ...model.concordance import Sources
from ...model.loading import Edition
from ...model.periods import Period
from ...publish.edition_context import PreviousPlace
from ..runtime.context import Context


def compared_edition(context: Context, previous: Period | None, edition_id: str | None) -> Edition | None:
    """The edition of the month before: the newest that is published, since that is what readers saw, else the newest draft. With an
    `edition_id` that one; none where it is empty."""
    if edition_id is not None:
        return context.warehouse.editions.by_id(edition_id) if edition_id else None
    if previous is None:
        return None
    editions = context.warehouse.editions.all(str(previous))
    return next((e for e in reversed(editions) if e.published_at), editions[-1] if editions else None)


def sources_of_units(context: Context, then: Period | None, now: Period) -> Mapping[str, Sources]:
    """Unit of `now` → the units of `then` that it continues, with their shares; empty where nothing is compared."""
    if then is None:
        return {}
    concordance = context.programme.concordance
    return {u.code: concordance.sources(u.code, then, now) for u in context.programme.roster.units if u.valid_at(now)}


def previous_places(edition: Edition | None, sources: Mapping[str, Sources]) -> dict[str, PreviousPlace]:
    """Unit → place and printed rate in the edition before. A unit that has another code since stands where it stood under the old one;
    one that was made of several, or of a part, stood nowhere."""
    units: Any = edition.document["units"] if edition else []
    found = {unit["unit"]: PreviousPlace(unit["rank"], _printed_growth(unit)) for unit in units}
    for unit, own in sources.items():
        if len(own) == 1 and own[0][1] == 1 and own[0][0] in found:
            found.setdefault(unit, found[own[0][0]])
    return found


def _printed_growth(unit: Mapping[str, Any]) -> Decimal | None:
    """The rate that the table of that month printed; None where it printed —."""
    if unit["state"] != "scored":
        return None
    rate = unit["growth"] if unit["growth_official"] is None else unit["growth_official"]
    return None if rate is None else Decimal(str(rate))
