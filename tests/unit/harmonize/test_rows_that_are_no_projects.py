"""Totals, subtotals, signatures, dates, second headers: rows of a return that are no projects, wherever they stand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from .conftest import HEADER, TITLE, kinds, project, workbook

AMOUNTS = HEADER.index("计划总投资"), HEADER.index("其他费用")
ROWS = [project(n) for n in range(6)]


def sum_of(rows: list[list[Any]], label: str, at: int = 0) -> list[Any]:
    """A row of sums with its name in a column."""
    total: list[Any] = [None] * len(HEADER)
    for column in range(AMOUNTS[0], AMOUNTS[1] + 1):
        total[column] = sum(row[column] for row in rows)
    total[at] = label
    return total


def line(at: int, text: Any) -> list[Any]:
    row: list[Any] = [None] * len(HEADER)
    row[at] = text
    return row


def book(*rows: list[Any], before: list[list[Any]] | None = None, numbered: bool = False) -> bytes:
    head: list[Any] = list(HEADER)
    body = [list(row) for row in rows]
    if numbered:  # the return begins with the code of the sender, as totals rows do too
        head = ["行政区划代码", *head]
        body = [["330481", *row] for row in body]
    return workbook(("项目月报", [[TITLE[0]], [TITLE[1]], *(before or []), head, *body]))


LABELS = [
    "海宁市合计",
    "经开区合计",
    "全区合计",
    "合计:6个项目",
    "本月合计",
    "汇总",
    "累计",
    "Total",
    "GRAND TOTAL",
    "合　计",
    "总计(6)",
    "Sum",
]


@pytest.mark.parametrize("numbered", [False, True], ids=["first column", "behind a code"])
@pytest.mark.parametrize("at", [0, 2], ids=["key", "name"])
@pytest.mark.parametrize("label", LABELS)
def test_a_total_is_a_total_whatever_it_is_called(read_part, label, at, numbered):
    part = read_part(book(*ROWS, sum_of(ROWS, label, at), numbered=numbered))
    assert len(part.rows) == 6
    assert kinds(part) == []
    assert {t["field"]: t["value"] for t in part.totals.to_pylist()}["ytd"] == sum(part.rows["ytd"].to_pylist())


@pytest.mark.parametrize("label", LABELS)
def test_a_total_above_the_rows(read_part, label):
    part = read_part(book(sum_of(ROWS, label, 2), *ROWS))
    assert (len(part.rows), part.totals.num_rows > 0) == (6, True)


@pytest.mark.parametrize("label", ["海宁市合计", "Total", "汇总"])
def test_a_total_that_does_not_add_up_is_still_compared(read_part, label):
    wrong = sum_of(ROWS, label, 2)
    wrong[HEADER.index("本年完成投资")] += 500
    part = read_part(book(*ROWS, wrong))
    totals = {t["field"]: t["value"] for t in part.totals.to_pylist()}
    assert (len(part.rows), totals["ytd"]) == (6, sum(part.rows["ytd"].to_pylist()) + 500)


@pytest.mark.parametrize(
    "labels", [("许村镇合计", "长安镇合计"), ("许村镇", "长安镇"), ("许村镇小计", "长安镇小计"), ("一组", "二组")]
)
@pytest.mark.parametrize("above", [True, False])
def test_sums_of_a_township_are_neither_projects_nor_the_total(read_part, labels, above):
    first, second = sum_of(ROWS[:2], labels[0], 2), sum_of(ROWS[2:], labels[1], 2)
    blocks = [[first, *ROWS[:2]], [second, *ROWS[2:]]] if above else [[*ROWS[:2], first], [*ROWS[2:], second]]
    part = read_part(book(*blocks[0], *blocks[1], sum_of(ROWS, "合计", 2)))
    assert len(part.rows) == 6
    assert {t["label"] for t in part.totals.to_pylist()} == {"合计"}


@pytest.mark.parametrize("name", ["合计", "汇总", "累计传动项目", "Total", "小计"])
def test_a_project_of_that_name_is_a_project(read_part, name):
    part = read_part(book(*ROWS[:5], project(5, 项目名称=name)))
    assert part.rows["project_name"].to_pylist()[-1] == name


def test_a_row_without_a_key_that_is_no_sum_stays_a_row(read_part):
    lost = sum_of(ROWS[:2], "年产三万吨项目", 2)
    lost[HEADER.index("本年完成投资")] += 1
    assert len(read_part(book(*ROWS, lost)).rows) == 7


@pytest.mark.parametrize("at", [0, 1, 2, 10, len(HEADER) - 1])
@pytest.mark.parametrize(
    "text",
    [
        "海宁市统计局",
        "海宁市发展和改革局(盖章)",
        "2022年7月8日",
        "2022-07-08",
        date(2022, 7, 8),
        "2022年7月",
        "二〇二二年七月八日",
        "第1页,共2页",
        "第1页(共2页)",
        "共2页 第1页",
        "- 1 -",
        "— 2 —",
        "Page 1 of 2",
        "6 rows selected.",
        "(6 rows affected)",
        "(6 行受影响)",
        "6 rows in set (0.01 sec)",
        "经办人:张三",
    ],
    ids=str,
)
def test_a_signature_is_no_project(read_part, text, at):
    if text == "二〇二二年七月八日" and at == 2:
        at = 10  # in the column of names it might be one
    part = read_part(book(*ROWS, line(at, str(text) if isinstance(text, date) else text)))
    assert (len(part.rows), kinds(part), part.period) == (6, [], "2022-06")


def test_a_row_with_a_name_alone_is_not_passed_over(read_part):
    assert len(read_part(book(*ROWS, line(2, "年产三万吨项目"))).rows) == 7


ENGLISH = [
    *(f"Item {n}" for n in range(9)),
    "Total planned",
    "Cumulative",
    "Year to date",
    "Month",
    "Building",
    "Installation",
    "Equipment",
    "Other",
    "Notes",
]
UNITS = [None] * 9 + ["万元"] * 8 + [None]


def test_a_second_header_in_another_language(read_part):
    part = read_part(book(ENGLISH, *ROWS))
    assert (len(part.rows), kinds(part)) == (6, [])


@pytest.mark.parametrize("units", ["万元", "(万元)", "元"])
def test_a_row_of_units_counts(read_part, units):
    row = [units if cell else cell for cell in UNITS]
    content = workbook(("项目月报", [[TITLE[0]], list(HEADER), row, *ROWS]))
    part = read_part(content)
    assert (len(part.rows), kinds(part)) == (6, [])
    assert part.rows["ytd"].to_pylist()[0] == (Decimal(1000) if units != "元" else Decimal("0.1"))


@pytest.mark.parametrize("section", ["许村镇", "一、续建项目", "开发区"])
def test_a_section_head_between_rows(read_part, section):
    part = read_part(book(*ROWS[:3], line(2, section), *ROWS[3:]))
    assert (len(part.rows), kinds(part)) == (6, [])


@pytest.mark.parametrize(
    ("change", "factor"),
    [
        (lambda name: f"{name}\n万元", 1),
        (lambda name: f"{name}\n(万元)", 1),
        (lambda name: f"{name}\n元", "0.0001"),
        (lambda name: f"{name}(万元)\nTotal investment (10,000 yuan)", 1),
        (lambda name: f"{name} / Planned total", 1),
        (lambda name: f"{name}\r\nYear-to-date, total", 1),
    ],
)
def test_headers_of_two_lines_and_two_languages(read_part, change, factor):
    head = [change(name) if AMOUNTS[0] <= at <= AMOUNTS[1] else f"{name}\nItem" for at, name in enumerate(HEADER)]
    unit = "单位:万元" if factor == 1 else ""
    part = read_part(workbook(("项目月报", [[TITLE[0]], [unit], head, *ROWS])))
    assert (len(part.rows), kinds(part)) == (6, [])
    assert part.rows["ytd"].to_pylist()[0] == 1000 * Decimal(factor)


def test_a_percent_sign_on_the_second_line_of_a_header(read_part):
    head = ["指标名称", "统计口径", "本年累计", "上年同期", "增速\n%"]
    title = ["海宁市2022年1-6月制造业投资完成情况汇总表"]
    part = read_part(workbook(("表", [title, ["单位:万元"], head, ["制造业投资", "管理", 124100, 100000, 24.1]])))
    assert (part.rows["growth"].to_pylist(), kinds(part)) == ([pytest.approx(0.241)], [])


def test_a_header_behind_pages_of_notes(read_part):
    notes = [[f"填表说明第{n}条,请逐项核对。"] for n in range(120)]
    part = read_part(workbook(("项目月报", [[TITLE[0]], [TITLE[1]], *notes, list(HEADER), *ROWS])))
    assert (len(part.rows), kinds(part)) == (6, [])


SIGNATURES = [
    ["审核：", "张三", "制表：", "李四", "日期：", "2022-07-08"],
    ["分管领导签字：", None, None, None, "经办："],
    ["单位领导：", None, "科室负责人：", None, "经办人：", None, None, "2022.7.8"],
    ["联系人", "王五", "手机", 13800000000],
    ["联系电话", "0573", "87654321"],
    ["87654321", "传真"][::-1],
    ["负责人（签章）：", "", "", "", "填表人（签章）："],
    ["统计负责人：李四", "87654321"],
]


@pytest.mark.parametrize("shift", [0, 1, 2])
@pytest.mark.parametrize("cells", SIGNATURES, ids=lambda cells: str(cells[0]))
def test_a_signature_block_over_several_columns_is_no_project(read_part, cells, shift):
    """Names and telephone numbers stand wherever the columns of the table happen to be, the key's among them."""
    row = [None] * shift + cells + [None] * (len(HEADER) - shift - len(cells))
    part = read_part(book(*ROWS, sum_of(ROWS, "合计"), row))
    assert (len(part.rows), kinds(part)) == (6, [])


