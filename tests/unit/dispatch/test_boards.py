"""Stage board, red flags, achievements, lists, coverage: what a dispatcher reads off them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dispatch.achievements import achievements, new_starts
from pipelines.dispatch.library import dispatch_library
from pipelines.dispatch.panel import Panel
from pipelines.dispatch.project_lists import list_members, lists_table
from pipelines.dispatch.red_flags import red_flags
from pipelines.dispatch.stage_board import ENTERED, FINISHED, LEFT, stage_board, unit_boards
from pipelines.dispatch.statistics_coverage import uncovered
from pipelines.model.dispatch_decisions import DispatchDecision
from pipelines.model.dispatch_policy import DEFAULT_POLICY, DispatchPolicy, ListRule, RedFlagRules
from pipelines.model.fields import STAGES
from pipelines.model.programme import ListMembership

Build = Callable[[Any], Panel]
JUNE_30 = date(2022, 6, 30)


def everybody(panel: Panel) -> np.ndarray:
    return panel.here.copy()


def decided(kind: Any, subject: str, day: date, **detail: str) -> DispatchDecision:
    return DispatchDecision(kind, subject, "李处", datetime(2022, 6, 1, tzinfo=UTC), day, document="文1", detail=detail)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(
                st.sampled_from([None, "2022-02", "2022-04", "2022-05", "2022-06", "2022-08"]), min_size=6, max_size=6
            ),
            st.lists(st.sampled_from([None, "2022-03", "2022-05", "2022-06", "2022-07"]), min_size=6, max_size=6),
            st.sampled_from(["", "供地", "供地;审批"]),
            st.sampled_from(["both", "new", "gone"]),
        ),
        max_size=12,
    )
)
def test_every_project_stands_in_one_stage_and_every_move_is_counted(panel_of: Build, drawn: list[Any]) -> None:
    months: dict[str, list[dict[str, Any]]] = {"2022-05": [], "2022-06": []}
    for n, (done, plan, na, where) in enumerate(drawn):
        row = {"project_code": f"P{n}", "na_flag": na, "planned_ytd": 1, "actual_ytd": 1}
        row |= {f"{s}_actual": d for s, d in zip(STAGES, done, strict=True)}
        row |= {f"{s}_plan": d for s, d in zip(STAGES, plan, strict=True)}
        for month in months:
            if where == "both" or (where == "new") == (month == "2022-06"):
                months[month].append(row)
    panel = panel_of(months)
    board = stage_board(panel, everybody(panel))
    assert sum(s.in_stage for s in board.stages) + board.finished == len(months["2022-06"])
    assert all(0 <= s.overdue <= s.due for s in board.stages)
    names = [*STAGES, FINISHED]
    gained = sum(m.projects for m in board.moves if m.source == ENTERED)
    assert gained == sum(where == "new" for *_, where in drawn)
    stayed = stage_board(panel, everybody(panel), panel.present[:, -2])
    assert sum(m.projects for m in stayed.moves if m.target == LEFT) == sum(where == "gone" for *_, where in drawn)
    assert all(m.source in (*names, ENTERED) and m.target in (*names, LEFT) and m.projects > 0 for m in stayed.moves)
    worst = max((s.overdue_share or 0 for s in board.stages), default=0)
    assert (board.weakest is None) == (worst == 0)
    if board.weakest is not None:
        assert next(s for s in board.stages if s.stage == board.weakest).overdue_share == worst


def test_dwell_is_counted_from_the_stage_before_and_a_renovation_has_no_land_stage(panel_of: Build) -> None:
    panel = panel_of(
        {
            "2022-06": [
                {"project_code": "赞昇", "na_flag": "供地", "admission_actual": "2022-04", "land_plan": "2022-01"},
                {
                    "project_code": "晚",
                    "admission_actual": "2022-05",
                    "land_plan": "2022-05",
                    "plan_total": 3,
                    "actual_ytd": 2,
                },
            ]
        }
    )
    board = {s.stage: s for s in stage_board(panel, everybody(panel)).stages}
    assert (board["land"].due, board["land"].overdue, board["land"].in_stage) == (1, 1, 1)
    assert board["land"].median_dwell_days == 30
    assert (board["land"].plan_total, board["land"].actual, board["approval"].actual) == (
        3,
        2,
        board["approval"].actual,
    )
    assert (board["approval"].in_stage, board["approval"].median_dwell_days) == (1, 61)
    assert stage_board(panel, everybody(panel)).weakest == "land"


def flagged(code: str, actual: int, done: str = "2022-04", **more: Any) -> dict[str, Any]:
    return {
        "project_code": code,
        "planned_ytd": 100,
        "actual_ytd": actual,
        "start_plan": "2022-05",
        "start_actual": done,
        **more,
    }


def test_red_flags_go_to_who_is_ahead_of_plan_and_not_to_who_over_reports(panel_of: Build) -> None:
    policy = DispatchPolicy(red_flags=RedFlagRules(max_share=Decimal(1)))
    panel = panel_of(
        {
            "2022-06": [
                flagged("慢", 99),
                flagged("刚好", 100, "2022-05"),
                flagged("早", 105),
                flagged("超报", 900),
                flagged("更早", 101, "2022-01"),
                flagged("逾期", 200, "2022-06"),
                flagged("在查", 200, "2022-01"),
                {"project_code": "无计划", "planned_ytd": 0, "actual_ytd": 10},
            ]
        }
    )
    flags = red_flags(panel, policy, everybody(panel), {"在查"})
    assert [f.project_code for f in flags] == ["更早", "超报", "早", "刚好"]
    assert [f.days_ahead for f in flags] == [120, 31, 31, 0]
    few = red_flags(panel, DEFAULT_POLICY, everybody(panel), {"在查"})
    assert [f.project_code for f in few] == ["更早"]


def test_three_in_one_year_and_a_hundred_days(panel_of: Build) -> None:
    first = {
        "start_actual": "2021-10",
        "trial_actual": "2022-01",
        "start_on": date(2021, 10, 7),
        "trial_on": date(2022, 1, 15),
    }
    second = {
        "land_actual": "2022-01",
        "start_actual": "2022-02",
        "commission_actual": "2022-06",
        "trial_actual": "2022-06",
    }
    panel = panel_of(
        {
            "2022-06": [
                {"project_code": "晶科一期", **first},
                {"project_code": "晶科二期", **second},
                {"project_code": "在途", **second, "commission_actual": "2022-08", "trial_actual": None},
                {"project_code": "慢", **first, "trial_on": date(2022, 1, 16)},
                {"project_code": "改造", **second, "na_flag": "供地", "trial_actual": None},
            ]
        }
    )
    found = {(a.kind, a.project_code): a for a in achievements(panel, DEFAULT_POLICY, everybody(panel))}
    assert found[("hundred_days", "晶科一期")].days == 100
    assert ("hundred_days", "慢") not in found and ("hundred_days", "晶科二期") not in found
    states = {code: a.state for (kind, code), a in found.items() if kind == "three_in_one_year"}
    assert states == {"晶科二期": "achieved", "在途": "on_course"}
    assert {code for kind, code in found if kind == "commissioned"} == {"晶科二期", "改造"}


def test_new_starts_of_one_hundred_million_are_counted_by_unit(panel_of: Build) -> None:
    panel = panel_of(
        {
            "2022-06": [
                {"project_code": "A", "plan_total": 10_000, "start_actual": "2022-06"},
                {"project_code": "B", "plan_total": 20_000, "start_actual": "2022-03"},
                {"project_code": "C", "plan_total": 9_999, "start_actual": "2022-06"},
                {"project_code": "D", "plan_total": 50_000, "start_actual": "2021-12"},
                {"project_code": "E", "plan_total": 30_000, "start_actual": "2022-06", "unit_code": "330472"},
            ]
        }
    )
    rows = [
        (n.unit_code, n.month_projects, n.month_plan_total, n.year_projects, n.year_plan_total)
        for n in new_starts(panel, DEFAULT_POLICY)
    ]
    assert rows == [("330472", 1, 30_000, 1, 30_000), ("330481", 1, 10_000, 2, 30_000)]


LISTS = DispatchPolicy(
    lists=(
        ListRule(
            code="city_100m",
            zh="亿元以上",
            en="x",
            names=("市级亿元以上",),
            min_plan_wan_yuan=Decimal(10_000),
            expected_count=3,
        ),
        ListRule(code="newly_found_1bn", zh="新排摸", en="x", names=("新排摸",), all_started=True, expected_count=1),
    )
)


def test_lists_are_tags_and_their_total_counts_a_project_once(panel_of: Build) -> None:
    both = {"lists": "市级亿元以上;新排摸", "actual_ytd": 10}
    panel = panel_of(
        {
            "2022-06": [
                {"project_code": "A", **both, "start_actual": "2022-05"},
                {"project_code": "B", **both, "plan_total": 9_000},
                {"project_code": "C", "actual_ytd": 5},
            ]
        }
    )
    dated = [ListMembership("city_100m", "C", date(2022, 1, 1)), ListMembership("市级亿元以上", "X", date(2022, 1, 1))]
    decisions = [decided("list_exit", "B", date(2022, 6, 15), list="newly_found_1bn")]
    for day, expected in ((date(2022, 6, 14), 2), (JUNE_30, 1)):
        table = lists_table(panel, list_members(panel, dated, decisions, LISTS, day), LISTS)
        assert [(t.projects, t.expected_count) for t in table.lists] == [(3, 3), (expected, 1)]
    assert (table.distinct_projects, table.distinct_ytd, table.distinct_plan_total) == (3, 25, 509_000)
    assert (table.lists[0].broken, table.lists[1].broken) == (("B",), ())
    early = lists_table(panel, list_members(panel, dated, [], LISTS, JUNE_30), LISTS)
    assert early.lists[1].broken == ("B",)


def test_a_list_by_rule_has_whoever_meets_it_and_another_names_who_does_not(panel_of: Build) -> None:
    """省市县长工程, 百亿工业项目 (L35): 工业 is wider than 制造业."""
    rows = [
        {"project_code": "A", "plan_total": 1_200_000, "industry_code": "3825", "lead_level": "province"},
        {
            "project_code": "B",
            "plan_total": 1_000_000,
            "industry_code": "4411",
            "lead_level": "county",
            "lists": "重大",
        },
        {"project_code": "C", "plan_total": 999_999, "industry_code": "C3825", "lists": "重大"},
        {"project_code": "D", "plan_total": 2_000_000, "industry_code": "7010"},
    ]
    large = Decimal(1_000_000)
    policy = DispatchPolicy(
        lists=(
            ListRule(code="led", zh="省长工程", en="x", lead_levels=("province", "city"), by_rule=True),
            ListRule(code="large", zh="百亿", en="x", min_plan_wan_yuan=large, industry="industry", by_rule=True),
            ListRule(
                code="named", zh="重大", en="x", names=("重大",), min_plan_wan_yuan=large, industry="manufacturing"
            ),
        )
    )
    panel = panel_of({"2022-06": rows})
    decisions = [decided("list_entry", "C", date(2022, 6, 15), list="large")]
    table = lists_table(panel, list_members(panel, [], decisions, policy, JUNE_30), policy)
    assert [(t.code, t.projects, t.broken) for t in table.lists] == [
        ("led", 1, ()),
        ("large", 3, ("C",)),
        ("named", 2, ("B", "C")),
    ]
    assert table.distinct_projects == 3


def test_a_membership_of_the_past_is_over(panel_of: Build) -> None:
    panel = panel_of({"2022-06": [{"project_code": "A"}]})
    dated = [ListMembership("city_100m", "A", date(2022, 1, 1), date(2022, 6, 29))]
    assert list_members(panel, dated, [], LISTS, JUNE_30)["city_100m"].sum() == 0


def test_the_library_takes_by_rule_and_by_decision(panel_of: Build) -> None:
    panel = panel_of(
        {
            "2022-06": [
                {"project_code": "大", "plan_total": 100_000},
                {"project_code": "小", "plan_total": 99_999},
                {"project_code": "出", "plan_total": 300_000},
            ]
        }
    )
    decisions = [
        decided("library_entry", "小", date(2022, 3, 1)),
        decided("library_entry", "无", date(2022, 3, 1)),
        decided("library_exit", "出", date(2022, 7, 1)),
    ]
    june = dispatch_library(panel, decisions, DEFAULT_POLICY, JUNE_30)
    names = np.array(panel.project_codes)
    assert set(names[june.members]) == {"大", "小", "出"}
    assert (june.entry("小"), june.entry("大"), june.unknown) == ("decision", "rule", frozenset({"无"}))
    july = dispatch_library(panel, decisions, DEFAULT_POLICY, date(2022, 7, 31))
    assert set(names[july.members]) == {"大", "小"}


def test_what_started_and_is_in_no_statistics_is_listed_once(panel_of: Build) -> None:
    panel = panel_of(
        {
            "2022-06": [
                {"project_code": "A", "start_actual": "2022-03", "stat_entry_ym": None},
                {"project_code": "B", "start_actual": "2022-03", "stat_entry_ym": "2022-05"},
                {"project_code": "C", "stat_entry_ym": None},
                {"project_code": "D", "start_actual": "2022-03", "stat_entry_ym": None, "plan_total": 499},
            ]
        }
    )
    approvals = pa.Table.from_pylist(
        [
            {
                "project_code": code,
                "unit_code": "330402",
                "plan_total": Decimal(total).quantize(Decimal("0.0001")),
                "start_on": on,
                "survey_round": 2,
                "newly_found": "yes",
            }
            for code, total, on in (
                ("A", 900, date(2022, 3, 1)),
                ("B", 900, date(2022, 3, 1)),
                ("新", 900, date(2022, 5, 9)),
                ("未开", 900, None),
                ("将来", 900, date(2022, 7, 1)),
                ("小", 499, date(2022, 3, 1)),
            )
        ],
        schema=pa.schema(
            [
                ("project_code", pa.string()),
                ("unit_code", pa.string()),
                ("plan_total", pa.decimal128(20, 4)),
                ("start_on", pa.date32()),
                ("survey_round", pa.int64()),
                ("newly_found", pa.string()),
            ]
        ),
    )
    found = [
        (u.project_code, u.source, u.started, u.months_waiting, u.newly_found)
        for u in uncovered(panel, approvals, JUNE_30)
    ]
    assert found == [("新", "approval", "2022-05", 1, True), ("A", "dispatch", "2022-03", 3, False)]


def test_a_round_in_which_nothing_has_started_lists_nothing(panel_of: Build) -> None:
    panel = panel_of({"2022-06": [{"project_code": "A"}]})
    rows = {"project_code": ["新"], "unit_code": ["330402"], "plan_total": [Decimal("900.0000")], "start_on": [None]}
    approvals = pa.table({**rows, "start_on": pa.array([None], pa.date32())})
    assert uncovered(panel, approvals, JUNE_30) == []


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_the_rows_changes_nothing(rows_of: Any, order: list[int]) -> None:
    from pipelines.dispatch.panel import build_panel
    from pipelines.model.periods import Period

    table = rows_of(
        {m: [flagged(f"P{n}", 90 + 5 * n, unit_code=f"33040{n % 2}") for n in range(3)] for m in ("2022-05", "2022-06")}
    )
    shuffled = table.take(pa.array(order))
    months = [Period(2022, 5), Period(2022, 6)]
    one, other = build_panel(table, months), build_panel(shuffled, months)
    assert one.project_codes == other.project_codes and one.unit_codes == other.unit_codes
    assert (one.actual == other.actual).all() and (one.done == other.done).all()
    assert red_flags(one, DEFAULT_POLICY, one.here) == red_flags(other, DEFAULT_POLICY, other.here)


def test_a_project_in_two_returns_counts_once(panel_of: Build) -> None:
    panel = panel_of(
        {
            "2022-06": [
                {"project_code": "A", "unit_code": "330483", "actual_ytd": 7},
                {"project_code": "A", "unit_code": "330402", "actual_ytd": 5},
            ]
        }
    )
    assert (panel.unit_codes, panel.actual[0, 0]) == (["330402"], 50_000)


def test_the_boards_of_units_are_the_boards_of_their_projects_alone(panel_of: Build) -> None:
    """Counted in one pass over all projects; an even number of dwelling projects has its median between two."""
    stages = [("A", "2022-01"), ("B", "2022-03"), ("C", "2022-04"), ("D", None), ("E", "2022-02"), ("F", "2022-05")]
    rows = [
        {
            "project_code": code,
            "unit_code": "330481" if place % 2 else "330424",
            "admission_plan": "2022-01",
            "admission_actual": done,
            "land_plan": "2022-04",
        }
        for place, (code, done) in enumerate(stages)
    ]
    panel = panel_of({"2022-05": rows, "2022-06": [*rows, {"project_code": "G", "unit_code": "330402"}]})
    scope = np.array([code != "C" for code in panel.project_codes])
    found = unit_boards(panel, scope)
    assert list(found) == ["330402", "330424", "330481"]
    for unit, counts in found.items():
        own = scope & np.array([one == unit for one in panel.unit_codes])
        assert counts == stage_board(panel, own).stages, unit
    assert any(count.median_dwell_days not in (None, 0) for count in found["330481"])
    assert unit_boards(panel, np.zeros(len(panel), bool)) == {}
