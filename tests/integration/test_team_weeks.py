"""The memo of a week is owed by the teams of that week: not by those of the month that is looked at, which may have ended weeks ago."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from expectations.examples import CLEAN
from pipelines.flow.dispatch.dispatch_view import DispatchView
from pipelines.flow.dispatch.people_tables import teams_document
from pipelines.flow.dispatch.weekly_look import look_at_the_week
from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.model.periods import Period

from .bureau_programme import Bureau

pytestmark = pytest.mark.slow
UNIT, SHANGHAI = "330402", ZoneInfo("Asia/Shanghai")
MONDAY_AFTER = datetime(2022, 6, 20, 9, 30, tzinfo=SHANGHAI)
"""June has not ended, May's return is the newest: the look is at the week of 13–19 June."""


def spans(*teams: tuple[str, date, date | None]) -> list[dict[str, object]]:
    return [
        {
            "project_code": f"2101-{UNIT}-04-01-{300000 + n}",
            "leader_code": f"L-{n}",
            "leader_name": f"领导{n}",
            "team_code": code,
            "team_name": f"专班{code}",
            "valid_from": begins,
            "valid_to": ends,
        }
        for n, (code, begins, ends) in enumerate(teams)
    ]


def memo(code: str) -> dict[str, object]:
    days = {f"{part}_on": date(2022, 6, 14 + n) for n, part in enumerate(("meeting", "site", "review", "memo"))}
    return {**CLEAN["service_memo"], **days, "reported_unit_code": UNIT, "team_code": code, "team_name": f"专班{code}"}


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    """Of May: T1 all along, T2 dissolved on 31 May, T3 dissolved on Wednesday 15 June. Of 8 June: T4 since 6 June, T5 since 16 June."""
    found = Bureau.open(tmp_path, ("leader_assignment", "service_memo"), dispatch=True)
    stages = {"admission_actual": "2020-11", "approval_actual": "2021-02"}
    returned = {**CLEAN["dispatch_month"], "reported_unit_code": UNIT, **stages}
    found.projects("dispatch_month", UNIT, datetime(2022, 6, 9, tzinfo=SHANGHAI), [returned], "2022-05")
    may, begun = datetime(2022, 5, 20, tzinfo=SHANGHAI), date(2022, 1, 1)
    found.projects(
        "leader_assignment",
        UNIT,
        may,
        spans(("T1", begun, None), ("T2", begun, date(2022, 5, 31)), ("T3", begun, None)),
        "2022-05-20",
    )
    collect(found.context, MONDAY_AFTER, found.inbox)
    own = spans(
        ("T1", begun, None),
        ("T3", begun, date(2022, 6, 15)),
        ("T4", date(2022, 6, 6), None),
        ("T5", date(2022, 6, 16), None),
    )
    found.projects("leader_assignment", UNIT, datetime(2022, 6, 17, tzinfo=SHANGHAI), own, "2022-06-17")
    found.projects(
        "service_memo", UNIT, MONDAY_AFTER - timedelta(hours=2), [memo("T1"), memo("T5"), memo("T9")], "2022-W24"
    )
    collect(found.context, MONDAY_AFTER, found.inbox)
    process(found.context, MONDAY_AFTER)
    return found


def test_who_stood_the_whole_week_owes_its_memo_and_nobody_else(bureau: Bureau) -> None:
    view = DispatchView(bureau.context, Period(2022, 5), MONDAY_AFTER)
    document = teams_document(view, "2022-W24")
    assert {(team.team, team.state) for team in document.teams} == {
        ("T1", "complete"),
        ("T4", "missing"),
        ("T5", "complete"),
    }, "T2 and T3 were dissolved, T4 is new since May, T5 is newer than the week and has filed all the same"
    assert document.unknown_teams == ["T9"]


def test_the_weekly_look_chases_the_teams_of_the_week(bureau: Bureau) -> None:
    assert look_at_the_week(bureau.context, MONDAY_AFTER).matters["memo"] == {UNIT: 1}


def test_a_week_before_the_first_list_is_judged_by_the_spans_of_the_list(bureau: Bureau) -> None:
    view = DispatchView(bureau.context, Period(2022, 5), MONDAY_AFTER)
    owing = {team.team for team in teams_document(view, "2022-W18").teams}
    assert owing == {"T1", "T2", "T3"}
