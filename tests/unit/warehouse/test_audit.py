"""The audit finds what somebody did to the books behind the warehouse's back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipelines.model.findings import Finding
from pipelines.model.loading import DraftEdition, MonthClose
from pipelines.model.notifications import DeliveryResult, Ending
from pipelines.model.tables import FORM_FIELDS
from pipelines.warehouse.audit.check_outcome import NOTHING
from pipelines.warehouse.db.schema import COMMITTED_SNAPSHOT
from pipelines.warehouse.lake.lake import Slice
from pipelines.warehouse.lake.snapshot_commit import read_committed_snapshots
from pipelines.warehouse.staging.stage_writer import stage


@pytest.fixture
def month(house, put, cases):
    one = cases.judged(cases.receipt("a", 1), word="accepted_with_queries")
    put(house, [one])
    put(house, [cases.judged(cases.receipt("b", 2, "b"), form="project_month", amounts=("1", "2"), held=(5,))])
    house.alerts.post([cases.notice("a"), cases.notice("b")])
    for row in house.alerts.lease(cases.at(1), timedelta(minutes=5), "here:1:x", 1, ()):
        number = house.alerts.start([row.notice.message_id], "here:1:x", cases.at(1), timedelta(minutes=5))
        ending = Ending(row.notice.message_id, number[row.notice.message_id], DeliveryResult(True), cases.at(1))
        house.alerts.end([ending])
    house.alerts.beat("deliver", cases.at(1))
    asked = Finding("F10", 3, "query", "增速异常", "unusual growth")
    house.closings.close(MonthClose("2022-06", "in1", cases.at(20), "冻结", ("330482",)), [("330481", asked)])
    house.editions.save_draft(draft(cases))
    house.editions.sign("2022-06-e1", "statistics", "王", "c1", "approved", cases.at(91))
    return one


def draft(cases):
    unit = {"unit": "330481", "name": "海宁市", "rank": 1, "score": "88.1000", "ytd": "100.0001", "base": "90"}
    document = {"period": "2022-06", "units": [unit]}
    return DraftEdition("2022-06-e1", "2022-06", "in1", "c1", "SAIMA-1", document, "out/x", cases.at(90))


def failures(house, cases):
    return {c.id for c in house.checks(None, cases.at(10_000)) if c.failed}


def test_untouched_books_are_in_order_and_every_check_looked(house, month, cases):
    checks = {c.id: c for c in house.checks(lambda digest: True, cases.at(10_000))}
    assert [c.id for c in checks.values() if c.failed] == []
    idle = {c.id for c in checks.values() if c.looked_at == 0}
    unsent = set(FORM_FIELDS) - {"unit_month", "project_month"}
    recorded = {f"recorded-{kind}s" for kind in ("waiver", "explanation", "return", "hold", "call", "deadline")}
    idle_too = {
        "resends",
        "dispatch-decisions",
        "dispatch-tables",
        "deliveries",
        "recorded-deliveries",
        "recorded-accounts",
        "stages",
    }
    assert idle == {*(f"current-facts-{form}" for form in unsent), *recorded, *idle_too}
    assert checks["recorded-returns"].detail == NOTHING
    assert checks["archive"].looked_at == 2
    assert checks["lake-accepted-rows"].looked_at == 2


def test_empty_warehouse_says_that_nothing_was_looked_at(house, cases):
    checks = house.checks(None, cases.at(1))
    assert {c.looked_at for c in checks if c.id not in ("database-integrity", "database-schema", "views")} == {0}
    assert not any(c.failed for c in checks)


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE verdict SET received = received + 1, not_data = not_data + 1", "lake-raw-rows"),
        ("UPDATE verdict SET accepted = accepted - 1, not_data = not_data + 1", "lake-accepted-rows"),
        ("UPDATE verdict SET findings = findings + 1", "lake-findings"),
        ("UPDATE verdict SET word = 'rejected'", "current-pointer"),
        ("UPDATE submission SET state = 'superseded'", "timeline"),
        ("DELETE FROM current_submission", "lake-current-submissions"),
        ("UPDATE current_unit_month SET ytd = ytd + 1", "current-facts-unit_month"),
        ("DELETE FROM current_project_month", "current-facts-project_month"),
        ("UPDATE outbox SET key = 'other' WHERE state = 'delivered'", "outbox-states"),
        ("UPDATE outbox SET state = 'delivered', closed_at = created_at WHERE state = 'pending'", "outbox-states"),
        ("UPDATE outbox SET state = 'withdrawn' WHERE state = 'delivered'", "outbox-states"),
        ("UPDATE outbox SET state = 'lost' WHERE state = 'pending'", "outbox-states"),
        (
            "UPDATE outbox SET state = 'pending', closed_at = NULL WHERE ordinal = "
            "(SELECT MIN(ordinal) FROM outbox WHERE state = 'delivered')",
            "outbox-states",
        ),
        ("UPDATE receipt SET arrived_at = '2022-07-11T01:00:00.000000+00:00'", "receipts"),
        ("UPDATE receipt SET submissions = '[\"gone\"]'", "receipts"),
        ("UPDATE month_close SET missing = '[]'", "closings"),
        ("DELETE FROM period_finding", "closings"),
        ("DELETE FROM month_close", "closings"),
        ("UPDATE edition_unit SET score = '99.99'", "editions"),
        ("UPDATE edition SET content_hash = 'other'", "editions"),
        ("UPDATE edition SET published_at = '2022-07-11T01:00:00.000000+00:00'", "editions"),
        ("UPDATE sign_off SET name = '李'", "editions"),
        ("DELETE FROM sign_off", "editions"),
    ],
)
def test_tampering_with_a_table_is_found(house, month, cases, statement, check):
    with house.database.write() as connection:
        connection.execute(sa.text(statement))
    assert check in failures(house, cases)


def test_rows_taken_out_of_the_lake_are_found(house, month, cases):
    with house.database.read() as connection:
        committed_snapshots = read_committed_snapshots(connection)
    taken = Slice(frozenset({"2022-06"}), "submission_id", frozenset({month.submission_id}))
    snapshot = house.lake.replace("raw_rows", committed_snapshots, [taken], house.lake.read("raw_rows", {}), {})
    assert failures(house, cases) == {"lake-heads"}
    with house.database.write() as connection:
        connection.execute(
            COMMITTED_SNAPSHOT.update()
            .where(COMMITTED_SNAPSHOT.c.table_name == "raw_rows")
            .values(snapshot_id=snapshot)
        )
    assert failures(house, cases) == {"lake-raw-rows"}


def test_damaged_archive_is_found(house, month, cases):
    checks = {c.id: c for c in house.checks(lambda digest: digest != month.receipt.sha256, cases.at(1))}
    assert (checks["archive"].failed, checks["archive"].detail) == (1, month.receipt.sha256)


def test_broken_stage_is_found_and_a_waiting_one_is_not_a_fault(house, month, cases, tmp_path):
    folder = stage(tmp_path / "home" / "stage", "waiting", [month], [])
    assert failures(house, cases) == set()
    (folder / "stage.json").write_text("{")
    assert failures(house, cases) == {"stages"}
