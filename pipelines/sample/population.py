"""The simulated projects of a unit: when each starts, enters statistics and is finished, its size, and the lists it stands on.

A project enters statistics in the month it starts (January starts in the February report), stays until the December of the year
it is finished, and is gone from the next February on. Counts by size and list follow `units.csv`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from .published_facts import (
    DECEMBER_2021,
    DECEMBER_2022,
    JUNE_2022,
    LIBRARY,
    LISTED,
    NEW_FOUND,
    RESTATED_UNIT,
    UnitFacts,
    unit_facts,
)
from .stream import Stream

Size = Literal["big", "mid", "small"]
"""Planned total of 10 亿 and more, 1–10 亿, less."""


@dataclass(slots=True)
class Project:
    """A project over its simulated life. Months are indices from 2021-01; amounts 万元.

    `start` is None where it has not started by December 2022; `enter`/`finish` None where it never enters or is not finished.
    `plan_fixed` is the planned total of projects on a library list (0: derived from what is invested). `growth`: the
    project belongs to this year's new ones. `increments[i]` is what month i adds, `ytd[i]` what stands in the return.
    """

    unit: str
    number: int
    size: Size
    start: int | None
    enter: int | None
    finish: int | None = None
    lists: tuple[str, ...] = ()
    start_plan: int | None = None
    plan_fixed: int = 0
    special: str = ""
    purchase: bool = False
    rate: float = 1.0
    profile: list[float] = field(default_factory=list)
    increments: list[int] = field(default_factory=list)
    ytd: list[int] = field(default_factory=list)
    plan: int = 0
    opening: int = 0

    @property
    def key(self) -> str:
        return f"{self.unit}/{self.number}"

    @property
    def started_2022(self) -> bool:
        return self.start is not None and self.start > DECEMBER_2021

    def stands_in(self, month: int) -> bool:
        """In the statistical return of that month: entered, and not finished in an earlier year."""
        if self.enter is None or month < self.enter:
            return False
        return self.finish is None or month // 12 <= self.finish // 12

    def done(self, month: int) -> bool:
        return self.finish is not None and self.finish <= month

    def cumulative(self, month: int) -> int:
        """Invested since the start of construction, up to and including the month."""
        return self.opening + sum(self.increments[: month + 1])


PHASES = {"晶科": 1_200_000, "晶科二期": 1_000_000}
"""The 220 亿 of 晶科 are those of both phases (seed L8–L11), 万元."""
LARGER = {("330402", 6): 312_000}
"""A project that has not started takes what the phases have less than the plans drawn, so that the mean stays 25 亿."""


@cache
def library_plans() -> dict[str, tuple[int, ...]]:
    """Planned totals of the 78 by unit, first the one that 海宁 is known for (晶科, 220 亿); mean 25 亿, forty of 10–15 亿."""
    tenths = [100 + round(50 * k / 39) for k in range(40)]
    tenths += [155 + round(165 * k / 21) for k in range(22)]
    tenths += [340 + 22 * k for k in range(11)] + [620, 560, 505, 440]
    sizes = [1000 * t for t in tenths]
    sizes[-1] += 78 * 250_000 - 2_200_000 - sum(sizes)
    rest = iter(Stream("library plans").shuffled(sizes))
    return {
        f.unit_code: tuple(2_200_000 if f.unit_code == "330481" and k == 0 else next(rest) for k in range(f.library))
        for f in unit_facts()
    }


def population(facts: UnitFacts) -> list[Project]:
    """All projects of a unit that exist at some time from 2021-01 to 2022-12, in the order of their numbers."""
    projects: list[Project] = []
    for make in (_library, _new_found, _listed, _small, _finished_2021):
        for project in make(facts):
            project.number = len(projects)
            projects.append(project)
    return projects


def _library(f: UnitFacts) -> Iterator[Project]:
    """The unit's part of the 78: carried over, new in the first half of 2022, started but not yet entered, not started."""
    plans = library_plans()[f.unit_code]
    overdue = min(f.library_not_started, (f.starts_overdue + 2) // 3)
    carried = f.library_in_stat - f.library_new
    for k, plan in enumerate(plans):
        s = Stream(f"{f.unit_code}/library/{k}")
        project = Project(f.unit_code, 0, "big", None, None, lists=(LISTED, LIBRARY), plan_fixed=plan)
        project.rate = (plan / 250_000) ** 0.85 * (0.85 + 0.3 * s.unit())
        if k < carried:
            known = f.unit_code == "330481" and k == 0
            first = k == (1 if f.unit_code == "330481" else 0)
            early = first or s.chance(55)
            project.special = "晶科" if known else ""
            project.plan_fixed = PHASES.get(project.special, plan)
            project.start = 9 if known else s.between(-22, -4) if early else s.choose((0, 1, 2, 3, 4, 5, 6, 9, 10))
            project.start_plan = project.start
        elif k < f.library_in_stat:
            project.start = project.start_plan = s.between(12, 15)
            project.special = "晶科二期" if f.unit_code == "330481" and k == carried else ""
            project.plan_fixed = PHASES.get(project.special, plan)
        elif k < f.library_in_stat + f.library_started_unlisted:
            project.start = project.start_plan = s.between(16, JUNE_2022)
            project.enter = JUNE_2022 + 1
        elif k < f.library - f.library_not_started + overdue:
            project.start_plan = s.between(13, JUNE_2022)
            project.start = s.choose((18, 21)) if k % 2 else None
            project.plan_fixed += LARGER.get((f.unit_code, k), 0)
        else:
            project.start_plan = s.choose((18, 21, 22, 23))
            project.start = None if s.chance(25) else project.start_plan
        if project.enter is None:
            project.enter = _entry(project.start)
        yield project


def _new_found(f: UnitFacts) -> Iterator[Project]:
    """The five newly found projects of 10 亿 and more, all started (seed L25)."""
    plans = {"330402": 150_000, "330411": 105_000, "330421": 120_000, "330481": 260_000, "330483": 180_000}
    for k in range(f.new_found):
        s = Stream(f"{f.unit_code}/found/{k}")
        start = s.between(14, 15)
        yield Project(
            f.unit_code,
            0,
            "big",
            start,
            start,
            lists=(LISTED, NEW_FOUND),
            start_plan=start,
            plan_fixed=plans[f.unit_code],
            rate=0.45 + 0.2 * s.unit(),
        )


def _listed(f: UnitFacts) -> Iterator[Project]:
    """Projects of 1–10 亿, all on the list of 724: carried over, new in the first half, overdue, planned for the second half."""
    new = f.starts_done - f.library_new - f.library_started_unlisted - f.new_found
    late = f.starts_overdue - min(f.library_not_started, (f.starts_overdue + 2) // 3)
    carried = f.mid_in_stat - new
    finishing = _finishing(f.mid_in_stat)
    for k in range(f.mid_listed):
        s = Stream(f"{f.unit_code}/listed/{k}")
        project = Project(f.unit_code, 0, "mid", None, None, lists=(LISTED,), rate=_rate(s, 0.4, 2.3))
        if k < carried:
            project.finish = finishing(k, s)
            project.start = _carried_start(s, project.finish)
            project.start_plan = project.start
        elif k < f.mid_in_stat:
            project.start = project.start_plan = _half_year_start(s)
            if f.unit_code == "330472" and k == carried:
                project.special, project.start, project.start_plan = "赞昇", 16, 16
                project.plan_fixed, project.rate = 14_200, 0.5
        elif k < f.mid_in_stat + late:
            project.start_plan = s.between(13, JUNE_2022)
            project.start = None if s.chance(15) else s.between(18, 22)
        else:
            project.start_plan = s.between(18, DECEMBER_2022)
            delay = 0 if s.chance(80) else 1
            project.start = None if s.chance(12) else project.start_plan + delay
            if project.start is not None and project.start > DECEMBER_2022:
                project.start = None
        project.enter = _entry(project.start)
        yield project


def _small(f: UnitFacts) -> Iterator[Project]:
    """Projects below 1 亿: carried over, new in the first half of 2022, new in the second half."""
    new = f.small_in_stat * 27 // 100
    carried = f.small_in_stat - new
    finishing = _finishing(f.small_in_stat)
    for k in range(f.small_in_stat + f.small_in_stat * 13 // 100):
        s = Stream(f"{f.unit_code}/small/{k}")
        project = Project(f.unit_code, 0, "small", None, None, rate=_rate(s, 0.35, 2.0))
        if k < carried:
            project.finish = finishing(k, s)
            project.start = _carried_start(s, project.finish)
        elif k < f.small_in_stat:
            project.start = _half_year_start(s)
            project.purchase = k % 23 == 5
        else:
            project.start = s.between(18, DECEMBER_2022)
        project.enter = _entry(project.start)
        yield project


def _finished_2021(f: UnitFacts) -> Iterator[Project]:
    """Projects of the 2021 returns that were finished in 2021; one of 秀洲 was reported twice and leaves the comparable base."""
    mids: list[Size] = ["mid"] * (f.mid_in_stat * 20 // 100)
    smalls: list[Size] = ["small"] * (f.small_in_stat * 20 // 100)
    kinds = mids + smalls
    if f.library >= 8:
        kinds.append("big")
    for k, size in enumerate(kinds):
        s = Stream(f"{f.unit_code}/finished/{k}")
        finish = DECEMBER_2021 if s.chance(36) else s.between(2, 10)
        start = s.between(0, 3) if finish > 9 and s.chance(30) else s.between(-22, -1)
        project = Project(f.unit_code, 0, size, start, _entry(start), finish, rate=_rate(s, 0.4, 2.0))
        if size == "big":
            project.start, project.enter, project.finish = -30, 1, 8
            project.rate, project.plan_fixed = 0.5, 100_000 + 1000 * s.below(40)
        yield project
    if f.unit_code == RESTATED_UNIT:
        yield Project(f.unit_code, 0, "mid", -8, 1, 10, special="重复")


def _entry(start: int | None) -> int | None:
    """First month in the return: the month of the start, the first report for January starts and for carried projects."""
    if start is None:
        return None
    return 13 if start == 12 else max(start, 1)


def _rate(s: Stream, low: float, high: float) -> float:
    """Relative size of monthly investment; more small ones than large ones."""
    draw: float = s.unit() ** 1.6
    return low + (high - low) * draw


def _half_year_start(s: Stream) -> int:
    """A start from January to June 2022."""
    draw = s.below(100)
    return 12 if draw < 15 else 13 if draw < 35 else 14 + (draw - 35) * 4 // 65


def _carried_start(s: Stream, finish: int | None) -> int:
    """A start of a project that is carried into 2022: 45 % in 2021; one that is finished in 2022 has been built for a year."""
    if finish is not None:
        return s.between(-24, -2) if s.chance(80) else s.between(0, 4)
    if s.chance(45):
        draw = s.below(100)
        return 0 if draw < 10 else 1 if draw < 24 else 2 + (draw - 24) * 10 // 76
    return s.between(-26, -1)


def _finishing(count: int) -> Callable[[int, Stream], int | None]:
    """Which of the carried projects are finished in 2022: a sixth of all by November (A09 compares with the unfinished),
    some in December."""
    early, december = count * 16 // 100, count * 8 // 100

    def finish(k: int, s: Stream) -> int | None:
        if k < early:
            return s.between(13, 22)
        return DECEMBER_2022 if k < early + december else None

    return finish
