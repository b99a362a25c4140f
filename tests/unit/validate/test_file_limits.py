"""Rules over a whole file at their limits, and how a verdict follows: a file that just passes, one that does not, and why a rule could
not be asked. `make mutants` breaks the rules' code and runs this table against each change.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from pipelines.model.findings import RuleRun, Verdict
from pipelines.model.history import History
from pipelines.model.movements import Movement
from pipelines.model.submissions import PIECE_ROWS, TOTALS_SCHEMA, Piece, Problem
from pipelines.validate.engine import validate
from pipelines.validate.explanations import adequate, names_rule

P = "project_month"
GONE = {"stat_project_no": "gone"}
SAID = Movement("退库", "gone", doc_no="海发改〔2022〕3 号")
DONE = {"status": "2", "prod_ym": "2022-03", "month": 0}
LESS: dict[str, Any] = {"old_building": None}
SMALL = {
    "industry_code": "0001",
    "ytd": 100,
    "build": 0,
    "install": 0,
    "equip": 0,
    "other": 100,
    "month": 0,
    "old_equip": None,
    "renew_equip": None,
}
READ = ("plan_total", "cum_total", "ytd", "month", "build", "install")
TOLD = "六月全县停工避汛,只有一个项目有投资"


def many(count: int, **shared: Any) -> list[dict[str, Any]]:
    return [{"stat_project_no": f"N{n}", **shared} for n in range(count)]


def converted(*fields: str) -> list[dict[str, Any]]:
    return [{"row_no": 4, "field": f, "code": "converted", "raw": f"原{n}"} for n, f in enumerate(fields)]


def counted(projects: int) -> list[dict[str, Any]]:
    """A unit_month that has a total and a number of projects."""
    count = {"indicator": "project_count", "measure": "count", "ytd": projects, "ytd_last_year": None}
    return [{"ytd": 24000}, count]


def total(field: str, value: Any) -> dict[str, Any]:
    return {
        "row_no": 9,
        "label": "合计",
        "field": field,
        "cell": "X9",
        "value": None if value is None else Decimal(str(value)),
    }


def lost(field: str, row: int = 4) -> list[dict[str, Any]]:
    return [{"row_no": row, "field": field, "code": "not_a_number", "raw": "约"}]


CASES: dict[str, tuple[str, dict[str, Any], str, int | None, tuple[str, ...]]] = {
    # rule, file, severity found ("" for none), rows looked at (None: not applicable), words of finding or reason
    "A08 no total": ("A08", {"rows": [{}]}, "", None, ("没有合计行",)),
    "A08 a total of nothing that adds": (
        "A08",
        {"rows": [{}], "totals": [total("project_name", 5)]},
        "",
        None,
        ("没有可比的数",),
    ),
    "A08 an empty total": ("A08", {"rows": [{}], "totals": [total("ytd", None)]}, "", None, ("没有可比的数",)),
    "A08 of an unreadable column": (
        "A08",
        {"rows": [{"ytd": None}], "totals": [total("ytd", 5)], "notes": lost("ytd")},
        "",
        None,
        ("没有可比的数",),
    ),
    "A08 half a unit a row": ("A08", {"rows": many(4), "totals": [total("ytd", 48002)]}, "", 1, ()),
    "A08 more": (
        "A08",
        {"rows": many(4), "totals": [total("ytd", "48002.0001")]},
        "query",
        1,
        ("48002.0001", "48000", "4 行", "相差 2.0001"),
    ),
    "A08 a thousandth": (
        "A08",
        {"rows": many(2, ytd=11988), "totals": [total("ytd", 24000)]},
        "query",
        1,
        ("相差 24 万元（",),
    ),
    "A08 more than a thousandth": (
        "A08",
        {"rows": many(2, ytd=11988), "totals": [total("ytd", "24000.1")]},
        "error",
        1,
        (),
    ),
    "A08 nothing filled in": (
        "A08",
        {"rows": [{"floor_done": None}], "totals": [total("floor_done", 5)]},
        "error",
        1,
        ("之和为 0 ",),
    ),
    "A12 nothing replaced": ("A12", {"rows": [{}]}, "", None, ("没有被替换的版本",)),
    "A12 half of them": ("A12", {"rows": many(2), "replaced": many(4)}, "", 4, ()),
    "A12 less than half": ("A12", {"rows": many(1), "replaced": many(3)}, "error", 3, ("3 行", "2 行不在本表", "N1")),
    "A12 other rows": ("A12", {"rows": many(1), "replaced": [{"stat_project_no": "gone"}]}, "error", 1, ("gone",)),
    "A12 confirmed": (
        "A12",
        {"rows": [{"stat_project_no": "N0", "explanation": f"A12:{TOLD}"}], "replaced": many(3)},
        "information",
        3,
        ("已确认",),
    ),
    "A12 said nothing": (
        "A12",
        {"rows": [{"stat_project_no": "N0", "explanation": "A12 情况属实"}], "replaced": many(3)},
        "error",
        3,
        (),
    ),
    "A09 no history": ("A09", {"rows": [{}]}, "", None, ("没有更早的已接受数据",)),
    "A09 nothing unfinished": ("A09", {"rows": [{}], "previous": many(2, status="2")}, "", None, ("没有未投产",)),
    "A09 less": ("A09", {"rows": many(7), "previous": many(10)}, "", 7, ()),
    "A09 even less": (
        "A09",
        {"rows": many(6), "previous": many(10)},
        "query",
        6,
        ("6 行", "10 行", "40.00 %", "2022-05"),
    ),
    "A09 more": ("A09", {"rows": many(13), "previous": many(10)}, "", 13, ()),
    "A09 even more": ("A09", {"rows": many(14), "previous": many(10)}, "query", 14, ("14 行", "40.00 %")),
    "A09 returned with 辖区移交": (
        "A09",
        {"rows": many(1), "previous": [*many(1), {**GONE, "correction_code": "辖区移交"}]},
        "",
        1,
        (),
    ),
    "A11 a fifth": ("A11", {"rows": [LESS], "notes": converted(*READ[:5])}, "", 25, ()),
    "A11 more": ("A11", {"rows": [LESS], "notes": converted(*READ)}, "information", 25, ("25 个", "6 个", "24.00 %")),
    "A11 other notes": (
        "A11",
        {"rows": [LESS], "notes": [{**n, "code": "cell_unit"} for n in converted(*READ)]},
        "",
        25,
        (),
    ),
    "D07 no history": ("D07", {"rows": [{}]}, "", None, ("没有更早的已接受数据",)),
    "D07 all there": ("D07", {"rows": many(2), "previous": many(2)}, "", 2, ()),
    "D07 one gone": (
        "D07",
        {"rows": many(1), "previous": [*many(1), {**GONE, "project_name": "走了"}]},
        "error",
        2,
        ("gone", "走了", "2022-05"),
    ),
    "D07 finished": ("D07", {"rows": many(1), "previous": [*many(1), {**GONE, "status": "2"}]}, "", 2, ()),
    "D07 finished, by name": (
        "D07",
        {"rows": many(1), "previous": [*many(1), {**GONE, "status": "全部投产"}]},
        "",
        2,
        (),
    ),
    "D07 left": ("D07", {"rows": many(1), "previous": [*many(1), {**GONE, "correction_code": "退库"}]}, "", 2, ()),
    "D07 moved": ("D07", {"rows": many(1), "previous": [*many(1), {**GONE, "correction_code": "辖区移交"}]}, "", 2, ()),
    "D07 corrected only": (
        "D07",
        {"rows": many(1), "previous": [*many(1), {**GONE, "correction_code": "填报更正"}]},
        "error",
        2,
        (),
    ),
    "D07 left, by the sheet": ("D07", {"rows": many(1), "previous": [*many(1), GONE], "movements": (SAID,)}, "", 2, ()),
    "D07 renamed, by the sheet": (
        "D07",
        {"rows": many(1), "previous": [*many(1), GONE], "movements": (replace(SAID, kind="更名"),)},
        "error",
        2,
        ("gone",),
    ),
    "D07 stays and is gone, by the sheet": (
        "D07",
        {"rows": many(1), "previous": [*many(1), GONE], "movements": (replace(SAID, stat_project_no="N0"),)},
        "error",
        2,
        ("gone",),
    ),
    "D08 no history": ("D08", {"rows": [{}]}, "", None, ("没有更早的已接受数据",)),
    "D08 of another year": (
        "D08",
        {"rows": [{}], "previous": [{}], "previous_period": "2021-12"},
        "",
        None,
        ("本年首次",),
    ),
    "D08 nothing under construction": ("D08", {"rows": [DONE], "previous": [{}]}, "", None, ("没有在建",)),
    "D08 half": (
        "D08",
        {
            "rows": many(4),
            "previous": [*many(2), {"stat_project_no": "N2", "ytd": 1}, {"stat_project_no": "N3", "ytd": 1}],
        },
        "",
        4,
        (),
    ),
    "D08 more": (
        "D08",
        {"rows": many(4), "previous": [*many(3), {"stat_project_no": "N3", "ytd": 1}]},
        "query",
        4,
        ("4 行", "3 行", "2022-05"),
    ),
    "D08 finished rows aside": (
        "D08",
        {
            "rows": [*many(2), {"stat_project_no": "N2", **DONE}],
            "previous": [*many(1), {"stat_project_no": "N1", "ytd": 1}, {"stat_project_no": "N2"}],
        },
        "",
        2,
        (),
    ),
    "D08 new rows": ("D08", {"rows": many(4), "previous": many(2)}, "", 4, ()),
    "D08 no figure": ("D08", {"rows": many(2, ytd=None), "previous": many(2, ytd=None)}, "", 2, ()),
    "D08 no figure before": ("D08", {"rows": many(2, ytd=0), "previous": many(2, ytd=None)}, "", 2, ()),
    "D10 no final": ("D10", {"rows": [{}], "period": "2022-02"}, "", None, ("没有上年 12 月",)),
    "D10 later in the year": ("D10", {"rows": [{}], "final": [{}]}, "", None, ("首期",)),
    "D10 a fifth": ("D10", {"rows": many(5), "period": "2022-02", "final": many(1)}, "", 5, ()),
    "D10 more": ("D10", {"rows": many(9), "period": "2022-02", "final": many(2)}, "query", 9, ("9 行", "2 行")),
    "D10 little": (
        "D10",
        {"rows": many(2, ytd="0.0001"), "period": "2022-02", "final": many(2, ytd="0.0001")},
        "query",
        2,
        (),
    ),
    "D10 nothing": ("D10", {"rows": many(2, ytd=0), "period": "2022-02", "final": many(2, ytd=0)}, "", 2, ()),
    "D10 reduced": ("D10", {"rows": many(2, ytd=-5), "period": "2022-02", "final": many(2, ytd=-5)}, "", 2, ()),
    "A14 a text": ("A14", {"rows": [{"explanation": "设备到货"}], "notes": converted("explanation")}, "", 1, ()),
    "A14 a failed formula": (
        "A14",
        {
            "rows": [{}],
            "notes": [
                {"row_no": 4, "field": "explanation", "code": "error_value", "raw": "#N/A"},
                {"row_no": 4, "field": "equip", "code": "error_value", "raw": "#N/A"},
            ],
        },
        "information",
        1,
        ("1 条上报说明", "不能作为说明"),
    ),
    "E13 none": ("E13", {"rows": [{}]}, "", 1, ()),
    "E13 amounts are no dates": ("E13", {"rows": [{}], "notes": converted("ytd")}, "", 1, ()),
    "E13 a date": (
        "E13",
        {"rows": [{}], "notes": converted("start_ym")},
        "information",
        1,
        ("1 个日期", "开工时间", "“原0”"),
    ),
    "E13 two dates": (
        "E13",
        {"rows": [{}], "notes": converted("ytd", "start_ym", "prod_ym")},
        "information",
        1,
        ("2 个日期", "“原1”、", "“原2”"),
    ),
    "F01 no unit_month": ("F01", {"rows": [{}]}, "", None, ("没有同期汇总月报",)),
    "F01 no figure": ("F01", {"rows": [{}], "sibling": [{"ytd": None}]}, "", None, ("没有同期汇总月报",)),
    "F01 another indicator": (
        "F01",
        {"rows": [{}], "sibling": [{"indicator": "total_investment"}]},
        "",
        None,
        ("没有同期",),
    ),
    "F01 five": ("F01", {"rows": many(2), "sibling": [{"ytd": 23995}]}, "", 2, ()),
    "F01 more than five": (
        "F01",
        {"rows": many(2), "sibling": [{"ytd": "23994.9999"}]},
        "error",
        2,
        ("24000", "5.0001", "允许 5 万元。"),
    ),
    "F01 a total in 亿": ("F01", {"rows": many(2), "sibling": [{"ytd": "2.4"}]}, "query", 2, ("2.4", "本表不退回")),
    "F01 half a unit a row": ("F01", {"rows": many(12), "sibling": [{"ytd": 144006}]}, "", 12, ()),
    "F01 more than that": (
        "F01",
        {"rows": many(12), "sibling": [{"ytd": "144006.0001"}]},
        "error",
        12,
        ("12 行", "「制造业投资」", "6.0001", "允许 6 万元。"),
    ),
    "F01 unreadable": ("F01", {"rows": [{"ytd": None}], "sibling": [{"ytd": 5}], "notes": lost("ytd")}, "", 1, ()),
    "F01 another cell unreadable": (
        "F01",
        {"rows": [{"month": None}], "sibling": [{"ytd": 5}], "notes": lost("month")},
        "error",
        1,
        (),
    ),
    "F01 blank": ("F01", {"rows": [{"ytd": None}], "sibling": [{"ytd": 6}]}, "", 1, ()),
    "F21 alike": ("F21", {"rows": many(2), "sibling": counted(2)}, "", 2, ()),
    "F21 one more": (
        "F21",
        {"rows": many(2), "sibling": counted(3)},
        "query",
        2,
        ("2 行", "「制造业项目个数」为 3 个", "相差 1"),
    ),
    "F21 no count": ("F21", {"rows": many(2), "sibling": [{}]}, "", None, ("没有同期汇总月报的项目个数",)),
    "B06 most elsewhere": (
        "B06",
        {"rows": many(5, site_code="330483100")[:3] + many(5)[3:]},
        "error",
        5,
        ("5 行中有 3 行", "第", "别县的表"),
    ),
    "B06 half of them": ("B06", {"rows": many(6, site_code="330483100")[:3] + many(6)[3:]}, "", 6, ()),
    "B06 two": ("B06", {"rows": many(2, site_code="330483100")}, "", 2, ()),
    "B06 no site": ("B06", {"rows": many(3, site_code=None)}, "", 3, ()),
    "G no history": ("G", {"rows": [{"plan_total": None}]}, "", None, ("没有可对照",)),
    "G alike": ("G", {"rows": many(3), "previous": many(3)}, "", 3, ()),
    "G two rows": ("G", {"rows": many(2, ytd=130000), "previous": many(2)}, "", 2, ()),
    "G three rows": ("G", {"rows": many(3, ytd=130000), "previous": many(3)}, "query", 3, ("本年完成投资", "10 倍")),
    "G certain": (
        "G",
        {"rows": many(3, plan_total=10, cum_total=3), "previous": many(3)},
        "error",
        3,
        ("计划总投资", "自开始建设累计完成投资", "0.0001 倍"),
    ),
    "G within a fifth": ("G", {"rows": many(3, plan_total=1200000), "previous": many(3)}, "query", 3, ()),
    "G beyond a fifth": ("G", {"rows": many(3, plan_total=1200001, doc_no="文号"), "previous": many(3)}, "", 3, ()),
    "G a fifth below": ("G", {"rows": many(3, cum_total=250000), "previous": many(3)}, "query", 3, ()),
    "G more than a fifth below": ("G", {"rows": many(3, cum_total="249999.9"), "previous": many(3)}, "", 3, ()),
    "G planned totals and others say different": (
        "G",
        {"rows": many(3, plan_total=10, ytd=130000), "previous": many(3)},
        "query",
        3,
        ("计划总投资", "0.0001 倍"),
    ),
    "G beside rows of nothing": (
        "G",
        {"rows": [*many(7, ytd=130000)[:3], *many(7, ytd=0)[3:]], "previous": many(7)},
        "query",
        3,
        ("本年完成投资", "10 倍"),
    ),
    "G beside rows of nothing before": (
        "G",
        {"rows": many(7, ytd=130000), "previous": [*many(3), *many(7, ytd=0)[3:]]},
        "query",
        3,
        ("本年完成投资", "10 倍"),
    ),
    "G of the smallest amounts": (
        "G",
        {"rows": many(3, plan_total="0.0001"), "previous": many(3, plan_total=1)},
        "query",
        3,
        ("计划总投资", "0.0001 倍"),
    ),
    "G from the smallest amounts": (
        "G",
        {"rows": many(3, plan_total=1), "previous": many(3, plan_total="0.0001")},
        "query",
        3,
        ("计划总投资", "10000 倍"),
    ),
    "G another year": (
        "G",
        {"rows": many(3, ytd=120000), "previous": many(3), "previous_period": "2021-12", "period": "2022-02"},
        "",
        3,
        (),
    ),
}
WORDS: dict[str, tuple[dict[str, Any], str, tuple[int, int, int]]] = {
    # file → word, (accepted, quarantined, not data)
    "clean": ({"rows": [{}]}, "accepted", (1, 0, 2)),
    "a query": ({"rows": [{"cum_total": 100001}]}, "accepted_with_queries", (1, 0, 2)),
    "information": ({"rows": [{}], "notes": converted("start_ym")}, "accepted", (1, 0, 2)),
    "a tenth held": ({"rows": [*many(9), {**SMALL, "stat_project_no": "S"}]}, "accepted", (9, 1, 2)),
    "more than a tenth": ({"rows": [*many(8), {**SMALL, "stat_project_no": "S"}]}, "rejected", (0, 9, 2)),
    "held, and a query": (
        {"rows": [*many(8), {"stat_project_no": "Q", "cum_total": 100001}, {**SMALL, "stat_project_no": "S"}]},
        "accepted_with_queries",
        (9, 1, 2),
    ),
    "an error of the file": ({"rows": many(1), "previous": [*many(1), GONE]}, "rejected", (0, 1, 2)),
    "a wrong total": ({"rows": many(2), "totals": [total("ytd", 30000)]}, "rejected", (0, 2, 2)),
    "a total slightly off": ({"rows": many(2), "totals": [total("ytd", 24010)]}, "accepted_with_queries", (2, 0, 2)),
}


@pytest.fixture(scope="module")
def verdicts(make: Any, scenario: Any) -> dict[str, Verdict]:
    files = {name: case[1] for name, case in CASES.items()} | {name: case[0] for name, case in WORDS.items()}
    return make.judge_all({name: scenario(**given) for name, given in files.items()})


def run_of(verdict: Verdict, rule: str) -> RuleRun:
    return next(r for r in verdict.rule_runs if r.rule == rule)


@pytest.mark.parametrize("name", CASES)
def test_what_is_found_in_the_file(name: str, verdicts: dict[str, Verdict]) -> None:
    rule, _, severity, looked_at, words = CASES[name]
    verdict = verdicts[name]
    assert [r.reason for r in verdict.rule_runs if r.status == "broken"] == []
    found = [f for f in verdict.findings if f.rule == rule and (f.row is None or rule == "A08")]
    assert [f.severity for f in found] == ([severity] if severity else [])
    run = run_of(verdict, rule)
    if looked_at is None:
        assert run.status == "not_applicable"
        assert all(word in run.reason for word in words), run.reason
    elif rule == "G":
        assert run.status == "evaluated" and run.rows >= looked_at
    else:
        assert (run.status, run.rows) == ("evaluated", looked_at)
    for finding in found:
        for word in words:
            assert word in finding.message_zh, finding.message_zh


@pytest.mark.parametrize("name", WORDS)
def test_the_verdict_follows(name: str, verdicts: dict[str, Verdict]) -> None:
    _, word, counts = WORDS[name]
    verdict = verdicts[name]
    assert (verdict.word, (verdict.accepted, verdict.quarantined, verdict.not_data)) == (word, counts)
    assert verdict.received == sum(counts)
    assert len(verdict.quarantined_rows) == counts[1]


def test_every_message_is_filled_in(verdicts: dict[str, Verdict]) -> None:
    looked_at = 0
    for verdict in verdicts.values():
        looked_at += 1
        for f in verdict.findings:
            for text in (f.message_zh, f.message_en):
                assert text and not set(text) & set("{}?"), text
    assert looked_at, "nothing was looked at"


def test_a_file_of_one_row_with_one_row_before(make: Any, scenario: Any) -> None:
    """The first row of the history is a row like any other."""
    verdict = make.judge_all({"s": scenario([{}], previous=[{}])})["s"]
    assert [f.severity for f in verdict.findings if f.rule == "D08"] == ["query"]
    before = [{"stat_project_no": "N0", "status": "2"}, *many(4)[1:]]
    verdict = make.judge_all({"s": scenario(many(4), previous=before)})["s"]
    assert [f for f in verdict.findings if f.rule == "A09"] == [], "a finished project still reported is not a row more"


def test_a_slip_stands_at_the_figure_that_shows_it(verdicts: dict[str, Verdict]) -> None:
    looked_at = 0
    for name, field in {"G certain": "plan_total", "G three rows": "ytd"}.items():
        looked_at += 1
        assert [f.field for f in verdicts[name].findings if f.rule == "G" and f.row is None] == [field]
    assert looked_at, "nothing was looked at"


def test_a_refused_file_says_what_was_asked(make: Any, programme: Any) -> None:
    problem = Problem(
        "A05",
        "表",
        "",
        None,
        "",
        "",
        {
            "kind": "contradiction",
            "first": "2022-06",
            "second": "2022-05",
            "first_source": "title",
            "second_source": "rows",
        },
    )
    verdict = validate(P, [("s", make.part(P, {}, {}, problems=(problem,)), ())], History(), programme)["s"]
    assert (verdict.word, verdict.received, verdict.accepted, verdict.quarantined, verdict.not_data) == (
        "rejected",
        4,
        0,
        2,
        2,
    )
    runs = {r.rule: r for r in verdict.rule_runs}
    assert (runs["A05"].status, runs["A05"].rows, runs["A05"].failed) == ("evaluated", 4, 1)
    assert (runs["A03"].status, runs["A03"].rows, runs["A03"].failed) == ("evaluated", 4, 0)
    for rule in ("C03", "D07", "A08", "F01"):
        assert runs[rule].status == "not_applicable" and "结构审核未通过" in runs[rule].reason
    assert "2022-05" in verdict.findings[0].message_zh and "title" in verdict.findings[0].message_en
    assert "title" not in verdict.findings[0].message_zh, (
        "where a period was read is said in Chinese to Chinese readers"
    )


def test_notes_that_lose_nothing_leave_a_total_alone(make: Any, scenario: Any) -> None:
    note = {"row_no": 4, "field": "ytd", "code": "below_unit", "raw": "…"}
    verdict = make.judge_all({"s": scenario([{"ytd": 0}], totals=[total("ytd", 5)], notes=[note])})["s"]
    assert [f.rule for f in verdict.findings if f.rule == "A08"] == ["A08"]


def test_a_total_of_a_wide_table_is_that_of_its_indicator(make: Any, programme: Any) -> None:
    """Indicators as columns: 合计 under one of them adds up its own figures, not investment and numbers of projects together."""
    form = programme.forms["unit_month"]
    ytd = form.column("ytd")
    wide = tuple(replace(ytd, indicator=code) for code in ("manufacturing_investment", "project_count"))
    layout = replace(form, columns=(*(c for c in form.columns if c.field != "ytd"), *wide))
    rows = [{"ytd": 100}, {"ytd": 50, "scope": "territorial"}]
    counts = [{"indicator": "project_count", "measure": "count", "ytd": n, "ytd_last_year": None} for n in (7, 5)]
    counts[1]["scope"] = "territorial"
    part = make.part("unit_month", *rows, *counts)
    at = part.rows.schema.get_field_index("row_no")
    shifted = part.rows.set_column(at, "row_no", pa.array([4, 5, PIECE_ROWS + 4, PIECE_ROWS + 5], pa.int64()))
    other = replace(programme, forms={**programme.forms, "unit_month": layout})
    for second, asked in ((12, []), (162, ["A08"])):
        totals = [{**total("ytd", 150), "row_no": 6}, {**total("ytd", second), "row_no": PIECE_ROWS + 6}]
        pieces = (Piece("表", part.columns), Piece("表", part.columns))
        one = replace(part, rows=shifted, pieces=pieces, totals=pa.Table.from_pylist(totals, TOTALS_SCHEMA))
        verdict = validate("unit_month", [("s", one, ())], History(), other)["s"]
        assert [f.rule for f in verdict.findings if f.rule == "A08"] == asked, [f.message_zh for f in verdict.findings]


def test_a_nil_return_is_asked_nothing(make: Any, programme: Any) -> None:
    verdict = validate(P, [("s", make.part(P, nil=True), ())], History(), programme)["s"]
    looked_at = 0
    for rule, word in {"A11": "没有数据单元格", "E13": "零报送", "D01": "零报送", "C03": "零报送"}.items():
        looked_at += 1
        assert run_of(verdict, rule).status == "not_applicable" and word in run_of(verdict, rule).reason
    assert looked_at, "nothing was looked at"


@pytest.mark.parametrize(("unit", "found"), [("330481", 0), ("999999", 1), (None, 1)])
def test_b01_the_sender(make: Any, programme: Any, unit: str | None, found: int) -> None:
    part = make.part("unit_month", {"reported_unit_code": None}, unit=unit)
    verdict = validate("unit_month", [("s", part, ())], History(), programme)["s"]
    assert [f.field for f in verdict.findings if f.rule == "B01"] == [""] * found
    assert run_of(verdict, "B01").rows == 1


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("甲乙丙丁戊己庚辛壬癸", True),
        ("甲乙丙丁戊己庚辛壬", False),
        ("甲、乙、丙、丁、戊、己", False),
        ("甲乙丙丁甲乙丙丁甲乙", True),
        ("甲乙丙甲乙丙甲乙丙甲", False),
        ("情况属实甲乙丙丁甲乙", True),
        ("情况属实甲乙丙甲乙丙", False),
        ("", False),
        (None, False),
    ],
)
def test_an_explanation_has_ten_characters_and_four_of_its_own(text: str | None, enough: bool) -> None:
    assert adequate(text) is enough


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"D08:{TOLD}", True),
        (f"d08 {TOLD}", True),
        (f"{TOLD},见D08", True),
        (f"AD08:{TOLD}", False),
        (f"D081:{TOLD}", False),
        (TOLD, False),
        ("D08", False),
        (None, False),
    ],
)
def test_an_answer_about_the_file_names_its_rule(text: str | None, named: bool) -> None:
    assert names_rule(text, "D08") is named
