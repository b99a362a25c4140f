"""Habits of county files that were read wrong, refused without need, or refused with a sentence that misled."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from pipelines.model.submissions import FormPart, ReadFile

from .conftest import HEADER as PROJECT_HEADER
from .conftest import TITLE, csv_text, kinds, project, workbook

UNIT_TITLE = "海盐县2022年1—6月制造业投资汇总月报"
HEADER = ["指标名称", "统计口径", "本年累计", "上年同期", "增速(%)", "计量单位", "上报说明"]
ROWS = [
    ["制造业投资", "管理", 537600, 480000, 12.0, "万元", None],
    ["工业投资", "管理", 577920, 513600, 12.5, "万元", None],
    ["项目个数", "管理", 242, 202, 19.8, "个", None],
]
YTD = [Decimal(537600), Decimal(577920), Decimal(242)]
Table = list[Sequence[Any]]


def table(
    *rows: Sequence[Any], title: str = UNIT_TITLE, unit: str = "单位:万元", head: Sequence[Any] = HEADER
) -> Table:
    return [[title], [unit], head, *(rows or ROWS)]


def ytd(part: FormPart) -> list[Decimal | None]:
    return part.rows["ytd"].to_pylist()


@pytest.mark.parametrize("mark", ["\u202e", "\u202b", "\u2067"])
@pytest.mark.parametrize("write", [lambda rows: workbook(("表", rows)), csv_text], ids=["xlsx", "csv"])
def test_a_figure_that_is_seen_the_other_way_round_is_refused(
    read: Callable[..., ReadFile], write: Callable[[Table], bytes | str], mark: str
) -> None:
    """Seen as 537600, stored as 006735: with the mark taken away it was 6735, and nobody was asked."""
    found = read(write(table([*ROWS[0][:2], f"{mark}006735\u202c", *ROWS[0][3:]], *ROWS[1:])))
    assert not found.parts
    (problem,) = found.problems
    assert (problem.rule, problem.params["kind"], problem.row) == ("A02", "reversed_text", 4)
    assert problem.params["code"] == f"U+{ord(mark):04X}"
    assert problem.cell in ("", "C4")


def test_a_mark_for_writing_from_right_to_left_behind_an_escape_of_json(read: Callable[..., ReadFile]) -> None:
    rows = [dict(zip(HEADER, ROWS[0], strict=True)) | {"本年累计": "\u202e006735"}]
    found = read(json.dumps({"meta": {"unit": "330424", "period": "2022-06", "amount_unit": "万元"}, "rows": rows}))
    assert [(p.rule, p.params["kind"]) for p in found.problems] == [("A02", "reversed_text")]


def test_marks_that_change_no_order_still_go(read_part: Callable[..., FormPart]) -> None:
    """What Windows' calculator and chat programs put around a copied number."""
    part = read_part(workbook(("表", table([*ROWS[0][:2], "\u202d537600\u202c\u200e", *ROWS[0][3:]], *ROWS[1:]))))
    assert ytd(part) == YTD
    assert not part.problems


@pytest.mark.parametrize(("written", "asked"), [("53.76万", True), ("53.76万元", False), ("53.76亿", False)])
def test_ten_thousand_behind_a_number_in_a_table_of_ten_thousands_is_asked_about(
    read_part: Callable[..., FormPart], written: str, asked: bool
) -> None:
    part = read_part(workbook(("表", table([*ROWS[0][:2], written, *ROWS[0][3:]], *ROWS[1:]))))
    found = [(p.params["severity"], p.cell, p.value) for p in part.problems if p.params["kind"] == "scale_word"]
    assert found == ([("query", "C4", written)] if asked else [])


@pytest.mark.parametrize(
    ("title", "unit", "head", "stated"),
    [(UNIT_TITLE, "单位:亿元", HEADER, "亿元"), (UNIT_TITLE, "", [*HEADER[:2], "本年累计(亿元)", *HEADER[3:]], "亿元")],
    ids=["title", "header"],
)
def test_rows_in_another_unit_than_title_or_header_are_told_what_these_say(
    read_part: Callable[..., FormPart], title: str, unit: str, head: Sequence[str], stated: str
) -> None:
    """It said 计量单位应为「万元」，实为「万元」, and of the header nothing at all."""
    part = read_part(workbook(("表", table(title=title, unit=unit, head=head))))
    assert {(p.rule, p.params["kind"], p.params["expected"], p.params["got"]) for p in part.problems} == {
        ("A04", "measure_mismatch", stated, "万元")
    }
    assert [p.cell for p in part.problems] == ["F4", "F5"]


