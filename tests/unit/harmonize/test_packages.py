"""Several files in one zip: read as one submission, row by row traceable to the file it came in, or refused with a reason."""

from __future__ import annotations

import json

import pytest

from .conftest import HEADER, TITLE, csv_text, kinds, project, workbook
from .other_formats import package

ROWS = [project(n) for n in range(20)]
UNIT_HEADER = ["指标名称", "计量单位", "统计口径", "本年累计", "上年同期"]


def part_file(rows, title=TITLE[0], total=False) -> bytes:
    sums = [["合计", *[None] * 8, *[sum(row[at] for row in rows) for at in range(9, 17)], None]] if total else []
    return workbook(("Sheet1", [[title], [TITLE[1]], list(HEADER), *rows, *sums]))


def unit_file(name: str) -> str:
    return csv_text(
        [[f"{name}2022年1-6月制造业投资汇总表"], ["单位:万元"], UNIT_HEADER, ["制造业投资", "万元", "管理", 100, 90]]
    )


def file_kinds(result) -> list[str]:
    return [problem.params["kind"] for problem in result.problems]


def test_a_return_in_two_files_is_one_part_with_every_row_traceable(read):
    content = package({"206-1.xlsx": part_file(ROWS[:12], total=True), "206-2.xlsx": part_file(ROWS[12:], total=True)})
    (part,) = read(content).parts
    assert kinds(part) == []
    assert (part.form, part.unit_code, part.period) == ("project_month", "330481", "2022-06")
    names = part.rows["project_name"].to_pylist()
    assert names == [row[2] for row in ROWS]
    numbers = part.rows["row_no"].to_pylist()
    assert len(set(numbers)) == 20
    assert [(part.sheet_of(n), part.cell_of(n, "project_name")) for n in (numbers[0], numbers[12])] == [
        ("206-1.xlsx/Sheet1", "C4"),
        ("206-2.xlsx/Sheet1", "C4"),
    ]
    totals = {row["field"]: row["value"] for row in part.totals.to_pylist()}
    assert totals["ytd"] == sum(row[11] for row in ROWS)
    assert len(set(part.raw["row_no"].to_pylist())) == len(part.raw)


def test_the_second_file_may_have_other_columns_and_no_title(read):
    turned = [list(reversed(row)) for row in ROWS[10:]]
    other = workbook(("Sheet1", [["单位:万元"], list(reversed(HEADER)), *turned]))
    (part,) = read(package({"a.xlsx": part_file(ROWS[:10]), "b.xlsx": other})).parts
    assert kinds(part) == []
    row = part.rows["row_no"].to_pylist()[10]
    assert part.rows["project_name"].to_pylist()[10] == ROWS[10][2]
    assert part.cell_of(row, "project_name") == "P3"


def test_the_manifest_inside_declares_what_the_files_do_not_say(read):
    rows = csv_text([UNIT_HEADER, ["制造业投资", "万元", "管理", 100, 90]])
    manifest = {"unit": "330481", "period": "2022-06", "amount_unit": "万元", "parts": ["x.csv"]}
    (part,) = read(package({"x.csv": rows, "manifest.json": json.dumps(manifest)})).parts
    assert (part.unit_code, part.period, kinds(part)) == ("330481", "2022-06", [])


def test_the_manifest_inside_must_not_contradict_the_one_beside(read):
    content = package({"x.csv": unit_file("海宁市"), "manifest.json": '{"unit": "330402"}'})
    result = read(content, manifest={"unit": "330481"})
    assert [(p.rule, p.params["kind"]) for p in result.problems] == [("A06", "contradiction")]


@pytest.mark.parametrize("parts", [["206-1.xlsx", "206-2.xlsx"], 2, "2"])
def test_half_a_return_is_refused(read, parts):
    content = package({"206-1.xlsx": part_file(ROWS[:12]), "manifest.json": json.dumps({"parts": parts})})
    result = read(content)
    assert file_kinds(result) == ["part_missing"]
    assert not result.parts


def test_one_part_of_two_outside_a_package_is_refused(read):
    assert file_kinds(read(part_file(ROWS[:12]), manifest={"part": "1", "parts": "2"})) == ["part_missing"]


def test_the_same_table_twice_is_one(read):
    (part,) = read(package({"稿.xlsx": part_file(ROWS), "终稿.xlsx": part_file(ROWS)})).parts
    assert (kinds(part), len(part.rows), part.pieces) == ([], len(ROWS), ())


def test_two_versions_of_a_table_are_not_added_up(read):
    changed = [*ROWS[:-1], [*ROWS[-1][:-1], "改"]]
    (part,) = read(package({"稿.xlsx": part_file(ROWS), "终稿.xlsx": part_file(changed)})).parts
    assert kinds(part) == [("A03", "same_rows_twice")]


UTF16_TABLE = "项目名称,计划总投资,备注\n甲,5,无\n乙,6,无\n".encode("utf-16-le")


