"""The documents of a month as rows of `model.dispatch_tables`, for SQL and for files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from ...model.dispatch_tables import DISPATCH_TABLES, ColumnKind, DispatchTable
from ...publish.csv_table import safe_text
from .documents import Document, json_of

TableRows = dict[str, list[dict[str, object]]]


def table_rows(documents: Mapping[str, Document]) -> TableRows:
    """Table → rows, from the documents by the name of their command."""
    known: dict[str, Any] = {}
    found: TableRows = {}
    for table in DISPATCH_TABLES:
        if table.document in documents:
            content = known.setdefault(table.document, json_of(documents[table.document]))
            found[table.name] = [_row(table, row) for row in _rows(content, table.rows)]
    return found


def _rows(content: Any, path: str) -> Iterator[Mapping[str, Any]]:
    """Rows at a path; the fields of an outer row stand beside those of its inner ones."""
    outer, _, inner = path.partition(".")
    for row in content[outer]:
        if not inner:
            yield row
        for part in row[inner] if inner else ():
            yield {**row, **part}


def _row(table: DispatchTable, row: Mapping[str, Any]) -> dict[str, object]:
    levels = row.get("by_level")
    flat = {**row, **levels} if isinstance(levels, dict) else row
    return {column.name: _value(flat[column.name]) for column in table.columns}


def _value(value: Any) -> object:
    return ";".join(str(part) for part in value) if isinstance(value, list) else value


def _cell(value: object, kind: ColumnKind) -> object:
    if value is None:
        return ""
    return safe_text(value) if kind == "text" and isinstance(value, str) else value


def rows_as_csv(rows: TableRows) -> dict[str, bytes]:
    """`dispatch_<table>.csv` → its bytes: UTF-8 with a mark, names of columns, empty for what is absent."""
    files = {}
    for table in DISPATCH_TABLES:
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow([column.name for column in table.columns])
        for row in rows.get(table.name, ()):
            writer.writerow([_cell(row[c.name], c.kind) for c in table.columns])
        files[f"dispatch_{table.name}.csv"] = b"\xef\xbb\xbf" + buffer.getvalue().encode()
    return files
