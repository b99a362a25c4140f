"""What an English programme sends out: template, receipt and workbook in English alone, and read back as they were meant."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from pipelines.harmonize.file import harmonize
from pipelines.model.findings import Finding
from pipelines.model.periods import Period
from pipelines.model.programme import Programme
from pipelines.model.submissions import ReadFile, ReadOptions
from pipelines.parse.reader import parse
from pipelines.programme.folder import find
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays
from pipelines.returns.receipt import receipt_text
from pipelines.returns.template import LastMonth, template
from pipelines.returns.verdict import ReturnedPart, Returning
from pipelines.returns.verdict_book import verdict_book

CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
JUNE = Period(2026, 6)
MADE = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def permits() -> Programme:
    return load(find("permits"), chinese_workdays(), code_lists())


def read(content: bytes, programme: Programme, tmp_path: Path) -> ReadFile:
    path = tmp_path / "stored"
    path.write_bytes(content)
    return harmonize(parse(path, "t.xlsx", programme.encodings), "0" * 64, programme, ReadOptions())


def chinese_in(content: bytes) -> list[str]:
    """Chinese texts anywhere in a workbook: cells, comments, drop-downs, properties."""
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in (n for n in package.namelist() if "theme" not in n):
            text = package.read(name).decode("utf-8", "replace")
            found += [f"{name}: {match[0]}" for match in CHINESE.finditer(text)]
    assert len(openpyxl.load_workbook(io.BytesIO(content)).sheetnames) > 1
    return found


@pytest.mark.parametrize("last", [None, LastMonth("2026-05", [({"indicator": "Value of permits"}, None)])])
def test_a_template_in_english_is_read_back(permits: Programme, tmp_path: Path, last: LastMonth | None) -> None:
    unit = permits.roster.get("44003")
    assert unit is not None
    made = template(permits.forms["unit_month"], unit, JUNE, permits, MADE, last)
    assert chinese_in(made) == []
    sheet = openpyxl.load_workbook(io.BytesIO(made)).worksheets[0]
    shown = [str(cell.value) for row in sheet.iter_rows(max_row=4) for cell in row if cell.value]
    assert "Kent County (44): Building permits, January to the month, January–June 2026" in shown
    assert "Reporting unit: Kent County (44)" in shown and "Period: January–June 2026" in shown
    assert any(text.startswith("Accepted last period") for text in shown) == (last is not None)
    part = read(made, permits, tmp_path).parts[0]
    assert (part.form, part.unit_code, part.period) == ("unit_month", "44003", "2026-06")
    assert not [p for p in part.problems if p.rule == "A03"], "no column of ours is unknown"


def returned(permits: Programme, tmp_path: Path) -> Returning:
    text = (
        '"Newport County, June 2026"\nCounty,Indicator,Year to date,Last year,Unit of measure\n'
        "Newport County,Value of permits,-5,4,USD\n"
    )
    part = read(text.encode(), permits, tmp_path).parts[0]
    findings = (
        Finding("C02", 1, "error", "金额不能为负", "must not be negative", "", "C3", 3, "ytd", "-5"),
        Finding("F10", 3, "query", "增速过大", "a large change", field="ytd"),
    )
    shown = ReturnedPart(
        part,
        permits.forms["unit_month"],
        "Newport County",
        "s1",
        1,
        "rejected",
        1,
        0,
        1,
        2,
        findings,
        datetime(2026, 7, 10, 21, tzinfo=UTC),
    )
    moment = datetime(2026, 7, 8, 13, 5, tzinfo=UTC)
    return Returning(
        "newport.csv", "0" * 64, "rejected", moment, "r1", permits.time_zone, permits.en, False, (shown,), english=True
    )


def test_a_receipt_in_english_has_local_times(permits: Programme, tmp_path: Path) -> None:
    text = receipt_text(returned(permits, tmp_path))
    assert CHINESE.search(text) is None
    assert "arrived: 2026-07-08 09:05" in text and "due: 2026-07-10 17:00" in text
    assert "[error C02] C3: must not be negative" in text and "the explanation column" in text


def test_the_workbook_that_goes_back_is_in_english_and_is_read_again(permits: Programme, tmp_path: Path) -> None:
    made = verdict_book(returned(permits, tmp_path))
    assert chinese_in(made) == []
    book = openpyxl.load_workbook(io.BytesIO(made))
    assert book.sheetnames[0] == "Read me" and "Findings" in book.sheetnames
    headers = [str(cell.value) for row in book["Data"].iter_rows() for cell in row if cell.value]
    assert "Explanation" in headers and "Review remarks" in headers
    again = read(made, permits, tmp_path)
    assert [(p.form, p.unit_code, p.period, len(p.rows)) for p in again.parts] == [
        ("unit_month", "44005", "2026-06", 1)
    ]
    assert not [p for p in again.parts[0].problems if p.rule == "A03"]
