"""The figures of the dispatch loop in a second city, counted anew in plain Python from the rows of its files: nothing in them is
Jiaxing's, and a project that goes over to another unit stays one."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from statistics import median

import pytest

from pipelines.flow.dispatch.dispatch_view import DispatchView
from pipelines.flow.dispatch.library_table import library_document
from pipelines.flow.dispatch.list_tables import lists_document
from pipelines.flow.dispatch.people_tables import helpers_document, leaders_document, teams_document
from pipelines.flow.dispatch.project_tables import flags_document, showcase_document, snails_document, stages_document
from pipelines.model.periods import Period

from . import second_city
from .second_city import MONTHS, STAGES, UNITS, WEEK, Row, apart, end_of

pytestmark = pytest.mark.slow
APRIL, LAST_DAY = MONTHS[-1], date(2023, 4, 30)
Told = dict[str, dict[str, list[Row]]]


@pytest.fixture(scope="module", params=[3, 11])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[DispatchView, Told]:
    root = tmp_path_factory.mktemp("second")
    context, told = second_city.opened(root), second_city.population(request.param)
    second_city.send(context, root / "in", told)
    sent = [
        v
        for form, periods in told.items()
        for period in periods
        for v in context.warehouse.submissions(period, form=form)
    ]
    assert len(sent) > 25 and {v.word for v in sent} <= {"accepted", "accepted_with_queries"}
    return DispatchView(context, Period(2023, 4), datetime(2023, 5, 20, tzinfo=UTC)), told


class Recount:
    """The rules read aloud, project by project, over the rows of `told`."""

    def __init__(self, told: Told) -> None:
        self.rows: dict[str, dict[str, Row]] = defaultdict(dict)
        for month, rows in told["dispatch_month"].items():
            for row in rows:
                self.rows[row["project_code"]][month] = row
        said = {
            (r["reported_unit_code"], m)
            for m, rows in told["dispatch_month"].items()
            for r in rows
            if r.get("stat_entry_ym")
        }
        self.says_entry = lambda row, month: (row["reported_unit_code"], month) in said
        self.library = sorted(c for c, own in self.rows.items() if APRIL in own and own[APRIL]["plan_total"] >= 80_000)

    def planned(self, code: str, month: str) -> int:
        """The highest plan to date of the year's returns, whoever sent them."""
        return max(r["planned_ytd"] for m, r in self.rows[code].items() if m <= month and m[:4] == month[:4])

    def progress(self, code: str, month: str) -> Decimal | None:
        own = self.rows[code].get(month)
        return None if own is None else Decimal(own["actual_ytd"]) / self.planned(code, month)

    def light(self, code: str, month: str) -> str | None:
        p = self.progress(code, month)
        return None if p is None else "green" if p >= Decimal("0.95") else "red" if p < Decimal("0.6") else "yellow"

    def reached(self, code: str, month: str, stage: str) -> bool:
        return (
            bool(self.rows[code][month].get(f"{stage}_actual")) and self.rows[code][month][f"{stage}_actual"] <= month
        )

    def overdue(self, code: str, month: str) -> dict[str, int]:
        """Stage → days from the end of the planned month to the end of the month."""
        row = self.rows[code][month]
        return {
            s: (end_of(month) - end_of(row[f"{s}_plan"])).days
            for s in STAGES
            if row[f"{s}_plan"] <= month and not self.reached(code, month, s)
        }

    def stage(self, code: str, month: str) -> str:
        after = max((n for n, s in enumerate(STAGES) if self.reached(code, month, s)), default=-1) + 1
        return STAGES[after] if after < len(STAGES) else "finished"

    def building(self, code: str, month: str) -> bool:
        return self.reached(code, month, "start") and not self.reached(code, month, "completion")

    def increment(self, code: str, month: str) -> int | None:
        own, place = self.rows[code], MONTHS.index(month)
        if place == 0:
            return None
        before = MONTHS[place - 1]
        if before[:4] < month[:4]:
            return own[month]["actual_ytd"]
        return own[month]["actual_ytd"] - own[before]["actual_ytd"] if before in own else None

    def waiting(self, code: str, month: str) -> int:
        """Months since construction began without an entry into statistics."""
        row = self.rows[code][month]
        if not self.reached(code, month, "start") or not self.says_entry(row, month) or row.get("stat_entry_ym"):
            return 0
        return apart(row["start_actual"], month)

    def start_overdue(self, code: str, month: str) -> int:
        return apart(self.rows[code][month]["start_plan"], month) if "start" in self.overdue(code, month) else 0

    def warned(self, code: str, month: str) -> bool:
        if month not in self.rows[code]:
            return False
        idle = self.building(code, month) and self.increment(code, month) == 0
        late = bool(self.overdue(code, month)) or self.waiting(code, month) >= 1
        return self.light(code, month) in ("yellow", "red") or idle or late

    def conditions(self, code: str, month: str) -> set[str]:
        place, own, found = MONTHS.index(month), self.rows[code], set()
        last_two = MONTHS[place - 1 : place + 1]
        if all(m in own and self.light(code, m) == "red" for m in last_two):
            found.add("progress_red")
        if self.start_overdue(code, month) >= 3:
            found.add("start_overdue")
        if all(m in own and self.building(code, m) and self.increment(code, m) == 0 for m in last_two):
            found.add("no_increment")
        if max(self.overdue(code, month).values(), default=0) > 45:
            found.add("stage_overdue")
        if self.waiting(code, month) >= 2:
            found.add("not_in_statistics")
        return found

    def cured(self, code: str, month: str) -> set[str]:
        p, found = self.progress(code, month), set()
        if p is not None and p >= Decimal("0.9"):
            found |= {"progress_red", "no_increment"}
        if not self.building(code, month):
            found.add("no_increment")
        if not self.start_overdue(code, month):
            found.add("start_overdue")
        if not self.overdue(code, month):
            found.add("stage_overdue")
        if not self.waiting(code, month):
            found.add("not_in_statistics")
        return found

    def snail(self, code: str) -> tuple[set[str], str]:
        """Reasons in April and the first month of the run."""
        held: set[str] = set()
        since = ""
        for before, month in pairwise(MONTHS):
            if month in self.rows[code]:
                fresh = self.conditions(code, month) if self.warned(code, before) else set()
                held = fresh | (held - self.cured(code, month))
            since = "" if not held else since or month
        return held, since


