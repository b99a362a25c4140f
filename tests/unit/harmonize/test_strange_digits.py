"""Figures that are seen otherwise than they are stored: digits above or below the line or struck through, formats that show nothing,
other digits, or another unit from some value on."""

from __future__ import annotations

import struct
from decimal import Decimal

import pytest

from pipelines.parse.number_formats import Shown, depends_on_value, shown
from pipelines.parse.opendocument_texts import raised_figures
from pipelines.parse.rich_records import xls_rich_figures

from .conftest import HEADER, TITLE, kinds, project
from .styled_formats import KINDS, STYLED, Rich

AT = HEADER.index("计划总投资")


def table(value: object) -> list[object]:
    row = project(0)
    row[AT] = value
    row[2] = Rich("年产5000平方米2", "super")
    return [[TITLE[0]], [TITLE[1]], HEADER, row, project(1)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("writer", STYLED)
def test_a_digit_that_is_set_otherwise_is_none_of_the_figures(read_part, writer, kind):
    """6000 with the mark of note 1 was 60001 in every format but xlsx; with a digit struck out in every format."""
    part = read_part(STYLED[writer](table(Rich("60001", kind))))
    assert part.rows["plan_total"].to_pylist() == [None, 6001]
    assert [(n["cell"], n["code"]) for n in part.notes.to_pylist()] == [("J4", "not_a_number")]
    assert part.rows["project_name"].to_pylist()[0] == "年产5000平方米2"


@pytest.mark.parametrize(
    "cell",
    [
        "6000<sup>1</sup>",
        "6000<sub>1</sub>",
        "<s>5000</s>6000",
        "<del>5</del><ins>6</ins>000",
        '6000<span style="vertical-align: super">1</span>',
        '6000<b><font style="text-decoration:line-through">1</font></b>',
    ],
)
def test_a_page_that_sets_digits_otherwise(read_part, cell):
    part = read_part(page(cell))
    assert part.rows["plan_total"].to_pylist() == [None, 6001]


@pytest.mark.parametrize(
    "cell",
    [
        '6000<span style="display:none">1</span>',
        "<span hidden>9</span>6000",
        '<i style="visibility:hidden">9</i>6000',
        '6000<span style="font-size:0px">1</span>',
        "6000<noscript>1</noscript>",
        "6000<template>1</template>",
        "<p>6000",
        "<b>6</b><i>000</i>",
        "6000<br/>",
        "<sup>6000</sup>",
    ],
)
def test_what_a_page_does_not_show_is_not_read(read_part, cell):
    """A hidden key of order before the figure made 96000 of it."""
    assert read_part(page(cell)).rows["plan_total"].to_pylist() == [6000, 6001]


def page(cell: str) -> str:
    rows = table("@")
    lines = "".join("<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>" for row in rows)
    return f"<html><table>{lines.replace('@', cell)}</table></html>"


@pytest.mark.parametrize("cut", range(8, 40))
def test_shared_texts_cut_anywhere(cut):
    """The table of texts of an xls goes on in records of at most 8,224 bytes; a cut inside characters begins with new flags."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    font = struct.pack("<HHHHH", 200, 0, 0x7FFF, 400, 0)
    raised = struct.pack("<HHHHH", 200, 0, 0x7FFF, 400, 1)
    first = struct.pack("<HB", 2, 0) + b"ab"
    rich = struct.pack("<HBH", 5, 8, 1) + b"60001" + struct.pack("<HH", 4, 1)
    texts = struct.pack("<II", 3, 3) + first + rich + first
    inside = cut in (11, 12, *range(18, 23), 30, 31)  # of the characters of ab, 60001 and ab
    parts = [texts[:cut], (b"\0" if inside else b"") + texts[cut:]]
    stream = (
        record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)) + record(0x31, font) + record(0x31, raised)
    )
    stream += record(0xFC, parts[0]) + record(0x3C, parts[1]) + record(0x0A, b"")
    assert xls_rich_figures(stream) == {"60001": "6000（上标1）"}
    assert xls_rich_figures(stream[:-9]) in ({}, {"60001": "6000（上标1）"})


def test_a_name_with_a_character_of_two_units_shifts_no_text_behind_it():
    """𠮷 is two units of UTF-16 and one character: texts behind it were read from a wrong place."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    fonts = [record(0x31, struct.pack("<HHHHH", 200, 0, 0x7FFF, 400, script)) for script in (0, 1)]
    name = struct.pack("<HB", 3, 1) + "𠮷厂".encode("utf-16-le")
    rich = struct.pack("<HBH", 5, 8, 1) + b"60001" + struct.pack("<HH", 4, 1)
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    shared = record(0xFC, struct.pack("<II", 2, 2) + name + rich)
    assert xls_rich_figures(begin + b"".join(fonts) + shared + record(0x0A, b"")) == {"60001": "6000（上标1）"}


def test_a_style_without_a_body_takes_nothing_of_the_next_one():
    content = (
        '<style:style style:name="T1" style:family="text"/>'
        '<style:style style:name="T2" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>'
        '<text:p><text:span text:style-name="T1">6000</text:span><text:span text:style-name="T2">1</text:span></text:p>'
    )
    assert raised_figures({"content.xml": content.encode()}) == {"60001": "6000（上标1）"}


PLAIN, SCALED = Shown(), Shown(scaled=True)


@pytest.mark.parametrize(
    ("code", "value", "seen"),
    [
        ('[<10000]0;0!.0000,"亿"', "9999", PLAIN),
        ('[<10000]0;0!.0000,"亿"', "15000", Shown(scaled=True, unit="亿")),
        ('[>=10000]0!.0,"亿";[>=100]0"万元";0', "150", Shown(unit="万元")),
        ('[>=10000]0!.0,"亿";[>=100]0"万元";0', "15", PLAIN),
        ('[=0]"";0', "5", PLAIN),
        (";;;", "5", Shown(disguised=True)),
        (";;;", "-5", Shown(disguised=True)),
        (";;;", "0", PLAIN),
        ("0;;", "-5", Shown(disguised=True)),
        ("0;;", "5", PLAIN),
        ('"-"', "5", Shown(disguised=True)),
        ('0"000"', "5", Shown(disguised=True)),
        ("0\\0", "5", Shown(disguised=True)),
        ('"1"0', "5", Shown(disguised=True)),
        ('0" 000"', "5", Shown(disguised=True)),
        ('0",000"', "5", Shown(disguised=True)),
        ("0*0", "5", Shown(disguised=True)),
        ('"-"0', "5", Shown(disguised=True)),
        ("-0.00", "5", Shown(disguised=True)),
        ("\\-#,##0", "5", Shown(disguised=True)),
        ("(0)", "5", Shown(disguised=True)),
        ('"（"0"）"', "5", Shown(disguised=True)),
        ("-0", "-5", PLAIN),
        ("0;0", "-5", Shown(disguised=True)),
        ("#,##0.00;#,##0.00", "-5", Shown(disguised=True)),
        ("0;0", "5", PLAIN),
        ("0;0", "0", PLAIN),
    ],
)
def test_what_a_format_makes_of_a_value(code, value, seen):
    assert depends_on_value(code)
    assert shown(code, Decimal(value)) == seen


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "G/通用格式",
        "",
        "[Red]",
        "[DBNum2]",
        "[DBNum1][$-804]General",
        "@",
        "#",
        "# ?/?",
        "0.00E+00",
        "yyyy-mm-dd",
        '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ ',
        '0"个"',
        '"第3季度 "0',
        '0" (2022)"',
        "0;[Red]0",
        "#,##0;-#,##0",
        "0_);(0)",
        "_-* #,##0.00_-",
        "$* #,##0.00_);$* (#,##0.00)",
        '"合同-"0',
        "000-0000",
        '0"(在建)"',
        "0*-",
    ],
)
def test_formats_that_show_the_number_whatever_it_is(code):
    assert not depends_on_value(code)


