"""A small home with its pages: three units of a quarterly programme, one account for every role, a clock that stands."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from pipelines.flow.portal import accounts
from pipelines.flow.portal.accounts import add_account
from pipelines.flow.runtime.context import open_context
from pipelines.model.accounts import ROLES
from pipelines.settings import REPOSITORY, Settings
from pipelines.web.application import create_app
from pipelines.web.portal_state import PortalState

PROGRAMME = str(REPOSITORY / "tests" / "programmes" / "quarters")
ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 4, 2, 1, tzinfo=ZoneInfo("UTC"))
AFTER_DUE = datetime(2026, 4, 10, 2, tzinfo=ZoneInfo("UTC"))
PASSWORD = "correct horse battery"
UNIT, OTHER, THIRD = "980101", "990101", "990102"
HEADER = "区划代码,指标名称,本年累计,上年同期\n"
GOOD = f"2026年第一季度利润季报\n单位:万元\n{HEADER}980101,利润总额,1100,1000\n"
WRONG = f"2026年第一季度利润季报\n单位:万元\n{HEADER}980101,利润总额,一千一百整左右,1000\n"
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@dataclass
class Portal:
    """The application, its state, and signed-in clients by user name."""

    state: PortalState
    app: object
    clients: dict[str, TestClient]
    now: list[datetime]
    password: str = PASSWORD
    units: tuple[str, str, str] = (UNIT, OTHER, THIRD)
    good: bytes = GOOD.encode()
    wrong: bytes = WRONG.encode()

    def client(self, username: str) -> TestClient:
        """A client with a session of its own; signs in at the first use."""
        if username not in self.clients:
            self.clients[username] = self.sign_in(username)
        return self.clients[username]

    def stranger(self) -> TestClient:
        return TestClient(self.app, base_url="http://saima.test", raise_server_exceptions=False, follow_redirects=False)  # type: ignore[arg-type]

    def sign_in(self, username: str, password: str = PASSWORD) -> TestClient:
        client = self.stranger()
        token = token_of(client.get("/sign-in").text)
        answer = client.post("/sign-in", data={"username": username, "password": password, "form_token": token})
        assert answer.status_code == 303, answer.text
        return client

    def token(self, text: str) -> str:
        return token_of(text)

    def versions(self, unit: str) -> list[str]:
        """Submission ids of a unit, the newest last."""
        rows = self.state.context.warehouse.submissions("2026-Q1")
        return [r.submission_id for r in rows if r.unit_code == unit]

    def audited(self, action: str) -> list[str]:
        """Actors of the entries of an action in the audit log."""
        return [e.actor for e in self.state.context.warehouse.audit_entries() if e.action == action]

    def post(self, who: str, path: str, page: str, **fields: object) -> httpx.Response:
        """A form as the page of that address would send it."""
        client = self.client(who)
        shown = client.get(page)
        return client.post(path, data={"form_token": token_of(shown.text), **fields})

    def upload(self, username: str, *files: tuple[str, bytes], page: str = "/unit") -> httpx.Response:
        """Files through the form a second later, processed when this returns."""
        self.now[0] += timedelta(seconds=1)
        client = self.client(username)
        token = token_of(client.get(page).text)
        sent = [("files", (name, io.BytesIO(content), "application/octet-stream")) for name, content in files]
        answer = client.post("/unit/upload", data={"form_token": token}, files=sent)
        assert self.state.queue.wait_until_done(60)
        return answer


def token_of(text: str) -> str:
    found = TOKEN.search(text)
    assert found, text[:2000]
    return found[1]


@pytest.fixture(scope="module")
def make_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Portal]]:
    made: list[Portal] = []
    costly = accounts._HASHER
    accounts._HASHER = PasswordHasher(
        time_cost=1, memory_cost=1024, parallelism=1
    )  # the cost of a hash proves nothing here; put back, so that other tests of this process see the real one

    def make(programme: str = PROGRAMME) -> Portal:
        now = [START]
        settings = Settings(home=tmp_path_factory.mktemp("portal"), web_upload_max_bytes=200_000)
        state = PortalState(settings, lambda: now[0], programme)
        context = open_context(settings, programme)
        for role in ROLES:
            unit = UNIT if role == "unit" else None
            add_account(context, role, f"{role} 一", role, unit, "all", "setup", START, PASSWORD, False)
        add_account(context, "other", "另一单位", "unit", OTHER, "all", "setup", START, PASSWORD, False)
        add_account(context, "third", "第三单位", "unit", THIRD, "all", "setup", START, PASSWORD, False)
        add_account(context, "bureau2", "统计局乙", "bureau", None, "all", "setup", START, PASSWORD, False)
        context.warehouse.close()
        made.append(Portal(state, create_app(state), {}, now))
        return made[-1]

    yield make
    for portal in made:
        portal.state.context.warehouse.close()
    accounts._HASHER = costly


@pytest.fixture(scope="module")
def office(make_portal: Callable[..., Portal]) -> Iterator[Any]:
    """The portal behind a real server: three returns that made a draft, one of them sent again with a word for an amount; one visitor a
    role and for the other two units."""
    from .random_requests import Office

    portal = make_portal()
    found = Office(portal.state, {who: who for who in (*ROLES, "other", "third")}, portal.password)
    found.portal = portal
    with found.served():
        for who, code in zip(("unit", "other", "third"), portal.units, strict=True):
            found.upload(who, "q1.csv", portal.good.replace(UNIT.encode(), code.encode()))
        portal.now[0] = AFTER_DUE
        found.post("bureau", "/ranking/2026-Q1/close")
        found.upload("unit", "q1.csv", portal.wrong)
        yield found


@pytest.fixture(scope="module")
def portal(make_portal: Callable[..., Portal]) -> Portal:
    return make_portal()
