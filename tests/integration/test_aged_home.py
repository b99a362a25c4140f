"""Whatever is asked every half hour, every ten minutes or by a page costs the same in the third year of a home and in the twelfth.

The months of the simulated Jiaxing are put into the ledger again for earlier years, with everything that hangs on them, and the calendar
goes back as far. What SQLite does for each question is counted, and so are the rows that reach the program."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import Request
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from pipelines.flow import dagapi
from pipelines.flow.dispatch.decision_file import record_file
from pipelines.flow.dispatch.decision_request import DecisionRequest
from pipelines.flow.dispatch.dispatch_view import DispatchView
from pipelines.flow.dispatch.documents_of import BUILDERS, decisions_document, dispatch_document
from pipelines.flow.dispatch.public_showcase import refresh_showcases
from pipelines.flow.dispatch.record_decision import record_decision
from pipelines.flow.month.announce_releases import release_calendar
from pipelines.flow.month.edition_difference import edition_difference
from pipelines.flow.month.prerelease import accesses
from pipelines.flow.month.quality_report import report
from pipelines.flow.notify.escalation_documents import calls_document, escalation_document
from pipelines.flow.notify.status_documents import late_document
from pipelines.flow.portal.uploads import UploadedFile, receive_upload
from pipelines.flow.records.submission_status import status_document
from pipelines.flow.runtime.context import Context
from pipelines.model.accounts import Account, Role
from pipelines.model.dispatch_decisions import DispatchDecision
from pipelines.model.periods import Period
from pipelines.model.programme import Programme
from pipelines.settings import Settings
from pipelines.warehouse.db.schema import METADATA
from pipelines.web.application import create_app
from pipelines.web.portal_state import PortalState
from pipelines.web.sessions import Session

from .conftest import Jiaxing

pytestmark = pytest.mark.slow
NOW = datetime(2022, 7, 12, 1, tzinfo=UTC)
JUNE = Period(2022, 6)
UNIT = "330481"
STEPS = 20
"""Instructions of SQLite between two counts."""
YOUNG, OLD = 3, 12
ROW_A_MONTH = {"closable": 2, "waiting": 2, "showcases": 2}
"""Questions that look at one row of every month there ever was, with the counts that a month may cost: which months have no closing
of their inputs, or no edition, is asked of all of them, in case one was forgotten; a permit that ended must leave every showcase."""
SPARE = 60
"""Counts that a question may cost more, whatever it cost before: a tree that is a level deeper, a page that is split."""

IDENTITIES = {
    *("receipt_id", "submission_id", "verdict_id", "load_id", "edition_id", "message_id", "history_id", "key"),
    *("waiver_id", "explanation_id", "delivery_id", "decision_id", "stage_key", "repeats", "digest_id", "inputs_hash"),
    *("previous", "annual_final", "sibling", "year_ago", "replaces", "content_hash", "subject"),
}
PERIODS = {"period", "until", "previous_period", "valid_from", "valid_to"}
COUNTED = {("load", "ordinal"), ("outbox", "ordinal"), ("dispatch_decision", "ordinal")} | {
    ("audit_log", "seq"),
    ("alert_hold", "hold_id"),
    ("call_log", "call_id"),
}
OPEN = {"received", "pending", "collected", "draft", "planned"}
"""States of what waits for somebody: of months that are over nothing does."""
NOT_AGED = {"home", "lake_pin", "account", "heartbeat", "feedback_due", "notification_due", "revalidation_due"}
"""What there is one of, and what is struck off once it is done."""
YEAR = re.compile(r"\b(20\d\d)(?=-|年|\b)")


def age(file: Path, first: int, last: int) -> None:
    """The rows of the home once more for each year from `first` to `last` back."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for table in METADATA.sorted_tables:
            if table.name in NOT_AGED or (table.name.startswith("current_") and table.name != "current_submission"):
                continue
            columns = [column.name for column in table.columns]
            chosen = ", ".join(f'"{name}"' for name in columns)
            rows = connection.execute(f'SELECT {chosen} FROM "{table.name}"').fetchall()
            state = columns.index("state") if "state" in columns else None
            over = [row for row in rows if state is None or row[state] not in OPEN]
            own = [row for row in over if not any(str(value).startswith("~") for value in row)]
            places = ", ".join("?" * len(columns))
            for back in range(first, last + 1):
                older = [[aged(table.name, n, v, back) for n, v in zip(columns, row, strict=True)] for row in own]
                connection.executemany(f'INSERT OR IGNORE INTO "{table.name}" ({chosen}) VALUES ({places})', older)


