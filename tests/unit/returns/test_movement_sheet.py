"""The sheet 变动表: filled in the template it is read, and it travels in the workbook that goes back; how the workbooks print."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from pipelines.harmonize.file import harmonize
from pipelines.model.movements import COLUMNS, Movement
from pipelines.model.periods import Period
from pipelines.model.programme import Programme
from pipelines.model.submissions import ReadFile, ReadOptions
from pipelines.parse.reader import parse
from pipelines.programme.folder import find
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays
from pipelines.returns.template import template
from pipelines.returns.verdict import ReturnedPart, Returning
from pipelines.returns.verdict_book import verdict_book

MOMENT = datetime(2022, 7, 8, 2, tzinfo=UTC)
LINES = (
    Movement("退库", "33048100022001", "甲", month="2022-06", doc_no="海发改〔2022〕3 号"),
    Movement("改码", "33048100022002", "=乙", "33048100020002", "33048100022002", reason="辖区调整后重新编码"),
)
ROW = {
    "基层表编码": "33048100022002",
    "项目名称": "年产组件项目",
    "行业代码": "3825",
    "建设性质": "新建",
    "期末项目建设状态": "在建",
    "开工时间": "2021-03",
    "计划总投资": 6000,
    "自开始建设累计完成投资": 3000,
    "本年完成投资": 1000,
    "本月完成投资": 100,
}


@pytest.fixture(scope="module")
def jiaxing() -> Programme:
    return load(find("jiaxing"), chinese_workdays(), code_lists())


def read(content: bytes, programme: Programme, folder: Path) -> ReadFile:
    (folder / "stored").write_bytes(content)
    return harmonize(parse(folder / "stored", "t.xlsx"), "0" * 64, programme, ReadOptions())


def filled(programme: Programme) -> bytes:
    unit = programme.roster.get("330481")
    assert unit is not None
    made = template(programme.forms["project_month"], unit, Period(2022, 6), programme, MOMENT, None)
    book = openpyxl.load_workbook(io.BytesIO(made))
    sheet, moved = book["项目月报"], book["变动表"]
    head = next(r for r in range(1, 8) if "基层表编码" in str(sheet.cell(r, 5).value))
    names = {str(c.value).lstrip("*").split("(")[0]: c.column for c in sheet[head]}
    for name, value in ROW.items():
        sheet.cell(head + 1, names[name]).value = value
    for at, line in enumerate(LINES, start=4):
        said = (
            line.kind,
            line.stat_project_no,
            line.project_name,
            line.before,
            line.after,
            line.month,
            line.doc_no,
            line.reason,
        )
        for column, value in enumerate(said, start=1):
            cell = moved.cell(at, column)
            cell.value = int(value) if value.isdigit() and column == 2 else value or None
            cell.data_type = "n" if isinstance(cell.value, int) else "s"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def returned(file: ReadFile, programme: Programme) -> bytes:
    part = file.parts[0]
    judged = ReturnedPart(
        part, programme.forms[part.form], "海宁市", "s1", 1, "accepted", 1, 1, 0, 0, (), MOMENT, MOMENT
    )
    return verdict_book(
        Returning("6月.xlsx", "a" * 64, "accepted", MOMENT, "r1", "Asia/Shanghai", "嘉兴", True, (judged,))
    )


def test_the_lines_are_read_and_travel_back(jiaxing: Programme, tmp_path: Path) -> None:
    first = read(filled(jiaxing), jiaxing, tmp_path)
    assert first.parts[0].movements == LINES and "变动表" not in first.ignored_sheets
    back = returned(first, jiaxing)
    again = read(back, jiaxing, tmp_path)
    assert again.parts[0].movements == LINES and not again.parts[0].problems
    sheet = openpyxl.load_workbook(io.BytesIO(back))["变动表"]
    assert [c.value for c in sheet[3]] == list(COLUMNS)
    assert sheet["C5"].value == "=乙" and sheet["C5"].data_type == "s"


def test_an_empty_sheet_says_nothing(jiaxing: Programme, tmp_path: Path) -> None:
    unit = jiaxing.roster.get("330481")
    assert unit is not None
    part = read(
        template(jiaxing.forms["project_month"], unit, Period(2022, 6), jiaxing, MOMENT, None), jiaxing, tmp_path
    ).parts[0]
    assert part.movements == ()


def test_every_sheet_prints_on_a4_landscape_with_its_heads(jiaxing: Programme, tmp_path: Path) -> None:
    made = filled(jiaxing)
    for content in (made, returned(read(made, jiaxing, tmp_path), jiaxing)):
        book = openpyxl.load_workbook(io.BytesIO(content))
        shown = [s for s in book if s.sheet_state == "visible"]
        assert len(shown) > 1
        for sheet in shown:
            assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9), sheet.title
            assert sheet.title == "说明" or sheet.print_title_rows, sheet.title
    wide = openpyxl.load_workbook(io.BytesIO(made))["项目月报"]
    assert wide.print_title_cols == "$E:$G", "who a row is about stands on every page"
    assert wide["A1"].value and "海宁市" in str(wide["A1"].value)
