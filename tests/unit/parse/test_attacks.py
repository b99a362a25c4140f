"""Attack files made here; each is refused with a reason before a reader touches it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import msoffcrypto
import pytest
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile

from pipelines.parse.cell_references import far_cell, references
from pipelines.parse.preflight import MAX_INFLATED, inspect
from pipelines.parse.reader import parse


def workbook(**options) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, options)
    sheet = book.add_worksheet("项目月报")
    sheet.write_row(0, 0, ["项目名称", "计划总投资"])
    sheet.write_row(1, 0, ["甲", 500])
    book.close()
    return stream.getvalue()


def repacked(change=None, extra=(), names=None) -> bytes:
    """The workbook with parts changed by `change(name, data)` and `extra` (name, data) parts appended."""
    source, stream = zipfile.ZipFile(io.BytesIO(workbook())), io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            data = source.read(name)
            archive.writestr((names or {}).get(name, name), change(name, data) if change else data)
        for name, data in extra:
            archive.writestr(name, data)
    return stream.getvalue()


def in_sheet(old: bytes, new: bytes):
    return lambda name, data: data.replace(old, new) if name.endswith("sheet1.xml") else data


def refused(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "attack"
    path.write_bytes(content)
    problems = inspect(content).problems
    assert problems, "a reader would have been let at it"
    assert parse(path, "x.xlsx").problems == tuple(problems)
    return problems[0].params["kind"]


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "XFD1", "AAA7", "KO3", "B200000"])
def test_a_cell_far_outside_the_table(tmp_path, cell):
    content = repacked(in_sheet(b'<c r="B2"', f'<c r="{cell}"'.encode()))
    assert refused(tmp_path, content) == "far_cell"


@pytest.mark.parametrize(
    "far",
    [
        b'<row r="1048576"><c r="A1048576" s="1"/></row>',
        b'<row r="7"><c r="XFD7" s="1"/><c s="2" r="KO7"></c></row>',
        b'<row r="200000" ht="30" customHeight="1"/>',
    ],
    ids=["row", "column", "height"],
)
def test_a_far_cell_that_holds_nothing_but_a_format_is_passed_over(tmp_path, far):
    path = tmp_path / "styled"
    path.write_bytes(repacked(in_sheet(b"</sheetData>", far + b"</sheetData>")))
    parsed = parse(path, "x.xlsx")
    assert parsed.problems == () and len(parsed.sheets[0].rows) < 50
    filled = far.replace(b"/>", b"><v>1</v></c>").replace(b"></c>", b"><v>1</v></c>")
    if b"<c" in far:
        assert refused(tmp_path, repacked(in_sheet(b"</sheetData>", filled + b"</sheetData>"))) == "far_cell"


@pytest.mark.parametrize(
    ("old", "new", "cell"),
    [
        (b'<c r="B2"', b'<c r="A2"', "A2"),
        (b"</sheetData>", b'<row r="2"><c r="C2"><v>9</v></c></row></sheetData>', "A2"),
        (b"</sheetData>", b"<row r='3'><c\nr='B2'><v>9</v></c></row></sheetData>", "B2"),
    ],
    ids=["cell", "row", "elsewhere"],
)
def test_a_cell_that_is_there_twice(tmp_path, old, new, cell):
    """The last of the two was read: 1 in place of 537600 passed, while a spreadsheet may show the first."""
    content = repacked(in_sheet(old, new))
    assert refused(tmp_path, content) == "cell_twice" and inspect(content).problems[0].cell == cell
    watched = b'</sheetData><cellWatches><cellWatch r="B2"/></cellWatches>'
    assert not inspect(repacked(in_sheet(b"</sheetData>", watched))).problems


@pytest.mark.parametrize(
    "value",
    [
        b"<v>5376<!-- -->00</v>",
        b"<v>537600<!---->0</v>",
        b"<v><![CDATA[537600]]></v>",
        b"<v>5&#51;7600</v>",
        b"<v>&#x35;37600</v>",
        b"<v>5376<?x y?>00</v>",
    ],
)
def test_a_number_that_is_stored_in_pieces(tmp_path, value):
    """Shown as 537600, and read as 5376, 5, 1 or nothing."""
    content = repacked(in_sheet(b"</sheetData>", b'<row r="9"><c r="B9">' + value + b"</c></row></sheetData>"))
    assert refused(tmp_path, content) == "value_in_pieces" and inspect(content).problems[0].params["cell"] == "B9"


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="B9" t="str"><v>a&#10;b&amp;c</v></c>',
        b'<c r="B9" t="inlineStr"><v>1</v><is><t>&#51;</t></is></c>',
        b'<!-- a row --><c r="B9"><!-- a cell --><v>1</v></c>',
    ],
)
def test_marks_beside_a_number_are_no_pieces_of_it(cell):
    assert not inspect(repacked(in_sheet(b"</sheetData>", b'<row r="9">' + cell + b"</row></sheetData>"))).problems


@pytest.mark.parametrize("reference", [b"r='XFD1048576'", b'\nr="XFD1048576"'])
def test_the_far_cell_is_found_in_unusual_spellings(reference):
    sheet = b"<worksheet><sheetData><row><c " + reference + b"><v>1</v></c></row></sheetData></worksheet>"
    assert far_cell(references(sheet)) == "XFD1048576"


@pytest.mark.parametrize("reference", ["A1", "KN199999", "AZ1000", "Z99999", "JZ100000"])
def test_a_cell_of_a_large_table_is_not_far(reference):
    sheet = f'<worksheet><sheetData><row><c r="{reference}"/></row></sheetData></worksheet>'.encode()
    assert far_cell(references(sheet)) == ""


def test_a_far_cell_on_the_edge_of_two_chunks_is_found():
    cell = b'<c r="XFD9"/>'
    for shift in range(-20, 20):
        head = b'<c r="A1"/>'
        filler = b" " * (4 * 1024 * 1024 - len(head) + shift)
        assert far_cell(references(head + filler + cell + b" " * 40)) == "XFD9", shift


def test_a_bomb_is_stopped_by_what_it_really_inflates_to(tmp_path):
    content = repacked(extra=[("xl/media/zeros.bin", b"\0" * (40 * 1024 * 1024))])
    assert refused(tmp_path, content) == "ratio"


def test_a_declared_size_beyond_the_limit(tmp_path):
    stream = io.BytesIO(workbook())
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/big.bin", b"x")
        archive.getinfo("xl/big.bin").file_size = MAX_INFLATED + 1
    assert refused(tmp_path, stream.getvalue()) == "too_large"


@pytest.mark.parametrize(
    "declaration",
    [b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>', b'<!DOCTYPE x SYSTEM "file:///etc/passwd">'],
)
def test_entities_of_any_kind(tmp_path, declaration):
    content = repacked(in_sheet(b"<worksheet", declaration + b"<worksheet"))
    assert refused(tmp_path, content) == "entity"


def test_a_part_that_is_there_twice(tmp_path):
    with pytest.warns(UserWarning):
        content = repacked(extra=[("xl/worksheets/sheet1.xml", b"<worksheet/>")])
    assert refused(tmp_path, content) == "duplicate_part"


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "xl\\..\\x"])
def test_a_part_with_a_path_that_leads_out(tmp_path, name):
    assert refused(tmp_path, repacked(extra=[(name, b"x")])) == "unsafe_part_name"


def test_macros(tmp_path):
    assert refused(tmp_path, repacked(extra=[("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")])) == "macros"


def test_external_links(tmp_path):
    assert refused(tmp_path, repacked(extra=[("xl/externalLinks/externalLink1.xml", b"<x/>")])) == "external_links"


def test_thousands_of_parts(tmp_path):
    content = repacked(extra=[(f"xl/media/{n}.bin", b"x") for n in range(2100)])
    assert refused(tmp_path, content) == "too_many_parts"


def test_a_password(tmp_path):
    stream = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook())).encrypt("secret", stream)
    assert msoffcrypto.OfficeFile(stream).is_encrypted()
    assert refused(tmp_path, stream.getvalue()) == "encrypted"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_half_a_file(tmp_path, share):
    content = workbook()
    assert refused(tmp_path, content[: int(len(content) * share)]) == "corrupt"


def test_utf16_parts_cannot_hide_from_the_checks(tmp_path):
    content = repacked(lambda name, data: data.decode().encode("utf-16") if name.endswith("sheet1.xml") else data)
    assert refused(tmp_path, content) == "corrupt"


def test_garbage_in_every_part_never_raises(tmp_path):
    path = tmp_path / "attack"
    names = zipfile.ZipFile(io.BytesIO(workbook())).namelist()
    looked_at = 0
    for victim in names:
        looked_at += 1
        path.write_bytes(repacked(lambda name, data, victim=victim: b"<a>\xff\xfe&" if name == victim else data))
        parsed = parse(path, "x.xlsx")
        assert parsed.problems or parsed.sheets
    assert looked_at, "nothing was looked at"