@pytest.mark.parametrize(
    "companion",
    [
        b"",
        b"  \n",
        "请查收,谢谢。".encode("utf-16"),
        "见附件".encode("utf-16-le"),
        b"\xff\xd8\xff\xe0 scan",
        b"%PDF-1.7",
        "Grüße".encode("latin-1"),
    ],
)
@pytest.mark.parametrize("name", ["说明.txt", "盖章.csv", "a/b.jpg"])
def test_what_comes_along_with_a_return_is_passed_over(read, companion, name):
    result = read(package({"项目月报.xlsx": part_file(ROWS), name: companion}))
    (part,) = result.parts
    assert (len(part.rows), kinds(part), list(result.problems)) == (len(ROWS), [], [])
    assert name in result.ignored_sheets


def test_a_table_in_an_encoding_that_is_not_read_is_no_companion(read):
    assert file_kinds(read(package({"项目月报.xlsx": part_file(ROWS), "续表.csv": UTF16_TABLE}))) == ["utf16"]


def test_each_sidecar_in_a_package_speaks_for_its_own_file(read):
    head = "指标名称,统计口径,本年累计,上年同期\n制造业投资,管理,100,90\n"
    files: dict[str, str] = {}
    for unit in ("330481", "330482"):
        files[f"{unit}.csv"] = head
        files[f"{unit}.csv.manifest.json"] = (
            f'\ufeff{{"unit": "{unit}", "period": "2022-06", "form": "unit_month", "amount_unit": "万元"}}'
        )
    result = read(package(files))
    assert [(p.unit_code, p.period, kinds(p)) for p in result.parts] == [
        ("330481", "2022-06", []),
        ("330482", "2022-06", []),
    ]


def test_a_sidecar_without_its_file_says_that_it_is_missing(read):
    content = package({"a.xlsx": part_file(ROWS), "b.xlsx.manifest.json": '{"unit": "330481"}'})
    assert file_kinds(read(content)) == ["part_missing"]


def test_a_broken_sidecar_is_named(read):
    content = package({"a.xlsx": part_file(ROWS), "a.xlsx.manifest.json": "{"})
    assert file_kinds(read(content)) == ["bad_manifest"]


def test_files_of_several_units_are_parts_of_their_own(read):
    result = read(package({"a.csv": unit_file("海宁市"), "b.csv": unit_file("平湖市")}))
    assert [(part.unit_code, kinds(part)) for part in result.parts] == [("330481", []), ("330482", [])]


def test_scans_and_what_systems_leave_are_listed_or_passed_over(read):
    content = package(
        {
            "海宁市/a.csv": unit_file("海宁市"),
            "海宁市/盖章.pdf": b"%PDF-1.7",
            "__MACOSX/._a.csv": b"\0\5",
            "Thumbs.db": b"x",
        }
    )
    result = read(content)
    assert [part.unit_code for part in result.parts] == ["330481"]
    assert result.ignored_sheets == ("海宁市/盖章.pdf",)


def test_names_written_by_chinese_windows(read):
    content = package({"海宁市項目月报.xlsx": part_file(ROWS)}, encoding="gb18030")
    assert "海宁市項目月报.xlsx".encode("gb18030") in content
    (part,) = read(content).parts
    assert part.sheet == "海宁市項目月报.xlsx/Sheet1"


@pytest.mark.parametrize(
    ("files", "kind", "where"),
    [
        ({"a.csv": unit_file("海宁市"), "b.zip": package({"c.csv": "x"})}, "nested_package", "b.zip"),
        ({"a.csv": unit_file("海宁市"), "b.xlsx": part_file(ROWS)[:900]}, "corrupt", "b.xlsx"),
        ({"a.csv": unit_file("海宁市"), "../b.csv": "x"}, "unsafe_part_name", ""),
        ({"a.csv": unit_file("海宁市"), "C:b.csv": "x"}, "unsafe_part_name", ""),
        ({"a.csv": unit_file("海宁市"), "A.csv": "x"}, "duplicate_part", ""),
        ({"a.csv": unit_file("海宁市"), "manifest.json": "{"}, "bad_manifest", "manifest.json"),
        ({"a.csv": unit_file("海宁市"), "manifest.json": '{"unti": "x"}'}, "bad_manifest", "manifest.json"),
        ({f"{n}.csv": "x" for n in range(101)}, "too_many_parts", ""),
        ({"a.csv": unit_file("海宁市"), "b.csv": " " * 40_000_000}, "ratio", ""),
    ],
)
def test_packages_that_are_refused(read, files, kind, where):
    result = read(package(files))
    assert not result.parts
    assert (result.problems[0].params["kind"], result.problems[0].sheet) == (kind, where)


def test_a_zip_in_a_zip_is_named_before_its_own_faults(read):
    result = read(package({"inner.zip": package({"../../x": "x"})}))
    assert "nested_package" in file_kinds(result)
