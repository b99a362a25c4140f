"""The same rows in the shapes counties send them give the same canonical rows."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from pipelines.model.submissions import FormPart

from .conftest import HEADER, TITLE, csv_text, kinds, project, workbook
from .more_layouts import MORE
from .other_formats import ods, package, xls, xlsb

ROWS = [project(n) for n in range(20)]
AMOUNTS = slice(9, 17)


def titled(rows: list[list[Any]], width: int = len(HEADER)) -> list[list[Any]]:
    return [[TITLE[0]], [None] * (width - 1) + [TITLE[1]], *rows]


def changed(change: Callable[[Any], Any]) -> list[list[Any]]:
    """ROWS with every amount changed."""
    return [[*row[:9], *map(change, row[AMOUNTS]), *row[17:]] for row in ROWS]


def full_width(number: int) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))


def two_levels() -> bytes:
    top = [*HEADER[:11], "本年完成投资", HEADER[12], "本年完成投资", None, None, None, HEADER[17]]
    below = [*[None] * 13, *HEADER[13:17], None]
    return workbook(("Sheet1", [*titled([top, below]), *ROWS]), merge=("A1:R1", "N3:Q3", "A3:A4", "L3:L4", "R3:R4"))


def two_levels_csv() -> str:
    top = [*HEADER[:11], "", "", *["本年完成投资", "", "", ""], HEADER[17]]
    below = [*[""] * 11, "自年初累计", "本月完成投资", *HEADER[13:17], ""]
    return csv_text([*titled([top, below]), *ROWS])


def as_json() -> str:
    meta = {"unit": "海宁市", "period": "2022-06", "amount_unit": "万元"}
    return json.dumps({"meta": meta, "rows": [dict(zip(HEADER, row, strict=True)) for row in ROWS]}, ensure_ascii=False)


def with_totals_and_footers() -> bytes:
    sums = [sum(row[at] for row in ROWS) for at in range(9, 17)]
    total = ["合 计", *[None] * 8, *sums, None]
    footers = [
        ["单位负责人:张三", None, "统计负责人:李四", None, "填表人:王五"],
        ["联系电话:0573-0000000", None, "报出日期:2022年7月8日"],
    ]
    return workbook(("项目月报", [*titled([list(HEADER)]), *ROWS, total, *footers]))


def numbered() -> bytes:
    head = ["序号", *HEADER]
    stems = ["甲", *["乙"] * 0, *range(1, len(head))]
    return workbook(("Sheet1", [*titled([head, stems]), *([n + 1, *row] for n, row in enumerate(ROWS))]))


def repeated_header() -> bytes:
    return workbook(("Sheet1", [*titled([list(HEADER)]), *ROWS[:10], list(HEADER), *ROWS[10:]]))


def headers_with_notes() -> bytes:
    head = [f"*{name}\n(必填)" if n < 3 else f" {name} " for n, name in enumerate(HEADER)]
    return workbook(("Sheet1", [*titled([head]), *ROWS]))


def in_yi(unit: str, header: bool) -> bytes:
    head = [f"{name}({unit})" if header and 9 <= n < 17 else name for n, name in enumerate(HEADER)]
    title = [[TITLE[0]], ["" if header else f"单位:{unit}"]]
    return workbook(("Sheet1", [*title, head, *changed(lambda value: float(Decimal(value) / 10000))]))


def shifted() -> bytes:
    rows = [[], [], *titled([list(HEADER)]), *ROWS]
    return workbook(("Sheet1", [[None, None, *row] for row in rows]))


def with_other_sheets() -> bytes:
    notes = [["填报说明"], ["一、本表由各县(市、区)填报"], ["二、单位:万元"]]
    return workbook(("说明", notes), ("项目", [*titled([list(HEADER)]), *ROWS]), ("空表", []))


def vertically_merged() -> bytes:
    """Nature and status merged over all rows; a reader sees them in the first row alone."""
    rows = [[*row[:6], None, None, *row[8:]] if n else row for n, row in enumerate(ROWS)]
    return workbook(("Sheet1", [*titled([list(HEADER)]), *rows]), merge=("G4:G23", "H4:H23"))


def phantom_rows() -> bytes:
    """Formats reach a thousand rows and sixty columns beyond the table."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet, border = book.add_worksheet("Sheet1"), book.add_format({"border": 1})
    for number in range(1000):
        for column in range(60):
            sheet.write_blank(number, column, None, border)
    for number, row in enumerate([*titled([list(HEADER)]), *ROWS]):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number, column, value, border)
    book.close()
    return stream.getvalue()


def dates_as_serials() -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet, month = book.add_worksheet("Sheet1"), book.add_format({"num_format": "yyyy-mm"})
    for number, row in enumerate([*titled([list(HEADER)]), *ROWS]):
        for column, value in enumerate(row):
            if number > 2 and column == 8:
                sheet.write_datetime(number, column, datetime(2021, 3, 1), month)
            elif value is not None:
                sheet.write(number, column, value)
    book.close()
    return stream.getvalue()


