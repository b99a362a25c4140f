"""Months and units of amount as titles and headers also write them: such files were refused as of no month, no unit or no such column."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from pipelines.harmonize.continued_rows import without_continued
from pipelines.parse.text import read_text

from .conftest import HEADER, TITLE, csv_text, kinds, project, workbook

UNIT_HEADER = ["指标名称", "统计口径", "本年累计", "上年同期"]
UNIT_ROW = ["制造业投资", "管理", 537600, 480000]


def titled(title: str, *further: str) -> bytes:
    return workbook(("表", [[title], *([text] for text in further), ["单位:万元"], HEADER, project(0), project(1)]))


def unit_table(head: list[str], unit: str = "单位:万元", title: str = "海宁市2022年1-6月制造业投资汇总月报") -> bytes:
    row = [UNIT_ROW[UNIT_HEADER.index(name)] if name in UNIT_HEADER else 480000 for name in head]
    return workbook(("表", [[title], [unit], head, row]))


@pytest.mark.parametrize(
    "title",
    [
        "2022年海宁市1-6月制造业投资项目月报",
        "2022年海宁市1—6月份制造业投资项目月报",
        "2022年度海宁市6月份制造业投资项目月报",
        "海宁市2022年1一6月制造业投资项目月报",
        "海宁市2022年1月一6月制造业投资项目月报",
        "海宁市2022年1─6月制造业投资项目月报",
        "海宁市2022年1_6月制造业投资项目月报",
        "海宁市2022年1ー6月制造业投资项目月报",
        "海宁市22年1-6月制造业投资项目月报",
        "海宁市制造业投资项目月报（2022/6）",
        "海宁市制造业投资项目月报 2022.6",
        "海宁市制造业投资项目月报（截至2022年6月30日）",
        "海宁市制造业投资项目月报（2022年1月1日—6月30日）",
        "海宁市制造业投资项目月报（2022年1月1日至2022年6月30日）",
    ],
)
def test_the_month_of_a_title(read_part, title):
    part = read_part(titled(title))
    assert (part.period, part.problems) == ("2022-06", ())


@pytest.mark.parametrize(
    ("title", "further"),
    [
        ("海宁市制造业投资项目月报（截至2022年7月5日）", ()),
        ("海宁市制造业投资项目月报 2022/6/30", ()),
        ("2022年海宁市制造业投资项目月报（2021年结转5月）", ()),
        ("2022年海宁市5-6月制造业投资项目月报", ()),
        ("2022年海宁市1-6月制造业投资项目月报", ("2022年海宁市1-5月制造业投资项目月报",)),
    ],
)
def test_what_names_no_month_or_two(read_part, title, further):
    assert ("A05", "unresolved") in kinds(read_part(titled(title, *further)))


@pytest.mark.parametrize(
    "note", ["说明：2022年新入库项目5月起纳入", "2022年全市重点项目5月集中开工", "截至2022年5月31日的批复附后"]
)
def test_a_usual_spelling_outweighs_the_others(read_part, note):
    part = read_part(titled("海宁市2022年1-6月制造业投资项目月报", note))
    assert part.period == "2022-06"
    assert "A05" not in {problem.rule for problem in part.problems}


@pytest.mark.parametrize(
    ("title", "unit"), [("单位:万元", 1), ("万元", 1), ("单位∶万元", 1), ("亿元", 10000), ("元", Decimal("0.0001"))]
)
def test_the_unit_alone_in_a_cell_above(read_part, title, unit):
    part = read_part(unit_table(UNIT_HEADER, title))
    assert part.problems == ()
    assert part.rows["ytd"].to_pylist()[0] == 537600 * unit


def test_a_contradiction_of_units_alone_in_cells(read_part):
    part = read_part(workbook(("表", [["海宁市2022年6月汇总月报", None, "万元"], ["单位：元"], UNIT_HEADER, UNIT_ROW])))
    assert ("A04", "contradiction") in kinds(part)


@pytest.mark.parametrize(
    "header",
    ["1-6月份累计", "1——6月累计", "1--6月累计", "1一6月累计", "2022年1─6月", "2022年1-6月份完成投资", "1月—6月累计"],
)
def test_the_months_of_a_header(read_part, header):
    part = read_part(unit_table([header if name == "本年累计" else name for name in UNIT_HEADER]))
    assert part.problems == ()
    assert part.rows.num_rows == 1


@pytest.mark.parametrize("header", ["1一5月累计", "1——5月累计", "1-5月份累计"])
def test_another_month_in_such_a_header(read_part, header):
    part = read_part(unit_table([header if name == "本年累计" else name for name in UNIT_HEADER]))
    assert kinds(part) == [("A05", "contradiction")]


@pytest.mark.parametrize("head", [("2022年1-6月", "2021年1-6月"), ("2021年1—6月累计", "2022年1—6月累计")])
def test_two_years_side_by_side(read_part, head):
    """Both were the column of this year, and one of them too many."""
    figures = [537600 if "2022" in name else 480000 for name in head]
    rows = [
        ["海宁市2022年1-6月制造业投资汇总月报"],
        ["单位:万元"],
        [*UNIT_HEADER[:2], *head],
        [*UNIT_ROW[:2], *figures],
    ]
    for content in (workbook(("表", rows)), csv_text(rows)):
        part = read_part(content)
        assert part.problems == ()
        assert [part.rows[name].to_pylist() for name in ("ytd", "ytd_last_year")] == [[537600], [480000]]


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (("2021年1-6月", "2020年1-6月"), ("A05", "contradiction")),
        (("2022年1-6月", "2020年1-6月"), ("A03", "duplicate_header")),
        (("2022年1-6月", "2022年1-6月"), ("A03", "duplicate_header")),
        (("本年累计", "上年同期（2020年1-6月）"), ("A05", "contradiction")),
    ],
)
def test_years_that_are_not_this_and_last(read_part, head, told):
    assert told in kinds(read_part(workbook(("表", [[TITLE[0]], ["单位:万元"], [*UNIT_HEADER[:2], *head], UNIT_ROW]))))


@pytest.mark.parametrize("pad", [lambda cell: f"{cell}\t", lambda cell: f"\t{cell}", lambda cell: f'"{cell}\t"'])
def test_a_tab_that_keeps_a_spreadsheet_from_long_codes(read_part, pad):
    """Exports of systems have one at every cell: the tabs were taken for what parts the columns."""
    rows = [[TITLE[0]], [TITLE[1]], list(HEADER), project(0), project(1)]
    text = "\n".join(",".join(pad("" if cell is None else cell) for cell in row) for row in rows)
    part = read_part(text)
    assert part.problems == ()
    assert part.rows["ytd"].to_pylist() == [1000, 1001]
    assert part.rows["stat_project_no"].to_pylist()[0] == "33048110320000"


def test_a_table_parted_by_tabs_may_hold_commas():
    sheet = read_text("甲\t1,234\t\n乙,丙\t5\t6\n".encode(), "").sheets[0]
    assert sheet.rows == [["甲", "1,234", ""], ["乙,丙", "5", "6"]]


@pytest.mark.parametrize("text", ["—" * 100_000, "(" * 100_000, "—(" * 50_000])
def test_a_line_of_dashes_in_a_cell_is_passed_over_at_once(text):
    """A drawn line of 30,000 dashes took two seconds, one of 130,000 forty."""
    start = time.thread_time()
    assert without_continued(text) == text
    assert time.thread_time() - start < 1
    assert without_continued("海盐县月报—(续表)—") == "海盐县月报"
