"""The tables of the dispatch loop in a delivery: what the statistics bureau may read of it (domain_decisions §6) and has as views
already, with columns of their kinds. Administrative data, internal: flags and snails of units, which rest on drafts, are not among them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ...errors import Refused
from ...model.dispatch_tables import DISPATCH_TABLES, ColumnKind, DispatchColumn, DispatchTable
from ...model.fields import Field, FieldType
from ...model.periods import Period
from ...model.tables import AMOUNT
from ..dispatch.dispatch_view import DispatchView
from ..dispatch.documents_of import month_tables
from ..runtime.context import Context
from .delivery_tables import DeliveredTable

_KINDS: dict[ColumnKind, tuple[pa.DataType, FieldType]] = {
    "text": (pa.string(), "text"),
    "integer": (pa.int64(), "integer"),
    "number": (pa.float64(), "rate"),
    "amount": (AMOUNT, "amount"),
    "date": (pa.date32(), "date"),
    "flag": (pa.bool_(), "flag"),
}
PREFIX = "dispatch_"


def dispatch_tables(context: Context, period: Period, as_of: datetime) -> list[DeliveredTable]:
    """Every table of the month as of an instant, computed from the returns and decisions that were known then; none where the
    programme or the month has no dispatch return."""
    try:
        rows = month_tables(DispatchView(context, period, as_of))
    except Refused:
        return []
    return [_delivered(table, rows[table.name]) for table in DISPATCH_TABLES]


def _delivered(table: DispatchTable, rows: Sequence[dict[str, object]]) -> DeliveredTable:
    made = pa.table(
        {c.name: pa.array([_cell(row[c.name], c.kind) for row in rows], _KINDS[c.kind][0]) for c in table.columns}
    )
    return DeliveredTable(
        f"{PREFIX}{table.name}", table.zh, table.en, made, {column.name: _field(column) for column in table.columns}
    )


def _cell(value: Any, kind: ColumnKind) -> object:
    """A cell of the JSON document in the type of its column."""
    if value is None:
        return None
    match kind:
        case "amount":
            return Decimal(value).quantize(Decimal("0.0001"))
        case "number":
            return float(value)
        case "date":
            return date.fromisoformat(value)
        case _:
            return value


def _field(column: DispatchColumn) -> Field:
    return Field(column.name, _KINDS[column.kind][1], column.zh, column.en, "万元" if column.kind == "amount" else "")
