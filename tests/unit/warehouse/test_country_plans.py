"""At the size of the country (2,850 units × 12 months) what pages, `saima status`, `saima late` and the watch ask is found by indexes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from pipelines.warehouse.db.database import insert_rows
from pipelines.warehouse.db.schema import HISTORY_SNAPSHOT, LOAD, METADATA

pytestmark = pytest.mark.slow
UNITS, MONTHS, FORM = 2_850, 12, "unit_month"
NEWEST = "2022-12"
LARGE = ("receipt", "submission", "verdict", "current_submission", "rule_run", "outbox", "alert_hold", "deadline")
"""Filled here, with the tables that grow with them."""


def fill(connection: sa.Connection) -> None:
    """Rows as the ledger stores them, written past it; one unit in fifty is said something each month, one in a hundred sent back."""
    at = [f"2022-{month:02d}-10T00:00:00.000000+00:00" for month in range(1, MONTHS + 1)]
    rows: dict[str, list[dict[str, Any]]] = {}

    def add(table: str, **values: Any) -> None:
        rows.setdefault(table, []).append(values)

    for month in range(MONTHS):
        period = f"2022-{month + 1:02d}"
        dates = {"county_due": at[month], "city_audit_due": None, "freeze": None, "noted_at": at[month]}
        add("deadline", form=FORM, period=period, ordinal=1, **dates)
        for number in range(UNITS):
            unit = f"{100000 + number}"
            i, number_of_all = f"{unit}{period}", month * UNITS + number + 1
            scope = {"unit_code": unit, "period": period, "form": FORM}
            add(
                "receipt",
                **{
                    "receipt_id": i,
                    "sha256": i,
                    "source": "inbox",
                    "name": f"{unit}/{i}.xlsx",
                    "size": 1,
                    "detail": "",
                },
                **{"arrived_at": at[month], "seen_at": at[month], "manifest": "{}", "state": "processed"},
                **{"findings": "[]", "submissions": f'["{i}"]', "load_id": "l1", "attempts": 0},
            )
            counts = dict.fromkeys(("quarantined", "not_data", "errors", "queries", "open_queries", "findings"), 0)
            add(
                "verdict",
                **{"verdict_id": i, "submission_id": i, "rules_version": "r", "programme_version": "p"},
                **{"history_id": "h", "word": "accepted", "received": 1, "accepted": 1, **counts},
                **{"passes_a_rules": True, "judged_at": at[month], "load_id": "l1"},
            )
            add("rule_run", verdict_id=i, rule="A01", status="passed", rows=1, failed=0, reason="")
            add(
                "submission",
                **{"submission_id": i, "receipt_id": i, **scope, "version": 1, "measure": "wan_yuan", "load_id": "l1"},
                **{"state": "accepted", "revision": False, "verdict_id": i},
            )
            add("current_submission", **scope, submission_id=i, version=1, verdict_id=i, arrived_at=at[month])
            if number % 50 == 0:
                texts = dict.fromkeys(("role", "opening", "link", "subject", "body", "closed_reason", "digest_id"), "")
                add(
                    "outbox",
                    **{"message_id": i, "ordinal": number_of_all, "key": i, "kind": "reminder", "channel": "outbox"},
                    **{"address": unit, "audience": "county", "rung": "T-1", "facts": "{}", "priority": 5, **scope},
                    **{"created_at": at[month], "not_before": at[month], "state": "delivered", "attempts": 1, **texts},
                    **{"next_at": at[month], "lease_until": None, "leased_by": None, "closed_at": at[month]},
                )
                held = {"kind": "ack", "rung": "T-1", "reason": "", "until": None, "held_by": "w", "held_at": at[month]}
                add("alert_hold", hold_id=number_of_all, **scope, **held)
            if number % 100 == 0:
                back = {"reason": "", "deadline": None, "returned_by": "w", "returned_at": at[month]}
                add("submission_return", submission_id=i, **back, withdrawn=False)
    for name, found in rows.items():
        insert_rows(connection, METADATA.tables[name], tuple(found[0]), [tuple(row.values()) for row in found])


def questions(house, cases) -> None:
    """What pages and commands ask about one month, one unit, one file."""
    now, unit = cases.at(24 * 200), "100007"
    one = f"{unit}{NEWEST}"
    assert len(house.submissions(NEWEST, as_of=now)) == UNITS  # saima status, saima late
    assert len(house.rulings.returns(now, NEWEST)) == UNITS // 100 + 1
    house.receipts(("unreadable", "unassigned"), as_of=now, since=cases.at(24 * 190))
    house.arrived_between(now, now, "")
    house.pending_receipts()
    house.histories(FORM, NEWEST, [unit])
    house.inputs_hash(NEWEST)
    house.known_entries("inbox", [f"{unit}/{one}.xlsx"])
    book = house.alerts  # the watch, the list of calls
    assert len(book.deadlines((NEWEST,))) == 1 and len(book.holds(now, (NEWEST,))) == UNITS // 50
    assert len(book.rows(periods=(NEWEST,), kinds=("reminder",), as_of=now)) == UNITS // 50
    book.keys((NEWEST,), ("reminder",))
    book.rows(states=("pending", "collected"), kinds=("reminder",), as_of=now)
    book.calls(now, (NEWEST,))
    book.attempts([one])
    book.lease(now, timedelta(minutes=10), "host:1:me", 10, ())
    book.release("host:1:me")
    follow = house.follow_ups  # the pages of a unit and of a file
    assert follow.version(one) is not None
    assert len(follow.versions_of_units([unit], "2022-07")) == 6
    follow.versions_of_receipts([one])
    follow.newest_of_names([f"{unit}/{one}.xlsx"])
    house.rule_runs([one])
    house.receipts_by_id([one])
    house.rulings.explanations(NEWEST)
    house.closings.all(NEWEST)
    house.editions.all(NEWEST)
    house.deliveries.of_period(NEWEST)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def read_whole(connection: sa.Connection, statement: str, parameters: Any) -> set[str]:
    """Large tables that the database reads from end to end for this statement, were it or its index."""
    if connection.dialect.name == "sqlite":
        plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        return {step.split()[1] for step in plan if step.startswith("SCAN")} & {*LARGE}
    # a twelfth of a table may well be joined by reading it: asked is whether an index answers, as it must in the tenth year
    for way in ("seqscan", "hashjoin", "mergejoin"):
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    said = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    plan = (said if isinstance(said, list) else json.loads(said))[0]["Plan"]
    by_index = ("Index Cond", "Recheck Cond", "TID Cond")
    return {
        node["Relation Name"]
        for node in nodes(plan)
        if node.get("Relation Name") in LARGE
        and node["Node Type"] != "ModifyTable"
        and not any(condition in node for condition in by_index)
    }


def test_no_question_of_a_page_or_command_reads_a_large_table_whole(database_house, cases):
    house = database_house
    with house.database.write() as connection:
        connection.execute(HISTORY_SNAPSHOT.insert().values(history_id="h", rulings=""))
        loaded = {"host": "x", "pid": 1, "planned_at": cases.at(0), "lease_until": cases.at(0), "freezes": []}
        connection.execute(LOAD.insert().values(load_id="l1", ordinal=1, state="committed", receipts=[], **loaded))
        fill(connection)
    if not house.database.sqlite:
        with house.database.write() as connection:
            connection.exec_driver_sql("ANALYZE")
    asked: dict[str, Any] = {}

    def remember(connection, cursor, statement, parameters, context, many) -> None:
        if statement.startswith(("SELECT", "UPDATE", "WITH")):
            asked.setdefault(statement, parameters)

    sa.event.listen(house.database.engine, "before_cursor_execute", remember)
    questions(house, cases)
    sa.event.remove(house.database.engine, "before_cursor_execute", remember)
    ours = {statement: values for statement, values in asked.items() if "FROM " in statement or "UPDATE" in statement}
    assert len(ours) > 25
    with house.database.write() as connection:
        whole = {
            (statement[:400], table) for statement, p in ours.items() for table in read_whole(connection, statement, p)
        }
        assert read_whole(connection, "SELECT count(*) FROM receipt WHERE detail = 'x'", ()) == {"receipt"}
    assert whole == set()
