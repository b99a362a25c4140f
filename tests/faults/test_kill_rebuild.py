"""Rebuild and relocation killed at every point, run twice at once, and without a ledger: the books are the old ones or the new ones,
never part of either, and the next command needs nobody's hand."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.collect.receipt_journal import note_receipts
from pipelines.errors import Terminal, Transient
from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.flow.upkeep.rebuild import kept_warehouses, rebuild
from pipelines.settings import Settings
from pipelines.warehouse.db.exchange import BESIDE, NOTE
from pipelines.warehouse.db.faults import KILLED, POINTS, VARIABLE
from pipelines.warehouse.db.locking import file_lock

pytestmark = pytest.mark.slow
NOW = datetime(2022, 3, 5, 4, tzinfo=UTC)
CSV = """2022年2月制造业投资完成情况(单位:万元)
指标名称,统计口径,本年累计,上年同期
制造业投资,管理,{amount},1100
"""
REBUILD_POINTS = [p for p in POINTS if p.startswith("rebuild.")]
RELOCATE_POINTS = [p for p in POINTS if p.startswith("relocate.")]


def opened(home: Path) -> Context:
    return open_context(Settings(home=home), "jiaxing")


def rebuild_it(home: Path, fault: str) -> None:
    os.environ[VARIABLE] = fault
    rebuild(opened(home), NOW)


def look_at(home: Path, fault: str) -> None:
    os.environ[VARIABLE] = fault
    opened(home).warehouse.submissions()


def run(processes, target, home: Path, fault: str) -> int | None:
    process = processes.Process(target=target, args=(home, fault))
    process.start()
    process.join(300)
    return process.exitcode


def picture(context: Context) -> list[tuple[object, ...]]:
    rows = context.warehouse.submissions()
    facts = context.warehouse.current_facts("unit_month", "2022-02", ["unit_code", "ytd"]).to_pylist()
    return [*((r.submission_id, r.version, r.word, r.current) for r in rows), *sorted(map(repr, facts))]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two units' totals, one of them corrected, and a collected file that waits."""
    home = tmp_path_factory.mktemp("made") / "home"
    context = opened(home)
    for number, (unit, amount) in enumerate((("330481", 1234), ("330482", 900), ("330481", 1300))):
        file = context.settings.inbox / f"{unit}-{number}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(CSV.format(amount=amount), encoding="utf-8")
        manifest = {"unit": unit, "period": "2022-02", "form": "unit_month"}
        file.with_name(file.name + ".manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        os.utime(file, (NOW.timestamp() - 9000 + number * 60,) * 2)
        collect(context, NOW)
        if number < 2:
            process(context, NOW)
    assert len(context.warehouse.submissions()) == 2 and len(context.warehouse.pending_receipts()) == 1
    context.warehouse.close()
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "home")
    return tmp_path / "home"


def test_every_point_is_tried() -> None:
    assert len(REBUILD_POINTS) == 5 and len(RELOCATE_POINTS) == 2


@pytest.mark.parametrize("point", REBUILD_POINTS)
def test_killed_while_rebuilding(point: str, home: Path, processes) -> None:
    before = opened(home)
    expected = picture(before)
    before.warehouse.close()
    assert run(processes, rebuild_it, home, point) == KILLED
    context = opened(home)
    assert picture(context) == expected
    assert [r.name for r in context.warehouse.pending_receipts()] == ["330481-2.csv"]
    assert not (home / NOTE).exists() and (home / BESIDE).exists() == (point == "rebuild.built")
    rebuilds = [e for e in context.warehouse.audit_entries() if e.action == "rebuild"]
    assert len(rebuilds) == (point != "rebuild.built"), (
        "the old books before the note is written, the new ones after it"
    )
    done = rebuild(context, NOW)
    assert (done.receipts, done.waiting, done.submissions) == (2, 1, 2) and not (home / BESIDE).exists()
    assert len(kept_warehouses(home)) == (1 if point == "rebuild.built" else 2)
    process(context, NOW)
    assert len(context.warehouse.submissions()) == 3
    document = audit(context, NOW)
    assert document["ok"], [c for c in document["checks"] if c["failed"]]
    context.warehouse.close()


