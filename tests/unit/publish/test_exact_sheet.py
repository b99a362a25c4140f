"""A workbook holds figures with the digits they have, for every program and not only for one that rounds what it shows."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

from pipelines.publish.exact_sheet import ExactSheet


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
