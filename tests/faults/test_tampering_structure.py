"""Tampering with what the rows stand in, and with the files beside them: indexes, triggers, columns, the record of migrations, the pages a
signer reads, the journal of receipts, what was laid down for others. Each is named by `saima audit`, or the home is refused with the reason."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from pipelines.errors import Terminal
from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.write_feedback import write_due_feedback
from pipelines.flow.intake.process import process
from pipelines.flow.records.noted_files import SHOWCASE, note_files
from pipelines.flow.records.public_pages import note_site
from pipelines.flow.runtime.context import Context
from pipelines.flow.upkeep.audit_answers import check_answers, write_damaged_again
from pipelines.flow.upkeep.audit_editions import check_edition_files, check_receipt_journal
from pipelines.flow.upkeep.audit_public import check_delivered_folders, check_public_pages
from pipelines.model.loading import DraftEdition, MonthClose
from pipelines.publish.atomic_file import write_whole
from pipelines.publish.document import document_hash

from .books import NOW, PERIOD, failing, opened, send, tamper

FAR = "'2099-01-01T00:00:00.000000+00:00'"
STRUCTURE = {
    "an index is dropped": ("DROP INDEX ix_receipt_sha256", "ix_receipt_sha256: 索引缺少"),
    "an index is another": (
        "DROP INDEX ix_receipt_sha256; CREATE INDEX ix_receipt_sha256 ON receipt (name)",
        "ix_receipt_sha256: 索引缺少或不同",
    ),
    "a trigger that keeps evidence is dropped": ("DROP TRIGGER audit_log_no_update", "audit_log_no_update: 保护"),
    "it refuses nothing any more": (
        "DROP TRIGGER outbox_no_delete; CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox BEGIN SELECT 1; END",
        "outbox_no_delete: 保护 outbox",
    ),
    "a trigger changes what is written": (
        "CREATE TRIGGER forge AFTER INSERT ON current_unit_month BEGIN UPDATE current_unit_month SET ytd = ytd + 1; END",
        "forge (current_unit_month): 不是本程序的触发器",
    ),
    "a column is gone": ("ALTER TABLE release_run DROP COLUMN run_id", "release_run.run_id: 缺少该列"),
    "a table is gone": ("DROP TABLE heartbeat", "heartbeat: 缺少该表"),
}


@pytest.mark.parametrize("kind", STRUCTURE)
def test_what_the_rows_stand_in_is_as_it_was_made(home: Path, kind: str) -> None:
    statements, named = STRUCTURE[kind]
    with closing(sqlite3.connect(home / "warehouse.db")) as connection:
        connection.executescript(statements)
    failed = failing(home)
    assert named in failed["database-schema"], failed


@pytest.mark.parametrize(
    "statement", ["UPDATE alembic_version SET version_num = '0190'", "DELETE FROM alembic_version"]
)
def test_a_record_of_migrations_that_was_set_back_is_refused_with_the_reason(home: Path, statement: str) -> None:
    tamper(home, statement)
    with pytest.raises(Terminal, match="its tables are newer"):
        failing(home)


ROWS = {
    "two versions exchanged": (
        (
            "UPDATE submission SET version = -version WHERE unit_code = '330481'",
            "UPDATE submission SET version = 3 + version WHERE version < 0",
        ),
        "current-pointer",
        "330481",
    ),
    "the files of two versions exchanged": (
        (
            "UPDATE submission SET receipt_id = (SELECT other.receipt_id FROM submission AS other WHERE "
            "other.unit_code = '330481' AND other.version <> submission.version) WHERE unit_code = '330481'",
        ),
        "timeline",
        "s",
    ),
    "a load that never was": (("UPDATE submission SET load_id = 'l000009'",), "loads", "没有这一入库批次"),
    "another number of the edition": (("UPDATE edition SET number = 7",), "editions", "2022-02-e1: number 7"),
    "a name in the ranking": (
        ("UPDATE edition SET document = replace(document, '海宁市', '海盐市')",),
        "edition-files",
        "the recorded ranking is not the signed one",
    ),
    "a signature of a role that nobody gave": (
        (
            "INSERT INTO sign_off SELECT edition_id, 'dispatch', content_hash, '李', decision, at, demonstration FROM sign_off",
        ),
        "editions",
        "2022-02-e1: sign",
    ),
    "a load that was taken out": (("UPDATE load SET ordinal = 77 WHERE ordinal = 2",), "loads", "l000002 ≠"),
    "the pin of a load that never was": (("UPDATE lake_pin SET load_id = 'l009999'",), "loads", "没有这一入库批次"),
    "a state that no file has": (("UPDATE receipt SET state = 'settled' WHERE name LIKE '%482%'",), "receipts", "r"),
    "more attempts than were made": (
        ("UPDATE outbox SET attempts = 9 WHERE state = 'delivered'",),
        "outbox-states",
        "9 attempts, of which 1",
    ),
    "a reason why it was not sent": (
        ("UPDATE outbox SET closed_reason = '已停用', digest_id = 'd' WHERE state = 'delivered'",),
        "outbox-states",
        "with a reason why not",
    ),
    "another page of the edition": (
        ("UPDATE edition SET published_path = replace(published_path, 'index', 'other')",),
        "edition-files",
        "other.html",
    ),
    "an explanation that holds longer": (
        ("UPDATE explanation SET until = '2023-12'",),
        "recorded-explanations",
        "被改动",
    ),
}


@pytest.mark.parametrize("kind", ROWS)
def test_rows_that_agree_with_each_other_no_more(home: Path, kind: str) -> None:
    statements, check, named = ROWS[kind]
    tamper(home, *statements)
    failed = failing(home)
    assert named in failed.get(check, ""), failed


def test_a_reminder_put_off_for_years_is_named(home: Path) -> None:
    tamper(
        home,
        f"UPDATE outbox SET state = 'pending', closed_at = NULL, next_at = {FAR} WHERE ordinal = (SELECT MAX(ordinal) FROM outbox)",
    )
    assert "put off for months" in failing(home)["outbox-states"]


def test_half_a_file_of_a_publication_that_died_is_no_damage_and_another_file_is(home: Path) -> None:
    """Found by a random kill while an edition was published."""
    context = opened(home)
    published = context.settings.editions / PERIOD / f"{PERIOD}-e1" / "published"
    listed = next(iter(json.loads((published / "manifest.json").read_text("utf-8"))["files"]))
    (published / f".{listed}.4711-140046586051456.partial").write_text("half", "utf-8")
    assert check_edition_files(context).failed == 0
    (published / ".more.html.4711-140046586051456.partial").write_text("not of the edition", "utf-8")
    assert "多出 / not listed: .more.html" in check_edition_files(context).detail


def test_files_that_left_the_books_are_as_they_were_laid_down_and_are_made_again(home: Path) -> None:
    """Answers, site, showcase, delivery and journal: changed, gone and put in, each named with what to do, and made again."""
    context = opened(home)
    assert write_due_feedback(context).receipts == 3
    pages = {"index.html": b"page", "units/330481.html": b"unit"}
    for name, content in pages.items():
        write_whole(context.settings.site / name, content)
        write_whole(context.settings.editions / PERIOD / "showcase" / name, content)
    digests = {name: sha256(content).hexdigest() for name, content in pages.items()}
    note_site(context, digests, {}, NOW)
    note_files(context, SHOWCASE, PERIOD, digests, NOW)
    checks = (check_answers, check_public_pages, check_delivered_folders, check_receipt_journal)
    assert [(done.failed, done.looked_at > 1) for done in (check(context) for check in checks)] == [(0, True)] * 4

    out, journal = context.settings.out, context.settings.raw / "receipts.jsonl"
    whole = {p: p.read_bytes() for p in (*out.glob("*.receipt.*"), *out.glob("*.xlsx"))}
    (out / "330481-2.csv.receipt.json").write_text("{}", "utf-8")
    (out / "330482-1.csv.receipt.txt").unlink()
    (out / "330499-1.csv.verdict.xlsx").write_bytes(b"forged")
    (context.settings.site / "units" / "330481.html").write_text("forged", "utf-8")
    (context.settings.editions / PERIOD / "showcase" / "more.html").write_text("forged", "utf-8")
    next(out.glob("deliveries/*/*.csv")).unlink()
    journal.unlink()
    said = [check(context).detail for check in checks]
    assert "330481-2.csv: .receipt.json 被改动" in said[0] and "330482-1.csv: .receipt.txt 缺少" in said[0]
    assert "330499-1.csv: 没有写过" in said[0] and "saima process --answers" in said[0]
    assert "site: 被改动 / changed units/330481.html" in said[1] and "多出 / not laid down more.html" in said[1]
    assert "缺少 / missing" in said[2] and "saima deliver" in said[2] and "saima collect" in said[3]

    assert write_damaged_again(context).receipts == 2
    collect(context, NOW)
    (out / "330499-1.csv.verdict.xlsx").unlink()
    assert {p: p.read_bytes() for p in whole} == whole
    assert (check_answers(context).failed, check_receipt_journal(context).failed) == (0, 0)
    first, *others = journal.read_text("utf-8").splitlines()
    journal.write_text("\n".join(others) + "\n", "utf-8")
    assert f"{json.loads(first)['name']} " in check_receipt_journal(context).detail
    tamper(home, "UPDATE receipt SET state = 'resent' WHERE name LIKE '%482%'")
    assert ["resent ≠ processed" in c.detail for c in context.warehouse.record_checks() if c.id == "receipts"] == [True]
    context.warehouse.close()


def drafted(context: Context) -> Path:
    """A draft that waits for its signatures, as the program lays it down."""
    folder = context.settings.editions / PERIOD / f"{PERIOD}-e2" / "draft"
    folder.mkdir(parents=True)
    shutil.copytree(folder.parents[1] / f"{PERIOD}-e1" / "published", folder, dirs_exist_ok=True)
    manifest = sha256((folder / "manifest.json").read_bytes()).hexdigest()
    known = context.warehouse.editions.by_id(f"{PERIOD}-e1")
    document = {**known.document, "remark": "e2"}
    content = document_hash(document)
    path = str(folder / "index.html")
    made = DraftEdition(
        f"{PERIOD}-e2", PERIOD, "in2", content, "S", {**document, "content_hash": content}, path, NOW, "", manifest
    )
    context.warehouse.editions.save_draft(made)
    return folder


def test_the_pages_that_a_signer_reads_are_those_that_were_drafted(home: Path) -> None:
    context = opened(home)
    folder = drafted(context)
    context.warehouse.close()
    assert "edition-files" not in failing(home)
    (folder / "ranking.csv").write_text("forged", "utf-8")
    assert f"{PERIOD}-e2: draft: 被改动 / changed: ranking.csv" in failing(home)["edition-files"]


def test_a_file_that_was_sent_again_repeats_the_version_that_the_ledger_says(home: Path) -> None:
    context = opened(home)
    send(context, 9, "330482", "900")  # the bytes of the first
    collect(context, NOW + timedelta(hours=4))
    process(context, NOW + timedelta(hours=4))
    resends = [c for c in context.warehouse.record_checks() if c.id == "resends"]
    assert [(c.looked_at, c.failed) for c in resends] == [(1, 0)]
    context.warehouse.close()
    for change in (
        "period = '2022-03'",
        "unit_code = '330481'",
        "repeats = (SELECT MIN(submission_id) FROM submission WHERE unit_code = '330481')",
    ):
        tamper(home, f"UPDATE resend SET {change}")
        context = opened(home)
        assert [c.failed for c in context.warehouse.record_checks() if c.id == "resends"] == [1], change
        context.warehouse.close()


def test_of_two_closings_the_newer_one_holds_and_their_order_is_in_the_log(home: Path) -> None:
    context = opened(home)
    for number in (2, 3):
        context.warehouse.closings.close(MonthClose("2022-03", f"in{number}", NOW, "冻结", (), ()), [])
    assert [c.failed for c in context.warehouse.record_checks() if c.id == "closings"] == [0]
    context.warehouse.close()
    tamper(home, "UPDATE month_close SET ordinal = 4 - ordinal WHERE period = '2022-03'")
    context = opened(home)
    assert [c.detail for c in context.warehouse.record_checks() if c.id == "closings"] == ["2022-03"]
    context.warehouse.close()
