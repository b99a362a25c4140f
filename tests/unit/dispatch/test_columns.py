"""Columns in place of objects: texts as numbers and back, cells as Python values, rows of a document that are held as columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from pipelines.dispatch.arrays import codes
from pipelines.flow.dispatch.column_rows import Rows
from pipelines.flow.dispatch.documents import Amount
from pipelines.model.text_arrays import as_dictionaries, cell_values, coded_texts, text_codes

texts = st.lists(st.none() | st.sampled_from(["", "甲", "2022-06", "x" * 30]), max_size=6)


@settings(deadline=None, max_examples=60)
@given(st.lists(texts, min_size=1, max_size=3), texts, st.booleans())
def test_texts_go_to_numbers_and_back(chunks: list[list[str | None]], further: list[str | None], ready: bool) -> None:
    column = pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks], pa.string())
    table = pa.table({"a": column})
    if ready:
        table = as_dictionaries(table, ["a", "absent"])
    whole = [text for chunk in chunks for text in chunk]
    numbers, distinct = text_codes(table["a"], pa.chunked_array([pa.array(further, pa.string())]))
    assert [distinct[number] for number in numbers.tolist()] == [*whole, *further]
    assert cell_values(table["a"]) == whole
    for kind in (pa.string(), pa.dictionary(pa.int32(), pa.string())):
        back = coded_texts(numbers, distinct, kind)
        assert back.type == kind and back.to_pylist() == [*whole, *further]
    places, names = codes(table, "a")
    assert [names[place] for place in places.tolist()] == [text or "" for text in whole]
    assert len(set(names)) == len(names)


def test_cells_are_what_arrow_says_of_every_kind() -> None:
    days = pa.array([date(2022, 6, 30), None, date(1, 1, 1)], pa.date32())
    for array in (days, pa.array([1, None]), pa.array([True, None, False]), pa.nulls(3, pa.string()), days[1:]):
        assert cell_values(array) == array.to_pylist()


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    amount: Amount | None


class Page(BaseModel):
    lines: Rows[Line]


def test_rows_held_as_columns_read_and_print_like_a_list() -> None:
    rows = Rows(Line, {"name": ["甲", "乙"], "amount": [Decimal("1.50"), None]})
    objects = [Line("甲", Decimal("1.50")), Line("乙", None)]
    assert (list(rows), rows[1], rows[:1], len(rows)) == (objects, objects[1], objects[:1], 2)
    page, same = Page(lines=rows), Page(lines=objects)  # type: ignore[arg-type]
    assert page == same and page.lines != objects
    assert page.model_dump(mode="json") == {"lines": [{"name": "甲", "amount": "1.50"}, {"name": "乙", "amount": None}]}
    for mode in ("validation", "serialization"):
        described = Page.model_json_schema(mode=mode)["properties"]["lines"]
        assert described == {"items": {"$ref": "#/$defs/Line"}, "title": "Lines", "type": "array"}


def test_rows_say_what_is_wrong_with_their_columns() -> None:
    with pytest.raises(TypeError, match="amount"):
        Rows(Line, {"name": []})
    with pytest.raises(ValueError, match="columns of"):
        Rows(Line, {"name": ["甲"], "amount": []})
    with pytest.raises(ValidationError, match="neither Rows nor a list of Line"):
        Page(lines=["甲"])  # type: ignore[arg-type]
