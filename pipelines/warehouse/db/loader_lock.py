"""Locks of a warehouse on PostgreSQL, of sessions: they end with their holder on whatever machine. Who loads, with a proof at each
commit that the lock has not ended before; and who holds all writers off."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa

from pipelines.errors import Transient

LOADER_KEY = 0x5A1A_10AD
COMMIT_KEY = 0x5A1A_C0DE
"""Shared by commits of the loader; whoever loads next takes it alone once, so that it begins after the last of them."""
WRITER_KEY = 0x5A1A_DA7A
"""Shared by every write transaction; held alone by a backup."""


class LoaderLock:
    """The lock as one process sees it; each thread holds it for itself."""

    def __init__(self) -> None:
        self._held = threading.local()

    @contextmanager
    def held(self, engine: sa.Engine, timeout: float) -> Iterator[None]:
        """Waits for the lock up to `timeout` seconds, then raises Transient."""
        with engine.connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            _wait(connection, LOADER_KEY, timeout)
            try:
                connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": COMMIT_KEY})
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": COMMIT_KEY})
                self._held.session = connection.scalar(sa.text("SELECT pg_backend_pid()"))
                yield
            finally:
                self._held.session = None
                with suppress(
                    sa.exc.DBAPIError
                ):  # a session that is gone holds nothing; what was committed was checked
                    connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": LOADER_KEY})

    def refuse_if_lost(self, connection: sa.Connection) -> None:
        """The lock ends with its session (a network that fails, a server that is restarted), and another machine may load since: then
        nothing of this one may be committed. A commit that is allowed here is waited for by whoever loads next."""
        session = getattr(self._held, "session", None)
        if session is None:
            return
        connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": COMMIT_KEY})
        held = sa.text(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = :session AND classid = 0 AND objid = :key "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        if connection.scalar(held, {"session": session, "key": LOADER_KEY}) is None:
            raise Transient(
                "写入仓库的锁已丢失（与数据库的连接中断过），本次写入未提交",
                "the lock of the loader was lost (its session ended): nothing of this was committed",
                "再次运行，未完成的批次会接着做 / run it again: what was begun is finished",
            )


def join_writers(connection: sa.Connection) -> None:
    """This transaction writes: nobody holds the writers off until it ends."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": WRITER_KEY})


@contextmanager
def writers_held_off(engine: sa.Engine, timeout: float) -> Iterator[None]:
    """No write transaction of anybody is open, nor begins; waits up to `timeout` seconds, then raises Transient."""
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        _wait(connection, WRITER_KEY, timeout)
        try:
            yield
        finally:
            with suppress(sa.exc.DBAPIError):  # a session that is gone holds nothing
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": WRITER_KEY})


_SESSION = sa.text(
    "SELECT a.pid, a.usename, a.client_addr, a.backend_start FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = :key "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY a.backend_start LIMIT 1"
)
"""The server's process of whoever holds a lock, and since when it is connected; another account's are hidden but for its pid."""


def _wait(connection: sa.Connection, key: int, timeout: float) -> None:
    give_up = time.monotonic() + timeout
    while not connection.scalar(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
        if time.monotonic() >= give_up:
            session = connection.execute(_SESSION, {"key": key}).first()
            who = _told(session) if session else "?"
            raise Transient(
                f"仓库正由另一会话写入：{who}",
                f"another session writes to the warehouse: {who}",
                "稍后重试；确已无用时由管理员 SELECT pg_terminate_backend(pid) / try again later; the administrator ends a session "
                "that is of no use",
            )
        time.sleep(0.1)


def _told(session: Any) -> str:
    """A session of the server: what it hides of another account's is left out."""
    pid, account, address, since = session
    told = [f"pid {pid}", account or "", str(address or ""), since.isoformat(" ", "seconds") if since else ""]
    return " ".join(word for word in told if word)
