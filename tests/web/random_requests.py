"""Random requests of every role to every route, made by Schemathesis, over HTTP to a month that is there: none may end in a 5xx.

    python -m tests.web.random_requests --home var --requests 10000
    python -m tests.web.random_requests --open-matters --requests 5000

Takes a copy of the demonstration that `make run` and `make up` leave in that home: the units that were missing send, the bureau drafts
the month, Haining corrects with rows that do not hold; or a small programme in which something is open for every form, and is opened
again after a round (`open_matters`). Ids and forms are read from the pages of all roles. Prints the share of each status, every 5xx with
the end of its traceback, and every form that was accepted and left nothing in the audit log, or refused and did; ends with 1 where there
is one."""

from __future__ import annotations

import argparse
import io
import logging
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import openpyxl
import requests
import schemathesis
import uvicorn
from argon2 import PasswordHasher
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from schemathesis import GenerationMode

from pipelines.flow.portal import accounts
from pipelines.flow.portal.desk_view import month_in_hand
from pipelines.model.accounts import RIGHTS, ROLES, Account
from pipelines.settings import Settings
from pipelines.web.application import create_app
from pipelines.web.guards import rights_of
from pipelines.web.portal_state import PortalState
from pipelines.web.request_limits import RequestRate

from .request_schema import TOKEN, Seen, document, routes_of, walk

AT_ONCE = 10
"""Requests to an operation in a round."""
FIRST = (
    "/unit/submissions/{submission_id}/explain",
    "/desk/explanations",
    "/desk/submissions/{submission_id}/waive",
    "/operation/outbox",
    "/ranking/{period}/overrule",
    "/ranking/{period}/sign",
    "/ranking/{period}/publish",
    "/desk/calls",
)
"""Forms that are asked before others take away what they are about: returns, withdrawals, new files, new drafts."""
SIGNS_IN = ("/sign-in", "/password")
"""Forms whose refusals are recorded on purpose, and whose answers may be another form."""
PATIENCE_SECONDS = 60
"""What a decision waits for a batch of uploads that is being validated, on a busy machine."""


class Office:
    """The pages behind a real server, and one signed-in visitor a role. Whoever is locked, reset or signed out by a request of another
    one is let in again."""

    def __init__(self, state: PortalState, people: Mapping[str, str], password: str) -> None:
        self.state = state
        self.app = create_app(state)
        for one in self.app.user_middleware:
            if one.cls is RequestRate:
                one.kwargs.update(dict.fromkeys(("reads", "writes", "sign_ins", "per_address"), 10**9))
        self.routes = routes_of(self.app)
        self.address = ""
        self.uploads: list[str] = []
        self._people, self._password = people, password
        self._visitors: dict[str, tuple[int, requests.Session, str]] = {}
        found = {role: state.context.warehouse.accounts.get(username) for role, username in people.items()}
        self._accounts: dict[str, Account] = {role: one for role, one in found.items() if one is not None}
        assert self._accounts.keys() == people.keys()

    @contextmanager
    def served(self) -> Any:
        """Behind uvicorn on the loopback."""
        server = uvicorn.Server(
            uvicorn.Config(self.app, host="127.0.0.1", port=0, log_level="critical", timeout_keep_alive=300)
        )
        threading.Thread(target=server.run, daemon=True).start()
        give_up = time.monotonic() + 20
        while not server.started and time.monotonic() < give_up:
            time.sleep(0.02)
        self.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield
        server.should_exit = True

    def visitor(self, who: str) -> tuple[requests.Session, str]:
        """The session and the token of its forms."""
        username = self._people[who]
        store, known = self.state.context.warehouse.accounts, self._visitors.get(who)
        found = store.get(username)
        assert found is not None
        if known is None or found.epoch != known[0] or found.locked or found.must_change:
            fresh = replace(self._accounts[who], epoch=found.epoch + 1, must_change=False)
            store.change(username, lambda _: fresh, "setup", "", {}, self.state.now())
            known = self._visitors[who] = (fresh.epoch, *self._sign_in(username))
        return known[1:]

    def _sign_in(self, username: str) -> tuple[requests.Session, str]:
        session = requests.Session()
        token = TOKEN.findall(session.get(f"{self.address}/sign-in").text)[0]
        fields = {"username": username, "password": self._password, "form_token": token}
        answer = session.post(f"{self.address}/sign-in", fields, allow_redirects=False)
        assert answer.status_code == 303, answer.text
        return session, TOKEN.findall(session.get(f"{self.address}/password").text)[0]

    def post(self, who: str, path: str, **sent: Any) -> requests.Response:
        """A form of a page."""
        session, token = self.visitor(who)
        answer = session.post(self.address + path, {"form_token": token}, allow_redirects=False, **sent)
        assert answer.status_code == 303, answer.text
        return answer

    def upload(self, who: str, name: str, content: bytes) -> None:
        """A file of a unit, processed when this returns."""
        self.uploads.append(self.post(who, "/unit/upload", files={"files": (name, content)}).headers["location"])
        assert self.state.queue.wait_until_done(120)

    def recorded(self, who: str) -> int:
        """The last entry of the audit log by a visitor, but for what was looked at."""
        account = self._accounts[who]
        entries = self.state.context.warehouse.audit_entries(limit=40)
        own = [e.seq for e in entries if e.actor in (account.username, account.name) and e.action != "view"]
        return max(own, default=0)

    def may(self, route: APIRoute) -> list[str]:
        """Roles that may use a route."""
        wanted = [right for rights in rights_of(route).values() for right in rights]
        return [role for role in ROLES if not wanted or RIGHTS[role] & set(wanted)]


