"""A workbook holds figures with the digits they have, for every program and not only for one that rounds what it shows."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
import xlsxwriter

from pipelines.publish.exact_sheet import ExactSheet, SheetColumn


@pytest.mark.parametrize(
    ("figure", "written"),
    [
        (9.95, "9.95"),
        (120066.7, "120066.7"),
        (0.2413793103448276, "0.2413793103448276"),
        (-0.1, "-0.1"),
        (5376.0, "5376"),
        (0.0, "0"),
        (3e20, "3e+20"),
        (2**53, "9007199254740992.0"),
    ],
)
def test_a_figure_is_written_with_its_own_digits(figure: float, written: str) -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("Figures", ExactSheet)
    sheet.write_number(0, 0, figure, book.add_format({"num_format": "0.00"}))
    book.close()
    with zipfile.ZipFile(buffer) as archive:
        assert f'<c r="A1" s="1"><v>{written}</v></c>' in archive.read("xl/worksheets/sheet1.xml").decode()
    assert float(written) == figure


def _sheet(columns: list[tuple[list[str | float], str]], first: int = 1) -> tuple[str, list[str]]:
    """The XML of a sheet that was given these columns (cells, number format of the figures), and the texts of its book."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("Figures", ExactSheet)
    sheet.write_string(0, 0, "heading")
    plain = book.add_format({"text_wrap": True})
    looks = [book.add_format({"num_format": how}) for _, how in columns]
    sheet.put_columns(first, [SheetColumn(cells, plain, look) for (cells, _), look in zip(columns, looks, strict=True)])
    book.close()
    with zipfile.ZipFile(buffer) as archive:
        texts = re.findall("<t[^>]*>([^<]*)</t>", archive.read("xl/sharedStrings.xml").decode())
        return archive.read("xl/worksheets/sheet1.xml").decode(), texts


def test_columns_are_written_below_the_rows_that_are_there() -> None:
    sheet, texts = _sheet([(["海宁 <1>", "桐乡", "海宁 <1>"], "@"), ([9.95, "[c]", 5376.0], "0.00")])
    assert '<dimension ref="A1:B4"/>' in sheet
    rows = re.findall(r'<row r="(\d+)" spans="1:2">(.*?)</row>', sheet)
    assert [number for number, _ in rows[-3:]] == ["2", "3", "4"]
    assert texts == ["heading", "海宁 &lt;1&gt;", "桐乡", "[c]"]
    cells = [re.findall(r'<c r="([A-Z]+\d+)" s="(\d+)"(?: t="s")?><v>([^<]+)</v></c>', cells) for _, cells in rows[-3:]]
    assert [[(where, value) for where, _, value in row] for row in cells] == [
        [("A2", "1"), ("B2", "9.95")],
        [("A3", "2"), ("B3", "3")],
        [("A4", "1"), ("B4", "5376")],
    ]
    looks = {(where[0], style) for row in cells for where, style, _ in row}
    assert len(looks) == 3, "texts of both columns look alike, figures as their column says"


def test_columns_without_rows_leave_the_sheet_as_it_is() -> None:
    sheet, texts = _sheet([([], "@"), ([], "0.00")])
    assert sheet.count("<row ") == 1 and texts == ["heading"]
