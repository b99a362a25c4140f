"""What title, header, indicators, notes and sheets call the figures of a table, where that is another kind or another month."""

from __future__ import annotations

import pytest

from .conftest import HEADER, TITLE, kinds, project, workbook

UNIT_HEADER = ["指标名称", "统计口径", "计量单位", "本年累计", "上年同期", "上报说明"]
UNIT_ROW = ["制造业投资", "管理", "万元", 537600, 480000, None]
ASKED = [("A03", "other_figures")]
EXPECTED = [("A03", "expected_figures")]


def projects(title: str = TITLE[0], sheet: str = "表", **renamed: str) -> bytes:
    head = [renamed.get(name, name) for name in HEADER]
    return workbook((sheet, [[title], [TITLE[1]], head, project(0), project(1)]))


def units(head: list[str] = UNIT_HEADER, row: list[object] = UNIT_ROW, *below: list[object]) -> bytes:
    return workbook(("表", [["海宁市2022年1-6月制造业投资汇总月报"], ["单位:万元"], head, row, *below]))


@pytest.mark.parametrize(
    "words",
    [
        *(
            "当月",
            "本月数",
            "仅当月",
            "上年同期",
            "去年数",
            "上月",
            "计划数",
            "年度目标",
            "同比增速",
            "增量",
            "占比",
            "二季度",
        ),
        *("两年平均", "亩均", "截至5月底", "5月", "4-6月", "截止到2022年5月31日", "含税，当月"),
    ],
)
def test_a_header_in_whose_brackets_another_figure_stands(read_part, words):
    """The brackets of a header were looked at for units of money alone: 本年完成投资（上年同期） passed for this year's."""
    part = read_part(projects(本年完成投资=f"本年完成投资（{words}）"))
    assert kinds(part) == ASKED
    assert part.problems[0].cell == "L3"
    assert part.rows["ytd"].to_pylist() == [1000, 1001]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("本年完成投资", "含上年结转"),
        ("本年完成投资", "不含去年入库项目"),
        ("本年完成投资", "按可比口径"),
        ("本年完成投资", "快报"),
        ("本年完成投资", "截至6月底"),
        ("本年完成投资", "1-6月"),
        ("本年完成投资", "6月"),
        ("本月完成投资", "当月"),
        ("计划总投资", "计划数"),
        ("开工时间", "计划"),
    ],
)
def test_brackets_that_say_nothing_else_of_a_figure(read_part, header, words):
    assert kinds(read_part(projects(**{header: f"{header}（{words}）"}))) == []


@pytest.mark.parametrize("words", ["去年同期数", "可比", "2021年1-6月", "2021年"])
def test_last_year_under_last_years_figure(read_part, words):
    assert kinds(read_part(units([f"{name}（{words}）" if name == "上年同期" else name for name in UNIT_HEADER]))) == []


@pytest.mark.parametrize(
    ("words", "told"), [("两年平均", ASKED), ("当月", ASKED), ("环比", ASKED), ("上年", ASKED), ("同比", []), ("%", [])]
)
def test_the_brackets_of_a_growth(read_part, words, told):
    head = [*UNIT_HEADER[:5], f"增速（{words}）"]
    row = [*UNIT_ROW[:5], 12.0]
    assert kinds(read_part(units(head, row))) == told


def test_a_group_above_a_column(read_part):
    """上年 over 本年累计: the longest end of a path is the column's name, what stands above it said nothing."""
    top = [*UNIT_HEADER[:3], "计划", *UNIT_HEADER[4:]]
    below = [None, None, None, "本年累计", None, None]
    assert kinds(read_part(units(top, below, UNIT_ROW))) == ASKED


@pytest.mark.parametrize(
    ("name", "told"),
    [
        *(
            (f"制造业投资（{words}）", ASKED)
            for words in ("当月", "上年", "计划", "增量", "截至5月底", "2021年", "二季度")
        ),
        *((f"制造业投资（{words}）", []) for words in ("截至6月底", "含港区", "不含技改", "可比口径", "2022年")),
        ("制造业投资（测算）", EXPECTED),
    ],
)
def test_the_name_of_an_indicator(read_part, name, told):
    assert kinds(read_part(units(UNIT_HEADER, [name, *UNIT_ROW[1:]]))) == told


@pytest.mark.parametrize(
    ("title", "told"),
    [
        *((f"{TITLE[0]}（{words}）", ASKED) for words in ("上年同期数", "当月", "计划", "截至5月底", "5月底")),
        ("海宁市2022年6月制造业投资项目月报 截至2022年5月31日", ASKED),
        *((f"{TITLE[0]}（{words}）", []) for words in ("截至6月底", "截至2022年6月30日", "管理口径", "快报", "2021年")),
        ("海宁市2022年1-6月制造业投资项目计划完成情况", []),
    ],
)
def test_a_title(read_part, title, told):
    assert kinds(read_part(projects(title))) == told


@pytest.mark.parametrize(
    ("sheet", "told"), [("上年", ASKED), ("计划数", ASKED), ("本月", []), ("当月", []), ("6月", [])]
)
def test_the_name_of_a_sheet(read_part, sheet, told):
    """本月 is what a clerk calls the return of this month."""
    assert kinds(read_part(projects(sheet=sheet))) == told


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("注：本表数据为当月数。", ASKED),
        ("注：1.以上数据均为上年数；2.口径为管理口径。", ASKED),
        ("说明：本表金额为计划数", ASKED),
        ("注：本表数据为1-5月累计数。", ASKED),
        ("注：本表数据为预计数。", ASKED),
        ("注：本表数据为快报数。", []),
        ("注：本表数据为1-6月累计数。", []),
        ("注：上年同期为上年数。", []),
        ("注：增速为同比增速。", []),
        ("注：本表数据为累计数，本月数见附表。", []),
    ],
)
def test_a_note_below(read_part, note, told):
    assert kinds(read_part(units(UNIT_HEADER, UNIT_ROW, [note]))) == told


@pytest.mark.parametrize(
    ("remark", "told"),
    [
        ("此行数据为当月数", ASKED),
        ("本行为计划数", ASKED),
        ("本项目为上年结转项目", []),
        ("该项目为本月新增", []),
        ("数据为财务支付数", []),
    ],
)
def test_the_remark_of_a_row(read_part, remark, told):
    rows = [project(0, 上报说明=remark), project(1)]
    assert kinds(read_part(workbook(("表", [[TITLE[0]], [TITLE[1]], HEADER, *rows])))) == told
