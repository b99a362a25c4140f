"""Cells as people, systems and other programs write them: what nobody sees goes, what cannot be one value is no value."""

from __future__ import annotations

import json
import sys
import unicodedata
from decimal import Decimal
from typing import Any

import pytest

from pipelines.harmonize.dates import Readings, parse_day
from pipelines.model.visible_text import INVISIBLE, visible

from .conftest import HEADER, TITLE, csv_text, kinds, project, workbook
from .other_formats import ods, xls, xlsb

# one of each range that people meet, and a Hangul filler, a variation selector, a tag, a C1 control
# what turns the order round is seen by everybody: test_odd_county_files.py
UNSEEN = "\u200e\u200f\u202a\u202d\u2066\u2069\u180e\u3164\ufe0f\ufeff\u2060\u00ad\u200b\u200d\u034f\u115f\u2800\U000e0041\x80"
WRITERS = {
    "csv": lambda rows: csv_text(rows).encode(),
    "gb18030": lambda rows: csv_text(rows).encode("gb18030"),
    "xlsx": lambda rows: workbook(("表", rows)),
    "ods": lambda rows: ods("表", rows),
    "xls": lambda rows: xls("表", rows),
    "xlsb": lambda rows: xlsb("表", rows),
}


def table(*rows: list[Any], head: tuple[str, ...] = HEADER) -> list[list[Any]]:
    return [[TITLE[0]], [TITLE[1]], list(head), *rows]


def notes_of(part: Any) -> list[tuple[str, str]]:
    return [(n["field"], n["code"]) for n in part.notes.to_pylist() if n["code"] != "converted"]


def test_every_format_character_of_unicode_is_invisible_and_no_letter_is() -> None:
    looked_at = 0
    for point in range(sys.maxunicode + 1):
        char = chr(point)
        category = unicodedata.category(char)
        if category == "Cf" or (category == "Cc" and not char.isspace()):
            assert INVISIBLE.match(char), hex(point)
            looked_at += 1
        elif INVISIBLE.match(char):
            assert category in ("Mn", "Cn", "Lo", "So"), hex(point)
            assert category not in ("Lo", "So") or "FILLER" in unicodedata.name(char) or point == 0x2800, hex(point)
    assert looked_at > 150
    assert visible("许村镇 A-1\t(万元)\n") == "许村镇 A-1\t(万元)\n"


@pytest.mark.parametrize("char", UNSEEN, ids=lambda char: f"U+{ord(char):04X}")
@pytest.mark.parametrize("writer", ["csv", "xlsx"])
def test_what_nobody_sees_is_not_there(read_part, char, writer):
    plain_row = project(0)
    row = [f"{cell[:3]}{char}{cell[3:]}{char}" if isinstance(cell, str) and cell else cell for cell in plain_row]
    row[HEADER.index("本年完成投资")] = f"{char}1000"
    head = tuple(f"{char}{name[:2]}{char}{name[2:]}" for name in HEADER)
    part = read_part(WRITERS[writer](table(row, head=head)))
    clean = read_part(WRITERS[writer](table(plain_row)))
    assert (kinds(part), notes_of(part)) == ([], [])
    assert part.rows.drop_columns(["value_status"]).equals(clean.rows.drop_columns(["value_status"]))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("mark", ["\ufeff", "\ufeff\ufeff"])
def test_byte_order_marks_anywhere(read_part, encoding, mark):
    lines = csv_text(table(project(0), project(1))).splitlines(keepends=True)
    quoted = mark + '"' + lines[0].rstrip("\n") + '"\n'
    text = quoted + "".join(lines[1:4]) + mark + "".join(lines[4:])
    part = read_part(text.encode(encoding))
    assert (len(part.rows), kinds(part), part.unit_code) == (2, [], "330481")


@pytest.mark.parametrize(
    ("writer", "form"),
    [
        (writer, form)
        for writer in WRITERS
        for form in ('="{}"', "'{}", "＇{}", '= "{}"', "{}\t ")
        if (writer, form[0]) != ("xlsx", "=")  # its writer makes a formula of it
    ],
)
def test_codes_that_a_spreadsheet_should_leave_alone(read_part, writer, form):
    row = project(0)
    for name in ("基层表编码", "项目代码", "行业代码", "统一社会信用代码"):
        at = HEADER.index(name)
        row[at] = form.format(row[at])
    part = read_part(WRITERS[writer](table(row)))
    assert part.rows["stat_project_no"].to_pylist() == ["33048110320000"]
    assert part.rows["industry_code"].to_pylist() == ["3825"]
    assert part.rows["project_code"].to_pylist() == ["2021-330481-38-03-000000"]
    assert (kinds(part), notes_of(part)) == ([], [])


@pytest.mark.parametrize("value", ["1371", "1371.0", "1.371e3", '"1371"', '"1371.0"'])
def test_the_json_number_of_a_code_is_the_code(read_part, value):
    record = json.dumps(dict(zip(HEADER, project(0), strict=True)), ensure_ascii=False).replace('"3825"', value)
    text = f'{{"meta": {{"unit": "330481", "period": "2022-06", "amount_unit": "万元"}}, "rows": [{record}]}}'
    part = read_part(text)
    assert part.rows["industry_code"].to_pylist() == ["1371"]


