"""Dispatch data of the listed projects in 2022: six stages planned and done, investment planned and done, issues due and closed.

Counts are laid so that in June 2022 the formulas of the ranking (m, s, o, q; domain.md §4.2) give the golden values as nearly as
whole numbers allow. A stage done by June was done on plan; what is overdue in June is not done yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ..model.fields import STAGES
from .loop_stories import CAUGHT_UP, IDLE_FROM
from .population import Project
from .project_identity import Identity
from .published_facts import DECEMBER_2021, JUNE_2022, MONTHS, SEPTEMBER_2022, UnitFacts, spread
from .stream import Stream

_NEVER = 10_000

_ISSUES = ("土地指标", "能耗指标", "电站审批", "建筑材料供应", "运输审批", "员工住宿", "资金", "能源保障", "用工")
"""Seed L14 and L18."""


@dataclass(slots=True)
class Dispatch:
    """Dispatch record of a project. Months are indices; amounts 万元 by month index; `issues` are (due month, closed in time, topic)."""

    plan: dict[str, int]
    actual: dict[str, int]
    na: tuple[str, ...]
    annual_plan: int = 0
    planned: list[int] = field(default_factory=lambda: [0] * MONTHS)
    done: list[int] = field(default_factory=lambda: [0] * MONTHS)
    issues: list[tuple[int, bool, str]] = field(default_factory=list)

    def due(self, month: int) -> Iterator[str]:
        """Stages planned up to the month that apply to the project."""
        return (stage for stage in STAGES if stage not in self.na and self.plan.get(stage, _NEVER) <= month)

    def overdue(self, month: int) -> int:
        return sum(self.actual.get(stage, _NEVER) > month for stage in self.due(month))


def dispatch(
    facts: UnitFacts, projects: Sequence[Project], identities: Sequence[Identity], seasonal: Mapping[int, Decimal]
) -> dict[int, Dispatch]:
    """Records of the unit's listed projects by project number."""
    listed = [p for p in projects if p.lists]
    records = {p.number: _record(p, identities[p.number]) for p in listed}
    _overdue(facts, listed, records)
    _money(facts, listed, records, {month: int(share * 1_000_000) for month, share in seasonal.items()})
    _issues(facts, listed, records)
    _after_june(listed, records)
    return records


def _record(p: Project, identity: Identity) -> Dispatch:
    s = Stream(f"{p.key}/stages")
    assert p.start_plan is not None
    plan = {"start": p.start_plan, "approval": p.start_plan - s.between(1, 3)}
    plan["land"] = plan["approval"] - s.between(0, 3)
    plan["admission"] = plan["land"] - s.between(2, 5)
    actual = {stage: plan[stage] for stage in ("admission", "land", "approval")}
    if p.start is None or p.start > p.start_plan:
        late = p.start if p.start is not None else _NEVER
        actual["approval"] = late
        if s.chance(50):
            actual["land"] = late
    if p.start is not None:
        actual["start"] = p.start
    if p.finish is not None:
        actual |= {"completion": p.finish, "commission": p.finish, "trial": p.finish}
        actual["capacity"] = p.finish + s.between(3, 9)
        plan["completion"] = p.finish + s.between(0, 1)
        plan["capacity"] = actual["capacity"] + s.between(0, 2)
    else:
        plan["completion"] = max(p.start_plan + s.between(10, 30), JUNE_2022 + s.between(3, 20))
        plan["capacity"] = plan["completion"] + s.between(4, 9)
    if p.special == "晶科":
        actual["trial"] = 12
    if p.special == "晶科二期":  # 当年供地、当年建设、当年投产 (seed L11)
        for stage in ("land", "approval"):
            plan[stage] = actual[stage] = max(plan[stage], DECEMBER_2021 + 1)
        actual["commission"] = SEPTEMBER_2022
    na = ("land",) if identity.na_flag else ()
    return Dispatch(plan, {stage: month for stage, month in actual.items() if month < _NEVER - 100}, na)


