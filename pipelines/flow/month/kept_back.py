"""What disclosure control keeps back of one edition, in sight of everything that is published already: the month before, earlier editions
of the month, the same month of the year before, whose figures are this year's bases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...indicators.levels import unit_levels
from ...model.concordance import Sources
from ...model.loading import Edition
from ...model.periods import Period
from ...model.programme import Programme
from ...model.ranking import CityFigures, ParentFigures, UnitInputs
from ...publish.disclosure_control import (
    NO_INCREMENTS,
    Contributors,
    Increments,
    PrintedTotal,
    WhyWithheld,
    Withheld,
    withheld_figures,
    withheld_in,
)
from ...publish.moved_totals import MonthFigures, moved_totals
from ..records.history_rows import as_now
from ..runtime.context import Context
from .absent_units import absent_units
from .previous_edition import sources_of_units
from .unit_contributors import cell_contributors, detail_rows, increments_since, printed_totals, unit_contributors


@dataclass(frozen=True)
class KeptBack:
    """`unseen`: units that the month before withheld, of which the month's own figure is not printed; `contributors`: who stands behind
    each unit's figure, as far as it is known; `absent`: units without a figure of which nothing else is printed either."""

    withheld: Withheld
    unseen: frozenset[str]
    contributors: Mapping[str, Contributors]
    absent: frozenset[str] = frozenset()


Figures = tuple[list[UnitInputs], CityFigures, tuple[ParentFigures, ...]]
"""Inputs of the units, figures of the whole and of the parents, in one indicator, before anything is withheld."""


def kept_back(
    context: Context,
    period: Period,
    programmes: Sequence[Programme],
    found: Sequence[Figures],
    detail: pa.Table | None,
    before: tuple[Period | None, Edition | None, Mapping[str, Sources]],
    published: Sequence[Edition],
    drafted_at: datetime,
) -> KeptBack:
    """Of all the edition's rankings: `programmes` and `found` of each, the lead one first; parents are printed of that alone. `before`: the
    reporting period before in the same year, the edition of it that is compared with, and which of its units stand behind those of
    today; `published`: earlier editions of the month."""
    within, edition_before, sources = before
    method = programmes[0].method
    unseen = withheld_in(edition_before.document) if edition_before else frozenset()
    unseen |= {unit for unit, own in sources.items() if not unseen.isdisjoint(code for code, _ in own)}
    already = frozenset().union(*(withheld_in(one.document) for one in published))
    out = partial(_published, context, by=drafted_at)
    absent = absent_units(context, period, found[0][0], out, unseen | already)
    cells = cell_contributors(detail)
    units: dict[str, UnitInputs] = {}
    totals: list[PrintedTotal] = []
    for place, (inputs, city, parents) in enumerate(found):
        units = {**{unit.unit_code: unit for unit in inputs if unit.state == "scored"}, **units}
        printed = () if place else parents
        totals += printed_totals(place, inputs, city, printed, programmes[place].roster, method.show_levels, absent)
    increments = NO_INCREMENTS
    of_bases = Withheld()
    if (
        method.show_levels
    ):  # without levels nothing can be subtracted from a figure, and no base follows from a rate as it is printed
        increments = _increments(context, period, detail, cells.increment, within, unseen, drafted_at)
        of_bases = _bases(context, period, [*units.values()], totals, drafted_at)
    lost, stay = of_bases.totals, already | of_bases.units
    left = [total for total in totals if total not in lost]
    withheld = withheld_figures(
        tuple(units.values()), cells.level, left, method.disclosure, unseen, stay, increments=increments
    )
    why: dict[str, WhyWithheld] = {
        code: "base" if reason == "earlier_edition" and code not in already else reason
        for code, reason in withheld.why.items()
    }
    figures = [
        MonthFigures(inputs, city, () if place else parents, programmes[place].method.base_source == "bureau")
        for place, (inputs, city, parents) in enumerate(found)
    ]
    moved = moved_totals(
        (total for total in left if total not in withheld.totals),
        figures,
        programmes[0].roster,
        withheld.units,
        [one.document for one in published],
    )
    return KeptBack(Withheld(withheld.units, withheld.totals | lost | moved, why), unseen, cells.level, absent)


def _increments(
    context: Context,
    period: Period,
    detail: pa.Table | None,
    of_month: Mapping[str, Contributors],
    within: Period | None,
    unseen: frozenset[str],
    drafted_at: datetime,
) -> Increments:
    """Of a unit that was not published yet in the year nothing can be subtracted."""
    if within is None or detail is None:
        return NO_INCREMENTS
    found = {code: own for code, own in of_month.items() if code not in unseen}
    form, calendar = context.programme.form_name("detail"), context.programme.calendar
    left, earlier = set(unseen), calendar.previous(context.programme.lead_form, within)
    while left and earlier is not None and earlier.year == period.year:
        shown = left & _shown(_published(context, earlier, drafted_at))
        if shown:
            then = detail_rows(context, form, earlier)
            mine, theirs = (
                rows.filter(pc.is_in(rows["unit_code"], value_set=pa.array(sorted(shown), pa.string())))
                for rows in (detail, as_now(context, form, then, earlier, period))
            )
            found |= increments_since(mine, theirs)
            left -= shown
        earlier = calendar.previous(context.programme.lead_form, earlier)
    return Increments(found, of_month)


def _bases(
    context: Context, period: Period, units: Sequence[UnitInputs], totals: Sequence[PrintedTotal], drafted_at: datetime
) -> Withheld:
    """What is withheld for its base: it is the figure of the year before, of the enterprises of then. Whom that year's editions withheld
    stays withheld as far as that protects them still; whom they showed is out."""
    programme, warehouse = context.programme, context.warehouse
    then, form = period.same_month_last_year, programme.form_name("detail")
    editions = _published(context, then, drafted_at)
    rows = detail_rows(context, form, then) if form else None
    known = unit_contributors(None if rows is None else as_now(context, form, rows, then, period))
    shown = _shown(editions)
    hidden = frozenset().union(*(withheld_in(one.document) for one in editions)) - shown
    if not known and not hidden:
        return Withheld()
    sources = sources_of_units(context, then, period)
    shown = frozenset(unit for unit, own in sources.items() if shown.issuperset(code for code, _ in own))
    hidden = frozenset(unit for unit, own in sources.items() if not hidden.isdisjoint(code for code, _ in own))
    if not form:  # of what was withheld to protect others nothing is said; who did not send a figure is still protected
        earlier = warehouse.current_facts(programme.lead_form, str(then))
        sent = unit_levels(earlier, programme.method)[0] if earlier.num_rows else {}
        hidden = frozenset(code for code in hidden if code not in sent or sent[code].ytd is None)
    of_bases = [replace(unit, ytd=unit.base) for unit in units]
    return withheld_figures(of_bases, known, totals, programme.method.disclosure, hidden, shown=shown - hidden)


def _published(context: Context, period: Period, by: datetime) -> list[Edition]:
    """The editions of a period that were out at the moment."""
    heads = context.warehouse.edition_heads.of_period(str(period))
    out = [head.edition_id for head in heads if head.published_at is not None and head.published_at <= by]
    return [context.warehouse.editions.by_id(edition_id) for edition_id in out]


def _shown(editions: Sequence[Edition]) -> frozenset[str]:
    """Units whose figure stands in any of these editions."""
    documents: list[Mapping[str, Any]] = [one.document for one in editions]
    return frozenset(
        unit["unit"] for document in documents for unit in document["units"] if unit.get("ytd") is not None
    )