def look_around(office: Office, period: str, pages: int) -> Seen:
    """What the pages of every role link to and ask for; at most so many pages of a route and role."""
    found = Seen(office.routes)
    for role in ROLES:
        session, _ = office.visitor(role)

        def get(address: str, session: requests.Session = session) -> str:
            answer = session.get(office.address + address)
            page = answer.headers.get("content-type", "").startswith("text/html") and answer.status_code == 200
            return answer.text if page else ""

        start = [
            "/",
            "/password",
            "/dispatch/decisions",
            f"/ranking?period={period}",
            *(office.uploads if role == "unit" else ()),
        ]
        newest = [r for r in office.state.context.warehouse.submissions(period) if r.latest]
        if role == "bureau":
            start += [f"/desk/submissions/{r.submission_id}" for r in sorted(newest, key=lambda r: r.word)[-3:]]
        walk(found, start, get, pages)
        found.looked_at.clear()
    found.known["/static/{name}", "name"] = {"saima.css", "htmx.min.js"}
    return found


@dataclass
class Report:
    """What the requests came to."""

    statuses: Counter[int] = field(default_factory=Counter)
    by_route: Counter[tuple[str, int]] = field(default_factory=Counter)
    by_role: Counter[tuple[str, int]] = field(default_factory=Counter)
    """(role, hundreds of the status)."""
    broken: list[str] = field(default_factory=list)
    accepted: set[tuple[str, str, str]] = field(default_factory=set)
    """(role, address, body) of the forms that were accepted: a second click changes nothing and is told the same."""

    def taken_by(self, path: str) -> int:
        """How many forms of a route were accepted."""
        return sum(n for (asked, status), n in self.by_route.items() if asked == f"POST {path}" and status < 400)

    @property
    def routes(self) -> set[str]:
        """Paths that were asked."""
        return {asked.split(" ", 1)[1] for asked, _ in self.by_route}

    @property
    def taken(self) -> float:
        """Share of the requests that came past the guards and ids: neither 403 nor 404."""
        return 1 - (self.statuses[403] + self.statuses[404]) / max(1, self.statuses.total())

    def roles(self) -> list[str]:
        """A line a role: its requests and how they were answered."""
        lines = []
        for role in sorted({role for role, _ in self.by_role}):
            own = {hundred: n for (asked, hundred), n in sorted(self.by_role.items()) if asked == role}
            shares = ", ".join(f"{hundred}xx {n / sum(own.values()):.1%}" for hundred, n in own.items())
            lines.append(f"{role}: {sum(own.values())} requests; {shares}")
        return lines

    def text(self) -> str:
        """For people."""
        total = self.statuses.total()
        shares = ", ".join(f"{status}: {n} ({n / total:.1%})" for status, n in sorted(self.statuses.items()))
        return f"{total} requests to {len(self.routes)} routes; {shares}; neither 403 nor 404: {self.taken:.1%}"


