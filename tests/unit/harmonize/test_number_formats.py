"""A number is what its sender sees: percent formats, literal signs, scaled formats, struck-out fonts, in every format of workbook;
facts of a cell come from its position, with or without an address."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter

from pipelines.parse.number_formats import shown_unit, shows_percent, shows_percent_text, shows_scaled
from pipelines.parse.reader import parse

from .conftest import HEADER, TITLE, kinds, project
from .styled_formats import STRUCK, STYLED, as_xls, as_xlsx, without_addresses

UNIT_TITLE = [["海宁市2022年1-6月制造业投资完成情况汇总表"], ["单位:万元"]]


def unit_table(growth, header="增速(%)"):
    head = ["指标名称", "统计口径", "本年累计", "上年同期", header]
    return [
        *UNIT_TITLE,
        head,
        ["制造业投资", "管理", 124100, 100000, growth],
        ["工业投资", "管理", 230000, 200000, 15.0],
    ]


@pytest.mark.parametrize("header", ["增速(%)", "增速"])
@pytest.mark.parametrize(
    "growth",
    [(0.241, "0.0%"), (0.241, "0.00%"), (24.1, '0.0"%"'), (24.1, "0.0\\%"), (24.1, '0.0"％"'), ("24.1%", "")],
    ids=str,
)
@pytest.mark.parametrize("writer", STYLED)
def test_a_displayed_percent_is_the_percent_of_its_sender(read_part, writer, growth, header):
    if writer == "ods" and "％" in growth[1]:
        growth = (24.1, '0.0"%"')
    part = read_part(STYLED[writer](unit_table(growth, header)))
    assert part.rows["growth"].to_pylist()[0] == pytest.approx(0.241)


@pytest.mark.parametrize("code", ["0.0%", "0%;-0%", "[Red]0.00%", '0.0%"%"', "#,##0.0_ %", "0.0% "])
def test_formats_that_multiply_by_a_hundred(code):
    assert (shows_percent(code), shows_percent_text(code)) == (True, False)


@pytest.mark.parametrize("code", ['0.0"%"', "0.0\\%", "0.0!%", "0.0％", '0.0" %"', '"增"0.0"%";"减"0.0"%"'])
def test_formats_that_write_a_percent_sign(code):
    assert (shows_percent(code), shows_percent_text(code)) == (False, True)


@pytest.mark.parametrize("code", ["General", "0.00", "0.0_%", '0;"%"', "0.0*%", '"增长;%"0'])
def test_formats_without_a_percent_sign_behind_the_number(code):
    assert not shows_percent(code)
    assert shows_percent_text(code) == (code == '"增长;%"0')


@pytest.mark.parametrize("code", ["0,", "#,##0,", "0.0,", "0!.0,", "0!.0000", '0"."0', "#\\.##", '0.00,,"亿"'])
def test_formats_that_show_less_than_is_stored(code):
    assert shows_scaled(code)


@pytest.mark.parametrize("code", ["#,##0", "#,##0.00", "0.00", '0"万元"', "G/通用格式", '"约,"0'])
def test_formats_that_show_what_is_stored(code):
    assert not shows_scaled(code)


@pytest.mark.parametrize("writer", STYLED)
def test_amounts_in_yuan_shown_as_wan_yuan(read_part, writer):
    row = project(0)
    at = HEADER.index("计划总投资")
    row[at] = (60_000_000, "0!.0,")
    part = read_part(STYLED[writer]([[TITLE[0]], [TITLE[1]], HEADER, row, project(1)]))
    ((rule, kind),) = kinds(part)
    assert (rule, kind, part.problems[0].cell) == ("A04", "display_scaled", "J4")


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        ('0.0"亿"', "亿"),
        ('#,##0.00"元"', "元"),
        ('#,##0.00_ "万元";-#,##0.00"万元"', "万元"),
        ("0.0!亿!元", "亿元"),
        ("[Red]0.00亿元", "亿元"),
        ('0" 千元"', "千元"),
        ('0"个"', ""),
        ('"元"0', ""),
        ('0"元/吨"', ""),
        ('_ ¥* #,##0.00_ ;_ ¥* "-"_ ', ""),
        ("General", ""),
        ('"$"#,##0', "$"),
        ("[$$-409]#,##0.00", "$"),
        ("[$€-2] #,##0", "€"),
        ("[$USD] 0", "USD"),
        ("_($* #,##0_)", "$"),
        ('"HK$"0', "HK$"),
        ("[$¥-804]#,##0", ""),
        ("[$-804]yyyy", ""),
    ],
)
def test_the_unit_of_money_that_a_format_writes(code, unit):
    assert shown_unit(code) == unit


@pytest.mark.parametrize(("code", "differs"), [('0.0"亿"', True), ('0"元"', True), ("0%", True), ('0.00"万元"', False)])
@pytest.mark.parametrize("writer", STYLED)
def test_a_format_that_writes_another_unit_than_the_title(read_part, writer, code, differs):
    row = project(0)
    row[HEADER.index("计划总投资")] = (6000, code)
    part = read_part(STYLED[writer]([[TITLE[0]], [TITLE[1]], HEADER, row, project(1)]))
    assert kinds(part) == ([("A04", "display_unit")] if differs else [])
    assert not differs or (part.problems[0].cell, part.problems[0].value) == ("J4", part.problems[0].params["value"])


@pytest.mark.parametrize(
    ("measure", "code", "differs"),
    [
        ("万元", '0.00"亿"', True),
        ("亿元", '0.00"亿"', False),
        ("万元", "0%", False),
        ("个", '0"元"', False),
        ("", '0"亿"', True),
    ],
)
def test_a_format_that_writes_another_unit_than_the_row(read_part, measure, code, differs):
    """Seen as 53.76亿 in a row of 万元: 53.76 万元 was read and passed."""
    indicator = "项目个数" if measure == "个" else "制造业投资"
    head = ["指标名称", "统计口径", "本年累计", "上年同期", "计量单位"]
    unit = "单位:亿元" if measure == "亿元" else "单位:万元"
    rows = [["海盐县2022年1—6月制造业投资汇总月报"], [unit], head, [indicator, "管理", (53.76, code), 48, measure]]
    part = read_part(STYLED["xlsx"](rows))
    assert [(p.rule, p.params["kind"], p.cell) for p in part.problems] == (
        [("A04", "display_unit", "C4")] if differs else []
    )


@pytest.mark.parametrize("writer", STYLED)
def test_a_struck_row_is_told_and_counted(read_part, writer):
    struck = [(cell, STRUCK) if cell != "" else "" for cell in project(1)]
    part = read_part(STYLED[writer]([[TITLE[0]], [TITLE[1]], HEADER, project(0), struck, project(2)]))
    (problem,) = part.problems
    assert (problem.rule, problem.params["kind"], problem.row) == ("A03", "struck_rows", 5)
    assert problem.params["severity"] == "query"
    assert len(part.rows) == 3
    one = project(1)
    one[HEADER.index("本年完成投资")] = (one[HEADER.index("本年完成投资")], STRUCK)
    (problem,) = read_part(STYLED[writer]([[TITLE[0]], [TITLE[1]], HEADER, project(0), one, project(2)])).problems
    assert (problem.params["kind"], problem.row) == ("struck_rows", 5)


def test_one_struck_word_strikes_no_row(read_part):
    row = project(1)
    row[2] = (row[2], STRUCK)
    assert kinds(read_part(as_xlsx([[TITLE[0]], [TITLE[1]], HEADER, project(0), row]))) == []


def formulas(stored: dict[str, object], ask: bool = False, formula: str = "=K{row}*1") -> bytes:
    """Column L (ytd) is a formula of K in every row; `stored` results by row."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("表")
    for number, row in enumerate([[TITLE[0]], [TITLE[1]], list(HEADER), *(project(n) for n in range(3))]):
        for column, value in enumerate(row):
            if number > 2 and column == 11:
                sheet.write_formula(
                    number, column, formula.format(row=number + 1), None, stored.get(f"L{number + 1}", 1000)
                )
            else:
                sheet.write(number, column, value)
    book.close()
    source, out = zipfile.ZipFile(stream), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/workbook.xml" and not ask:
                data = re.sub(rb' fullCalcOnLoad="1"', b"", data)
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("change", [lambda book: book, without_addresses], ids=["addressed", "without addresses"])
@pytest.mark.parametrize(
    ("content", "lost"),
    [
        (formulas({"L4": 0, "L5": 0, "L6": 0}), 3),
        (formulas({"L4": 0, "L5": 0, "L6": 0}, ask=True, formula="=VLOOKUP(A{row},别表,2)"), 3),
        (formulas({"L4": ""}, ask=True, formula='=IF(K{row}="","",K{row})'), 1),
        (formulas({"L4": 0}, formula="=SUM(M{row}:N{row})"), 1),
        (formulas({"L4": 0}, formula="=ROUND(K{row}/3,2)"), 1),
        (formulas({"L4": 0}, formula="=K{row}-K{row}"), 0),
        (formulas({"L4": 0}, formula="=VLOOKUP(A{row},别表,2)"), 0),
    ],
)
def test_results_that_nobody_calculated(read_part, content, lost, change):
    part = read_part(change(content))
    codes = [n["code"] for n in part.notes.to_pylist() if n["field"] == "ytd"]
    assert codes == ["formula_without_value"] * lost