def test_renminbi_before_the_unit(read_part: Callable[..., FormPart]) -> None:
    part = read_part(workbook(("表", table(unit="金额单位：人民币万元"))))
    assert (ytd(part), part.problems) == (YTD, ())


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("海盐县二〇二二年七月制造业投资汇总月报", "2022-07"),
        ("海盐县二○二二年一至七月制造业投资汇总月报", "2022-07"),
        ("海盐县二Ｏ二二年十月制造业投资汇总月报", "2022-10"),
        ("海盐县二零二二年1-7月制造业投资汇总月报", "2022-07"),
        ("海盐县二〇二二年一月至十一月制造业投资汇总月报", "2022-11"),
        ("海盐县2022年一—十二月制造业投资汇总月报", "2022-12"),
        ("海盐县2022年七月制造业投资汇总月报", "2022-07"),
        ("海盐县二〇二二年上半年制造业投资汇总月报", "2022-06"),
        ("海盐县二〇二二年全年制造业投资汇总月报", "2022-12"),
        ("海盐县2022年度全年制造业投资汇总月报", "2022-12"),
    ],
)
def test_months_in_chinese_numerals(read_part: Callable[..., FormPart], title: str, period: str) -> None:
    part = read_part(workbook(("表", table(title=title))))
    assert (part.period, part.problems) == (period, ())


@pytest.mark.parametrize(
    "title", ["海盐县一至七月制造业投资汇总月报", "海盐县二〇二二年一至十三月月报", "海盐县二〇二二年三至七月月报"]
)
def test_what_names_no_month_of_a_year_still_names_none(read_part: Callable[..., FormPart], title: str) -> None:
    assert kinds(read_part(workbook(("表", table(title=title))))) == [("A05", "unresolved")]


NOTES = (
    ["注：1.本表为快报数。"],
    ["    2.制造业投资口径为管理口径。"],
    ["3、本表数据以年报为准。"],
    ["（4）增速按可比口径计算。"],
    ["其余说明见市统计局六月二十八日下发的填报通知。"],
    ["填表人：王五", "联系电话：0573-86000000"],
)


@pytest.mark.parametrize("write", [lambda rows: workbook(("表", rows)), csv_text], ids=["xlsx", "csv"])
def test_notes_of_several_lines_are_no_rows(
    read_part: Callable[..., FormPart], write: Callable[[Table], bytes | str]
) -> None:
    part = read_part(write([*table(), *NOTES]))
    assert (ytd(part), part.problems) == (YTD, ())
    assert part.raw["row_class"].to_pylist().count("footer") == len(NOTES)


def test_notes_of_several_lines_under_projects(read_part: Callable[..., FormPart]) -> None:
    rows = [project(n) for n in range(3)]
    part = read_part(csv_text([[TITLE[0]], [TITLE[1]], PROJECT_HEADER, *rows, *NOTES]))
    assert (part.rows.num_rows, part.problems) == (3, ())


def test_a_row_behind_a_note_with_a_figure_is_a_row(read_part: Callable[..., FormPart]) -> None:
    part = read_part(workbook(("表", [*table(*ROWS[:2]), ["注：1.本表为快报数。"], ROWS[2]])))
    assert ytd(part) == YTD


@pytest.mark.parametrize(
    "between",
    [
        [["续表"], HEADER],
        [["(续表)"], HEADER],
        [[f"{UNIT_TITLE}(续表)"], ["单位:万元"], HEADER],
        [[UNIT_TITLE], HEADER],
    ],
    ids=["续表", "brackets", "title", "title again"],
)
def test_a_table_that_goes_on_on_the_next_page(read_part: Callable[..., FormPart], between: Table) -> None:
    part = read_part(workbook(("表", [*table(*ROWS[:2]), *between, ROWS[2]])))
    assert (ytd(part), part.problems) == (YTD, ())


def test_a_text_that_ends_with_the_mark_of_dos(read_part: Callable[..., FormPart]) -> None:
    part = read_part(csv_text(table()).encode("gb18030") + b"\x1a")
    assert (ytd(part), part.problems) == (YTD, ())


def test_the_mark_of_dos_inside_a_text_is_none(read: Callable[..., ReadFile]) -> None:
    found = read(csv_text(table()).encode().replace(b"537600", b"5376\x1a00"))
    assert [(p.rule, p.params["kind"]) for p in found.problems] == [("A02", "control")]


@pytest.mark.parametrize(
    "lines",
    [
        ["制造业投资,管理,537,600,480000,"],
        ["制造业投资,管理,537,600,480,000,", "工业投资,管理,577920,513600,"],
        ["制造业投资,管理,537, 600.5,480000,", "工业投资,管理,577920,513600,"],
    ],
)
def test_thousands_cut_into_two_cells_are_told(read_part: Callable[..., FormPart], lines: list[str]) -> None:
    """Too wide by an empty cell alone: 537 was read of 537,600, and 600 of the year before."""
    part = read_part("\n".join([UNIT_TITLE, "单位:万元", "指标名称,统计口径,本年累计,上年同期,上报说明", *lines]))
    assert ("A01", "csv_uneven") in kinds(part)


def test_a_delimiter_at_the_end_of_rows_is_no_cut(read_part: Callable[..., FormPart]) -> None:
    lines = [f"{','.join(str(cell or '') for cell in row)},," for row in ROWS]
    part = read_part("\n".join([UNIT_TITLE, "单位:万元", ",".join(HEADER), *lines]))
    assert (ytd(part), part.problems) == (YTD, ())
