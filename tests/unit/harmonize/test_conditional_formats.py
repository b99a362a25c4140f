"""What a conditional format makes of a figure: rules that hide, scale, rename or strike it, in every kind of workbook that has such."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter

from pipelines.parse.conditional_formats import xlsx_rules
from pipelines.parse.conditional_records import opendocument_rules, xls_rules
from pipelines.parse.texts_beside import opendocument_boxes

from .conftest import HEADER, TITLE, kinds, project
from .other_formats import ods_content

AT = HEADER.index("计划总投资")
ROWS = [[TITLE[0]], [TITLE[1]], list(HEADER), project(0), project(1)]


def formatted(rule: dict[str, Any], form: dict[str, Any] | None = None) -> bytes:
    """A rule over 6000 and 6001 in J4:J5."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("表")
    for number, row in enumerate(ROWS):
        sheet.write_row(number, 0, row)
    sheet.conditional_format(3, AT, 4, AT, {**rule, **({"format": book.add_format(form)} if form else {})})
    book.close()
    return stream.getvalue()


ABOVE_0 = {"type": "cell", "criteria": ">", "value": 0}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"num_format": ";;;"}, ("A04", "display_disguised")),
        ({"num_format": '0!.0000"亿"'}, ("A04", "display_scaled")),
        ({"num_format": '0"元"'}, ("A04", "display_unit")),
        ({"num_format": "0%"}, ("A04", "display_unit")),
        ({"font_color": "white"}, ("A03", "faint_cells")),
        ({"font_strikeout": True}, ("A03", "struck_rows")),
    ],
)
def test_a_rule_that_shows_another_figure_is_told(read_part: Callable[..., Any], form, told):
    """All were read as if 6000 stood there plainly."""
    part = read_part(formatted(ABOVE_0, form))
    assert told in kinds(part)
    assert part.rows["plan_total"].to_pylist() == [6000, 6001]


@pytest.mark.parametrize(
    "rule",
    [
        {"type": "icon_set", "icon_style": "3_arrows", "icons_only": True},
        {"type": "data_bar", "bar_only": True},
        {"type": "data_bar", "bar_only": True, "data_bar_2010": True},
    ],
)
def test_icons_and_bars_alone_hide_the_figure(read_part, rule):
    assert kinds(read_part(formatted(rule))) == [("A03", "faint_cells")]


WHITE = {"font_color": "white"}


@pytest.mark.parametrize(
    ("rule", "form"),
    [
        ({"type": "cell", "criteria": "=", "value": 0}, WHITE),
        ({"type": "cell", "criteria": "<", "value": 0}, {"num_format": ";;;"}),
        ({"type": "cell", "criteria": "between", "minimum": -1, "maximum": 1}, WHITE),
        ({"type": "cell", "criteria": "=", "value": '""'}, WHITE),
        ({"type": "formula", "criteria": "=ISERROR(J4)"}, WHITE),
        ({"type": "formula", "criteria": '=J4=""'}, WHITE),
        ({"type": "formula", "criteria": "=J4=0"}, WHITE),
        ({"type": "blanks"}, WHITE),
        ({"type": "errors"}, WHITE),
        (ABOVE_0, {"font_color": "red"}),
        (ABOVE_0, {"bg_color": "yellow"}),
        (ABOVE_0, {"font_color": "white", "bg_color": "#003366"}),
        (ABOVE_0, {"num_format": "#,##0.00"}),
        ({"type": "data_bar"}, None),
        ({"type": "icon_set", "icon_style": "3_arrows"}, None),
        ({"type": "2_color_scale"}, None),
    ],
)
def test_rules_that_hide_nothing_of_these_figures(read_part, rule, form):
    """Zeros, blanks and errors are hidden everywhere; colours and bars beside a figure say nothing."""
    assert kinds(read_part(formatted(rule, form))) == []