def test_results_of_a_chain_that_nobody_calculated(read_part):
    part = read_part(formulas({f"L{n}": 0 for n in (4, 5, 6)}, formula="=L{row}+K{row}-L{row}"))
    assert [n["code"] for n in part.notes.to_pylist() if n["field"] == "ytd"] == []  # a circle is not calculated
    part = read_part(formulas({f"L{n}": 0 for n in (4, 5, 6)}, formula="=(K{row}+2)*50%"))
    assert [n["code"] for n in part.notes.to_pylist() if n["field"] == "ytd"] == ["formula_without_value"] * 3


def test_an_xls_formula_with_an_empty_result(read_part):
    row = project(0)
    row[HEADER.index("自开始建设累计完成投资")] = "="
    part = read_part(as_xls([[TITLE[0]], [TITLE[1]], HEADER, row, project(1)]))
    assert [(n["field"], n["cell"], n["code"]) for n in part.notes.to_pylist()] == [
        ("cum_total", "K4", "formula_without_value")
    ]


def errors_and_formulas() -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("表")
    for number, row in enumerate([[TITLE[0]], [TITLE[1]], list(HEADER), project(0), project(1)]):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    sheet.write_formula("K4", "=1/0", None, "#DIV/0!")
    sheet.write_formula("L5", "=#REF!", None, "#REF!")
    book.close()
    return stream.getvalue()


