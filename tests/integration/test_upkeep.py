"""Delivery, backup and restore, and the upkeep of the lake, on a small home with the real processes; DuckDB reads what Iceberg wrote."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from pipelines.errors import Refused, Terminal, Transient
from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.flow.upkeep.backup import back_up, restore
from pipelines.flow.upkeep.deliver import deliver_month
from pipelines.flow.upkeep.lake_location import locate_lake
from pipelines.flow.upkeep.retention import apply_retention
from pipelines.model.loading import DraftEdition
from pipelines.model.periods import Period
from pipelines.settings import Settings
from pipelines.warehouse.lake.snapshot_commit import read_committed_snapshots

NOW = datetime(2022, 3, 5, 4, tzinfo=UTC)
FEBRUARY = Period.parse("2022-02")
CSV = """2022年2月制造业投资完成情况(单位:万元)
指标名称,统计口径,本年累计,上年同期
制造业投资,管理,{amount},1100
"""


def opened(home: Path) -> Context:
    return open_context(Settings(home=home), "jiaxing")


def send(context: Context, number: int, unit: str, amount: str, minutes: int) -> None:
    file = context.settings.inbox / f"{unit}-{number}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(CSV.format(amount=amount), encoding="utf-8")
    manifest = {"unit": unit, "period": "2022-02", "form": "unit_month"}
    file.with_name(file.name + ".manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    os.utime(file, (NOW.timestamp() - 9000 + minutes * 60,) * 2)
    collect(context, NOW)
    process(context, NOW)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two units' totals, one corrected, and a published edition: three loads, so three files a table."""
    home = tmp_path_factory.mktemp("made") / "home"
    context = opened(home)
    for number, (unit, amount) in enumerate((("330481", "1234.5"), ("330482", "900"), ("330481", "1300.25"))):
        send(context, number, unit, amount, number)
    unit = {
        **{"unit": "330481", "name": "海宁市", "rank": 1, "score": "88.1", "ytd": "1300.25", "base": "1100"},
        **{"growth": 0.18, "growth_official": None},
        "indicators": {"growth": {"value": "0.18", "points": "90", "weight": "100"}},
    }
    document = {"period": "2022-02", "measure": "wan_yuan", "units": [unit]}
    warehouse = context.warehouse
    warehouse.editions.save_draft(DraftEdition("2022-02-e1", "2022-02", "in", "c1", "S", document, "x", NOW))
    warehouse.editions.sign("2022-02-e1", "statistics", "王", "c1", "approved", NOW)
    warehouse.editions.publish("2022-02-e1", "c1", NOW + timedelta(hours=2), "y", "m")
    warehouse.close()
    return home


@pytest.fixture
def context(made: Path, tmp_path: Path):
    shutil.copytree(made, tmp_path / "home")
    context = opened(tmp_path / "home")
    yield context
    context.warehouse.close()


def looked(context: Context) -> dict[str, str]:
    """Checks that fail, but for the edition that this test made up without files."""
    checks = audit(context, NOW + timedelta(days=100))["checks"]
    assert len(checks) > 20
    return {c["id"]: c["detail"] for c in checks if c["failed"] and c["id"] not in ("edition-files", "closings")}


def figures(context: Context) -> list[tuple[str, Decimal]]:
    rows = context.warehouse.current_facts("unit_month", "2022-02", ["unit_code", "ytd"])
    return sorted((r["unit_code"], r["ytd"]) for r in rows.to_pylist())


FIGURES = [("330481", Decimal("1300.2500")), ("330482", Decimal("900.0000"))]


