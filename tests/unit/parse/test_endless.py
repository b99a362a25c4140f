"""Files without end and files that claim one: refused quickly, in words; what only looks odd is read."""

from __future__ import annotations

import io
import os
import struct
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from pipelines.parse.preflight import MAX_TEXT
from pipelines.parse.reader import parse
from pipelines.parse.sheet_xml import sheet_facts
from pipelines.parse.text import MAX_DIGITS, MAX_LINE, MAX_LINES

from ..harmonize.other_formats import ods_content, ole2, xls

GRID = [["项目名称", "计划总投资"], ["甲", 500]]


def kind_of(tmp_path: Path, content: bytes) -> str | None:
    """The kind of the first problem; None where the file was read."""
    path = tmp_path / "stored"
    path.write_bytes(content)
    start = time.thread_time()
    problems = parse(path, "x").problems
    assert time.thread_time() - start < 10
    return problems[0].params["kind"] if problems else None


def repacked(change=None, extra=(), names=None) -> bytes:
    stream, out = io.BytesIO(), io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    book.add_worksheet("项目月报").write_column(0, 0, ["项目名称", "甲"])
    book.close()
    source = zipfile.ZipFile(stream)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            data = source.read(name)
            archive.writestr(names(name) if names else name, change(name, data) if change else data)
        for name, data in extra:
            archive.writestr(name, data)
    return out.getvalue()


def in_sheet(new: bytes) -> bytes:
    return repacked(
        lambda name, data: data.replace(b"</sheetData>", new + b"</sheetData>") if "sheet1.xml" in name else data
    )


def in_texts(old: bytes, new: bytes) -> bytes:
    return repacked(lambda name, data: data.replace(old, new) if "sharedStrings" in name else data)


def patched(data: bytes, at: int, value: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into("<I", changed, at, value)
    return bytes(changed)


def directory_that_bites_its_tail() -> bytes:
    data = xls("表", GRID)
    table, directory = struct.unpack_from("<I", data, 76)[0], struct.unpack_from("<I", data, 48)[0]
    return patched(data, 512 + 512 * table + 4 * directory, directory)


def many_sheets() -> bytes:
    """300 sheets of 80 bytes, each six million cells."""
    cell = '<table:table-cell table:number-columns-repeated="300" office:value-type="float" office:value="1"/>'
    row = f'<table:table-row table:number-rows-repeated="20000">{cell}</table:table-row>'
    return ods_content("".join(f'<table:table table:name="t{n}">{row}</table:table>' for n in range(300)))


ENDLESS = {
    "a line of a hundred thousand cells": (lambda: b"a," * (MAX_LINE // 2 + 10), "line_too_long"),
    "more lines than a sheet has": (lambda: b"\n" * (MAX_LINES + 2) + b"x", "too_many_lines"),
    "an integer of a million digits": (lambda: b'[{"a":' + b"9" * 1_000_000 + b"}]", "json_number"),
    "an exponent of its own": (lambda: b'[{"a":1e9999999999999999999}]', "json_number"),
    "a text of a megabyte in JSON": (lambda: b'[{"a":"' + b"x" * 1_000_000 + b'"}]', "json_shape"),
    "a text without end in a cell": (
        lambda: in_texts(b"<t>", b"<t>" + os.urandom(MAX_TEXT).hex().encode()),
        "cell_too_long",
    ),
    "four billion texts announced": (lambda: in_texts(b'uniqueCount="', b'uniqueCount="4294967295" x="'), "corrupt"),
    "rows without numbers": (lambda: in_sheet(b"<row><c><v>1</v></c></row>" * 200_100), "far_cell"),
    "cells without addresses": (lambda: in_sheet(b"<row>" + b"<c><v>1</v></c>" * 400 + b"</row>"), "far_cell"),
    "a directory that bites its tail": (directory_that_bites_its_tail, "corrupt"),
    "an allocation table that leaves the file": (
        lambda: patched(patched(xls("表", GRID), 68, 0xFFFFFF), 72, 5),
        "corrupt",
    ),
    "sheets of a billion cells": (many_sheets, "too_many_cells"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_has_no_end_is_refused_at_once(name, tmp_path):
    make, kind = ENDLESS[name]
    assert kind_of(tmp_path, make()) == kind


def test_a_hundred_digits_are_still_a_number(tmp_path):
    assert kind_of(tmp_path, b'[{"a":' + b"9" * MAX_DIGITS + b"}]") is None


@pytest.mark.parametrize("mark", [b"<f", b' t="e"', b'<row hidden="1"><c '])
def test_broken_cells_cost_linear_time(mark):
    """Hundreds of thousands of marks of cells that never begin took minutes."""
    start = time.thread_time()
    sheet_facts(b"<worksheet><sheetData>" + mark * 300_000)
    assert time.thread_time() - start < 10


def test_hidden_rows_without_numbers_are_counted():
    rows = b'<row/><row hidden="1"/><row/><row hidden="true"/>'
    assert sheet_facts(b"<worksheet><sheetData>" + rows).hidden_rows == {2, 4}


ODD = {
    "names with backslashes": lambda: repacked(names=lambda name: name.replace("/", "\\")),
    "UTF-16 beside the workbook": lambda: repacked(extra=[("customXml/item1.xml", "<a/>".encode("utf-16"))]),
    "a drawing with a DOCTYPE": lambda: repacked(
        extra=[("xl/media/a.svg", b'<?xml version="1.0"?><!DOCTYPE svg><svg/>')]
    ),
    "the stream in capitals": lambda: xls("表", GRID).replace(
        "Workbook".encode("utf-16-le"), "WORKBOOK".encode("utf-16-le")
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_what_only_looks_odd_is_read(name, tmp_path):
    path = tmp_path / "stored"
    path.write_bytes(ODD[name]())
    parsed = parse(path, "x")
    assert parsed.problems == ()
    assert parsed.sheets[0].rows[0][0] == "项目名称"


def test_a_large_workbook_of_many_sectors_is_no_loop(tmp_path):
    """Its allocation table itself has several sectors."""
    data = ole2({"Workbook": xls("表", GRID)[512:4096].ljust(200_000, b"\0")})
    assert kind_of(tmp_path, data) != "corrupt"
