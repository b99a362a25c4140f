"""Rows of the dispatch tables in SQL: those of a month are replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa

from ..db import audit_log
from ..db.database import Database
from ..db.locking import lock_for_appending
from ..db.recorded_rows import LENGTH, content_hash
from ..db.schema import DISPATCH_TABLE_ROW
from .held_verdicts import judged_after

LAID_DOWN = "dispatch_tables"
"""Action of the entry of a month's rows."""
MESSAGES = (
    *("outbox", "alert", "notify", "answers", "showcase", "site"),
    *("dispatch_files", "rule_failures", "release_calendar", "draft_files"),
)
"""Actions of entries that no table is made from, by their beginnings."""
TableRows = Mapping[str, Sequence[Mapping[str, object]]]
"""Table → its rows, column → JSON value."""


class DispatchRowStore:
    """Derived rows, one transaction a month."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def laid_down(self) -> dict[str, datetime]:
        """Period → the instant that its rows are as of."""
        query = sa.select(DISPATCH_TABLE_ROW.c.period, DISPATCH_TABLE_ROW.c.as_of).distinct()
        with self._database.read() as connection:
            return {row.period: row.as_of for row in connection.execute(query.order_by(DISPATCH_TABLE_ROW.c.period))}

    def recorded_since(self, period: str, as_of: datetime) -> bool:
        """Whether what the month's rows were made from may have changed for the same instant: the verdict of a version that had arrived
        was computed again since, or something was recorded as of that instant or an earlier one."""
        with self._database.read() as connection:
            laid_down = audit_log.entries(connection, 1, LAID_DOWN, [period])
            since = laid_down[0].seq if laid_down else 0
            return judged_after(connection, as_of) or audit_log.backdated_after(connection, since, as_of, MESSAGES)

    def tables(self, period: str) -> dict[str, list[dict[str, object]]]:
        """Table → the rows of the month that are laid down, in their order."""
        table = DISPATCH_TABLE_ROW.c
        query = sa.select(table.table_name, table.content).where(table.period == period)
        found: dict[str, list[dict[str, object]]] = {}
        with self._database.read() as connection:
            for row in connection.execute(query.order_by(table.table_name, table.row_no)):
                found.setdefault(row.table_name, []).append(dict(row.content))
        return found

    def laid_down_by(self, period: str) -> str:
        """The program that laid down the month's rows last; "" for one that did not say so."""
        with self._database.read() as connection:
            newest = audit_log.entries(connection, 1, LAID_DOWN, [period])
        return str(newest[0].detail.get("code", "")) if newest else ""

    def replace(self, period: str, as_of: datetime, tables: TableRows, code: str) -> int:
        """Puts these rows in the place of the month's, made by a version of the program (`code`); returns how many there are."""
        rows = [
            {"period": period, "table_name": name, "row_no": number, "as_of": as_of, "content": dict(row)}
            for name, content in tables.items()
            for number, row in enumerate(content, 1)
        ]
        with self._database.write() as connection:
            lock_for_appending(connection, DISPATCH_TABLE_ROW.name)  # two who lay down the same month at once
            connection.execute(sa.delete(DISPATCH_TABLE_ROW).where(DISPATCH_TABLE_ROW.c.period == period))
            if rows:
                connection.execute(DISPATCH_TABLE_ROW.insert(), rows)
            detail = {"rows": len(rows), "content": dispatch_content(connection, period), "code": code}
            audit_log.append(connection, as_of, "saima", LAID_DOWN, period, detail)
        return len(rows)


def dispatch_content(connection: sa.Connection, period: str) -> str:
    """Hash over a month's rows, in their order."""
    table = DISPATCH_TABLE_ROW.c
    query = sa.select(DISPATCH_TABLE_ROW).where(table.period == period).order_by(table.table_name, table.row_no)
    rows = [content_hash(dict(row._mapping)) for row in connection.execute(query)]
    return sha256(" ".join(rows).encode()).hexdigest()[:LENGTH]