def test_a_month_is_delivered_whole_and_receipted(context, tmp_path):
    done = deliver_month(context, FEBRUARY, NOW + timedelta(hours=3), "王", str(tmp_path / "bureau"))
    folder = tmp_path / "bureau" / "2022-02-d1"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert done.content_hash == sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert {p.name for p in folder.iterdir()} == {*manifest["files"], "manifest.json"}
    for name, told in manifest["files"].items():
        assert sha256((folder / name).read_bytes()).hexdigest() == told["sha256"], name
    rows = pq.read_table(folder / "unit_month.parquet")
    assert sorted(zip(rows["unit_code"].to_pylist(), rows["ytd"].to_pylist(), strict=True)) == FIGURES
    assert rows.schema.field("ytd").metadata[b"en"].startswith(b"investment")
    with (folder / "unit_month.csv").open(encoding="utf-8-sig", newline="") as file:
        told = sorted((r["unit_code"], Decimal(r["ytd"])) for r in csv.DictReader(file))
    assert told == FIGURES
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    described = {r["path"]: {f["name"] for f in r["schema"]["fields"]} for r in package["resources"]}
    assert set(rows.column_names) == described["unit_month.csv"]
    assert done.rows["submissions"] == 3 and done.rows["rankings"] == 1 and done.edition == "2022-02-e1"
    (receipt,) = context.warehouse.deliveries.of_period("2022-02")
    assert (receipt.content_hash, receipt.delivered_by) == (done.content_hash, "王")
    entry = context.warehouse.audit_entries(limit=1)[0]
    assert (entry.action, entry.subject, entry.actor) == ("deliver", "2022-02-d1", "王")
    shutil.rmtree(folder)
    again = deliver_month(context, FEBRUARY, NOW + timedelta(hours=4), "王", str(tmp_path / "bureau"))
    assert again.delivery == "2022-02-d2"
    with pytest.raises(Refused, match="nothing of 2022-03"):
        deliver_month(context, Period.parse("2022-03"), NOW, "王", str(tmp_path / "bureau"))
    assert looked(context) == {}


def test_a_month_as_it_stood(context, tmp_path):
    """Before the correction and before anything was published."""
    at = NOW - timedelta(seconds=9000) + timedelta(seconds=90)
    done = deliver_month(context, FEBRUARY, NOW, "王", str(tmp_path / "then"), at)
    rows = pq.read_table(tmp_path / "then" / "2022-02-d1" / "unit_month.parquet")
    assert sorted(rows["ytd"].to_pylist()) == [Decimal("900.0000"), Decimal("1234.5000")]
    assert done.edition is None and "rankings" not in done.rows


def test_a_delivery_that_died_blocks_none_after_it(context, tmp_path, monkeypatch):
    """Between folder and receipt, and in the middle of its folder."""
    bureau, store = tmp_path / "bureau", type(context.warehouse.deliveries)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store, "record", die)
        with pytest.raises(KeyboardInterrupt):
            deliver_month(context, FEBRUARY, NOW, "王", str(bureau))
    assert (bureau / "2022-02-d1" / "manifest.json").exists() and context.warehouse.deliveries.of_period() == []
    half = bureau / ".2022-02-d2.partial"
    half.mkdir()
    (half / "left-behind.csv").write_text("x")
    done = deliver_month(context, FEBRUARY, NOW, "王", str(bureau))
    assert done.delivery == "2022-02-d2" and not half.exists()
    manifest = json.loads((bureau / done.delivery / "manifest.json").read_text("utf-8"))
    assert {p.name for p in (bureau / done.delivery).iterdir()} == {*manifest["files"], "manifest.json"}
    assert deliver_month(context, FEBRUARY, NOW, "王", str(tmp_path / "elsewhere")).delivery == "2022-02-d1"
    assert deliver_month(context, FEBRUARY, NOW, "王", str(tmp_path / "elsewhere")).delivery == "2022-02-d3"


def test_two_deliveries_at_once_have_two_numbers(context, tmp_path):
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(deliver_month, context, FEBRUARY, NOW, "王", str(tmp_path / "b")) for _ in range(2)]
        assert {one.result().delivery for one in asked} == {"2022-02-d1", "2022-02-d2"}
    assert len(context.warehouse.deliveries.of_period("2022-02")) == 2


