"""Random requests of every role to every route give no 5xx: addresses, queries and forms made by Hypothesis from the list of the routes.

The forms are read from the request itself, so that a generated OpenAPI document would name none of their fields: the fields are listed
here. SAIMA_RANDOM_REQUESTS=10000 for the long run."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.model.accounts import ROLES
from pipelines.web.request_limits import RequestRate

EXAMPLES = int(os.environ.get("SAIMA_RANDOM_REQUESTS", "150"))
QUERIES = ("period", "every", "answer", "lang", "subject", "kind", "state")
FIELDS = (
    "action", "amount", "answer", "begins", "block", "content_hash", "deadline", "decision", "document", "domain", "edition", "ends",
    "explanation", "factor", "field", "form", "kind", "list", "message", "name", "opinion", "period", "reason", "remark", "role", "row",
    "rule", "spoke_to", "subject", "text", "unit", "until", "username",
)  # fmt: skip
KNOWN = (
    "2026-Q1", "2026-06", "2026-W26", "2026-13", "2026", "9999-Q4", "0000-01", "980101", "unit_quarter", "C01", "F20", "4", "-1", "9" * 40,
    "approved", "returned", "accepted", "statistics", "author", "call", "snooze", "ack", "add", "lock", "bureau", "viewer", "其他", "notice",
    "2026-04-09T18:00", "2026-02-30", "+292277-01-01", "库存口径调整说明十个字以上", "%", "\x00", "\ud800", "../..", "'", "<b>", "²", "٣",
)  # fmt: skip


def routes(app: Any) -> list[tuple[str, str]]:
    found = []
    for route in app.routes:
        found.extend(getattr(getattr(route, "original_router", None), "routes", [route]))
    return sorted((method, route.path) for route in found if isinstance(route, APIRoute) for method in route.methods)


@pytest.fixture(scope="module")
def ground(portal: Any) -> Any:
    """One rejected and one accepted return; ids that are there."""
    portal.upload("unit", ("q1.csv", portal.wrong))
    location = portal.upload("other", ("q1.csv", portal.good.replace(b"980101", b"990101"))).headers["location"]
    portal.known = (*KNOWN, portal.versions(portal.units[0])[0], portal.versions(portal.units[1])[0], location[-23:])
    tokens = {}
    for role in ROLES:
        page = "/unit" if role == "unit" else "/password"
        tokens[role] = portal.token(portal.client(role).get(page).text)
    portal.tokens = tokens
    return portal


def test_no_request_breaks_the_server(ground: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RequestRate, "_take", lambda *_: True)
    table = [one for one in routes(ground.app) if one[1] not in ("/sign-out",)]
    assert len(table) > 40
    values = st.one_of(st.sampled_from(ground.known), st.text(max_size=12))
    statuses: dict[int, int] = {}

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def requests(data: st.DataObject) -> None:
        role = data.draw(st.sampled_from(ROLES), "role")
        method, path = data.draw(st.sampled_from(table), "route")
        while "{" in path:
            before, _, rest = path.partition("{")
            value = data.draw(values, "part of the path").encode("utf-8", "replace").decode()
            path = f"{before}{quote(value, safe='') or 'x'}{rest.partition('}')[2]}"
        query = data.draw(st.dictionaries(st.sampled_from(QUERIES), values, max_size=2), "query")
        asked = f"{path}?{urlencode(query, errors='replace')}" if query else path
        body: dict[str, Any] = {}
        if method == "POST":
            drawn = data.draw(st.dictionaries(st.sampled_from(FIELDS), values, max_size=8), "fields")
            body = {name: value.encode("utf-8", "replace").decode() for name, value in drawn.items()}
            if data.draw(st.integers(0, 4), "token"):
                body["form_token"] = ground.tokens[role]
        answer = ground.client(role).request(method, asked, data=body or None)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        assert answer.status_code < 500, (role, method, asked, body, answer.text[-600:])

    requests()
    assert {200, 303, 403, 404} <= statuses.keys(), statuses
    print(f"{sum(statuses.values())} requests: {dict(sorted(statuses.items()))}")


@pytest.mark.parametrize("period", ["9999-Q4", "9999-12", "0001-01"])
def test_a_period_at_the_ends_of_the_calendar_has_no_page(
    ground: Any, monkeypatch: pytest.MonkeyPatch, period: str
) -> None:
    monkeypatch.setattr(RequestRate, "_take", lambda *_: True)
    plain = [path for method, path in routes(ground.app) if method == "GET" and "{" not in path]
    named = [
        path.replace("{period}", period)
        for method, path in routes(ground.app)
        if method == "GET" and path.count("{") == 1 and "{period}" in path
    ]
    asked = [*(f"{path}?period={period}" for path in plain), *named]
    answers = {path: ground.client("bureau").get(path).status_code for path in asked}
    assert {path: status for path, status in answers.items() if status >= 500} == {}
    assert len(answers) > 20 and 404 in answers.values() and answers["/dispatch/leaders?period=" + period] == 404
