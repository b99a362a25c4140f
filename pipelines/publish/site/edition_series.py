"""Series over months: what an edition could look back on when it was published, and what is known of a unit today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...model.periods import Period
from .published_edition import PublishedEdition


def newest_of_each(editions: Iterable[PublishedEdition]) -> tuple[PublishedEdition, ...]:
    """The newest revision of every period, in order of time."""
    newest: dict[Period, PublishedEdition] = {}
    for edition in editions:
        if edition.period not in newest or newest[edition.period].revision < edition.revision:
            newest[edition.period] = edition
    return tuple(newest[period] for period in sorted(newest))


def year_until(edition: PublishedEdition, editions: Sequence[PublishedEdition]) -> tuple[PublishedEdition, ...]:
    """The year's editions up to this one, as they stood when it was published: its page never changes with later months."""
    seen = [
        other
        for other in editions
        if other.period < edition.period
        and other.period.year == edition.period.year
        and other.published_at <= edition.published_at
    ]
    return (*newest_of_each(seen), edition)


def month_label(period: Period) -> tuple[str, str]:
    """A period on an axis, Chinese and short English."""
    if period.kind == "quarter":
        return f"{period.month // 3}季", f"Q{period.month // 3}"
    return f"{period.month}月", str(period.month)
