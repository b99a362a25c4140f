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
