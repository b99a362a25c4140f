"""Pages and Excel's XML of 2003 that hold more than is seen of a cell: comments, readings, formats, what x:num stores."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from html import escape
from typing import Any

import pytest

from pipelines.model.submissions import FormPart, ReadFile
from pipelines.parse.page_styles import page_styles

from .conftest import HEADER, TITLE, kinds, project

HEAD = ["指标名称", "统计口径", "本年累计", "上年同期", "增速"]
ROWS: list[list[Any]] = [
    ["海宁市2022年1—6月制造业投资汇总月报"],
    ["单位:万元"],
    HEAD,
    ["制造业投资", "管理", 537600, 480000, 12.0],
    ["工业投资", "管理", 577920, 513600, 12.5],
]
RICH = 'xmlns="http://www.w3.org/TR/REC-html40"'


def xml(cell: str = "", styles: str = "", column: int = 2, rows: list[list[Any]] = ROWS, options: str = "") -> str:
    """Excel's XML of 2003; `cell` stands in the given column of the fourth row."""

    def written(value: Any) -> str:
        kind = "Number" if isinstance(value, int | float) else "String"
        return f'<Cell><Data ss:Type="{kind}">{escape(str(value))}</Data></Cell>'

    cells = [[written(value) for value in row] for row in rows]
    if cell:
        cells[3][column] = cell
    lines = "".join(f"<Row>{''.join(row)}</Row>" for row in cells)
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f"{options}<Styles>{styles}</Styles><Worksheet ss:Name='一'><Table>{lines}</Table></Worksheet></Workbook>"
    )


def style(code: str, more: str = "") -> str:
    number_format = f'<NumberFormat ss:Format="{escape(code)}"/>' if code else ""
    return f'<Style ss:ID="s1">{number_format}{more}</Style>'


def number(value: float, attributes: str = 'ss:StyleID="s1"', more: str = "") -> str:
    return f'<Cell {attributes}><Data ss:Type="Number">{value}</Data>{more}</Cell>'


def page(cell: str, column: int = 2, head: str = "") -> str:
    cells = [[f"<td>{value}</td>" for value in row] for row in ROWS]
    cells[3][column] = cell
    lines = "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
    return f"<html><head><meta charset=utf-8>{head}</head><body><table>{lines}</table></body></html>"


@pytest.mark.parametrize(
    "beside",
    [
        f'<Comment ss:Author="x"><ss:Data {RICH}><B>审核:</B><Font>已核1</Font></ss:Data></Comment>',
        f"<Comment><ss:Data {RICH}>1</ss:Data></Comment>",
        '<Comment><Data ss:Type="Number">1</Data></Comment>',
        '<PhoneticText xmlns="urn:schemas-microsoft-com:office:excel">1</PhoneticText>',
        '<NamedCell ss:Name="_FilterDatabase"/>',
    ],
)
def test_what_stands_beside_a_figure_is_none_of_it(read_part: Callable[..., FormPart], beside: str) -> None:
    """The comment 1 on a cell of 537600 made 5376001 of it."""
    part = read_part(xml(number(537600, "", beside)))
    assert (part.rows["ytd"].to_pylist(), part.problems) == ([Decimal(537600), Decimal(577920)], ())


