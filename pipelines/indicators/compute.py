"""Accepted rows of a month → what a ranking method may look at: inputs of every ranking unit and the city's figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import pyarrow as pa

from ..model.formulas import arithmetic, monthly_increment
from ..model.periods import Period
from ..model.programme import Method, Programme
from ..model.ranking import CityFigures, RowState, UnitInputs, UnitState
from ..model.units import Unit
from ..model.value_marks import OF_GROWTH, Meaning, growth_word
from .dispatch import NOTHING_ACCEPTED, NOTHING_SENT, DispatchIndicators, dispatch_indicators
from .levels import TOTAL_INVESTMENT, BureauFigures, UnitLevel, bureau_figures, unit_levels
from .plan_baseline import PlanBaseline
from .unit_totals import total_of_units

NOT_SENT = UnitState("missing")


def compute(
    period: Period,
    programme: Programme,
    unit_month: pa.Table | None,
    city_month: pa.Table | None,
    dispatch: pa.Table | None,
    states: Mapping[str, UnitState],
    previous_unit_month: pa.Table | None = None,
    baseline: PlanBaseline | None = None,
) -> tuple[list[UnitInputs], CityFigures]:
    """Inputs of all ranking units valid in `period` (by code; sent or not) and the city's figures.

    The tables hold the accepted rows of the current submissions, with the columns of their fact tables (`unit_code`
    the sender); None = none. `previous_unit_month`: the same of the reporting period before, for the month's increment.
    `baseline`: the frozen plans that the dispatch indicators are scored against (None: as reported).
    `states`: per ranking unit; a unit without one is missing. Base and official growth come from city_month where
    `base_source = bureau`, else from the unit's own return. Amounts in the method's measure, rates as fractions.
    """
    method = programme.method
    with arithmetic():
        levels, contradicting = unit_levels(unit_month, method) if unit_month is not None else ({}, frozenset())
        earlier = unit_levels(previous_unit_month, method)[0] if previous_unit_month is not None else {}
        bureau = bureau_figures(city_month, method.indicator, method.unit_scope) if city_month is not None else {}
        counted = (
            dispatch_indicators(dispatch, period, method.min_library_projects, baseline)[0]
            if dispatch is not None
            else {}
        )
        targets = _annual_targets(programme, period.year)
        ranked = programme.indicator(method.indicator)
        signed = ranked is not None and ranked.sign == "any"
        opening = programme.calendar.opens_year(programme.lead_form, period)
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
                    bureau.get(code),
                    _stated(method, level, bureau.get(code)),
                    signed,
                    targets.get(code),
                    _counted(programme, state, counted.get(code)),
                    monthly_increment(level.ytd, before.ytd if before else None, opening) if level else None,
                )
            )
        target = targets.get(programme.city_code or "")
        if method.base_source == "bureau":
            return units, _city_from_bureau(programme, bureau, city_month, units, target)
        return units, replace(total_of_units(programme, units), annual_target=target)


def _unit_inputs(
    unit: Unit,
    name: str,
    state: UnitState,
    level: UnitLevel | None,
    contradicting: bool,
    official: BureauFigures | None,
    stated: _Stated,
    signed: bool,
    target: Decimal | None,
    counted: DispatchIndicators,
    month: Decimal | None,
) -> UnitInputs:
    ytd = level.ytd if level is not None and not contradicting else None
    word: RowState = "scored" if state.state == "accepted" else state.state
    notes: list[str] = []
    mark = stated.growth_mark or (growth_word(ytd, stated.base) if signed else None)
    by_growth = stated.alone and not contradicting and (stated.growth is not None or mark is not None)
    if word == "scored" and ytd is None and not by_growth:
        word = "unranked"
        notes.append(_why_no_figure(state, level, contradicting, stated.alone))
    if word == "scored" and state.quarantined:
        notes.append("部分采用")
    if word == "scored" and counted is NOTHING_SENT:
        notes.append("调度未报")
    if word == "scored" and counted is NOTHING_ACCEPTED:
        notes.append("调度未通过")
    return UnitInputs(
        unit_code=unit.code,
        name=name,
        base=stated.base,
        ytd=ytd,
        annual_target=target,
        growth_official=None if mark is not None else stated.growth,
        major_projects=counted.major_projects,
        new_starts=counted.new_starts,
        stage_punctuality=counted.stage_punctuality,
        service=counted.service,
        workdays_late=state.workdays_late,
        unanswered_share=state.unanswered_share,
        unanswered_queries=state.unanswered_queries,
        data_rows=state.data_rows,
        official_ytd=official.ytd if official else None,
        state=word,
        late=state.late,
        month=month if ytd is not None else None,
        remarks=tuple(notes),
        name_en=unit.name_en,
        sent_in_time=state.sent_in_time,
        growth_mark=mark if word == "scored" else None,
    )


@dataclass(frozen=True)
class _Stated:
    """Base, growth and the word in place of it, as the bureau or the unit states them. `alone`: growth places the unit, its level
    need not be known."""

    base: Decimal | None = None
    growth: Decimal | None = None
    growth_mark: Meaning | None = None
    alone: bool = False


def _stated(method: Method, level: UnitLevel | None, bureau: BureauFigures | None) -> _Stated:
    alone = method.rank_by == "official_growth"
    if method.base_source == "bureau":
        if bureau is None:
            return _Stated(alone=alone)
        return _Stated(bureau.base, bureau.growth_official, _growth_mark(bureau.marks, "growth_official"), alone)
    if level is None:
        return _Stated(alone=alone)
    return _Stated(level.ytd_last_year, level.growth, _growth_mark(level.marks, "growth"), alone)


def _growth_mark(marks: Mapping[str, str], field: str) -> Meaning | None:
    found = marks.get(field)
    return next((meaning for meaning in OF_GROWTH if meaning == found), None)


def _why_no_figure(state: UnitState, level: UnitLevel | None, contradicting: bool, by_stated_growth: bool) -> str:
    """The remark of a unit that reported, but no figure of the ranked indicator."""
    if contradicting:
        return "指标行矛盾"
    if level is None:
        return "排名行未采用" if state.lead_quarantined else "无排名指标"
    mark = level.marks.get("growth" if by_stated_growth else "ytd", "")
    if mark in ("suppressed", "not_available"):
        return {"suppressed": "不予公布", "not_available": "暂缺"}[mark]
    if by_stated_growth:
        return "无公布增速"
    return "只报增速" if level.growth is not None or level.marks.get("growth") else "无排名指标"


def _counted(programme: Programme, state: UnitState, counted: DispatchIndicators | None) -> DispatchIndicators:
    """A programme without a dispatch form has nothing to count; a unit that owes it and did not send it counts as 0."""
    form = programme.form_name("dispatch")
    if not form:
        return DispatchIndicators()
    if form in state.missing_forms:
        return NOTHING_ACCEPTED if form in state.rejected_forms else NOTHING_SENT
    return counted or DispatchIndicators()


def _annual_targets(programme: Programme, year: int) -> dict[str, Decimal]:
    """unit code → annual target; all at once, for programmes with thousands of units."""
    return {t.scope: t.value for t in programme.targets if t.metric == "annual_investment" and t.window == str(year)}


def _city_from_bureau(
    programme: Programme,
    bureau: Mapping[str, BureauFigures],
    city_month: pa.Table | None,
    units: Iterable[UnitInputs],
    target: Decimal | None,
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
        annual_target=target,
        growth_mark=_city_mark(programme, own, base),
        whole=programme.whole,
        above=(programme.above_zh, programme.above_en),
    )


def _city_mark(programme: Programme, own: BureauFigures | None, base: Decimal | None) -> Meaning | None:
    ranked = programme.indicator(programme.method.indicator)
    stated = _growth_mark(own.marks, "growth_official") if own else None
    return stated or (growth_word(own.ytd, base) if own and ranked is not None and ranked.sign == "any" else None)
