"""Ranking by score: indicators → points of the method → Σ w·points/100 − D (domain.md §4.2 as amended by domain_decisions §4).

S is rounded HALF_UP to two decimals *before* ranking. With SAIMA-1 the anchors are fixed, and n, M, B_city and G come from the bureau,
so no unit's figures or absence move another's score. Where C = 0 growth and pull score the floor of the method whatever the base
(nothing done is never scored at the city's rate); else, where B* < 0.1 M, both drop out and their weight is spread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from statistics import median

from ..errors import Refused
from ..model.formulas import (
    arithmetic,
    contribution,
    fair_pull,
    growth,
    pull,
    round_half_up,
    schedule_completion,
    shrunk_growth,
)
from ..model.periods import Period
from ..model.programme import Method, ScoredIndicator
from ..model.ranking import (
    DISPATCH_INDICATORS,
    INDICATORS,
    NOT_APPLICABLE,
    CityFigures,
    IndicatorScore,
    RankedUnit,
    Ranking,
    UnitInputs,
)
from .efficacy import VALUE_PLACES, competition_ranks, scaled, spread
from .growth_rank import NO_DEDUCTIONS, by_growth, growth_places, ordered, remarks
from .point_methods import FLOORS, POINT_METHODS, Points

VERSION = "1"
SMALL_BASE_SHARE = Decimal("0.1")
SCORE_PLACES = 2


def rank(
    units: Sequence[UnitInputs], city: CityFigures, method: Method, seasonal_share: Decimal | None, period: Period
) -> Ranking:
    """The ranking of `period`; `units` are all ranking units valid in it, sent or not. Amounts in the method's measure.

    Without a seasonal share the linear one (month/12) is used. Refused when the bureau gave no city base or growth.
    """
    with arithmetic():
        bases = [unit.base for unit in units if unit.base is not None]
        median_base = median(bases) if bases else Decimal(0)
        if period.month < method.score_from_month:
            least = max(method.min_base, SMALL_BASE_SHARE * median_base)
            return by_growth(
                units, city, method, seasonal_share, period, VERSION, least, INDICATORS, median_base, as_printed=True
            )
        share = seasonal_share if seasonal_share is not None else Decimal(period.month) / 12
        scorer = _Scorer(city, method, share, median_base, len(units))
        scorer.give_points(units)
        places = {code: place for code, place, _ in growth_places(units, scorer.min_base, as_printed=True)}
        lines = [replace(scorer.line(unit), growth_rank=places.get(unit.unit_code)) for unit in units]
        placed = competition_ranks([line for line in lines if line.score is not None], key=_order)
        ranks = {line.unit_code: (place, tied) for line, place, tied in placed}
        final = []
        for line in lines:
            place, tied = ranks.get(line.unit_code, (None, False))
            final.append(replace(line, rank=place, remarks=remarks(line.inputs, tied, *line.remarks)))
        return Ranking(
            period=str(period),
            method=method.name,
            method_version=VERSION,
            basis="score",
            units=ordered(final),
            city=city,
            city_growth=scorer.city_growth,
            median_base=median_base,
            seasonal_share=share,
            min_base=scorer.min_base,
            kappa=method.kappa,
            anchors=tuple(scorer.anchors[key] for key in INDICATORS if key in scorer.anchors),
        )


class _Scorer:
    """The values that are the same for every unit of the month, and the scoring of one unit by them."""

    def __init__(self, city: CityFigures, method: Method, share: Decimal, median_base: Decimal, n: int) -> None:
        rate = city.growth_official if city.growth_official is not None else growth(city.ytd, city.base)
        if not city.base or rate is None:
            raise Refused(
                f"{city.zh}缺少可比基数或增速，不能评分",
                f"{city.en}: comparable base or growth of the whole city is missing, nothing can be scored",
                "请市统计局在 city_month 中补报全市一行 / the bureau adds the city's own row to city_month",
            )
        self.city = city
        self.method = method
        self.share = share
        self.median_base = median_base
        self.min_base = max(method.min_base, SMALL_BASE_SHARE * median_base)
        self.city_base: Decimal = city.base
        self.city_growth: Decimal = rate
        self.anchors: dict[str, ScoredIndicator] = {i.key: i for i in method.indicators}
        if "excess_pull" in self.anchors:
            self.anchors["excess_pull"] = scaled(self.anchors["excess_pull"], n)
        self.points: Points = {}

    def give_points(self, units: Sequence[UnitInputs]) -> None:
        """Points of every unit by the method, over all units that are scored."""
        values: dict[str, dict[str, Decimal]] = {}
        idle: dict[str, list[str]] = {}
        for unit in units:
            if unit.state != "scored" or unit.ytd is None:
                continue
            own = {key: x for key, x in self._values(unit).items() if x is not None and key in self.anchors}
            if unit.ytd == 0:
                idle[unit.unit_code] = [key for key in ("growth", "excess_pull") if key in own]
                if unit.base is not None and unit.base < self.min_base:  # too small to be compared with anybody
                    own = {key: x for key, x in own.items() if key not in idle[unit.unit_code]}
            values[unit.unit_code] = own
        self.points = POINT_METHODS[self.method.name](values, self.anchors, self.method)
        for code, keys in idle.items():
            floors = {key: FLOORS[self.method.name](self.anchors[key], self.method, len(values)) for key in keys}
            given = {**self.points[code], **{key: floor for key, floor in floors.items() if floor is not None}}
            self.points[code] = {key: given[key] for key in self.anchors if key in given}

    def line(self, unit: UnitInputs) -> RankedUnit:
        """The unit scored; rank still open. A missing or rejected unit has neither score nor indicators."""
        if unit.state != "scored" or unit.ytd is None:
            return RankedUnit(
                inputs=unit,
                rank=None,
                growth_rank=None,
                score=None,
                growth=None,
                shrunk_growth=None,
                pull_pp=None,
                contribution=None,
                schedule_completion=None,
                indicators=dict.fromkeys(INDICATORS, NOT_APPLICABLE),
                deductions=NO_DEDUCTIONS,
                remarks=(),
            )
        shrunk = shrunk_growth(unit.ytd, unit.base, self.method.kappa, self.median_base, self.city_growth)
        pulled = pull(unit.ytd, unit.base, self.city_base)
        done = schedule_completion(unit.ytd, unit.annual_target, self.share)
        values = self._values(unit)
        nothing_done = unit.ytd == 0 and values["growth"] is not None
        indicators = self._indicators(unit.unit_code, values)
        deductions = self._deductions(unit)
        score = _score(indicators, deductions)
        return RankedUnit(
            inputs=unit,
            rank=None,
            growth_rank=None,
            score=score,
            growth=growth(unit.ytd, unit.base),
            shrunk_growth=shrunk,
            pull_pp=None if pulled is None else pulled * 100,
            contribution=contribution(unit.ytd, unit.base, self.city.ytd, self.city_base),
            schedule_completion=done,
            indicators=indicators,
            deductions=deductions,
            remarks=self._remarks(unit, values, nothing_done, score),
        )

    def _values(self, unit: UnitInputs) -> dict[str, Decimal | None]:
        """What is scored: values rounded as printed, None where an indicator does not apply."""
        shrunk = shrunk_growth(unit.ytd, unit.base, self.method.kappa, self.median_base, self.city_growth)
        pulled = pull(unit.ytd, unit.base, self.city_base)
        fair = fair_pull(unit.base, self.city_base, self.city_growth)
        measurable = shrunk is not None and unit.base is not None and (unit.base >= self.min_base or unit.ytd == 0)
        excess = (pulled - fair) * 100 if pulled is not None and fair is not None else None
        values = {
            "growth": shrunk if measurable else None,
            "excess_pull": excess if measurable else None,
            "schedule_completion": schedule_completion(unit.ytd, unit.annual_target, self.share),
        }
        for key in DISPATCH_INDICATORS:
            ratio = unit.counted(key)
            values[key] = None if ratio is None else ratio.value
        return {key: None if x is None else round_half_up(x, VALUE_PLACES) for key, x in values.items()}

    def _indicators(self, unit_code: str, values: Mapping[str, Decimal | None]) -> dict[str, IndicatorScore]:
        points = self.points.get(unit_code, {})
        weights = spread({key: self.anchors[key].weight for key in points})
        shown = {}
        for key in INDICATORS:
            value = values.get(key)
            if key not in weights or value is None:
                shown[key] = NOT_APPLICABLE
            else:
                shown[key] = IndicatorScore(value, points[key], weights[key])
        return shown

    def _deductions(self, unit: UnitInputs) -> dict[str, Decimal]:
        m = self.method
        by_share = round_half_up(m.queries_factor * unit.unanswered_share, 6)
        found = {
            "late": min(m.late_cap, m.late_per_workday * unit.workdays_late),
            "unanswered_queries": min(m.queries_cap, max(by_share, m.queries_each * unit.unanswered_queries)),
        }
        if m.snail_points:
            found["snails"] = min(m.snail_cap, m.snail_points * unit.snail_projects)
        if m.new_major_points:
            found["new_major_bonus"] = -min(m.new_major_cap, m.new_major_points * unit.new_major_projects)
        return found

    def _remarks(
        self, unit: UnitInputs, values: Mapping[str, Decimal | None], nothing_done: bool, score: Decimal | None
    ) -> tuple[str, ...]:
        return tuple(
            text
            for text, applies in (
                ("无可比基数", unit.base is None),
                ("基数过小", unit.base is not None and values["growth"] is None),
                ("本期完成为零", nothing_done),
                ("无可评指标", score is None),
            )
            if applies
        )


def _score(indicators: Mapping[str, IndicatorScore], deductions: Mapping[str, Decimal]) -> Decimal | None:
    weighted = [i.weight * i.points for i in indicators.values() if i.points is not None]
    if not weighted:
        return None
    return round_half_up(sum(weighted, Decimal(0)) / 100 - sum(deductions.values(), Decimal(0)), SCORE_PLACES)


def _order(line: RankedUnit) -> tuple[tuple[bool, Decimal], ...]:
    """Ascending sort key: score, t, official growth, C − B*, m as printed, the higher the better (domain.md §4.2)."""
    unit = line.inputs
    official = unit.growth_official if unit.growth_official is not None else line.growth
    gained = unit.ytd - unit.base if unit.ytd is not None and unit.base is not None else None
    keys = (
        line.score,
        line.indicators["schedule_completion"].value,
        official,
        gained,
        line.indicators["major_projects"].value,
    )
    return tuple((value is None, Decimal(0) if value is None else -value) for value in keys)
