"""What passes between DAGs: periods, events, and who may sign."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.execution_time.context import OutletEventAccessors
from saima_airflow import handover
from saima_airflow.environment import signers
from saima_airflow.register import EDITION_DRAFTED, MONTH_CLOSED


def outlet_event(asset: Any) -> Any:
    """What a task gets as `outlet_events[asset]`."""
    return OutletEventAccessors()[asset]


def test_the_partition_of_a_run_wins_over_its_param() -> None:
    assert handover.period_of(SimpleNamespace(partition_key="2022-06"), {"period": "2022-05"}) == "2022-06"
    assert handover.period_of(SimpleNamespace(partition_key=None), {"period": "2022-05"}) == "2022-05"


def test_a_run_without_a_period_says_what_to_do() -> None:
    with pytest.raises(AirflowFailException, match="give the param `period`"):
        handover.period_of(SimpleNamespace(partition_key=None), {"period": None})


def closed(period: str, done: bool, emitted: bool) -> dict[str, Any]:
    return {
        "period": period,
        "closed": done,
        "emitted": emitted,
        "inputs_hash": f"hash of {period}",
        "missing": [],
        "reason": "",
    }


def test_only_new_closings_are_announced() -> None:
    event = outlet_event(MONTH_CLOSED)
    months = [closed("2022-06", True, True), closed("2022-05", True, False), closed("2022-07", False, False)]
    assert handover.emit_closed(event, months) == ["2022-06"]
    assert event.partition_keys == {"2022-06"}
    assert event.extra == {"inputs_hash": {"2022-06": "hash of 2022-06"}}


def test_nothing_new_skips_instead_of_emitting_an_event_without_partition() -> None:
    event = outlet_event(MONTH_CLOSED)
    with pytest.raises(AirflowSkipException):
        handover.emit_closed(event, [closed("2022-05", True, False)])
    assert event.partition_keys == set()


def test_a_month_asked_for_by_hand_that_stays_open_fails_with_what_is_missing() -> None:
    """It was green: the reason stood in an XCom, and whoever had mistyped the month waited for its ranking."""
    event = outlet_event(MONTH_CLOSED)
    left = {**closed("2031-01", False, False), "reason": "不在日历 / not in the calendar", "missing": ["海宁市"]}
    with pytest.raises(AirflowFailException, match="not closed: 2031-01: 不在日历 / not in the calendar 海宁市"):
        handover.emit_closed(event, [left], by_hand=True)
    with pytest.raises(AirflowSkipException):
        handover.emit_closed(event, [left])
    assert handover.emit_closed(event, [closed("2022-06", True, True)], by_hand=True) == ["2022-06"]


def test_a_misspelt_key_of_a_run_fails_every_task() -> None:
    """`{"perod": "2022-05"}` closed, collected and looked at whatever the clock would have."""
    for conf in (None, {}, {"period": "2022-05", "now": "2022-06-25"}):
        handover.refuse_unknown_conf({"dag_run": SimpleNamespace(conf=conf)})
    with pytest.raises(AirflowFailException, match="unknown in the conf: perod; known: period, now"):
        handover.refuse_unknown_conf({"dag_run": SimpleNamespace(conf={"perod": "2022-05"})})


def test_a_changed_draft_is_announced_once() -> None:
    draft = {"edition": "2022-06", "content_hash": "abc", "changed": True, "blocked": []}
    event = outlet_event(EDITION_DRAFTED)
    assert handover.emit_drafted(event, "2022-06", draft) == ["2022-06"]
    assert event.extra == {"edition": "2022-06", "content_hash": "abc"}
    with pytest.raises(AirflowSkipException):
        handover.emit_drafted(outlet_event(EDITION_DRAFTED), "2022-06", {**draft, "changed": False})


def test_a_draft_that_nobody_may_sign_is_not_announced() -> None:
    draft = {"edition": "2022-06-e1", "content_hash": "abc", "changed": True, "blocked": ["海宁市没有排名指标的数。"]}
    event = outlet_event(EDITION_DRAFTED)
    with pytest.raises(AirflowSkipException, match="海宁市没有排名指标的数"):
        handover.emit_drafted(event, "2022-06", draft)
    assert event.partition_keys == set()


def test_signers_come_from_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAIMA_SIGNERS_STATISTICS", "12=王主任; 13 ;")
    assert signers("statistics") == [{"id": "12", "name": "王主任"}, {"id": "13", "name": "13"}]


def test_a_role_nobody_may_sign_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAIMA_SIGNERS_STATISTICS", " ; ")
    with pytest.raises(ValueError, match="SAIMA_SIGNERS_STATISTICS"):
        signers("statistics")
