"""The board as the API server serves it: nobody in without a token, drafts for signers, nothing a file name can inject."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NOW = "2022-07-15T12:00:00+08:00"
HOSTILE = "<img src=x onerror=alert(1)>.xlsx"
PAGES = ("/saima/board", "/saima/board?period=2022-06", "/saima/editions", "/saima/editions/2022-06")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home in which a file with a hostile name has arrived and was not readable."""
    from pipelines.flow import dagapi

    home = tmp_path_factory.mktemp("board")
    before = os.environ.get("SAIMA_HOME")
    os.environ["SAIMA_HOME"] = str(home)
    inbox = home / "inbox"
    inbox.mkdir()
    (inbox / HOSTILE).write_bytes(b"this is no workbook")
    stages = [dagapi.process_batch(batch, NOW) for batch in dagapi.collect(NOW)]
    assert len(stages) == 1
    dagapi.load(stages, NOW)
    yield home
    if before is None:
        del os.environ["SAIMA_HOME"]
    else:
        os.environ["SAIMA_HOME"] = before


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    from airflow.api_fastapi.app import create_app
    from airflow.utils import db
    from fastapi.testclient import TestClient

    db.initdb()
    with TestClient(create_app(apps="core"), raise_server_exceptions=False) as client:
        yield client


def bearer(username: str, role: str) -> dict[str, str]:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    return {
        "Authorization": f"Bearer {get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=username, role=role))}"
    }


def test_every_route_is_guarded() -> None:
    from fastapi.routing import APIRoute
    from saima_airflow.board import app, may_read

    assert len(app.routes) >= 3
    for route in app.routes:
        assert isinstance(route, APIRoute), f"{route} was added by FastAPI itself and has no guard"
        assert may_read in {dependency.call for dependency in route.dependant.dependencies}, route.path
        assert route.methods == {"GET"}


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_nobody_without_a_token(client: Any, home: Path, page: str) -> None:
    assert client.get(page).status_code == 401
    assert client.get(page, headers={"Authorization": "Bearer forged"}).status_code == 403


@pytest.mark.slow
def test_the_month_and_a_file_of_nobody(client: Any, home: Path) -> None:
    answer = client.get("/saima/board?period=2022-06", headers=bearer("bureau", "user"))
    assert answer.status_code == 200
    assert "海盐县" in answer.text
    assert "未报" in answer.text
    assert "&lt;img src=x onerror=alert(1)&gt;.xlsx" in answer.text
    assert "<img" not in answer.text
    assert "script" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.slow
@pytest.mark.parametrize("period", ["2022-13", "<b>", "2022-06' OR 1=1"])
def test_a_period_that_is_none_is_refused(client: Any, home: Path, period: str) -> None:
    assert client.get("/saima/board", params={"period": period}, headers=bearer("bureau", "user")).status_code == 422


@pytest.mark.slow
@pytest.mark.parametrize("edition", ["2022-06", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd"])
def test_only_known_editions_are_served(client: Any, home: Path, edition: str) -> None:
    assert client.get(f"/saima/editions/{edition}", headers=bearer("bureau", "user")).status_code == 404
