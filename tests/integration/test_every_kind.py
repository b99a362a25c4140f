"""Every sentence that A01–A07 can say, said: a real file trips it through `saima check`, and its sender reads that sentence."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile

import pipelines.harmonize
from expectations.catalogue import RULES
from pipelines.flow.intake.dry_run import CheckedFile, check
from pipelines.flow.runtime.context import Context, open_context
from pipelines.model.findings import Finding
from pipelines.parse.preflight import MAX_INFLATED, MAX_TEXT
from pipelines.parse.text import MAX_LINES
from pipelines.settings import Settings

from ..unit.harmonize.conftest import HEADER, TITLE, csv_text, project, workbook
from ..unit.harmonize.other_formats import aborting, ods_content, package, xls

pytestmark = pytest.mark.slow

READERS = ("A01", "A02", "A03", "A04", "A05", "A06", "A07")
ROWS = [project(n) for n in range(3)]
UNIT_HEADER = ["指标名称", "计量单位", "统计口径", "本年累计", "上年同期"]
UNIT_ROW = ["制造业投资", "万元", "管理", 100, 90]


def returned(
    rows: Sequence[Sequence[Any]] = ROWS, head: Sequence[Any] = HEADER, title: str = TITLE[0], unit: str = TITLE[1]
) -> bytes:
    return workbook(("Sheet1", [[title], [unit], list(head), *rows]))


def text(*lines: Sequence[Any], title: str = "海宁市2022年1-6月制造业投资汇总表") -> bytes:
    return csv_text([[title], ["单位:万元"], *(lines or (UNIT_HEADER, UNIT_ROW))]).encode()


def repacked(change: Callable[[str, bytes], bytes] = lambda name, data: data, extra: Any = ()) -> bytes:
    source, out = zipfile.ZipFile(io.BytesIO(returned())), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, change(name, source.read(name)))
        for name, data in extra:
            archive.writestr(name, data)
    return out.getvalue()


def patched(part: str, old: str, new: str) -> bytes:
    return repacked(lambda name, data: data.replace(old.encode(), new.encode(), 1) if part in name else data)


def looked_up() -> bytes:
    """An amount that is a formula no reader calculates, with a stored 0."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("项目月报")
    for number, row in enumerate([[TITLE[0]], [TITLE[1]], list(HEADER), *ROWS]):
        sheet.write_row(number, 0, row)
    sheet.write_formula(3, HEADER.index("其他费用"), "=VLOOKUP(B4,A1:Q3,2,0)", None, 0)
    book.close()
    source, bare = zipfile.ZipFile(out), io.BytesIO()
    with zipfile.ZipFile(bare, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name).replace(b' fullCalcOnLoad="1"', b""))
    return bare.getvalue()


def hidden_sheet() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet("说明").write(0, 0, "见隐藏表")
    book.add_worksheet("项目月报").hide()
    book.close()
    return out.getvalue()


def encrypted() -> bytes:
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(returned())).encrypt("secret", out)
    return out.getvalue()


def larger_than_allowed() -> bytes:
    out = io.BytesIO(returned())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/big.bin", b"x")
        archive.getinfo("xl/big.bin").file_size = MAX_INFLATED + 1
    return out.getvalue()


def twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return repacked(extra=[("xl/workbook.xml", b"<workbook/>")])


def panic() -> bytes:
    """One byte of a stream's length changed: the Rust reader panics."""
    data = bytearray(xls("表", [["项目名称", "计划总投资"], ["甲", 500]]))
    data[544] = 255
    return bytes(data)


