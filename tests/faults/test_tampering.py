"""What somebody did to the books behind the program's back: each is found by `saima audit` and named, whatever rights he had.

One small home with everything in it that people decide; a copy for each tampering. Triggers that keep evidence are dropped first, as
whoever owns the database can.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.errors import Terminal
from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.flow.upkeep.audit_anchors import check_anchors, export_anchor
from pipelines.flow.upkeep.deliver import deliver_month
from pipelines.flow.upkeep.rebuild import rebuild
from pipelines.model.dispatch_decisions import DispatchDecision
from pipelines.model.findings import Finding, RuleRun
from pipelines.model.loading import DraftEdition
from pipelines.model.notifications import Call, Hold, MessageText, Notification, SeenDeadline
from pipelines.model.periods import Period
from pipelines.model.rulings import Explanation, Return, RuledCell, Waiver
from pipelines.publish.document import document_hash
from pipelines.settings import Settings
from pipelines.warehouse.db.audit_log import GENESIS, link_hash
from pipelines.warehouse.notifications.notification_store import Decided

NOW = datetime(2022, 3, 5, 4, tzinfo=UTC)
PERIOD = "2022-02"
CSV = """2022年2月制造业投资完成情况(单位:万元)
指标名称,统计口径,本年累计,上年同期
制造业投资,管理,{amount},1100
"""


def opened(home: Path) -> Context:
    return open_context(Settings(home=home), "jiaxing")


def send(context: Context, number: int, unit: str, amount: str) -> None:
    file = context.settings.inbox / f"{unit}-{number}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(CSV.format(amount=amount), encoding="utf-8")
    manifest = {"unit": unit, "period": PERIOD, "form": "unit_month"}
    file.with_name(file.name + ".manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    os.utime(file, (NOW.timestamp() - 9000 + number * 60,) * 2)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("books") / "home"
    context = opened(home)
    warehouse = context.warehouse
    for number, (unit, amount) in enumerate((("330481", "1234.5"), ("330482", "900"), ("330481", "1300.25"))):
        send(context, number, unit, amount)
        collect(context, NOW)
        process(context, NOW)
    at = NOW + timedelta(hours=1)
    first = warehouse.submissions(PERIOD)[0]
    cell = RuledCell("330482", "unit_month", "F17", "", "ytd", "900")
    warehouse.rulings.put_waiver(Waiver(cell, PERIOD, "2022-06", "批文", first.submission_id, "甲", at))
    warehouse.rulings.put_waiver(Waiver(cell, PERIOD, "2022-06", "批文", first.submission_id, "乙", at))
    told = Explanation(cell, PERIOD, PERIOD, "其他", "设备到厂", "desk", first.submission_id, "县", at)
    warehouse.rulings.put_explanations([told])
    warehouse.rulings.decide([told.explanation_id], "accepted", "甲", at)
    warehouse.rulings.add_return(Return(first.submission_id, "缺文号", at, "甲", at))
    process(context, at)
    notice = Notification(
        **{"key": "k1", "kind": "reminder", "channel": "outbox", "address": "a@example.invalid", "audience": "county"},
        **{"text": MessageText("题", "请于今日报送"), "created_at": at, "not_before": at, "unit_code": "330483"},
        **{"period": PERIOD, "form": "unit_month", "rung": "T-1"},
    )
    deadline = SeenDeadline("unit_month", PERIOD, 1, at, None, None, at)
    warehouse.alerts.decide(Decided(notices=[notice], deadlines=[deadline]), at)
    warehouse.alerts.decide(Decided(notices=[replace(notice, key="k2")]), at)  # as most looks: no deadline is new
    warehouse.alerts.hold(Hold("ack", "330483", PERIOD, "unit_month", "T", "知道", None, "甲", at), {}, {})
    warehouse.alerts.log_call(Call("330483", PERIOD, "unit_month", at, "甲", "乙", "明日报", at))
    found = Finding("F10", 3, "query", "增速异常", "unusual growth")
    runs = [RuleRun("F10", "evaluated", 2, 1)]
    warehouse.close_month(PERIOD, "in1", at, "冻结", ["330483"], [("330481", found)], runs)
    publish(context, at)
    deliver_month(context, Period.parse(PERIOD), NOW + timedelta(hours=3), "王")
    warehouse.close()
    return home


def publish(context: Context, at: datetime) -> None:
    """An edition with its folder, signed and published as the program does it."""
    warehouse = context.warehouse
    unit = {"unit": "330481", "name": "海宁市", "rank": 1, "score": "88.1", "ytd": "1300.25", "base": "1100"}
    unit |= {"growth": 0.18, "growth_official": None, "indicators": {}}
    document = {"period": PERIOD, "measure": "wan_yuan", "compared_with": None, "units": [unit]}
    content = document_hash(document)
    name = f"{PERIOD}-e1"
    warehouse.save_draft(
        DraftEdition(name, PERIOD, "in1", content, "S", {**document, "content_hash": content}, "x", at)
    )
    warehouse.sign(name, "statistics", "王", content, "approved", at, demonstration=True)
    newest = warehouse.audit_entries(limit=1)[-1]
    folder = context.settings.editions / PERIOD / name / "published"
    folder.mkdir(parents=True)
    (folder / "ranking.csv").write_text("x")
    manifest = {
        "content_hash": content,
        "audit_log": {"seq": newest.seq, "hash": newest.hash},
        "files": {"ranking.csv": {"sha256": sha256(b"x").hexdigest(), "bytes": 1}},
    }
    text = json.dumps(manifest)
    (folder / "manifest.json").write_text(text)
    digest = sha256(text.encode()).hexdigest()
    warehouse.mark_published(name, content, at + timedelta(hours=1), str(folder / "index.html"), digest)


@pytest.fixture
def home(books: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(books, tmp_path / "home", symlinks=True))


def failing(home: Path, anchors: tuple[Path, ...] = ()) -> dict[str, str]:
    context = opened(home)
    try:
        checks = audit(context, NOW + timedelta(hours=5), anchors=anchors)["checks"]
    finally:
        context.warehouse.close()
    return {c["id"]: c["detail"] for c in checks if c["failed"]}


def tamper(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / "warehouse.db")) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        changed = sum(connection.execute(statement).rowcount for statement in statements)
    assert changed > 0, "the tampering changed nothing"


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
        ("DELETE FROM outbox WHERE ordinal = 1", "outbox-texts"),
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


def forge_chain(home: Path, change: Callable[[dict], None]) -> None:
    """Every entry changed as wanted and the whole chain of hashes computed anew, as an insider with the program at hand can."""
    with closing(sqlite3.connect(home / "warehouse.db")) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.row_factory = sqlite3.Row
        previous = GENESIS
        for row in connection.execute("SELECT * FROM audit_log ORDER BY seq").fetchall():
            entry = {**dict(row), "detail": json.loads(row["detail"])}
            change(entry)
            at = datetime.fromisoformat(entry["at"])
            link = link_hash(
                entry["seq"], at, entry["actor"], entry["action"], entry["subject"], entry["detail"], previous
            )
            text = json.dumps(entry["detail"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            values = (entry["at"], entry["actor"], entry["subject"], text, previous, link, entry["seq"])
            statement = "UPDATE audit_log SET at = ?, actor = ?, subject = ?, detail = ?, previous_hash = ?, hash = ? WHERE seq = ?"
            connection.execute(statement, values)
            previous = link


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
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_receipt_source'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray((home / "warehouse.db").read_bytes())
    content[root * size - 5] ^= 8  # in the last cell of the index: the row has another source than the index says
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
    assert [one.subject for one in decisions] == ["P5", "P6", "P7"]
    context.warehouse.close()
    tamper(home, "UPDATE dispatch_decision SET reason = '改' WHERE subject = 'P5'")
    assert decisions[0].decision_id in failing(home)["dispatch-decisions"]
    tamper(home, "UPDATE dispatch_decision SET reason = '' WHERE subject = 'P5'")
    assert failing(home) == {}
    tamper(home, "DELETE FROM dispatch_decision WHERE subject = 'P5'")
    assert "2 ≠ 3" in failing(home)["dispatch-decisions"]
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
