"""A file is what its content says, whatever its name says (A01)."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from pipelines.parse.reader import parse


def read(tmp_path: Path, content: bytes, name: str = "报表.xlsx"):
    path = tmp_path / "stored"
    path.write_bytes(content)
    return parse(path, name)


def kind_of(parsed) -> str:
    assert len(parsed.problems) == 1, parsed
    assert parsed.problems[0].rule == "A01"
    return parsed.problems[0].params["kind"]


def small_workbook() -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    book.add_worksheet("表").write_row(0, 0, ["a", 1])
    book.close()
    return stream.getvalue()


def test_a_workbook_named_csv_is_read_as_a_workbook(tmp_path):
    parsed = read(tmp_path, small_workbook(), "报表.csv")
    assert (parsed.kind, parsed.problems) == ("xlsx", ())
    assert parsed.sheets[0].rows == [["a", 1.0]]


def test_a_csv_named_xlsx_is_read_as_csv(tmp_path):
    parsed = read(tmp_path, b"a,b\n1,2\n", "报表.xlsx")
    assert parsed.kind == "csv"


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"%PDF-1.7\n...", "PDF"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "HTML/XML"),
        ("\ufeff<?xml version='1.0'?><a/>".encode(), "HTML/XML"),
        (b"{\\rtf1 hello}", "RTF"),
        (b"\x89PNG\r\n\x1a\n0000", "PNG"),
        (b"\x1f\x8b\x08\x00abc", "gzip"),
    ],
)
def test_other_documents_are_refused_by_name(tmp_path, content, seen):
    parsed = read(tmp_path, content, "报表.xls")
    assert kind_of(parsed) == "unknown_type"
    assert parsed.problems[0].params["seen"] == seen


@pytest.mark.parametrize("content", [b"", b"   \n\t ", b"\xef\xbb\xbf\n", b"\x00\x00\x00"])
def test_an_empty_file_is_called_empty(tmp_path, content):
    assert kind_of(read(tmp_path, content)) == "empty_file"


def test_a_zip_without_any_table_is_refused(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("盖章扫描件.pdf", b"%PDF-1.7 ...")
    parsed = read(tmp_path, stream.getvalue())
    assert kind_of(parsed) == "no_table_inside"


def test_a_workbook_behind_a_pdf_head_is_taken_for_the_pdf_it_claims_to_be(tmp_path):
    parsed = read(tmp_path, b"%PDF-1.4\n" + small_workbook())
    assert kind_of(parsed) == "unknown_type"