def formatted(write: Callable[[Any, Any], None], rows: Sequence[Sequence[Any]] = ROWS) -> bytes:
    """A return whose sheet is written to once more."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("表")
    for number, row in enumerate([[TITLE[0]], [TITLE[1]], HEADER, *rows]):
        sheet.write_row(number, 0, row)
    write(book, sheet)
    book.close()
    return out.getvalue()


def only_formulas(title: bool) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("表")
    if title:
        for number, row in enumerate([[TITLE[0]], [TITLE[1]], HEADER]):
            sheet.write_row(number, 0, row)
    for column in range(len(HEADER)):
        sheet.write_formula(3, column, "=A1&B1", None, "")
    book.close()
    return out.getvalue()


def json_rows(*rows: Any, **meta: Any) -> bytes:
    return json.dumps({"meta": meta, "rows": list(rows)}, ensure_ascii=False).encode()


def sheets(count: int, rows: int) -> bytes:
    cell = '<table:table-cell table:number-columns-repeated="300" office:value-type="float" office:value="1"/>'
    row = f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'
    return ods_content("".join(f'<table:table table:name="t{n}">{row}</table:table>' for n in range(count)))


def with_column(name: str, *values: Any) -> list[list[Any]]:
    return [[value, *row] for value, row in zip(values, ROWS, strict=True)]


def odd(number: int, **changes: Any) -> bytes:
    return returned([project(number, **changes), *ROWS[1:]])


@dataclass(frozen=True)
class Case:
    """A file, what is declared beside it, and the limits of the house that it needs."""

    make: Callable[[], bytes]
    manifest: dict[str, Any] = field(default_factory=dict)
    sidecar: str = ""
    limits: dict[str, Any] = field(default_factory=dict)


def case(make: Callable[[], bytes], **manifest: Any) -> Case:
    return Case(make, manifest)


HEAD = list(HEADER)
OTHER = ["指标名称", "计量单位", "统计口径", "本年累计", "上年同期"]
BESIDE = [[*left, None, *right] for left, right in zip(ROWS, [project(n) for n in range(5, 8)], strict=True)]
CASES: dict[str, Case] = {
    "A01 empty_file": case(lambda: b""),
    "A01 encrypted": case(encrypted),
    "A01 unknown_type": case(lambda: b"\x89PNG\r\n\x1a\n" + bytes(64)),
    "A01 corrupt": case(lambda: returned()[:-400]),
    "A01 macros": case(lambda: repacked(extra=[("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")])),
    "A01 external_links": case(lambda: repacked(extra=[("xl/externalLinks/externalLink1.xml", b"<x/>")])),
    "A01 entity": case(lambda: patched("sheet1", "<worksheet", '<!DOCTYPE l [<!ENTITY a "ha">]><worksheet')),
    "A01 too_many_parts": case(lambda: package({f"{n}.csv": "x" for n in range(101)})),
    "A01 too_large": case(larger_than_allowed),
    "A01 ratio": case(lambda: package({"a.csv": " " * 40_000_000})),
    "A01 duplicate_part": case(twice),
    "A01 unsafe_part_name": case(lambda: package({"../../etc/x.csv": "a,b"})),
    "A01 nested_package": case(lambda: package({"a.csv": text(), "b.zip": package({"c.csv": "x"})})),
    "A01 no_table_inside": case(lambda: package({"盖章.pdf": b"%PDF-1.7"})),
    "A01 part_missing": case(lambda: package({"1.xlsx": returned(), "manifest.json": '{"parts": 2}'})),
    "A01 bad_manifest": case(lambda: package({"a.csv": text(), "manifest.json": '{"unti": "x"}'})),
    "A01 bad_sidecar": Case(text, sidecar='{"unit": '),
    "A01 far_cell": case(lambda: patched("sheet1", 'r="B5"', 'r="XFD1048576"')),
    "A01 cell_twice": case(lambda: patched("sheet1", 'r="B5"', 'r="B4"')),
    "A01 value_in_pieces": case(lambda: patched("sheet1", "<v>1000</v>", "<v>10<!-- -->00</v>")),
    "A01 too_many_cells": case(lambda: sheets(300, 20_000)),
    "A01 formulas_only": case(lambda: only_formulas(False)),
    "A01 no_sheet": case(
        lambda: patched("xl/workbook.xml", '<sheet name="Sheet1"', '<sheet state="hidden" name="Sheet1"')
    ),
    "A01 reader_failed": case(panic),
    "A01 reader_died": Case(aborting, limits={"file_memory_mb": 256}),
    "A01 too_slow": Case(lambda: text() + text().splitlines(True)[-1] * 190_000, limits={"file_seconds": 1}),
    "A01 too_much_memory": Case(lambda: text() + (b"1," * 250 + b"\n") * 60_000, limits={"file_memory_mb": 256}),
    "A01 csv_quote": case(lambda: text() + b'"x,1\n'),
    "A01 csv_uneven": case(lambda: text(UNIT_HEADER, [*UNIT_ROW, 1])),
    "A01 csv_too_wide": case(lambda: b"a," * 400 + b"\n"),
    "A01 too_many_lines": case(lambda: b"\n" * (MAX_LINES + 2) + b"x"),
    "A01 cell_too_long": case(
        lambda: repacked(
            lambda name, data: (
                data.replace(b"<t>", b"<t>" + os.urandom(MAX_TEXT).hex().encode(), 1) if "shared" in name else data
            )
        )
    ),
    "A01 line_too_long": case(lambda: b"a,b\n" + b"x" * 200_000 + b",1\n"),
    "A01 json_syntax": case(lambda: b'[{"a": 1}'),
    "A01 json_duplicate_key": case(lambda: b'[{"a": 1, "a": 2}]'),
    "A01 json_nan": case(lambda: b'[{"a": NaN}]'),
    "A01 json_number": case(lambda: b'[{"a":1e9999999999999999999}]'),
    "A01 json_depth": case(lambda: b"[" * 100_000),
    "A01 json_shape": case(lambda: b"[1, 2]"),
    "A02 undecodable": case(lambda: "Fläche,Höhe\nMünchen,1\n".encode("latin-1")),
    "A02 utf16": case(lambda: text().decode().encode("utf-16-le")),
    "A02 control": case(lambda: b"\x01\x02\x03\x04 text"),
    "A02 reversed_text": case(lambda: odd(0, 本年完成投资="\u202e0001")),
    "A02 nul": case(lambda: text() + b"a,\0\n"),
    "A02 replacement_character": case(lambda: text() + "\ufffd,1\n".encode()),
    "A03 no_table": case(lambda: workbook(("Sheet1", [["今天天气很好"], ["名称", "数量"], ["a", 1]]))),
    "A03 hidden_table": case(lambda: hidden_sheet()),
    "A03 half_a_header": case(
        lambda: returned([["甲", 500, "3825", "新建"]], ["项目名称", "计划总投资", "行业代码", "建设性质"])
    ),
    "A03 hidden_rows": case(lambda: formatted(lambda book, sheet: sheet.set_row(4, None, None, {"hidden": True}))),
    "A03 hidden_columns": case(
        lambda: formatted(lambda book, sheet: sheet.set_column(11, 11, None, None, {"hidden": True}))
    ),
    "A03 struck_rows": case(
        lambda: formatted(
            lambda book, sheet: [
                sheet.write(4, at, value, book.add_format({"font_strikeout": True})) for at, value in enumerate(ROWS[1])
            ]
        )
    ),
    "A03 stored_zeros": case(looked_up),
    "A03 faint_cells": case(
        lambda: formatted(lambda book, sheet: sheet.write(4, 11, 1001, book.add_format({"font_color": "white"})))
    ),
    "A03 note_differs": case(lambda: returned([*ROWS, ["注：本表金额单位为元"]])),
    "A03 not_counted": case(lambda: returned([ROWS[0], ["以下为未入库项目"], *ROWS[1:]])),
    "A03 expected_figures": case(lambda: returned(title="海宁市2022年1-6月制造业投资项目月报（预计数）")),
    "A03 other_figures": case(lambda: returned(head=[f"{n}（当月）" if n == "本年完成投资" else n for n in HEAD])),
    "A03 comment_corrects": case(lambda: formatted(lambda book, sheet: sheet.write_comment(4, 11, "更正为 2001 万元"))),
    "A03 missing_column": case(lambda: returned(head=["序号" if name == "计划总投资" else name for name in HEAD])),
    "A03 duplicate_header": case(lambda: returned([[*row, 1] for row in ROWS], [*HEAD, "自年初累计完成投资"])),
    "A03 ambiguous_header": case(lambda: returned([[*row, 1] for row in ROWS], [*HEAD, "投资数"])),
    "A03 unknown_column": case(lambda: returned([[*row, "好"] for row in ROWS], [*HEAD, "领导批示"])),
    "A03 own_column": case(lambda: returned([[*row, "好"] for row in ROWS], [*HEAD, "核对备注"])),
    "A03 sheet_a_month": case(
        lambda: workbook(
            *((f"{n}月", [[TITLE[0].replace("1-6月", f"1-{n}月")], [TITLE[1]], HEAD, *ROWS]) for n in (5, 6))
        )
    ),
    "A03 sheet_a_unit": case(
        lambda: workbook(*((n, [[f"{n}市2022年6月"], [TITLE[1]], HEAD, *ROWS]) for n in ("海宁", "平湖")))
    ),
    "A03 two_tables": case(lambda: workbook(*((n, [[TITLE[0]], [TITLE[1]], HEAD, *ROWS]) for n in "一二"))),
    "A03 side_by_side": case(lambda: returned(BESIDE, [*HEAD, None, *HEAD])),
    "A03 same_rows_twice": case(lambda: package({"稿.xlsx": returned(), "终稿.xlsx": returned(ROWS[:2])})),
    "A03 declared_form_absent": case(returned, form="unit_month"),
    "A03 second_header": case(lambda: returned([*ROWS, OTHER, UNIT_ROW])),
    "A03 second_title": case(lambda: returned([*ROWS, [TITLE[0]], ["单位:元"], HEAD, OTHER])),
    "A03 table_above": case(
        lambda: workbook(("Sheet1", [[TITLE[0]], [TITLE[1]], UNIT_HEADER, UNIT_ROW, [], HEAD, *ROWS]))
    ),
    "A03 rows_elsewhere": case(lambda: workbook(("一", [[TITLE[0]], [TITLE[1]], HEAD, *ROWS[:2]]), ("续", ROWS[2:]))),
    "A04 unresolved": case(lambda: returned(unit="")),
    "A04 not_allowed": case(lambda: returned(unit="单位:万美元")),
    "A04 contradiction": case(
        lambda: returned(head=["本年完成投资(亿元)" if n == "本年完成投资" else n for n in HEAD])
    ),
    "A04 cell_unit_differs": case(lambda: odd(0, 本年完成投资="1.2亿")),
    "A04 scale_word": case(lambda: odd(0, 本年完成投资="12万")),
    "A04 display_scaled": case(
        lambda: formatted(lambda book, sheet: sheet.write_number(3, 11, 1000, book.add_format({"num_format": "0!.0,"})))
    ),
    "A04 display_disguised": case(
        lambda: formatted(lambda book, sheet: sheet.write_number(3, 11, 1000, book.add_format({"num_format": ";;;"})))
    ),
    "A04 display_unit": case(
        lambda: formatted(
            lambda book, sheet: sheet.write_number(3, 11, 1.2, book.add_format({"num_format": '0.0"亿"'}))
        )
    ),
    "A04 percent_differs": case(
        lambda: text([*UNIT_HEADER, "增速(%)"], ["制造业投资", "万元", "管理", 153, 100, 0.53])
    ),
    "A04 measure_mismatch": case(lambda: text(UNIT_HEADER, UNIT_ROW, ["项目个数", "万元", "管理", 12, 10])),
    "A05 unresolved": case(lambda: returned(title="海宁市制造业投资项目月报")),
    "A05 contradiction": case(returned, period="2022-05"),
    "A05 year_differs": case(returned, period="2021-06"),
    "A05 not_a_period": case(returned, period="六月"),
    "A05 not_in_calendar": case(lambda: returned(title="海宁市2022年1月制造业投资项目月报")),
    "A05 rows_differ": case(
        lambda: returned(
            with_column("报告期", "2022-05", "2022-06", "2022-06"), ["报告期", *HEAD], "海宁市制造业投资项目月报"
        )
    ),
    "A06 unresolved": case(lambda: returned(title="2022年1-6月制造业投资项目月报")),
    "A06 unknown_unit": case(returned, unit="亚特兰蒂斯"),
    "A06 contradiction": case(returned, unit="330482"),
    "A06 rows_differ": case(
        lambda: returned(with_column("行政区划代码", "330482", "330481", "330481"), ["行政区划代码", *HEAD])
    ),
    "A06 not_a_sender": case(lambda: returned(title="嘉兴市统计局2022年1-6月制造业投资项目月报")),
    "A06 not_the_bureau": case(
        lambda: workbook(
            (
                "表",
                [
                    ["2022年1-6月制造业投资核定表"],
                    ["单位:万元"],
                    ["地区代码", "地区名称", "指标", "统计口径", "本年累计", "可比基数", "官方增速(%)"],
                    ["330400", "全市", "制造业投资", "管理", 5400000, 4351330, 24.1],
                ],
            )
        ),
        unit="330481",
    ),
    "A07 no_rows": case(lambda: returned([])),
    "A07 formulas_only": case(lambda: only_formulas(True)),
}


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """Jiaxing, with two aliases that brackets tell apart for people and not for the reader."""
    opened = open_context(Settings(home=tmp_path_factory.mktemp("kinds"), workers=1), "jiaxing")
    form = opened.programme.forms["project_month"]
    more = {"land_fee": "投资数(一)", "old_building": "投资数(二)"}
    columns = tuple(replace(c, aliases=(*c.aliases, more[c.field])) if c.field in more else c for c in form.columns)
    forms = {**opened.programme.forms, "project_month": replace(form, columns=columns)}
    own = replace(opened.programme, forms=forms, version="kinds")  # another programme than the one the readers may hold
    return replace(opened, programme=own)


@pytest.fixture(scope="module")
def checked(context: Context, tmp_path_factory: pytest.TempPathFactory) -> dict[str, CheckedFile]:
    """Every file, those of the same limits in one run of the reader's pool."""
    folder = tmp_path_factory.mktemp("sent")
    runs: dict[str, list[Path]] = {}
    for name, one in CASES.items():
        path = folder / name
        path.write_bytes(one.make())
        sidecar = one.sidecar or (json.dumps(one.manifest) if one.manifest else "")
        if sidecar:
            path.with_name(f"{name}.manifest.json").write_text(sidecar, encoding="utf-8")
        runs.setdefault(json.dumps(one.limits), []).append(path)
    found = {}
    for limits, paths in runs.items():
        settings = context.settings.model_copy(update=json.loads(limits))
        for one in check(replace(context, settings=settings), paths, None, None, with_history=False):
            found[Path(one.file).name] = one
    return found