def test_text_that_a_spreadsheet_would_run_is_delivered_inert(context, tmp_path):
    deliver_month(context, FEBRUARY, NOW, "王", str(tmp_path / "x"))
    from pipelines.flow.upkeep import deliver
    from pipelines.flow.upkeep.delivery_tables import DeliveredTable

    table = pq.read_table(tmp_path / "x" / "2022-02-d1" / "submissions.parquet").select(["file_name"])
    evil = table.set_column(0, "file_name", [["=1+1", "@x", "ordinary"]])
    text = deliver._csv(DeliveredTable("x", "", "", evil, {})).decode("utf-8-sig")
    assert text.splitlines()[1:] == ['"\'=1+1"', '"\'@x"', '"ordinary"']


def test_the_queries_that_locate_prints_give_the_right_count(context):
    """All versions are in the lake; the query that is printed counts the current rows alone, as the view does."""
    found = {t.table: t for t in locate_lake(context).tables}
    facts = found["fact_unit_month"]
    assert facts.rows == 3, "every version"
    got = duckdb.sql(facts.queries["duckdb_parquet"]).fetchall()
    assert len(got) == 2
    (total,) = duckdb.sql(f"SELECT sum(ytd) FROM ({facts.queries['duckdb_parquet']})").fetchall()
    assert total == (sum(value for _, value in FIGURES),)
    with context.warehouse.database.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM bureau_unit_month")) == 2
    names: dict[str, object] = {}
    exec(facts.queries["pandas"], names)
    assert len(names["rows"]) == 2
    assert locate_lake(context, "fact_unit_month", "2022-01").tables[0].files == ()
    with pytest.raises(Refused, match="no table nothing"):
        locate_lake(context, "nothing")


def test_compaction_expiry_and_orphans_keep_rows_and_tagged_editions(context):
    upkeep, later = context.warehouse.lake_upkeep, datetime.now(UTC) + timedelta(days=30)
    planned = upkeep.compact(later, dry_run=True)
    assert {t.table: t.files for t in planned.tables}["fact_unit_month"] == 3
    before = context.warehouse.audit_entries()
    assert upkeep.compact(later, dry_run=True) == planned and context.warehouse.audit_entries() == before
    upkeep.compact(later, dry_run=False)
    assert upkeep.compact(later, dry_run=False).tables == ()
    assert figures(context) == FIGURES and looked(context) == {}
    told = upkeep.expire(later, 7, dry_run=True)
    assert sum(t.snapshots for t in told.tables) > 5
    assert upkeep.expire(later, 7, dry_run=False).tables == told.tables
    assert upkeep.expire(later, 7, dry_run=False).tables == ()
    assert looked(context) == {}, "snapshots of the edition are still there"
    lake = Path(context.settings.home / "lake")
    (lake / "saima" / "raw_rows" / "data" / "left-behind.parquet").write_bytes(b"x" * 10)
    files = len(list(lake.rglob("*.*")))
    assert upkeep.remove_orphans(datetime.now(UTC), 24, dry_run=False).tables == (), "young files may be in work"
    orphans = upkeep.remove_orphans(later, 24, dry_run=True)
    assert len(list(lake.rglob("*.*"))) == files
    assert upkeep.remove_orphans(later, 24, dry_run=False).tables == orphans.tables
    gone = sum(t.files for t in orphans.tables)
    assert gone > 1 and len(list(lake.rglob("*.*"))) == files - gone
    assert figures(context) == FIGURES and looked(context) == {}
    send(context, 9, "330482", "950", 10)
    assert figures(context)[1] == ("330482", Decimal("950.0000")) and looked(context) == {}


