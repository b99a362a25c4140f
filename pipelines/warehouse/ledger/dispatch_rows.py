"""Rows of the dispatch tables in SQL: those of a month are replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa

from ..db import audit_log
from ..db.database import Database
from ..db.recorded_rows import LENGTH, content_hash
from ..db.schema import DISPATCH_TABLE_ROW

LAID_DOWN = "dispatch_tables"
"""Action of the entry of a month's rows."""
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

    def replace(self, period: str, as_of: datetime, tables: TableRows) -> int:
        """Puts these rows in the place of the month's; returns how many there are."""
        rows = [
            {"period": period, "table_name": name, "row_no": number, "as_of": as_of, "content": dict(row)}
            for name, content in tables.items()
            for number, row in enumerate(content, 1)
        ]
        with self._database.write() as connection:
            connection.execute(sa.delete(DISPATCH_TABLE_ROW).where(DISPATCH_TABLE_ROW.c.period == period))
            if rows:
                connection.execute(DISPATCH_TABLE_ROW.insert(), rows)
            detail = {"rows": len(rows), "content": dispatch_content(connection, period)}
            audit_log.append(connection, as_of, "saima", LAID_DOWN, period, detail)
        return len(rows)


def dispatch_content(connection: sa.Connection, period: str) -> str:
    """Hash over a month's rows, in their order."""
    table = DISPATCH_TABLE_ROW.c
    query = sa.select(DISPATCH_TABLE_ROW).where(table.period == period).order_by(table.table_name, table.row_no)
    rows = [content_hash(dict(row._mapping)) for row in connection.execute(query)]
    return sha256(" ".join(rows).encode()).hexdigest()[:LENGTH]