def aged(table: str, column: str, value: Any, years: int) -> Any:
    """A value as it would stand in a row of so many years before."""
    if (table, column) in COUNTED:
        return value - years * 100_000
    if not isinstance(value, str) or not value:
        return value
    if column in IDENTITIES and not (table == "dispatch_decision" and column == "subject"):
        return f"~{years:02d}{earlier(value, years) if column == 'subject' else value}"
    if column in PERIODS or column == "name" or column.endswith(("_at", "_due")) or column in ("at", "freeze", "as_of"):
        return earlier(value, years)
    return value


def earlier(text: str, years: int) -> str:
    return YEAR.sub(lambda found: f"{int(found[1]) - years:04d}", text).replace("-02-29", "-02-28")


def with_calendar(programme: Programme, years: int) -> Programme:
    """The programme with so many years of deadlines before its own."""
    calendar = programme.calendar
    year = [row for row in calendar.rows if row.period.year == 2022]
    older = [
        replace(
            row,
            period=Period.parse(earlier(str(row.period), back)),
            **{name: at and at - timedelta(days=365 * back) for name, at in asdict(row).items() if name in MOMENTS},
        )
        for back in range(years, 1, -1)  # it has the year before itself
        for row in year
    ]
    return replace(programme, calendar=replace(calendar, rows=(*older, *calendar.rows)))


class Counting:
    """What SQLite did, by statement, over every connection of the process."""

    def __init__(self) -> None:
        self.steps: Counter[str] = Counter()
        self.now = ""
        sa.event.listen(sa.engine.Engine, "connect", self.connected)
        sa.event.listen(sa.engine.Engine, "before_cursor_execute", self.begins)

    def connected(self, raw: Any, record: object) -> None:
        raw.set_progress_handler(self.step, STEPS)

    def step(self) -> int:
        self.steps[self.now] += 1
        return 0

    def begins(self, connection: object, cursor: object, statement: str, *rest: object) -> None:
        self.now = statement

    def of(self, asked: Callable[[], object]) -> Counter[str]:
        self.steps = Counter()
        asked()
        return self.steps

    def stop(self) -> None:
        sa.event.remove(sa.engine.Engine, "connect", self.connected)
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", self.begins)


class Office:
    """The pages for a person of any role."""

    def __init__(self, context: Context) -> None:
        self.state = PortalState(context.settings, lambda: NOW, "jiaxing", reload_seconds=1e9)
        self.state._context, self.state._looked_at = context, time.monotonic()
        self.account: Account | None = None

        async def session_of(request: Request) -> Session:
            assert self.account is not None
            return Session(self.account.username, self.account)

        self.app = create_app(self.state, session_of)
        self.browser = TestClient(self.app, base_url="http://saima.test", follow_redirects=False)

    def get(self, role: Role, address: str) -> None:
        unit = UNIT if role == "unit" else None
        self.account = Account(role, role, role, unit, "all", "", False, 0, 0, None, False, NOW)
        answer = self.browser.get(address)
        assert answer.status_code in (200, 303), (address, answer.status_code, answer.text[-800:])


def pages(values: dict[str, str]) -> dict[str, tuple[Role, str]]:
    """path of a route → (who looks, address)."""
    found: dict[str, tuple[Role, str]] = {}
    for path in PAGES:
        role: Role = "unit" if path.startswith("/unit") else "dispatch" if path.startswith("/dispatch") else "bureau"
        address = re.sub(r"\{(\w+)(:path)?\}", lambda m: values[m[1]], path)
        month = "?period=2022-06" if path.startswith(MONTHLY) else ""
        found[path] = (role, address + month)
    return found


