"""Who sent it, for which month, in which unit of amount: precedence, and every contradiction named."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from .conftest import HEADER, csv_text, kinds, project, workbook

ROWS = [project(n) for n in range(3)]


def sheet(*title: str, head=HEADER, rows=ROWS) -> bytes:
    return workbook(("Sheet1", [*[[text] for text in title], list(head), *rows]))


def with_column(name: str, *values: str) -> bytes:
    rows = [[value, *row] for value, row in zip(values, ROWS, strict=False)]
    return workbook(("Sheet1", [["2022年6月"], ["单位:万元"], [name, *HEADER], *rows]))


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("嘉兴市海宁市2022年1-6月项目月报", "330481"),
        ("嘉兴市南湖区2022年6月", "330402"),
        ("嘉兴港区2022年6月", "330472"),
        ("嘉兴经济技术开发区(国际商务区)2022年6月", "330471"),
        ("秀城区2022年6月", "330402"),
        ("填报单位:桐乡 报告期2022年6月", "330483"),
    ],
)
def test_the_unit_of_a_title(read_part, title, unit):
    part = read_part(sheet(title, "单位:万元"))
    assert (part.unit_code, part.period, kinds(part)) == (unit, "2022-06", [])


def test_options_before_manifest_before_title(read_part):
    content = sheet("海宁市2022年6月", "单位:万元")
    manifest = {"unit": "桐乡市", "period": "2022-05"}
    part = read_part(content, unit_code="330481", period="2022-06", manifest=manifest)
    assert (part.unit_code, part.period) == ("330481", "2022-06")
    assert kinds(part) == [("A05", "contradiction"), ("A06", "contradiction")]
    part = read_part(content, manifest=manifest)
    assert (part.unit_code, part.period) == ("330483", "2022-05")
    first = part.problems[0].params
    assert (first["first_source"], first["second_source"]) == ("manifest", "title")


def test_nothing_said(read_part):
    part = read_part(sheet("项目月报"))
    assert (part.unit_code, part.period) == (None, None)
    assert kinds(part) == [("A04", "unresolved"), ("A05", "unresolved"), ("A06", "unresolved")]


def test_the_file_name_says_nothing(read, tmp_path):
    assert read(sheet("项目月报")).parts[0].unit_code is None


def test_an_unknown_unit_is_named(read_part):
    part = read_part(sheet("填报单位:绍兴市越城区", "2022年6月", "单位:万元"))
    assert part.unit_code is None
    assert part.problems[0].params == {"kind": "unknown_unit", "value": "绍兴市越城区", "source": "title"}
    part = read_part(sheet("2022年6月", "单位:万元"), manifest={"unit": "999999"})
    assert ("A06", "unknown_unit") in kinds(part)


def test_the_unit_and_period_of_rows(read_part):
    part = read_part(with_column("行政区划代码", "330481", "330481", "330481"))
    assert (part.unit_code, kinds(part)) == ("330481", [])
    part = read_part(with_column("行政区划代码", "330481", "330482", "330481"))
    assert (part.unit_code, kinds(part)) == (None, [("A06", "rows_differ")])


def test_rows_of_a_neighbour_are_refused_accepted_codes_are_not(read_part):
    part = read_part(with_column("行政区划代码", "330482", "330482", "330482"), unit_code="330481")
    (problem,) = part.problems
    assert (problem.rule, problem.params["kind"], problem.cell, problem.value) == ("A06", "rows_differ", "A4", "330482")
    part = read_part(with_column("行政区划代码", "330402", "330411", "330400"), unit_code="330471")
    assert kinds(part) == []


def test_the_title_alone_never_makes_a_file_of_another_unit_s_rows_a_version(read_part):
    """海盐's file titled 桐乡市: neither of them has sent it."""
    rows = [["330424", *row] for row in ROWS]
    part = read_part(sheet("桐乡市2022年6月", "单位:万元", head=["行政区划代码", *HEADER], rows=rows))
    assert (part.unit_code, kinds(part)) == (None, [("A06", "contradiction")])
    params = part.problems[0].params
    assert (params["first"], params["first_source"]) == ("330483", "title")
    assert (params["second"], params["second_source"]) == ("330424", "rows")
    named = [["海盐县", *row] for row in ROWS]
    part = read_part(sheet("桐乡市2022年6月", "单位:万元", head=["县(市、区)", *HEADER], rows=named))
    assert (part.unit_code, kinds(part)) == (None, [("A06", "contradiction")])


