"""Cells whose reader sees something else, or something more, than a program finds in them: currencies, comments, figures in the colour of
paper, readings."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import xlsxwriter

from pipelines.model.submissions import FormPart
from pipelines.parse.binary_records import xlsb_records
from pipelines.parse.binary_styles import BinaryStyles
from pipelines.parse.comments import annotation_of, comment_part, correction, xls_comments, xlsb_comments
from pipelines.parse.paper_colour import ground_xls, ground_xlsb, is_filled_xls, is_filled_xlsb

from .conftest import HEADER, TITLE, kinds, project
from .other_formats import _record, _wide
from .styled_formats import STYLED, WHITE
from .test_stored_and_seen import number, style, xml

YTD = HEADER.index("本年完成投资")


def with_part(workbook: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """A workbook with one of its parts changed."""
    source, out = zipfile.ZipFile(io.BytesIO(workbook)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.namelist():
            data = source.read(part)
            archive.writestr(part, change(data.decode()) if part == name else data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("style", "kind"),
    [
        ('currency-style style:name="N1">SYMBOL<number:number/></number:currency-style', "display_unit"),
        (
            'currency-style style:name="N1"><number:number/><number:text>亿</number:text></number:currency-style',
            "display_unit",
        ),
        (
            'currency-style style:name="N1"><number:number number:display-factor="1000"/></number:currency-style',
            "display_scaled",
        ),
        (
            'number-style style:name="N1"><number:number><number:embedded-text number:position="4">.</number:embedded-text>'
            "</number:number></number:number-style",
            "display_scaled",
        ),
    ],
)
def test_formats_that_only_an_opendocument_has(read_part, style, kind):
    """Formats of currencies were not looked into, and LibreOffice writes 0!.0000 as a point embedded among the digits."""
    row = project(0)
    row[HEADER.index("计划总投资")] = (6000, '0"元"')
    written = STYLED["ods"]([[TITLE[0]], [TITLE[1]], HEADER, row, project(1)])
    symbol = "<number:currency-symbol>$</number:currency-symbol>"
    plain = r'number-style style:name="N1">.*?</number:number-style'
    part = read_part(with_part(written, "content.xml", lambda xml: re.sub(plain, style.replace("SYMBOL", symbol), xml)))
    assert kinds(part) == [("A04", kind)]


@pytest.mark.parametrize(("of_excel", "asked"), [("44", False), ("165", True)])
def test_the_currency_of_excels_own_formats_is_that_of_its_reader(
    read_part: Callable[..., FormPart], of_excel: str, asked: bool
) -> None:
    """An English Excel writes $ beside the number of the accounting format; a Chinese one shows ¥."""
    code = '_("$"* #,##0_);_("$"* (#,##0);_("$"* "-"??_);_(@_)'
    book = written(lambda book, sheet: sheet.write(3, YTD, 1000, book.add_format({"num_format": code})))
    renumber = partial(re.sub, r'numFmtId="164"', f'numFmtId="{of_excel}"')
    assert kinds(read_part(with_part(book, "xl/styles.xml", renumber))) == ([("A04", "display_unit")] if asked else [])


@pytest.mark.parametrize("writer", STYLED)
def test_figures_in_the_colour_of_paper_are_asked_about(read_part: Callable[..., FormPart], writer: str) -> None:
    row = [(cell, WHITE) if at in (0, YTD) else cell for at, cell in enumerate(project(1))]
    part = read_part(STYLED[writer]([[TITLE[0]], [TITLE[1]], HEADER, project(0), row]))
    (problem,) = part.problems
    assert (problem.rule, problem.params["kind"], problem.cell) == ("A03", "faint_cells", "L5")
    assert part.rows["ytd"].to_pylist() == [1000, 1001]


def written(fill: Callable[[Any, Any], object]) -> bytes:
    """A return of one project, on L4 of which something is done."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("表")
    for number_, row in enumerate([[TITLE[0]], [TITLE[1]], HEADER, project(0), project(1)]):
        sheet.write_row(number_, 0, row)
    fill(book, sheet)
    book.close()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        ({"font_color": "white", "bg_color": "#1F4E79"}, True),
        ({"font_color": "white", "bg_color": "white"}, False),
        ({"font_color": "#D9D9D9"}, True),
        ({"font_size": 1}, False),
        ({"font_size": 12}, True),
    ],
)
def test_white_on_a_dark_ground_is_seen(
    read_part: Callable[..., FormPart], look: dict[str, object], seen: bool
) -> None:
    part = read_part(written(lambda book, sheet: sheet.write(3, YTD, 1000, book.add_format(look))))
    assert kinds(part) == ([] if seen else [("A03", "faint_cells")])


