"""Text boxes, heads and feet of printed pages, section heads and what stands below a web page's table: words about the figures that nobody
read. Sheets and styles in other places of a workbook than Excel's."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
import xlsxwriter

from pipelines.parse.texts_beside import xls_beside, xlsb_pages

from .conftest import HEADER, TITLE, kinds, project, workbook
from .other_formats import ods_content
from .styled_formats import as_xlsx

ROWS = [[TITLE[0]], [TITLE[1]], list(HEADER), project(0), project(1)]


def beside(box: str = "", head: str = "") -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("表")
    for number, row in enumerate(ROWS):
        sheet.write_row(number, 0, row)
    if box:
        sheet.insert_textbox("T2", box)
    if head:
        sheet.set_header(head)
    book.close()
    return stream.getvalue()


def asked(part) -> list[tuple[str, str]]:
    return [(p.params["kind"], p.params.get("where", "")) for p in part.problems]


@pytest.mark.parametrize(
    "text",
    [
        "单位：元",
        "金额单位：亿元",
        "注：以上数据单位均为元",
        "填报单位：桐乡市",
        "海宁市2022年1-5月制造业投资项目月报",
        "表中金额以千元为单位",
    ],
)
def test_a_text_box_or_page_head_that_says_otherwise_is_asked_about(read_part, text):
    """A box over the table said 元, the title 万元: nobody was told."""
    assert asked(read_part(beside(box=text))) == [("note_differs", "文本框里")]
    assert asked(read_part(beside(head=f'&L第&P页&C&"宋体,加粗"&14{text}'))) == [("note_differs", "页眉页脚里")]


@pytest.mark.parametrize(
    "text",
    ["海宁市2022年1月-6月制造业投资项目月报", "以上为2022年1月-6月累计数", "2022年7月制表", "填报日期：2022年7月 报表"],
)
def test_a_text_box_that_says_the_same_or_when_it_was_made(read_part, text):
    """The first month of a span passed for the month of the figures."""
    assert asked(read_part(beside(box=text))) == asked(read_part(beside(head=text))) == []


@pytest.mark.parametrize("text", ["预计数", "此表作废"])
def test_a_text_box_that_says_what_the_figures_are(read_part, text):
    assert asked(read_part(beside(box=text)))[0][0] in ("expected_figures", "not_counted")


@pytest.mark.parametrize(
    "text",
    [
        "单位：万元",
        "海宁市2022年1-6月制造业投资项目月报",
        "第1页，共3页",
        "2022年5月",
        "制表：张三 2022年7月5日",
        "表 号：H206表 有效期至：2022年1月",
        "有效期至：2022年1月 制表机关：国家统计局",
        "注：上年同期为2021年6月统计数",
        "请于2022年7月5日前报送报表",
        "土地单价单位：元/平方米",
    ],
)
def test_texts_that_say_the_same_or_something_else(read_part, text):
    assert kinds(read_part(beside(box=text, head=f"&C{text}"))) == []


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("二、桐乡市", "note_differs"),
        ("2022年5月：", "note_differs"),
        ("以下为预计数", "expected_figures"),
        ("以下为未入库项目", "not_counted"),
        ("以下为上月数据", "not_counted"),
        ("二、本年新开工项目", ""),
        ("以下为上年结转项目", ""),
        ("二、长安镇", ""),
        ("二、经开区", ""),
        ("2022年5月新入库项目", ""),
        ("以下为技改项目", ""),
    ],
)
def test_the_head_of_a_section_that_says_otherwise(read_part, head, kind):
    part = read_part(workbook(("表", [*ROWS[:4], [head], project(1)])))
    assert [p.params["kind"] for p in part.problems] == ([kind] if kind else [])
    assert part.rows["ytd"].to_pylist() == [1000, 1001]


def test_a_note_below_the_table_of_a_web_page(read_part):
    def page(note: str) -> str:
        lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
        return f"<html><body><table>{lines}</table><p>{note}</p></body></html>"

    assert asked(read_part(page("注：本表金额单位为元"))) == [("note_differs", "表下")]
    assert kinds(read_part(page("版权所有 2022年5月 海宁市统计局"))) == []


def test_a_shape_and_a_page_head_of_an_opendocument(read_part):
    cells = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in row)
        + "</table:table-row>"
        for row in ROWS
    )
    shape = '<table:shapes><draw:custom-shape draw:name="a"><text:p>单位：<text:span>元</text:span></text:p></draw:custom-shape></table:shapes>'
    content = ods_content(f'<table:table table:name="表">{shape}{cells}</table:table>')
    assert asked(read_part(_named(content))) == [("note_differs", "文本框里")]


def _named(content: bytes) -> bytes:
    """With the name space of drawings declared."""
    return _edited(
        content, {"content.xml": lambda data: data.replace(b"xmlns:table=", b'xmlns:draw="urn:d" xmlns:table=', 1)}
    )


def _edited(content: bytes, changes: dict, names: dict | None = None) -> bytes:
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            data = changes.get(name, bytes)(source.read(name))
            for old, new in (names or {}).items():
                name = name.replace(old, new)
                if name.endswith(".rels") or name == "[Content_Types].xml":
                    data = data.replace(old.encode(), new.encode()).replace(old[3:].encode(), new[3:].encode())
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("names", [{"xl/worksheets/": "xl/sheets/"}, {"xl/styles.xml": "xl/style1.xml"}])
def test_sheets_and_styles_are_known_by_what_they_are(read_part, names):
    """A program with other names for its parts: nothing of formats, hidden rows and formulas was seen."""
    row = project(0)
    row[HEADER.index("计划总投资")] = (6000, '0"亿"')
    content = as_xlsx([*ROWS[:3], row, project(1)])
    assert kinds(read_part(content)) == kinds(read_part(_edited(content, {}, names))) == [("A04", "display_unit")]


def test_objects_and_page_heads_of_an_xls():
    """Text of a box, of a cell's note (none), a head in BIFF8 and one in BIFF5."""
    wide = "单位：元".encode("utf-16-le")
    box = struct.pack("<HHHH", 0x15, 18, 6, 1) + bytes(14)
    note = struct.pack("<HHHH", 0x15, 18, 25, 2) + bytes(14)
    text = struct.pack("<HH6xHHI", 0, 0, 4, 16, 0)
    head8 = struct.pack("<HB", 6, 1) + "&L单位：元".encode("utf-16-le")
    head5 = "&C报表".encode("gb18030")
    stream, records = b"", []
    for kind, data in (
        (0x5D, box), (0x1B6, text), (0x3C, b"\x01" + wide), (0x5D, note), (0x1B6, text), (0x3C, b"\x01" + wide),
        (0x1C, struct.pack("<HHHH", 3, 3, 0, 2) + bytes(4)), (0x14, head8), (0x15, bytes([len(head5)]) + head5),
    ):  # fmt: skip
        records.append((kind, len(stream) + 4, len(data)))
        stream += struct.pack("<HH", kind, len(data)) + data
    assert xls_beside(stream, records) == (("box", "单位：元"), ("page", "单位：元"), ("page", "报表"))
    assert xlsb_pages(struct.pack("<HI", 0, 6) + "&L单位：元"[:6].encode("utf-16-le") + b"\xff" * 20) == (
        ("page", "单位：元"),
    )


