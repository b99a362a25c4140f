"""One period from one text, as somebody declared it or wrote it into a cell."""

from __future__ import annotations

from pipelines.model.periods import Period, PeriodKind

from .dates import Day, find_periods, parse_day
from .english_periods import english_periods, is_english_period


def period_text(text: str, kind: PeriodKind = "month") -> str | None:
    """The period of the kind as `periods.SPELLINGS` write it, of any spelling (of a month also a span that starts in January); None
    where the text names none, or one of another kind."""
    try:
        period = Period.parse(text)
        if period.kind == kind:
            return str(period)
    except ValueError:
        pass
    day = parse_day(text)
    if isinstance(day, Day) and (kind == "month" or (kind == "event" and day.has_day)):
        return str(Period.of_day(day.value, kind))
    english = kind == "month" and is_english_period(text)
    periods = english_periods(text) if english else find_periods(text, kind)
    return str(periods[0]) if len(periods) == 1 else None
