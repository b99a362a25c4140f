"""Tables put together hold what they held, whether or not a column of them holds anything."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from pipelines.model.joined_tables import joined, with_empty_columns, without_empty_columns
from pipelines.model.tables import AMOUNT

SCHEMA = pa.schema([("name", pa.string()), ("ytd", AMOUNT), ("equip", AMOUNT), ("note", pa.string())])


def _table(*rows: tuple[str | None, str | None]) -> pa.Table:
    names, amounts = [n for n, _ in rows], [None if a is None else Decimal(a) for _, a in rows]
    return pa.table(
        [names, pa.array(amounts, AMOUNT), pa.nulls(len(rows), AMOUNT), pa.nulls(len(rows), pa.string())], schema=SCHEMA
    )


PARTS = {
    "several": [_table(("甲", "1.5"), ("乙", None)), _table(), _table((None, "-2"))],
    "one column filled in one of them": [_table((None, None)), _table(("丙", None))],
    "nothing anywhere": [_table((None, None)), _table((None, None), (None, None))],
    "no rows": [_table(), _table()],
}


@pytest.mark.parametrize("name", PARTS)
def test_joined_tables_hold_the_rows_of_all_in_one_piece(name: str) -> None:
    whole = joined(PARTS[name])
    assert whole.equals(pa.concat_tables(PARTS[name])) and whole.schema == SCHEMA
    assert all(column.num_chunks <= 1 for column in whole.columns)


@pytest.mark.parametrize("name", PARTS)
def test_empty_columns_come_back_where_they_stood(name: str) -> None:
    whole = pa.concat_tables(PARTS[name])
    filled = without_empty_columns(whole)
    assert "equip" not in filled.column_names and "note" not in filled.column_names
    assert with_empty_columns(filled, SCHEMA, whole.num_rows).equals(whole)


def test_empty_columns_of_a_type_share_their_memory() -> None:
    whole = joined(PARTS["nothing anywhere"])
    places = {column.chunk(0).buffers()[1].address for column in (whole["ytd"], whole["equip"])}
    assert len(places) == 1


def test_a_table_without_columns_is_joined_too() -> None:
    assert joined([pa.table({}), pa.table({})]).num_columns == 0
