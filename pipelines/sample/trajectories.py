"""Monthly investment of every project so that the units' cumulative figures are exact: what a unit adds in a month is divided
among its active projects in proportion to their rates, in whole 万元, at least 1 each.

Rates ramp up after the start, taper before the end, and differ by size so that June 2022 splits about 125 : 291 : 124 亿 over
projects of ≥ 10 亿, 1–10 亿 and less (domain_decisions §5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from .population import Project, Size
from .published_facts import (
    CITY_YEAR_2022,
    DECEMBER_2022,
    JUNE_2021,
    JUNE_2022,
    MONTHS,
    UnitFacts,
    previous_report,
    reporting_months,
    spread,
    unit_facts,
)
from .stream import Stream

SMALL_MEAN_YTD = 693
"""万元: 124 亿 of 1,790 projects below 1 亿 by June 2022."""

_PACE_2022 = {2: 10300, 3: 10220, 4: 10120, 5: 10040, 6: 10000, 7: 9990, 8: 9980, 9: 10000, 10: 10010, 11: 10020}
_PACE_HARBOUR = {2: 9300, 3: 9500, 4: 9700, 5: 9850}
_BIG_PACE = {18: 1.4, 19: 1.4, 20: 1.4, 21: 1.1, 22: 1.1, 23: 1.1}
"""The library gets ahead in the third quarter: 178 亿 by September (seed L39)."""

_SHARES_2021: dict[Size, int] = {"big": 17, "mid": 56, "small": 27}

Group = tuple[Size, bool]


def unit_path(facts: UnitFacts, seasonal: Mapping[int, Decimal]) -> list[int]:
    """The unit's YTD by month index on the comparable basis: 2021 is the base of 2022; exact in both Junes and in December 2022."""
    share = {month: int(value * 1_000_000) for month, value in seasonal.items()}
    s = Stream(f"{facts.unit_code}/path")
    year_end = dict(
        zip((f.unit_code for f in unit_facts()), spread(CITY_YEAR_2022, [f.ytd for f in unit_facts()]), strict=True)
    )
    path = [0] * MONTHS
    for month in (*reporting_months(2021), *reporting_months(2022)):
        number, second = month % 12 + 1, month > 11
        level = facts.ytd if second else facts.base
        pace = _PACE_2022.get(number, 10000) if second else 10000
        noise = s.between(-40, 40)
        if number not in (6, 12):
            pace += noise
        if facts.unit_code == "330472" and second:
            pace = pace * _PACE_HARBOUR.get(number, 10000) // 10000
        path[month] = level * share[number] * pace // (share[6] * 10000)
    path[DECEMBER_2022] = year_end[facts.unit_code]
    return path


def invest(facts: UnitFacts, projects: Sequence[Project], path: Sequence[int]) -> None:
    """Fills profile, increments and ytd of all projects of a unit."""
    pool = [p for p in projects if p.enter is not None and p.special != "重复"]
    for project in projects:
        project.increments = [0] * MONTHS
        if project.enter is not None:
            project.profile = _profile(project)
    for year, targets in ((2021, _targets_2021(facts)), (2022, _targets_2022(facts))):
        factors = _calibrate(pool, year, path, targets)
        for month in reporting_months(year):
            active = [p for p in pool if _active(p, month)]
            added = path[month] - (path[previous_report(month)] if month % 12 > 1 else 0)
            weights = [1 + int(100_000 * p.rate * p.profile[month] * factors[_group(p, year)]) for p in active]
            for project, part in zip(active, spread(added - len(active), weights), strict=True):
                project.increments[month] = 1 + part
    for project in projects:
        if project.special == "重复":
            s = Stream(f"{project.key}/double")
            for month in range(1, 11):
                project.increments[month] = s.between(1900, 2600) * (2 if month == 1 else 1)
        project.ytd = _year_to_date(project.increments)
        _plan(project)


def _group(project: Project, year: int) -> Group:
    return project.size, year == 2022 and project.started_2022


def _targets_2021(f: UnitFacts) -> dict[Group, float]:
    return {(size, False): f.base * share / 100 for size, share in _SHARES_2021.items()}