@pytest.mark.parametrize("code", ["[White]0", "[白色]0", "[Color2]0.0", '[=0]"";[White]0'])
def test_a_format_that_writes_in_the_colour_of_paper(read_part, code):
    row = project(0)
    row[HEADER.index("计划总投资")] = (6000, code)
    assert kinds(read_part(as_xlsx([*ROWS[:3], row, project(1)]))) == [("A04", "display_disguised")]


@pytest.mark.parametrize("code", ["0;[White]0", "[Red]0", "[Black]0;[White]-0", "0;-0;[White]0"])
def test_a_colour_that_holds_for_other_values_says_nothing(read_part, code):
    row = project(0)
    row[HEADER.index("计划总投资")] = (6000, code)
    assert kinds(read_part(as_xlsx([*ROWS[:3], row, project(1)]))) == []


@pytest.mark.parametrize(
    ("cell", "style"),
    [
        ('<td style="color:#fff">6000</td>', ""),
        ('<td><font color="#FFFFFF">6000</font></td>', ""),
        ('<td class="n">6000</td>', ".n{color:white}"),
        ('<td><span class="n">6000</span></td>', ".a, .n { color : #FFFFFF ; }"),
    ],
)
def test_a_white_figure_of_a_web_page_is_asked_about(read_part, cell, style):
    def page(row: str) -> str:
        lines = "".join("<tr>" + "".join(f"<td>{one}</td>" for one in line) + "</tr>" for line in ROWS)
        return f"<html><style>{style}</style><table>{lines.replace('<td>6000</td>', row)}</table></html>"

    part = read_part(page(cell))
    assert kinds(part) == [("A03", "faint_cells")]
    assert part.rows["plan_total"].to_pylist() == [6000, 6001]
    dark = cell.replace("<td", '<td bgcolor="#003366"', 1)
    assert kinds(read_part(page(dark))) == []


def test_a_table_that_a_page_does_not_show_is_no_second_one(read_part):
    """Pages keep last month's table, or a template of rows, out of sight: the file was refused as one of two tables."""
    lines = "".join("<tr>" + "".join(f"<td>{one}</td>" for one in line) + "</tr>" for line in ROWS)
    for hidden in ('style="display:none"', "hidden", 'class="old"'):
        page = f"<html><style>.old{{display:none}}</style><table>{lines}</table><table {hidden}>{lines}</table></html>"
        assert kinds(read_part(page)) == []


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ('<number:text/><style:map style:condition="value()&gt;0" style:apply-style-name="N1P0"/>', True),
        ('<number:text-content/><style:map style:condition="value()&gt;0" style:apply-style-name="N2P0"/>', False),
        ("<number:text-content/>", False),
    ],
)
def test_a_format_that_shows_nothing_as_libreoffice_writes_it(read_part, style, told):
    """;;; is a style of texts there, with a map to one of numbers that has no digit: it was not looked at."""
    names = 'xmlns:number="urn:n" xmlns:style="urn:s"'
    styles = (
        f"<x {names}><number:number-style style:name='N1P0'><number:text/></number:number-style>"
        "<number:number-style style:name='N2P0'><number:number number:min-integer-digits='1'/></number:number-style>"
        f'<number:text-style style:name="N1">{style}</number:text-style>'
        '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/></x>'
    ).replace("'", '"')

    def cell(value: object) -> str:
        if isinstance(value, int):
            about = f'office:value-type="float" office:value="{value}" table:style-name="ce1"'
            return f"<table:table-cell {about}><text:p>{value}</text:p></table:table-cell>"
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in ROWS)
    content = ods_content(f'<table:table table:name="表">{styles}{rows}</table:table>')
    assert kinds(read_part(content)) == ([("A04", "display_disguised")] if told else [])