def test_library_lists_and_lights(city: tuple[DispatchView, Told]) -> None:
    view, told = city
    count, document = Recount(told), library_document(view)
    found = {one.project_code: one for one in document.projects}
    assert sorted(found) == count.library and len(found) > 15
    assert document.plan_total == sum(count.rows[c][APRIL]["plan_total"] for c in count.library)
    assert document.actual_ytd == sum(count.rows[c][APRIL]["actual_ytd"] for c in count.library)
    for code, one in found.items():
        assert (one.unit, one.planned_ytd) == (
            count.rows[code][APRIL]["reported_unit_code"],
            count.planned(code, APRIL),
        )
        assert (one.light, one.stage) == (count.light(code, APRIL), count.stage(code, APRIL)), code
        late = count.overdue(code, APRIL)
        assert (set(one.overdue_stages), one.overdue_days) == (set(late), max(late.values(), default=0)), code
    lists = {one.code: (one.projects, one.plan_total, one.ytd) for one in lists_document(view).lists}
    april = [own[APRIL] for own in count.rows.values() if APRIL in own]
    for name, members in (
        ("big", [r for r in april if r["plan_total"] >= 100_000]),
        ("named", [r for r in april if r["lists"] == "点名"]),
    ):
        assert lists[name] == (len(members), *(sum(r[key] for r in members) for key in ("plan_total", "actual_ytd")))


def test_stages_and_their_weakest_link(city: tuple[DispatchView, Told]) -> None:
    view, told = city
    count, document = Recount(told), stages_document(view)
    shares = {}
    for row in document.stages:
        due = [c for c in count.library if count.rows[c][APRIL][f"{row.stage}_plan"] <= APRIL]
        late = [c for c in count.library if row.stage in count.overdue(c, APRIL)]
        inside = [c for c in count.library if count.stage(c, APRIL) == row.stage]
        assert (row.due, row.overdue, row.in_stage) == (len(due), len(late), len(inside)), row.stage
        assert row.plan_total == sum(count.rows[c][APRIL]["plan_total"] for c in inside)
        assert row.actual_ytd == sum(count.rows[c][APRIL]["actual_ytd"] for c in inside)
        done = [[count.rows[c][APRIL][f"{s}_actual"] for s in STAGES if count.reached(c, APRIL, s)] for c in inside]
        days = [(LAST_DAY - end_of(max(months))).days for months in done if months]
        assert row.median_dwell_days == (median(days) if days else None), row.stage
        shares[row.stage] = len(late) / len(due) if due else 0
    worst = max(STAGES, key=lambda s: (shares[s], -STAGES.index(s)))
    assert document.weakest == (worst if shares[worst] else None)
    assert document.finished == sum(count.stage(c, APRIL) == "finished" for c in count.library)
    assert {one.unit for one in document.units} <= set(UNITS)


