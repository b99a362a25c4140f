"""What somebody did to the books behind the program's back: each is found by `saima audit` and named, whatever rights he had.

One small home with everything in it that people decide; a copy for each tampering. Triggers that keep evidence are dropped first, as
whoever owns the database can.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipelines.errors import Terminal
from pipelines.flow.exchange.collect import collect
from pipelines.flow.upkeep.audit import audit
from pipelines.flow.upkeep.audit_anchors import check_anchors, export_anchor
from pipelines.flow.upkeep.rebuild import rebuild
from pipelines.model.dispatch_decisions import DispatchDecision

from .books import NOW, PERIOD, failing, forge_chain, opened, send, tamper


def test_untouched_books_agree_and_every_check_says_what_it_looked_at(home):
    context = opened(home)
    document = audit(context, NOW + timedelta(hours=5))
    context.warehouse.close()
    assert [c for c in document["checks"] if c["failed"]] == []
    looked_at = {c["id"]: c["looked_at"] for c in document["checks"]}
    recorded = [f"recorded-{kind}s" for kind in ("waiver", "explanation", "return", "hold", "call", "deadline")]
    for check in (
        *recorded,
        "outbox-texts",
        "logged-loads",
        "deliveries",
        "histories",
        "anchors",
        "database-integrity",
    ):
        assert looked_at[check] > 0, check


LATER = "'2022-03-06T00:00:00.000000+00:00'"


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE waiver SET reason = '另一批文'", "recorded-waivers"),
        ("UPDATE waiver SET second_by = '丙'", "recorded-waivers"),
        ("DELETE FROM waiver", "recorded-waivers"),
        (
            "INSERT INTO waiver SELECT 'wforged', "
            + "unit_code, form, rule, row_key, field, value, period, until, reason, "
            "submission_id, first_by, first_at, second_by, second_at FROM waiver",
            "recorded-waivers",
        ),
        ("UPDATE explanation SET text = '另一说法'", "recorded-explanations"),
        ("UPDATE explanation SET state = 'returned'", "recorded-explanations"),
        ("UPDATE submission_return SET reason = 'x'", "recorded-returns"),
        ("UPDATE submission_return SET deadline = NULL", "recorded-returns"),
        (
            "INSERT INTO explanation SELECT 'xforged', unit_code, form, rule, row_key, field, value, period, until, reason, "
            "submission_id, text, origin, given_by, given_at, state, decided_by, decided_at, remark FROM explanation",
            "recorded-explanations",
        ),
        (
            "INSERT INTO alert_hold SELECT hold_id + 1, kind, '330482', period, form, rung, reason, until, held_by, held_at "
            "FROM alert_hold",
            "recorded-holds",
        ),
        (
            "INSERT INTO call_log SELECT call_id + 1, unit_code, period, form, called_at, called_by, '丙', answer, logged_at "
            "FROM call_log",
            "recorded-calls",
        ),
        (
            f"INSERT INTO deadline SELECT form, period, ordinal + 1, {LATER}, city_audit_due, freeze, noted_at FROM deadline",
            "recorded-deadlines",
        ),
        ("UPDATE alert_hold SET until = " + LATER, "recorded-holds"),
        ("UPDATE call_log SET answer = '无人接听'", "recorded-calls"),
        ("UPDATE deadline SET county_due = " + LATER, "recorded-deadlines"),
        ("UPDATE outbox SET body = '已催报三次'", "outbox-texts"),
        ("DELETE FROM outbox WHERE ordinal = 2", "outbox-texts"),
        ("UPDATE sign_off SET demonstration = 0", "editions"),
        ("UPDATE sign_off SET at = " + LATER, "editions"),
        ("UPDATE sign_off SET decision = 'refused'", "editions"),
        ("UPDATE edition SET published_at = " + LATER, "editions"),
        ("UPDATE edition SET state = 'draft', published_at = NULL", "editions"),
        ("UPDATE edition SET state = 'draft'", "editions"),
        ("UPDATE month_close SET closed_at = " + LATER, "closings"),
        ("UPDATE month_close SET rule_runs = '[]'", "closings"),
        ("UPDATE period_finding SET message_zh = '无'", "closings"),
        (
            "UPDATE rule_run SET status = 'evaluated', failed = 0, rows = 9 WHERE rule IN (SELECT MIN(rule) FROM rule_run)",
            "verdicts_replayed",
        ),
        ("DELETE FROM rule_run", "verdicts_replayed"),
        ("UPDATE verdict SET queries = queries + 1", "verdicts_replayed"),
        ("UPDATE current_unit_month SET ytd = ytd + 1", "current-facts-unit_month"),
        ("UPDATE current_submission SET arrived_at = '2022-03-01T00:00:00.000000+00:00'", "current-pointer"),
        ("UPDATE receipt SET arrived_at = '2022-03-01T00:00:00.000000+00:00'", "receipts"),
        ("UPDATE history_snapshot SET previous = 'x'", "histories"),
        ("UPDATE data_delivery SET destination = 'elsewhere'", "deliveries"),
        ("DELETE FROM audit_log WHERE seq = (SELECT MAX(seq) FROM audit_log)", "deliveries"),
        ("DELETE FROM audit_log WHERE seq > (SELECT MIN(seq) FROM audit_log WHERE action = 'load')", "logged-loads"),
        ("UPDATE audit_log SET actor = '他人' WHERE seq = 2", "audit-chain"),
    ],
)
def test_a_forged_row_is_named(home, statement, check):
    tamper(home, statement)
    failed = failing(home)
    assert check in failed, failed
    assert failed[check]


def test_an_insider_who_rewrites_rows_and_chain_is_found_by_the_printed_and_the_exported_anchor(home, tmp_path):
    context = opened(home)
    anchor = tmp_path / "anchors.jsonl"
    export_anchor(context, anchor, NOW)
    assert check_anchors(context, [anchor]).failed == 0
    context.warehouse.close()

    def sign_by_another(entry: dict) -> None:
        if entry["action"] == "sign":
            entry["actor"] = "李"

    tamper(home, "UPDATE sign_off SET name = '李'")
    forge_chain(home, sign_by_another)
    failed = failing(home)
    assert set(failed) == {"anchors"} and "2022-02-e1" in failed["anchors"], failed
    shutil.rmtree(home / "editions" / PERIOD / "2022-02-e1" / "published")
    assert "anchors.jsonl" in failing(home, (anchor,))["anchors"]


def test_files_that_are_gone_or_changed_fail_one_check_and_the_others_run(home):
    whole = opened(home)
    ids = {c["id"] for c in audit(whole, NOW + timedelta(hours=5))["checks"]}
    whole.warehouse.close()
    raw = sorted(p for p in (home / "raw").rglob("*") if p.is_file() and len(p.name) == 64)
    content = bytearray(raw[0].read_bytes())
    content[-3] ^= 1
    raw[0].chmod(0o600)
    raw[0].write_bytes(bytes(content))
    raw[1].unlink()
    data = sorted((home / "lake" / "saima" / "findings" / "data").rglob("*.parquet"))
    facts = sorted((home / "lake" / "saima" / "raw_rows" / "data").rglob("*.parquet"))
    assert facts
    for file in [*data, *facts]:
        file.unlink()
    published = home / "editions" / PERIOD / "2022-02-e1" / "published" / "ranking.csv"
    published.write_text("y")
    context = opened(home)
    checks = audit(context, NOW + timedelta(hours=5))["checks"]
    context.warehouse.close()
    failed = {c["id"]: c for c in checks if c["failed"]}
    assert failed["archive"]["failed"] == 2
    assert "ranking.csv" in failed["edition-files"]["detail"]
    assert {"lake-rows", "archive", "edition-files"} <= set(failed)
    assert {"receipts", "audit-chain", "outbox-texts", "current-facts-unit_month"} <= {c["id"] for c in checks} - set(
        failed
    )
    assert len(checks) >= len(ids) - 2, "the others ran"


def test_a_flipped_bit_of_the_database_file_is_found(home):
    with closing(sqlite3.connect(home / "warehouse.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_receipt_source_arrived_at'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray((home / "warehouse.db").read_bytes())
    content[root * size - 5] ^= 8  # in the last cell of the index: the row came at another moment than the index says
    (home / "warehouse.db").write_bytes(bytes(content))
    assert "database-integrity" in failing(home)


def test_a_deleted_ledger_is_no_empty_one(home):
    for file in home.glob("warehouse.db*"):
        file.unlink()
    with pytest.raises(Terminal, match=r"warehouse\.db .* is gone"):
        failing(home)


def test_an_older_ledger_is_found_beside_its_archive(home, tmp_path):
    shutil.copy(home / "warehouse.db", tmp_path / "older.db")
    context = opened(home)
    send(context, 7, "330483", "500")
    collect(context, NOW + timedelta(hours=4))
    context.warehouse.close()
    for file in home.glob("warehouse.db-*"):
        file.unlink()
    shutil.copy(tmp_path / "older.db", home / "warehouse.db")
    assert "receipt-journal" in failing(home)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE waiver SET second_by = '丙'",
        "UPDATE outbox SET body = 'x'",
        "UPDATE sign_off SET demonstration = 0",
        "UPDATE month_close SET closed_at = " + LATER,
        "UPDATE data_delivery SET content_hash = 'x'",
    ],
)
def test_a_rebuild_launders_nothing(home, statement):
    tamper(home, statement)
    context = opened(home)
    with pytest.raises(Terminal, match="does not agree with its audit log"):
        rebuild(context, NOW + timedelta(hours=5))
    context.warehouse.close()


def test_looks_of_an_older_version_that_found_no_new_deadline_speak_for_none(home):
    """Those looks left entries without hashes; what they did not record is not excused by them."""

    def as_then(entry: dict) -> None:
        if entry["action"] == "alert" and not entry["detail"]["deadlines"]:
            del entry["detail"]["contents"]

    statement = f"INSERT INTO deadline SELECT form, period, 2, {LATER}, city_audit_due, freeze, noted_at FROM deadline"
    tamper(home, statement)
    forge_chain(home, as_then)
    assert "unit_month:2022-02:2" in failing(home)["recorded-deadlines"]


def test_every_log_that_rebuilds_ended_is_followed(home):
    """The edition's anchor lies two logs back; a decision of the dispatch loop is taken along each time."""
    heads = []
    for hours in (5, 6, 7):
        context = opened(home)
        decided = DispatchDecision("exemption", f"P{hours}", "经信局", NOW + timedelta(hours=hours), NOW.date())
        context.warehouse.decisions.record(lambda known, one=decided: [one])
        heads.append(context.warehouse.audit_entries(limit=1)[-1].hash)
        rebuild(context, NOW + timedelta(hours=hours))
        context.warehouse.close()
        assert failing(home) == {}
    kept = [home / "audit_log" / f"{head[:24]}.jsonl" for head in heads]
    assert all(file.exists() for file in kept)
    context = opened(home)
    decisions = context.warehouse.decisions.all()
    assert [one.subject for one in decisions] == ["P1", "P5", "P6", "P7"]
    context.warehouse.close()
    tamper(home, "UPDATE dispatch_decision SET reason = '改' WHERE subject = 'P5'")
    assert decisions[1].decision_id in failing(home)["dispatch-decisions"]
    tamper(home, "UPDATE dispatch_decision SET reason = '' WHERE subject = 'P5'")
    assert failing(home) == {}
    tamper(home, "DELETE FROM dispatch_decision WHERE subject = 'P5'")
    assert "3 ≠ 4" in failing(home)["dispatch-decisions"]
    kept[0].write_text(kept[0].read_text("utf-8").replace("甲", "丙"), "utf-8")
    assert kept[0].name in failing(home)["anchors"]


def test_a_rebuilt_home_agrees_and_keeps_the_log_it_ended(home):
    context = opened(home)
    head = context.warehouse.audit_entries(limit=1)[-1].hash
    rebuild(context, NOW + timedelta(hours=5))
    context.warehouse.close()
    assert failing(home) == {}
    kept = home / "audit_log" / f"{head[:24]}.jsonl"
    text = kept.read_text("utf-8")
    kept.write_text(text.replace("甲", "丙"), "utf-8")
    assert "audit_log/" in failing(home)["anchors"]
    kept.unlink()
    assert "missing or changed" in failing(home)["anchors"]
    context = opened(home)
    with context.warehouse.database.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM data_delivery")) == 1
    context.warehouse.close()
