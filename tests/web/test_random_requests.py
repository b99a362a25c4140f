"""A few of the random requests of `python -m tests.web.random_requests`, to a small quarterly programme: no 5xx, and most of them are
taken. The long run is over the demonstration (`make requests`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.model.rulings import PUBLICATION

from .open_matters import BLOCKED, COLLECTED, SIGNED, UNSIGNED, OpenMatters, office_of_open_matters
from .random_requests import FIRST, Office, Report, cheap_passwords, look_around, send

pytestmark = pytest.mark.slow
REQUESTS = 200
FORMS = (
    *FIRST,
    "/desk/submissions/{submission_id}/return",
    "/unit/submissions/{submission_id}/withdraw",
    "/unit/upload",
    "/ranking/{period}/close",
    "/accounts",
    "/sign-out",
)
"""Every form of the pages but for those by which people sign in, and the decisions of a dispatch loop, which this programme has not."""


def test_no_request_breaks_the_server(office: Office) -> None:
    seen = look_around(office, "2026-Q1", 3)
    offered = {seen.operation("POST", address).path for address in seen.forms}
    assert {"/ranking/{period}/sign", "/desk/submissions/{submission_id}/waive", "/unit/upload", "/accounts"} <= offered
    report = send(office, seen, REQUESTS, 12)
    print(report.text())
    assert report.broken == []
    assert report.statuses.total() >= REQUESTS
    assert {route.path for route in office.routes} == report.routes, "every route was asked"
    assert report.taken > 0.6, report.text()
    assert {200, 303, 403, 404, 422} <= report.statuses.keys(), report.text()


@pytest.mark.parametrize("period", ["9999-Q4", "9999-12", "0001-01"])
def test_a_period_at_the_ends_of_the_calendar_has_no_page(office: Office, period: str) -> None:
    session, _ = office.visitor("bureau")
    reading = [route.path for route in office.routes if "GET" in route.methods]
    plain = [f"{path}?period={period}" for path in reading if "{" not in path]
    named = [path.replace("{period}", period) for path in reading if path.count("{") == 1 and "{period}" in path]
    answers = {path: session.get(office.address + path, allow_redirects=False).status_code for path in plain + named}
    assert {path: status for path, status in answers.items() if status >= 500} == {}
    assert len(answers) > 20 and 404 in answers.values() and answers[f"/dispatch/leaders?period={period}"] == 404


def test_every_form_is_accepted_where_something_is_open(tmp_path: Path) -> None:
    """Random requests of a programme in which something is open for every form: whoever may is really let do it, and it is done."""
    with cheap_passwords():
        office = office_of_open_matters(tmp_path)
        with office.served():
            matters, report = OpenMatters(office), Report()
            for number in range(2):
                matters.open_again()
                send(office, look_around(office, COLLECTED, 9), 240, 12 + number, report, forms_alone=True)
            context = office.state.context
            rulings, names = context.warehouse.rulings, {who: f"{who} 某" for who in ("unit", "bureau")}
            explained = [e for period in (BLOCKED, COLLECTED) for e in rulings.explanations(period)]
            waivers = rulings.waivers(COLLECTED)
            editions = [e for e in context.warehouse.editions.all() if e.period in (SIGNED, UNSIGNED)]
            signed = [s for e in editions for s in context.warehouse.editions.signatures(e.edition_id)]
            done = {(e.action, e.actor) for e in context.warehouse.audit_entries()}
            returns = rulings.returns()
        context.warehouse.close()
    print(report.text())
    assert report.broken == []
    taken = {path: report.taken_by(path) for path in FORMS}
    assert {path: n for path, n in taken.items() if not n} == {}, taken
    assert any(e.cell.form != PUBLICATION and e.given_by == names["unit"] for e in explained)
    assert any(e.decided_by == names["bureau"] and e.cell.form != PUBLICATION for e in explained)
    assert any(e.decided_by == names["bureau"] and e.cell.form == PUBLICATION for e in explained)
    assert any(w.second_by == names["bureau"] for w in waivers)
    assert any(s.name == names["bureau"] for s in signed)
    assert any(e.period == SIGNED and e.state == "published" for e in editions)
    assert any(r.withdrawn and r.returned_by == names["unit"] for r in returns.values())
    assert any(not r.withdrawn and r.returned_by == names["bureau"] for r in returns.values())
    assert {("alert-retry", "bureau"), ("close-asked", "bureau"), ("upload", "unit")} <= done
