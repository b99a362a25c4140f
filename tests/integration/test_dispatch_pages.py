"""The pages of service teams and leaders over the simulated Jiaxing: what they show, who may read which brief, and the Word files."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from docx import Document
from fastapi import Request
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from pipelines.cli.app import app as commands
from pipelines.errors import Terminal
from pipelines.flow.dispatch.dispatch_view import DispatchView
from pipelines.flow.dispatch.leader_list import leader_list
from pipelines.model.accounts import Account, Role
from pipelines.model.periods import Period
from pipelines.settings import Settings
from pipelines.web.application import create_app
from pipelines.web.portal_state import PortalState
from pipelines.web.sessions import Session

from .conftest import Jiaxing

pytestmark = pytest.mark.slow
NOW = datetime(2022, 7, 26, 1, tzinfo=UTC)
JUNE = "?period=2022-06"


class Office:
    """Clients of people whom another system has signed in."""

    def __init__(self, state: PortalState) -> None:
        self.state = state
        self.people: dict[str, Account] = {}

        async def session_of(request: Request) -> Session:
            return Session(request.headers["who"], self.people[request.headers["who"]])

        self.app = create_app(state, session_of)
        self.browser = TestClient(self.app, base_url="http://saima.test", follow_redirects=False)

    def get(self, path: str, name: str = "经信甲", role: Role = "dispatch") -> Any:
        who = f"{role}{len(name)}"
        self.people[who] = Account(who, name, role, None, "all", "", False, 0, 0, None, False, NOW)
        return self.browser.get(path, headers={"who": who})


@pytest.fixture(scope="module")
def office(own_jiaxing: Jiaxing) -> Iterator[Office]:
    state = PortalState(Settings(home=own_jiaxing.context.settings.home), lambda: NOW, "jiaxing")
    yield Office(state)
    state.context.warehouse.close()


def words_of(answer: Any) -> str:
    assert answer.status_code == 200 and answer.headers["content-disposition"].endswith(".docx")
    document = Document(io.BytesIO(answer.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def test_the_week_of_the_teams_with_times_of_the_place(office: Office) -> None:
    page = office.get(f"/dispatch/teams{JUNE}&week=2022-W25").text
    late = next(row for row in page.split("<tr>") if "迟交" in row and "嘉善县" in row)
    assert "4/4" in late and "2022-06-27 14:20" in late, "late after Monday nine, in the time of the place"
    assert "3/4" in page and "工作复盘" in page and "2022-W22" in page
    whole = re.search(r"(\d+) / (\d+)</span></form>", page)
    assert whole and whole[1] == whole[2] != "0"
    asked = office.get(f"/dispatch/teams{JUNE}&week=2022-W25&overdue=true&state=handled").text
    some = re.search(r"(\d+) / (\d+)</span></form>", asked)
    assert some and 0 < int(some[1]) < int(some[2]) == int(whole[2])
    assert office.get(f"/dispatch/teams{JUNE}&week=2022-W60").status_code == 404
    assert "2022-W24" in office.get(f"/dispatch/teams/csv{JUNE}&week=2022-W24").text


def test_the_memo_of_a_team_to_read_and_as_word(office: Office) -> None:
    page = office.get(f"/dispatch/teams{JUNE}&week=2022-W25").text
    memo, word = re.findall(r'href="(/dispatch/teams/[^"]+)"', page.split("备忘</th>")[1])[:2]
    shown = office.get(memo.replace("&amp;", "&"))
    assert "2022-W25 服务专班备忘" in shown.text and "在办问题" in shown.text
    assert "2022-W25 服务专班备忘" in words_of(office.get(word.replace("&amp;", "&")))
    assert office.get(f"/dispatch/teams/nobody/memo{JUNE}").status_code == 404
    seen = [e for e in office.state.context.warehouse.audit_entries(action="view") if e.detail.get("table") == "memo"]
    assert {e.detail.get("what") for e in seen} == {None, "word"}


def test_leaders_the_silent_first_and_their_pages(office: Office) -> None:
    view = DispatchView(office.state.context, Period.parse("2022-06"), NOW)
    leaders = leader_list(view)
    silent = [one for one in leaders if one.silent]
    assert 0 < len(silent) < len(leaders) and leaders[: len(silent)] == silent
    assert all(one.silent_days and one.silent_days > view.policy.cadence.leader_silent_days for one in silent)
    page = office.get(f"/dispatch/leaders{JUNE}").text
    assert f"{len(silent)} 位联挂领导的项目超过" in page and page.count("/brief?") == len(leaders)
    brief = office.get(f"/dispatch/leaders/{silent[0].code}/brief{JUNE}").text
    assert f"联挂项目简报：{silent[0].name}" in brief and 'class="sheet portrait"' in brief
    assert silent[0].name in words_of(office.get(f"/dispatch/leaders/{silent[0].code}/word{JUNE}"))
    assert office.get(f"/dispatch/leaders/nobody/brief{JUNE}").status_code == 404


def test_a_leader_reads_the_own_brief_and_the_office_every_one(office: Office) -> None:
    first, second = leader_list(DispatchView(office.state.context, Period.parse("2022-06"), NOW))[:2]
    for what in ("brief", "word"):
        own, other = (f"/dispatch/leaders/{one.code}/{what}{JUNE}" for one in (first, second))
        assert office.get(own, first.name, "leader").status_code == 200
        assert office.get(other, first.name, "leader").status_code == 404
        assert office.get(other, "领导办公室", "leader").status_code == 200
    assert office.get(f"/dispatch/leaders{JUNE}", first.name, "leader").text.count("/brief?") == 1
    assert office.get(f"/dispatch/leaders{JUNE}", "工程师", "engineer").status_code == 403


def test_the_months_of_the_dispatch_return_are_offered(office: Office) -> None:
    page = office.get(f"/dispatch/leaders{JUNE}").text
    assert "<option selected>2022-06</option>" in page and "<option>2022-01</option>" in page, "January is reported too"
    assert 'href="/dispatch/leaders?period=2022-05" rel="prev"' in page


def test_a_week_that_is_none_is_refused_with_words(own_jiaxing: Jiaxing) -> None:
    home = str(own_jiaxing.context.settings.home)
    for week in ("2022-W60", "2022-06", "soon"):
        done = CliRunner().invoke(commands, ["dispatch", "teams", "2022-06", "--week", week, "--home", home])
        assert isinstance(done.exception, Terminal) and week in done.exception.zh, (
            "the command prints it, and no traceback"
        )
        assert done.exception.remedy
