"""What is asked every half hour costs the same in the third year of a home and in the tenth."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipelines.model.notifications import SeenDeadline
from pipelines.warehouse.db.schema import (
    ALERT_HOLD,
    CALL_LOG,
    CURRENT_SUBMISSION,
    DEADLINE,
    DELIVERY,
    HISTORY_SNAPSHOT,
    LOAD,
    METADATA,
    OUTBOX,
    RECEIPT,
    SUBMISSION,
    SUBMISSION_RETURN,
    VERDICT,
)
from pipelines.warehouse.notifications.notification_store import Decided

UNITS = [f"33{number:04d}" for number in range(60)]
GROWING = (
    "receipt",
    "submission",
    "verdict",
    "current_submission",
    "rule_run",
    "finding_summary",
    "resend",
    "audit_log",
    "deadline",
    "outbox",
    "delivery",
    "alert_hold",
    "call_log",
    "submission_return",
)
STEPS = 100


def deadline(period: str, at) -> SeenDeadline:
    return SeenDeadline("unit_month", period, 1, at, None, None, at)


def said(i: str, number: int, unit: str, period: str, at) -> dict[str, dict]:
    """What was said to a unit about a month, acknowledged, telephoned about and sent back, by table."""
    scope = {"unit_code": unit, "period": period, "form": "unit_month"}
    texts = dict.fromkeys(("role", "opening", "link", "subject", "body", "closed_reason", "digest_id"), "")
    message = {"message_id": i, "ordinal": number, "key": i, "kind": "reminder", "channel": "outbox", "address": unit}
    message |= {"audience": "county", "rung": "T-1", "facts": {}, "priority": 5, "created_at": at, "not_before": at}
    message |= {"state": "delivered", "attempts": 1, "next_at": at, "closed_at": at, **scope, **texts}
    attempt = {"message_id": i, "attempt": 1, "channel": "outbox", "at": at, "phase": "started", "detail": ""}
    held = {"kind": "ack", "rung": "T-1", "reason": "", "until": None, "held_by": "王", "held_at": at}
    called = {"called_at": at, "called_by": "王", "spoke_to": "", "answer": "", "logged_at": at}
    sent_back = {"submission_id": i, "reason": "", "deadline": None, "returned_by": "王", "returned_at": at}
    return {
        "outbox": message,
        "delivery": {**attempt, "accepted": None},
        "alert_hold": {"hold_id": number, **scope, **held},
        "call_log": {"call_id": number, **scope, **called},
        "submission_return": {**sent_back, "withdrawn": False},
    }


def fill(house, cases, years: int) -> None:
    """Months of one form, written straight into the ledger."""
    ledger = (RECEIPT, VERDICT, SUBMISSION, CURRENT_SUBMISSION, DEADLINE)
    spoken = (OUTBOX, DELIVERY, ALERT_HOLD, CALL_LOG, SUBMISSION_RETURN)
    rows: dict[str, list[dict]] = {t.name: [] for t in (*ledger, *spoken)}
    for month in range(12 * years):
        period = f"{2022 - month // 12:04d}-{12 - month % 12:02d}"
        arrived = cases.at(-24 * 30 * month)
        rows["deadline"].append(asdict(deadline(period, arrived)))
        for unit in UNITS:
            i = f"{unit}{period}"
            rows["receipt"].append(
                {
                    **{"receipt_id": i, "sha256": i, "source": "inbox", "name": f"{i}.xlsx", "arrived_at": arrived},
                    **{
                        "seen_at": arrived,
                        "size": 1,
                        "manifest": {},
                        "state": "processed",
                        "detail": "",
                        "findings": [],
                    },
                    **{"submissions": [i], "load_id": "l1", "attempts": 0},
                }
            )
            rows["verdict"].append(
                {
                    **{"verdict_id": i, "submission_id": i, "rules_version": "r1", "programme_version": "p1"},
                    **{"history_id": "h", "word": "accepted", "received": 1, "accepted": 1, "quarantined": 0},
                    **{"not_data": 0, "errors": 0, "queries": 0, "open_queries": 0, "findings": 0},
                    **{"passes_a_rules": True, "judged_at": arrived, "load_id": "l1"},
                }
            )
            same = {"unit_code": unit, "period": period, "form": "unit_month", "version": 1, "submission_id": i}
            rows["submission"].append(
                {
                    **{**same, "receipt_id": i, "measure": "wan_yuan", "state": "accepted", "revision": False},
                    **{"verdict_id": i, "load_id": "l1"},
                }
            )
            rows["current_submission"].append({**same, "verdict_id": i, "arrived_at": arrived})
            for table, row in said(i, len(rows["outbox"]) + 1, unit, period, arrived).items():
                rows[table].append(row)
    with house.database.write() as connection:
        connection.execute(HISTORY_SNAPSHOT.insert().values(history_id="h", rulings=""))
        loaded = {"host": "x", "pid": 1, "planned_at": cases.at(0), "lease_until": cases.at(0), "freezes": []}
        connection.execute(LOAD.insert().values(load_id="l1", ordinal=1, state="committed", receipts=[], **loaded))
        for name, values in rows.items():
            connection.execute(METADATA.tables[name].insert(), values)


def half_hour(house, cases) -> None:
    """The questions of collecting, processing, answering and watching when nothing new came."""
    house.known_entries("inbox", [f"{unit}2022-12.xlsx" for unit in UNITS])
    house.pending_receipts()
    house.receipts(("unreadable", "unassigned"), as_of=cases.at(10), since=cases.at(-24 * 40))
    assert len(house.submissions("2022-12")) == len(UNITS)
    house.latest("2022-12", as_of=cases.at(10))
    house.histories("unit_month", "2022-12", UNITS)
    house.inputs_hash("2022-12")
    house.arrived_between(cases.at(-48), cases.at(10), "")
    house.follow_ups.version(f"{UNITS[0]}2022-12")
    house.recover(cases.at(10))
    assert house.alerts.decide(Decided(deadlines=[deadline("2022-12", cases.at(0))]), cases.at(10)) == []
    house.follow_ups.feedback_due()
    watch(house, cases)


def watch(house, cases) -> None:
    """The questions of a look at the deadlines, of a sender with nothing to send, and of the monitor."""
    book, now, month = house.alerts, cases.at(10), ("2022-12",)
    assert house.follow_ups.loads_to_notify() == []
    assert len(book.deadlines(month)) == 1 and len(book.keys(month, ("reminder",))) == len(UNITS)
    assert len(book.holds(now, month)) == len(book.calls(now, month)) == len(UNITS)
    assert len(house.rulings.returns(now, "2022-12")) == len(UNITS)
    assert book.rows(states=("pending", "collected"), kinds=("reminder",), as_of=now) == []
    assert book.rows(states=("pending",), as_of=now) == book.rows(states=("dead",), as_of=now) == []
    assert book.lease(now, timedelta(minutes=10), "host:1:me", 10, ()) == []
    book.release("host:1:me")
    book.started_since("outbox", cases.at(9), now)
    book.heartbeats()
    house.closings.all("2022-12")
    house.follow_ups.waiting_drafts()
    house.follow_ups.revalidation_due()
    house.follow_ups.attempts()
    house.rulings.explanations("2022-12")


@pytest.fixture(scope="module")
def measured(tmp_path_factory, jiaxing_forms, case_module):
    """(virtual machine steps of SQLite, plans) of the half hour, by years in the home."""
    from pipelines.warehouse.opening import open_warehouse

    found = {}
    for years in (3, 10):
        home = tmp_path_factory.mktemp(f"years{years}")
        catalog, lake = f"sqlite:///{home / 'catalog.db'}?timeout=60", f"file://{home / 'lake'}"
        with open_warehouse(
            f"sqlite:///{home / 'warehouse.db'}",
            catalog,
            lake,
            home / "lock",
            home / "stage",
            "jiaxing",
            "p1",
            forms=jiaxing_forms,
        ) as house:
            fill(house, case_module, years)
            steps, statements = [0], []

            def count(counted=steps) -> int:
                counted[0] += 1
                return 0

            def remember(connection, cursor, statement, parameters, context, many, into=statements) -> None:
                into.append((statement, parameters))

            house.database.engine.dispose()
            sa.event.listen(
                house.database.engine, "connect", lambda raw, _, c=count: raw.set_progress_handler(c, STEPS)
            )
            sa.event.listen(house.database.engine, "before_cursor_execute", remember)
            half_hour(house, case_module)
            asked = list(statements)
            taken = steps[0]
            with house.database.read() as connection:
                plans = [
                    (statement, str(row[3]))
                    for statement, parameters in asked
                    if statement.startswith(("SELECT", "UPDATE"))
                    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                ]
            found[years] = (taken, plans)
    return found


def test_ten_years_cost_what_three_years_cost(measured):
    (young, _), (old, _) = measured[3], measured[10]  # three years are looked back on, whatever there is before
    assert young > 20, "nothing was counted"
    assert old < young * 1.3, f"{young * STEPS} steps in the third year, {old * STEPS} in the tenth"


def test_no_question_scans_a_table_that_grows(measured):
    _, plans = measured[10]
    assert len(plans) > 15
    scans = {
        (plan, statement[:300]) for statement, plan in plans if plan.startswith("SCAN") and plan.split()[1] in GROWING
    }
    assert scans == set()
