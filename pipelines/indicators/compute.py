"""Accepted rows of a month → what a ranking method may look at: inputs of every ranking unit and the city's figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import pyarrow as pa

from ..model.formulas import arithmetic, growth, monthly_increment
from ..model.periods import Period
from ..model.programme import Programme
from ..model.ranking import CityFigures, RowState, UnitInputs, UnitState
from ..model.units import Unit
from .dispatch import NOTHING_SENT, DispatchIndicators, dispatch_indicators
from .levels import TOTAL_INVESTMENT, BureauFigures, UnitLevel, bureau_figures, unit_levels

NOT_SENT = UnitState("missing")
DISPATCH_FORM = "dispatch_month"


def compute(
    period: Period,
    programme: Programme,
    unit_month: pa.Table | None,
    city_month: pa.Table | None,
    dispatch: pa.Table | None,
    states: Mapping[str, UnitState],
    previous_unit_month: pa.Table | None = None,
) -> tuple[list[UnitInputs], CityFigures]:
    """Inputs of all ranking units valid in `period` (by code; sent or not) and the city's figures.

    The tables hold the accepted rows of the current submissions, with the columns of their fact tables (`unit_code`
    the sender); None = none. `previous_unit_month`: the same of the reporting period before, for the month's increment.
    `states`: per ranking unit; a unit without one is missing. Base and official growth come from city_month where
    `base_source = bureau`, else from the unit's own return. Amounts in the method's measure, rates as fractions.
    """
    method = programme.method
    with arithmetic():
        levels, contradicting = unit_levels(unit_month, method) if unit_month is not None else ({}, frozenset())
        earlier = unit_levels(previous_unit_month, method)[0] if previous_unit_month is not None else {}
        bureau = bureau_figures(city_month, method.indicator, method.unit_scope) if city_month is not None else {}
        counted = dispatch_indicators(dispatch, period, method.min_library_projects) if dispatch is not None else {}
        targets = _annual_targets(programme, period.year)
        first_of_year = programme.calendar.is_first_of_year(programme.lead_form, period)
        units = []
        for unit in programme.roster.ranked_at(period):
            code = unit.code
            state = states.get(code, NOT_SENT)
            level = levels.get(code) if state.state == "accepted" else None
            before = earlier.get(code)
            units.append(
                _unit_inputs(
                    unit,
                    programme.roster.label(unit, period),
                    state,
                    level,
                    code in contradicting,
                    _base_and_growth(method.base_source, level, bureau.get(code)),
                    targets.get(code),
                    _counted(programme, state, counted.get(code)),
                    monthly_increment(level.ytd, before.ytd if before else None, first_of_year) if level else None,
                )
            )
        if method.base_source == "bureau":
            return units, _city_from_bureau(programme, bureau, city_month, units)
        return units, _city_from_units(programme, units)


def _unit_inputs(
    unit: Unit,
    name: str,
    state: UnitState,
    level: UnitLevel | None,
    contradicting: bool,
    base_and_growth: tuple[Decimal | None, Decimal | None],
    target: Decimal | None,
    counted: DispatchIndicators,
    month: Decimal | None,
) -> UnitInputs:
    ytd = level.ytd if level is not None and not contradicting else None
    word: RowState = "scored" if state.state == "accepted" else state.state
    notes: list[str] = []
    if word == "scored" and ytd is None:
        word = "missing"
        notes.append("指标行矛盾" if contradicting else "无排名指标")
    if word == "scored" and state.quarantined:
        notes.append("部分行隔离")
    if word == "scored" and counted is NOTHING_SENT:
        notes.append("调度未报")
    base, growth_official = base_and_growth
    return UnitInputs(
        unit_code=unit.code,
        name=name,
        base=base,
        ytd=ytd,
        annual_target=target,
        growth_official=growth_official,
        major_projects=counted.major_projects,
        new_starts=counted.new_starts,
        stage_punctuality=counted.stage_punctuality,
        service=counted.service,
        workdays_late=state.workdays_late,
        unanswered_share=state.unanswered_share,
        state=word,
        late=state.late,
        month=month if ytd is not None else None,
        remarks=tuple(notes),
    )


def _base_and_growth(
    base_source: str, level: UnitLevel | None, bureau: BureauFigures | None
) -> tuple[Decimal | None, Decimal | None]:
    if base_source == "bureau":
        return (bureau.base, bureau.growth_official) if bureau else (None, None)
    return (level.ytd_last_year, level.growth) if level else (None, None)


def _counted(programme: Programme, state: UnitState, counted: DispatchIndicators | None) -> DispatchIndicators:
    """A programme without dispatch_month has nothing to count; a unit that owes it and did not send it counts as 0."""
    if DISPATCH_FORM not in programme.forms:
        return DispatchIndicators()
    if DISPATCH_FORM in state.missing_forms:
        return NOTHING_SENT
    return counted or DispatchIndicators()


def _annual_targets(programme: Programme, year: int) -> dict[str, Decimal]:
    """unit code → annual target; all at once, for programmes with thousands of units."""
    return {t.scope: t.value for t in programme.targets if t.metric == "annual_investment" and t.window == str(year)}


def _city_from_bureau(
    programme: Programme, bureau: Mapping[str, BureauFigures], city_month: pa.Table | None, units: Iterable[UnitInputs]
) -> CityFigures:
    """The bureau's own row of the whole city; without it the sum of the bureau's bases, where every unit has one."""
    own = bureau.get(programme.city_code or "")
    total = (
        bureau_figures(city_month, TOTAL_INVESTMENT, "").get(programme.city_code or "")
        if city_month is not None
        else None
    )
    base = own.base if own else None
    if base is None:
        bases = [unit.base for unit in units]
        known = [b for b in bases if b is not None]
        base = sum(known, Decimal(0)) if bases and len(known) == len(bases) else None
    return CityFigures(
        code=programme.city_code,
        zh=programme.city_zh,
        en=programme.city_en,
        ytd=own.ytd if own else None,
        base=base,
        growth_official=own.growth_official if own else None,
        total_growth=total.growth_official if total else None,
        rank_level_province=own.rank_level_province if own else None,
        rank_growth_province=own.rank_growth_province if own else None,
    )


def _city_from_units(programme: Programme, units: Iterable[UnitInputs]) -> CityFigures:
    """No bureau: sums over the reporting units that have a base, so that level, base and growth have one coverage."""
    pairs = [(u.ytd, u.base) for u in units if u.state == "scored" and u.ytd is not None and u.base is not None]
    ytd = sum((c for c, _ in pairs), Decimal(0)) if pairs else None
    base = sum((b for _, b in pairs), Decimal(0)) if pairs else None
    return CityFigures(
        code=programme.city_code,
        zh=programme.city_zh,
        en=programme.city_en,
        ytd=ytd,
        base=base,
        growth_official=growth(ytd, base),
    )
