"""A few of the random requests of `python -m tests.web.random_requests`, to a small quarterly programme: no 5xx, and most of them are
taken. The long run is over the demonstration (`make requests`)."""

from __future__ import annotations

import pytest

from .random_requests import Office, look_around, send

pytestmark = pytest.mark.slow
REQUESTS = 200


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
