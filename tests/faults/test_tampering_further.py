"""Further tamperings of somebody with the files and the database of a home: what people may do, what was sent, what figures rest on beside
the rows themselves. Each is found by `saima audit` and named. Several that do not touch each other are done to one home."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.flow.runtime.context import open_context
from pipelines.settings import REPOSITORY, Settings
from pipelines.warehouse.lake.avro_container import rewrite_records

from .books import NOW, PERIOD, failing, forge_chain, opened, send, tamper

LATER = "'2022-03-06T00:00:00.000000+00:00'"
FORGER = (
    "INSERT INTO account (username, name, role, domain, password_hash, must_change, epoch, failures, locked, created_at) "
    "SELECT 'forger', name, 'bureau', domain, password_hash, must_change, epoch, failures, locked, created_at FROM account"
)

Tampering = tuple[str, str, str]
"""(statement, check that finds it, what its detail names)."""
AT_ONCE: dict[str, tuple[Tampering, ...]] = {
    "what people may do, and what was delivered": (
        ("UPDATE account SET role = 'bureau', unit_code = NULL", "recorded-accounts", "account:clerk: 被改动"),
        (FORGER, "recorded-accounts", "account:forger: 审计日志中没有"),
        ("UPDATE sign_off SET name = '李'", "editions", "2022-02-e1: sign"),
        ("UPDATE data_delivery SET row_counts = '{}'", "recorded-deliveries", "2022-02"),
        ("UPDATE delivery SET detail = '250 read' WHERE phase = 'ended'", "recorded-attempts", ":1:ended: 被改动"),
        ("UPDATE outbox SET closed_at = " + LATER + " WHERE state = 'delivered'", "outbox-states", "another moment"),
        ("UPDATE dispatch_decision SET valid_from = '2022-01-01'", "dispatch-decisions", "d"),
        ('UPDATE dispatch_table_row SET content = \'{"project": "P2"}\'', "dispatch-tables", "2022-02"),
        ("UPDATE edition SET method = 'growth_rank'", "editions", "2022-02-e1: method growth_rank"),
        ("UPDATE edition SET published_path = '/tmp/forged/index.html'", "edition-files", "/tmp/forged/index.html"),
        ("UPDATE submission SET measure = 'yi_yuan'", "verdicts_replayed", "结论不同"),
        ("UPDATE period_inputs SET inputs_hash = 'x'", "period-inputs", "2022-02"),
    ),
    "what figures rest on": (
        (
            "UPDATE current_unit_month SET ytd = (SELECT sum(ytd) FROM current_unit_month) - ytd",
            "current-facts-unit_month",
            " (2)",
        ),
        ("UPDATE load SET committed_at = " + LATER, "logged-loads", "l000001"),
        ("UPDATE receipt SET seen_at = " + LATER + " WHERE name LIKE '%482%'", "receipt-journal", "330482-1.csv"),
        ("UPDATE receipt SET findings = '[]', detail = 'x'", "recorded-receipts", "被改动"),
        ("UPDATE verdict SET rules_version = 'older'", "recorded-verdicts", "被改动"),
        ("UPDATE submission SET revision = 1", "timeline", "s"),
    ),
    "what is taken out": (
        ("DELETE FROM account", "recorded-accounts", "account:clerk: 被删除"),
        ("DELETE FROM data_delivery", "deliveries", "2022-02"),
        ("DELETE FROM delivery", "recorded-attempts", "被删除"),
        ("DELETE FROM outbox", "outbox-texts", "被改动"),
        ("DELETE FROM dispatch_table_row", "dispatch-tables", "2022-02"),
        ("DELETE FROM dispatch_decision", "dispatch-decisions", "d"),
        ("DELETE FROM period_inputs", "period-inputs", "2022-02"),
    ),
    "the reading of what was sent": (
        ('UPDATE receipt SET manifest = \'{"unit": "330483"}\'', "receipt-journal", "与登记不同"),
        ("UPDATE account SET password_hash = 'x'", "recorded-accounts", "clerk"),
        ("UPDATE edition SET path = '/tmp/forged/index.html'", "edition-files", "/tmp/forged/index.html"),
        ("UPDATE data_delivery SET period = '2022-01'", "recorded-deliveries", "2022-02"),
        ("UPDATE delivery SET at = " + LATER, "recorded-attempts", "started"),
        ("UPDATE dispatch_decision SET recorded_at = " + LATER, "dispatch-decisions", "d"),
    ),
}


@pytest.mark.parametrize("kind", AT_ONCE)
def test_a_changed_row_is_named(home, kind):
    for statement, _, _ in AT_ONCE[kind]:
        tamper(home, statement)
    failed = failing(home)
    unseen = [one for one in AT_ONCE[kind] if one[1] not in failed or one[2] not in failed[one[1]]]
    assert unseen == [], failed


def test_a_file_that_was_refused_and_has_a_version_all_the_same_is_named(home):
    tamper(home, "UPDATE receipt SET state = 'unassigned' WHERE name LIKE '%482%'")
    with closing(sqlite3.connect(home / "warehouse.db")) as connection:
        (receipt,) = connection.execute("SELECT receipt_id FROM receipt WHERE state = 'unassigned'").fetchone()
    assert receipt in failing(home)["receipts"]


def test_a_changed_target_of_the_programme_is_named(home, tmp_path):
    """Figures of a month rest on the programme's files; what was meant is taken up, and the log says since when."""
    folder = tmp_path / "jiaxing"
    shutil.copytree(REPOSITORY / "pipelines" / "programmes" / "jiaxing", folder)
    record = home / "home.json"
    record.write_text(json.dumps({**json.loads(record.read_text("utf-8")), "path": str(folder)}), "utf-8")
    assert failing(home, programme=str(folder)) == {}
    targets, codes = folder / "targets.csv", folder / "unit_members.csv"
    for file in (targets, codes):
        file.write_text(file.read_text("utf-8").rstrip("\n") + "\n\n", "utf-8")
    failed = failing(home, programme=str(folder))
    assert set(failed) == {"programme-files"}
    assert "targets.csv, unit_members.csv" in failed["programme-files"]
    context = open_context(Settings(home=home), str(folder))
    process(context, NOW + timedelta(hours=6))
    changes = [e.detail["changed"] for e in context.warehouse.audit_entries(action="programme")]
    context.warehouse.close()
    assert changes == [[], ["targets.csv", "unit_members.csv"]]
    assert failing(home, programme=str(folder)) == {}


