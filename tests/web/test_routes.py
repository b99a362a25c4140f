"""Every route with every role and without one. A route without a line here fails."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import APIRoute

from pipelines.model.accounts import RIGHTS, ROLES, Right

ANYBODY = "anybody"
SIGNED_IN = "signed in"
TABLE: dict[tuple[str, str], object] = {
    ("GET", "/static/{name}"): ANYBODY,
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/sign-in"): ANYBODY,
    ("POST", "/sign-in"): ANYBODY,
    ("GET", "/"): SIGNED_IN,
    ("POST", "/sign-out"): SIGNED_IN,
    ("GET", "/password"): SIGNED_IN,
    ("POST", "/password"): SIGNED_IN,
    ("GET", "/accounts"): {"bureau"},
    ("POST", "/accounts"): {"bureau"},
    ("GET", "/unit"): {"unit"},
    ("GET", "/unit/history"): {"unit"},
    ("GET", "/unit/template/{form}/{period}"): {"unit"},
    ("POST", "/unit/upload"): {"unit"},
    ("GET", "/unit/uploads/{upload_id}"): {"unit"},
    ("GET", "/unit/submissions/{submission_id}"): {"unit"},
    ("GET", "/unit/submissions/{submission_id}/workbook"): {"unit"},
    ("GET", "/unit/submissions/{submission_id}/print"): {"unit"},
    ("POST", "/unit/submissions/{submission_id}/explain"): {"unit"},
    ("POST", "/unit/submissions/{submission_id}/withdraw"): {"unit"},
    ("GET", "/desk"): {"bureau", "dispatch", "engineer"},
    ("GET", "/desk/queries"): {"bureau"},
    ("POST", "/desk/explanations"): {"bureau"},
    ("GET", "/desk/waivers"): {"bureau"},
    ("GET", "/desk/calls"): {"bureau", "dispatch"},
    ("POST", "/desk/calls"): {"bureau", "dispatch"},
    ("GET", "/desk/submissions/{submission_id}"): {"bureau"},
    ("GET", "/desk/submissions/{submission_id}/workbook"): {"bureau"},
    ("GET", "/desk/submissions/{submission_id}/print"): {"bureau"},
    ("POST", "/desk/submissions/{submission_id}/return"): {"bureau"},
    ("POST", "/desk/submissions/{submission_id}/waive"): {"bureau"},
    ("GET", "/ranking"): {"bureau", "dispatch", "leader"},
    ("POST", "/ranking/{period}/close"): {"bureau"},
    ("POST", "/ranking/{period}/overrule"): {"bureau"},
    ("POST", "/ranking/{period}/sign"): {"bureau", "dispatch"},
    ("POST", "/ranking/{period}/publish"): {"bureau"},
    ("GET", "/editions"): set(ROLES),
    ("GET", "/editions/{edition}"): set(ROLES),
    ("GET", "/editions/{edition}/{name:path}"): set(ROLES),
    ("GET", "/operation/outbox"): {"bureau", "engineer"},
    ("POST", "/operation/outbox"): {"bureau", "engineer"},
    ("GET", "/operation/rules"): {"bureau", "dispatch", "engineer"},
    ("GET", "/operation/sources"): {"bureau", "dispatch", "engineer"},
    ("GET", "/metrics"): {"bureau", "dispatch", "engineer"},
    ("GET", "/dispatch"): {"bureau", "dispatch", "leader"},
    ("GET", "/dispatch/decisions"): {"bureau", "dispatch", "leader"},
    ("GET", "/dispatch/teams"): {"bureau", "dispatch", "leader"},
    ("GET", "/dispatch/teams/{team}/memo"): {"bureau", "dispatch", "leader"},
    ("GET", "/dispatch/teams/{team}/word"): {"bureau", "dispatch", "leader"},
    ("GET", "/dispatch/leaders"): {"bureau", "dispatch", "leader"},
    ("GET", "/dispatch/leaders/{leader}/brief"): {"bureau", "dispatch", "leader"},
    ("GET", "/dispatch/leaders/{leader}/word"): {"bureau", "dispatch", "leader"},
    ("POST", "/dispatch/decisions"): {"dispatch"},
    ("GET", "/dispatch/{table}"): {"bureau", "dispatch", "leader"},
    ("GET", "/dispatch/{table}/csv"): {"bureau", "dispatch", "leader"},
}
"""(method, path) → roles that may; written out by hand from domain_decisions §6, so that a right given by mistake is seen."""

VALUES = {
    "name": "saima.css",
    "form": "unit_quarter",
    "period": "2026-Q1",
    "upload_id": "u20260402010000aaaaaaaa",
    "submission_id": "s00000000000000000000",
    "edition": "2026-Q1-e1",
    "table": "snails",
    "team": "ZB1",
    "leader": "LD1",
}


NOTHING_THERE = {
    "/desk/submissions/{submission_id}": 404,
    "/desk/submissions/{submission_id}/print": 404,
    "/desk/submissions/{submission_id}/workbook": 404,
    "/unit/submissions/{submission_id}": 404,
    "/unit/submissions/{submission_id}/print": 404,
    "/unit/submissions/{submission_id}/workbook": 404,
    "/unit/uploads/{upload_id}": 404,
    "/editions/{edition}": 404,
    "/editions/{edition}/{name:path}": 404,
    "/dispatch": 409,
    "/dispatch/teams": 409,
    "/dispatch/teams/{team}/memo": 409,
    "/dispatch/teams/{team}/word": 409,
    "/dispatch/leaders": 409,
    "/dispatch/leaders/{leader}/brief": 409,
    "/dispatch/leaders/{leader}/word": 409,
    "/dispatch/{table}": 409,
    "/dispatch/{table}/csv": 409,
}
"""Pages of whoever may see them, of a home in which nothing has arrived: ids that are nobody's, and no dispatch returns."""


