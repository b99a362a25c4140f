"""Lights, warnings, snails: against a plain reading of domain.md §4.3, project by project, month by month."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dispatch.decision_history import Exemption
from pipelines.dispatch.panel import Panel
from pipelines.dispatch.progress_lights import LIGHTS, lights, warned
from pipelines.dispatch.snails import REASONS, snail_projects, warned_projects
from pipelines.model.dispatch_policy import DEFAULT_POLICY, DispatchPolicy, SnailRules
from pipelines.model.fields import STAGES

Build = Callable[[Any], Panel]
YEAR = [f"2022-{month:02d}" for month in range(1, 13)]


def all_of(panel: Panel) -> np.ndarray:
    return np.ones(len(panel), bool)


def end_of(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, calendar.monthrange(year, number)[1])


def apart(earlier: str, later: str) -> int:
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:]) - int(earlier[5:])


class Plain:
    """The rules of §4.3 for one project, read word for word: `rows` month → row."""

    def __init__(self, rows: dict[str, dict[str, Any]]) -> None:
        self.rows = rows
        self.months = sorted(rows)

    def p(self, month: str) -> Fraction | None:
        row = self.rows[month]
        return Fraction(row["actual_ytd"], row["planned_ytd"]) if row["planned_ytd"] else None

    def light(self, month: str) -> str | None:
        p = self.p(month)
        return None if p is None else "green" if p >= 1 else "yellow" if p >= Fraction(7, 10) else "red"

    def overdue(self, month: str) -> dict[str, int]:
        row, late = self.rows[month], {}
        for stage in STAGES:
            planned, actual = row.get(f"{stage}_plan"), row.get(f"{stage}_actual")
            if planned and planned <= month and not (actual and actual <= month):
                late[stage] = (end_of(month) - end_of(planned)).days
        return late

    def building(self, month: str) -> bool:
        row = self.rows[month]
        begun, done = row.get("start_actual"), row.get("completion_actual")
        return bool(begun and begun <= month and not (done and done <= month))

    def still(self, month: str) -> bool:
        at = self.months.index(month)
        if month.endswith("-01"):
            return self.building(month) and self.rows[month]["actual_ytd"] == 0
        if at == 0:
            return False
        before = self.rows[self.months[at - 1]]["actual_ytd"]
        return self.building(month) and self.rows[month]["actual_ytd"] == before

    def outside(self, month: str) -> int:
        begun, entry = self.rows[month].get("start_actual"), self.rows[month].get("stat_entry_ym")
        return apart(begun, month) if begun and begun <= month and not (entry and entry <= month) else 0

    def start_late(self, month: str) -> int:
        return apart(self.rows[month]["start_plan"], month) if "start" in self.overdue(month) else 0

    def warned(self, month: str) -> bool:
        return bool(
            self.light(month) in ("yellow", "red")
            or self.start_late(month)
            or self.overdue(month)
            or self.still(month)
            or self.outside(month)
        )

    def conditions(self, month: str) -> set[str]:
        at, found = self.months.index(month), set()
        if at >= 1 and all(self.light(self.months[at - k]) == "red" for k in (0, 1)):
            found.add("progress_red")
        if self.start_late(month) >= 3:
            found.add("start_overdue")
        if at >= 2 and all(self.still(self.months[at - k]) for k in (0, 1, 2)):
            found.add("no_increment")
        if max(self.overdue(month).values(), default=0) > 60:
            found.add("stage_overdue")
        if self.outside(month) >= 2:
            found.add("not_in_statistics")
        return found

    def cured(self, month: str) -> set[str]:
        p, found = self.p(month), set()
        if p is not None and p >= Fraction(9, 10):
            found |= {"progress_red", "no_increment"}
        if not self.building(month):
            found.add("no_increment")
        if not self.start_late(month):
            found.add("start_overdue")
        if not self.overdue(month):
            found.add("stage_overdue")
        if not self.outside(month):
            found.add("not_in_statistics")
        return found

    def snail(self) -> tuple[set[str], str | None]:
        held: set[str] = set()
        since: str | None = None
        for at, month in enumerate(self.months[1:], 1):
            fresh = self.conditions(month) if self.warned(self.months[at - 1]) else set()
            held = fresh | (held - self.cured(month))
            since = None if not held else since or month
        return held, since


def some_month(low: int = -3, high: int = 8) -> st.SearchStrategy[str | None]:
    return st.none() | st.integers(low, high).map(lambda k: f"{2022 + (k // 12)}-{k % 12 + 1:02d}")


@st.composite
def histories(draw: Any) -> list[dict[str, dict[str, Any]]]:
    months = YEAR[: draw(st.integers(1, 7))]
    projects = []
    for _ in range(draw(st.integers(1, 5))):
        facts = {f"{stage}_{kind}": draw(some_month()) for stage in STAGES for kind in ("plan", "actual")}
        facts["stat_entry_ym"] = draw(some_month())
        done, planned, rows = 0, 0, {}
        for month in months:
            done += draw(st.sampled_from((0, 0, 70, 100, 350)))
            planned += draw(st.sampled_from((0, 100, 100, 200)))
            rows[month] = {**facts, "planned_ytd": planned, "actual_ytd": done}
        projects.append(rows)
    return projects


@settings(max_examples=60, deadline=None)
@given(histories())
def test_the_arrays_say_what_the_rules_say(panel_of: Build, projects: list[dict[str, dict[str, Any]]]) -> None:
    months = sorted(projects[0])
    panel = panel_of(
        {
            month: [
                *({**rows[month], "project_code": f"P{n}"} for n, rows in enumerate(projects)),
                {"project_code": "入统"},
            ]
            for month in months
        }
    )
    snails = snail_projects(panel, DEFAULT_POLICY, all_of(panel), {})
    found = {s.project_code: s for s in snails}
    told = {w.project_code for w in warned_projects(panel, DEFAULT_POLICY, all_of(panel), snails)}
    for n, rows in enumerate(projects):
        plain, code = Plain(rows), f"P{n}"
        held, since = plain.snail()
        assert set(found[code].reasons if code in found else ()) == held
        assert LIGHTS[lights(panel, DEFAULT_POLICY)[n]] == plain.light(months[-1])
        assert bool(warned(panel, DEFAULT_POLICY)[n]) == plain.warned(months[-1])
        assert (code in told) == (plain.warned(months[-1]) and not held)
        if held:
            assert found[code].since == since


def slow(code: str, months: list[str], **facts: Any) -> dict[str, list[dict[str, Any]]]:
    return {
        month: [{"project_code": code, "planned_ytd": 1000 * (n + 1), "actual_ytd": 100 * (n + 1), **facts}]
        for n, month in enumerate(months)
    }


def test_the_first_red_month_warns_and_the_second_makes_a_snail(panel_of: Build) -> None:
    one = panel_of(slow("P1", YEAR[3:4]))
    assert snail_projects(one, DEFAULT_POLICY, all_of(one), {}) == []
    assert [w.light for w in warned_projects(one, DEFAULT_POLICY, all_of(one), [])] == ["red"]
    two = panel_of(slow("P1", YEAR[3:5]))
    (snail,) = snail_projects(two, DEFAULT_POLICY, all_of(two), {})
    assert (snail.reasons, snail.since, snail.months, snail.progress) == (
        ("progress_red",),
        "2022-05",
        1,
        Decimal("0.1"),
    )
    assert warned_projects(two, DEFAULT_POLICY, all_of(two), [snail]) == []


def test_a_start_overdue_is_yellow_from_the_first_month_and_a_snail_from_the_third(panel_of: Build) -> None:
    def state(months: list[str]) -> tuple[int, list[str]]:
        panel = panel_of(
            {m: [{"project_code": "P1", "planned_ytd": 0, "actual_ytd": 0, "start_plan": "2022-03"}] for m in months}
        )
        snails = snail_projects(panel, DEFAULT_POLICY, all_of(panel), {})
        return len(warned_projects(panel, DEFAULT_POLICY, all_of(panel), snails)), [
            r for s in snails for r in s.reasons
        ]

    assert state(YEAR[2:4]) == (1, [])
    assert state(YEAR[2:5]) == (0, ["stage_overdue"])
    assert state(YEAR[2:6]) == (0, ["start_overdue", "stage_overdue"])


def test_a_month_back_at_ninety_percent_ends_a_snail_and_less_does_not(panel_of: Build) -> None:
    def after(actual: int) -> int:
        months = slow("P1", YEAR[3:6])
        months[YEAR[5]][0].update(actual_ytd=actual, planned_ytd=3000)
        panel = panel_of(months)
        return len(snail_projects(panel, DEFAULT_POLICY, all_of(panel), {}))

    assert (after(2699), after(2700)) == (1, 0)


def test_an_exempted_snail_stays_on_the_list_and_says_why(panel_of: Build) -> None:
    panel = panel_of(slow("P1", YEAR[3:5]))
    why = Exemption("P1", "public_factor", "嘉能源〔2022〕1号", date(2022, 8, 31), "供电公司")
    (snail,) = snail_projects(panel, DEFAULT_POLICY, all_of(panel), {"P1": why})
    assert snail.exemption == why


def test_a_policy_that_wants_a_recorded_notice_waits_for_it(panel_of: Build) -> None:
    policy = DispatchPolicy(snails=SnailRules(notice="recorded"))
    panel = panel_of(slow("P1", YEAR[3:5]))
    assert snail_projects(panel, policy, all_of(panel), {}, {}) == []
    assert len(snail_projects(panel, policy, all_of(panel), {}, {"P1": [date(2022, 4, 30)]})) == 1
    assert snail_projects(panel, policy, all_of(panel), {}, {"P1": [date(2022, 5, 1)]}) == []


def test_a_notice_of_a_trouble_long_cured_is_no_notice_of_this_one(panel_of: Build) -> None:
    """Red in January, as planned in February and March, red again from April on."""
    policy = DispatchPolicy(snails=SnailRules(notice="recorded"))
    done = {"2022-01": 50, "2022-02": 200, "2022-03": 300, "2022-04": 310, "2022-05": 320}
    rows = {
        month: [{"project_code": "P1", "planned_ytd": 100 * n, "actual_ytd": actual}]
        for n, (month, actual) in enumerate(done.items(), 1)
    }
    rows["2022-04"][0]["planned_ytd"], rows["2022-05"][0]["planned_ytd"] = 600, 700
    panel = panel_of(rows)
    january, april = date(2022, 1, 28), date(2022, 4, 26)
    assert snail_projects(panel, policy, all_of(panel), {}, {"P1": [january]}) == []
    assert len(snail_projects(panel, policy, all_of(panel), {}, {"P1": [january, april]})) == 1


def test_a_return_that_states_no_entry_at_all_accuses_nobody(panel_of: Build) -> None:
    def reasons(entry: str | None) -> list[str]:
        started = {"planned_ytd": 10, "actual_ytd": 10, "start_actual": "2022-01", "stat_entry_ym": None}
        months = {
            m: [
                {**started, "project_code": "P1", "actual_ytd": 10 + n, "planned_ytd": 10 + n},
                {"project_code": "P2", "stat_entry_ym": entry},
            ]
            for n, m in enumerate(YEAR[1:4])
        }
        panel = panel_of(months)
        return [r for s in snail_projects(panel, DEFAULT_POLICY, all_of(panel), {}) for r in s.reasons]

    assert reasons(None) == []
    assert reasons("2021-05") == ["not_in_statistics"]


def test_nobody_outside_the_scope_is_named(panel_of: Build) -> None:
    panel = panel_of(slow("P1", YEAR[3:5]))
    assert snail_projects(panel, DEFAULT_POLICY, ~all_of(panel), {}) == []
    assert warned_projects(panel, DEFAULT_POLICY, ~all_of(panel), []) == []


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_words_in_both_languages(reason: str) -> None:
    zh, en = REASONS[reason]
    assert zh and en and not zh.isascii()
