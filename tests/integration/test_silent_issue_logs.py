"""An issue is not closed by silence: what stood open in a unit's newest log stands while the unit sends none."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from expectations.examples import CLEAN
from pipelines.flow.dispatch.dispatch_view import DispatchView
from pipelines.flow.dispatch.people_tables import helpers_document, teams_document
from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.model.periods import Period

from .bureau_programme import Bureau

pytestmark = pytest.mark.slow
SHANGHAI = ZoneInfo("Asia/Shanghai")
A, B = "330402", "330424"
PROJECT = "2101-330402-04-01-123456"


def issue(unit: str, number: str, **more: object) -> dict[str, object]:
    own = {"reported_unit_code": unit, "issue_no": number, "project_code": PROJECT, "owner_kind": "县级"}
    days = dict.fromkeys(("accepted_on", "handled_on", "closed_on", "assessed_on", "assessment"))
    words = {"issue_class": "土地", "issue_scale": "小", "raised_on": date(2022, 5, 6), "due_on": date(2022, 6, 10)}
    return {**CLEAN["issue_log"], **own, **days, **words, "helper_code": "F1", **more}


def closed(unit: str, number: str) -> dict[str, object]:
    on = date(2022, 5, 20)
    return issue(unit, number, accepted_on=on, handled_on=on, closed_on=on, assessed_on=on, assessment="满意")


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    """May: A has W-1 and W-2 open, W-3 closed; B has V-1 open. June: B alone sends, has closed V-1 and has taken over W-2."""
    found = Bureau.open(tmp_path, ("issue_log",), dispatch=True)
    may, june = datetime(2022, 6, 8, tzinfo=SHANGHAI), datetime(2022, 7, 8, tzinfo=SHANGHAI)
    found.projects("issue_log", A, may, [issue(A, "W-1"), issue(A, "W-2"), closed(A, "W-3")], "2022-05")
    found.projects("issue_log", B, may, [issue(B, "V-1")], "2022-05")
    collect(found.context, may, found.inbox)
    found.projects("issue_log", B, june, [closed(B, "V-1"), issue(B, "W-2")], "2022-06")
    collect(found.context, june, found.inbox)
    process(found.context, june)
    return found


def test_open_issues_of_a_silent_unit_stand_and_fall_overdue(bureau: Bureau) -> None:
    view = DispatchView(bureau.context, Period(2022, 6), datetime(2022, 7, 20, tzinfo=SHANGHAI))
    document = teams_document(view)
    assert [(one.unit, one.issue_no, one.overdue) for one in document.issues] == [(A, "W-1", True), (B, "W-2", True)], (
        "W-1 fell due in June, W-2 is B's now and stands once"
    )
    assert [(c.open, c.overdue, c.closed) for c in document.issue_counts if c.issue_class == "land"] == [(2, 2, 1)]
    helpers = helpers_document(view)
    assert (helpers.cases, helpers.closed, helpers.overdue) == (3, 1, 2), "what May closed is May's"


def test_a_unit_that_is_silent_for_longer_than_the_policy_allows_is_no_longer_heard(bureau: Bureau) -> None:
    late = DispatchView(bureau.context, Period(2022, 9), datetime(2022, 10, 20, tzinfo=SHANGHAI))
    assert [(one.unit, one.issue_no) for one in teams_document(late).issues] == [(B, "W-2")]