@pytest.mark.parametrize(
    ("font", "ground", "seen"),
    [
        ("#0000FF", "#0000FF", False),
        ("#000000", "#000000", False),
        ("#FEFEFE", "", False),
        ("#0000FF", "#FFFF00", True),
        ("#F0F0F0", "", True),
    ],
)
def test_a_figure_on_a_ground_of_its_own_colour(
    read_part: Callable[..., FormPart], font: str, ground: str, seen: bool
) -> None:
    """Blue on blue is as little seen as white on paper."""
    look = {"font_color": font, **({"bg_color": ground} if ground else {})}
    part = read_part(written(lambda book, sheet: sheet.write(3, YTD, 1000, book.add_format(look))))
    assert kinds(part) == ([] if seen else [("A03", "faint_cells")])
    interior = f'<Interior ss:Color="{ground}" ss:Pattern="Solid"/>'
    if ground:
        part = read_part(xml(number(537600), style("", f'<Font ss:Color="{font}"/>{interior}')))
        assert kinds(part) == ([] if seen else [("A03", "faint_cells")])


def test_a_zero_that_is_not_seen_is_no_other_figure(read_part: Callable[..., FormPart]) -> None:
    """Zeros are made white so that a table is easier to read."""
    part = read_part(written(lambda book, sheet: sheet.write(3, YTD, 0, book.add_format({"font_color": "white"}))))
    assert kinds(part) == []


@pytest.mark.parametrize("ground", ["", '<Interior ss:Color="#1F4E79" ss:Pattern="Solid"/>'])
def test_white_in_excels_xml(read_part: Callable[..., FormPart], ground: str) -> None:
    part = read_part(xml(number(537600), style("", f'<Font ss:Color="#FFFFFF"/>{ground}')))
    assert kinds(part) == ([] if ground else [("A03", "faint_cells")])


def test_fills_of_binary_workbooks() -> None:
    """[MS-XLS] 2.4.353 XF: the pattern in the last six bits of the borders, then the colour; [MS-XLSB] 2.4.662 BrtFill."""
    solid = 1 << 26
    assert not is_filled_xls(bytes(20)) and is_filled_xls(bytes(16))
    assert is_filled_xls(bytes(14) + struct.pack("<IH", solid, 10))
    assert not is_filled_xls(bytes(14) + struct.pack("<IH", solid, 9))
    white, blue = bytes([5, 0, 0, 0, 255, 255, 255, 255]), bytes([5, 0, 0, 0, 0, 0, 255, 255])
    assert not is_filled_xlsb(bytes(12))
    assert is_filled_xlsb(struct.pack("<I", 1) + blue) and not is_filled_xlsb(struct.pack("<I", 1) + white)


def test_fonts_and_fills_of_one_colour_in_binary_workbooks() -> None:
    styles = BinaryStyles()
    for colour in (b"\x0c\0", b"\x0a\0"):
        styles.add_font(False, False, colour)
    solid = bytes(14) + struct.pack("<IH", 1 << 26, 12)
    for font in (0, 1):
        styles.add(0, font, True, ground_xls(solid))
    styles.add(0, 0, False, ground_xls(bytes(20)))
    assert styles.meanings().faint == {0}
    assert ground_xlsb(struct.pack("<I", 1) + b"12345678") == b"12345678" and not ground_xlsb(bytes(12))


@pytest.mark.parametrize(
    ("comment", "corrects"),
    [
        ("张三:\n更正为 600000", True),
        ("此数有误，应为1200万元", True),
        ("以7月8日报的1200为准", True),
        ("should be 1200", True),
        ("含设备投资 3000 万元", False),
        ("应为本年累计数", False),
        ("原为 500，7月8日更正为 1,000", False),
        ("审计后调整为1000", False),
        ("1000有误，应为1200", True),
        ("更正为1000亿元", True),
        ("更正为1000，后改为 1200", True),
        ("[错误 A04] 应为 3", False),
        ("[Error B14] should be 3", False),
    ],
)
def test_a_comment_that_says_another_figure_is_asked_about(
    read_part: Callable[..., FormPart], comment: str, corrects: bool
) -> None:
    """The cell kept the old figure, the comment said 更正为…: it passed without a word."""
    part = read_part(written(lambda book, sheet: sheet.write_comment(3, YTD, comment)))
    assert kinds(part) == ([("A03", "comment_corrects")] if corrects else [])
    for problem in part.problems:
        assert (problem.cell, problem.value, problem.params["said"]) == ("L4", "1000", " ".join(comment.split()))


