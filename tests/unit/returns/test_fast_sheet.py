"""The quick sheet writes what xlsxwriter's own writes, byte for byte."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook
from xlsxwriter.worksheet import Worksheet

from pipelines.returns.fast_sheet import FastSheet

ROWS = [
    [(0, "标题 & <名>", None)],
    [],
    [(1, "a", "bold"), (2, 12.5, None), (5, None, "bold"), (27, -3.0, "bold")],
    [(0, 1.0, None), (30, " 空格 ", None)],
    *[[(n % 7, f"行{n}", None), (8 + n % 3, n / 7, "bold" if n % 5 else None)] for n in range(40)],
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
    sheet.write_blank(3, 5, None, forms["bold"])
    sheet.write_string(2, 0, "替换", forms["bold"])
    sheet.write_string(2, 1, "在前面写过的单元格", None)
    sheet.write_boolean(4, 11, True)
    sheet.set_row(2, 30)
    sheet.set_row(6, 20)
    sheet.set_row(60, 30)
    sheet.write_comment(50, 2, "说明")
    sheet.write_comment(3, 2, "note")
    sheet.set_column(0, 3, 20)
    sheet.set_column(40, 40, 20, forms["bold"])
    workbook.close()
    return buffer.getvalue()


def test_bytes_are_those_of_the_library() -> None:
    quick, own = book(FastSheet), book(Worksheet)
    assert len(own) > 5_000
    assert quick == own


def test_a_sheet_without_rows_that_were_put_is_written_as_ever() -> None:
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet: Any = workbook.add_worksheet("数据", FastSheet)
    sheet.write_string(1, 1, "格")
    workbook.close()
    assert CalamineWorkbook.from_filelike(io.BytesIO(buffer.getvalue())).get_sheet_by_index(0).to_python() == [["格"]]