def _overdue(facts: UnitFacts, listed: Sequence[Project], records: Mapping[int, Dispatch]) -> None:
    """Lets the completion (and capacity) of the oldest unfinished projects fall due before July until 1 − overdue/due meets o."""

    def count() -> tuple[int, int]:
        due = sum(sum(1 for _ in r.due(JUNE_2022)) for r in records.values())
        return due, sum(r.overdue(JUNE_2022) for r in records.values())

    building = [
        p
        for p in listed
        if p.start is not None and p.start <= JUNE_2022 - 7 and not p.done(JUNE_2022) and p.special != "晶科"
    ]
    due, late = count()
    left = len(building)
    for k, p in enumerate(sorted(building, key=lambda p: (p.start or 0, p.number))):
        missing = (1 - facts.o) * due - late
        if missing < Decimal("0.5") * facts.o:
            break
        s = Stream(f"{p.key}/overdue")
        plan = records[p.number].plan
        both = missing > 1 and (k % 2 == 0 or missing > left - k)
        assert p.start is not None
        earliest = max(p.start + 5, 9)
        plan["completion"] = s.between(min(earliest, 13), 13) if both else s.between(earliest, JUNE_2022)
        if both:
            plan["capacity"] = s.between(plan["completion"] + 3, JUNE_2022)
        else:
            plan["capacity"] = JUNE_2022 + s.between(3, 9)
        due, late = count()


def _money(
    facts: UnitFacts, listed: Sequence[Project], records: Mapping[int, Dispatch], share: Mapping[int, int]
) -> None:
    """Actual is the statistical figure but for a small difference of counting; planned makes Σ actual / Σ planned of the projects of
    10 亿 and more equal m in June."""
    for p in listed:
        drift = Stream(f"{p.key}/drift").between(-12, 18)
        before = 0
        for month in range(12, MONTHS):
            early = p.start is not None and p.enter is not None and p.start <= month < p.enter
            before += 900 if early and p.size == "big" else 0
            records[p.number].done[month] = (p.ytd[month] if p.ytd else 0) * (1000 + drift) // 1000 + before
    for size in ("big", "mid"):
        group = [p for p in listed if p.size == size]
        weights = [records[p.number].done[JUNE_2022] * Stream(f"{p.key}/noise").between(88, 112) for p in group]
        slack = [_slack(p) for p in group]
        total = int(sum(records[p.number].done[JUNE_2022] for p in group) / facts.m) - sum(slack)
        for p, part, extra in zip(group, spread(total, weights), slack, strict=True):
            _planned(p, records[p.number], part + extra, facts.m, share)


def _after_june(listed: Sequence[Project], records: Mapping[int, Dispatch]) -> None:
    """What happens to two projects after June: one stands still, one makes up for its late start."""
    for p in listed:
        record = records[p.number]
        if p.key in IDLE_FROM:
            for month in range(IDLE_FROM[p.key], MONTHS):
                record.done[month] = record.done[month - 1]
        if p.key in CAUGHT_UP:
            for month in range(CAUGHT_UP[p.key], MONTHS):
                record.done[month] = max(record.done[month], record.planned[month] * 95 // 100)


def _slack(p: Project) -> int:
    """What was planned by June for a project that should have started and has not."""
    assert p.start_plan is not None
    if p.start_plan > JUNE_2022 or (p.start is not None and p.start <= JUNE_2022):
        return 0
    return Stream(f"{p.key}/slack").between(300, 900) * (3 if p.size == "big" else 1)


def _planned(p: Project, record: Dispatch, june: int, m: Decimal, share: Mapping[int, int]) -> None:
    """The plan curve: seasonal from the planned start to June, then along what the year really brings, divided by m."""
    assert p.start_plan is not None
    s = Stream(f"{p.key}/annual")
    first = max(p.start_plan, 13)
    before = share[first - 12] if first > 13 else 0
    if p.start_plan > JUNE_2022:
        annual = s.between(15_000, 30_000) if p.size == "big" else s.between(2_000, 5_000)
        for month in range(first, MONTHS):
            record.planned[month] = annual * (share[month - 11] - before) // (share[12] - before)
    else:
        for month in range(first, JUNE_2022 + 1):
            record.planned[month] = june * (share[month - 11] - before) // (share[6] - before)
        for month in range(JUNE_2022 + 1, MONTHS):
            more = int((record.done[month] - record.done[JUNE_2022]) / m)
            if p.start is None or p.start > JUNE_2022:
                more = max(more, june * (share[month - 11] - share[6]) * 3 // share[12])
            record.planned[month] = max(june + more, record.planned[month - 1])
    record.annual_plan = record.planned[MONTHS - 1]


def _issues(facts: UnitFacts, listed: Sequence[Project], records: Mapping[int, Dispatch]) -> None:
    """Issues due month by month; those not closed in time are spread evenly, and by June they are as many as the facts say."""
    s = Stream(f"{facts.unit_code}/issues")
    due, open_ones = facts.issues_due, facts.issues_due - facts.issues_closed
    for k in range(2 * due):
        month = DECEMBER_2021 + 1 + k * 6 // due
        left_open = (k % due + 1) * open_ones // due > (k % due) * open_ones // due
        records[s.choose(listed).number].issues.append((month, not left_open, s.choose(_ISSUES)))