def _targets_2022(f: UnitFacts) -> dict[Group, float]:
    small = f.small_in_stat * SMALL_MEAN_YTD
    sizes: dict[Size, int] = {"big": f.big_ytd, "small": small, "mid": f.ytd - f.big_ytd - small}
    new = dict.fromkeys(sizes, f.new_share / 100)
    new["big"] = min(new["big"], 0.1 * (f.library_new + f.new_found))
    return {
        (size, is_new): ytd * (new[size] if is_new else 1 - new[size])
        for size, ytd in sizes.items()
        for is_new in (False, True)
    }


def _calibrate(
    pool: Sequence[Project], year: int, path: Sequence[int], targets: Mapping[Group, float]
) -> dict[Group, float]:
    """Factors on the rates of each group so that its YTD in June comes near its target."""
    june = JUNE_2021 if year == 2021 else JUNE_2022
    months = [m for m in reporting_months(year) if m <= june]
    factors = dict.fromkeys(targets, 1.0)
    for _ in range(6):
        sums = dict.fromkeys(targets, 0.0)
        for month in months:
            added = path[month] - (path[previous_report(month)] if month % 12 > 1 else 0)
            parts = [
                (g, p.rate * p.profile[month] * factors[g])
                for p in pool
                if _active(p, month)
                for g in (_group(p, year),)
            ]
            whole = sum(weight for _, weight in parts)
            for group, weight in parts:
                sums[group] += added * weight / whole
        factors = {g: f * targets[g] / sums[g] if sums[g] else f for g, f in factors.items()}
    return factors


def _active(project: Project, month: int) -> bool:
    return (
        project.enter is not None
        and project.enter <= month
        and not (project.finish is not None and project.finish < month)
    )


def _profile(p: Project) -> list[float]:
    """Relative rate by month: ramp after the start (gentle where December would be too large a part of a short year, D12), taper
    before the end."""
    assert p.enter is not None
    s = Stream(f"{p.key}/profile")
    wobble = 0.06 if p.size == "big" else 0.12
    fresh = p.start is not None and p.start >= 0
    ramp = (0.35, 0.65, 0.9) if p.size == "big" else (0.6, 0.8, 1.0)
    if p.start in (7, 8, 19, 20):
        ramp = (0.85, 0.95, 1.0)
    elif p.size == "big" and p.enter % 12 == 1:
        ramp = (0.65, 0.8, 0.95)  # the February report holds two months; March must not look like a jump after it (D09)
    result = []
    for month in range(MONTHS):
        value = 1 + wobble * (2 * s.unit() - 1)
        age = month - p.enter
        if fresh and 0 <= age < 3:
            value *= ramp[age]
        if p.finish is not None and month >= p.finish - 1:
            value *= 0.85 if month < p.finish else 0.6
        if p.size == "big":
            value *= _BIG_PACE.get(month, 1.0)
        result.append(value)
    return result


def _year_to_date(increments: Sequence[int]) -> list[int]:
    result, total = [], 0
    for month, added in enumerate(increments):
        total = added if month % 12 == 0 else total + added
        result.append(total)
    return result


def _plan(p: Project) -> None:
    """Planned total and what was invested before 2021, so that the cumulative figure never exceeds the plan (C08) and a finished
    project has used nearly all of it. Project totals are rounded as people round plans."""
    s = Stream(f"{p.key}/plan")
    spent = sum(p.increments)
    early = p.start is not None and p.start < 0
    first_year = sum(p.increments[:12])
    natural = first_year * -(p.start or 0) * s.between(60, 90) // 1200 if early else 0
    low, high, step = {"big": (100_000, 10**9, 1000), "mid": (10_000, 99_900, 100), "small": (520, 9_990, 10)}[p.size]
    if p.finish is not None:
        used = s.between(93, 99)
    elif early:
        used = s.between(62, 90)
    else:
        used = s.between(40, 80) if p.start is not None and p.start < 12 else s.between(12, 55)
    derived = -(-(natural + spent) * 100 // (used * step)) * step
    if derived < low:
        derived = low + step * s.below(60)
    p.plan = p.plan_fixed or min(high, derived)
    if early:
        room = p.plan * (used if p.finish is not None else min(used, 90)) // 100 - spent
        p.opening = room if p.plan_fixed and p.finish is not None else max(min(natural, room), 1)
