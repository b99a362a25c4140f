"""ranking.parquet: the units' table with types. Amounts are decimals, rates floats of the printed decimals, codes text."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .edition_context import EditionContext
from .edition_figures import Figure, FigureColumn, FigureKind, FigureTable
from .edition_marks import marks_of
from .imprint_lines import imprint_document, imprint_lines
from .sdmx_files import unit_name

_TYPES: dict[FigureKind, Any] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "amount": pa.decimal128(20, 4),
    "quantity": pa.float64(),
    "rate": pa.float64(),
    "points": pa.decimal128(12, 6),
    "percentage_points": pa.float64(),
    "percent": pa.float64(),
}


def figures_parquet(table: FigureTable, edition: EditionContext) -> bytes:
    """The file; what a column is called, and which edition it is, stand in the metadata."""
    arrays = [
        pa.array([_value(row[place], column) for row in table.rows], _TYPES[column.kind])
        for place, column in enumerate(table.columns)
    ]
    marks = marks_of(edition)
    fields = [pa.field(c.key, _TYPES[c.kind], metadata=_about(c, edition)) for c in table.columns]
    about = {
        "edition": edition.edition_id,
        "period": str(edition.period),
        "programme": edition.programme.name,
        "measure": edition.measure,
        "revision": str(edition.revision),
        "state": edition.state,
        "figures": "final" if marks.final else "provisional",
        "simulated": str(marks.simulated).lower(),
        "demonstration": str(marks.demonstration).lower(),
        "marks": "; ".join(f"{mark.zh} {mark.en}" for mark in marks.all),
        **{line.key: line.text for line in imprint_lines(imprint_document(edition.programme.imprint))},
    }
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=about)), buffer, compression="zstd")
    return buffer.getvalue()


def _about(column: FigureColumn, edition: EditionContext) -> dict[str, str]:
    """What a column is called and the unit of its figures."""
    named = {"zh": column.zh, "en": column.en, "kind": column.kind}
    return named if column.kind == "text" else {**named, "unit": unit_name(column, edition.measure, edition)}


def _value(value: Figure, column: FigureColumn) -> Any:
    if value is None or column.kind in ("text", "integer"):
        return value
    if column.kind in ("amount", "points"):
        return Decimal(str(value))
    return float(value)