@pytest.mark.parametrize("change", [lambda book: book, without_addresses], ids=["addressed", "without addresses"])
def test_error_cells_are_errors_wherever_they_stand(read_part, change):
    part = read_part(change(errors_and_formulas()))
    assert [(n["cell"], n["raw"], n["code"]) for n in part.notes.to_pylist()] == [
        ("K4", "#DIV/0!", "error_value"),
        ("L5", "#REF!", "error_value"),
    ]


def test_cells_count_on_from_the_last_address(tmp_path):
    """A row without number stands below the one before, a cell without address right of it."""
    book = as_xlsx([["a", "b"], [1, (0.5, "0%")]])
    source, out = zipfile.ZipFile(io.BytesIO(book)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            if "/worksheets/" in name:
                style = re.findall(rb' s="(\d+)"', data)[-1].decode()
                rows = (
                    f'<row r="3"><c r="C3"><v>7</v></c><c s="{style}"><v>0.25</v></c><c t="e"><v>#N/A</v></c></row>'
                    f'<row><c s="{style}"><v>0.5</v></c><c><f>A1</f></c><c><v>2</v></c></row>'
                )
                data = re.sub(
                    rb"<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>".encode(), data, flags=re.S
                )
            archive.writestr(name, data)
    path = tmp_path / "x"
    path.write_bytes(out.getvalue())
    (sheet,) = parse(path, "x").sheets
    assert sheet.percent == {(3, 4), (4, 1)}
    assert (sheet.errors, sheet.no_value) == ({(3, 5): "#N/A"}, {(4, 2)})
    rows = {number: list(row) for number, row in zip(sheet.row_numbers, sheet.rows, strict=True)}
    at = sheet.first_column
    assert rows[3][3 - at] == 7.0
    assert rows[3][4 - at] == 0.25
    assert rows[4][1 - at] == 0.5


def test_plain_amounts_stay_amounts(read_part):
    part = read_part(
        as_xlsx([[TITLE[0]], [TITLE[1]], HEADER, [(c, "#,##0.00") if isinstance(c, int) else c for c in project(0)]])
    )
    assert part.rows["ytd"].to_pylist() == [Decimal(1000)]
    assert kinds(part) == []


@pytest.mark.parametrize(
    ("cells", "city", "read_as"),
    [
        ([10.0, -0.5, 200.0], (111, 100, 11.0), [0.1, -0.005, 2.0]),
        ([0.1, -0.005, 2.0], (111, 100, 0.11), [0.1, -0.005, 2.0]),
        ([10.0, 0.8, 12.5], None, [0.1, 0.008, 0.125]),
        ([0.12, 0.08, 5.2], None, [0.12, 0.08, 5.2]),
        ([24.1], None, [0.241]),
    ],
    ids=["as the city's", "as the city's fraction", "most are percents", "one grew five times", "alone"],
)
def test_bare_rates_without_levels_are_read_as_their_column(read_part, cells, city, read_as):
    """The bureau's 10.0 under 官方增速 was 1000 % in the rows of units, whose totals stand elsewhere, and 10 % in the city's."""
    head = ["地区代码", "指标名称", "统计口径", "本年累计", "可比基数", "官方增速"]
    rows = [
        [code, "制造业投资", "管理", None, 100, cell]
        for code, cell in zip(("330402", "330411", "330421"), cells, strict=False)
    ]
    rows += [["330400", "制造业投资", "管理", *city]] if city else []
    table = [["嘉兴市2022年1-6月制造业投资核定表"], ["单位:万元"], head, *rows]
    rates = read_part(as_xlsx(table)).rows["growth_official"].to_pylist()
    assert [round(rate, 9) for rate in rates[: len(cells)]] == read_as