class _Broken(logging.Handler):
    """Keeps the last traceback that the pages logged."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.last = "".join(traceback.format_exception(*record.exc_info))[-1500:]
        elif record.levelno >= logging.ERROR:
            self.last = record.getMessage()


def send(
    office: Office, seen: Seen, count: int, seed: int, report: Report | None = None, forms_alone: bool = False
) -> Report:
    """About so many requests by Schemathesis, to every operation equally many; two thirds with ids and fields of the pages, the others
    with anything. More than a few go round several times, so that what one changes another one meets. `report` is added to."""
    report, log = report or Report(), _Broken()
    logging.getLogger("pipelines.web.error_pages").addHandler(log)
    usual, odd = (_operations(document(office.app, seen, anything)) for anything in (False, True))
    asked = {key: one for key, one in usual.items() if not forms_alone or key[0].upper() == "POST"}
    paths = {key: seen.operation(*key).path for key in asked}
    usual = {
        key: asked[key]
        for key in sorted(asked, key=lambda k: FIRST.index(paths[k]) if paths[k] in FIRST else len(FIRST))
    }
    rounds = max(1, count // (len(usual) * AT_ONCE))
    each = max(ceil(count / (len(usual) * rounds)), AT_ONCE // 2)
    for number in range(rounds):
        for key, operation in usual.items():
            right = operation.as_strategy(GenerationMode.POSITIVE)
            anything = [odd[key].as_strategy(mode) for mode in _modes(odd[key])] if key in odd else [right]
            _ask(office, seen, st.one_of(*[right] * 4, anything[0], anything[-1]), each, seed + number, report, log)
        sys.stderr.write("\n".join([*report.broken, f"{report.text()}; 5xx: {len(report.broken)}\n"]))
    logging.getLogger("pipelines.web.error_pages").removeHandler(log)
    return report


def _ask(
    office: Office, seen: Seen, cases: st.SearchStrategy[Any], count: int, seed: int, report: Report, log: _Broken
) -> None:
    @seeded(seed)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases, st.integers(0, 9), st.integers(0, 9), st.randoms(use_true_random=False))
    def one(case: Any, stray: int, tokenless: int, chance: Any) -> None:
        route = seen.operation(case.method, case.path)
        role = chance.choice(ROLES if stray == 9 else office.may(route))
        session, token = office.visitor(role)
        if isinstance(case.body, dict) and tokenless < 9:
            case.body = {**case.body, "form_token": token}
        recorded = office.recorded(role)
        try:
            answer = case.call(
                base_url=office.address, session=session, allow_redirects=False, timeout=PATIENCE_SECONDS
            )
            status, text = answer.status_code, answer.content.decode("utf-8", "replace")
        except requests.RequestException as error:
            status, text = 599, repr(error)
        report.statuses[status] += 1
        report.by_route[f"{case.method} {route.path}", status] += 1
        report.by_role[role, status // 100] += 1
        asked = f"{role} {case.method} {case.formatted_path} {case.query} {case.body!r:.600}"
        if case.method.upper() == "POST" and route.path not in SIGNS_IN:
            fields = case.body.items() if isinstance(case.body, dict) else [("", case.body)]
            body = repr(sorted((name, str(value)) for name, value in fields if name != "form_token"))
            same = (role, str(case.formatted_path), body)
            if status < 400 and office.recorded(role) == recorded and same not in report.accepted:
                report.broken.append(f"accepted, and nothing recorded: {asked}")
            if status >= 400 and office.recorded(role) != recorded:
                report.broken.append(f"{status}, and something recorded: {asked}")
            if status < 400:
                report.accepted.add(same)
        if status >= 500:
            report.broken.append(f"{status} {asked}\n{log.last or text}")
        if "Traceback" in text:
            report.broken.append(f"a traceback: {asked}")

    one()


def _operations(made: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """(method, path) → operation."""
    found = [result.ok() for result in schemathesis.openapi.from_dict(made).get_all_operations()]
    return {(operation.method, operation.path): operation for operation in found}


def _modes(operation: Any) -> list[GenerationMode]:
    """What takes no value has no wrong one."""
    takes = operation.body or operation.query or operation.path_parameters
    return [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if takes else [GenerationMode.POSITIVE]


@contextmanager
def cheap_passwords() -> Any:
    """The cost of a hash proves nothing here."""
    costly, accounts._HASHER = accounts._HASHER, PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    yield
    accounts._HASHER = costly


def wrong_return(file: Path) -> bytes:
    """A return with an amount that is a word and one that is a hundred times as large."""
    book = openpyxl.load_workbook(file)
    cells = [cell for row in book.worksheets[0].iter_rows(min_row=4) for cell in row]
    amounts = [cell for cell in cells if isinstance(cell.value, int | float) and cell.value > 50]
    amounts[0].value = "一千整左右"
    amounts[-1].value = amounts[-1].value * 100
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def demonstration_office(demonstration: Path, now: datetime, password: str, names: Mapping[str, str]) -> Office:
    """The office of a copy of the demonstration; nothing is sent yet."""
    clock = [now]

    def tick() -> datetime:
        clock[0] += timedelta(milliseconds=20)
        return clock[0]

    return Office(PortalState(Settings(home=demonstration), tick), names, password)


def _of_demonstration(home: Path, place: Path, count: int, seed: int) -> Report | None:
    from saima_airflow.portal_demonstration import prepare_portal

    made = prepare_portal(home)
    if made is None:
        return None
    names = {role: username for username, _, role, _ in reversed(made.accounts)} | {"other": "pinghu"}
    shutil.copytree(made.home, place / "home")
    office = demonstration_office(place / "home", made.now, made.password, names)
    period = month_in_hand(office.state.context, made.now)
    with office.served():
        files = sorted((made.home / "to-send").iterdir())
        for file in files:
            office.upload("unit" if file.name.startswith("海宁") else "other", file.name, file.read_bytes())
        office.post("bureau", f"/ranking/{period}/close")
        office.upload("unit", "更正.xlsx", wrong_return(next(f for f in files if f.name.startswith("海宁"))))
        report = send(office, look_around(office, str(period), 4), count, seed)
    office.state.context.warehouse.close()
    return report


def _of_open_matters(place: Path, count: int, seed: int) -> Report:
    from .open_matters import OpenMatters, office_of_open_matters

    office, report = office_of_open_matters(place), Report()
    with office.served():
        matters = OpenMatters(office)
        while report.statuses.total() < count:
            matters.open_again()
            send(office, look_around(office, matters.PERIOD, 9), 1, seed + report.statuses.total(), report)
    office.state.context.warehouse.close()
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="a home that `make run` filled")
    parser.add_argument(
        "--open-matters", action="store_true", help="a small programme with something open for every form"
    )
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=12)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="requests-") as place, cheap_passwords():
        report = (
            _of_open_matters(Path(place), asked.requests, asked.seed)
            if asked.open_matters
            else _of_demonstration(asked.home.resolve(), Path(place), asked.requests, asked.seed)
        )
    if report is None:
        sys.stderr.write(f"no published month in {asked.home}: make run first\n")
        return 2
    table = [f"{status} {n:5d} {asked_of}" for (asked_of, status), n in sorted(report.by_route.items())]
    sys.stdout.write("\n".join([*table, *report.broken, *report.roles(), report.text()]) + "\n")
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