@pytest.mark.parametrize("name", ["审核", "填报单位", "经办人:王五"])
def test_a_row_of_figures_is_no_signature(read_part, name):
    row = project(6, 项目名称=name)
    assert len(read_part(book(*ROWS, [name, *row[1:]])).rows) == 7


def test_an_issue_of_approval_is_no_signature(read_part):
    """审批 begins a row of a signature block; in a form without amounts it may be the class of an issue, in the first column."""
    head = ["问题类别", "问题编号", "项目代码", "问题内容", "提出日期"]
    issues = [
        [name, f"W{n}", f"2021-330481-3{n}-01-11111{n}", "环评未批", "2022-06-10"]
        for n, name in enumerate(["用地", "审批", "审批"])
    ]
    part = read_part(workbook(("问题清单", [["海宁市2022年6月企业(项目)问题清单"], head, *issues])))
    assert (part.form, len(part.rows)) == ("issue_log", 3)


@pytest.mark.parametrize(
    "label", ["总数", "全部项目", "所有项目", "共6个项目", "合計", "總計", "求和", "∑", "以上项目"]
)
@pytest.mark.parametrize("at", [0, 2], ids=["key", "name"])
def test_further_names_of_a_total(read_part, label, at):
    right = sum_of(ROWS, label, at)
    wrong = [*right]
    wrong[HEADER.index("本年完成投资")] += 500
    for row, more in ((right, 0), (wrong, 500)):
        part = read_part(book(*ROWS, row))
        totals = {t["field"]: t["value"] for t in part.totals.to_pylist()}
        assert (len(part.rows), totals["ytd"]) == (6, sum(part.rows["ytd"].to_pylist()) + more)


