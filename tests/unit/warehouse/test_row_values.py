"""Rows as values: what a class asks for comes from the columns or is given; nothing is left out silently."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from pipelines.warehouse.db.row_values import from_row, row_reader


@dataclass(frozen=True)
class Place:
    row: int
    name: str
    note: str = "none"


@pytest.fixture(scope="module")
def row():
    with sa.create_engine("sqlite://").connect() as connection:
        yield connection.execute(sa.text("SELECT 3 AS row, '海宁' AS name, 1 AS further")).one()


def test_columns_fill_the_fields_of_their_names(row):
    assert from_row(Place, row, note="x") == Place(3, "海宁", "x")
    assert from_row(Place, row, row=4, note="") == Place(4, "海宁", "")


def test_rows_of_one_query_are_read_alike(row):
    read = row_reader(Place, row._fields, ("note",))
    assert read(row, note="x") == from_row(Place, row, note="x")
    with pytest.raises(KeyError, match="note"):
        row_reader(Place, row._fields)


def test_a_field_without_column_is_an_error_whatever_its_default(row):
    with pytest.raises(KeyError, match="note"):
        from_row(Place, row)
