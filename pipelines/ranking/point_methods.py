"""How an indicator's value becomes points: the methods that are used in practice (domain.md §4.1), behind one interface.

A method sees the values of every unit at once and gives each indicator points; weights, deductions, ties and remarks are the same for
all (`scored.rank`). Which of them look at other units, and why, stands in DEPENDS_ON_OTHERS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from ..model.formulas import round_half_up
from ..model.programme import Method, ScoredIndicator
from .efficacy import FLOOR, POINTS_PLACES, competition_ranks, efficacy

Values = Mapping[str, Mapping[str, Decimal]]
"""Unit code → indicator → value; an indicator that does not apply to a unit is absent."""
Anchors = Mapping[str, ScoredIndicator]
Points = dict[str, dict[str, Decimal]]
PointMethod = Callable[[Values, Anchors, Method], Points]

HUNDRED = Decimal(100)

DEPENDS_ON_OTHERS: dict[str, str] = {
    "growth_rank": "a place is a comparison: the rank moves with others, the growth does not",
    "rank_step": "争先进位: points are given by place, so one unit's rise takes five points from whom it passes",
    "minmax_60_40": "classic efficacy coefficients: the best and worst unit are the anchors, so one outlier moves all (domain.md §4.2)",
}
"""Methods whose points of one unit move with another's figures, with the reason; the others are independent."""


def each(points: Callable[[Decimal, ScoredIndicator], Decimal | None]) -> PointMethod:
    """A method that looks at one value and its anchors alone; None: the indicator does not apply under it."""

    def scored(values: Values, anchors: Anchors, _: Method) -> Points:
        found: Points = {}
        for unit, own in values.items():
            given = {key: points(value, anchors[key]) for key, value in own.items()}
            found[unit] = {key: round_half_up(p, POINTS_PLACES) for key, p in given.items() if p is not None}
        return found

    return scored


def rank_step(values: Values, anchors: Anchors, method: Method) -> Points:
    """争先进位计分法 [S61]: the best value 100, each place `rank_step` points less, never below 0; equal values share a place."""
    found: Points = {unit: {} for unit in values}
    for key in anchors:
        own = [(unit, of[key]) for unit, of in values.items() if key in of]
        for (unit, _), place, _ in competition_ranks(own, key=lambda pair: -pair[1]):
            found[unit][key] = max(Decimal(0), HUNDRED - method.rank_step * (place - 1))
    return found


def ratio_cap(values: Values, anchors: Anchors, method: Method) -> Points:
    """Completion ratio [S62]: 100 × min(x / target, cap), never below 0; the target is `mid`. An indicator whose target is not positive
    (excess pull: 0) has no ratio and its weight is spread."""

    def points(value: Decimal, a: ScoredIndicator) -> Decimal | None:
        return max(Decimal(0), min(value / a.mid, method.ratio_cap)) * 100 if a.mid > 0 else None

    return each(points)(values, anchors, method)


def target_gate(values: Values, anchors: Anchors, method: Method) -> Points:
    """目标完成计分法 [S61]: the target (`mid`) reached gives all points, else none."""
    return each(lambda value, a: HUNDRED if value >= a.mid else Decimal(0))(values, anchors, method)


def minmax_60_40(values: Values, anchors: Anchors, _: Method) -> Points:
    """Classic 功效系数法 [S60]: 60 + 40 × (x − worst) / (best − worst) over the units; 100 where all are equal."""
    found: Points = {unit: {} for unit in values}
    for key in anchors:
        own = {unit: of[key] for unit, of in values.items() if key in of}
        low, high = min(own.values(), default=Decimal(0)), max(own.values(), default=Decimal(0))
        for unit, value in own.items():
            share = (value - low) / (high - low) if high > low else Decimal(1)
            found[unit][key] = round_half_up(60 + 40 * share, POINTS_PLACES)
    return found


def point_rules(values: Values, anchors: Anchors, method: Method) -> Points:
    """Plus and minus points [S62, S63]: at the target (`mid`) the indicator's whole weight; `minus_per_pp` points off for every
    percentage point missing, `plus_per_pp` on for every one above, at most `rule_cap` either way and never below 0. Given per
    hundred of the weight, so that weight × points / 100 is what the list says."""

    def points(value: Decimal, a: ScoredIndicator) -> Decimal:
        pp = value - a.mid if a.key == "excess_pull" else (value - a.mid) * 100
        change = pp * (method.plus_per_pp if pp > 0 else method.minus_per_pp)
        change = max(-method.rule_cap, min(method.rule_cap, change))
        return max(Decimal(0), a.weight + change) / a.weight * 100

    return each(points)(values, anchors, method)


def _last_place(_: ScoredIndicator, method: Method, n: int) -> Decimal:
    return max(Decimal(0), HUNDRED - method.rank_step * (n - 1))


def _no_ratio(a: ScoredIndicator, _: Method, __: int) -> Decimal | None:
    return Decimal(0) if a.mid > 0 else None


def _most_minus(a: ScoredIndicator, method: Method, _: int) -> Decimal:
    return max(Decimal(0), a.weight - method.rule_cap) / a.weight * 100


FLOORS: dict[str, Callable[[ScoredIndicator, Method, int], Decimal | None]] = {
    "SAIMA-1": lambda _, __, ___: FLOOR,
    "rank_step": _last_place,
    "ratio_cap": _no_ratio,
    "target_gate": lambda _, __, ___: Decimal(0),
    "minmax_60_40": lambda _, __, ___: Decimal(60),
    "point_rules": _most_minus,
}
"""The least that a method gives for an indicator among n units; None: it does not apply under it. A unit that did nothing gets it for
growth and pull (domain_decisions §4), whatever its base, so that doing something never costs points."""

POINT_METHODS: dict[str, PointMethod] = {
    "SAIMA-1": each(efficacy),
    "rank_step": rank_step,
    "ratio_cap": ratio_cap,
    "target_gate": target_gate,
    "minmax_60_40": minmax_60_40,
    "point_rules": point_rules,
}
METHODS: tuple[str, ...] = (*POINT_METHODS, "growth_rank")
"""Every method that may be named in method.toml or after `--method`."""
