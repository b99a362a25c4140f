"""Rows of current submissions mirrored in SQL, amounts and quantities as integers scaled by 10⁴."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipelines.model.amount_arrays import amounts_as_yuan, fit_in_64_bits, whole_array
from pipelines.model.fields import FIELDS
from pipelines.model.tables import AMOUNT, AMOUNT_SCALE, LakeTable

from ..db.bulk_rows import BulkRows
from ..db.column_types import instant_text
from ..db.schema import current_table


def sql_rows(facts: LakeTable, rows: pa.Table) -> pa.Table:
    """Rows of a lake table with the columns that hold anything, as the SQL table stores them."""
    names = [name for name in facts.columns if rows[name].null_count < rows.num_rows]
    return pa.table({name: sql_column(name, rows[name]) for name in names})


def rewrite(connection: sa.Connection, facts: LakeTable, gone: Iterable[str], bulk: BulkRows) -> None:
    """Takes out the rows of the submissions that count no more and puts in accepted rows of those that do."""
    table = current_table(facts)
    ids = [{"gone": submission} for submission in sorted(set(gone))]
    if ids:
        connection.execute(table.delete().where(table.c.submission_id == sa.bindparam("gone")), ids)
    bulk.insert(connection, table)


def sql_values(name: str, column: pa.ChunkedArray) -> list[Any]:
    """Values of an Arrow column as the SQL column stores them."""
    values: list[Any] = sql_column(name, column).to_pylist()
    return values


def sql_column(name: str, column: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """An Arrow column as the SQL column stores it. Amounts and quantities are whole numbers ×10⁴, null where empty or beyond BIGINT (the
    lake keeps them exactly, the audit says so); instants and dates are ISO 8601 texts; PostgreSQL text cannot hold NUL."""
    kind = FIELDS[name].type
    if kind in ("amount", "quantity"):
        flat = whole_array(column.cast(AMOUNT))
        yuan, known = amounts_as_yuan(flat)
        return pa.array(yuan, pa.int64(), mask=~(known & fit_in_64_bits(flat)))
    if kind == "timestamp":
        return pa.array([None if v is None else instant_text(v) for v in column.to_pylist()], pa.string())
    if kind == "date":
        return pa.array([None if v is None else v.isoformat() for v in column.to_pylist()], pa.string())
    if kind in ("code", "text", "json", "month", "period") and pc.any(pc.match_substring(column, "\x00")).as_py():
        return pc.replace_substring(column, "\x00", "\u2400")
    return column


def unscaled(values: Sequence[int | None]) -> pa.Array:
    """Integers ×10⁴ back as decimal(20,4)."""
    whole = pa.array(values, pa.int64()).cast(pa.decimal128(19, 0))
    return pc.divide(whole.cast(pa.decimal128(34, 10)), pa.scalar(AMOUNT_SCALE, pa.decimal128(5, 0))).cast(AMOUNT)
