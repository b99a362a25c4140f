"""A sheet a month, dates of the office beside the period, columns of the clerk's own, tables of another year."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
import xlsxwriter

from .conftest import HEADER, TITLE, csv_text, kinds, project, workbook

ROWS = [project(n) for n in range(3)]


def month_sheet(
    month: int, title: str = "海宁市2022年1-{}月制造业投资项目月报", **changes: object
) -> list[list[object]]:
    return [
        [title.format(month)],
        [TITLE[1]],
        list(HEADER),
        *(project(n, **{"本月完成投资": 100 + month}) for n in range(3)),
    ]


YEAR = workbook(*((f"{month}月", month_sheet(month)) for month in (4, 5, 6)))
UNTITLED = workbook(*((f"1-{month}月", month_sheet(month, "海宁市制造业投资项目月报")) for month in (4, 5, 6)))


@pytest.mark.parametrize("content", [YEAR, UNTITLED], ids=["titles", "names"])
@pytest.mark.parametrize("month", [4, 5, 6])
@pytest.mark.parametrize("how", ["options", "manifest"])
def test_the_sheet_of_the_period_asked_for_is_taken(read, content, month, how):
    period = f"2022-{month:02d}"
    asked = {"period": period} if how == "options" else {"manifest": {"period": period}}
    result = read(content, **asked)
    (part,) = result.parts
    assert (kinds(part), part.period) == ([], period)
    assert part.rows["month"].to_pylist()[0] == 100 + month
    assert len(result.ignored_sheets) == 2


def test_sheets_of_several_months_are_named_and_no_closed_month_is_told_off(read_part):
    part = read_part(YEAR)
    assert kinds(part) == [("A03", "sheet_a_month")]
    assert part.problems[0].params["sheets"] == "4月、5月、6月"
    assert part.period == "2022-06"


@pytest.mark.parametrize(("in_hand", "taken"), [("2022-05", "2022-05"), ("2022-06", "2022-06"), ("2022-07", None)])
def test_the_sheet_of_the_period_in_hand_is_taken_where_there_is_one(read_part, in_hand, taken):
    part = read_part(YEAR, in_hand=in_hand)
    assert kinds(part) == ([] if taken else [("A03", "sheet_a_month")])
    assert taken is None or part.period == taken


def test_two_sheets_of_one_month_are_still_two_tables(read_part):
    part = read_part(workbook(("甲", month_sheet(6)), ("乙", month_sheet(6))))
    assert kinds(part) == [("A03", "two_tables")]


@pytest.mark.parametrize(
    "line",
    [
        "2022年7月10日",
        "2022年7月",
        "2022-07",
        "2022.7",
        "二〇二二年七月十日",
        "二〇二二年七月",
        "2022年7月10号",
        "2022年7月上旬",
        "2022/7/10",
        "(2022年7月制表)",
        "印发日期:2022年7月",
        "2022年7月10日印发",
        date(2022, 7, 10),
    ],
    ids=str,
)
def test_the_date_of_the_office_is_not_the_period(read_part, line):
    text = line.isoformat() if isinstance(line, date) else line
    part = read_part(workbook(("表", [[TITLE[0]], ["海宁市统计局", None, text], [TITLE[1]], list(HEADER), *ROWS])))
    assert (part.period, kinds(part)) == ("2022-06", [])


@pytest.mark.parametrize("label", [["报告期"], [], ["填报日期"]], ids=["label", "alone", "date"])
@pytest.mark.parametrize("epoch_1904", [False, True])
def test_a_month_that_the_spreadsheet_made_a_date_of_is_the_period(read_part, label, epoch_1904):
    """2022年6月, typed into a cell, is stored as 2022-06-01: the file was refused for want of a period."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"date_1904": epoch_1904})
    sheet = book.add_worksheet("表")
    for number, row in enumerate([["海宁市制造业投资项目月报"], label, [TITLE[1]], HEADER, *ROWS]):
        sheet.write_row(number, 0, row)
    sheet.write_datetime(1, len(label), datetime(2022, 6, 1), book.add_format({"num_format": 'yyyy"年"m"月"'}))
    book.close()
    part = read_part(stream.getvalue())
    expected = (None, [("A05", "unresolved")]) if label == ["填报日期"] else ("2022-06", [])
    assert (part.period, kinds(part)) == expected


