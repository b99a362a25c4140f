"""The pages as the API server serves them: nobody in without a token, Airflow says who, Saima's accounts say what they may."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NOW = "2022-07-15T12:00:00+08:00"
HOSTILE = "<img src=x onerror=alert(1)>.xlsx"
PAGES = ("/saima/", "/saima/desk", "/saima/desk?period=2022-06", "/saima/editions", "/saima/ranking", "/saima/unit")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home in which a file with a hostile name has arrived and was not readable; `chief` has an account of the bureau."""
    from pipelines.flow import dagapi
    from pipelines.flow.portal.accounts import add_account
    from pipelines.flow.runtime.context import open_context
    from pipelines.settings import Settings

    home = tmp_path_factory.mktemp("pages")
    before = {name: os.environ.get(name) for name in ("SAIMA_HOME", "SAIMA_WEB_NOW")}
    os.environ.update(SAIMA_HOME=str(home), SAIMA_WEB_NOW=NOW)
    inbox = home / "inbox"
    inbox.mkdir()
    (inbox / HOSTILE).write_bytes(b"this is no workbook")
    stages = [dagapi.process_batch(batch, NOW) for batch in dagapi.collect(NOW)]
    assert len(stages) == 1
    dagapi.load(stages, NOW)
    context = open_context(Settings(home=home))
    add_account(context, "chief", "统计局甲", "bureau", None, "all", "setup", dagapi.moment_of(NOW))
    add_account(context, "gone", "离任", "bureau", None, "all", "setup", dagapi.moment_of(NOW))
    from pipelines.flow.portal.accounts import set_locked

    set_locked(context, "gone", True, "setup", dagapi.moment_of(NOW))
    yield home
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[Any]:
    from airflow.api_fastapi.app import create_app
    from airflow.utils import db
    from fastapi.testclient import TestClient
    from saima_airflow.mounted_pages import pages

    db.initdb()
    pages.cache_clear()
    with TestClient(create_app(apps="core"), raise_server_exceptions=False, follow_redirects=False) as client:
        yield client
    pages.cache_clear()


def bearer(username: str, role: str) -> dict[str, str]:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    return {
        "Authorization": f"Bearer {get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=username, role=role))}"
    }


@pytest.mark.slow
def test_the_pages_are_there_before_the_server_says_so(client: Any) -> None:
    """First of all: started and asked nothing yet, the API server has imported the pages and opened the home."""
    from saima_airflow.mounted_pages import pages

    assert pages.cache_info().currsize == 1, "made while the server started"
    portal = pages().state.portal
    assert portal._context is not None and "warehouse" in vars(portal._context)


def test_pages_that_cannot_be_prepared_stop_no_api_server(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient
    from saima_airflow.mounted_pages import PagesAtStart, pages

    pages.cache_clear()
    (tmp_path / "home.json").write_text("no JSON", encoding="utf-8")
    monkeypatch.setenv("SAIMA_HOME", str(tmp_path))
    app = FastAPI()
    app.get("/alive")(lambda: "yes")
    app.add_middleware(PagesAtStart)
    with TestClient(app) as client:
        assert "could not be prepared" in caplog.text
        assert client.get("/alive").json() == "yes"
    pages.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_nobody_without_a_token(client: Any, page: str) -> None:
    for headers in ({}, {"Authorization": "Bearer forged"}):
        answer = client.get(page, headers=headers)
        assert answer.status_code == 401 and "请先登录" in answer.text
        assert "海盐" not in answer.text


@pytest.mark.slow
def test_who_has_no_account_sees_states_and_no_amounts(client: Any) -> None:
    month = client.get("/saima/desk?period=2022-06", headers=bearer("somebody", "user"))
    assert month.status_code == 200
    assert "海盐县" in month.text and "未报" in month.text and "制造业投资汇总月报" in month.text
    assert "&lt;img src=x onerror=alert(1)&gt;.xlsx" in month.text and "<img" not in month.text
    assert "frame-ancestors 'self'" in month.headers["content-security-policy"]
    assert "/saima/operation/outbox" not in month.text, "nothing to send again"
    for page in ("/saima/ranking", "/saima/unit", "/saima/accounts", "/saima/desk/queries", "/saima/operation/outbox"):
        assert client.get(page, headers=bearer("somebody", "admin")).status_code == 403
    retry = client.post("/saima/operation/outbox", data={"form_token": "x"}, headers=bearer("somebody", "admin"))
    assert retry.status_code == 403
    assert client.get("/saima/desk/queries", headers=bearer("Chief", "user")).status_code == 403, "another's name"


@pytest.mark.slow
def test_an_account_of_the_same_name_gives_its_rights(client: Any) -> None:
    chief = bearer("chief", "user")
    assert client.get("/saima/desk/queries", headers=chief).status_code == 200
    page = client.get("/saima/accounts", headers=chief)
    assert page.status_code == 200 and "/saima/static/saima." in page.text
    assert "/saima/sign-out" not in page.text and "/saima/password" not in page.text
    token = page.text.split('name="form_token" value="')[1].split('"')[0]
    fields = {"action": "lock", "username": "gone", "form_token": token}
    assert client.post("/saima/accounts", data=fields, headers=chief).status_code == 200
    assert client.post("/saima/accounts", data={**fields, "form_token": "0" * 64}, headers=chief).status_code == 403
    assert client.get("/saima/desk", headers=bearer("gone", "admin")).status_code == 401, "locked is locked everywhere"


@pytest.mark.slow
def test_there_is_nothing_to_sign_in_to(client: Any) -> None:
    assert client.get("/saima/sign-in").status_code == 404
    assert client.get("/saima/password", headers=bearer("chief", "user")).status_code == 404
    assert client.get("/saima/static/saima.css").status_code == 200


@pytest.mark.slow
def test_only_known_editions_are_served(client: Any, home: Path) -> None:
    """One draft is there: its page is served to whoever may see drafts, and nothing else is an edition."""
    from pipelines.flow.dagapi import moment_of
    from pipelines.flow.runtime.context import open_context
    from pipelines.model.loading import DraftEdition
    from pipelines.settings import Settings

    page = home / "editions" / "2022-06" / "2022-06-e1" / "draft" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>初稿一</p>", encoding="utf-8")
    context = open_context(Settings(home=home))
    document: dict[str, object] = {"units": [], "city": {}, "compared_with": None}
    made = DraftEdition("2022-06-e1", "2022-06", "i1", "c1", "SAIMA-1", document, str(page), moment_of(NOW))
    context.warehouse.editions.save_draft(made)
    context.warehouse.close()
    chief = bearer("chief", "user")
    known = client.get("/saima/editions/2022-06-e1/index.html", headers=chief)
    assert known.status_code == 200 and "初稿一" in known.text
    for edition in ("2022-06", "2022-06-e2", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd"):
        assert client.get(f"/saima/editions/{edition}", headers=chief).status_code == 404, edition
    stranger = client.get("/saima/editions/2022-06-e1/index.html", headers=bearer("somebody", "user"))
    assert stranger.status_code == 404, "a draft is there for nobody who may not see drafts"
