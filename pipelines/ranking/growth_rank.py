"""growth_rank: rank by growth among units whose base is large enough; ties equal (domain_decisions §4).

rank = 1 + the number of eligible units with strictly higher growth. Growth is the rate of the printed column: the official one
where the bureau gives it, else the exact fraction C/B* − 1. growth_rank compares it unrounded; SAIMA-1 (before
`score_from_month`, and for its column 增速位次) as printed, so that equal figures of the table share a place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from ..model.formulas import arithmetic, contribution, growth, pull, round_half_up, schedule_completion
from ..model.periods import Period
from ..model.programme import Method, RankBy
from ..model.ranking import DEDUCTIONS, NOT_APPLICABLE, CityFigures, IndicatorScore, RankedUnit, Ranking, UnitInputs
from .efficacy import VALUE_PLACES, competition_ranks

VERSION = "1"
PRINTED_PLACES = 1
"""Decimals of the growth column, in percent (domain.md §4.4)."""
NO_DEDUCTIONS = dict.fromkeys(DEDUCTIONS, Decimal(0))


def rank(
    units: Sequence[UnitInputs], city: CityFigures, method: Method, seasonal_share: Decimal | None, period: Period
) -> Ranking:
    """The ranking of `period` over all ranking units valid in it, sent or not. Amounts in the method's measure."""
    with arithmetic():
        return by_growth(
            units, city, method, seasonal_share, period, VERSION, method.min_base, ("growth",), None, as_printed=False
        )


def by_growth(
    units: Sequence[UnitInputs],
    city: CityFigures,
    method: Method,
    seasonal_share: Decimal | None,
    period: Period,
    version: str,
    min_base: Decimal,
    indicators: tuple[str, ...],
    median_base: Decimal | None,
    *,
    as_printed: bool,
) -> Ranking:
    """The ranking by growth alone among units with base ≥ `min_base` and > 0; `indicators`: keys each unit shows."""
    places = {
        code: (place, tied)
        for code, place, tied in growth_places(units, min_base, method.rank_by, as_printed=as_printed)
    }
    share = seasonal_share if seasonal_share is not None else Decimal(period.month) / 12
    lines = []
    for unit in units:
        place, tied = places.get(unit.unit_code, (None, False))
        scored = unit.state == "scored"
        rate = growth(unit.ytd, unit.base) if scored and unit.growth_mark is None else None
        placed_by = unit.growth_official if method.rank_by == "official_growth" else rate
        shown = dict.fromkeys(indicators, NOT_APPLICABLE)
        if place is not None and placed_by is not None:
            shown["growth"] = IndicatorScore(round_half_up(placed_by, VALUE_PLACES), None, Decimal(100))
        pulled = pull(unit.ytd, unit.base, city.base) if scored and city.base else None
        lines.append(
            RankedUnit(
                inputs=unit,
                rank=place,
                growth_rank=place,
                score=None,
                growth=rate,
                shrunk_growth=None,
                pull_pp=None if pulled is None else pulled * 100,
                contribution=contribution(unit.ytd, unit.base, city.ytd, city.base) if scored else None,
                schedule_completion=schedule_completion(unit.ytd, unit.annual_target, share) if scored else None,
                indicators=shown,
                deductions=NO_DEDUCTIONS,
                remarks=remarks(unit, tied, _why_unranked(unit, min_base, method.rank_by)),
            )
        )
    city_growth = city.growth_official if city.growth_official is not None else growth(city.ytd, city.base)
    return Ranking(
        period=str(period),
        method=method.name,
        method_version=version,
        basis="growth",
        units=ordered(lines),
        city=city,
        city_growth=city_growth,
        median_base=median_base,
        seasonal_share=share,
        min_base=min_base,
        kappa=method.kappa,
    )


def growth_places(
    units: Iterable[UnitInputs], min_base: Decimal, rank_by: RankBy = "levels", *, as_printed: bool
) -> list[tuple[str, int, bool]]:
    """(unit code, place by growth, tied) of the scored units that have a rate: with base ≥ `min_base`, by the printed rate; or, where
    the stated growth ranks, by it alone, whatever is known of levels. A word in place of a rate has no place. `as_printed`:
    compared with the decimals of the table, else exactly."""
    rates: list[tuple[Fraction, str]] = []
    for unit in units:
        if unit.state != "scored" or unit.growth_mark is not None:
            continue
        if rank_by == "official_growth":
            if unit.growth_official is not None:
                rates.append((-Fraction(unit.growth_official), unit.unit_code))
        elif unit.ytd is not None and unit.base and unit.base > 0 and unit.base >= min_base:
            computed = Fraction(unit.ytd) / Fraction(unit.base) - 1
            rates.append((-_rate(unit, computed, as_printed), unit.unit_code))
    return [(code, place, tied) for (_, code), place, tied in competition_ranks(rates, key=lambda pair: pair[0])]


def _rate(unit: UnitInputs, computed: Fraction, as_printed: bool) -> Fraction:
    """The rate that places the unit: its printed one, rounded like the table where that is what readers compare."""
    printed = unit.printed_growth
    if as_printed and printed is not None:
        return Fraction(round_half_up(printed * 100, PRINTED_PLACES))
    return computed if unit.growth_official is None else Fraction(unit.growth_official)


def remarks(unit: UnitInputs, tied: bool, *more: str) -> tuple[str, ...]:
    """Remarks of a line: the state of the return first, then what indicators noted, then 并列 and the method's own."""
    late = (("逾期未更正",) if unit.sent_in_time else ("迟报",)) if unit.late else ()
    state = {"missing": ("未报",), "rejected": ("审核未通过",)}.get(unit.state, late)
    found = (*state, *unit.remarks, *(("并列",) if tied else ()), *(text for text in more if text))
    return tuple(dict.fromkeys(found))


def ordered(lines: Iterable[RankedUnit]) -> tuple[RankedUnit, ...]:
    """By rank, then unit code; units without a rank last."""
    return tuple(sorted(lines, key=lambda u: (u.rank is None, u.rank or 0, u.unit_code)))


def _why_unranked(unit: UnitInputs, min_base: Decimal, rank_by: RankBy) -> str:
    if unit.state != "scored" or unit.growth_mark is not None:
        return ""
    if rank_by == "official_growth":
        return "无公布增速" if unit.growth_official is None else ""
    if unit.ytd is None:
        return ""
    if unit.base is None:
        return "无可比基数"
    return "基数过小" if unit.base <= 0 or unit.base < min_base else ""