def three_levels() -> bytes:
    top = [*HEADER[:9], "投资情况", *[None] * 7, HEADER[17]]
    middle = [*[None] * 9, *HEADER[9:12], HEADER[12], "本年完成投资按构成分", None, None, None, None]
    below = [*[None] * 13, *HEADER[13:17], None]
    merge = ("J3:Q3", "N4:Q4", "A3:A5", "B3:B5", "R3:R5", "J4:J5", "L4:L5")
    return workbook(("Sheet1", [*titled([top, middle, below]), *ROWS]), merge=merge)


def summary_beside() -> bytes:
    other = [["一、填报说明"], ["本表由县(市、区)统计局填报,金额保留两位小数"]]
    return workbook(("封面", other), ("项目月报", [*titled([list(HEADER)]), *ROWS]), ("隐藏参数", [["参数", 1]]))


def spaced() -> bytes:
    rows = [[f" {value}\u3000" if isinstance(value, str) and value else value for value in row] for row in ROWS]
    return workbook(("Sheet1", [*titled([["\u3000".join(name) for name in HEADER]]), *rows]))


def plain_rows() -> list[list[Any]]:
    return [*titled([list(HEADER)]), *ROWS]


VARIANTS: dict[str, Callable[[], bytes | str]] = {
    "one header row": lambda: workbook(("Sheet1", [*titled([list(HEADER)]), *ROWS])),
    "merged title, two header rows": two_levels,
    "two header rows as CSV": two_levels_csv,
    "JSON": as_json,
    "UTF-8 CSV": lambda: csv_text([*titled([list(HEADER)]), *ROWS]),
    "GB18030 CSV with semicolons": lambda: csv_text([*titled([list(HEADER)]), *ROWS], ";").encode("gb18030"),
    "UTF-8 with BOM, tabs": lambda: csv_text([*titled([list(HEADER)]), *ROWS], "\t").encode("utf-8-sig"),
    "totals and footers": with_totals_and_footers,
    "row numbers and numbered columns": numbered,
    "header repeated at the page break": repeated_header,
    "headers with notes, stars and line breaks": headers_with_notes,
    "full-width digits": lambda: workbook(("Sheet1", [*titled([list(HEADER)]), *changed(full_width)])),
    "numbers as text with thousands separators": lambda: workbook(
        ("Sheet1", [*titled([list(HEADER)]), *changed(lambda value: f"{value:,}")])
    ),
    "unit in every cell": lambda: workbook(
        ("Sheet1", [*titled([list(HEADER)]), *changed(lambda value: f"{value}万元")])
    ),
    "亿元 in the title": lambda: in_yi("亿元", header=False),
    "亿元 in the header": lambda: in_yi("亿元", header=True),
    "元": lambda: workbook(("Sheet1", [[TITLE[0]], ["单位:元"], list(HEADER), *changed(lambda value: value * 10000)])),
    "table not at A1": shifted,
    "other sheets around it": with_other_sheets,
    "blank rows between": lambda: workbook(
        ("Sheet1", [*titled([list(HEADER)]), *[line for row in ROWS for line in (row, [" "])]])
    ),
    "columns in another order": lambda: workbook(
        ("Sheet1", [[TITLE[0]], [TITLE[1]], list(reversed(HEADER)), *(list(reversed(row)) for row in ROWS)])
    ),
    "OpenDocument": lambda: ods("项目", plain_rows()),
    "binary workbook": lambda: xlsb("项目", plain_rows()),
    "old Excel or WPS": lambda: xls("项目", plain_rows()),
    "package of one": lambda: package({"海宁.xlsx": workbook(("Sheet1", plain_rows())), "说明.pdf": b"%PDF-1.4"}),
    "package in two parts": lambda: package(
        {
            "206-1.csv": csv_text([*titled([list(HEADER)]), *ROWS[:7]]),
            "206-2.xls": xls("表", [*titled([list(HEADER)]), *ROWS[7:]]),
        }
    ),
    "cells merged downwards": vertically_merged,
    "phantom rows and columns": phantom_rows,
    "months as dates": dates_as_serials,
    "three header rows": three_levels,
    "cover and parameter sheets": summary_beside,
    "title with the year in another script": lambda: workbook(
        ("Sheet1", [["海宁市二〇二二年1—6月制造业投资项目月报"], ["计量单位:万元"], list(HEADER), *ROWS])
    ),
    "codes and names of the lists": lambda: workbook(
        ("Sheet1", [*titled([list(HEADER)]), *[[*row[:6], "1 新建", "1", *row[8:]] for row in ROWS]])
    ),
    "months as numbers": lambda: workbook(
        ("Sheet1", [*titled([list(HEADER)]), *[[*row[:8], 202103, *row[9:]] for row in ROWS]])
    ),
    "spaces of all widths": spaced,
    "another spelling of the months": lambda: workbook(
        ("Sheet1", [*titled([list(HEADER)]), *[[*row[:8], "二〇二一年三月", *row[9:]] for row in ROWS]])
    ),
}


