"""The ladder as a pure function: rungs on Chinese working days, deferral, openings, once each whatever the order of looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.alerts.escalation_policy import (
    TRACKS,
    Case,
    Opening,
    awaited_year,
    deferred,
    escalate,
    escalation_steps_of,
    folded,
    provisional_years,
    watched,
)
from pipelines.flow.notify.reminder_cases import first_opening
from pipelines.flow.runtime.context import load_programme
from pipelines.model.calendar import CalendarRow, ReportingCalendar
from pipelines.model.notifications import Contact, SeenDeadline
from pipelines.model.periods import Period
from pipelines.model.programme import AlertSettings
from pipelines.reference.workdays import chinese_workdays

SHANGHAI = ZoneInfo("Asia/Shanghai")
PROGRAMME = load_programme("jiaxing")
CALENDAR = PROGRAMME.calendar
SETTINGS = PROGRAMME.alerting


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def row_of(form: str, period: str) -> CalendarRow:
    row = CALENDAR.row(form, Period.parse(period))
    assert row is not None
    return row


def first(row: CalendarRow) -> Opening:
    return Opening("", row.open, row.county_due)


def shown(row: CalendarRow, opening: Opening) -> dict[str, str]:
    return {r: f"{m.astimezone(SHANGHAI):%m-%d %H:%M}" for r, m in escalation_steps_of(CALENDAR, row, opening).items()}


JUNE = row_of("unit_month", "2022-06")


@pytest.mark.parametrize(
    ("form", "period", "expected"),
    [
        (
            "unit_month",
            "2022-06",
            ["07-06 09:00", "07-08 09:00", "07-11 14:00", "07-11 18:00", "07-12 09:00", "07-13 09:00"],
        ),
        # the January return of the dispatch data, across the Spring Festival of 2022 (31 January to 6 February; 29 and 30 January worked)
        (
            "dispatch_month",
            "2022-01",
            ["02-09 09:00", "02-11 09:00", "02-14 14:00", "02-14 18:00", "02-15 09:00", "02-16 09:00"],
        ),
        # Saturday 7 May 2022 is worked for Labour Day
        (
            "unit_month",
            "2022-04",
            ["05-07 09:00", "05-10 09:00", "05-11 14:00", "05-11 18:00", "05-12 09:00", "05-13 09:00"],
        ),
        # Saturday 9 October 2021 is worked for National Day
        (
            "unit_month",
            "2021-09",
            ["10-11 09:00", "10-13 09:00", "10-14 14:00", "10-14 18:00", "10-15 09:00", "10-18 09:00"],
        ),
    ],
)
def test_rungs_fall_on_working_days(form: str, period: str, expected: list[str]) -> None:
    row = row_of(form, period)
    due = f"{row.county_due.astimezone(SHANGHAI):%m-%d %H:%M}"
    assert due == expected[3], "the calendar of the programme moved"
    assert list(shown(row, first(row)).values()) == expected


def test_a_rejected_file_climbs_against_the_city_audit_and_never_before_it_came() -> None:
    assert JUNE.city_audit_due is not None
    opening = Opening("s1", at("2022-07-11T10:00"), JUNE.city_audit_due, "rejected")
    assert shown(JUNE, opening) == {
        "T-1": "07-13 09:00",
        "T-4h": "07-14 14:00",
        "T": "07-14 18:00",
        "T+1": "07-15 09:00",
        "T+2": "07-18 09:00",
    }


def test_a_file_rejected_after_its_last_deadline_is_still_chased() -> None:
    assert JUNE.city_audit_due is not None
    opening = Opening("s1", at("2022-07-15T10:00"), JUNE.city_audit_due, "rejected")
    assert shown(JUNE, opening) == {"T+1": "07-18 09:00", "T+2": "07-19 09:00"}


def test_a_moved_deadline_opens_the_ladder_again_from_its_announcement() -> None:
    one = SeenDeadline("unit_month", "2022-06", 1, JUNE.county_due, None, None, at("2022-06-20T09:00"))
    later = replace(one, ordinal=2, county_due=at("2022-07-13T18:00"), noted_at=at("2022-07-08T10:00"))
    row = replace(JUNE, county_due=later.county_due)
    assert first_opening(row, [one, later], at("2022-07-08T09:00")).name == ""
    opening = first_opening(row, [one, later], at("2022-07-08T10:00"))
    assert (opening.name, opening.reason) == ("d2", "deadline")
    assert list(shown(row, opening)) == ["T-1", "T-4h", "T", "T+1", "T+2"], "T-3 had passed when it was moved"
    before_opening = replace(later, noted_at=JUNE.open - timedelta(days=1))
    assert first_opening(row, [one, before_opening], JUNE.open).name == "", "nobody had begun to climb"


@pytest.mark.parametrize(
    ("moment", "out", "why"),
    [
        ("2022-07-11T09:00", "2022-07-11T09:00", ""),
        ("2022-07-11T07:59", "2022-07-11T08:00", "quiet"),
        ("2022-07-11T21:00", "2022-07-12T08:00", "quiet"),
        ("2022-07-08T22:00", "2022-07-11T08:00", "day_off"),  # Friday night over the week-end
        ("2022-07-10T10:00", "2022-07-11T08:00", "day_off"),
        ("2022-05-07T09:00", "2022-05-07T09:00", ""),  # a worked Saturday
        ("2022-01-30T23:00", "2022-02-07T08:00", "day_off"),  # the eve of the Spring Festival
        ("2022-07-18T23:30", "2022-07-18T23:30", ""),  # the day of the freeze defers nothing
        ("2022-07-17T23:30", "2022-07-18T08:00", "day_off"),
    ],
)
def test_quiet_hours_and_days_off_defer_and_the_freeze_day_does_not(moment: str, out: str, why: str) -> None:
    assert deferred(CALENDAR, SETTINGS, at(moment), JUNE.freeze) == (at(out), why)


def test_a_programme_may_be_quiet_at_noon_or_never() -> None:
    noon = replace(SETTINGS, quiet_from=time(12, 0), quiet_until=time(14, 0))
    assert deferred(CALENDAR, noon, at("2022-07-11T12:30"))[0] == at("2022-07-11T14:00")
    never = replace(SETTINGS, quiet_from=time(0, 0), quiet_until=time(0, 0))
    assert deferred(CALENDAR, never, at("2022-07-11T03:00"))[0] == at("2022-07-11T03:00")


def test_nothing_before_alerts_from_before_the_opening_or_after_publication() -> None:
    rows = [row_of("unit_month", "2021-12"), JUNE]
    assert watched(CALENDAR, SETTINGS, rows, at("2022-01-11T12:00")) == [], "2021 is history"
    assert watched(CALENDAR, SETTINGS, rows, JUNE.open - timedelta(seconds=1)) == []
    assert watched(CALENDAR, SETTINGS, rows, JUNE.open) == [JUNE]
    assert JUNE.publish is not None
    assert watched(CALENDAR, SETTINGS, rows, JUNE.publish) == []
    assert watched(CALENDAR, AlertSettings(), rows, JUNE.open) == []
    endless = CalendarRow("unit_month", JUNE.period, JUNE.open, JUNE.county_due)
    assert folded(CALENDAR, endless) == at("2022-07-25T18:00"), "ten working days after its last date"


def test_a_year_that_is_not_announced_is_computed_and_said_to_be() -> None:
    days = chinese_workdays()
    year = (days.known_until or 0) + 1
    assert days.provisional(year)
    for off in (
        date(2027, 1, 1),
        date(2027, 2, 5),
        date(2027, 2, 8),
        date(2027, 4, 5),
        date(2027, 6, 9),
        date(2027, 9, 15),
        date(2027, 10, 1),
    ):
        assert not days.is_workday(off), off
    assert days.is_workday(date(2027, 2, 9))
    calendar = ReportingCalendar((), days)
    row = CalendarRow(
        "unit_month", Period(year - 1, 12), datetime(year, 1, 4, tzinfo=UTC), datetime(year, 1, 12, tzinfo=UTC)
    )
    assert provisional_years(calendar, row) == (year,)
    assert provisional_years(calendar, JUNE) == ()
    assert awaited_year(calendar, datetime(year - 1, 10, 31, 15, 59, tzinfo=UTC)) is None
    assert awaited_year(calendar, datetime(year - 1, 10, 31, 16, 0, tzinfo=UTC)) == year, "1 November in Shanghai"
    assert awaited_year(calendar, datetime(year, 3, 1, tzinfo=UTC)) == year
    announced = days.with_announcements({date(year, 1, 4): False}, {year})
    assert awaited_year(ReportingCalendar((), announced), datetime(year, 3, 1, tzinfo=UTC)) is None
    assert announced.is_workday(date(2027, 2, 8)), "the announcement alone holds, not what was computed"


CONTACTS = {
    "county": [
        Contact("330481", "*", "county", "岗", "outbox", "a"),
        Contact("330481", "*", "county", "岗", "ding", "b"),
    ],
    "leader": [Contact("330481", "*", "leader", "领导", "outbox", "c")],
    "bureau": [Contact("*", "*", "bureau", "市局", "outbox", "d")],
}
START = at("2022-07-01T08:00")
HOURS = 24 * 22


@settings(max_examples=150, deadline=None)
@given(
    looks=st.sets(st.integers(0, HOURS), min_size=1, max_size=60).map(sorted),
    arrives=st.one_of(st.none(), st.integers(0, HOURS)),
    rejected=st.one_of(st.none(), st.integers(0, 24 * 14)),
)
def test_each_rung_at_most_once_none_lost_no_burst(looks: list[int], arrives: int | None, rejected: int | None) -> None:
    """However often and whenever it is looked at, whatever arrives: a key is decided once; of those due at one look one is said to
    a recipient, the latest; and at the last look every rung reached of the opening in force has been said or passed over."""
    known: dict[str, str] = {}
    for hour in looks:
        now = START + timedelta(hours=hour)
        opening: Opening | None = first(JUNE)
        if rejected is not None and hour >= rejected:
            assert JUNE.city_audit_due is not None
            opening = Opening("s1", START + timedelta(hours=rejected), JUNE.city_audit_due, "rejected")
        if arrives is not None and hour >= arrives:
            opening = None
        case = Case("330481", "unit_month", "2022-06", JUNE, opening)
        done = escalate(CALENDAR, SETTINGS, [case], lambda u, f, a: CONTACTS.get(a, []), known, lambda c, r: False, now)
        said = [step.key for step in done.due_steps]
        assert len(said) == len(set(said))
        assert not known.keys() & {step.key for step in (*done.due_steps, *done.passed)}
        assert len({(s.contact.audience, s.contact.channel, s.contact.address) for s in done.due_steps}) == len(
            done.due_steps
        )
        for step in done.due_steps:
            later = [s for s in done.passed if s.contact == step.contact and s.at > step.at]
            assert later == []
            assert step.at <= now <= step.not_before or step.not_before == now
            assert opening is not None
        known |= dict.fromkeys(said, "said") | {step.key: "passed" for step in done.passed}
    if opening is not None:
        reached = [r for r, m in escalation_steps_of(CALENDAR, JUNE, opening).items() if m <= now]
        for audience, track in TRACKS.items():
            for contact in CONTACTS[audience]:
                for rung in track:
                    key = f"rung|2022-06|unit_month|330481|{opening.name}|{rung}|{contact.channel}|{contact.address}"
                    assert (key in known) == (rung in reached)


def test_a_snoozed_stage_waits_and_the_next_one_does_not() -> None:
    case = Case("330481", "unit_month", "2022-06", JUNE, first(JUNE))

    def contacts(unit: str, form: str, audience: str) -> list[Contact]:
        return CONTACTS.get(audience, [])

    done = escalate(CALENDAR, SETTINGS, [case], contacts, {}, lambda c, r: r == "T+1", at("2022-07-12T09:00"))
    assert {(s.contact.audience, s.rung) for s in done.due_steps} == {("county", "T")}
    done = escalate(CALENDAR, SETTINGS, [case], contacts, {}, lambda c, r: r == "T+1", at("2022-07-13T09:00"))
    assert {(s.contact.audience, s.rung) for s in done.due_steps} == {
        ("county", "T+2"),
        ("leader", "T+2"),
        ("bureau", "T+2"),
    }
