"""The workbook that goes back: marks, comments, lists, texts that stay texts, files without addresses, speed."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from pipelines.harmonize.file import harmonize
from pipelines.model.findings import Finding
from pipelines.model.programme import Programme
from pipelines.model.rulings import REASONS, split_reason
from pipelines.model.submissions import ReadFile, ReadOptions
from pipelines.parse.reader import parse
from pipelines.programme.folder import find
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays
from pipelines.returns.receipt import receipt_json, receipt_text
from pipelines.returns.verdict import ReturnedPart, Returning
from pipelines.returns.verdict_book import verdict_book

MOMENT = datetime(2022, 7, 8, 2, tzinfo=UTC)
HEADER = ("行政区划代码", "单位名称", "指标名称", "计量单位", "统计口径", "本年累计", "上年同期")


@pytest.fixture(scope="module")
def jiaxing() -> Programme:
    return load(find("jiaxing"), chinese_workdays(), code_lists())


def read(content: bytes, programme: Programme, tmp_path: Path) -> ReadFile:
    path = tmp_path / "stored"
    path.write_bytes(content)
    return harmonize(parse(path, "t"), "a" * 64, programme, ReadOptions())


def workbook(rows: list[list[Any]]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"strings_to_formulas": False})
    sheet = book.add_worksheet("汇总月报")
    for at, row in enumerate([["海宁市2022年1-6月制造业投资汇总表"], ["单位:万元"], list(HEADER), *rows]):
        for column, value in enumerate(row):
            sheet.write(at, column, value) if isinstance(value, float) else sheet.write_string(at, column, value)
    book.close()
    return stream.getvalue()


ROWS = [
    ["330481", "海宁市", "制造业投资", "万元", "管理", 1162800.25, 760000.0],
    ["330481", '=HYPERLINK("http://x")', "工业投资", "万元", "管理", "很多", 800000.0],
]
FINDINGS = (
    Finding("C01", 1, "error", "F5 不是数", "F5 is no number", "汇总月报", "F5", 5, "ytd", "很多"),
    Finding("F17", 3, "query", "F4 下降", "F4 falls", "汇总月报", "F4", 4, "ytd", "1162800.25"),
    Finding("C09", 1, "error", "F4 过大", "F4 too large", "汇总月报", "F4", 4, "ytd", "1162800.25"),
    Finding("F01", 3, "query", "明细不符", "detail differs", "汇总月报", "", None, "ytd", "5"),
)


def returning(file: ReadFile, programme: Programme, findings: tuple[Finding, ...] = FINDINGS) -> Returning:
    part = file.parts[0]
    judged = ReturnedPart(
        part, programme.forms[part.form], "海宁市", "s1", 2, "rejected", 5, 0, 2, 3, findings, MOMENT, MOMENT
    )
    return Returning(
        "a/=坏名字\x1b[31m.xlsx", "a" * 64, "rejected", MOMENT, "r1", "Asia/Shanghai", "嘉兴", True, (judged,)
    )


def test_cells_are_marked_where_they_stood(jiaxing: Programme, tmp_path: Path) -> None:
    content = verdict_book(returning(read(workbook(ROWS), jiaxing, tmp_path), jiaxing))
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book["数据"]
    assert [c.value for c in sheet[3]][:7] == list(HEADER)
    assert sheet["F4"].value == 1162800.25 and sheet["F4"].data_type == "n" and sheet["A4"].value == "330481"
    assert sheet["B5"].value == '=HYPERLINK("http://x")' and sheet["B5"].data_type == "s"
    assert sheet["F4"].fill.fgColor.rgb.endswith("F4B9B2"), "the worst finding of a cell gives its colour"
    assert "F17" in sheet["F4"].comment.text and "C09" in sheet["F4"].comment.text
    assert (sheet["H3"].value, sheet["I3"].value) == ("上报说明", "审核意见")
    assert sheet["I4"].value.splitlines() == ["1. [强制性 C09] F4 过大", "2. [核实性 F17] F4 下降"]
    listed = [[c.value for c in row] for row in book["错误清单"].iter_rows(min_row=2)]
    assert len(listed) == len(FINDINGS) and listed[0][3:8] == ["F5", "本年完成投资", "很多", "C01", "强制性"]
    front = "\n".join(str(c.value) for row in book["说明"].iter_rows() for c in row if c.value)
    assert "退回更正" in front and "强制性 2 条" in front and "2022-07-08 10:00" in front
    assert all(reason in front for reason in REASONS)
    assert content == verdict_book(returning(read(workbook(ROWS), jiaxing, tmp_path), jiaxing))


def test_sent_again_twice_it_is_still_the_same_table(jiaxing: Programme, tmp_path: Path) -> None:
    first = read(workbook(ROWS), jiaxing, tmp_path)
    again = read(verdict_book(returning(first, jiaxing)), jiaxing, tmp_path)
    third = read(verdict_book(returning(again, jiaxing)), jiaxing, tmp_path)
    for file in (again, third):
        part = file.parts[0]
        assert not part.problems and set(file.ignored_sheets) == {"说明", "错误清单", "_meta"}
        fields = [c for c in part.rows.column_names if c not in ("sheet", "value_status")]
        assert part.rows.select(fields).to_pylist() == first.parts[0].rows.select(fields).to_pylist()
    sheet = openpyxl.load_workbook(io.BytesIO(verdict_book(returning(third, jiaxing))))["数据"]
    assert [c.value for c in sheet[3]].count("审核意见") == 1


def test_a_json_file_comes_back_as_a_table_that_can_be_sent(jiaxing: Programme, tmp_path: Path) -> None:
    rows = [dict(zip(HEADER, row, strict=True)) for row in ROWS]
    sent = {"meta": {"unit": "330481", "period": "2022-06", "amount_unit": "万元"}, "rows": rows}
    file = read(json.dumps(sent, ensure_ascii=False).encode(), jiaxing, tmp_path)
    found = tuple(replace(f, cell="", row=f.row - 3 if f.row else None, sheet="") for f in FINDINGS)
    content = verdict_book(returning(file, jiaxing, found))
    sheet = openpyxl.load_workbook(io.BytesIO(content))["数据"]
    marked = [c.coordinate for row in sheet.iter_rows() for c in row if c.comment]
    assert len(marked) == 2 and sheet[marked[1]].value == "很多"
    part = read(content, jiaxing, tmp_path).parts[0]
    assert (part.unit_code, part.period) == ("330481", "2022-06") and not part.problems
    assert part.rows["ytd"].to_pylist() == file.parts[0].rows["ytd"].to_pylist()


def test_three_hundred_rows_take_less_than_a_second(jiaxing: Programme, tmp_path: Path) -> None:
    rows = [["330481", "海宁市", "制造业投资", "万元", "管理", float(n), 1.0] for n in range(300)]
    found = tuple(replace(FINDINGS[2], cell=f"F{n + 4}", row=n + 4) for n in range(300))
    back = returning(read(workbook(rows), jiaxing, tmp_path), jiaxing, found)
    started = time.thread_time()
    verdict_book(back)
    assert time.thread_time() - started < 1


def test_the_receipt_says_it_in_plain_text_and_json(jiaxing: Programme, tmp_path: Path) -> None:
    back = returning(read(workbook(ROWS), jiaxing, tmp_path), jiaxing)
    text = receipt_text(back)
    assert "退回更正 / rejected" in text and "F5" in text and "须更正后重新报送" in text
    assert not [c for c in text if c != "\n" and not c.isprintable()]
    document = json.loads(receipt_json(back))
    assert document["submissions"][0]["rows"] == {"received": 5, "accepted": 0, "quarantined": 2, "not_data": 3}
    assert len(document["submissions"][0]["findings"]) == len(FINDINGS)


def test_reasons_are_split_from_the_text() -> None:
    assert split_reason("设备集中到货：进口设备到厂") == ("设备集中到货", "进口设备到厂")
    assert split_reason("【其他】 见附件") == ("其他", "见附件")
    assert split_reason("进口设备到厂") == ("", "进口设备到厂")


def test_what_only_the_sidecar_said_travels_in_the_workbook(jiaxing: Programme, tmp_path: Path) -> None:
    manifest = {"unit": "330481", "period": "2022-06", "amount_unit": "万元"}
    table = [["指标名称", "统计口径", "本年累计", "上年同期"], ["制造业投资", "管理", "很多", "760000"]]
    for above, address in ((0, "C3"), (1, "C3"), (3, "C5")):
        lines = [["报表", "", "", ""]][:above] + [["", "", "", ""]] * max(above - 1, 0) + table
        path = tmp_path / "stored"
        path.write_text("".join(",".join(line) + "\n" for line in lines), encoding="utf-8")
        file = harmonize(parse(path, "t"), "a" * 64, jiaxing, ReadOptions(manifest=manifest))
        row = above + 2
        found = (replace(FINDINGS[0], cell=f"C{row}", row=row, sheet=""),)
        back = returning(file, jiaxing, found)
        content = verdict_book(replace(back, parts=(replace(back.parts[0], declared=manifest),)))
        sheet = openpyxl.load_workbook(io.BytesIO(content))["数据"]
        assert [c.coordinate for line in sheet.iter_rows() for c in line if c.comment] == [address]
        part = read(content, jiaxing, tmp_path).parts[0]
        assert (part.unit_code, part.period) == ("330481", "2022-06") and not part.problems
        assert part.rows["ytd_last_year"].to_pylist() == [760000]
