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

from ..db.column_types import instant_text
from ..db.database import insert_rows
from ..db.schema import current_table

_AT_ONCE = 5_000
"""Rows made into Python values at a time."""


def rewrite(connection: sa.Connection, facts: LakeTable, gone: Iterable[str], rows: pa.Table) -> None:
    """Takes out the rows of the submissions that count no more and puts in accepted rows of those that do."""
    table = current_table(facts)
    ids = [{"gone": submission} for submission in sorted(set(gone))]
    if ids:
        connection.execute(table.delete().where(table.c.submission_id == sa.bindparam("gone")), ids)
    names = [name for name in facts.columns if rows[name].null_count < rows.num_rows]
    for start in range(0, rows.num_rows, _AT_ONCE):
        part = rows.slice(start, _AT_ONCE)
        insert_rows(connection, table, names, list(zip(*(sql_values(name, part[name]) for name in names), strict=True)))


def sql_values(name: str, column: pa.ChunkedArray) -> list[Any]:
    """Values of an Arrow column as the SQL column stores them."""
    kind = FIELDS[name].type
    if kind in ("amount", "quantity"):
        return scaled(column)
    if kind == "timestamp":
        return [None if value is None else instant_text(value) for value in column.to_pylist()]
    if kind == "date":
        return [None if value is None else value.isoformat() for value in column.to_pylist()]
    if kind in ("code", "text", "json", "month", "period") and pc.any(pc.match_substring(column, "\x00")).as_py():
        column = pc.replace_substring(column, "\x00", "\u2400")  # PostgreSQL text cannot hold NUL
    values: list[Any] = column.to_pylist()
    return values


def scaled(column: pa.ChunkedArray) -> list[int | None]:
    """decimal(20,4) as integers ×10⁴; None where empty or beyond BIGINT (the lake keeps it exactly, audit says so)."""
    flat = whole_array(column.cast(AMOUNT))
    yuan, known = amounts_as_yuan(flat)
    valid = known & fit_in_64_bits(flat)
    if valid.all():
        return list(yuan.tolist())
    return [value if ok else None for value, ok in zip(yuan.tolist(), valid.tolist(), strict=True)]


def unscaled(values: Sequence[int | None]) -> pa.Array:
    """Integers ×10⁴ back as decimal(20,4)."""
    whole = pa.array(values, pa.int64()).cast(pa.decimal128(19, 0))
    return pc.divide(whole.cast(pa.decimal128(34, 10)), pa.scalar(AMOUNT_SCALE, pa.decimal128(5, 0))).cast(AMOUNT)
