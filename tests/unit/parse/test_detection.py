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
        (b"<html><p>1</p></html>", "HTML/XML"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "MP4"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (
            b"BM"
            + (54).to_bytes(4, "little")
            + bytes(4)
            + (54).to_bytes(4, "little")
            + (40).to_bytes(4, "little")
            + bytes(20),
            "BMP",
        ),
        (b"Rar!\x1a\x07\x01\0", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"\xfd7zXZ\0\0", "xz"),
        (b"BZh91AY&SY\0\1", "bzip2"),
        (b"x.csv".ljust(257, b"\0") + b"ustar\x0000", "tar"),
        (b"\0\1\0\0Standard Jet DB\0", "Microsoft Access (MDB)"),
        (b"\0\1\0\0Standard ACE DB\0", "Microsoft Access (ACCDB)"),
        (b"L\0\0\0\x01\x14\x02\0\0", "快捷方式 / a shortcut (.lnk)"),
        (
            b"%TSD-Header-###%\x01",
            "加密软件加密的文件,请先解密 / a file encrypted by DLP software (TSD), decrypt it first",
        ),
        (b"MZ\x90\0\3\0", "EXE"),
        ("\ufeff<?xml version='1.0'?><a/>".encode(), "HTML/XML"),
        (b"{\\rtf1 hello}", "RTF"),
        (
            b"\x78\x9f\x3e\x22\x01\x00\x01",
            "winmail.dat,请取出其中的附件 / a winmail.dat of Outlook, take the attachment out of it",
        ),
        (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n\r\n<html><table>", "MHT (单个文件网页 / a web archive)"),
        (b"\x89PNG\r\n\x1a\n0000", "PNG"),
        (b"\x1f\x8b\x08\x00abc", "gzip"),
        (b"ID;PWXL;N;E\r\nC;Y1;X1;K1\r\n", "SYLK"),
        (b'TABLE\r\n0,1\r\n"EXCEL"\r\n', "DIF"),
        (
            bytes((3, 122, 7, 1, 1, 0, 0, 0, 65, 0, 11, 0)) + bytes(60),
            "dBase (DBF)，请用表格软件打开后另存为 .xlsx / open it in a spreadsheet and save it as .xlsx",
        ),
        (
            b"From: a@b.c\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\n537600",
            "邮件，没有附件；正文不作为表格读取 / an e-mail without attachments, its text is not read",
        ),
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


@pytest.mark.parametrize("begin", ["[附件1]", "{表1}", "BM序号", "ORC", "MZ", "Rar!", "ID3", "%", "[附件]{"])
def test_a_table_may_begin_with_the_letters_of_another_type(tmp_path, begin):
    parsed = read(tmp_path, f"{begin}海宁市2022年1-6月报表\n项目名称,计划总投资\n甲,5\n".encode(), "报表.csv")
    assert (parsed.kind, parsed.problems) == ("csv", ())
    assert parsed.sheets[0].rows[0][0].startswith(begin)


def test_json_lines_are_rows(tmp_path):
    parsed = read(tmp_path, b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', "x.json")
    assert [list(row) for row in parsed.sheets[0].rows] == [["a", "b"], [1, 2], [3, 4]]
