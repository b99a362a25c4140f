"""The reporting period of an address, and the months that a page offers to choose from."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR
from typing import Annotated

from fastapi import HTTPException, Query

from ..flow.portal.desk_view import month_in_hand, periods_shown
from ..model.periods import Period
from .guards import Visit

PeriodQuery = Annotated[str | None, Query(pattern=r"^\d{4}(-(0[1-9]|1[0-2]|Q[1-4]|H[12]|W[0-5]\d))?$")]


def parsed_period(text: str) -> Period:
    """A period of an address; 404 for a text that is none, and for one at the ends of the calendar: pages ask for the year before and
    the day after."""
    try:
        period = Period.parse(text)
    except ValueError as error:
        raise HTTPException(404) from error
    if not MINYEAR < period.year < MAXYEAR:
        raise HTTPException(404)
    return period


def period_of(visit: Visit, text: str | None) -> Period:
    """The month asked for, else the month in hand."""
    return parsed_period(text) if text else month_in_hand(visit.context, visit.state.now())


def months_of(visit: Visit) -> tuple[str, ...]:
    """Months of the programme that have opened, the newest first."""
    return periods_shown(visit.context, visit.state.now())
