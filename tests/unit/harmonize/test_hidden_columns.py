"""Columns of figures that a workbook or a page does not show: data like others, and the sender is told."""

from __future__ import annotations

import io
import struct
import zipfile

import olefile
import pytest
import xlsxwriter

from pipelines.parse.facts import hidden_columns

from .conftest import HEADER, TITLE, kinds, project
from .other_formats import _record, ods, ole2, xls, xlsb
from .styled_formats import without_addresses
from .test_web_pages import spreadsheet_xml, table

ROWS = [[TITLE[0]], [TITLE[1]], list(HEADER), *(project(n) for n in range(3))]
PLAN, YTD = HEADER.index("计划总投资"), HEADER.index("本年完成投资")
NAME = HEADER.index("项目名称")


def repacked(workbook, part, old, new):
    source, out = zipfile.ZipFile(io.BytesIO(workbook)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                assert old in data
                data = data.replace(old, new, 1)
            archive.writestr(name, data)
    return out.getvalue()


def as_xlsx(at, rows=ROWS, options=None):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("表")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    sheet.set_column(at, at, 9, None, {"hidden": True} if options is None else options)
    book.close()
    return stream.getvalue()


def as_xlsx_of_no_width(at):
    shown = as_xlsx(at, options={})
    return repacked(shown, "xl/worksheets/sheet1.xml", b' width="9.7109375"', b' width="0"')


def as_xls(at):
    with olefile.OleFileIO(io.BytesIO(xls("表", ROWS))) as container:
        stream = container.openstream("Workbook").read()
    start = struct.unpack_from("<I", stream, stream.index(struct.pack("<H", 0x0085), 20) + 4)[0] + 20
    column = struct.pack("<HHHHHHHH", 0x007D, 12, at, at, 2304, 0, 1, 0)
    return ole2({"Workbook": stream[:start] + column + stream[start:]})


def as_xlsb(at):
    column = _record(390) + _record(60, struct.pack("<IIIIH", at, at, 2304, 0, 1)) + _record(391)
    return repacked(xlsb("表", ROWS), "xl/worksheets/sheet1.bin", _record(145), column + _record(145))


def as_ods(at):
    columns = (
        f'<table:table-column table:number-columns-repeated="{at}"/><table:table-column table:visibility="collapse"/>'
    )
    return repacked(ods("表", ROWS), "content.xml", b"<table:table-row>", columns.encode() + b"<table:table-row>")


def as_page(at, rows=ROWS):
    cells = [["".join(f"<td>{v}</td>" for v in row[:at]), *row[at:]] for row in rows]
    hidden = "".join(
        f"<tr>{first}"
        + "".join(f"<td{' style=display:none' * (n == 0)}>{value}</td>" for n, value in enumerate(rest))
        + "</tr>"
        for first, *rest in cells
    )
    return f"<table>{hidden}</table>".encode()


def with_columns(columns):
    return lambda at: table(ROWS).replace("<tr>", columns.format(before=at, number=at + 1) + "<tr>", 1).encode()


def as_spreadsheet_xml(at):
    return spreadsheet_xml(ROWS).replace("<Row>", f'<Column ss:Index="{at + 1}" ss:Hidden="1"/><Row>', 1).encode()


WRITERS = {
    "xlsx": as_xlsx,
    "xlsx without addresses": lambda at: without_addresses(as_xlsx(at)),
    "xlsx, no width": as_xlsx_of_no_width,
    "xls": as_xls,
    "xlsb": as_xlsb,
    "ods": as_ods,
    "page, cells": as_page,
    "page, col": with_columns('<col span={before}><col style="visibility: collapse">'),
    "page, colgroup": with_columns(
        "<colgroup span={before}></colgroup><colgroup style='display:none'><col></colgroup>"
    ),
    "page, hidden": with_columns("<col span={before} /><col hidden />"),
    "Excel's XML of 2003": as_spreadsheet_xml,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_hidden_column_of_figures_counts_and_is_told(read_part, writer):
    part = read_part(WRITERS[writer](YTD))
    assert part.rows["ytd"].to_pylist() == [1000, 1001, 1002]
    (problem,) = part.problems
    assert (problem.rule, problem.params["kind"], problem.params["severity"]) == (
        "A03",
        "hidden_columns",
        "information",
    )
    assert (problem.cell, problem.field, problem.params["columns"]) == ("L3", "ytd", "L「本年完成投资」")


@pytest.mark.parametrize("writer", WRITERS)
def test_a_hidden_column_of_names_says_nothing(read_part, writer):
    assert kinds(read_part(WRITERS[writer](NAME))) == []


def test_a_hidden_column_without_figures_or_that_is_no_field_says_nothing(read_part):
    empty = [*ROWS[:3], *([*row[:YTD], "", *row[YTD + 1 :]] for row in ROWS[3:])]
    assert "hidden_columns" not in {kind for _, kind in kinds(read_part(as_xlsx(YTD, empty)))}
    own = [*ROWS[:2], [*HEADER, "备注"], *([*row, "已核对"] for row in ROWS[3:])]
    assert kinds(read_part(as_xlsx(len(HEADER), own))) == [("A03", "own_column")]


def test_several_hidden_columns_are_one_word(read_part):
    content = repacked(as_xlsx(YTD), "xl/worksheets/sheet1.xml", b'min="12"', f'min="{PLAN + 1}"'.encode())
    (problem,) = read_part(content).problems
    assert problem.params["columns"].startswith("J「计划总投资」、K「") and problem.params["count"] == "3"


def test_rows_that_a_page_collapses_are_told(read_part):
    page = table(ROWS).replace("<tr>", "<TR>", 3).replace("<tr>", "<tr style='visibility:collapse'>", 1)
    assert kinds(read_part(page.encode())) == [("A03", "hidden_rows")]


def test_ranges_laid_over_each_other_are_looked_at_once():
    assert hidden_columns([(3, 4), (1, 2), (2, 3), (9, 8)]) == {1, 2, 3, 4}
    assert len(hidden_columns([(1, 10**9)] * 100_000)) == 16_384
