"""What stands beside the table that is read: a second title inside it, another form above it, rows on a sheet without a header. Each
was counted as the first table's, or passed over, without a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import pytest

from pipelines.model.submissions import FormPart, ReadFile

from .conftest import HEADER, TITLE, csv_text, kinds, project, workbook

TABLE: list[Sequence[Any]] = [TITLE[:1], TITLE[1:], HEADER, *(project(n) for n in range(3))]
MORE = [project(n) for n in range(3, 5)]
UNIT_TABLE: list[Sequence[Any]] = [
    ["海宁市2022年1—6月制造业投资汇总月报"],
    ["单位:万元"],
    ["指标名称", "统计口径", "本年累计", "上年同期"],
    ["制造业投资", "管理", 537600, 480000],
]


@pytest.mark.parametrize(
    ("title", "row", "second"),
    [
        ([["海盐县2022年1-6月制造业投资项目月报"], ["单位:万元"]], 8, "海盐县 330424"),
        ([["海宁市2022年1-5月制造业投资项目月报"], ["单位:万元"]], 8, "2022-05"),
        ([[TITLE[0]], ["单位:元"]], 9, "元"),
        ([["填报单位:海盐县", "单位:万元"]], 8, "海盐县 330424"),
    ],
    ids=["county", "month", "unit of amount", "label"],
)
@pytest.mark.parametrize("write", [lambda rows: workbook(("表", rows)), csv_text], ids=["xlsx", "csv"])
def test_a_second_title_inside_a_table_is_told(
    read_part: Callable[..., FormPart], write: Callable[..., bytes | str], title: list[list[str]], row: int, second: str
) -> None:
    blank = [[None] * len(HEADER)]
    part = read_part(write([*TABLE, *blank, *title, HEADER, *MORE]))
    (problem,) = [one for one in part.problems if one.params["kind"] == "second_title"]
    assert (problem.rule, problem.row, problem.params["second"]) == ("A03", row, second)


@pytest.mark.parametrize(
    "title",
    [
        [],
        [["续表"]],
        [[TITLE[0]], ["单位:万元"]],
        [["海宁市2022年6月份项目"]],
        [["2022年5月新入库项目"]],
        [["填报单位:海宁市", "单位:万元"]],
    ],
    ids=str,
)
def test_the_head_of_the_next_page_begins_no_table(read_part: Callable[..., FormPart], title: list[list[str]]) -> None:
    part = read_part(workbook(("表", [*TABLE, *title, HEADER, *MORE])))
    assert "second_title" not in [kind for _, kind in kinds(part)]
    assert set(part.rows["ytd"].to_pylist()) >= {1000, 1001, 1002, 1003, 1004}


def test_the_table_of_another_form_above_is_told(read_part: Callable[..., FormPart]) -> None:
    part = read_part(workbook(("表", [*UNIT_TABLE, [], *TABLE])))
    assert (part.form, kinds(part)) == ("project_month", [("A03", "table_above")])
    assert part.problems[0].cell == "A3"


def test_a_summary_in_a_title_is_no_table(read_part: Callable[..., FormPart]) -> None:
    summary = [["项目个数", "本年完成投资", "本月完成投资"], [3, 3003, 300]]
    assert not read_part(workbook(("表", [TITLE[:1], *summary, *TABLE[1:]]))).problems


@pytest.mark.parametrize("shift", [0, 1])
def test_rows_on_a_sheet_without_a_header_are_told(read: Callable[..., ReadFile], shift: int) -> None:
    found = read(workbook(("表", TABLE), ("续表", [[None] * shift + row for row in MORE])))
    (part,) = found.parts
    expected = [("A03", "rows_elsewhere")] if not shift else []
    assert (kinds(part), len(part.rows), found.ignored_sheets) == (expected, 3, ("续表",))
    assert [(one.sheet, one.cell) for one in part.problems] == ([("续表", "A1")] if not shift else [])


def test_a_web_page_that_goes_on_in_a_second_table_is_told(read_part: Callable[..., FormPart]) -> None:
    def table(rows: Sequence[Sequence[Any]]) -> str:
        lines = "".join(f"<tr>{''.join(f'<td>{escape(str(v))}</td>' for v in row)}</tr>" for row in rows)
        return f"<table>{lines}</table>"

    part = read_part(f"<html><meta charset=utf-8>{table(TABLE)}{table(MORE)}</html>")
    assert kinds(part) == [("A03", "rows_elsewhere")]


@pytest.mark.parametrize(
    "sheet",
    [
        [project(1)],
        [["3304811032", "说明"]],
        [["年产5万件", 5000]],
        [["村镇", "个数", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
        [],
    ],
    ids=["a copy", "a note", "a sketch", "figures", "empty"],
)
def test_a_sheet_that_is_no_further_page_is_only_listed(read_part: Callable[..., FormPart], sheet: Any) -> None:
    assert not read_part(workbook(("表", TABLE), ("草稿", sheet))).problems
