"""What on time, late, 退改 and the rungs mean (domain_decisions §3), on the June 2022 calendar of Jiaxing."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pipelines.alerts.lateness import Arrival, assess
from pipelines.flow.runtime.context import load_programme
from pipelines.model.periods import Period

SHANGHAI = ZoneInfo("Asia/Shanghai")
PROGRAMME = load_programme("jiaxing")
CALENDAR = PROGRAMME.calendar
JUNE = CALENDAR.row("unit_month", Period(2022, 6))
assert JUNE is not None


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def arrived(text: str, passes_a_rules: bool = True, accepted: bool = True) -> Arrival:
    return Arrival(at(text), passes_a_rules, accepted)


def test_june_2022_is_due_on_monday_the_eleventh() -> None:
    assert at("2022-07-11T18:00") == JUNE.county_due


@pytest.mark.parametrize(
    ("arrival", "late", "workdays"),
    [
        ("2022-07-11T18:00:00", False, 0),
        ("2022-07-11T18:00:01", True, 0),
        ("2022-07-11T23:59", True, 0),
        ("2022-07-12T08:00", True, 1),
        ("2022-07-13T10:00", True, 2),
        ("2022-07-16T10:00", True, 4),
        ("2022-07-18T10:00", True, 5),
    ],
)
def test_lateness_counts_working_days_after_the_due_date(arrival: str, late: bool, workdays: int) -> None:
    found = assess(CALENDAR, JUNE, [arrived(arrival)], at("2022-07-20T12:00"))
    assert (found.arrival_status, found.late, found.workdays_late, found.rung) == ("in", late, workdays, None)


def test_a_file_that_fails_the_structural_rules_is_not_yet_a_return() -> None:
    found = assess(
        CALENDAR,
        JUNE,
        [arrived("2022-07-10T09:00", passes_a_rules=False, accepted=False), arrived("2022-07-12T09:00")],
        at("2022-07-20T12:00"),
    )
    assert (found.late, found.workdays_late) == (True, 1)


def test_sent_on_time_but_rejected_is_under_revision_until_the_city_audit() -> None:
    rejected = arrived("2022-07-08T09:00", accepted=False)
    assert assess(CALENDAR, JUNE, [rejected], at("2022-07-12T09:00")).arrival_status == "revising"
    assert not assess(CALENDAR, JUNE, [rejected], at("2022-07-12T09:00")).late
    assert assess(CALENDAR, JUNE, [rejected], at("2022-07-12T09:00")).rung is None
    repaired = assess(CALENDAR, JUNE, [rejected, arrived("2022-07-13T09:00")], at("2022-07-20T12:00"))
    assert (repaired.arrival_status, repaired.late) == ("in", False)
    never = assess(CALENDAR, JUNE, [rejected], at("2022-07-18T09:00"))
    assert (never.arrival_status, never.late, never.workdays_late) == ("revising", True, 2)


@pytest.mark.parametrize(
    ("now", "rung"),
    [
        ("2022-07-05T12:00", None),
        ("2022-07-06T09:00", "T-3"),
        ("2022-07-08T09:00", "T-1"),
        ("2022-07-11T14:00", "T-4h"),
        ("2022-07-11T18:00", "T"),
        ("2022-07-12T08:59", "T"),
        ("2022-07-12T09:00", "T+1"),
        ("2022-07-13T09:00", "T+2"),
        ("2022-07-25T09:00", "T+2"),
    ],
)
def test_the_ladder_climbs_on_working_days(now: str, rung: str | None) -> None:
    assert assess(CALENDAR, JUNE, [], at(now)).rung == rung


def test_what_arrives_later_is_not_known_yet() -> None:
    found = assess(CALENDAR, JUNE, [arrived("2022-07-13T10:00")], at("2022-07-12T10:00"))
    assert (found.arrival_status, found.late, found.workdays_late) == ("missing", True, 1)