MOMENTS = ("open", "county_due", "city_audit_due", "freeze", "publish", "official_release")
MONTHLY = ("/desk", "/ranking", "/operation/rules", "/dispatch")
PAGES = (
    *("/unit", "/unit/history", "/unit/uploads/{upload_id}", "/unit/template/{form}/{period}"),
    *("/unit/submissions/{submission_id}", "/unit/submissions/{submission_id}/print"),
    *("/desk", "/desk/queries", "/desk/waivers", "/desk/calls", "/desk/submissions/{submission_id}"),
    *("/desk/submissions/{submission_id}/print", "/ranking", "/editions", "/editions/{edition}"),
    *("/editions/{edition}/{name:path}", "/accounts", "/operation/outbox", "/operation/rules", "/operation/sources"),
    *("/metrics", "/healthz"),
)
NOT_ASKED = {
    "/": "a redirection",
    "/sign-in": "asks one account",
    "/password": "asks one account",
    "/static/{name}": "asks no database",
    "/desk/submissions/{submission_id}/workbook": "what /desk/submissions/{submission_id} asks, and a file",
    "/unit/submissions/{submission_id}/workbook": "what /unit/submissions/{submission_id} asks, and a file",
}
"""Why a page is not among PAGES. The pages below /dispatch show the documents of `saima dispatch`, which are asked beside them."""


def test_every_page_is_asked_or_says_why(tmp_path: Path) -> None:
    state = PortalState(Settings(home=tmp_path), lambda: NOW, "jiaxing")
    paths: set[str] = set()
    for route in create_app(state).routes:
        for one in getattr(getattr(route, "original_router", None), "routes", [route]):
            if isinstance(one, APIRoute) and "GET" in one.methods:
                paths.add(one.path)
    assert {path for path in paths if not path.startswith("/dispatch")} == {*PAGES, *NOT_ASKED}


def questions(context: Context, office: Office, values: dict[str, str]) -> dict[str, Callable[[], object]]:
    """Everything that is asked over and over: the DAGs that run by the clock, the commands that look at a month, the pages."""
    now, warehouse = NOW.isoformat(), context.warehouse
    edition = warehouse.editions.by_id(values["edition"])
    oldest = min(row.period.year for row in context.programme.calendar.rows)
    assert warehouse.submissions(f"{oldest}-06")
    day, until = NOW.date(), NOW.date() + timedelta(days=60)
    request = DecisionRequest(
        "exemption", values["project"], "经信局", "纪要", "停工", day, until, {"cause": "force_majeure"}
    )
    register = context.settings.home / "register.csv"
    register.write_text(
        "kind,subject,decided_by,document,reason,valid_from,valid_to,detail\n"
        f"exemption,{values['project']},经信局,纪要,停工,{day},{until},cause=force_majeure\n",
        encoding="utf-8",
    )
    asked: dict[str, Callable[[], object]] = {
        "collect": lambda: dagapi.collect(now),
        "load": lambda: dagapi.load([], now),
        "feedback": dagapi.feedback,
        "closable": lambda: dagapi.closable(now),
        "watch_deadlines": lambda: dagapi.watch_deadlines(now),
        "deliver": lambda: dagapi.deliver(now),
        "waiting": lambda: dagapi.waiting(now),
        "unsigned": lambda: dagapi.unsigned(now),
        "saima status": lambda: status_document(context, JUNE, NOW),
        "saima status of the oldest June": lambda: status_document(context, Period(oldest, 6), NOW),
        "saima late": lambda: late_document(context, JUNE, NOW),
        "saima report": lambda: report(context, JUNE, NOW),
        "saima diff": lambda: edition_difference(context, edition, None),
        "saima access": lambda: accesses(context, str(JUNE)),
        "saima calendar": lambda: release_calendar(context, NOW),
        "saima alerts ladder": lambda: escalation_document(context, JUNE, NOW),
        "saima alerts calls": lambda: calls_document(context, JUNE, NOW),
    }
    for name in BUILDERS:
        asked[f"saima dispatch {name}"] = lambda name=name: dispatch_document(context, name, JUNE, NOW)
    asked["saima dispatch decisions"] = lambda: decisions_document(context, NOW, values["project"])
    asked["saima dispatch decide"] = lambda: record_decision(context, request, NOW)
    asked["saima dispatch decide --file"] = lambda: record_file(context, register, NOW)
    asked["showcases"] = lambda: refresh_showcases(context, NOW)
    for path, (role, address) in pages(values).items():
        asked[path] = lambda role=role, address=address: office.get(role, address)
    return asked


