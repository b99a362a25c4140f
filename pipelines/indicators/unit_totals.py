"""Sums over units: the whole where no bureau gives it, and the parents of ranking units beside their own figures. A sum is a total
only where every unit is in; else it says how many are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import pyarrow as pa

from ..model.formulas import arithmetic, growth
from ..model.periods import Period
from ..model.programme import Programme
from ..model.ranking import CityFigures, ParentFigures, UnitInputs
from ..model.value_marks import Meaning, growth_word
from .levels import BureauFigures, UnitLevel, bureau_figures, unit_levels


def total_of_units(programme: Programme, units: Sequence[UnitInputs]) -> CityFigures:
    """The whole as the sum of the reporting units that have level and base, so that level, base and growth have one coverage;
    nothing where units do not add up (`total = "none"`) or growth alone is ranked."""
    pairs = [pair for unit in units if (pair := _pair(unit)) is not None]
    adds_up = bool(pairs) and units_add_up(programme)
    ytd = sum((c for c, _ in pairs), Decimal(0)) if adds_up else None
    base = sum((b for _, b in pairs), Decimal(0)) if adds_up else None
    return CityFigures(
        code=programme.city_code,
        zh=programme.city_zh,
        en=programme.city_en,
        ytd=ytd,
        base=base,
        growth_official=growth(ytd, base),
        growth_mark=_word(programme, ytd, base),
        whole=programme.whole,
        above=(programme.above_zh, programme.above_en),
        covered=(len(pairs), len(units)) if adds_up and len(pairs) < len(units) else None,
    )


def parent_figures(
    period: Period,
    programme: Programme,
    units: Iterable[UnitInputs],
    unit_month: pa.Table | None,
    city_month: pa.Table | None,
) -> tuple[ParentFigures, ...]:
    """The parents, valid in the period, of units valid in it, by code; none where units do not add up. A parent's own figure is
    the bureau's, else its own return; the units of a parent of parents are those parents."""
    roster, method = programme.roster, programme.method
    parents = roster.parents_at(period) if units_add_up(programme) else ()
    if not parents:
        return ()
    bureau = bureau_figures(city_month, method.indicator, method.unit_scope) if city_month is not None else {}
    own = unit_levels(unit_month, method)[0] if unit_month is not None else {}
    inputs = {unit.unit_code: unit for unit in units}
    done: dict[str, ParentFigures] = {}

    def figures(code: str) -> ParentFigures:
        if code not in done:
            children = roster.children_at(code, period)
            pairs = [pair for child in children if (pair := of(child.code)) is not None]
            unit = roster.get(code)
            name = unit.name_at(period) if unit is not None else code
            done[code] = _group(programme, code, name, _own(code, bureau, own), pairs, len(children))
        return done[code]

    def of(code: str) -> tuple[Decimal, Decimal] | None:
        if code in inputs:
            return _pair(inputs[code])
        group = figures(code) if roster.children_at(code, period) else None
        if group is not None:
            return (group.ytd, group.base) if group.ytd is not None and group.base is not None else None
        ytd, base = _own(code, bureau, own)
        return (ytd, base) if ytd is not None and base is not None else None

    with arithmetic():
        return tuple(figures(parent.code) for parent in parents)


def _group(
    programme: Programme,
    code: str,
    name: str,
    own: tuple[Decimal | None, Decimal | None],
    pairs: Sequence[tuple[Decimal, Decimal]],
    of: int,
) -> ParentFigures:
    ytd, base = own
    summed = sum((c for c, _ in pairs), Decimal(0)) if pairs else None
    summed_base = sum((b for _, b in pairs), Decimal(0)) if pairs else None
    complete = len(pairs) == of
    residual = ytd - summed if ytd is not None and summed is not None and complete else None
    has_own = ytd is not None
    if not has_own and complete:
        ytd, base = summed, summed_base
    word = _word(programme, ytd, base)
    return ParentFigures(
        code,
        name,
        ytd,
        base,
        has_own,
        summed,
        summed_base,
        (len(pairs), of),
        residual,
        None if word is not None else growth(ytd, base),
        word,
    )


def _own(
    code: str, bureau: Mapping[str, BureauFigures], own: Mapping[str, UnitLevel]
) -> tuple[Decimal | None, Decimal | None]:
    if code in bureau:
        return bureau[code].ytd, bureau[code].base
    level = own.get(code)
    return (level.ytd, level.ytd_last_year) if level is not None else (None, None)


def _pair(unit: UnitInputs) -> tuple[Decimal, Decimal] | None:
    """Level and base of a unit that has both."""
    if unit.state != "scored" or unit.ytd is None or unit.base is None:
        return None
    return unit.ytd, unit.base


def units_add_up(programme: Programme) -> bool:
    """Whether the whole is the sum of its units: levels are ranked, and the indicator is one that adds up."""
    ranked = programme.indicator(programme.method.indicator)
    return programme.method.rank_by == "levels" and (ranked is None or ranked.total == "sum")


def _word(programme: Programme, ytd: Decimal | None, base: Decimal | None) -> Meaning | None:
    ranked = programme.indicator(programme.method.indicator)
    return growth_word(ytd, base) if ranked is not None and ranked.sign == "any" else None
