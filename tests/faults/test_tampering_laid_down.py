"""Tampering with files that the program laid down in the home for people: tables of the dispatch, messages that left by a file, drafts that
are past, answers that wait to be carried away. Each is named by `saima audit` with what to do; what a killed process left is no damage."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.errors import Terminal
from pipelines.flow.exchange.reply_outbox import spool
from pipelines.flow.feedback.write_feedback import write_due_feedback
from pipelines.flow.records.noted_files import DISPATCH, RULE_FAILURES, lay_down, note_files
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit_answers import check_answers, write_damaged_again
from pipelines.flow.upkeep.audit_dispatch import check_dispatch_folders
from pipelines.flow.upkeep.audit_editions import check_edition_files
from pipelines.flow.upkeep.audit_messages import check_message_files, check_waiting_answers
from pipelines.flow.upkeep.backup import back_up, restore
from pipelines.flow.upkeep.rebuild import rebuild
from pipelines.model.programme import Source
from pipelines.settings import Settings

from .books import NOW, PERIOD, failing, opened, tamper
from .test_tampering_structure import drafted

PAGES = {"flags.html": "红旗".encode(), "flags.csv": b"a,b", "data/dispatch_flags.csv": b"a,b\n1,2\n"}


def laid_down(context: Context, pages: Mapping[str, bytes] = PAGES) -> Path:
    folder = context.settings.home / "dispatch" / PERIOD
    lay_down(context, DISPATCH, PERIOD, folder, pages.items(), NOW)
    return folder


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a page changed": (lambda f: (f / "flags.html").write_bytes(b"forged"), "被改动 / changed flags.html"),
    "a table cut short": (
        lambda f: (f / "data/dispatch_flags.csv").write_bytes(b"a,b\n"),
        "被改动 / changed data/dispatch_flags",
    ),
    "one gone": (lambda f: (f / "flags.csv").unlink(), "缺少 / missing flags.csv"),
    "one put in": (lambda f: (f / "more.html").write_bytes(b"forged"), "多出 / not laid down more.html"),
    "an older one": (lambda f: (f / "flags.html").write_bytes("蜗牛".encode()), "被改动 / changed flags.html"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_dispatch_folder_that_is_not_as_it_was_laid_down_is_named_and_laid_down_again(home: Path, kind: str) -> None:
    context = opened(home)
    laid_down(context, {**PAGES, "flags.html": "蜗牛".encode(), "gone.html": b"of an older version"})
    folder = laid_down(context)
    assert (check_dispatch_folders(context).failed, sorted(p.name for p in folder.glob("*.html"))) == (
        0,
        ["flags.html"],
    )
    damage, named = DAMAGE[kind]
    damage(folder)
    found = check_dispatch_folders(context)
    assert found.failed == 1 and f"{PERIOD} {named}" in found.detail and f"saima publish {PERIOD}" in found.detail
    (folder / "more.html").unlink(missing_ok=True)
    laid_down(context)
    assert check_dispatch_folders(context).failed == 0
    context.warehouse.close()


def test_a_process_that_dies_while_it_lays_tables_down_leaves_no_false_books(home: Path) -> None:
    context = opened(home)
    folder = laid_down(context)

    def dies() -> object:
        yield "flags.html", b"newer"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lay_down(context, DISPATCH, PERIOD, folder, dies(), NOW)
    found = check_dispatch_folders(context)
    assert found.failed == 0 and f"saima publish {PERIOD}" in found.detail
    (folder / ".flags.csv.partial").write_bytes(b"ha")
    laid_down(context)
    assert check_dispatch_folders(context).looked_at == len(PAGES) and check_dispatch_folders(context).failed == 0
    (folder.parent / "2021-12").mkdir()
    older = check_dispatch_folders(context)
    assert older.failed == 0 and "2021-12 早于登记" in older.detail
    context.warehouse.close()


def test_what_was_laid_down_is_still_proved_after_a_rebuild_and_in_a_restored_home(home: Path, tmp_path: Path) -> None:
    context = opened(home)
    laid_down(context)
    drafted(context)
    rebuild(context, NOW + timedelta(hours=5))
    context = opened(home)
    back_up(context, tmp_path / "backup", NOW + timedelta(hours=5))
    context.warehouse.close()
    other = tmp_path / "restored"
    done = restore(tmp_path / "backup", other, NOW + timedelta(hours=6), Settings(home=other))
    assert [c for c in done.audit["checks"] if c["failed"]] == []
    (other / "dispatch" / PERIOD / "flags.csv").write_bytes(b"forged")
    (other / "editions" / PERIOD / f"{PERIOD}-e2" / "draft" / "ranking.csv").write_bytes(b"forged")
    failed = failing(other)
    assert set(failed) == {"dispatch-folders", "edition-files"}, failed


def test_drafts_that_are_past_and_what_lies_beside_an_edition_are_named(home: Path) -> None:
    context = opened(home)
    folder = drafted(context)
    beside = folder.parents[1] / f"{PERIOD}-e1" / "rule_failures.json"
    beside.write_text("{}", "utf-8")
    assert check_edition_files(context).failed == 0, "older than the register"
    note_files(context, RULE_FAILURES, f"{PERIOD}-e1", {beside.name: "0" * 64}, NOW)
    with context.warehouse.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE edition SET state = 'superseded' WHERE edition_id = '{PERIOD}-e2'")
    (folder / "ranking.csv").write_text("forged", "utf-8")
    said = check_edition_files(context).detail
    assert f"{PERIOD}-e2: draft: 被改动 / changed: ranking.csv (从备份取回" in said
    assert f"{PERIOD}-e1: 被改动 / changed: rule_failures.json (saima site build" in said
    context.warehouse.close()


def test_messages_that_left_by_a_file_stand_there_as_they_were_sent(home: Path) -> None:
    context = opened(home)
    file = home / "alerts" / "outbox.jsonl"
    whole = file.read_bytes()
    assert (check_message_files(context).failed, check_message_files(context).looked_at) == (0, 1)
    message = json.loads(whole)["id"]
    for content, named in (
        (whole.replace("今日".encode(), "明日".encode()), f"{message} 被改动"),
        (whole.replace(b"a@example", b"b@example"), f"{message} 被改动"),
        (whole.replace(b"T-1", b"T+1"), f"{message} 被改动"),
        (whole.replace(b'"sent_at": "2022', b'"sent_at": "2023'), f"{message} 被改动"),
        (whole + whole.replace(message.encode(), b"0" * 32), "0" * 32 + " 发件箱中没有"),
        (whole[:-20], f"{message} 缺少"),
        (b"", f"{message} 缺少"),
    ):
        file.write_bytes(content)
        assert named in check_message_files(context).detail, named
    file.unlink()
    assert f"{message} 缺少" in check_message_files(context).detail
    file.with_name("outbox.jsonl.1").write_bytes(whole)
    file.write_bytes(whole[:30] + b"\n")
    assert check_message_files(context).failed == 0, "moved aside, and half a line of a sender that died"
    context.warehouse.close()


def test_an_answer_that_waits_to_be_carried_away_is_the_one_that_was_written(home: Path, tmp_path: Path) -> None:
    context = opened(home)
    (own,) = {one.receipt.source for one in context.warehouse.receipts()}
    elsewhere = Source(own, "folder", str(tmp_path / "share"), {})
    context = replace(context, programme=replace(context.programme, sources=(elsewhere,)))
    write_due_feedback(context)
    folder, out = spool(context, own), context.settings.out
    for file in sorted(out.glob("*.receipt.*")):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file.name).write_bytes(file.read_bytes())
    assert (check_waiting_answers(context).failed, check_waiting_answers(context).looked_at) == (0, 6)
    (folder / "330481-2.csv.receipt.json").write_text("{}", "utf-8")
    (folder / "330499-1.csv.verdict.xlsx").write_bytes(b"forged")
    (folder / ".330481-2.csv.receipt.json.partial").write_bytes(b"ha")
    said = check_waiting_answers(context).detail
    assert "330481-2.csv.receipt.json: 被改动" in said and "330499-1.csv.verdict.xlsx: 没有写过" in said
    context.warehouse.close()


def test_a_home_that_does_not_say_whose_it_is_is_refused_with_the_reason(home: Path) -> None:
    file = home / "home.json"
    genuine = file.read_bytes()
    file.write_text(json.dumps({**json.loads(genuine), "programme": "taizhou"}), "utf-8")
    with pytest.raises(Terminal, match=r"home\.json was changed"):
        failing(home)
    file.unlink()
    for must_exist in (True, False):
        with pytest.raises(Terminal, match=r"home\.json is gone"):
            open_context(Settings(home=home), must_exist=must_exist)
    with pytest.raises(Terminal, match="jiaxing"):
        open_context(Settings(home=home), "minimal")
    assert not file.exists(), "the ledger knows better"
    assert failing(home) == {} and file.read_bytes() == genuine


def test_an_answer_that_was_taken_off_the_list_before_it_was_written_is_named_and_written(home: Path) -> None:
    tamper(home, "DELETE FROM feedback_due WHERE receipt_id = (SELECT receipt_id FROM receipt WHERE name LIKE '%482%')")
    context = opened(home)
    assert write_due_feedback(context).receipts == 2
    said = check_answers(context)
    assert said.failed == 1 and "330482-1.csv: 没有答复" in said.detail and "saima process --answers" in said.detail
    assert write_damaged_again(context).receipts == 1 and check_answers(context).failed == 0
    assert (context.settings.out / "330482-1.csv.receipt.txt").is_file()
    context.warehouse.close()