def findings(file: CheckedFile) -> list[Finding]:
    return [*file.findings, *(f for part in file.parts for f in part.verdict.findings)]


def says(template: str, sentence: str) -> bool:
    """Whether a sentence is this template with its gaps filled, behind its sheet."""
    pieces = [re.escape(p.replace("{{", "{").replace("}}", "}")) for p in re.split(r"\{\w[^{}]*\}", template)]
    return re.search(".*".join(pieces) + r"\Z", sentence, re.DOTALL | re.IGNORECASE) is not None


@pytest.mark.parametrize("name", CASES)
def test_the_sender_reads_the_sentence_of_its_kind(name: str, checked: dict[str, CheckedFile]) -> None:
    rule, kind = name.split()
    own = [f for f in findings(checked[name]) if f.rule == rule]
    zh, en = RULES[rule].kinds[kind]
    told = [f for f in own if says(zh, f.message_zh) and says(en, f.message_en)]
    assert told, [f.message_zh for f in findings(checked[name])]
    for f in told:
        assert "?" not in f.message_zh, f.message_zh
    lesser = {
        "hidden_rows": "information",
        "hidden_columns": "information",
        "own_column": "information",
        "cell_unit_differs": "query",
        "scale_word": "query",
        "struck_rows": "query",
        "stored_zeros": "query",
        "faint_cells": "query",
        "comment_corrects": "query",
        "note_differs": "query",
        "expected_figures": "query",
        "other_figures": "query",
        "not_counted": "query",
        "percent_differs": "query",
    }
    assert {f.severity for f in told} == {lesser.get(kind, "error")}
    if kind not in lesser:
        assert checked[name].word == (
            "unreadable" if rule in ("A01", "A02") and not checked[name].parts else "rejected"
        )


