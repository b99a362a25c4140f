"""What went wrong with a database, told with its cause and what to do: never an internal error, never "check the disk" for a server
that is down."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from pipelines.errors import SaimaError, Terminal, Transient

from .lock_holders import holders
from .sqlite_connection import BUSY_SECONDS

_STATES: dict[str, tuple[type[SaimaError], str, str]] = {
    "25006": (
        Terminal,
        "数据库只读",
        "the database is read-only: connect to the primary, or end default_transaction_read_only",
    ),
    "28P01": (Terminal, "密码不对", "the password is wrong: check SAIMA_DATABASE_URL"),
    "28000": (Terminal, "账户不能登录", "the account may not log in: check SAIMA_DATABASE_URL and pg_hba.conf"),
    "3D000": (Terminal, "没有这个数据库", "there is no such database: create it, or check SAIMA_DATABASE_URL"),
    "42501": (Terminal, "账户无权", "the account has no right to this: see saima db roles"),
    "42P01": (Terminal, "缺少表", "a table is missing: saima db upgrade as the owner"),
    "53100": (
        Transient,
        "数据库服务器的磁盘已满",
        "the disk of the database server is full: free space there, then run again",
    ),
    "53200": (Transient, "数据库服务器内存不足", "the database server is out of memory"),
    "53300": (Transient, "连接数已满", "too many connections: try again later"),
    "55P03": (Transient, "等待锁超时", "waited too long for a lock: another command is writing, try again later"),
    "57014": (Transient, "语句超时", "a statement took longer than the limit: try again later"),
    "57P01": (Transient, "数据库服务器正在停机", "the database server is shutting down: start it, then run again"),
    "57P03": (Transient, "数据库服务器正在启动", "the database server is starting up: try again in a moment"),
    "40001": (Transient, "与另一写入冲突", "another writer came first: run again"),
    "40P01": (Transient, "死锁", "a deadlock was broken: run again"),
}
_SQLITE: tuple[tuple[str, type[SaimaError], str, str], ...] = (
    ("disk is full", Transient, "磁盘已满", "the disk is full: free space, then run again"),
    ("disk I/O error", Transient, "磁盘读写出错", "the disk fails or is full: check free space and the disk"),
    ("readonly database", Transient, "数据库只读", "check the right to write"),
    ("unable to open", Transient, "无法打开数据库文件", "check the path, the right to write, free space and the disk"),
    (
        "malformed",
        Terminal,
        "数据库文件已损坏",
        "the file is damaged: restore a backup (saima restore), or saima rebuild",
    ),
    (
        "not a database",
        Terminal,
        "不是数据库文件",
        "the file is damaged: restore a backup (saima restore), or saima rebuild",
    ),
)


@contextmanager
def reported(url: sa.URL, read_only: bool = False) -> Iterator[None]:
    """Errors of the database inside the block as ours, naming the cause; programming errors stay what they are."""
    try:
        yield
    except sa.exc.DBAPIError as cause:
        told = _told(cause, url, read_only)
        if told is None:
            raise
        raise told from cause


def _told(cause: sa.exc.DBAPIError, url: sa.URL, read_only: bool) -> SaimaError | None:
    where, said = url.render_as_string(hide_password=True), str(cause.orig).strip()
    state = getattr(cause.orig, "sqlstate", None)
    if state in _STATES:
        kind, zh, en = _STATES[state]
        return kind(f"{zh}:{where}({said})", f"the database {where}: {said}", f"{zh} / {en}")
    if "database is locked" in said:
        return _locked(url, where, said)
    if isinstance(cause.orig, sqlite3.DatabaseError):
        for text, kind, zh, en in _SQLITE:
            if text in said:
                remedy = "检查写权限 / check the right to write" if read_only else f"{zh} / {en}"
                return kind(
                    f"数据库不可用：{where}（{said}）", f"the database is not available: {where} ({said})", remedy
                )
    if isinstance(cause, sa.exc.OperationalError):
        remedy = (
            "检查写权限 / check the right to write"
            if read_only
            else "检查磁盘空间，或稍后再试 / check free space, or try again"
            if url.get_backend_name() == "sqlite"
            else "检查 PostgreSQL 是否在运行、网络与 SAIMA_DATABASE_URL / check that PostgreSQL runs and can be reached"
        )
        return Transient(f"数据库不可用：{where}（{said}）", f"the database is not available: {where} ({said})", remedy)
    return None


def _locked(url: sa.URL, where: str, said: str) -> Transient:
    """Who holds a file of SQLite: the lock of a writer lies on the index of its log, that of an older journal on the file itself."""
    file = Path(url.database or "")
    found = "、".join(holders((file, file.with_name(f"{file.name}-shm"))))
    who = (f"被 {found} 占用", f"held by {found}") if found else ("被占用", "held by another process")
    remedy = (
        f"等待 {BUSY_SECONDS} 秒后放弃；等它结束后再运行 / gave up after {BUSY_SECONDS} s: run again when it has ended"
    )
    if found:
        remedy += "；它若已无用（如忘关的 sqlite3），先结束它 / if it is of no use (a forgotten shell), end it first"
    return Transient(
        f"数据库不可用：{where} {who[0]}（{said}）",
        f"the database is not available: {where} is {who[1]} ({said})",
        remedy,
    )


def older_than_its_tables(url: sa.URL, revision: str | None, cause: sa.exc.DatabaseError) -> Terminal | None:
    """A migration that finds what it makes: the recorded version is not that of the tables. None for any other error."""
    if "already exists" not in str(cause.orig):
        return None
    return Terminal(
        f"数据库记录的版本（{revision or '无'}）比它的表旧：{url.database}（{cause.orig}）",
        f"the database says version {revision or 'none'}, its tables are newer: {url.database} ({cause.orig})",
        "版本记录被改动，或只恢复了一部分：从备份整体恢复 / the record was changed or a part restored: restore a whole backup",
    )
