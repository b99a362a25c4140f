"""Units that have no figure in an edition (nothing sent, nothing accepted) and of whom it must not say anything all the same: their base is
the figure of a year ago, and the bureau's own total less the others is theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...model.loading import Edition
from ...model.periods import Period
from ...model.ranking import SUPPRESSED, UnitInputs
from ...publish.disclosure_control import NOBODY, Contributors, discloses, withheld_in
from ..records.history_rows import as_now
from ..runtime.context import Context
from .unit_contributors import detail_rows, unit_contributors


def absent_units(
    context: Context,
    period: Period,
    units: Sequence[UnitInputs],
    published: Callable[[Period], Sequence[Edition]],
    withheld: frozenset[str],
) -> frozenset[str]:
    """Of the units without a figure those that rested on too few when something was last known of them: this year, or in the month of the
    year before that their base is the figure of. `published`: the editions of a period that were out; `withheld`: units that the month
    before or an earlier edition of the month kept back."""
    left = {
        u.unit_code for u in units if u.state in ("missing", "rejected", "unranked") and SUPPRESSED not in u.remarks
    }
    if not left:
        return frozenset()
    rule = context.programme.method.disclosure
    then = period.same_month_last_year
    hidden_then = frozenset().union(*(withheld_in(one.document) for one in published(then)))
    here = frozenset(u.unit_code for u in units)
    known = _contributors(context, then, period, here - left)
    found = {c for c in left if c in withheld or c in hidden_then or discloses(known.get(c, NOBODY), rule)}
    left -= found
    earlier = context.programme.calendar.previous(context.programme.lead_form, period)
    while left and earlier is not None and earlier.year == period.year:
        hidden = frozenset().union(*(withheld_in(one.document) for one in published(earlier)))
        known = _contributors(context, earlier, period, here - left)
        found |= {c for c in left if c in hidden or discloses(known.get(c, NOBODY), rule)}
        left -= known.keys() | found
        earlier = context.programme.calendar.previous(context.programme.lead_form, earlier)
    return frozenset(found)


def _contributors(context: Context, month: Period, period: Period, but: frozenset[str]) -> Mapping[str, Contributors]:
    """Who stood behind the figure of a month of each unit, by the units of `period`, save those that nobody asks about: of a country's
    month some thousands."""
    form = context.programme.form_name("detail")
    shared = bool(context.programme.concordance.rows)  # what is asked about a unit may stand under another's code then
    rows = detail_rows(context, form, month, () if shared else but) if form else None
    return unit_contributors(None if rows is None else as_now(context, form, rows, month, period))