@pytest.mark.parametrize("writer", ["xlsx", "xlsx without addresses", "xls", "xlsb"])
@pytest.mark.parametrize(
    ("value", "code", "kind"),
    [
        (6000, ";;;", "display_disguised"),
        (6000, '0"000"', "display_disguised"),
        (6, 'General"亿"', "display_unit"),
        (6, 'G/通用格式"亿元"', "display_unit"),
        (6000, '0"万美元"', "display_unit"),
        (6, '0.0"(亿元)"', "display_unit"),
        (6, '"亿元："0.0', "display_unit"),
        (6000, '0"（万元）"', None),
        (6000, '"-"0', "display_disguised"),
        (60000, '[<10000]0;0.0,"千"', "display_scaled"),
        (6000, '[<10000]0;0.0,"千"', None),
        (0, ";;;", None),
        ("", "0!.0,", None),
        (0, "0!.0,", None),
    ],
)
def test_amounts_that_are_seen_otherwise_are_named(read_part, writer, value, code, kind):
    """General"亿", the usual way to write a unit behind a number, showed 6亿 and was read as 6 万元."""
    part = read_part(STYLED[writer](table((value, code))))
    assert kinds(part) == ([("A04", kind)] if kind else [])
    assert not kind or part.problems[0].cell == "J4"