def test_folder_and_account_say_who_sent_it(read_part):
    untitled = sheet("2022年6月", "单位:万元")
    assert read_part(untitled, folder="330481").unit_code == "330481"
    assert read_part(untitled, account="330481").unit_code == "330481"
    title = sheet("桐乡市2022年6月", "单位:万元")
    for source in ("folder", "account"):
        part = read_part(title, **{source: "330424"})
        assert (part.unit_code, kinds(part)) == ("330424", [("A06", "contradiction")])
        assert part.problems[0].params["first_source"] == source
    part = read_part(untitled, folder="330481", manifest={"unit": "330483"})
    assert (part.unit_code, kinds(part)) == ("330481", [("A06", "contradiction")])
    part = read_part(with_column("行政区划代码", *["330482"] * 3), folder="330481")
    assert (part.unit_code, kinds(part)) == ("330481", [("A06", "rows_differ")])


def test_the_bureau_s_folder_is_where_counties_files_are_put_together(read_part):
    part = read_part(sheet("海宁市2022年6月", "单位:万元"), folder="330400")
    assert (part.unit_code, kinds(part)) == ("330481", [])


BASES = ["行政区划代码", "指标名称", "统计口径", "本年累计", "可比基数", "增速(%)"]


def bases(*codes: str, title: str = "2022年6月") -> str:
    rows = [[code, "制造业投资", "管理", 1162800, 469250, 147.8] for code in codes]
    return csv_text([[title], ["单位:万元"], BASES, *rows])


def test_a_county_s_rows_under_the_bureau_s_header_are_not_the_bureau_s(read_part):
    """可比基数 in place of 上年同期, no title, one county's code: the form is the bureau's, the file is not."""
    part = read_part(bases("330481"))
    assert (part.form, part.unit_code, kinds(part)) == ("city_month", "330481", [("A06", "not_the_bureau")])
    for source in ("folder", "account"):
        part = read_part(bases("330481", "330482", "330400"), **{source: "330481"})
        assert (part.unit_code, kinds(part)) == ("330481", [("A06", "not_the_bureau")])


def test_the_bureau_s_own_tables_are(read_part):
    for given in (
        {"content": bases("330481", "330482")},
        {"content": bases("330481", "330400")},
        {"content": bases("330481"), "folder": "330400"},
        {"content": bases("330481", title="嘉兴市统计局2022年6月")},
    ):
        part = read_part(**given)
        assert (part.unit_code, kinds(part)) == ("330400", [])


def test_a_form_that_the_unit_does_not_send(read_part):
    part = read_part(sheet("嘉兴市统计局2022年6月", "单位:万元"))
    assert (part.unit_code, kinds(part)) == ("330400", [("A06", "not_a_sender")])


def test_rows_of_another_month(read_part):
    rows = [["2022年5月", *row] for row in ROWS]
    content = sheet("海宁市2022年6月", "单位:万元", head=["报告期", *HEADER], rows=rows)
    (problem,) = read_part(content).problems
    assert (problem.rule, problem.params["kind"], problem.row) == ("A05", "contradiction", 4)
    assert read_part(content).rows["reported_period"].to_pylist() == ["2022-05"] * 3


def test_january_is_not_reported(read_part):
    (problem,) = read_part(sheet("海宁市2022年1月", "单位:万元")).problems
    assert (problem.rule, problem.params["kind"]) == ("A05", "not_in_calendar")


def test_a_declared_period_that_is_none(read_part):
    part = read_part(sheet("海宁市2022年6月", "单位:万元"), manifest={"period": "六月"})
    assert kinds(part) == [("A05", "not_a_period")]
    assert part.period == "2022-06"


@pytest.mark.parametrize(
    ("title", "head", "manifest", "expected"),
    [
        (["海宁市2022年6月"], HEADER, {}, [("A04", "unresolved")]),
        (["海宁市2022年6月", "单位:美元"], HEADER, {}, [("A04", "not_allowed"), ("A04", "unresolved")]),
        (["海宁市2022年6月", "单位:万元"], HEADER, {"amount_unit": "亿元"}, [("A04", "contradiction")]),
        (["海宁市2022年6月"], HEADER, {"amount_unit": "吨"}, [("A04", "not_allowed"), ("A04", "unresolved")]),
        (
            ["海宁市2022年6月", "单位:万元"],
            [*HEADER[:9], "计划总投资(亿元)", *HEADER[10:]],
            {},
            [("A04", "contradiction")],
        ),
        (["海宁市2022年6月(万元)"], HEADER, {}, []),
        (["海宁市2022年6月", "金额单位:万元、%"], HEADER, {}, []),
        (["海宁市2022年6月", "单位：万元、个、平方米"], HEADER, {}, []),
        (["海宁市2022年6月", "单位：个、万元、%"], HEADER, {}, []),
        (["海宁市2022年6月", "单位：個、萬元"], HEADER, {}, []),
        (["海宁市2022年6月", "单位：个、万元、亿元"], HEADER, {}, [("A04", "contradiction")]),
        (["海宁市2022年6月", "单位：万元、元/平方米"], HEADER, {}, []),
        (["海宁市2022年6月", "计量单位：万元、亿元"], HEADER, {}, [("A04", "contradiction")]),
        (["海宁市2022年6月", "单位：万元，亿元"], HEADER, {}, [("A04", "contradiction")]),
        (["海宁市2022年6月", "单位:万元、美元"], HEADER, {}, [("A04", "not_allowed")]),
        (["填报单位:海宁市 2022年6月 计量单位:万元"], HEADER, {}, []),
    ],
)
def test_the_unit_of_amount(read_part, title, head, manifest, expected):
    assert kinds(read_part(sheet(*title, head=head), manifest=manifest)) == expected


