"""Headers that do not fit, cells that cannot be cast, forms in rows of indicators, nil returns."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
import xlsxwriter

from pipelines.model.submissions import NOTES_SCHEMA, RAW_SCHEMA, TOTALS_SCHEMA
from pipelines.model.tables import FORM_FIELDS, rows_schema

from .conftest import HEADER, csv_text, kinds, project, workbook

TOP = [["海宁市2022年6月项目月报"], ["单位:万元"]]
ROWS = [project(n) for n in range(3)]
UNIT_HEADER = ["指标名称", "统计口径", "计量单位", "本年累计", "上年同期", "同比增长(%)", "上报说明"]


def projects(head=HEADER, rows=ROWS) -> bytes:
    return workbook(("Sheet1", [*TOP, list(head), *rows]))


def unit_month(*rows, head=None, title="海宁市2022年6月 单位:万元") -> bytes:
    return workbook(("汇总月报", [[title], head or UNIT_HEADER, *rows]))


def test_a_missing_column_is_named_in_chinese(read_part):
    head = [name if name != "计划总投资" else "序号" for name in HEADER]
    (problem,) = read_part(projects(head)).problems
    assert (problem.params["kind"], problem.field, problem.params["zh"]) == (
        "missing_column",
        "plan_total",
        "计划总投资",
    )


def test_an_unknown_column_is_named_with_its_cell(read_part):
    (problem,) = read_part(projects([*HEADER, "领导批示"], [[*row, "好"] for row in ROWS])).problems
    assert (problem.params["kind"], problem.cell, problem.value) == ("unknown_column", "S3", "领导批示")


def test_data_without_a_header_is_an_unknown_column(read_part):
    part = read_part(projects([*HEADER, None, None, "序号"], [[*row, None, "x", 1] for row in ROWS]))
    assert [(p.params["kind"], p.cell) for p in part.problems] == [("unknown_column", "T3")]


def test_a_header_that_is_there_twice(read_part):
    (problem,) = read_part(projects([*HEADER, "项目总投资 "], [[*row, 1] for row in ROWS])).problems or [None]
    assert problem.params["kind"] == "unknown_column"
    (problem,) = read_part(projects([*HEADER, "自年初累计完成投资"], [[*row, 1] for row in ROWS])).problems
    assert (problem.params["kind"], problem.params["cells"]) == ("duplicate_header", "L3, S3")


def test_the_same_form_on_two_sheets(read):
    content = workbook(("一", [*TOP, list(HEADER), *ROWS]), ("二", [*TOP, list(HEADER), *ROWS]))
    (part,) = read(content).parts
    assert kinds(part) == [("A03", "two_tables")]


def test_no_table_at_all(read):
    result = read(workbook(("Sheet1", [["今天天气很好"], ["名称", "数量"], ["a", 1]])))
    assert result.parts == ()
    assert (result.problems[0].rule, result.problems[0].params["kind"]) == ("A03", "no_table")
    assert read(workbook(("Sheet1", []))).problems[0].params["kind"] == "empty_file"


def test_a_header_without_rows(read_part):
    part = read_part(projects(rows=[]))
    assert kinds(part) == [("A07", "?")] or part.problems[0].rule == "A07"
    assert not part.nil_return


@pytest.mark.parametrize("mark", ["本月无发生额", "零报送", "无数据", "本月无投资"])
def test_a_nil_return(read_part, mark):
    part = read_part(projects(rows=[[mark]]))
    assert (part.nil_return, part.problems, len(part.rows)) == (True, (), 0)


def test_a_nil_return_in_json(read_part):
    meta = {"unit": "海宁市", "period": "2022-06", "form": "project_month", "nil": True}
    part = read_part(json.dumps({"meta": meta, "rows": []}))
    assert (part.form, part.unit_code, part.nil_return, part.problems) == ("project_month", "330481", True, ())


def test_cells_that_cannot_be_cast_leave_a_note_with_their_address(read_part):
    rows = [
        project(0, 计划总投资="约6000", 开工时间="去年", 建设性质="翻新", 统一社会信用代码=9.133e17),
        project(1, 本年完成投资="—", 建筑工程="…", 开工时间="拟2022年3月", 建设性质="1 新建", 上报说明="无"),
        project(2, 行业代码=3825.0, 项目代码="２０２１-330481-38-03-000002"),
    ]
    part = read_part(projects(rows=rows))
    notes = {(note["cell"], note["field"], note["code"], note["raw"]) for note in part.notes.to_pylist()}
    assert notes == {
        ("J4", "plan_total", "not_a_number", "约6000"),
        ("I4", "start_ym", "not_a_date", "去年"),
        ("G4", "nature", "not_in_code_list", "翻新"),
        ("E4", "uscc", "digits_lost", "9.133e+17"),
        ("L5", "ytd", "not_applicable", "—"),
        ("N5", "build", "below_unit", "…"),
        ("I5", "start_ym", "planned_date", "拟2022年3月"),
        ("R5", "explanation", "not_applicable", "无"),
        ("B6", "project_code", "converted", "２０２１-330481-38-03-000002"),
    }
    first, second, third = part.rows.to_pylist()
    assert (first["plan_total"], first["start_ym"], first["nature"], first["uscc"]) == (None, None, None, None)
    assert json.loads(second["value_status"]) == {"ytd": "N", "build": "U", "explanation": "N"}
    assert (second["start_ym"], second["nature"], first["value_status"]) == ("2022-03", "1", None)
    assert (third["industry_code"], third["project_code"]) == ("3825", "2021-330481-38-03-000002")


def test_error_cells_and_empty_formulas_are_noted_not_lost(read, tmp_path):
    path = tmp_path / "b.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for number, row in enumerate([*TOP, HEADER, *ROWS]):
        sheet.write_row(number, 0, row)
    sheet.write_formula("J4", "=1/0", None, "#DIV/0!")
    sheet.write_formula("L5", "=1+1", None, "")
    book.close()
    (part,) = read(path.read_bytes()).parts
    notes = [(note["cell"], note["code"], note["raw"]) for note in part.notes.to_pylist()]
    assert notes == [("J4", "error_value", "#DIV/0!"), ("L5", "formula_without_value", "=")]
    assert part.rows["plan_total"].to_pylist()[0] is None


def test_subtotals_and_of_which_rows_are_no_control_totals(read_part):
    rows = [*ROWS, ["小计", *[None] * 8, 1, 2], ["其中:民间投资", *[None] * 8, 1], ["总  计", *[None] * 8, 18003, 9003]]
    part = read_part(projects(rows=rows))
    assert [(t["field"], t["value"], t["cell"]) for t in part.totals.to_pylist()] == [
        ("plan_total", Decimal(18003), "J9"),
        ("cum_total", Decimal(9003), "K9"),
    ]
    assert part.raw["row_class"].to_pylist().count("total") == 3


def test_indicator_rows_in_their_own_measures(read_part):
    part = read_part(
        unit_month(
            ["一、固定资产投资", "属地", "万元", 200, 180, 11.1, None],
            ["其中:制造业投资", "属地", "万元", 100.5, 90, "11.7%", None],
            ["#工业投资", "管理口径", "亿元", 0.015, 0.0148, 1.4, None],
            ["施工项目个数", "属地", "个", 12, 10, None, None],
        )
    )
    assert kinds(part) == [("A04", "measure_mismatch")]
    rows = part.rows.to_pylist()
    assert [(r["indicator"], r["scope"], r["measure"], r["ytd"]) for r in rows] == [
        ("total_investment", "territorial", "wan_yuan", Decimal(200)),
        ("manufacturing_investment", "territorial", "wan_yuan", Decimal("100.5")),
        ("industrial_investment", "managed", "wan_yuan", Decimal(150)),
        ("project_count", "territorial", "count", Decimal(12)),
    ]
    assert [r["growth"] for r in rows] == [pytest.approx(0.111), pytest.approx(0.117), pytest.approx(0.014), None]


def test_a_count_is_never_multiplied(read_part):
    title = "海宁市2022年6月 单位:亿元"
    part = read_part(
        unit_month(
            ["制造业投资", "属地", None, 1.5, 1, None, None],
            ["项目个数", "属地", None, 12, 10, None, None],
            title=title,
        )
    )
    assert part.rows["ytd"].to_pylist() == [Decimal(15000), Decimal(12)]
    assert kinds(part) == []


def test_units_of_rows_suffice(read_part):
    rows = (["制造业投资", "属地", "亿元", 1.5, 1, None, None], ["项目个数", "属地", "个", 12, 10, None, None])
    part = read_part(unit_month(*rows, title="海宁市2022年6月"))
    assert (part.rows["ytd"].to_pylist(), kinds(part)) == ([Decimal(15000), Decimal(12)], [])


def test_a_measure_that_is_not_the_indicators(read_part):
    (problem,) = read_part(unit_month(["项目个数", "属地", "万元", 12, 10, None, None])).problems
    assert (problem.rule, problem.params["kind"], problem.cell) == ("A04", "measure_mismatch", "C3")


def test_growth_without_any_mark_is_told_from_the_levels(read_part):
    head = ["指标名称", "统计口径", "本年累计", "上年同期", "增速"]
    rows = (
        ["制造业投资", "属地", 124.1, 100, 24.1],
        ["工业投资", "属地", 124.1, 100, 0.241],
        ["固定资产投资", "属地", 100, None, 0.1],
    )
    growth = read_part(unit_month(*rows, head=head)).rows["growth"].to_pylist()
    assert growth == [pytest.approx(0.241), pytest.approx(0.241), pytest.approx(0.1)]


def test_an_unknown_indicator_is_noted(read_part):
    part = read_part(unit_month(["房地产投资", "属地", "万元", 1, 1, None, None]))
    assert [(n["field"], n["code"]) for n in part.notes.to_pylist()] == [("indicator", "not_in_code_list")]


def test_city_month_is_the_bureaus(read_part):
    head = ["地区代码", "地区名称", "指标", "统计口径", "本年累计", "可比基数", "官方增速(%)", "批准日期"]
    rows = [
        ["330400", "全市", "制造业投资", "管理", 5400000, 4351330, 24.1, "2022-07-14"],
        [330481.0, "海宁市", "制造业投资", "管理", 1, 1, 0.5, None],
    ]
    content = workbook(("全市月报", [["2022年1-6月制造业投资核定表"], ["单位:万元"], head, *rows]))
    part = read_part(content)
    assert (part.form, part.unit_code, part.period, kinds(part)) == ("city_month", "330400", "2022-06", [])
    city = part.rows.to_pylist()[0]
    assert (city["base"], city["growth_official"], city["approved_on"]) == (
        Decimal(4351330),
        pytest.approx(0.241),
        date(2022, 7, 14),
    )
    assert kinds(read_part(content, unit_code="330481")) == [("A06", "not_the_bureau")]


def test_dispatch_months_and_lists(read_part):
    stages = ["准入", "供地", "审批", "开工", "竣工", "达产"]
    top = ["项目代码", "项目名称", "所属清单", "计划总投资", "序时计划投资", "实际完成投资"]
    head = [*top, *[cell for stage in stages for cell in (stage, None)], "到期问题数", "按期办结数"]
    below = [*[None] * 6, *["计划", "实际"] * 6, None, None]
    row = [
        "2021-330481-38-03-000001",
        "甲项目",
        "市级亿元以上、省重大548",
        120000,
        500,
        480,
        *["2022年3月", "—"] * 6,
        3,
        2,
    ]
    merge = [f"{a}3:{b}3" for a, b in ("GH", "IJ", "KL", "MN", "OP", "QR")]
    part = read_part(workbook(("调度", [["海宁市2022年6月调度"], ["单位:万元"], head, below, row]), merge=merge))
    assert (part.form, kinds(part)) == ("dispatch_month", [])
    (only,) = part.rows.to_pylist()
    assert (only["lists"], only["land_plan"], only["land_actual"]) == ("市级亿元以上;省重大548", "2022-03", None)
    assert (only["issues_due"], only["issues_closed"]) == (3, 2)


def test_schemas_hold_even_for_empty_tables(read_part):
    for part in (read_part(projects()), read_part(projects(rows=[["零报送"]]))):
        assert part.rows.schema == rows_schema(FORM_FIELDS["project_month"])
        assert (part.notes.schema, part.raw.schema, part.totals.schema) == (NOTES_SCHEMA, RAW_SCHEMA, TOTALS_SCHEMA)
        part.rows.validate(full=True)


def test_a_project_called_total_or_note_is_data(read_part):
    rows = [
        project(0, 项目名称="合计电子年产5万套"),
        project(1, 项目名称="说明书印刷项目"),
        project(2, 项目名称="无锡某某基地"),
    ]
    part = read_part(projects(rows=rows))
    assert part.rows["project_name"].to_pylist() == ["合计电子年产5万套", "说明书印刷项目", "无锡某某基地"]


def test_hostile_texts_stay_texts(read_part):
    names = ["=cmd|'/C calc'!A0", "<script>alert(1)</script>", "../../etc/passwd", "a'; DROP TABLE x;--"]
    part = read_part(
        csv_text([[*TOP[0]], [*TOP[1]], list(HEADER), *[project(n, 项目名称=name) for n, name in enumerate(names)]])
    )
    assert part.rows["project_name"].to_pylist() == names
    assert pa.types.is_string(part.rows.schema.field("project_name").type)


@pytest.mark.parametrize("header", ["", "Unnamed: 0", "index"])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("rows", [2, 14])
def test_the_row_index_of_a_data_frame_is_no_column(read_part, first, rows, header):
    table = [
        [header, *HEADER],
        *([first + n, *row] for n, row in enumerate([[f"{k}", *ROWS[0][1:]] for k in range(rows)])),
    ]
    text = "".join(",".join(str(c) for c in row) + "\n" for row in table)
    part = read_part(",".join(TOP[0]) + "\n" + ",".join(TOP[1]) + "\n" + text)
    assert (len(part.rows), [p.params["kind"] for p in part.problems]) == (rows, [])


@pytest.mark.parametrize("header", ["", "Unnamed: 0"])
@pytest.mark.parametrize("numbers", [[0, 2], [1, 1], [500, 501], [2, 3]])
def test_a_column_of_figures_without_a_header_is_asked_about(read_part, numbers, header):
    table = [[header, *HEADER], *([number, *row] for number, row in zip(numbers, ROWS, strict=False))]
    text = "".join(",".join(str(c) for c in row) + "\n" for row in table)
    part = read_part(",".join(TOP[0]) + "\n" + ",".join(TOP[1]) + "\n" + text)
    assert "unknown_column" in [p.params["kind"] for p in part.problems]
