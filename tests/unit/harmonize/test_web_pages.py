"""Web pages and Excel's XML of 2003 under the name .xls: the tables they are. Workbooks under Excel's built-in password."""

from __future__ import annotations

import io
from decimal import Decimal
from html import escape

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from pipelines.parse.reader import parse

from .conftest import HEADER, TITLE, kinds, project, workbook

ROWS = [project(n) for n in range(3)]


def table(rows, cell="td", tag="table"):
    lines = "".join("<tr>" + "".join(f"<{cell}>{escape(str(v))}</{cell}>" for v in row) + "</tr>" for row in rows)
    return f"<{tag} border=1>{lines}</{tag}>"


ALL = [[TITLE[0]], [TITLE[1]], list(HEADER), *ROWS]
PAGES = {
    "a table alone": table(ALL),
    "a page": f"<!DOCTYPE html><html><head><meta charset=utf-8><title>x</title></head><body>{table(ALL)}</body></html>",
    "inside a div": f"<div>{table(ALL)}</div>",
    "titles outside": f"<html><body><h2>{TITLE[0]}</h2><p>{TITLE[1]}</p>{table(ALL[2:])}</body></html>",
    "two tables": f"<html><body>{table([['菜单', '退出']])}{table(ALL)}</body></html>",
    "thead and th": f"<html>{table(ALL, 'th')}</html>",
    "unclosed cells": "<table>" + "".join("<tr>" + "".join(f"<td>{v}" for v in row) for row in ALL) + "</table>",
    "office": f'<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><xml><x:ExcelWorkbook></x:ExcelWorkbook></xml></head>{table(ALL)}</html>',
    "comment first": f"<!-- export -->{table(ALL)}",
}


def spreadsheet_xml(rows):
    def cell(value):
        kind = "Number" if isinstance(value, int | float) else "String"
        return f'<Cell><Data ss:Type="{kind}">{escape(str(value))}</Data></Cell>' if value != "" else "<Cell/>"

    lines = "".join(f"<Row>{''.join(map(cell, row))}</Row>" for row in rows)
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Styles><Style ss:ID="a"/></Styles><Worksheet ss:Name="项目月报"><Table>{lines}</Table></Worksheet></Workbook>'
    )


PAGES["Excel's XML of 2003"] = spreadsheet_xml(ALL)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_read_as_the_table_it_is(read_part, page, encoding):
    part = read_part(PAGES[page].encode(encoding))
    assert (len(part.rows), kinds(part), part.unit_code, part.period) == (3, [], "330481", "2022-06")
    assert part.rows["ytd"].to_pylist() == [1000, 1001, 1002]
    assert part.rows["stat_project_no"].to_pylist()[0] == "33048110320000"


def test_spans_line_breaks_and_stored_numbers(tmp_path):
    page = (
        "<table><tr><td rowspan=2>a</td><td colspan=2>b</td></tr><tr><td>c<br>d</td><td x:num='1234.5678'>1,234.57</td></tr>"
        "<tr style='display:none'><td>&nbsp;</td><td><s>e</s></td><td x:num='0.241'>24.1%</td></tr></table>"
    )
    path = tmp_path / "x"
    path.write_text(page)
    (sheet,) = parse(path, "x").sheets
    assert sheet.rows == [["a", "b", None], [None, "c\nd", 1234.5678], ["", "e", "24.1%"]]
    assert set(sheet.merged) == {(1, 1, 2, 1), (1, 2, 1, 3)}
    assert (sheet.hidden_rows, sheet.struck) == ({3}, {(3, 2)})


@pytest.mark.parametrize("page", ["<html><p>hello</p></html>", "<?xml version='1.0'?><a/>", "<div>no rows</div>"])
def test_a_page_without_a_table_is_named(tmp_path, page):
    path = tmp_path / "x"
    path.write_text(page)
    assert parse(path, "x").problems[0].params == {"kind": "unknown_type", "seen": "HTML/XML"}


@pytest.mark.parametrize(
    "page", ["<table>" + "<tr>" * 300_000, "<table><tr>" + "<td>" * 1_000, "<table><tr>" + "<td colspan=999>" * 3]
)
def test_endless_tables_are_refused(tmp_path, page):
    path = tmp_path / "x"
    path.write_text(page)
    assert parse(path, "x").problems[0].params["kind"] == "too_many_cells"


def test_a_script_says_nothing(read_part):
    part = read_part(f"<html><script>var x = '<td>9</td>';</script><style>td {{}}</style>{table(ALL)}</html>".encode())
    assert (len(part.rows), kinds(part)) == (3, [])


def locked(password: str) -> bytes:
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook(("表", ALL)))).encrypt(password, out)
    return out.getvalue()


def test_a_protected_structure_opens_without_asking(read_part):
    part = read_part(locked("VelvetSweatshop"))
    assert part.rows["ytd"].to_pylist() == [Decimal(1000), Decimal(1001), Decimal(1002)]


def test_a_password_of_its_own_is_asked_to_be_lifted(read):
    assert [p.params["kind"] for p in read(locked("secret")).problems] == ["encrypted"]
