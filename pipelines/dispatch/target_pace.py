"""Targets T1–T4 and the comparator targets (L21, L33, L36, L39): value, gap, expected by now, pace required, state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Literal

from ..model.dispatch_decisions import DispatchDecision
from ..model.dispatch_policy import Comparison, TargetName
from ..model.periods import Period
from ..model.programme import Target
from .target_versions import frozen_value

State = Literal["met", "on_track", "behind", "missed", "no_data"]
Monthly = Mapping[Period, Decimal]


@dataclass(frozen=True)
class TargetFacts:
    """What targets are measured on, by month: `indicator` (the ranked one), cumulative investment (万元) by area, official growth
    (fraction) by (indicator, area), cumulative investment of a list's projects (万元, dispatch count) by list name."""

    indicator: str = "manufacturing_investment"
    investment: Mapping[str, Monthly] = field(default_factory=dict)
    growth: Mapping[tuple[str, str], Monthly] = field(default_factory=dict)
    list_investment: Mapping[str, Monthly] = field(default_factory=dict)
    reporting: tuple[Period, ...] = ()
    """Months of which the calendar asks these figures."""


@dataclass(frozen=True)
class TargetStatus:
    """Amounts 万元, rates fractions. `gap` = value − actual. `expected`: what should be done by the month on the seasonal curve,
    `expected_linear` on months alone (practice prints it; it is the wrong yardstick, L36). `pace_required`: the gap over the months
    left; `pace_required_seasonal`: what the next month has to bring on the curve. `revised_value`: a version after the freeze, logged
    and not scored."""

    id: str
    metric: str
    scope: str
    operator: str
    value: Decimal | None
    actual: Decimal | None
    gap: Decimal | None
    expected: Decimal | None
    expected_linear: Decimal | None
    pace_required: Decimal | None
    pace_required_seasonal: Decimal | None
    state: State
    window: str
    comparator: str = ""
    revised_value: Decimal | None = None


def satisfies(actual: Decimal, operator: str, value: Decimal) -> bool:
    """actual operator value."""
    return {
        ">=": actual >= value,
        ">": actual > value,
        "<=": actual <= value,
        "<": actual < value,
        "=": actual == value,
    }[operator]


def window_of(target: Target) -> tuple[Period, Period]:
    """First and last month in which the target is checked."""
    text = target.window
    if ".." in text:
        first, last = text.split("..")
        return Period.parse(first), Period.parse(last)
    if "-" in text:
        return Period.parse(text), Period.parse(text)
    return Period(int(text), 12), Period(int(text), 12)


def first_month(target: Target) -> Period:
    """From when the target is about anything: what is done from then on counts, or the month it is checked in first."""
    first, last = window_of(target)
    start = target.accumulate_from or Period(last.year, 1)
    return first if target.metric == "growth" else min(first, start)


def target_status(
    target: Target,
    target_id: str,
    period: Period,
    facts: TargetFacts,
    seasonal: Mapping[int, Decimal],
    decisions: Sequence[DispatchDecision] = (),
    zone: tzinfo = UTC,
    ids: Collection[str] = (),
) -> TargetStatus:
    """Where a target stands as of a month. `zone`: where 31 January ends; `ids`: all its ids (`same_targets`), where it has several."""
    first, last = window_of(target)
    value, revised = frozen_value(target.value, ids or (target_id,), decisions, last.year, zone, period.last_day)
    if target.metric == "growth":
        return _growth_status(target, target_id, period, facts, first, last, value, revised)
    start = target.accumulate_from or Period(last.year, 1)
    series = (
        facts.list_investment.get(target.comparator, {})
        if target.metric == "list_ytd"
        else facts.investment.get(target.scope, {})
    )
    at = min(period, last)
    actual = _accumulated(series, start, at)
    share, share_linear = _shares(start, at, last, seasonal)
    expected = value * share if share is not None else None
    gap = value - actual if actual is not None else None
    left = max(0, _months_between(at, last))
    pace = gap / left if gap is not None and left and gap > 0 else Decimal(0) if gap is not None else None
    return TargetStatus(
        target_id,
        target.metric,
        target.scope,
        target.operator,
        value,
        actual,
        gap,
        expected,
        value * share_linear,
        pace,
        _seasonal_pace(gap, start, at, last, seasonal),
        _amount_state(target.operator, value, actual, expected, period, last),
        target.window,
        target.comparator,
        revised,
    )


def _amount_state(
    operator: str, value: Decimal, actual: Decimal | None, expected: Decimal | None, period: Period, last: Period
) -> State:
    """An amount to be reached is met as soon as it is; one to stay below, or to be exactly, is judged at the end of its window."""
    if actual is None:
        return "no_data"
    holds = satisfies(actual, operator, value)
    if period >= last:
        return "met" if holds else "missed"
    if operator in (">=", ">"):
        if holds:
            return "met"
        return "on_track" if expected is not None and satisfies(actual, operator, expected) else "behind"
    return "on_track" if holds or (operator == "=" and actual < value) else "behind"