def test_a_month_alone_is_the_period_where_nothing_else_says_one(read_part):
    part = read_part(workbook(("表", [["海宁市制造业投资项目月报"], ["2022年6月"], [TITLE[1]], list(HEADER), *ROWS])))
    assert part.period == "2022-06"


@pytest.mark.parametrize(
    "title", ["海宁市2022年6月制造业投资项目月报", "海宁市2022年6月上报项目", "海宁市2022年6月报送制造业投资"]
)
def test_a_title_that_goes_on_behind_its_month_names_the_period(read_part, title):
    part = read_part(workbook(("表", [[title], [TITLE[1]], list(HEADER), *ROWS])))
    assert (part.period, kinds(part)) == ("2022-06", [])


def test_the_year_of_the_title_is_told(read_part):
    part = read_part(
        workbook(("表", [["海宁市2021年1-6月制造业投资项目月报"], [TITLE[1]], list(HEADER), *ROWS])), period="2022-06"
    )
    assert kinds(part) == [("A05", "year_differs")]


@pytest.mark.parametrize("header", ["2021年1-6月完成投资", "2021年1—6月累计完成投资"])
def test_a_header_of_last_year_is_not_this_years(read_part, header):
    head = [header if name == "本年完成投资" else name for name in HEADER]
    part = read_part(workbook(("表", [[TITLE[0]], [TITLE[1]], head, *ROWS])))
    assert ("A05", "contradiction") in kinds(part)


def test_a_header_of_last_year_is_right_where_last_year_stands(read_part):
    head = ["指标名称", "统计口径", "2022年1-6月完成投资", "2021年1-6月完成投资(上年同期)"]
    title = ["海宁市2022年1-6月制造业投资完成情况汇总表"]
    part = read_part(
        workbook(
            (
                "表",
                [
                    title,
                    ["单位:万元"],
                    ["指标名称", "统计口径", "2022年1-6月完成", "上年1-6月"],
                    ["制造业投资", "管理", 9, 8],
                ],
            )
        )
    )
    assert (kinds(part), head[0]) == ([], "指标名称")


@pytest.mark.parametrize("header", ["核对备注", "备注2", "联系电话", "自用标记", "Remarks", "审核说明"])
def test_a_column_of_the_clerks_own_is_passed_over(read_part, header):
    part = read_part(csv_text([[TITLE[0]], [TITLE[1]], [*HEADER, header], *([*row, "已核"] for row in ROWS)]))
    (problem,) = part.problems
    assert (problem.params["kind"], problem.params["severity"], problem.cell) == ("own_column", "information", "S3")
    assert len(part.rows) == 3


def test_a_column_without_a_cell_is_passed_over(read_part):
    part = read_part(workbook(("表", [[TITLE[0]], [TITLE[1]], [*HEADER, "预留"], *ROWS])))
    assert [p.params.get("severity") for p in part.problems] == ["information"]


@pytest.mark.parametrize(("header", "value"), [("备注金额", 500), ("领导批示", "好"), ("其它费", 12)])
def test_a_column_with_figures_or_of_unknown_meaning_is_refused(read_part, header, value):
    part = read_part(workbook(("表", [[TITLE[0]], [TITLE[1]], [*HEADER, header], *([*row, value] for row in ROWS)])))
    assert kinds(part) == [("A03", "unknown_column")]


def test_a_second_column_of_remarks_beside_the_explanation(read_part):
    part = read_part(workbook(("表", [[TITLE[0]], [TITLE[1]], [*HEADER, "备注"], *([*row, "无"] for row in ROWS)])))
    assert kinds(part) == [("A03", "own_column")]


def test_a_table_on_a_hidden_sheet_is_named(read, tmp_path):
    import io

    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    book.add_worksheet("说明").write(0, 0, "见隐藏表")
    book.add_worksheet("项目月报").hide()
    book.close()
    (problem,) = read(stream.getvalue()).problems
    assert (problem.params["kind"], problem.params["hidden"]) == ("hidden_table", "项目月报")


