"""How the program reaches a SQLite file: how long it waits, how many connections it keeps, how transactions begin."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

BUSY_SECONDS = 60
_SETTINGS = (
    "page_size=16384",
    "cache_size=-16000",
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "foreign_keys=ON",
)
"""Pages of 16 KB (of a new file; one that is there keeps its own) and 16 MB of them at hand: a country month writes 200 MB of rows, and the
questions to it read some 10 MB."""
KEPT_OPEN: Mapping[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}, "pool_size": 48, "pool_use_lifo": True}
"""A new connection to SQLite reads the whole schema, which costs more than most questions; a server has forty threads."""

ATTACHED = "attached"
"""Name of a second database file within a transaction."""


def may_only_read(database: str | None) -> bool:
    """A home that this user may look at but not change (an auditor's, a backup, a read-only disk)."""
    if not database or not Path(database).is_file():
        return False
    return not (os.access(database, os.W_OK) and os.access(Path(database).parent, os.W_OK))


def connect_to_read(database: str) -> sqlite3.Connection:
    """SQLite makes files beside a WAL database even to read it, unless told that nobody writes. A log that is there means that
    somebody does; then its files are there to be read too."""
    nobody_writes = not Path(f"{database}-wal").exists()
    address = f"file:{quote(database)}?mode=ro" + ("&immutable=1" if nobody_writes else "")
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def configure(connection: Any, _: Any) -> None:
    """Of every new connection."""
    connection.isolation_level = None  # transactions begin below, not behind our back
    cursor = connection.cursor()
    for setting in _SETTINGS:
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def begin(connection: sa.Connection) -> None:
    """Of every transaction: a writer takes its lock at once, so that it never has to give up what it has read."""
    write = connection.get_execution_options().get("saima_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def attach(connection: sa.Connection, file: str) -> None:
    """Makes a second database file readable, as `attached`, until the connection goes back to its pool."""
    if connection.info.get(ATTACHED) != file:
        connection.exec_driver_sql(f"ATTACH DATABASE ? AS {ATTACHED}", (file,))
        connection.info[ATTACHED] = file


def detach(connection: Any, record: Any) -> None:
    """Of every connection that goes back to its pool: a file that a transaction read from cannot be let go before its end."""
    if connection is not None and record.info.pop(ATTACHED, None):
        connection.execute(f"DETACH DATABASE {ATTACHED}")
