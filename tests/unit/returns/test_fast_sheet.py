"""The quick sheet writes what xlsxwriter's own writes, but for a hint (`spans`) and figures, which keep the digits that were sent."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from xlsxwriter.worksheet import Worksheet

from pipelines.returns.fast_sheet import FastSheet

ROWS = [
    [(0, "标题 & <名>", None)],
    [],
    [(1, "a", "bold"), (2, 12.5, None), (5, None, "bold"), (27, -3.0, "bold")],
    [(0, 1.0, None), (30, " 空格 ", None)],
    *[[(n % 7, f"行{n}", None), (8 + n % 3, n / 8, "bold" if n % 5 else None)] for n in range(40)],
]


def book(kind: type[Worksheet]) -> bytes:
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet: Any = workbook.add_worksheet("数据", kind)
    forms = {"bold": workbook.add_format({"bold": True}), None: None}
    for at, row in enumerate(ROWS):
        cells = [(column, value, forms[form]) for column, value, form in row]
        if kind is FastSheet:
            sheet.put_row(at, cells)
        else:
            for column, value, form in cells:
                kinds = {str: sheet.write_string, float: sheet.write_number, type(None): sheet.write_blank}
                kinds[type(value)](at, column, value, form)
    sheet.write_string(55, 1, "照旧写的行", forms["bold"])
    sheet.write_boolean(56, 11, True)
    sheet.set_row(2, 30)
    sheet.set_row(6, 20)
    sheet.set_row(60, 30)
    sheet.write_comment(50, 2, "说明")
    sheet.write_comment(3, 2, "note")
    sheet.set_column(0, 3, 20)
    sheet.set_column(40, 40, 20, forms["bold"])
    workbook.close()
    return buffer.getvalue()


def members(content: bytes) -> dict[str, bytes]:
    """Without hints, and figures without the decimal point that Python gives whole ones."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = {name: archive.read(name) for name in archive.namelist()}
    return {name: re.sub(rb' spans="[\d:]+"', b"", text).replace(b".0</v>", b"</v>") for name, text in texts.items()}


def test_members_are_those_of_the_library() -> None:
    quick, own = members(book(FastSheet)), members(book(Worksheet))
    assert len(own["xl/worksheets/sheet1.xml"]) > 4_000
    assert quick == own


TEXTS = [
    ["330481", "海宁市", "1162800.25", "", "12"],
    ["330482", "", "-9.95", "", "很多"],
    ["330483", " 前后 & <空格> ", "0.07", "", "1234567890123456"],
    ["330484", "<r>半</r>", "", "", "123456789012345"],
    ["短"],
]


def put(texts: list[list[str]], figures: set[int]) -> Any:
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet: Any = workbook.add_worksheet("数据", FastSheet)
    sheet.put_row(0, [(0, "330482", None)])
    sheet.put_texts([2 + n for n in range(len(texts))], texts, figures)
    workbook.close()
    return openpyxl.load_workbook(io.BytesIO(buffer.getvalue()), rich_text=True).active


def test_rows_of_texts_stand_where_they_were_put() -> None:
    sheet = put(TEXTS, set())
    shown = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert shown[:3] == [[text or None for text in row] for row in TEXTS[:3]]
    assert shown[4] == ["短", None, None, None, None]
    assert sheet["A1"].value == "330482"
    assert sheet.dimensions == "A1:E7"


def test_figures_keep_the_digits_that_were_sent() -> None:
    sheet = put(TEXTS, {2, 4})
    assert [row[2].value for row in sheet.iter_rows(min_row=3)] == [1162800.25, -9.95, 0.07, None, None]
    assert [row[4].value for row in sheet.iter_rows(min_row=3)] == [
        12,
        "很多",
        "1234567890123456",
        123456789012345,
        None,
    ]


@pytest.mark.parametrize("texts", [[], [[]], [["", ""], [""]]])
def test_rows_of_nothing_are_none(texts: list[list[str]]) -> None:
    assert put(texts, {0}).dimensions == "A1:A1"


def test_a_sheet_without_rows_that_were_put_is_written_as_ever() -> None:
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet: Any = workbook.add_worksheet("数据", FastSheet)
    sheet.write_string(1, 1, "格")
    workbook.close()
    assert CalamineWorkbook.from_filelike(io.BytesIO(buffer.getvalue())).get_sheet_by_index(0).to_python() == [["格"]]


def test_figures_that_go_the_library_s_way_keep_their_digits_too() -> None:
    """The figure carried over into a template: 9.95 was 9.949999999999999 for whoever does not round as Excel does."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet: Any = workbook.add_worksheet("数据", FastSheet)
    sheet.write_number(0, 0, 9.95, workbook.add_format({"locked": True}))
    workbook.close()
    with zipfile.ZipFile(buffer) as archive:
        assert b"<v>9.95</v>" in archive.read("xl/worksheets/sheet1.xml")