@pytest.mark.parametrize(
    "title", ["2022年1月-2022年6月", "2022年1月至2022年6月", "202201-202206", "2022.6月", "2022-6月", "2022/6月"]
)
def test_spans_and_months_that_clerks_write_in_titles(read_part, title):
    part = read_part(workbook(("表", [[f"海宁市{title}制造业投资项目月报"], [TITLE[1]], list(HEADER), *ROWS])))
    assert (part.period, kinds(part)) == ("2022-06", [])


@pytest.mark.parametrize(
    "name", ["5月", "1-5月", "2022年5月", "2022年1-5月", "202205", "2022.05", "2021年6月", "7月份"]
)
def test_a_sheet_that_is_called_after_another_month_is_asked_about(read_part, name):
    """Title or name was left from another month; nobody was told."""
    (problem,) = read_part(workbook((name, month_sheet(6)))).problems
    assert (problem.params["kind"], problem.params["where"], problem.params["severity"]) == (
        "note_differs",
        "工作表名里",
        "query",
    )


@pytest.mark.parametrize(
    "name", ["6月", "1-6月", "06月", "2022年6月", "202206", "2022", "明细", "Sheet5", "第5批", "项目6月7日"]
)
def test_a_sheet_of_the_month_or_of_none_is_not_asked_about(read_part, name):
    assert kinds(read_part(workbook((name, month_sheet(6))))) == []


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("海宁市2022年1-6月", "报告期:2022年5月"),
        ("海宁市2022年6月", "填报单位:桐乡市"),
        ("海宁市2022年6月", "所属期:2022-05"),
    ],
)
def test_a_title_that_a_label_beside_it_contradicts_is_asked_about(read_part, title, label):
    """The label was believed without a word: a June return under 报告期:2022年5月 replaced May's."""
    (problem,) = read_part(
        workbook(("表", [[f"{title}制造业投资项目月报"], [label], [TITLE[1]], list(HEADER), *ROWS]))
    ).problems
    assert (problem.params["kind"], problem.params["where"], problem.cell) == ("note_differs", "标题里", "A1")


@pytest.mark.parametrize(
    "lines",
    [
        ["海宁市2022年1-6月制造业投资项目月报", "报告期:2022年6月"],
        ["嘉兴市2022年1-6月制造业投资项目月报", "填报单位:海宁市", "报告期:2022年6月"],
        ["制造业投资项目月报", "文号:国统字〔2021〕117号", "有效期至:2022年12月", "报告期:2022年6月"],
        ["海宁市2022年6月制造业投资项目月报", "填报单位:海宁市统计局", "制表日期:2022年7月"],
        ["海宁市2022年1月-6月制造业投资项目月报", "报告期:2022年6月", "2022年7月制表"],
        ["投资项目报表(2021年12月制定)", "报告期:2022年6月", "填报单位:海宁市"],
    ],
)
def test_titles_that_agree_with_their_labels(read_part, lines):
    part = read_part(workbook(("表", [*([line] for line in lines), [TITLE[1]], list(HEADER), *ROWS])))
    assert part.period == "2022-06"
    assert "note_differs" not in [kind for _, kind in kinds(part)]


@pytest.mark.parametrize(
    ("lines", "period"),
    [
        ([["海宁市2022年制造业投资项目月报"], ["(1-6月)"]], "2022-06"),
        ([["海宁市2022年制造业投资项目月报"], ["报告期:", "1-6月"]], "2022-06"),
        ([["海宁市制造业投资项目月报"], ["2022年", "6月"]], "2022-06"),
        ([["海宁市2022年制造业投资项目月报"], ["1-6月"], ["文号:国统字2021年117号"]], "2022-06"),
        ([["海宁市2022年制造业投资项目月报"], ["5月", "6月"]], None),
        ([["海宁市2021年、2022年制造业投资项目月报"], ["6月"]], None),
        ([["海宁市2022年制造业投资项目月报"], ["2-6月"]], None),
        ([["海宁市2022年制造业投资项目月报"], ["13月"]], None),
        ([["海宁市2022年制造业投资项目月报"]], None),
    ],
)
def test_the_year_in_the_title_and_the_month_below_it(read_part, lines, period):
    part = read_part(workbook(("表", [*lines, [TITLE[1]], list(HEADER), *ROWS])))
    assert (part.period, kinds(part)) == (period, [] if period else [("A05", "unresolved")])