@pytest.mark.parametrize("value", ["1", "1.0", '"1"', '"1.0"', '"1 新建"', '"新建"'])
def test_the_number_of_a_listed_code_is_the_code(read_part, value):
    record = json.dumps(dict(zip(HEADER, project(0), strict=True)), ensure_ascii=False)
    text = record.replace('"建设性质": "新建"', f'"建设性质": {value}')
    part = read_part(f'{{"meta": {{"unit": "330481", "period": "2022-06", "amount_unit": "万元"}}, "rows": [{text}]}}')
    row = project(0, 建设性质=value.strip('"'))
    for one in (part, read_part(csv_text(table(row)))):
        assert (one.rows["nature"].to_pylist(), notes_of(one)) == (["1"], [])
    other = read_part(csv_text(table(project(0, 建设性质="1.5"), project(1, 建设性质="99.0"))))
    assert notes_of(other) == [("nature", "not_in_code_list")] * 2


def test_a_code_of_eighteen_digits_as_json_float_has_lost_digits(read_part):
    record = json.dumps(dict(zip(HEADER, project(0), strict=True)), ensure_ascii=False)
    text = record.replace('"91330481MA2B00000X"', "913304811234567890.0")
    part = read_part(f'{{"meta": {{"unit": "330481", "period": "2022-06", "amount_unit": "万元"}}, "rows": [{text}]}}')
    assert notes_of(part) == [("uscc", "digits_lost")]


@pytest.mark.parametrize(
    "error",
    [
        *("#N/A", "#n/a", "＃N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#SPILL!", "Err:502", "####"),
        *("#名称?", "#值!", "#引用！", "#除零错误!", "#不适用", "Loading...", "正在加载…"),
    ],
)
@pytest.mark.parametrize("field", ["本年完成投资", "计划总投资", "开工时间", "行业代码", "建设性质", "建设单位"])
def test_the_text_of_a_failed_formula_is_never_a_value(read_part, error, field):
    part = read_part(csv_text(table(project(0, **{field: error}), project(1))).encode())
    ((name, code),) = notes_of(part)
    assert code == "error_value"
    assert part.rows[name].to_pylist()[0] is None
    assert part.rows["value_status"].to_pylist() == [None, None]


@pytest.mark.parametrize("name", ["#1机组技改项目", "#2线", "Err公司"])
def test_a_name_may_begin_with_a_number_sign(read_part, name):
    part = read_part(csv_text(table(project(0, 项目名称=name))).encode())
    assert part.rows["project_name"].to_pylist() == [name]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("117\n230", "two_values"),
        ("1\n234", "two_values"),
        ("12\r\n345", "two_values"),
        ("117\t230", "two_values"),
        ("117\u2028230", "two_values"),
        ("1O00", "letter_for_digit"),
        ("l23", "letter_for_digit"),
        ("12,3O0.5", "letter_for_digit"),
        ("1e11", "digits_lost"),
        ("3.3E+13", "digits_lost"),
        ("1、23", "not_a_number"),
        ("O", "not_a_number"),
    ],
)
def test_a_cell_that_is_not_one_number(read_part, text, code):
    part = read_part(WRITERS["xlsx"](table(project(0, 本年完成投资=text), project(1))))
    assert notes_of(part) == [("ytd", code)]
    assert part.rows["ytd"].to_pylist() == [None, Decimal(1001)]


def test_digits_in_groups_are_one_number(read_part):
    part = read_part(workbook(("表", table(project(0, 本年完成投资="12 345"), project(1, 本年完成投资="1,234\n")))))
    assert part.rows["ytd"].to_pylist() == [Decimal(12345), Decimal(1234)]


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("3304811O320000", "letter_for_digit"),
        ("33048110\n33048111", "two_values"),
        ("3.3E+13", "digits_lost"),
        ("3E13", "digits_lost"),
    ],
)
def test_a_code_that_is_not_one_code(read_part, code, note):
    part = read_part(workbook(("表", table(project(0, 基层表编码=code), project(1)))))
    assert notes_of(part) == [("stat_project_no", note)]


def test_a_code_broken_over_two_lines_is_one(read_part):
    part = read_part(workbook(("表", table(project(0, 项目代码="2021-330481-\n38-03-000000")))))
    assert part.rows["project_code"].to_pylist() == ["2021-330481-38-03-000000"]


@pytest.mark.parametrize("number", ["2344.0000000001", 2344.0000000001, "2344.00000000001", 2343.9999999999])
def test_the_noise_of_a_double_is_no_fifth_decimal(read_part, number):
    part = read_part(workbook(("表", table(project(0, 本年完成投资=number)))))
    assert (part.rows["ytd"].to_pylist(), notes_of(part)) == ([Decimal(2344)], [])