def test_marked_text_is_text(read_part: Callable[..., FormPart]) -> None:
    part = read_part(xml('<Cell><Data ss:Type="Number"><![CDATA[537600]]></Data></Cell>'))
    assert part.rows["ytd"].to_pylist()[0] == 537600


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("0!.0,", "display_scaled"),
        ("#,##0,", "display_scaled"),
        ('0.0"亿元"', "display_unit"),
        (";;;", "display_disguised"),
        ('0"0"', "display_disguised"),
        ("Yes/No", "display_disguised"),
        ("Standard", None),
        ("#,##0.00", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("where", ["cell", "row", "column", "table", "parent", "default"])
def test_formats_of_excels_xml_are_looked_at(
    read_part: Callable[..., FormPart], code: str, kind: str | None, where: str
) -> None:
    styles, content = style(code), ""
    if where == "cell":
        content = xml(number(537600), styles)
    elif where == "parent":
        content = xml(number(537600, 'ss:StyleID="s2"'), styles + '<Style ss:ID="s2" ss:Parent="s1"/>')
    elif where == "default":
        content = xml(styles=styles.replace("s1", "Default"))
    else:
        content = xml(styles=styles)
        old, new = {
            "row": (
                '<Row><Cell><Data ss:Type="String">制造业',
                "<Row ss:StyleID='s1'><Cell><Data ss:Type=\"String\">制造业",
            ),
            "column": ("<Row>", "<Column ss:Index='3' ss:StyleID='s1'/><Row>"),
            "table": ("<Table>", "<Table ss:StyleID='s1'>"),
        }[where]
        content = content.replace(old, new, 1)
    assert kinds(read_part(content))[:1] == ([("A04", kind)] if kind else [])


@pytest.mark.parametrize("code", ["0.0%", "Percent"])
def test_a_percent_of_excels_xml_is_one(read_part: Callable[..., FormPart], code: str) -> None:
    part = read_part(xml(number(0.12), style(code), column=4))
    assert part.rows["growth"].to_pylist() == [pytest.approx(0.12), pytest.approx(0.125)]


def test_the_tenth_style_without_a_format_is_no_percent() -> None:
    styles = "".join(f'<Style ss:ID="s{n}"/>' for n in range(20))
    assert not page_styles(xml(styles=styles)).meanings.percent


def test_struck_figures_and_formulas_of_excels_xml(read_part: Callable[..., FormPart]) -> None:
    struck = read_part(xml(number(537600), style("", '<Font ss:StrikeThrough="1"/>')))
    assert kinds(struck) == [("A03", "struck_rows")]
    bare = read_part(xml('<Cell ss:Formula="=RC[1]*2"/>'))
    assert [note["code"] for note in bare.notes.to_pylist()] == ["formula_without_value"]
    zero = read_part(xml('<Cell ss:Formula="=RC[1]*2"><Data ss:Type="Number">0</Data></Cell>'))
    assert kinds(zero) == [("A03", "stored_zeros")]
    truth = read_part(xml('<Cell><Data ss:Type="Boolean">1</Data></Cell>'))
    assert truth.rows["ytd"].to_pylist()[0] is None


def test_hidden_sheets_of_excels_xml(read: Callable[..., ReadFile]) -> None:
    hidden = "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>"
    old = xml().replace("</Worksheet>", hidden)
    assert [problem.params["kind"] for problem in read(old).problems] == ["no_sheet"]
    worksheet = old[old.index("<Worksheet ") : old.index("</Workbook>")].replace("一", "旧")
    both = read(xml().replace("</Workbook>", f"{worksheet}</Workbook>"))
    assert (both.parts[0].problems, both.parts[0].sheet, both.ignored_sheets) == ((), "一", ("旧",))


def test_the_1904_system_of_excels_xml(read_part: Callable[..., FormPart]) -> None:
    rows = [list(TITLE[:1]), list(TITLE[1:]), list(HEADER), project(0)]
    options = '<ExcelWorkbook xmlns="urn:schemas-microsoft-com:office:excel"><Date1904/></ExcelWorkbook>'
    part = read_part(xml(number(42808, ""), column=HEADER.index("开工时间"), rows=rows, options=options))
    assert part.rows["start_ym"].to_pylist() == ["2021-03"]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ('<td x:num="537600">537,600</td>', None),
        ('<td x:num="537600.4512">537,600.45</td>', None),
        ('<td x:num="537600">￥537,600.00 </td>', None),
        ('<td x:num="-537600">(537,600)</td>', None),
        ('<td x:num="0">-</td>', None),
        ('<td x:num="537600">53.8</td>', "display_scaled"),
        ('<td x:num="6000">537,600</td>', "display_scaled"),
        ('<td x:num="537600"></td>', "display_disguised"),
        ('<td x:num="53.76">53.76亿元</td>', "display_unit"),
        ('<td x:num="537600">537600万元</td>', None),
        ('<td x:num="537600">$537,600</td>', "display_unit"),
    ],
)
def test_a_page_that_stores_another_number_than_it_shows_is_told(
    read_part: Callable[..., FormPart], cell: str, kind: str | None
) -> None:
    part = read_part(page(cell))
    assert [found for found in kinds(part) if found[1].startswith("display")] == ([("A04", kind)] if kind else [])


@pytest.mark.parametrize(
    "cell",
    [
        "<td><ruby>537600<rt>1</rt></ruby></td>",
        "<td>537600<span class=h>0</span></td>",
        "<td>537600<span style='opacity:0'>0</span></td>",
        "<td>537600<span><![if !supportAnnotations]><a class=msocomanchor href='#_msocom_1'>[1]</a><![endif]></span></td>",
        "<td>537600<datalist><option>1</datalist></td>",
    ],
)
def test_what_is_no_part_of_a_figure_on_a_page(read_part: Callable[..., FormPart], cell: str) -> None:
    part = read_part(page(cell, head="<style>a.x, .h { display : none }</style>"))
    assert (part.rows["ytd"].to_pylist()[0], part.problems) == (537600, ())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('<input type="text" value="537600">', 537600),
        ("<input value='537,600' disabled>", 537600),
        ('<input type="hidden" value="9">537600', 537600),
        ('<input type="checkbox" value="9">537600', 537600),
        ('<input style="display:none" value="9">537600', 537600),
        ('<input type="button" value="9">', None),
    ],
)
def test_a_field_of_a_saved_page_holds_its_figure(
    read_part: Callable[..., FormPart], field: str, value: int | None
) -> None:
    """The figures of a page saved from a reporting system stand in its fields: none was read."""
    assert read_part(page(f"<td>{field}</td>")).rows["ytd"].to_pylist()[0] == value


@pytest.mark.parametrize("cell", ["537600<font color=white>0</font>", "537600<i style='color:#FFF'>0</i>"])
def test_a_digit_in_the_colour_of_paper_is_told(read_part: Callable[..., FormPart], cell: str) -> None:
    part = read_part(page(f"<td>{cell}</td>"))
    assert [(note["code"], note["raw"]) for note in part.notes.to_pylist()] == [
        ("not_a_number", "537600（白色或极小0）")
    ]


def test_of_a_choice_nothing_is_read(read_part: Callable[..., FormPart]) -> None:
    part = read_part(page("<td><select><option>1<option selected>537600</select></td>"))
    assert part.rows["ytd"].to_pylist()[0] is None


@pytest.mark.parametrize(
    "text", ["<style>" * 50_000, "<style>" + "a" * 500_000, "<style>" + "{" * 200_000 + "</style>"]
)
def test_endless_styles_are_passed_over_at_once(text: str) -> None:
    assert not page_styles(text).hidden