@pytest.fixture(scope="module")
def measured(own_jiaxing: Jiaxing) -> Iterator[dict[int, dict[str, Counter[str]]]]:
    """Years of the home → question → what SQLite did for it."""
    home = own_jiaxing.context.settings.home
    values = something_of_everything(own_jiaxing.context)
    own_jiaxing.context.warehouse.close()
    counting, found = Counting(), {}
    try:
        with pytest.MonkeyPatch.context() as patch:
            before = 0
            for years in (YOUNG, OLD):
                age(home / "warehouse.db", before + 1, years)
                before = years
                context = Context(own_jiaxing.context.settings, with_calendar(own_jiaxing.context.programme, years))
                patch.setattr(dagapi, "_open", lambda context=context: context)
                office = Office(context)
                asked = questions(context, office, values)
                for question in asked.values():  # what is read once a process, and noted once a day
                    question()
                found[years] = {name: counting.of(question) for name, question in asked.items()}
                context.warehouse.close()
    finally:
        counting.stop()
    yield found


def something_of_everything(context: Context) -> dict[str, str]:
    """A file that cannot be read, an upload, a version sent back; what the pages are asked about."""
    unit = context.programme.roster.get(UNIT)
    assert unit is not None
    uploaded = receive_upload(context, unit, [UploadedFile("x.csv", 3, io.BytesIO(b"a,b"))], NOW)
    rows = context.warehouse.submissions(str(JUNE), form="unit_month")
    version = next(r for r in rows if r.unit_code == UNIT and r.latest)
    return {
        **{"upload_id": uploaded.upload_id, "form": "unit_month", "period": str(JUNE), "edition": f"{JUNE}-e1"},
        **{"submission_id": version.submission_id, "name": "ranking.csv", "project": project_with_history(context)},
    }


def project_with_history(context: Context) -> str:
    """A project that people have decided on, beside others."""
    codes = [code for code, _ in DispatchView(context, JUNE, NOW).library_codes()][:60]
    assert len(codes) == 60
    day, until = NOW.date(), NOW.date() + timedelta(days=60)
    granted = {"factor": "land", "period": str(JUNE), "amount": "1"}
    decided = [
        one
        for code in codes
        for one in (
            DispatchDecision(
                "exemption", code, "经信局", NOW, day, until, document="纪要", detail={"cause": "force_majeure"}
            ),
            DispatchDecision("factor_accepted", code, "资规局", NOW, day, document="批复", detail=granted),
        )
    ]
    context.warehouse.decisions.record(lambda known: decided)
    return codes[0]


def test_no_question_costs_more_in_the_twelfth_year(measured: dict[int, dict[str, Counter[str]]]) -> None:
    young, old = measured[YOUNG], measured[OLD]
    assert sum(1 for steps in young.values() if sum(steps.values()) > 5) > 25, "hardly anything was counted"
    grown = {}
    for name, steps in old.items():
        before, after = sum(young[name].values()), sum(steps.values())
        spare = ROW_A_MONTH[name] * 12 * (OLD - YOUNG) if name in ROW_A_MONTH else SPARE
        if after > before * 1.3 + spare:
            worst = sorted(steps, key=lambda s: young[name][s] - steps[s])[:3]
            grown[name] = (before, after, [(young[name][s], steps[s], " ".join(s.split())[:700]) for s in worst])
    assert grown == {}, json.dumps(grown, indent=1, ensure_ascii=False)