VARIANTS |= MORE


def content(part: FormPart) -> list[dict[str, Any]]:
    """The rows without their places, and without what a shape says of the sender a second time."""
    rows = part.rows.drop(["sheet", "row_no", "value_status", "reported_unit_name", "reported_period"]).to_pylist()
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


@pytest.mark.parametrize("name", VARIANTS)
def test_the_same_rows_whatever_the_shape(name, read, read_part):
    plain = read_part(VARIANTS["one header row"]())
    result = read(VARIANTS[name]())
    (part,) = result.parts
    assert kinds(part) == []
    assert (part.form, part.unit_code, part.period, part.measure) == ("project_month", "330481", "2022-06", "wan_yuan")
    assert content(part) == content(plain)
    counts = part.raw["row_class"].to_pylist()
    assert counts.count("data") == len(part.rows) == 20


def test_there_are_thirty_layouts():
    assert len(VARIANTS) >= 55


def test_tables_side_by_side_are_refused_with_the_place(read_part):
    pairs = [[*left, None, *right] for left, right in zip(ROWS[:10], ROWS[10:], strict=True)]
    part = read_part(workbook(("Sheet1", [[TITLE[0]], [TITLE[1]], [*HEADER, None, *HEADER], *pairs])))
    (problem,) = [p for p in part.problems if p.params["kind"] != "unknown_column"]
    assert (problem.rule, problem.params["kind"], problem.params["cells"]) == ("A03", "side_by_side", "T3:AK3")


def test_a_second_table_below_is_refused_with_its_row(read_part):
    other = ["指标名称", "计量单位", "统计口径", "本年累计", "上年同期"]
    rows = [*plain_rows(), [None], other, ["制造业投资", "万元", "管理", 100, 90]]
    part = read_part(workbook(("Sheet1", rows)))
    assert [(p.rule, p.params["kind"]) for p in part.problems]
    assert any(p.row and p.row >= 24 for p in part.problems)


@pytest.mark.parametrize(("header", "unit"), [("增速(%)", "percent"), ("增速", "bare")])
def test_a_percent_cell_is_the_fraction_it_holds(read_part, header, unit):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet, percent = book.add_worksheet("表"), book.add_format({"num_format": "0.0%"})
    head = ["指标名称", "计量单位", "统计口径", "本年累计", "上年同期", header]
    for number, row in enumerate([["海宁市2022年1-6月制造业投资汇总表"], ["单位:万元"], head]):
        sheet.write_row(number, 0, row)
    sheet.write_row(3, 0, ["制造业投资", "万元", "管理", 124.1, 100])
    sheet.write_number(3, 5, 0.241, percent)
    book.close()
    part = read_part(stream.getvalue())
    assert kinds(part) == []
    assert part.rows["growth"].to_pylist() == [0.241]


def test_amounts_merged_downwards_are_not_doubled(read_part):
    rows = [[*row[:11], None, *row[12:]] if n == 1 else row for n, row in enumerate(ROWS[:3])]
    part = read_part(workbook(("Sheet1", [*titled([list(HEADER)]), *rows]), merge=("L4:L5",)))
    assert part.rows["ytd"].to_pylist() == [None, None, Decimal(1002)]


def test_error_cells_of_an_old_workbook_are_seen(read_part):
    rows = [[*ROWS[0][:11], "#DIV/0!", *ROWS[0][12:]], *ROWS[1:3]]
    part = read_part(xls("表", [*titled([list(HEADER)]), *rows]))
    assert [(n["cell"], n["raw"], n["code"]) for n in part.notes.to_pylist()] == [("L4", "#DIV/0!", "error_value")]


def test_a_known_row_cell_by_cell(read_part):
    part = read_part(VARIANTS["merged title, two header rows"]())
    row = part.rows.to_pylist()[3]
    assert row["row_no"] == 8
    assert row["project_name"] == "年产4万件精密部件项目"
    assert (row["nature"], row["status"], row["start_ym"]) == ("1", "1", "2021-03")
    assert (row["plan_total"], row["ytd"], row["other"]) == (Decimal("6003"), Decimal("1003"), Decimal("103"))
    assert part.columns["build"] == "N"
    assert part.header_row == 4


def test_rows_are_conserved(read_part):
    part = read_part(VARIANTS["totals and footers"]())
    classes = part.raw["row_class"].to_pylist()
    assert {name: classes.count(name) for name in set(classes)} == {
        "title": 2,
        "header": 1,
        "data": 20,
        "total": 1,
        "footer": 2,
    }
    totals = {row["field"]: row["value"] for row in part.totals.to_pylist()}
    assert totals["ytd"] == sum(row["ytd"] for row in part.rows.to_pylist())
    assert part.totals.to_pylist()[0]["label"] == "合计"
