"""Units that brackets of a header name beside other words, rows that number columns, results that a template left behind, and a document that
declares two months."""

from __future__ import annotations

import io
import json

import pytest
import xlsxwriter

from .conftest import HEADER, TITLE, kinds, project, workbook


def table(header: str, *under: list[object]) -> bytes:
    head = [header if name == "本年完成投资" else name for name in HEADER]
    return workbook(("表", [[TITLE[0]], [TITLE[1]], head, *under, project(0), project(1)]))


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("本年完成投资（以元计）", ("A04", "contradiction")),
        ("本年完成投资（不含税，元）", ("A04", "contradiction")),
        ("本年完成投资（含税;亿元）", ("A04", "contradiction")),
        ("本年完成投资（万元/亩）", ("A04", "not_allowed")),
        ("本年完成投资（%）", ("A04", "not_allowed")),
        ("本年完成投资（不含税，万美元）", ("A04", "not_allowed")),
    ],
)
def test_a_unit_beside_other_words_in_the_brackets_of_a_header(read_part, header, told):
    """Only brackets that held nothing else were looked at: 元 was read as 万元."""
    assert told in kinds(read_part(table(header)))


@pytest.mark.parametrize(
    "header",
    [
        "本年完成投资（含土地，万元）",
        "本年完成投资（不含税）",
        "本年完成投资（以万元计）",
        "本年完成投资（含税、含土地）",
        "本年完成投资（万元）",
    ],
)
def test_brackets_that_say_the_same_or_nothing(read_part, header):
    assert kinds(read_part(table(header))) == []


@pytest.mark.parametrize(
    "row",
    [
        ["栏次", *range(1, 18)],
        ["栏 次", *map(str, range(1, 18))],
        ["1", *map(str, range(2, 12)), "12=14+15+16+17", *map(str, range(13, 19))],
        ["甲", "乙", *map(str, range(1, 17))],
    ],
)
def test_a_row_that_numbers_the_columns_is_none_of_the_table(read_part, row):
    """It was a project of 11 万元 that lacked everything."""
    part = read_part(table("本年完成投资", row))
    assert part.rows["ytd"].to_pylist() == [1000, 1001]


def filled_in(result: float, asks: bool = True) -> bytes:
    """A template in which a program has filled in the parts (400+100+400+100 = 1000) beside the formula of their sum."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    book.set_calc_mode("auto")
    sheet = book.add_worksheet("表")
    for number, row in enumerate([[TITLE[0]], [TITLE[1]], list(HEADER), project(0), project(1)]):
        sheet.write_row(number, 0, row)
    sheet.write_formula("L4", "=ROUND(SUM(N4:Q4)+0.5-0.5,0)", None, result)
    book.close()
    return stream.getvalue()


def test_a_result_that_its_template_left_behind_is_no_figure(read_part):
    """Who opens the file sees 1000, 900 was counted."""
    part = read_part(filled_in(900))
    assert part.rows["ytd"].to_pylist() == [None, 1001]
    assert [(n["cell"], n["code"]) for n in part.notes.to_pylist()] == [("L4", "formula_without_value")]
    assert read_part(filled_in(1000)).rows["ytd"].to_pylist() == [1000, 1001]


def test_a_document_that_declares_two_months_is_refused(read):
    rows = [dict(zip(HEADER, project(0), strict=True))]
    meta = {"form": "project_month", "unit": "330481", "period": "2022-06", "amount_unit": "万元"}

    def said(**beside: str) -> list[str]:
        result = read(json.dumps({"meta": meta, **beside, "rows": rows}))
        return [p.params["kind"] for p in result.problems]

    assert said(period="2022-05") == ["json_shape"]
    assert said(amount_unit="元") == ["json_shape"]
    assert said(period="2022年6月") == said(period="202206") == said(unit="海宁市") == []


@pytest.mark.parametrize(
    ("name", "measure", "told"),
    [
        ("制造业投资（亿元）", "万元", [("A04", "measure_mismatch")]),
        ("制造业投资（元）", None, [("A04", "measure_mismatch")]),
        ("制造业投资（万美元）", "万元", [("A04", "not_allowed")]),
        ("制造业投资（1-5月）", "万元", [("A05", "contradiction")]),
        ("制造业投资（预计）", "万元", [("A03", "expected_figures")]),
        ("制造业投资（万元）", "万元", []),
        ("制造业投资（1-6月，万元）", None, []),
        ("制造业投资（1-6月，亿元）", "万元", [("A04", "measure_mismatch")]),
        ("制造业投资", "万元", []),
    ],
)
def test_what_stands_behind_the_name_of_an_indicator(read_part, name, measure, told):
    """制造业投资（亿元） under a title in 万元 was read as 万元."""
    head = ["指标名称", "统计口径", "计量单位", "本年累计", "上年同期"]
    rows = [[name, "管理", measure, 537600, 435000], ["项目个数", "管理", "个", 520, 500]]
    part = read_part(workbook(("汇总月报", [["海宁市2022年1-6月汇总月报"], ["单位:万元"], head, *rows])))
    assert kinds(part) == told
    assert part.rows["ytd"].to_pylist() == [537600, 520]