def test_a_cell_in_its_own_unit_is_converted_and_noted(read_part):
    rows = [project(0, 计划总投资="1.2亿元"), project(1, 计划总投资="8000万元"), project(2)]
    part = read_part(sheet("海宁市2022年6月", "单位:万元", rows=rows))
    assert part.rows["plan_total"].to_pylist() == [Decimal(12000), Decimal(8000), Decimal(6002)]
    notes = [(note["cell"], note["code"], note["raw"]) for note in part.notes.to_pylist()]
    assert ("J4", "cell_unit", "1.2亿元") in notes


def test_amounts_too_fine_for_the_measure_are_not_rounded(read_part):
    rows = [project(0, 计划总投资=6000.12345), project(1, 计划总投资=1 / 3)]
    part = read_part(sheet("海宁市2022年6月", "单位:万元", rows=rows))
    assert part.rows["plan_total"].to_pylist() == [None, None]
    assert [note["code"] for note in part.notes.to_pylist()] == ["too_precise", "too_precise"]


def test_sheets_of_one_workbook_share_what_their_titles_say(read):
    header = ["指标名称", "统计口径", "本年累计", "上年同期"]
    unit = [["单位:万元"], header, ["制造业投资", "属地", 100, 90]]
    content = workbook(("项目", [["海宁市2022年6月"], ["单位:万元"], list(HEADER), *ROWS]), ("汇总", unit))
    parts = {part.form: part for part in read(content).parts}
    assert set(parts) == {"project_month", "unit_month"}
    assert (parts["unit_month"].unit_code, parts["unit_month"].period) == ("330481", "2022-06")


def test_meta_of_a_json_file(read_part):
    rows = [dict(zip(HEADER, row, strict=True)) for row in ROWS]
    meta = {"unit": "330481", "period": "2022-06", "amount_unit": "万元", "form": "project_month"}
    part = read_part(json.dumps({"meta": meta, "rows": rows}))
    assert (part.unit_code, part.period, kinds(part), part.columns) == ("330481", "2022-06", [], {})
    part = read_part(json.dumps({"meta": {**meta, "form": "unit_month"}, "rows": rows}))
    assert ("A03", "declared_form_absent") in kinds(part)


def test_a_csv_record_of_another_width_is_not_trusted(read_part):
    lines = csv_text([["海宁市2022年6月"], ["单位:万元"], list(HEADER), *ROWS]).splitlines()
    lines[4] += ",1"
    (problem,) = read_part("\n".join(lines)).problems
    assert (problem.rule, problem.params["kind"], problem.params["rows"]) == ("A01", "csv_uneven", "5")


@pytest.mark.parametrize(
    "lines",
    [
        [["海宁市2022年1-6月制造业投资项目月报"], ["单位:", "万元"]],
        [["海宁市2022年1-6月制造业投资项目月报", None, "计量单位", None, "万元"]],
        [["制造业投资项目月报"], ["填报单位(盖章):", "海宁市", None, "报告期:", "2022年1-6月", "金额单位：", "万元"]],
        [["制造业投资项目月报"], ["填报单位", "海宁市统计局"], ["报告期", "2022年6月"], ["单位", "万元"]],
        [["海宁市2022年1-6月制造业投资项目月报"], ["填报日期:", "2022年7月", "单位:", "万元"], ["联系人:", "张三"]],
    ],
)
def test_a_label_and_what_it_names_in_two_cells(read_part, lines):
    """单位: | 万元 was no unit of amount, and the file refused."""
    part = read_part(workbook(("Sheet1", [*lines, list(HEADER), project(0)])))
    assert (part.unit_code, part.period, part.rows["ytd"].to_pylist(), kinds(part)) == (
        "330481",
        "2022-06",
        [Decimal(1000)],
        [],
    )


def test_a_month_behind_its_label_that_the_title_contradicts_is_asked_about(read_part):
    lines = [["海宁市2022年1-6月制造业投资项目月报"], ["报告期:", "2022年5月", "单位:", "万元"]]
    part = read_part(workbook(("Sheet1", [*lines, list(HEADER), project(0)])))
    assert (part.period, kinds(part)) == ("2022-05", [("A03", "note_differs")])
