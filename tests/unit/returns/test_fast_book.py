"""The quick workbook holds what xlsxwriter's own holds, member for member, but for texts that look like markup."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from pipelines.returns.fast_book import FastWorkbook

TEXTS = [
    "港区",
    " 前后空格 ",
    "a & b < c > d",
    '"引号"',
    "两\n行",
    "行末\n",
    "制表\t符",
    "_x0041_",
    "\x0b竖",
    "￾",
    "<r>半",
    "港区",
    "\u3000全角空格",
]


def fill(book: Any, texts: list[str]) -> None:
    sheet = book.add_worksheet("数据")
    for row, text in enumerate(texts):
        sheet.write_string(row, 0, text)
    sheet.write_number(0, 1, 12.5)
    sheet.write_comment(1, 0, "说明")


def quick(texts: list[str]) -> bytes:
    book = FastWorkbook({"in_memory": True})
    fill(book, texts)
    return book.content()


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist() if name != "docProps/core.xml"}


def test_members_are_those_of_the_library() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        fill(book, TEXTS)
    own, other = members(buffer.getvalue()), members(quick(TEXTS))
    assert list(own) == list(other)
    assert [name for name in own if own[name] != other[name]] == []


@pytest.mark.parametrize("text", ["<r>港区</r>", "<r></si></sst><evil/></r>", "<r><t>x</t></r>"])
def test_a_text_that_looks_like_markup_stays_a_text(text: str) -> None:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(quick(["前", text, "后"]))).get_sheet_by_index(0)
    assert [row[0] for row in sheet.to_python()] == ["前", text, "后"]


@pytest.mark.parametrize("given", [{"bold": True}, {"bold": True, "bg_color": "#FFE699"}, {"num_format": "0.0"}])
@pytest.mark.parametrize("commented", [False, True])
def test_styles_are_those_of_the_formats_also_of_a_second_workbook(given: dict[str, Any], commented: bool) -> None:
    def fill_in(book: Any) -> None:
        sheet = book.add_worksheet("数据")
        sheet.write_string(0, 0, "港区", book.add_format(given))
        sheet.write_string(1, 0, "港区", book.add_format({"border": 1}))
        sheet.conditional_format("A1:A9", {"type": "blanks", "format": book.add_format({"font_color": "#9C1C1C"})})
        if commented:
            sheet.write_comment(1, 0, "说明")

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        fill_in(book)
    for _ in range(2):
        again = FastWorkbook({"in_memory": True})
        fill_in(again)
        assert members(again.content()) == members(buffer.getvalue())
