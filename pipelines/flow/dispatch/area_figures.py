"""Figures of the city and its units that targets and the headline are measured on: the bureau's, else the returns' own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from ...indicators.levels import BureauFigures, bureau_figures, unit_levels
from ...indicators.unit_totals import units_add_up
from ...model.forms import FormLayout
from ...model.periods import Period
from .dispatch_view import DispatchView


def figures_form(view: DispatchView) -> FormLayout | None:
    """The bureau's form; where a programme has none, that of the levels the units send."""
    return view.programme.form_of("base") or view.programme.form_of("level")


def area_figures(
    view: DispatchView, month: Period, indicators: tuple[str, ...]
) -> dict[str, Mapping[str, BureauFigures]]:
    """Indicator → area → figures (amounts 万元, rates fractions) of a month as of the view's instant; {} where nobody sent any.

    In a programme without the bureau's form a unit's own level and base count, as they do in its editions, and the city is their sum
    once every ranking unit has both: a part of the city is not measured against a target of the whole."""
    layout, method = figures_form(view), view.programme.method
    rows = view.month_rows(layout.name, month) if layout else None
    if layout is None or rows is None:
        return {}
    found: dict[str, Mapping[str, BureauFigures]] = {}
    for indicator in indicators:
        scope = method.unit_scope if indicator == method.indicator else ""
        if view.programme.form_of("base"):
            found[indicator] = bureau_figures(rows, indicator, scope)
            continue
        levels, contradicting = unit_levels(rows, replace(method, indicator=indicator, unit_scope=scope))
        own = {
            code: BureauFigures(level.ytd, level.ytd_last_year, level.growth, None, None)
            for code, level in levels.items()
            if code not in contradicting
        }
        found[indicator] = own | _whole(view, month, own)
    return found


def _whole(view: DispatchView, month: Period, own: Mapping[str, BureauFigures]) -> dict[str, BureauFigures]:
    """The city as the sum of its ranking units; {} where one is missing or units do not add up."""
    city, units = view.programme.city_code, [unit.code for unit in view.programme.roster.ranked_at(month)]
    pairs = [
        (figures.ytd, figures.base)
        for code in units
        if (figures := own.get(code)) is not None and figures.ytd is not None and figures.base is not None
    ]
    if not city or not pairs or len(pairs) < len(units) or not units_add_up(view.programme):
        return {}
    ytd, base = (sum(amounts, Decimal(0)) for amounts in zip(*pairs, strict=True))
    return {city: BureauFigures(ytd, base, None, None, None)}
