"""Figures that belong to nobody in particular, totals that cannot be compared, rates a hundred times off."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter

from .conftest import HEADER, TITLE, csv_text, kinds, project, workbook
from .styled_formats import as_xlsx
from .test_rows_that_are_no_projects import AMOUNTS, ROWS, book, sum_of

AT = {name: number for number, name in enumerate(HEADER)}


def merged(area: str, **changes: object) -> bytes:
    rows = [project(0, **changes), project(1), project(2)]
    first, last = area.split(":")
    for row in range(int(first[1:]), int(last[1:]) + 1):
        for column in range(ord(first[0]), ord(last[0]) + 1):
            if (row, column) != (int(first[1:]), ord(first[0])):
                rows[row - 4][column - 65] = None
    return workbook(("项目月报", [[TITLE[0]], [TITLE[1]], list(HEADER), *rows]), merge=[area])


@pytest.mark.parametrize(
    ("area", "cells"),
    [
        ("L4:L5", ["L4", "L5"]),
        ("Q4:Q6", ["Q4", "Q5", "Q6"]),
        ("N4:O4", ["N4", "O4"]),
        ("K4:L5", ["K4", "L4", "K5", "L5"]),
    ],
)
def test_an_amount_merged_over_several_cells_is_nobodys(read_part, area, cells):
    part = read_part(merged(area))
    notes = [n for n in part.notes.to_pylist() if n["code"] == "merged_amount"]
    assert sorted(n["cell"] for n in notes) == sorted(cells)
    fields = {n["field"] for n in notes}
    assert all(part.rows[name].to_pylist()[0] is None for name in fields)


def test_a_name_merged_over_rows_is_said_of_each(read_part):
    part = read_part(merged("D4:D6"))
    assert [n["code"] for n in part.notes.to_pylist()] == ["converted"] * 2
    assert len(set(part.rows["owner_name"].to_pylist())) == 1


def test_an_amount_merged_with_the_empty_cell_of_no_column_is_its_own(read_part):
    rows = [[*project(0)[:-1], None, None]]
    content = workbook(("项目月报", [[TITLE[0]], [TITLE[1]], [*HEADER[:-1]], *rows]), merge=["Q4:R4"])
    assert read_part(content).notes.num_rows == 0


@pytest.mark.parametrize("text", ["约18003", "见附表", "18003.123456", "一万八千", "#REF!"])
def test_a_total_that_cannot_be_read_is_told(read_part, text):
    total = sum_of(ROWS, "合计", 2)
    total[AT["本年完成投资"]] = text
    part = read_part(book(*ROWS, total))
    (problem,) = part.problems
    assert (problem.rule, problem.params["kind"], problem.params["severity"]) == ("A08", "unread_total", "query")
    assert problem.cell == "L10"
    assert "ytd" not in part.totals["field"].to_pylist()


def test_the_formula_of_a_total_without_result_is_told(read_part):
    total = sum_of(ROWS, "合计", 2)
    total[AT["本年完成投资"]] = "=SUM(L4:L9)"  # its writer stores 0 and asks for calculation
    (problem,) = read_part(book(*ROWS, total)).problems
    assert (problem.params["kind"], problem.value) == ("unread_total", "=")


@pytest.mark.parametrize("form", ["{}(含港区)", "{} (不含许村)", "{}【核】"])
def test_a_remark_does_not_take_a_total_out_of_the_comparison(read_part, form):
    total = sum_of(ROWS, "合计", 2)
    total[AT["本年完成投资"]] = form.format(23459)
    part = read_part(book(*ROWS, total))
    assert {t["field"]: t["value"] for t in part.totals.to_pylist()}["ytd"] == Decimal(23459)
    assert kinds(part) == []


def formulas(*cells: tuple[str, object], asks: bool = False) -> bytes:
    """A workbook of three projects whose payments are formulas with these stored results; `asks` its reader to calculate."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream)
    sheet = made.add_worksheet("项目月报")
    for number, row in enumerate([[TITLE[0]], [TITLE[1]], list(HEADER), *(project(n) for n in range(3))]):
        sheet.write_row(number, 0, row)
    for number, (formula, stored) in enumerate(cells, 3):
        sheet.write_formula(number, AT["其他费用"], formula, None, stored)
    made.close()
    source, out = zipfile.ZipFile(stream), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            archive.writestr(name, data if asks else data.replace(b' fullCalcOnLoad="1"', b""))
    return out.getvalue()


LOOKED_UP = "=VLOOKUP(B4,A1:Q3,2,0)"


def test_a_stored_zero_that_nothing_speaks_for_is_asked(read_part):
    part = read_part(formulas((LOOKED_UP, 0), ("=IF(L5>5000,1,0)", 0), ("=0*2", 0)))
    (problem,) = part.problems
    assert (problem.rule, problem.params["kind"], problem.params["severity"]) == ("A03", "stored_zeros", "query")
    assert (problem.params["count"], problem.params["cells"]) == ("2", "Q4, Q5")
    assert part.rows["other"].to_pylist() == [Decimal(0)] * 3


def test_a_sheet_whose_other_formulas_have_results_was_calculated(read_part):
    assert kinds(read_part(formulas((LOOKED_UP, 0), ("=SUM(L5:L5)", 1001)))) == []


def test_a_stored_zero_is_no_figure_where_the_workbook_asks_to_be_calculated(read_part):
    part = read_part(formulas((LOOKED_UP, 0), asks=True))
    assert [(n["cell"], n["code"]) for n in part.notes.to_pylist()] == [("Q4", "formula_without_value")]


UNIT_HEAD = ["指标名称", "统计口径", "本年累计", "上年同期", "增速(%)"]


def unit(growth: object) -> list[list[object]]:
    row = ["制造业投资", "管理", 153000, 100000, growth]
    return [["海宁市2022年1-6月制造业投资完成情况汇总表"], ["单位:万元"], UNIT_HEAD, row]


@pytest.mark.parametrize("growth", [0.53, 0.531, 5300, "0.53%"])
def test_a_rate_a_hundred_times_off_is_asked(read_part, growth):
    (problem,) = read_part(csv_text(unit(growth))).problems
    assert (problem.rule, problem.params["kind"], problem.params["severity"]) == ("A04", "percent_differs", "query")
    assert problem.cell == "E4"
    assert problem.params["expected"] == "53"


def test_a_percent_cell_that_holds_percents_is_asked(read_part):
    (problem,) = read_part(as_xlsx(unit((53, "0.0%")))).problems
    assert problem.params["kind"] == "percent_differs"


@pytest.mark.parametrize("growth", [53.0, "53%", 52.7, 40.0, 1.0, None])
def test_a_rate_that_agrees_or_differs_otherwise_is_not_asked_here(read_part, growth):
    assert kinds(read_part(csv_text(unit(growth)))) == []


def test_amounts_are_where_the_helpers_say():
    assert HEADER[AMOUNTS[0]] == "计划总投资"
