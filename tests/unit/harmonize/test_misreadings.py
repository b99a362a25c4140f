"""What would be read wrongly without a word: each is read rightly or named, never passed over."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from .conftest import HEADER, TITLE, csv_text, kinds, project, workbook


def sheet(rows: list[list[Any]], header: list[Any] | None = None, title: str = TITLE[0], unit: str = TITLE[1]) -> bytes:
    return workbook(("表", [[title], [None, unit], header or list(HEADER), *rows]))


def renamed(**names: str) -> list[str]:
    return [names.get(name, name) for name in HEADER]


@pytest.mark.parametrize("text", ["1200①", "1200²", "1200½", "⑫00"])
def test_a_footnote_mark_is_no_digit(read_part, text):
    part = read_part(sheet([project(0, 本年完成投资=text), project(1)]))
    assert part.rows["ytd"].to_pylist() == [None, Decimal(1001)]
    assert [(n["cell"], n["code"]) for n in part.notes.to_pylist()] == [("L4", "not_a_number")]


@pytest.mark.parametrize(
    "header", ["本年完成投资(万)", "本年完成投资[万元]", "本年完成投资/万元", "本年完成投资(单位:万元)"]
)
def test_a_header_in_another_unit_than_the_title_is_named(read_part, header):
    part = read_part(sheet([project(0)], renamed(本年完成投资=header), unit="单位:亿元"))
    assert ("A04", "contradiction") in kinds(part)


@pytest.mark.parametrize(
    "header", ["本年完成投资(百万元)", "本年完成投资(万美元)", "本年完成投资(USD)", "本年完成投资/十亿元"]
)
def test_a_header_in_money_the_form_does_not_know_is_named(read_part, header):
    assert ("A04", "not_allowed") in kinds(read_part(sheet([project(0)], renamed(本年完成投资=header))))


def test_a_table_of_last_month_under_a_new_title_is_named(read_part):
    part = read_part(sheet([project(0)], renamed(本年完成投资="1-5月完成投资")))
    (problem,) = part.problems
    assert (problem.rule, problem.params["kind"], problem.cell) == ("A05", "contradiction", "L3")


@pytest.mark.parametrize(
    ("code", "scaled"),
    [
        ("0!.0,", True),
        ("#,##0.00,", True),
        ('0"."0,"万元"', True),
        ("#,##0.00", False),
        ('_ * #,##0.00_ ;_ * "-"_ ', False),
    ],
)
def test_a_number_format_that_shows_wan_yuan_of_yuan_is_named(read_part, code, scaled):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    page, shown = book.add_worksheet("表"), book.add_format({"num_format": code})
    for number, row in enumerate([[TITLE[0]], [TITLE[1]], HEADER, project(0)]):
        page.write_row(number, 0, row)
    page.write_number("L4", 12_000_000, shown)
    book.close()
    part = read_part(stream.getvalue())
    assert kinds(part) == ([("A04", "display_scaled")] if scaled else [])


def test_hidden_rows_count_and_are_told(read_part):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    page = book.add_worksheet("表")
    for number, row in enumerate([[TITLE[0]], [TITLE[1]], HEADER, *(project(n) for n in range(3))]):
        page.write_row(number, 0, row)
    page.set_row(4, None, None, {"hidden": True})
    book.close()
    part = read_part(stream.getvalue())
    assert len(part.rows) == 3
    (problem,) = part.problems
    assert (problem.params["kind"], problem.params["severity"], problem.row) == ("hidden_rows", "information", 5)


@pytest.mark.parametrize(
    "changes",
    [
        {"基层表编码": "#33048110320001"},
        {"基层表编码": "", "项目名称": "#2机组改造"},
        {"基层表编码": "", "项目名称": "其中岛制造基地"},
        {"基层表编码": "", "项目名称": "电话机生产线"},
        {"项目名称": "合计"},
    ],
)
def test_a_row_with_odd_words_is_not_lost_as_a_subtotal_or_footer(read_part, changes):
    """Columns in an order that begins with the name, so that the words come first."""
    order = [2, 0, *(at for at in range(len(HEADER)) if at not in (0, 2))]
    rows = [[row[at] for at in order] for row in (project(0), project(1, **changes), project(2))]
    part = read_part(sheet(rows, [HEADER[at] for at in order]))
    assert len(part.rows) == 3


@pytest.mark.parametrize("label", ["合计:", "共计", "合 计(3个)", "总计(万元)"])
def test_totals_in_other_words_are_totals(read_part, label):
    total = [4, None, None, label, *[None] * 6, 18003, 9003, 3003, 300, 1200, 300, 1200, 303, None]
    numbered = [[n + 1, *project(n)] for n in range(3)]
    part = read_part(workbook(("表", [[TITLE[0]], [TITLE[1]], ["序号", *HEADER], *numbered, total])))
    assert len(part.rows) == 3
    assert {t["field"]: t["value"] for t in part.totals.to_pylist()}["ytd"] == Decimal(3003)


@pytest.mark.parametrize("text", ["2021.1", "21.1"])
def test_october_that_lost_its_zero_is_not_january(read_part, text):
    part = read_part(csv_text([[TITLE[0]], [TITLE[1]], HEADER, project(0, 开工时间=text)]))
    assert part.rows["start_ym"].to_pylist() == [None]
    (note,) = part.notes.to_pylist()
    assert (note["code"], note["raw"]) == ("ambiguous_date", f"{text}(2021-01 / 2021-10)")


def test_a_text_october_beside_a_number_does_not_tell_what_the_number_was(read_part):
    """A CSV keeps the zero of the cell that was a text and drops that of the number below it."""
    mixed = [project(0, 开工时间="2021.1"), project(1, 开工时间="2020.10")]
    part = read_part(csv_text([[TITLE[0]], [TITLE[1]], HEADER, *mixed]))
    assert part.rows["start_ym"].to_pylist() == [None, "2020-10"]


def test_january_typed_as_text_in_a_workbook_is_january(read_part):
    part = read_part(workbook(("表", [[TITLE[0]], [TITLE[1]], HEADER, project(0, 开工时间="2021.1")])))
    assert part.rows["start_ym"].to_pylist() == ["2021-01"]


def test_the_city_in_a_letterhead_is_not_the_sender(read_part):
    part = read_part(sheet([project(0)], title="嘉兴市统计局统计专报 海宁市2022年1-6月制造业投资项目月报"))
    assert (part.unit_code, kinds(part)) == ("330481", [])


def test_many_units_of_large_projects_are_no_unit_of_amount(read_part):
    part = read_part(sheet([project(0)], title="海宁市各单位亿元以上制造业项目2022年1-6月月报"))
    assert kinds(part) == []


def test_half_a_header_says_what_is_missing(read):
    (problem,) = read(
        workbook(
            ("表", [["2022年6月"], ["项目名称", "计划总投资", "行业代码", "建设性质"], ["甲", 500, "3825", "新建"]])
        )
    ).problems
    assert (problem.params["kind"], problem.params["form"], problem.row) == ("half_a_header", "project_month", 2)
    assert "本年完成投资" in problem.params["missing"]
    assert "计划总投资" not in problem.params["missing"]


def test_a_file_without_a_table_is_quoted(read):
    (problem,) = read("各位领导:本月报表稍后报送。\n").problems
    assert problem.params["begins"] == "各位领导:本月报表稍后报送。"


@pytest.mark.parametrize(("text", "value"), [("1200元", "0.12"), ("1.2亿", "12000"), ("5千元", "0.5")])
def test_a_cell_in_another_unit_than_the_title_is_asked_about(read_part, text, value):
    part = read_part(sheet([project(0), project(1, 本年完成投资=text)]))
    assert part.rows["ytd"].to_pylist()[1] == Decimal(value)
    (problem,) = part.problems
    assert (problem.rule, problem.params["kind"], problem.params["severity"]) == ("A04", "cell_unit_differs", "query")
    assert (problem.cell, problem.value) == ("L5", text)


def test_a_cell_in_the_unit_of_the_title_is_not(read_part):
    assert kinds(read_part(sheet([project(0, 本年完成投资="1200万元")]))) == []