def _growth_status(
    target: Target,
    target_id: str,
    period: Period,
    facts: TargetFacts,
    first: Period,
    last: Period,
    value: Decimal,
    revised: Decimal | None,
) -> TargetStatus:
    """A growth target holds in every month of its window: one month below it is missed, whatever comes after or is not there; and it is
    met where every month that is reported is known."""
    own = facts.growth.get((facts.indicator, target.scope), {})
    other = facts.growth.get((target.comparator, target.scope), {}) if target.comparator else {}

    def wanted(month: Period) -> Decimal | None:
        if not target.comparator:
            return value
        return other[month] + value if month in other else None

    at = min(period, last)
    actual, bar = own.get(at), wanted(at)
    verdicts = {
        month: satisfies(own[month], target.operator, threshold)
        for month in own
        if first <= month <= at and (threshold := wanted(month)) is not None
    }
    unknown = [month for month in facts.reporting if first <= month <= at and month not in verdicts]
    state: State
    if not all(verdicts.values()):
        state = "missed"
    elif actual is None or bar is None or (period >= last and unknown):
        state = "no_data"
    elif period >= last:
        state = "met"
    else:
        state = "on_track" if satisfies(actual, target.operator, bar) else "behind"
    gap = bar - actual if bar is not None and actual is not None else None
    return TargetStatus(
        target_id,
        "growth",
        target.scope,
        target.operator,
        bar,
        actual,
        gap,
        bar,
        bar,
        None,
        None,
        state,
        target.window,
        target.comparator,
        revised,
    )


def _accumulated(series: Monthly, start: Period, at: Period) -> Decimal | None:
    """Cumulative from `start` to `at`: of each year the year-to-date figure less what was done before `start`. None where one of these
    is not there; a year that has no January is counted whole from February on."""
    if at < start:
        return Decimal(0) if at in series else None
    ends = [Period(year, 12) for year in range(start.year, at.year)] + [at]
    before = start.shift(-1)
    opening = series.get(before, Decimal(0) if before.month == 1 else None) if start.month > 1 else Decimal(0)
    if opening is None or any(end not in series for end in ends):
        return None
    return sum((series[end] for end in ends), -opening)


def _shares(start: Period, at: Period, last: Period, seasonal: Mapping[int, Decimal]) -> tuple[Decimal | None, Decimal]:
    """Share of the target due by `at` on the seasonal curve, and by months alone."""
    linear = Decimal(max(0, _months_between(start.shift(-1), at))) / max(1, _months_between(start.shift(-1), last))
    if at < start:
        return Decimal(0), linear
    opening = start.year + (seasonal.get(start.month - 1, Decimal(0)) if start.month > 1 else Decimal(0))
    now, end = _curve(seasonal, at), _curve(seasonal, last)
    if now is None or end is None or end <= opening:
        return (linear if not seasonal else None), linear
    return max(Decimal(0), now - opening) / (end - opening), linear


def _curve(seasonal: Mapping[int, Decimal], period: Period) -> Decimal | None:
    """Years done by the end of a month, the part of its own year on the seasonal curve (every year brings the same); a month without a
    report (January) lies half-way to the next."""
    if period.month in seasonal:
        return period.year + seasonal[period.month]
    later = [month for month in seasonal if month > period.month]
    if not later or any(month < period.month for month in seasonal):
        return None
    return period.year + seasonal[min(later)] * period.month / min(later)


def _seasonal_pace(
    gap: Decimal | None, start: Period, at: Period, last: Period, seasonal: Mapping[int, Decimal]
) -> Decimal | None:
    if gap is None or at >= last:
        return None
    now, coming, end = _curve(seasonal, at), _curve(seasonal, at.shift(1)), _curve(seasonal, last)
    if now is None or coming is None or end is None or end <= now or start > at.shift(1):
        return None
    return max(Decimal(0), gap) * (coming - now) / (end - now)


def _months_between(earlier: Period, later: Period) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month


@dataclass(frozen=True)
class ComparisonStatus:
    """One of 三个超过、五个快于: two growth rates of a month side by side, fractions."""

    id: str
    zh: str
    en: str
    operator: str
    left: Decimal | None
    right: Decimal | None
    gap_pp: Decimal | None
    state: State


def comparison_status(comparison: Comparison, period: Period, facts: TargetFacts) -> ComparisonStatus:
    """met or behind; no_data where one of the rates is not there."""
    left = facts.growth.get((comparison.left, comparison.left_area), {}).get(period)
    right = facts.growth.get((comparison.right, comparison.right_area), {}).get(period)
    state: State = "no_data"
    gap = None
    if left is not None and right is not None:
        state = "met" if satisfies(left, comparison.operator, right) else "behind"
        gap = (left - right) * 100
    return ComparisonStatus(comparison.id, comparison.zh, comparison.en, comparison.operator, left, right, gap, state)


def target_ids(targets: Sequence[Target], names: Sequence[TargetName] = ()) -> list[tuple[str, Target]]:
    """Targets with an identity: their short name, else metric-scope-window."""
    known = {(n.metric, n.scope, n.comparator, n.window): n.id for n in names}
    return [
        (known.get((t.metric, t.scope, t.comparator, t.window), f"{t.metric}-{t.scope}-{t.window}"), t) for t in targets
    ]
