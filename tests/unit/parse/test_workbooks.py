"""What fast readers lose of a workbook is not lost here: addresses, merged ranges, errors, formulas, hidden things."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from pipelines.parse.reader import parse

REALDATA = Path(__file__).resolve().parents[4] / "shared" / "realdata"


def made(tmp_path: Path, fill, **options):
    path = tmp_path / "book"
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, options)
    fill(book)
    book.close()
    path.write_bytes(stream.getvalue())
    return parse(path, "book.xlsx")


def test_a_table_that_does_not_start_at_a1_keeps_its_addresses(tmp_path):
    sheet = made(tmp_path, lambda book: book.add_worksheet("表").write(4, 2, "x")).sheets[0]
    assert (list(sheet.row_numbers), sheet.first_column, sheet.rows) == ([5], 3, [["x"]])


def test_characters_that_a_workbook_escapes_are_those_its_sender_saw(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["_x6676_科能源", "第_x4E00_期_xD800_", "a_x41_"])
    book.save(tmp_path / "book.xlsx")
    assert parse(tmp_path / "book.xlsx", "book.xlsx").sheets[0].rows[0] == ["晶科能源", "第一期_xD800_", "a_x41_"]


def test_a_text_that_only_looks_escaped_stays_as_it_is(tmp_path):
    book = made(tmp_path, lambda book: book.add_worksheet().write_row(0, 0, ["_x6676_", "名称"]))
    assert list(book.sheets[0].rows[0]) == ["_x6676_", "名称"]


def test_merged_ranges_count_from_one(tmp_path):
    def fill(book):
        sheet = book.add_worksheet()
        sheet.merge_range("B3:E3", "本年完成投资")
        sheet.write("A4", "x")

    assert made(tmp_path, fill).sheets[0].merged == ((3, 2, 3, 5),)


def test_formulas_without_value_and_error_cells_are_seen(tmp_path):
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b", "c", "d"])
        sheet.write_formula("A2", "=1+1", None, 2)
        sheet.write_formula("B2", "=1+1", None, "")
        sheet.write_formula("C2", "=1/0", None, "#DIV/0!")
        sheet.write_formula("D2", '=""&"x"', None, "x")

    sheet = made(tmp_path, fill).sheets[0]
    assert sheet.rows[1][0] == 2.0
    assert sheet.no_value == {(2, 2)}
    assert sheet.errors == {(2, 3): "#DIV/0!"}


def test_hidden_sheets_are_listed_and_not_read_hidden_rows_are_data(tmp_path):
    def fill(book):
        sheet = book.add_worksheet("表")
        sheet.write_column(0, 0, [1, 2, 3])
        sheet.set_row(1, None, None, {"hidden": True})
        other = book.add_worksheet("_codes")
        other.write(0, 0, "x")
        other.hide()

    parsed = made(tmp_path, fill)
    assert [(s.name, s.hidden, len(s.rows)) for s in parsed.sheets] == [("表", False, 3), ("_codes", True, 0)]
    assert parsed.sheets[0].hidden_rows == {2}


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_both_date_systems(tmp_path, epoch_1904):
    def fill(book):
        book.add_worksheet().write_datetime(0, 0, datetime(2022, 6, 1), book.add_format({"num_format": "yyyy-mm-dd"}))

    parsed = made(tmp_path, fill, date_1904=epoch_1904)
    assert parsed.sheets[0].rows[0][0] == date(2022, 6, 1)
    assert parsed.epoch_1904 is epoch_1904


def test_a_workbook_of_formulas_alone_is_not_empty(tmp_path):
    sheet = made(tmp_path, lambda book: book.add_worksheet().write_formula("A1", "=1+1", None, "")).sheets[0]
    assert sheet.no_value == {(1, 1)}


def messy() -> list[Path]:
    if not REALDATA.exists():
        return []
    folders = ("messy_files", "fai_vintages")
    return sorted(p for f in folders for p in (REALDATA / f).rglob("*") if p.is_file() and "OOM" not in p.name)


@pytest.mark.needs_realdata
@pytest.mark.skipif(not REALDATA.exists(), reason="../shared/realdata is absent")
def test_every_messy_file_is_read_or_refused_with_a_reason():
    files = messy()
    assert len(files) > 200
    for path in files:
        parsed = parse(path, path.name)
        assert parsed.sheets or parsed.members or parsed.problems, path
        assert all(problem.params.get("kind") for problem in parsed.problems), path


@pytest.mark.needs_realdata
@pytest.mark.skipif(not REALDATA.exists(), reason="../shared/realdata is absent")
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("msoffcrypto_encrypted/example_password.xlsx", "encrypted"),
        ("msoffcrypto_encrypted/rc4cryptoapi_password.xls", "encrypted"),
        ("msoffcrypto_encrypted/xor_password_123456789012345.xls", "encrypted"),
        ("calamine/vba.xlsm", "macros"),
        ("calamine/pass_protected.ods", "encrypted"),
    ],
)
def test_messy_files_by_class(name, kind):
    path = REALDATA / "messy_files" / name
    assert parse(path, path.name).problems[0].params["kind"] == kind


@pytest.mark.slow
@pytest.mark.needs_realdata
@pytest.mark.skipif(not REALDATA.exists(), reason="../shared/realdata is absent")
@pytest.mark.parametrize("name", ["OOM_alloc.xls", "OOM_alloc2.xls", "OOM_alloc3.xls"])
def test_workbooks_that_ask_for_all_memory_end_inside_their_process(name):
    path = REALDATA / "messy_files" / "calamine" / name
    code = (
        "import resource,sys;from pathlib import Path;from pipelines.parse.reader import parse;"
        "resource.setrlimit(resource.RLIMIT_AS,(3<<30,3<<30));"
        f"p=parse(Path({str(path)!r}),'x');print(len(p.sheets),[q.params['kind'] for q in p.problems])"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, env=env, check=False)
    assert done.returncode < 0 or done.stdout.strip(), done.stderr[-500:]
