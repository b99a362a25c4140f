"""Whose fault it is: a failure of our own archive or database is named as such, in time, and never passed over."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from pipelines.errors import Terminal, Transient
from pipelines.flow.exchange.collect import collect
from pipelines.flow.runtime.context import open_context
from pipelines.settings import Settings
from pipelines.warehouse.db.database import Database
from pipelines.warehouse.db.database_errors import reported
from pipelines.warehouse.db.locking import file_lock, shared_lock
from pipelines.warehouse.db.server_connection import catalog_url_of, server_options

NOW = datetime(2022, 3, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize("what", ["raw", "raw/receipts.jsonl"])
def test_a_full_or_read_only_archive_is_named_and_no_source_is_blamed(tmp_path: Path, what: str):
    """What takes the place of the folder, or of the journal in it, cannot be written by anybody, root neither."""
    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    context.warehouse.submissions()
    file = context.settings.inbox / "a.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x,y\n1,2\n")
    os.utime(file, (NOW.timestamp() - 9000,) * 2)
    place = tmp_path / "home" / what
    if what == "raw":
        place.write_text("in the way")
    else:
        place.mkdir(parents=True)
    with pytest.raises(Transient, match="raw archive cannot be written"):
        collect(context, NOW)
    assert context.warehouse.receipts() == [], "nothing is receipted that is not archived"
    context.warehouse.close()


def test_a_server_that_is_down_or_silent_is_named_in_time(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    down = Database(f"postgresql+psycopg://u@127.0.0.1:{port}/saima")
    with pytest.raises(Transient, match="not available") as told, down.read():
        pass
    assert "PostgreSQL" in told.value.remedy and "disk" not in told.value.remedy
    monkeypatch.setattr("pipelines.warehouse.db.server_connection._KEEPALIVE", {"connect_timeout": 2})
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        database = Database(f"postgresql+psycopg://u@127.0.0.1:{silent.getsockname()[1]}/saima")
        started = time.monotonic()
        with pytest.raises(Transient, match="not available"), database.read():
            pass
    assert time.monotonic() - started < 30


def test_connections_have_limits_of_waiting():
    url = sa.engine.make_url("postgresql+psycopg://u@h/saima?connect_timeout=3&options=-cx.y%3D1")
    given = server_options(url)["connect_args"]
    assert "connect_timeout" not in given, "what the URL says wins"
    assert {"keepalives_idle", "tcp_user_timeout"} <= set(given)
    assert "-cstatement_timeout=" in given["options"] and given["options"].endswith("-cx.y=1")
    assert "keepalives_idle=20" in catalog_url_of("postgresql+psycopg://u@h/catalog")
    assert catalog_url_of("sqlite:////x/catalog.db") == "sqlite:////x/catalog.db"


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (psycopg.errors.ReadOnlySqlTransaction, Terminal, "数据库只读"),
        (psycopg.errors.DiskFull, Transient, "磁盘已满"),
        (psycopg.errors.TooManyConnections, Transient, "连接数已满"),
        (psycopg.errors.QueryCanceled, Transient, "语句超时"),
        (psycopg.errors.LockNotAvailable, Transient, "等待锁超时"),
        (psycopg.errors.DeadlockDetected, Transient, "死锁"),
        (psycopg.errors.AdminShutdown, Transient, "停机"),
        (psycopg.errors.InsufficientPrivilege, Terminal, "账户无权"),
        (psycopg.errors.InvalidPassword, Terminal, "密码不对"),
    ],
)
def test_errors_of_the_server_name_their_cause(error, kind, said):
    url = sa.engine.make_url("postgresql+psycopg://u:secret@h/saima")
    with pytest.raises(kind) as told, reported(url):
        raise sa.exc.DBAPIError("SELECT 1", {"amount": "42"}, error("server said so"))
    assert said in str(told.value)
    assert "secret" not in str(told.value) and "42" not in str(told.value)


def test_a_programming_error_stays_one():
    with pytest.raises(sa.exc.ProgrammingError), reported(sa.engine.make_url("postgresql+psycopg://u@h/saima")):
        raise sa.exc.ProgrammingError("SELEC", {}, psycopg.errors.SyntaxError("x"))


def test_a_damaged_file_of_sqlite_says_how_to_go_on(tmp_path: Path):
    (tmp_path / "warehouse.db").write_bytes(b"not a database at all" * 100)
    database = Database(f"sqlite:///{tmp_path / 'warehouse.db'}")
    with pytest.raises(Terminal, match="damaged") as told, database.read() as connection:
        connection.execute(sa.text("SELECT * FROM home"))
    assert "saima restore" in told.value.remedy


@contextmanager
def another_process(program: str, *arguments: object) -> Iterator[int]:
    """A process that has done what the program says and waits; its pid."""
    command = [sys.executable, "-c", f"{program}\nprint(1, flush=True)\nsys.stdin.read()", *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"1\n"
        yield process.pid
        process.kill()


BEGUN = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('{}')"


@pytest.mark.parametrize(
    ("journal", "how"), [("wal", "BEGIN IMMEDIATE"), ("wal", "BEGIN EXCLUSIVE"), ("delete", "BEGIN IMMEDIATE")]
)
def test_whoever_holds_a_locked_sqlite_is_named_with_what_to_do(tmp_path: Path, monkeypatch, journal: str, how: str):
    """ "Another process holds the database", after a minute, and not which."""
    settings = (f"journal_mode={journal}", "busy_timeout=100")
    monkeypatch.setattr("pipelines.warehouse.db.sqlite_connection._SETTINGS", settings)
    database = Database(f"sqlite:///{tmp_path / 'warehouse.db'}")
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE home (x)"))
    with another_process(BEGUN.format(how), tmp_path / "warehouse.db") as pid:
        with (
            pytest.raises(Transient, match=f"held by pid {pid} .*python.* -c import sqlite3") as told,
            database.write(),
        ):
            pass
        assert f"被 pid {pid}" in told.value.zh and "end it first" in told.value.remedy
    with database.write() as connection:
        connection.execute(sa.text("INSERT INTO home VALUES (1)"))
    database.close()


def test_whoever_shares_a_lock_is_named_and_not_who_had_it_before(tmp_path: Path):
    """Writers share the lock that a rebuild waits for, and write no name into it: the one of an earlier rebuild was told."""
    lock = tmp_path / "rebuild.lock"
    with file_lock(lock, 1, "rebuild of yesterday"):
        pass
    held = "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_SH)"
    with another_process(held, lock) as pid:
        with pytest.raises(Transient, match=f"held by pid {pid} ") as told, file_lock(lock, 0.1, "rebuild"):
            pass
        assert "yesterday" not in str(told.value)
    with (
        file_lock(lock, 1, "rebuild"),
        pytest.raises(Transient, match=f"pid {os.getpid()} rebuild"),
        shared_lock(lock, 0.1),
    ):
        pass