def test_an_altered_view_is_named_and_put_back(home):
    with closing(sqlite3.connect(home / "warehouse.db")) as connection, connection:
        (text,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'bureau_rankings'").fetchone()
        connection.execute("DROP VIEW bureau_rankings")
        connection.execute(f"{text} LIMIT 1")
        connection.execute("DROP VIEW bureau_dictionary")
    failed = failing(home)
    assert set(failed) == {"views"}
    assert "bureau_dictionary: 被改动" in failed["views"] and "bureau_rankings" in failed["views"]
    assert failing(home) == {}


def test_an_older_catalog_is_found(home, tmp_path):
    """The lake as it was before the last load, beside a ledger that knows of it."""
    shutil.copy(home / "catalog.db", tmp_path / "older.db")
    context = opened(home)
    send(context, 8, "330483", "700")
    collect(context, NOW + timedelta(hours=4))
    process(context, NOW + timedelta(hours=4))
    context.warehouse.close()
    assert failing(home) == {}
    shutil.copy(tmp_path / "older.db", home / "catalog.db")
    failed = failing(home)
    assert "lake-rows" in failed
    assert "older backup" in failed["lake-rows"]


def test_a_picture_of_an_edition_that_was_exchanged_is_named(home):
    folder = home / "editions" / PERIOD / f"{PERIOD}-e1" / "published"
    (folder / "card.png").write_bytes(b"\x89PNG forged")
    assert "card.png" in failing(home)["edition-files"]


@pytest.mark.parametrize("version", ["which hashed messages alone", "which hashed nothing that was sent"])
def test_attempts_that_an_older_version_made_are_no_false_books(home, version):
    """A home of November: its log has no word of attempts, or of messages either."""

    def as_then(entry: dict) -> None:
        if entry["action"] == "outbox-add":
            entry["detail"].pop("attempts")
            if version == "which hashed nothing that was sent":
                entry["action"] = "note"
        if entry["action"] == "alert-sent":
            entry["detail"] = {}

    forge_chain(home, as_then)
    assert set(failing(home)) == {"anchors"}, "the chain was written anew, and nothing else is amiss"


def forged(home: Path, table: str, column: str, value: object) -> int:
    """Every data file of a lake table written again in its place, valid, with another value in one column; how many were changed."""
    changed = 0
    for file in sorted((home / "lake" / "saima" / table / "data").rglob("*.parquet")):
        rows = pq.ParquetFile(file).read()
        place = rows.schema.get_field_index(column)
        kind = rows.schema.field(place)
        rows = rows.set_column(place, kind, pa.array([value] * rows.num_rows, kind.type))
        pq.write_table(rows, file)
        changed += rows.num_rows
    return changed


FORGERIES = (
    ("fact_unit_month", "ytd", Decimal("7.0000"), ("current-facts-unit_month", "verdicts_replayed")),
    ("raw_rows", "cells", '["7"]', ("verdicts_replayed",)),
    ("ranking_history", "rank", 7, ("lake-ranking-history",)),
)


@pytest.mark.parametrize(("table", "column", "value", "found_by"), FORGERIES, ids=[one[0] for one in FORGERIES])
def test_a_valid_data_file_of_the_lake_with_other_values_is_named(home, table, column, value, found_by):
    assert forged(home, table, column, value), "nothing was changed"
    assert set(found_by) <= set(failing(home))


def claimed(home: Path, table: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Every manifest of a lake table written again, valid, with another claim about its data files."""

    def changed(record: dict[str, Any]) -> dict[str, Any]:
        change(record["data_file"])
        return record

    for file in (home / "lake" / "saima" / table / "metadata").glob("*-m*.avro"):
        file.write_bytes(rewrite_records(file.read_bytes(), changed))


def narrowed(of: dict[str, Any]) -> None:
    branch, bounds = of["upper_bounds"]
    of["upper_bounds"] = (branch, [{**one, "value": b"0"} if one["value"][:4] == b"2022" else one for one in bounds])


def counted(of: dict[str, Any]) -> None:
    of["record_count"] += 1


@pytest.mark.parametrize(("change", "named"), [(narrowed, "upper_bounds"), (counted, "rows or size")])
def test_a_manifest_that_says_of_a_file_what_is_not_so_is_named(home, change, named):
    """By a narrowed bound readers pass over rows that lie there untouched."""
    claimed(home, "raw_rows", change)
    assert named in failing(home)["lake-manifests"]