def test_a_compaction_that_dies_is_undone(context, monkeypatch):
    from pipelines.warehouse.load import lake_upkeep

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with context.warehouse.database.read() as connection:
        pins = read_committed_snapshots(connection)
    monkeypatch.setattr(lake_upkeep, "commit_load", die)
    with pytest.raises(KeyboardInterrupt):
        context.warehouse.lake_upkeep.compact(NOW, dry_run=False)
    monkeypatch.undo()
    assert figures(context) == FIGURES
    assert context.warehouse.recover(NOW).abandoned
    with context.warehouse.database.read() as connection:
        assert read_committed_snapshots(connection) == pins
    assert looked(context) == {}


def test_a_backup_restores_elsewhere_and_is_proven(context, tmp_path):
    made = back_up(context, tmp_path / "backup", NOW)
    send(context, 9, "330482", "950", 10)  # life goes on
    done = restore(tmp_path / "backup", tmp_path / "restored", NOW, Settings())
    failed = {c["id"] for c in done.audit["checks"] if c["failed"]} - {"edition-files", "closings"}
    assert failed == set() and done.audit_log == made.audit_log
    with opened(tmp_path / "restored").warehouse as warehouse:
        rows = warehouse.current_facts("unit_month", "2022-02", ["unit_code", "ytd"]).to_pylist()
        assert sorted((r["unit_code"], r["ytd"]) for r in rows) == FIGURES
    with pytest.raises(Refused, match="not empty"):
        restore(tmp_path / "backup", tmp_path / "restored", NOW, Settings())
    with pytest.raises(Refused, match="not empty"):
        back_up(context, tmp_path / "backup", NOW)
    with (tmp_path / "backup" / "warehouse.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff" * 8)
    with pytest.raises(Terminal, match=r"damaged: warehouse\.db"):
        restore(tmp_path / "backup", tmp_path / "other", NOW, Settings())
    with pytest.raises(Terminal, match="no whole backup"):
        restore(tmp_path, tmp_path / "other", NOW, Settings())


def test_a_restore_that_was_killed_before_its_proof_is_repeatable(context, tmp_path, monkeypatch):
    """The home was there and whole, not proven, and the command refused to go on: it was not empty."""
    from pipelines.flow.upkeep import backup

    back_up(context, tmp_path / "backup", NOW)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(backup, "audit", killed)
        restore(tmp_path / "backup", tmp_path / "restored", NOW, Settings())
    back_up(context, tmp_path / "another", NOW + timedelta(minutes=1))
    with pytest.raises(Refused, match="not empty"):
        restore(tmp_path / "another", tmp_path / "restored", NOW, Settings())
    done = restore(tmp_path / "backup", tmp_path / "restored", NOW, Settings())
    assert {c["id"] for c in done.audit["checks"] if c["failed"]} <= {"edition-files", "closings"}
    assert not (tmp_path / "restored" / "restore.unproven").exists()
    with pytest.raises(Refused, match="not empty"):
        restore(tmp_path / "backup", tmp_path / "restored", NOW, Settings())


def test_a_second_backup_to_the_same_place_waits_its_turn(context, tmp_path, monkeypatch):
    """It took away what the first had copied, which went on without it: a backup that lacked files and had the name of a whole one."""
    from pipelines.flow.upkeep import backup

    plain, told = backup.copy_database, []

    def meanwhile(source: Path, target: Path) -> str:
        if source.name == "warehouse.db":
            with pytest.raises(Transient, match="another process is writing") as second:
                back_up(context, tmp_path / "backup", NOW)
            told.append(second.value.remedy)
        return plain(source, target)

    (tmp_path / ".backup.partial" / "raw").mkdir(parents=True)
    (tmp_path / ".backup.partial" / "raw" / "of one who died").write_text("half")
    monkeypatch.setattr(backup, "copy_database", meanwhile)
    made = back_up(context, tmp_path / "backup", NOW)
    assert len(told) == 1 and made.files == sum(f.is_file() for f in (tmp_path / "backup").rglob("*")) - 1, (
        "and its note"
    )
    assert (
        not (tmp_path / "backup" / "raw" / "of one who died").exists() and not (tmp_path / ".backup.partial").exists()
    )