def test_snails_warnings_red_flags_and_new_starts(city: tuple[DispatchView, Told]) -> None:
    view, told = city
    count, document = Recount(told), snails_document(view)
    snails = {code: snail for code in count.library if (snail := count.snail(code))[0]}
    assert {one.project_code: (set(one.reasons), one.since) for one in document.projects} == snails and len(snails) > 5
    warned = {code for code in count.library if count.warned(code, APRIL) and code not in snails}
    assert {one.project_code for one in document.warned} == warned
    ahead = {}
    for code in count.library:
        row, p = count.rows[code][APRIL], count.progress(code, APRIL)
        stages = [s for s in STAGES if count.reached(code, APRIL, s)]
        due = [s for s in STAGES if row[f"{s}_plan"] <= APRIL]
        in_time = all(count.reached(code, APRIL, s) and row[f"{s}_actual"] <= row[f"{s}_plan"] for s in due)
        if in_time and p is not None and p >= 1:
            days = sum((end_of(row[f"{s}_plan"]) - end_of(row[f"{s}_actual"])).days for s in stages)
            ahead[code] = (-days, -min(p, Decimal("1.1")), row["reported_unit_code"], code)
    most = max(1, min(10, len(count.library) // 10))
    flags = [one.project_code for one in flags_document(view).projects]
    assert flags == sorted(ahead, key=ahead.__getitem__)[:most]
    for period, months in ((Period(2023, 4), ("2023-04",)), (Period(2023, 2), ("2023-01", "2023-02"))):
        asked = DispatchView(view.context, period, view.as_of)
        rows = [own[str(period)] for own in count.rows.values() if str(period) in own]
        started = [r for r in rows if r["plan_total"] >= 10_000 and r.get("start_actual", "").startswith("2023")]
        new = Counter(r["reported_unit_code"] for r in started if r["start_actual"] in months)
        told_of = {one.unit: one.month_projects for one in showcase_document(asked).new_starts if one.month_projects}
        assert told_of == dict(new), period


def test_leaders_teams_issues_and_helpers(city: tuple[DispatchView, Told]) -> None:
    view, told = city
    count = Recount(told)
    led = {r["project_code"] for r in told["leader_assignment"]["2023-04-10"]}
    leaders = leaders_document(view)
    assert (leaders.projects, leaders.with_one_leader) == (len(count.library), len(led & set(count.library)))
    silent, without = len(led & set(count.library)), len(set(count.library) - led)
    assert leaders.problems == {k: n for k, n in (("none", without), ("silent", silent)) if n}
    teams = teams_document(view, WEEK)
    memos = {r["team_code"]: r for r in told["service_memo"][WEEK]}
    known = {r["team_code"]: r["reported_unit_code"] for r in told["leader_assignment"]["2023-04-10"]}
    states = {}
    for team, unit in known.items():
        parts = sum(bool(memos.get(team, {}).get(f"{part}_on")) for part in ("meeting", "site", "review", "memo"))
        late = UNITS[unit] == "温岭市"
        states[team] = (
            parts,
            "missing" if team not in memos else "late" if late else "complete" if parts == 4 else "incomplete",
        )
    assert {one.team: (one.parts, one.state) for one in teams.teams} == states
    issues = told["issue_log"]["2023-04"]
    for kind in ("land", "energy"):
        own = [r for r in issues if r["issue_class"] == kind]
        still = [r for r in own if not r.get("closed_on") or r["closed_on"] > LAST_DAY]
        found = next(one for one in teams.issue_counts if one.issue_class == kind)
        late = sum(r["due_on"] < LAST_DAY for r in still)
        assert (found.open, found.overdue, found.closed) == (len(still), late, len(own) - len(still))
    helpers, roster = helpers_document(view), told["helper_roster"]["2023-04-10"]
    levels = Counter(r["helper_level"] for r in roster)
    assert (helpers.total, helpers.visits) == (len(roster), len(told["visit_log"]["2023-04"]))
    assert (helpers.by_level.city, helpers.by_level.county, helpers.by_level.township) == tuple(
        levels[level] for level in ("city", "county", "township")
    )
    seen = {r["helper_code"]: r["visited_on"] for r in told["visit_log"]["2023-04"]}
    # contact within 15 days; without any the cadence counts from the assignment of 1 January
    silent_ones = {
        r["helper_code"] for r in roster if (LAST_DAY - seen.get(r["helper_code"], r["valid_from"])).days > 15
    }
    assert {one.helper for one in helpers.late} == silent_ones and silent_ones
