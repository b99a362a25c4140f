"""What is asked every half hour costs the same in the third year of a home and in the tenth."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import sqlalchemy as sa

from pipelines.model.notifications import SeenDeadline
from pipelines.warehouse.db.schema import (
    CURRENT_SUBMISSION,
    DEADLINE,
    HISTORY_SNAPSHOT,
    LOAD,
    METADATA,
    RECEIPT,
    SUBMISSION,
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
)
STEPS = 100


def deadline(period: str, at) -> SeenDeadline:
    return SeenDeadline("unit_month", period, 1, at, None, None, at)


def fill(house, cases, years: int) -> None:
    """Months of one form, written straight into the ledger."""
    rows: dict[str, list[dict]] = {t.name: [] for t in (RECEIPT, VERDICT, SUBMISSION, CURRENT_SUBMISSION, DEADLINE)}
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
    house.arrived_between(cases.at(-48), cases.at(10))
    house.follow_ups.version(f"{UNITS[0]}2022-12")
    house.recover(cases.at(10))
    assert house.alerts.decide(Decided(deadlines=[deadline("2022-12", cases.at(0))]), cases.at(10)) == []
    house.follow_ups.feedback_due()


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
                    if statement.startswith("SELECT")
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
