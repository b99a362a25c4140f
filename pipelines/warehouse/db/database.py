"""The SQL database: opening, migrating, and transactions that either happen or do not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from pipelines.errors import Terminal

from .database_errors import older_than_its_tables, reported
from .loader_lock import LoaderLock, join_writers, writers_held_off
from .locking import file_lock, shared_lock
from .lost_hashes import lost_hashes_logged
from .schema import HEAD, HOME
from .schemas import FURTHER_FORMS
from .server_connection import server_options
from .sqlite_connection import BUSY_SECONDS, KEPT_OPEN, begin, configure, connect_to_read, detach, may_only_read
from .views import View, ViewFunction, altered_views, drop_views, refresh_views, view_names, views_are_current

T = TypeVar("T")
MIGRATIONS = Path(__file__).parents[1] / "migrations"
REBUILD_LOCK = "rebuild.lock"
"""Held alone by a rebuild from its first look at the ledger on; writers share it."""
EXCHANGE_LOCK = "exchange.lock"
"""Held alone for the moment in which a rebuilt warehouse takes its place; everybody who reads or writes shares it."""


class Database:
    """Reads with `read()`, writes with `write()`: one transaction each, BEGIN IMMEDIATE for writers on SQLite."""

    def __init__(self, url: str, locks: Path | None = None) -> None:
        """`locks`: the folder of a home whose database file a rebuild may exchange; see `exchange`."""
        self.url = sa.engine.make_url(url)
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise Terminal(
                f"不支持的数据库：{self.url.get_backend_name()}",
                f"unknown database: {self.url.get_backend_name()}",
                "sqlite:///… 或 / or postgresql+psycopg://…",
            )
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = dict(KEPT_OPEN) if self.sqlite else server_options(self.url)
        self.read_only = self.sqlite and may_only_read(self.url.database)
        if self.read_only:
            options = {"creator": partial(connect_to_read, str(self.url.database))}
        self.engine = sa.create_engine(self.url, pool_pre_ping=not self.sqlite, **options)
        if self.sqlite:
            if not self.read_only:
                sa.event.listen(self.engine, "connect", configure)
            sa.event.listen(self.engine, "begin", begin)
            sa.event.listen(self.engine, "checkin", detach)
        self._writer = self.engine.execution_options(saima_write=True)
        # several statements of one read see one state, as they do on SQLite: an audit runs beside a load
        self._reader = self.engine if self.sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._locks = locks if self.sqlite and not self.read_only else None
        self._file: tuple[int, int] | None = None
        self._loader_lock = LoaderLock()
        self._view = threading.local()
        self.altered_views: tuple[str, ...] = ()
        """Views that somebody had changed since this program wrote them, as they were found when the database was opened."""

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent view of the database; within `one_view` always the same one."""
        if (held := getattr(self._view, "connection", None)) is not None:
            yield held
            return
        with self._reported(), self._in_place(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def one_view(self) -> Iterator[None]:
        """What this thread reads within it is read in one transaction: a page asks ten questions. Within another it
        is that one."""
        if getattr(self._view, "connection", None) is not None:
            yield
            return
        with self.read() as self._view.connection:
            self._view.answers = {}
            try:
                yield
            finally:
                self._view.connection = self._view.answers = None

    def once_a_view(self, question: Hashable, ask: Callable[[sa.Connection], T]) -> T:
        """The answer to a question; within `one_view` it is asked once, and answers are not to be changed."""
        answers: dict[Hashable, T] | None = getattr(self._view, "answers", None)
        if answers is not None and question in answers:
            return answers[question]
        with self.read() as connection:
            answer = ask(connection)
        if answers is not None:
            answers[question] = answer
        return answer

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One write transaction; rolled back when the block raises. Transient while the warehouse is being rebuilt, and where the
        lock of `loading` was lost since."""
        with self._reported(), self._not_rebuilding(), self._in_place(), self._writer.begin() as connection:
            if not self.sqlite:
                join_writers(connection)
            yield connection
            self._loader_lock.refuse_if_lost(connection)

    @contextmanager
    def loading(self, timeout: float) -> Iterator[None]:
        """The one who loads, on whatever machine; SQLite lies in one home, whose lock file does the same."""
        if self.sqlite:
            yield
            return
        with self._reported(), self._loader_lock.held(self.engine, timeout):
            yield

    @contextmanager
    def without_writers(self, home: Path, timeout: float) -> Iterator[None]:
        """Nobody writes meanwhile, on whatever machine; a writer waits as long as for any lock. `home`: where SQLite lies."""
        if self.sqlite:
            with file_lock(home / REBUILD_LOCK, timeout, "backup"):
                yield
            return
        with self._reported(), writers_held_off(self.engine, timeout):
            yield

    @contextmanager
    def _not_rebuilding(self) -> Iterator[None]:
        """What is written to a warehouse that is being rebuilt beside would be lost when the new one takes its place."""
        if self._locks is None:
            yield
            return
        with shared_lock(self._locks / REBUILD_LOCK, BUSY_SECONDS):
            yield

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """Nobody exchanges the file meanwhile; connections to one that was exchanged since are given up."""
        if self._locks is None:
            yield
            return
        with shared_lock(self._locks / EXCHANGE_LOCK, BUSY_SECONDS):
            status = Path(str(self.url.database)).stat() if Path(str(self.url.database)).exists() else None
            now = (status.st_dev, status.st_ino) if status else None
            if self._file is not None and now != self._file:
                self.engine.dispose()
            self._file = now
            yield

    def open(self, lock: Path, programme: str) -> None:
        """Brings the schema to HEAD where it is not, and binds the database to the programme (another is refused)."""
        if self.revision() != HEAD:
            if self.read_only:
                raise Terminal(
                    f"数据库由另一版本生成，而此处只可读取：{self.url.database}",
                    f"the database was made by another version and may only be read: {self.url.database}",
                    "由可写的用户先运行一次 saima status / let a user who may write run saima status once",
                )
            with file_lock(lock, BUSY_SECONDS, "migrate"):
                if self.revision() != HEAD:
                    self.upgrade()
        bound = self.programme()
        if bound is None:
            with self.write() as connection:
                if connection.scalar(sa.select(HOME.c.programme)) is None:
                    connection.execute(HOME.insert().values(programme=programme))
            bound = self.programme()
        if bound != programme:
            raise Terminal(
                f"此目录属于项目 {bound}，不能用于 {programme}",
                f"this home belongs to the programme {bound}, not {programme}",
                "换一个 --home 或 --programme / use another --home or --programme",
            )

    def add_tables(self, lock: Path, tables: Sequence[sa.Table]) -> None:
        """Makes these tables, and columns that they lack: those that no migration knows, since a programme declares them."""
        if not tables or not (self._lacking(tables) and not self.read_only):
            return
        with file_lock(lock, BUSY_SECONDS, "migrate"), self.write() as connection:
            if not self.sqlite:
                connection.exec_driver_sql(f"SET LOCAL search_path TO {FURTHER_FORMS}, ledger, public")
            for table, names in self._lacking(tables).items():
                if len(names) == len(table.columns):
                    table.create(connection)
                    continue
                quote = connection.dialect.identifier_preparer.quote
                for name in names:
                    kind = table.c[name].type.compile(connection.dialect)
                    connection.exec_driver_sql(f"ALTER TABLE {quote(table.name)} ADD COLUMN {quote(name)} {kind}")

    def _lacking(self, tables: Sequence[sa.Table]) -> dict[sa.Table, list[str]]:
        """Table → columns that are not in the database."""
        with self.read() as connection:
            inspector = sa.inspect(connection)
            known = set(inspector.get_table_names())
            there = {t.name: {c["name"] for c in inspector.get_columns(t.name)} for t in tables if t.name in known}
        lacking = {t: [c.name for c in t.columns if c.name not in there.get(t.name, set())] for t in tables}
        return {table: names for table, names in lacking.items() if names}

    def revision(self) -> str | None:
        """The migration the database is at; None where there is none yet."""
        with self.read() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)

    def programme(self) -> str | None:
        """Name of the programme the database belongs to."""
        with self.read() as connection:
            return connection.scalar(sa.select(HOME.c.programme))

    def upgrade(self, revision: str = "head") -> None:
        """Runs the migrations in one transaction; views go first and come back when the warehouse is opened."""
        self._migrate("upgrade", revision)

    def downgrade(self, revision: str) -> None:
        """Undoes migrations down to the one named (`base`: all). What an older schema has no place for is lost."""
        self._migrate("downgrade", revision)

    def _migrate(self, direction: Literal["upgrade", "downgrade"], revision: str) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.util.exc import CommandError

        known = self.revision()
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.write() as connection, lost_hashes_logged(connection, revision):
            config.attributes["connection"] = connection
            drop_views(connection)
            try:
                (command.upgrade if direction == "upgrade" else command.downgrade)(config, revision)
            except sa.exc.DatabaseError as cause:
                told = older_than_its_tables(self.url, known, cause)
                if told is None:
                    raise
                raise told from cause
            except CommandError as cause:
                raise Terminal(
                    f"数据库由更新的版本生成，或没有这一版本：{self.url.database}（{cause}）",
                    f"the database was made by a newer version, or there is no such one: {self.url.database} ({cause})",
                    "更新程序后再用 / update the program first",
                ) from cause

    def keep_views(self, lock: Path, views: Sequence[View], functions: Sequence[ViewFunction]) -> None:
        """Makes the views anew where the database has others than these. Left alone where this account may not change them."""
        if self._has(views, functions):
            return
        with self.read() as connection:
            self.altered_views = altered_views(connection, views, functions)
        if self.read_only:
            return
        with file_lock(lock, BUSY_SECONDS, "migrate"):
            if not self._has(views, functions):
                with self.write() as connection:
                    refresh_views(connection, views, functions)

    def _has(self, views: Sequence[View], functions: Sequence[ViewFunction]) -> bool:
        with self.read() as connection:
            return views_are_current(connection, views, functions)

    def count_views(self) -> int:
        """Views of the bureau that are there."""
        with self.read() as connection:
            return len(view_names(connection))

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    def _reported(self) -> AbstractContextManager[None]:
        return reported(self.url, self.read_only)


def insert_rows(
    connection: sa.Connection, table: sa.Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Bulk insert of plain values past the per-value processing of the ORM layers (53,000 rows × 55 columns < 1 s); PostgreSQL takes
    them by COPY, three times as fast as statements."""
    if not rows:
        return
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    if connection.dialect.name == "postgresql":
        with (
            connection.connection.cursor() as cursor,  # type: ignore[attr-defined]  # psycopg's, in the same transaction
            cursor.copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(names))
    connection.exec_driver_sql(f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})", list(rows))
