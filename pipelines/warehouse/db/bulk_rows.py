"""Many rows into SQL at once, from Arrow columns. PostgreSQL takes them by COPY. SQLite copies them out of a file of its own kind, which
ADBC writes from the columns before the transaction begins: no row becomes a Python value, and other writers wait half as long."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from pipelines.errors import Transient

from .database import Database, insert_rows
from .sqlite_connection import ATTACHED, attach

_WORTH_A_FILE = 2_000
"""Rows of one table from which on a file is cheaper than statements."""
_AT_ONCE = 5_000
"""Rows made into Python values at a time."""


@dataclass(frozen=True)
class BulkRows:
    """Rows by SQL table; columns as they are stored (`sql_column`): texts, whole numbers, rates, and nothing that SQL lacks. `file`: a
    SQLite file that holds those of the tables named in `in_file`."""

    tables: Mapping[str, pa.Table]
    file: Path | None = None
    in_file: frozenset[str] = frozenset()

    def insert(self, connection: sa.Connection, table: sa.Table) -> None:
        """Inserts the rows of a table in the caller's transaction; columns that they do not name stay NULL."""
        rows = self.tables.get(table.name)
        if rows is None or not rows.num_rows:
            return
        if table.name not in self.in_file:
            for start in range(0, rows.num_rows, _AT_ONCE):
                insert_rows(connection, table, rows.column_names, _tuples(rows.slice(start, _AT_ONCE)))
            return
        attach(connection, str(self.file))
        quote = connection.dialect.identifier_preparer.quote
        name, columns = quote(table.name), ", ".join(map(quote, rows.column_names))
        connection.exec_driver_sql(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {ATTACHED}.{name}")


def lay_ready(database: Database, folder: Path, tables: Mapping[str, pa.Table]) -> BulkRows:
    """What a transaction is to insert; a file for SQLite lies in `folder`, whose owner removes it with all that is there."""
    many = {name: rows for name, rows in tables.items() if rows.num_rows >= _WORTH_A_FILE}
    if not database.sqlite or not many:
        return BulkRows(tables)
    from adbc_driver_sqlite import dbapi

    file = folder / f"{ATTACHED}-{secrets.token_hex(4)}.db"
    try:
        with dbapi.connect(str(file), autocommit=True) as connection, connection.cursor() as cursor:
            for setting in (
                "page_size = 65536",
                "journal_mode = OFF",
                "synchronous = OFF",
            ):  # lost with its process, and written anew
                cursor.execute(f"PRAGMA {setting}")
            for name, rows in many.items():
                cursor.adbc_ingest(name, rows, mode="create")
    except dbapi.Error as error:  # a full disk, as a rule
        raise Transient(
            f"{file.parent} 写不进去：{error}",
            f"cannot write to {file.parent}: {error}",
            "检查磁盘空间和权限，再试 / check space and rights, try again",
        ) from error
    return BulkRows(tables, file, frozenset(many))


def _tuples(rows: pa.Table) -> Sequence[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
