"""Receipts of tables delivered to the bureau; on PostgreSQL also a schema that holds the delivered rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from .db import audit_log
from .db.database import Database
from .db.recorded_rows import CONTENTS, contents_of
from .db.schema import DATA_DELIVERY
from .db.schemas import READER


@dataclass(frozen=True)
class Delivery:
    """One delivery. `content_hash`: SHA-256 of its manifest; `files`: name → SHA-256; `row_counts`: table → rows."""

    delivery_id: str
    period: str
    as_of: datetime | None
    destination: str
    delivered_by: str
    content_hash: str
    row_counts: Mapping[str, int]
    files: Mapping[str, str]
    delivered_at: datetime


class Deliveries:
    """Each receipt is one transaction with its entry in the audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_period(self, period: str | None = None) -> list[Delivery]:
        """Receipts, oldest first."""
        query = sa.select(DATA_DELIVERY).order_by(DATA_DELIVERY.c.delivered_at, DATA_DELIVERY.c.delivery_id)
        if period is not None:
            query = query.where(DATA_DELIVERY.c.period == period)
        with self._database.read() as connection:
            return [Delivery(**row._mapping) for row in connection.execute(query)]

    def record(self, one: Delivery, tables: Mapping[str, pa.Table]) -> str | None:
        """Records the receipt. On PostgreSQL, where this account may make schemas, the rows go into a schema of the delivery's name that
        the read-only account reads; its name is returned."""
        with self._database.write() as connection:
            schema = self._snapshot(connection, one.delivery_id, tables)
            connection.execute(DATA_DELIVERY.insert().values(**asdict(one)))
            detail: dict[str, object] = {
                "content_hash": one.content_hash,
                "destination": one.destination,
                "schema": schema,
            }
            detail |= {CONTENTS: contents_of(connection, "delivery", [one.delivery_id])}
            audit_log.append(connection, one.delivered_at, one.delivered_by, "deliver", one.delivery_id, detail)
        return schema

    def carry_over(self, one: Delivery) -> None:
        """Puts a receipt into a rebuilt warehouse as it is."""
        with self._database.write() as connection:
            connection.execute(DATA_DELIVERY.insert().values(**asdict(one)))
            detail: dict[str, object] = {
                "content_hash": one.content_hash,
                "destination": one.destination,
                "carried_over": True,
            }
            detail |= {CONTENTS: contents_of(connection, "delivery", [one.delivery_id])}
            audit_log.append(connection, one.delivered_at, one.delivered_by, "deliver", one.delivery_id, detail)

    def _snapshot(self, connection: sa.Connection, delivery_id: str, tables: Mapping[str, pa.Table]) -> str | None:
        if connection.dialect.name == "sqlite":
            return None
        if not connection.scalar(sa.text("SELECT has_database_privilege(current_database(), 'CREATE')")):
            return None
        schema = f"delivery_{delivery_id.replace('-', '_').lower()}"
        connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
        for name, rows in tables.items():
            columns = ", ".join(f'"{field.name}" {_sql_type(field.type)}' for field in rows.schema)
            connection.exec_driver_sql(f'CREATE TABLE "{schema}"."{name}" ({columns})')
            _copy(connection, f'"{schema}"."{name}"', rows)
        if connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": READER}):
            connection.exec_driver_sql(f'GRANT USAGE ON SCHEMA "{schema}" TO {READER}')
            connection.exec_driver_sql(f'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO {READER}')
        return schema


def _copy(connection: sa.Connection, table: str, rows: pa.Table) -> None:
    """COPY: one stream a table, whatever its length."""
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as stream:
        for batch in rows.to_batches(max_chunksize=10_000):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                stream.write_row(tuple(_storable(value) for value in row))


def _storable(value: object) -> object:
    return value.replace("\x00", "\u2400") if isinstance(value, str) and "\x00" in value else value


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"numeric({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamptz"
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_floating(kind):
        return "double precision"
    if pa.types.is_boolean(kind):
        return "boolean"
    return "bigint" if pa.types.is_integer(kind) else "text"