def test_a_comment_of_the_template_is_none_of_a_figure(read_part: Callable[..., FormPart]) -> None:
    part = read_part(written(lambda book, sheet: sheet.write_comment(2, YTD, "应为 1 月至本月累计")))
    assert part.problems == ()


def test_comments_of_excels_xml(read_part: Callable[..., FormPart]) -> None:
    comment = '<Comment ss:Author="x"><ss:Data><B>审核:</B><Font>更正为600000</Font></ss:Data></Comment>'
    (problem,) = read_part(xml(number(537600, "", comment))).problems
    assert (problem.params["kind"], problem.cell, problem.params["said"]) == (
        "comment_corrects",
        "C4",
        "审核:更正为600000",
    )


def test_comments_of_binary_workbooks_and_of_an_opendocument() -> None:
    said = "更正为600000"

    def biff(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    records = [
        (0x005D, struct.pack("<HHHH", 0x15, 0x12, 0x19, 7) + bytes(14)),
        (0x01B6, struct.pack("<HH6xHH", 0, 0, len(said), 16) + bytes(4)),
        (0x003C, b"\x01" + said.encode("utf-16-le")),
        (0x001C, struct.pack("<HHHH", 3, 11, 0, 7) + b"\0\0"),
    ]
    stream, found = b"", []
    for kind, data in records:
        found.append((kind, len(stream) + 4, len(data)))
        stream += biff(kind, data)
    assert xls_comments(stream, found) == {(4, 12): said}
    part = _record(635, struct.pack("<IIIII", 0, 3, 3, 11, 11) + bytes(16)) + _record(637, b"\0" + _wide(said))
    assert xlsb_comments(xlsb_records(part), part) == {(4, 12): said}
    annotation = "<office:annotation><dc:creator>张三</dc:creator><text:p>更正为<text:span>600000</text:span></text:p></office:annotation>"
    assert annotation_of(annotation.encode()) == said
    assert annotation_of("<text:p>更正为600000</text:p>".encode()) == ""
    assert correction("更" * 500 + "更正为1") and len(correction("更" * 500 + "更正为1")) == 200


@pytest.mark.parametrize("target", ["../comments1.xml", "/xl/comments1.xml", "../Comments1.xml"])
def test_the_comments_of_a_sheet_by_its_relationships(target: str) -> None:
    rels = f'<Relationships><Relationship Id="rId1" Type="x/comments" Target="{target}"/></Relationships>'.encode()
    parts = {"xl/worksheets/_rels/sheet1.xml.rels": rels, "xl/comments1.xml": b"<comments/>"}
    assert comment_part(parts, "xl/worksheets/sheet1.xml") == b"<comments/>"
    assert comment_part(parts, "xl/worksheets/sheet2.xml") == b""


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        (
            "<text:ruby><text:ruby-base>6000</text:ruby-base><text:ruby-text>1</text:ruby-text></text:ruby>",
            "6000（注音或隐藏1）",
        ),
        ('6000<text:hidden-text text:string-value="1">1</text:hidden-text>', "6000（注音或隐藏1）"),
    ],
)
def test_a_reading_is_none_of_a_figure_of_an_opendocument(
    read_part: Callable[..., FormPart], text: str, raw: str
) -> None:
    """60001 was read of 6000 with the reading 1."""
    row = project(0)
    row[HEADER.index("计划总投资")] = "6000"
    written_ = STYLED["ods"]([[TITLE[0]], [TITLE[1]], HEADER, row, project(1)])
    part = read_part(
        with_part(written_, "content.xml", lambda xml_: xml_.replace("<text:p>6000<", f"<text:p>{text}<", 1))
    )
    assert [(note["code"], note["raw"]) for note in part.notes.to_pylist()] == [("not_a_number", raw)]