@pytest.mark.parametrize("number", ["2344.00001", 2344.00001, "2344.123456"])
def test_a_fifth_decimal_is_too_precise(read_part, number):
    part = read_part(workbook(("表", table(project(0, 本年完成投资=number)))))
    assert notes_of(part) == [("ytd", "too_precise")]


@pytest.mark.parametrize(
    ("cell", "readings"),
    [
        ("10/01/21", "2010-01 / 2021-10 / 2021-01"),
        ("10/1/21", "2010-01 / 2021-10 / 2021-01"),
        ("06/07/2021", "2021-06 / 2021-07"),
        ("22-06-15", "2022-06 / 2015-06"),
        ("10.11", "2010-11 / 2011-10"),
        ("20207", "1955-04 / 2020-07"),
        (20223.0, "1955-05 / 2022-03"),
        ("2021.1", "2021-01 / 2021-10"),
    ],
)
def test_a_date_of_several_readings_is_refused_with_them(cell, readings):
    found = parse_day(cell)
    assert isinstance(found, Readings)
    assert found.with_readings("X") == f"X({readings})"


@pytest.mark.parametrize(
    ("cell", "month"),
    [
        ("6/22/2021", "2021-06"),
        ("22/06/2021", "2021-06"),
        ("06/06/2021", "2021-06"),
        ("22.6", "2022-06"),
        ("22年6月", "2022-06"),
        (44713.0, "2022-06"),
        ("2022/6/7", "2022-06"),
    ],
)
def test_a_date_of_one_reading_is_read(cell, month):
    assert parse_day(cell).month == month


def test_days_matter_where_days_are_asked():
    assert parse_day("06/06/2021", whole=True).value.isoformat() == "2021-06-06"
    assert parse_day("2021-06-07", whole=True).has_day
    assert parse_day("07/06/2021", whole=True).with_readings("X") == "X(2021-07-06 / 2021-06-07)"


@pytest.mark.parametrize("cell", ["22-6-31", "12/31/99", 20220.0, "13/22"])
def test_what_is_a_date_in_no_usual_reading_is_none(cell):
    assert parse_day(cell) == "not_a_date"


@pytest.mark.parametrize(
    "written", ["33,048,110,320,000", '"33048110320000"', "`33048110320000", "“33048110320000”", "'33048110320000'"]
)
def test_a_key_in_marks_is_the_key(read_part, written):
    """A key with another spelling would be another project: its history lost, its investment twice."""
    part = read_part(workbook(("项目月报", [[TITLE[0]], [TITLE[1]], HEADER, project(0, 基层表编码=written)])))
    assert part.rows["stat_project_no"].to_pylist() == ["33048110320000"]


@pytest.mark.parametrize("dash", ["–", "—", "−", "‐", "‑", "－"])
def test_the_hyphens_of_a_code_are_hyphens(read_part, dash):
    written = "2021-330481-38-03-000000".replace("-", dash)
    part = read_part(workbook(("项目月报", [[TITLE[0]], [TITLE[1]], HEADER, project(0, 项目代码=written)])))
    assert part.rows["project_code"].to_pylist() == ["2021-330481-38-03-000000"]


@pytest.mark.parametrize("mark", ["NULL", "(NULL)", "[NULL]", "<null>", "\\N", "NaN", "nan", "None", "<NA>", "NaT"])
def test_what_programs_print_for_a_cell_that_holds_nothing_is_nothing(read_part, mark):
    """An explanation `nan` answered queries, and a code `NULL` had wrong check digits."""
    other = project(1, 上报说明=mark, 统一社会信用代码=mark, 项目代码=mark)
    part = read_part(csv_text(table(project(0), other, *(project(n, 上报说明="如实") for n in range(2, 14)))))
    assert [part.rows[name].to_pylist()[1] for name in ("explanation", "uscc", "project_code")] == [None] * 3
    assert (kinds(part), notes_of(part)) == ([], [])


@pytest.mark.parametrize(("mark", "codes"), [("NULL", []), ("(NULL)", []), ("NaN", ["not_a_number"])])
def test_an_amount_that_a_database_holds_none_of_is_blank_one_that_failed_is_asked_about(read_part, mark, codes):
    part = read_part(csv_text(table(project(0, 其他费用=mark), project(1))))
    assert [code for _, code in notes_of(part)] == codes
    assert part.rows["other"].to_pylist()[0] is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "3825") for text in ("C3825", "c3825", "3825 光伏设备及元器件制造", "C3825光伏设备及元器件制造")),
        *((text, "3825") for text in ("3825-光伏设备及元器件制造", "3825（光伏设备及元器件制造）", "3825")),
        *((text, text) for text in ("B3825", "3825电动机制造", "C9999", "C0610", "38250")),
    ],
)
def test_a_class_of_industry_as_platforms_export_it(read_part, text, code):
    part = read_part(csv_text(table(project(0, 行业代码=text))))
    assert part.rows["industry_code"].to_pylist() == [code]