def test_journal_and_editions_of_a_backup_are_those_of_its_ledger(context, tmp_path, monkeypatch):
    """What arrives while the archive is copied is in neither; nothing of it fails the audit of the restored home."""
    from pipelines.flow.upkeep import backup

    late = context.settings.editions / "2022-02" / "2022-02-e2"
    plain = backup.copy

    def copy(source: Path, target: Path, **more: object) -> None:
        if source.name == "raw":
            late.mkdir(parents=True)
            send(context, 9, "330482", "950", 10)
        plain(source, target, **more)

    monkeypatch.setattr(backup, "copy", copy)
    made = back_up(context, tmp_path / "backup", NOW)
    assert late.exists() and not (tmp_path / "backup" / late.relative_to(context.settings.home)).exists()
    monkeypatch.undo()
    done = restore(tmp_path / "backup", tmp_path / "restored", NOW, Settings())
    failed = {c["id"]: c["detail"] for c in done.audit["checks"] if c["failed"]}
    assert failed.keys() <= {"edition-files", "closings"} and done.audit_log == made.audit_log


def test_a_disk_that_fills_up_leaves_no_half_backup(context, tmp_path, monkeypatch):
    from pipelines.flow.upkeep import backup

    def full(source: Path, target: Path) -> str:
        target.write_bytes(b"x")
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(backup, "copy_database", full)
    with pytest.raises(Transient, match="disk is full"):
        back_up(context, tmp_path / "backup", NOW)
    assert not (tmp_path / "backup").exists() and not (tmp_path / ".backup.partial").exists()


def test_a_restore_is_whole_proven_and_of_this_home(context, tmp_path, monkeypatch):
    back_up(context, tmp_path / "backup", NOW)
    with pytest.raises(Terminal, match="outside the home are not restored"):
        restore(tmp_path / "backup", tmp_path / "other", NOW, Settings(database_url="postgresql+psycopg://x/y"))
    from pipelines.flow.upkeep import backup

    def full(source: Path, target: Path) -> None:
        target.mkdir(parents=True, exist_ok=True) if source.is_dir() else shutil.copy2(source, target)
        if source.name == "lake":
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(backup, "copy", full)
        with pytest.raises(Transient, match="No space left"):
            restore(tmp_path / "backup", tmp_path / "other", NOW, Settings())
    assert not (tmp_path / "other").exists() and not (tmp_path / ".other.partial").exists()
    note = tmp_path / "backup" / "backup.json"
    told = json.loads(note.read_text("utf-8"))
    note.write_text(json.dumps({**told, "audit_log": {}}), "utf-8")
    with pytest.raises(Terminal, match="not that of the backup"):
        restore(tmp_path / "backup", tmp_path / "other", NOW, Settings())
    note.write_text(json.dumps({k: v for k, v in told.items() if k != "audit_log"}), "utf-8")
    with pytest.raises(Refused, match="lacks audit_log"):
        restore(tmp_path / "backup", tmp_path / "another", NOW, Settings())


def test_retention_takes_old_warehouses_and_leftovers_alone(context):
    home = context.settings.home
    old, young = home / "before-rebuild-20210101T000000Z", home / "before-rebuild-20220301T000000Z"
    spooled = home / "raw" / "incoming" / "dead"
    for folder, days in ((old, 200), (young, 10), (spooled, 2)):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "x").write_bytes(b"12345")
        os.utime(folder, ((NOW - timedelta(days=days)).timestamp(),) * 2)
    told = apply_retention(context, NOW, 90, dry_run=True)
    assert {Path(one.path) for one in told.removed} == {old, spooled} and old.exists()
    assert apply_retention(context, NOW, 90, dry_run=False).removed == told.removed
    assert not old.exists() and young.exists() and not spooled.exists()
    assert context.warehouse.audit_entries(limit=1)[0].action == "retention"