def test_a_rule_holds_for_the_figures_that_it_is_about(read_part):
    part = read_part(formatted({"type": "cell", "criteria": ">", "value": 6000}, WHITE))
    assert [(p.cell, p.params["count"]) for p in part.problems] == [("J5", "1")]
    part = read_part(formatted({"type": "formula", "criteria": "=MOD(ROW(),2)=1"}, WHITE))
    assert [p.params["count"] for p in part.problems] == ["2"]  # not decided here: whoever hides figures means to


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ('<calcext:condition calcext:apply-style-name="W_1" calcext:value="&gt;0"/>', [("A03", "faint_cells")]),
        ('<calcext:condition calcext:apply-style-name="W_1" calcext:value="between(1,9000)"/>', [("A03", "faint_cells")]),
        ('<calcext:condition calcext:apply-style-name="W_1" calcext:value="=0"/>', []),
        ('<calcext:condition calcext:apply-style-name="W_1" calcext:value="formula-is(ISERROR([.J4]))"/>', []),
        ('<calcext:condition calcext:apply-style-name="R" calcext:value="&gt;0"/>', []),
        ('<calcext:data-bar calcext:show-value="false"/>', [("A03", "faint_cells")]),
        ('<calcext:icon-set><calcext:formatting-entry calcext:show-value="false"/></calcext:icon-set>', [("A03", "faint_cells")]),
    ],
)  # fmt: skip
def test_rules_of_an_opendocument(read_part, condition, told):
    def cell(value: object) -> str:
        if isinstance(value, int):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in ROWS)
    styles = (
        '<x xmlns:style="urn:s" xmlns:fo="urn:f" xmlns:calcext="urn:c">'
        '<style:style style:name="W_5f_1" style:family="table-cell"><style:text-properties fo:color="#ffffff"/></style:style>'
        '<style:style style:name="R" style:family="table-cell"><style:text-properties fo:color="#ff0000"/></style:style></x>'
    )
    rule = (
        '<calcext:conditional-formats xmlns:calcext="urn:c"><calcext:conditional-format '
        f'calcext:target-range-address="表.J4:表.J5">{condition}</calcext:conditional-format></calcext:conditional-formats>'
    ).replace("<calcext:conditional-format ", "<calcext:conditional-format ")
    content = ods_content(f'<table:table table:name="表">{styles}{rows}{rule}</table:table>')
    assert kinds(read_part(content)) == told


def test_rules_of_an_xls():
    """CONDFMT and CF as Excel writes them: white, struck, a format of its own, and one about zeros."""
    condition = struct.pack("<HHHHHHHHHHH", 1, 0, 3, 5, 9, 9, 1, 3, 5, 9, 9)
    zero = b"\x1e\0\0"

    def font(style: int, colour: int, changed: int) -> bytes:
        return bytes(68) + struct.pack("<I", style) + bytes(8) + struct.pack("<III", colour, 0, changed) + bytes(26)

    def rule(sign: int, flags: int, more: int, body: bytes) -> bytes:
        return struct.pack("<BBHHIH", 1, sign, 3, 0, flags, more) + body + zero

    text = ";;;"
    code = struct.pack("<HHB", 5 + len(text), len(text), 0) + text.encode()
    stream, records = b"", []
    for kind, data in (
        (0x1B0, condition),
        (0x1B1, rule(5, 1 << 26, 0, font(0xFFFFFFFF, 9, 0x80))),
        (0x1B1, rule(6, 1 << 26, 0, font(0x80, 0xFFFFFFFF, 0))),
        (0x1B1, rule(3, 1 << 25, 1, code)),
        (0x1B1, rule(5, 1 << 26, 0, font(0xFFFFFFFF, 10, 0x80))),
    ):
        records.append((kind, len(stream) + 4, len(data)))
        stream += struct.pack("<HH", kind, len(data)) + data
    rules = xls_rules(stream, records)
    assert [(r.sign, r.limits, r.effect.unseen, r.effect.struck, r.effect.code) for r in rules] == [
        (">", (0.0,), True, False, ""),
        ("<", (0.0,), False, True, ""),
        ("=", (0.0,), False, False, ";;;"),
    ]
    assert {r.areas for r in rules} == {((4, 10, 6, 10),)}


def test_what_never_ends_is_passed_over_once():
    """A hundred thousand rules, shapes and boxes without an end: looked for once each, this took minutes."""
    sheet = b"<sheetData/>" + b'<conditionalFormatting sqref="A1"><cfRule type="cellIs">' * 50_000
    assert xlsx_rules(sheet, {"styles.xml": b"<styleSheet><dxfs>" + b"<dxf><font>" * 50_000}) == ()
    assert list(opendocument_boxes(b"<draw:custom-shape a='b'><text:p>" * 50_000)) == []
    assert opendocument_rules(b'<calcext:conditional-format target-range-address="A.A1">' * 50_000, {}) == ()
    closed = b"<sheetData/><conditionalFormatting>" + b"<cfRule>" * 50_000 + b"</conditionalFormatting>"
    assert xlsx_rules(closed, {}) == ()


def test_broken_rules_of_an_xls_are_passed_over():
    """One that ends inside its format took the facts of all sheets with it."""
    condition = struct.pack("<HHHHHHHHHHH", 1, 0, 3, 5, 9, 9, 1, 3, 5, 9, 9)
    broken = struct.pack("<BBHHIH", 1, 5, 0, 0, 1 << 25, 1)
    stream = condition + broken
    assert xls_rules(stream, [(0x1B0, 0, len(condition)), (0x1B1, len(condition), len(broken))]) == ()