@pytest.mark.parametrize("point", RELOCATE_POINTS)
def test_killed_while_relocating(point: str, home: Path, processes) -> None:
    moved = home.with_name("moved")
    home.rename(moved)
    assert run(processes, look_at, moved, point) == KILLED
    context = opened(moved)
    assert len(picture(context)) == 4 and audit(context, NOW)["ok"]
    context.warehouse.close()


def test_a_second_rebuild_is_told_of_the_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.flow.upkeep.rebuild.LOCK_SECONDS", 0.1)
    with file_lock(home / "lake_writer.lock", 1, "rebuild"), pytest.raises(Transient, match="rebuild"):
        rebuild(opened(home), NOW)


def test_nobody_writes_while_a_rebuild_reads(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.warehouse.db.database.BUSY_SECONDS", 0.1)
    context = opened(home)
    context.warehouse.submissions()
    with file_lock(home / "rebuild.lock", 1, "rebuild"):
        assert len(context.warehouse.submissions()) == 2
        with pytest.raises(Transient, match=r"rebuild\.lock is held by .* rebuild"):
            context.warehouse.alerts.beat("x", NOW)
    context.warehouse.alerts.beat("x", NOW)
    context.warehouse.close()


def test_one_who_has_the_home_open_sees_the_new_warehouse(home: Path) -> None:
    """A page or a scheduler that opened the home before."""
    reader = opened(home)
    assert not [e for e in reader.warehouse.audit_entries() if e.action == "rebuild"]
    rebuild(opened(home), NOW)
    assert [e for e in reader.warehouse.audit_entries() if e.action == "rebuild"]
    assert len(picture(reader)) == 4
    reader.warehouse.alerts.beat("x", NOW)
    assert opened(home).warehouse.alerts.heartbeats() == {"x": NOW}


def test_books_that_do_not_agree_are_not_laundered(home: Path) -> None:
    context = opened(home)
    with context.warehouse.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE receipt SET name = 'other' WHERE state = 'received'")
    with pytest.raises(Terminal, match="does not agree with its audit log"):
        rebuild(context, NOW)
    assert rebuild(context, NOW, force=True).submissions == 2


def test_a_deleted_ledger_is_told_and_made_again_from_the_archive(home: Path) -> None:
    for file in home.glob("warehouse.db*"):
        file.unlink()
    with pytest.raises(Terminal, match="is gone, its archive or lake is not"):
        opened(home).warehouse.submissions()
    assert not (home / "warehouse.db").exists(), "no empty ledger takes its place"
    done = rebuild(opened(home), NOW)
    assert (done.receipts, done.submissions) == (3, 3) and "signatures" in done.lost
    context = opened(home)
    assert [r.word for r in context.warehouse.submissions()] == ["accepted"] * 3
    document = audit(context, NOW)
    assert document["ok"], [c for c in document["checks"] if c["failed"]]


def test_without_ledger_and_journal_nothing_can_be_rebuilt(home: Path) -> None:
    for file in (*home.glob("warehouse.db*"), home / "raw" / "receipts.jsonl"):
        file.unlink()
    with pytest.raises(Terminal, match="nothing to rebuild from"):
        rebuild(opened(home), NOW)


def test_a_torn_line_of_the_journal_costs_itself(home: Path) -> None:
    context = opened(home)
    journal = home / "raw" / "receipts.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-20])
    note_receipts(home / "raw", [])
    from pipelines.collect.receipt_journal import read_journal

    assert len(read_journal(home / "raw")) == 2
    journal.write_bytes(whole)
    assert {r.receipt_id for r in read_journal(home / "raw")} == {
        r.receipt.receipt_id for r in context.warehouse.receipts()
    }
