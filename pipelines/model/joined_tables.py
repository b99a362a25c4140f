"""Tables of one schema as one. A form has fifty columns, and a third of them is what no sender of a month fills in: sixteen bytes a
row that would be copied wherever rows are put together."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """The rows of tables of one schema (one at least), one chunk a column. Columns that hold nothing are not copied."""
    whole = pa.concat_tables(tables)
    if whole.num_columns == 0:
        return whole
    return with_empty_columns(without_empty_columns(whole).combine_chunks(), whole.schema, whole.num_rows)


def without_empty_columns(table: pa.Table) -> pa.Table:
    """The columns that hold something."""
    return table.select([at for at, column in enumerate(table.columns) if column.null_count < len(column)])


def with_empty_columns(filled: pa.Table, schema: pa.Schema, rows: int) -> pa.Table:
    """`filled`, whose columns are some of the schema's, as a table of that schema with so many rows; what it lacks is null. Columns of
    a type share one array of nulls."""
    there = dict(zip(filled.column_names, filled.columns, strict=True))
    nothing: dict[pa.DataType, pa.Array] = {}
    columns = []
    for field in schema:
        column = there.get(field.name)
        if column is None:
            column = nothing.get(field.type)
            if column is None:
                column = nothing[field.type] = pa.nulls(rows, field.type)
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=schema)
