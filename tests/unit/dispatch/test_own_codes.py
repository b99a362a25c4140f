"""Units that number their own leaders, teams and helpers from 01: different people, told apart by the unit."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa

from pipelines.flow.dispatch.own_codes import bare, decided_apart, shared_codes, told_apart
from pipelines.model.dispatch_decisions import DispatchDecision

ROSTER = pa.Table.from_pylist(
    [
        {"unit_code": "a", "helper_code": "01", "helper_name": "王一"},
        {"unit_code": "a", "helper_code": "01", "helper_name": "王一"},
        {"unit_code": "b", "helper_code": "01", "helper_name": "李二"},
        {"unit_code": "a", "helper_code": "C9", "helper_name": "市局 张三"},
        {"unit_code": "b", "helper_code": "C9", "helper_name": "市局张三"},
        {"unit_code": "a", "helper_code": "02", "helper_name": "只在甲"},
        {"unit_code": "b", "helper_code": "C8", "helper_name": None},
        {"unit_code": "a", "helper_code": "C8", "helper_name": "赵四"},
    ]
)
SHARED = {"helper_code": shared_codes(ROSTER, "helper_code", "helper_name")}


def test_a_code_of_two_units_and_two_names_is_shared_and_one_of_one_name_is_a_person() -> None:
    assert SHARED["helper_code"] == {"01"}
    assert shared_codes(None, "helper_code", "helper_name") == frozenset()
    assert shared_codes(ROSTER.slice(0, 2), "helper_code", "helper_name") == frozenset()
    assert shared_codes(ROSTER.slice(0, 0), "helper_code", "helper_name") == frozenset()


def test_rows_name_the_person_of_their_unit() -> None:
    visits = pa.Table.from_pylist(
        [{"unit_code": "b", "helper_code": "01"}, {"unit_code": "b", "helper_code": "C9"}, {"unit_code": "a"}]
    )
    assert told_apart(visits, SHARED)["helper_code"].to_pylist() == ["b:01", "C9", None]
    assert [bare(code) for code in ("b:01", "C9")] == ["01", "C9"]
    untouched = visits.slice(1, 1)
    assert told_apart(untouched, {"helper_code": frozenset()}) is untouched


def test_a_leader_decided_by_hand_is_the_one_of_the_unit_of_the_project() -> None:
    made = DispatchDecision(
        "leader_assigned",
        "P",
        "李处",
        datetime(2022, 6, 1, tzinfo=UTC),
        date(2022, 6, 1),
        unit_code="b",
        detail={"leader_code": "01", "replaces": "07", "leader_name": "李二"},
    )
    (one,) = decided_apart([made], {"leader_code": frozenset({"01"}), "team_code": frozenset()})
    assert one.detail == {"leader_code": "b:01", "replaces": "07", "leader_name": "李二"}
