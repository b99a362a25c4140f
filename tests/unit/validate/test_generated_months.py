"""Generated clean months trip nothing: files of many units, each with the history its figures come from, judged by every rule.

The months are generated from what happened (monthly investment of every project), not from the rules, and not by the sample's
generator: amounts to 1/10,000, corrections, new and finished projects, decimals that do not divide.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from expectations.examples import example_uscc
from pipelines.model.history import History, UnitHistory
from pipelines.model.periods import Period
from pipelines.validate.engine import validate

P, U, D = "project_month", "unit_month", "dispatch_month"
UNIT = "330481"
YEAR = [Period(2021, 11), Period(2021, 12), *(Period(2022, month) for month in range(2, 13))]
FINAL = 1
UNITS = 15
BATCHES = settings(derandomize=True, deadline=None, database=None, phases=[Phase.generate])
"""An example is a batch of files, as the engine takes them; it is not shrunk: the finding says which cell it is about."""
SEEN: dict[str, set[str]] = {P: set(), U: set(), D: set()}
"""form → rules that were evaluated in some generated month."""


@dataclass(frozen=True)
class Project:
    """What happened at a project: units of 1/10,000 万元 invested up to the end of 2021 and in every period since."""

    number: int
    start: Period
    opening: int
    months: dict[Period, int]
    corrected: dict[Period, int]
    shares: tuple[int, int, int]
    plan: int
    finished: Period | None

    def stands(self, period: Period) -> bool:
        return self.start <= period

    def ytd(self, period: Period) -> int:
        own = [p for p in self.months if p.year == period.year and p <= period]
        return sum(self.months[p] + self.corrected.get(p, 0) for p in own)

    def row(self, period: Period) -> dict[str, Any]:
        """The project's row as its clerk would fill it in."""
        ytd, month = self.ytd(period), self.months[period]
        equip, other, install = (ytd * share // 100 | 1 for share in self.shares)
        before = self.opening if period.year == 2022 else self.opening - ytd
        late = (self.start.year, self.start.month) >= (2020, 11)
        head = f"{self.start.year % 100:02d}{self.start.month:02d}" if late else f"{self.start.year}"
        done = self.finished is not None and self.finished <= period
        return {
            "stat_project_no": f"N{self.number}",
            "project_code": f"{head}-{UNIT}-38-03-{self.number:06d}",
            "uscc": example_uscc(self.number),
            "project_name": f"第{self.number}号{'甲乙丙丁戊'[self.number % 5] * 12}生产线",
            "start_ym": str(self.start),
            "status": "2" if done else "1",
            "prod_ym": str(self.finished) if done else None,
            "plan_total": amount(self.plan),
            "cum_total": amount(before + ytd),
            "ytd": amount(ytd),
            "month": amount(month),
            "build": amount(ytd - equip - other - install),
            "install": amount(install),
            "equip": amount(equip),
            "other": amount(other),
            "old_equip": amount(equip // 3),
            "renew_equip": amount(equip // 2),
            "land_fee": amount(other // 2),
            "old_building": amount(other // 3),
            "funds_total": amount(ytd),
            "funds_self": amount(ytd - ytd // 3),
            "funds_loans": amount(ytd // 3),
            "correction_code": "填报更正" if self.corrected.get(period) else None,
            "correction_wan_yuan": amount(self.corrected[period]) if self.corrected.get(period) else None,
        }


def amount(units: int) -> Decimal:
    return Decimal(units).scaleb(-4)


def project(random: Random, number: int, period: Period, new: bool, may_finish: bool) -> Project:
    """A project with a steady rate of investment, give or take; the plan covers it."""
    begun = [p for p in YEAR[2:] if p <= period] if new else [Period(2018, 1).shift(n) for n in range(41)]
    start = random.choice(begun)
    rate = random.randint(10_0000, 9000_0000)
    finished = random.choice([p for p in YEAR[2:4] if p <= period]) if may_finish and random.random() < 0.9 else None
    months, corrected = {}, {}
    for p in YEAR[: YEAR.index(period) + 1]:
        if start <= p:
            # D09 takes the first period of a year for two months, also of a project that began in the second of them
            double = 2 if p.month == 2 else 1
            months[p] = rate * double * random.randint(67, 150) // 100 if finished is None or p <= finished else 0
            if p.year == 2022 and p.month > 2 and random.random() < 0.1:
                corrected[p] = -(months[p] * random.randint(1, 60) // 100)
    if months.get(YEAR[2]) == sum(v for p, v in months.items() if p.year == 2021):
        months[YEAR[2]] += 1  # December's figure again would be a query, and rightly
    opening = 0 if new else sum(v for p, v in months.items() if p.year == 2021) + random.randint(0, 10**9)
    made = Project(number, start, opening, months, corrected, (1, 1, 1), 1, None)
    most = max((opening + made.ytd(p) for p in months if p.year == 2022), default=1)
    plan = max(most, 2 * max(months.values()), 500_0000) * random.randint(100, 300) // 100
    shares = (random.randint(5, 60), random.randint(0, 30), random.randint(0, 9))
    return Project(number, start, opening, months, corrected, shares, plan, finished)


@st.composite
def months_of_units(draw: st.DrawFn) -> list[tuple[Period, list[Project]]]:
    """A month of many units, one run of the engine."""
    period = draw(st.sampled_from(YEAR[2:-1]))
    return [draw(units(period)) for _ in range(UNITS)]


@st.composite
def units(draw: st.DrawFn, period: Period) -> tuple[Period, list[Project]]:
    """A unit's month: how many projects go on, whether one is new, and a seed for what each of them invested."""
    carried = draw(st.integers(1, 6))
    fresh = draw(st.integers(0, 1)) if carried >= 4 else 0
    random = Random(draw(st.integers(0, 2**32)))
    few = (
        carried < 5 or fresh > 0
    )  # a finished project would change the count of those that go on by more than A09 lets pass
    return period, [project(random, n, period, n > carried, n == 1 and not few) for n in range(1, carried + fresh + 1)]


def placed(rows: list[dict[str, Any]], unit: str, submission: str, period: Period) -> list[dict[str, Any]]:
    return [{**row, "unit_code": unit, "submission_id": submission, "period": str(period)} for row in rows]


@settings(BATCHES, max_examples=4)
@given(cases=months_of_units())
def test_clean_project_months_trip_nothing(
    make: Any, programme: Any, cases: list[tuple[Period, list[Project]]]
) -> None:
    """Each case is a unit of its own, which sends under an accepted code."""
    wider, names = with_units(programme, len(cases))
    histories, parts, past, recent, sibling = {}, [], [], [], []
    for unit, (period, own) in zip(names, cases, strict=True):
        earlier = [p for p in YEAR[1:] if p < period][::-1]
        for n, p in enumerate(earlier):
            rows = [one.row(p) for one in own if one.stands(p)]
            if n == 0 or YEAR.index(p) == FINAL:
                past += placed(rows, unit, f"{unit}-{p}", p)
            if n < 6:
                recent += placed(
                    [{k: r[k] for k in ("stat_project_no", "month")} for r in rows], unit, f"{unit}-{p}", p
                )
        rows = [one.row(period) for one in own if one.stands(period)]
        sibling += placed([{"ytd": sum(r["ytd"] for r in rows)}], unit, f"{unit}-total", period)
        histories[unit] = UnitHistory(
            f"{unit}-{earlier[0]}",
            str(earlier[0]),
            f"{unit}-{YEAR[FINAL]}",
            f"{unit}-total",
            tuple(f"{unit}-{p}" for p in earlier[:6]),
        )
        parts.append((unit, make.part(P, *rows, unit=unit, period=str(period)), ()))
    history = History(histories, make.past(P, *past), make.facts(U, *sibling), make.past(P, *recent))
    nothing_found(P, validate(P, parts, history, wider))


@settings(BATCHES, max_examples=2)
@given(
    period=st.sampled_from(YEAR[3:]),
    cases=st.lists(
        st.tuples(st.integers(1_0000, 10**11), *[st.integers(100, 300)] * 3, st.integers(0, 10**11)),
        min_size=UNITS,
        max_size=UNITS,
    ),
)
def test_clean_unit_months_trip_nothing(
    make: Any, programme: Any, period: Period, cases: list[tuple[Any, ...]]
) -> None:
    wider, names = with_units(programme, len(cases))
    histories, parts, past = {}, [], []
    for unit, (before, grown, industry, whole, last_year) in zip(names, cases, strict=True):
        ytd = before * grown // 100
        figures = {"manufacturing_investment": ytd, "industrial_investment": ytd * industry // 100}
        figures["total_investment"] = figures["industrial_investment"] * whole // 100
        rows = [{"indicator": i, "ytd": amount(v), "ytd_last_year": amount(last_year)} for i, v in figures.items()]
        previous = YEAR[YEAR.index(period) - 1]
        then = [{**r, "ytd": r["ytd"] * 100 / grown} for r in rows]
        then = [{**r, "ytd": r["ytd"].quantize(Decimal("0.0001"), "ROUND_DOWN")} for r in then]
        past += placed(then, unit, f"{unit}-before", previous)
        histories[unit] = UnitHistory(f"{unit}-before", str(previous))
        parts.append(
            (
                unit,
                make.part(
                    U,
                    *rows,
                    {"indicator": "project_count", "measure": "count", "ytd": grown},
                    unit=unit,
                    period=str(period),
                ),
                (),
            )
        )
    nothing_found(U, validate(U, parts, History(histories, make.past(U, *past)), wider))


STAGES = ("admission", "land", "approval", "start", "trial", "completion", "commission", "capacity")


@settings(BATCHES, max_examples=2)
@given(
    cases=st.lists(
        st.tuples(
            st.lists(st.integers(0, 9), min_size=8, max_size=8),
            st.integers(0, 8),
            st.integers(0, 8),
            st.integers(301_0000, 10**10),
        ),
        min_size=UNITS,
        max_size=UNITS,
    )
)
def test_clean_dispatch_months_trip_nothing(make: Any, programme: Any, cases: list[tuple[Any, ...]]) -> None:
    wider, names = with_units(programme, len(cases))
    histories, parts, past = {}, [], []
    for unit, (steps, done, earlier, plan) in zip(names, cases, strict=True):
        first = Period(2022, 6).shift(-sum(steps))
        when = {s: str(first.shift(sum(steps[: n + 1]))) for n, s in enumerate(STAGES)}

        def stages(count: int, when: dict[str, str] = when) -> dict[str, str | None]:
            return {f"{s}_actual": when[s] if n < count else None for n, s in enumerate(STAGES)}

        shared = {
            "plan_total": amount(plan),
            "annual_plan": amount(plan // 2),
            "planned_ytd": amount(plan // 4),
            "lists": "724",
        }
        row = {**shared, **stages(done), "actual_ytd": amount(plan // 5)}
        past += placed(
            [{**row, **stages(min(done, earlier)), "actual_ytd": amount(plan // 6)}],
            unit,
            f"{unit}-before",
            Period(2022, 5),
        )
        histories[unit] = UnitHistory(f"{unit}-before", "2022-05")
        parts.append((unit, make.part(D, row, unit=unit), ()))
    nothing_found(D, validate(D, parts, History(histories, make.past(D, *past)), wider))


def with_units(programme: Any, count: int) -> tuple[Any, list[str]]:
    """The programme with so many more units that may use the codes of 330481."""
    from dataclasses import replace

    from pipelines.model.units import Unit, UnitRoster

    names = [f"9{n:05d}" for n in range(count)]
    more = [Unit(name, f"第{name}县", "county", (), (UNIT, "330400")) for name in names]
    return replace(programme, roster=UnitRoster((*programme.roster.units, *more))), names


def nothing_found(form: str, verdicts: dict[str, Any]) -> None:
    for verdict in verdicts.values():
        if verdict.findings:
            pytest.fail("\n".join(f.message_zh for f in verdict.findings), pytrace=False)
        assert verdict.word == "accepted"
        SEEN[form] |= {run.rule for run in verdict.rule_runs if run.status == "evaluated"}


@pytest.mark.parametrize(
    ("form", "rules"),
    [
        (
            P,
            "A09 B01 B02 B03 B04 B05 B06 B07 B09 B10 B13 B14 C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C12 C13 C15 C16 C18 D01 D02 D03 D04 "
            "D05 D06 D07 D08 D09 D10 D13 E01 E02 E06 E07 E08 E09 E10 E11 F01 G",
        ),
        (U, "B01 B07 B14 C01 C02 F03 F17 G"),
        (D, "B01 B05 B07 B14 C01 C02 E01 E02 E03 E04 E10 G"),
    ],
)
def test_the_generated_months_put_every_question(form: str, rules: str) -> None:
    """Runs after them: silence would otherwise prove nothing."""
    if not SEEN[form]:
        pytest.skip("asked alone: the months are generated by the tests above")
    assert set(rules.split()) - SEEN[form] == set()