def routes(app: Any) -> list[APIRoute]:
    found = []
    for route in app.routes:
        found.extend(getattr(getattr(route, "original_router", None), "routes", [route]))
    return [route for route in found if isinstance(route, APIRoute)]


def keys(app: Any) -> set[tuple[str, str]]:
    return {(method, route.path) for route in routes(app) for method in route.methods}


def address(path: str) -> str:
    for name, value in VALUES.items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}:path}}", value)
    assert "{" not in path
    return path


def test_every_route_has_a_line_and_every_line_a_route(portal: Any) -> None:
    assert len(keys(portal.app)) > 40
    assert keys(portal.app) == set(TABLE)


def test_every_route_has_a_guard() -> None:
    from pipelines.web.guards import rights_of

    looked = 0
    from pipelines.web import (
        account_pages,
        brief_pages,
        chasing_pages,
        desk_pages,
        dispatch_pages,
        operation_pages,
        query_pages,
        ranking_pages,
        unit_pages,
    )

    for module in (
        account_pages,
        brief_pages,
        chasing_pages,
        desk_pages,
        dispatch_pages,
        operation_pages,
        query_pages,
        ranking_pages,
        unit_pages,
    ):
        for route in module.router.routes:
            looked += 1
            key = (next(iter(route.methods)), route.path)
            guarded = bool(rights_of(route)) or route.path == "/sign-in"
            assert guarded, key
    assert looked > 40


@pytest.mark.parametrize("method,path", sorted(TABLE))
def test_without_a_session(portal: Any, method: str, path: str) -> None:
    answer = portal.stranger().request(method, address(path))
    if TABLE[(method, path)] == ANYBODY:
        assert answer.status_code == (200 if method == "GET" else 403), "a sign-in without its token is refused"
    else:
        assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
        assert "利润" not in answer.text


@pytest.mark.parametrize("role", ROLES)
def test_every_role_on_every_route(portal: Any, role: str) -> None:
    """Forms are sent without their token: whoever may not is refused before, whoever may is refused for the token alone."""
    looked = 0
    for (method, path), allowed in sorted(TABLE.items()):
        answer = portal.client(role).request(method, address(path))
        assert answer.status_code < 500, (role, method, path, answer.text[:500])
        looked += 1
        if allowed in (ANYBODY, SIGNED_IN):
            continue
        assert isinstance(allowed, set)
        not_allowed = answer.status_code == 403 and "无权" in answer.text
        if role in allowed:
            assert "此账号无权查看" not in answer.text, (role, method, path)
            expected = 403 if method == "POST" else NOTHING_THERE.get(path, 200)
            assert answer.status_code == expected, (role, method, path, answer.status_code)
        else:
            assert not_allowed, (role, method, path, answer.status_code)
    assert looked == len(TABLE)


def test_the_matrix_of_the_domain_holds() -> None:
    """domain_decisions §6, line by line."""
    may = {right: {role for role in ROLES if right in RIGHTS[role]} for right in Right}
    assert may[Right.OWN_RETURNS] == {"unit"}
    assert may[Right.ROWS] == {"bureau"}, "others' rows are the bureau's alone"
    assert may[Right.DRAFT] == {"bureau", "dispatch", "leader"}
    assert may[Right.SIGN_STATISTICS] == {"bureau"} and may[Right.SIGN_DISPATCH] == {"dispatch"}
    assert may[Right.DISPATCH] == {"bureau", "dispatch", "leader"} and may[Right.DISPATCH_DECIDE] == {"dispatch"}
    assert may[Right.CALLS] == {"bureau", "dispatch"}
    assert may[Right.OPERATION] == {"bureau", "dispatch", "engineer"}
    assert RIGHTS["viewer"] == {Right.PUBLISHED}