def test_no_kind_of_a_reader_is_without_a_file() -> None:
    declared = {f"{rule} {kind}" for rule in READERS for kind in RULES[rule].kinds}
    assert set(CASES) == declared


def test_what_the_readers_say_they_emit_is_what_the_catalogue_has_texts_for() -> None:
    listed = (pipelines.harmonize.__doc__ or "").partition("variant of a rule:")[2].partition("Sources named")[0]
    said: set[str] = set()
    rule = ""
    for word in re.findall(r"\w+", re.sub(r"\(\w+\)", "", listed)):
        if re.fullmatch(r"A\d\d", word):
            rule = word
        else:
            said.add(f"{rule} {word}")
    assert said == {f"{rule} {kind}" for rule in READERS for kind in RULES[rule].kinds}


def test_check_hears_the_folder_that_names_the_sender(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a drop folder; `--unit` speaks louder, and folders above a path from the root say nothing."""
    monkeypatch.chdir(tmp_path)
    file = Path("桐乡市") / "六月" / "表.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(text())
    found = list(check(context, [file, tmp_path / file], None, None, with_history=False))
    assert [[f.rule for f in findings(one) if f.rule == "A06"] for one in found] == [["A06"], []]
    (told,) = check(context, [file], "330481", None, with_history=False)
    assert told.passed


def test_a_file_without_fault_passes_each_of_them(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "海宁市.csv"
    path.write_bytes(text())
    (file,) = check(context, [path], None, None, with_history=False)
    assert file.passed
    runs = {r.rule: r for part in file.parts for r in part.verdict.rule_runs}
    for rule in READERS:
        assert (runs[rule].status, runs[rule].failed) == ("evaluated", 0) and runs[rule].rows > 0