def test_the_total_of_a_page_is_not_compared_with_the_table(read_part):
    pages = [*ROWS[:2], sum_of(ROWS[:2], "本页合计"), *ROWS[2:], sum_of(ROWS[2:], "本页　合 计"), sum_of(ROWS, "合计")]
    part = read_part(book(*pages))
    assert (len(part.rows), {t["label"] for t in part.totals.to_pylist()}) == (6, {"合计"})
    wrong = sum_of(ROWS[:2], "本页合计")
    wrong[HEADER.index("本年完成投资")] += 500
    part = read_part(book(*ROWS[:2], wrong, *ROWS[2:], sum_of(ROWS, "合计")))
    assert {t["label"] for t in part.totals.to_pylist()} == {"本页合计", "合计"}
    part = read_part(book(*ROWS, sum_of(ROWS, "本页合计")))
    assert {t["label"] for t in part.totals.to_pylist()} == {"本页合计"}


def test_a_total_in_the_middle_is_compared_though_it_is_that_of_the_rows_above(read_part):
    part = read_part(book(*ROWS[:3], sum_of(ROWS[:3], "合计"), *ROWS[3:]))
    totals = {t["field"]: t["value"] for t in part.totals.to_pylist()}
    assert totals["ytd"] != sum(part.rows["ytd"].to_pylist())


@pytest.mark.parametrize("cell", ["以下为技改项目", "许村镇(8个)", "以上均为续建项目", "长安镇：3个项目"])
@pytest.mark.parametrize("at", [0, 2], ids=["key", "name"])
def test_a_head_of_a_section_is_no_project(read_part, cell, at):
    assert len(read_part(book(*ROWS[:3], line(at, cell), *ROWS[3:])).rows) == 6


def test_a_row_that_holds_a_running_number_alone_is_empty(read_part):
    rows = [["序号", *HEADER], *([n + 1, *row] for n, row in enumerate(ROWS)), *([n] for n in range(7, 12))]
    part = read_part(workbook(("项目月报", [[TITLE[0]], [TITLE[1]], *rows])))
    assert (len(part.rows), kinds(part)) == (6, [])
