"""The closed grammar of numbers: exact, or not a number."""

from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.harmonize.amounts import UnitOfAmount, cast_amounts
from pipelines.harmonize.notes import Notes
from pipelines.harmonize.numbers import Missing, Number, code_text, exact, parse_number, plain
from pipelines.harmonize.sent_rows import _as_json


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("123.4", "123.4", ""),
        ("１２３．４", "123.4", ""),
        ("1,234,567.8", "1234567.8", ""),
        ("1，234", "1234", ""),
        ("12 345 678", "12345678", ""),
        ("(1,234)", "-1234", ""),
        ("（12.5）", "-12.5", ""),
        ("－5", "-5", ""),
        ("−5", "-5", ""),
        ("+3", "3", ""),
        (" 7\u3000", "7", ""),
        ("\u200b8", "8", ""),
        ("1.2亿元", "1.2", "亿元"),
        ("500 万元", "500", "万元"),
        ("24.1%", "24.1", "%"),
        ("２４％", "24", "%"),
        ("5个", "5", "个"),
        ("0", "0", ""),
        (".5", "0.5", ""),  # Oracle, and the number format #.##
        ("-.25", "-0.25", ""),
        ("100.", "100", ""),
        ("1,234.万元", "1234", "万元"),
    ],
)
def test_numbers_as_counties_write_them(text, value, unit):
    number = parse_number(text)
    assert isinstance(number, Number)
    assert (number.value, number.unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    "text",
    [
        "约500",
        ">5",
        "12,34",
        "1,2345",
        ".",
        "1.2.",
        "..5",
        "1.2.3",
        "--5",
        "(5",
        "5)",
        "(-5)",
        "0x1F",
        "inf",
        "NaN",
        "五百",
        "1 2",
        "12 34",
        "1/2",
    ],
)
def test_everything_else_is_no_number(text):
    assert parse_number(text) == "not_a_number"


@pytest.mark.parametrize("text", ["1.2E+05", "9.13304E+17", "1e-5"])
def test_scientific_texts_have_lost_their_digits(text):
    assert parse_number(text) == "digits_lost"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", ""),
        ("  ", ""),
        ("\u3000", ""),
        (None, ""),
        ("—", "N"),
        ("－", "N"),
        ("-", "N"),
        ("/", "N"),
        ("无", "N"),
        ("暂无", "N"),
        ("Ｎ／Ａ", "N"),
        ("——", "N"),
        ("…", "U"),
        ("……", "U"),
        ("...", "U"),
    ],
)
def test_missing_is_three_valued_and_never_zero(text, status):
    assert parse_number(text) == Missing(status)


def test_a_double_is_the_number_a_spreadsheet_shows():
    assert exact(0.1 + 0.2) == Decimal("0.3")
    assert exact(1234.5600000000001) == Decimal("1234.56")
    assert exact(float("inf")) is None
    assert parse_number(float("nan")) == "not_a_number"
    assert parse_number(True) == "not_a_number"


@pytest.mark.parametrize(
    ("cell", "code", "note"),
    [
        (330481.0, "330481", None),
        ("011000", "011000", None),
        (9.133048100000001e17, None, "digits_lost"),
        ("9.1E+17", None, "digits_lost"),
        ("３３０４８１", "330481", "converted"),
        ("无", None, "not_applicable"),
        ("", None, None),
        (" 330481 ", "330481", None),
        (173, "173", None),
        ("*33048100022001", "33048100022001", "converted"),
        ("2101-330481-04-01-123456※", "2101-330481-04-01-123456", "converted"),
        ("＊Z-0001", "Z-0001", "converted"),
        ("***", "***", None),
    ],
)
def test_codes_stay_texts(cell, code, note):
    assert code_text(cell) == (code, note)


FACTORS = st.sampled_from([Decimal(1), Decimal("0.0001"), Decimal("0.1"), Decimal(10000)])


def cast(cells, factor):
    notes = Notes(range(1, len(cells) + 1), {"ytd": "A"})
    unit = UnitOfAmount(factor, {"万元": Decimal(1), "亿元": Decimal(10000)})
    return cast_amounts(cells, unit, "ytd", notes).to_pylist(), notes


@given(st.lists(st.decimals(-(10**9), 10**9, places=4), min_size=12, max_size=30), FACTORS)
def test_doubles_of_a_column_give_the_decimals_their_sender_wrote(numbers, factor):
    got, notes = cast([float(number) for number in numbers], factor)
    for number, value in zip(numbers, got, strict=True):
        expected = number * factor
        if expected == round(expected, 4):
            assert value == expected
        else:
            assert value is None
    assert {row[4] for row in notes.rows} <= {"too_precise"}


@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=True),
            st.integers(-(10**20), 10**20),
            st.text(max_size=12),
            st.none(),
            st.booleans(),
            st.decimals(allow_nan=False, allow_infinity=False),
        ),
        min_size=1,
        max_size=40,
    ),
    FACTORS,
)
def test_whatever_stands_in_a_column_is_a_value_a_mark_or_a_note(cells, factor):
    got, notes = cast(cells, factor)
    noted = {row[0] for row in notes.rows}
    for number, (cell, value) in enumerate(zip(cells, got, strict=True), 1):
        blank = cell is None or parse_number(cell) == Missing("")
        assert value is not None or blank or number in noted


@given(st.lists(st.decimals(-(10**9), 10**9, places=4), min_size=12, max_size=30))
def test_the_column_path_and_the_cell_path_agree(numbers):
    texts = [format(number, "f") for number in numbers]
    together, _ = cast(texts, Decimal(1))
    apart = [cast([text], Decimal(1))[0][0] for text in texts]
    assert together == apart == numbers


@given(
    st.lists(
        st.one_of(st.text(), st.floats(allow_nan=False, allow_infinity=False), st.none(), st.integers()), max_size=12
    )
)
def test_raw_cells_are_valid_json_of_texts(cells):
    assert json.loads(_as_json(cells)) == [plain(cell) for cell in cells]


def test_amounts_beyond_the_column_are_noted_not_wrapped():
    got, notes = cast([1e18, "99999999999999999999"], Decimal(10000))
    assert got == [None, None]
    assert {row[4] for row in notes.rows} == {"too_precise"}
    assert np.iinfo(np.int64).max < 10**19
