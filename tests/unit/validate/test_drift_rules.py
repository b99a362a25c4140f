"""Rules that compare with earlier months: A09, B10, D05–D10, D12, D13, E10, F17, F11 and the slip detector G.

One submission a scenario, each of its own unit with its own history, all in one run a period.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipelines.model.findings import Finding, RuleRun, Verdict
from pipelines.model.history import History, UnitHistory
from pipelines.validate.engine import validate

BUILDING = {"status": "1"}
NAMED = "项目扩建,名称经主管部门批准变更为现名"


def many(count: int, **shared: Any) -> list[dict[str, Any]]:
    return [{"stat_project_no": f"N{n}", **shared} for n in range(count)]


def months(**figures: Any) -> dict[str, list[dict[str, Any]]]:
    """m05=3 → {"2022-05": one row whose month is 3}; newest first as given."""
    return {f"2022-{name[1:]}": [{"month": value}] for name, value in figures.items()}


CASES: dict[str, tuple[str, dict[str, Any], str | None]] = {
    # rule, scenario, severity of the finding (None: passes)
    "B10 renamed": ("B10", {"rows": [{"project_name": "新名"}], "previous": [{"project_name": "旧名"}]}, "query"),
    "B10 same but for spaces": (
        "B10",
        {"rows": [{"project_name": "年产 5GW"}], "previous": [{"project_name": "年产５GW"}]},
        None,
    ),
    "B10 corrected": (
        "B10",
        {"rows": [{"project_name": "新名", "correction_code": "填报更正"}], "previous": [{"project_name": "旧名"}]},
        None,
    ),
    "D05 same": ("D05", {"rows": [{}], "previous": [{}]}, None),
    "D05 rounding": ("D05", {"rows": [{"plan_total": 100001}], "previous": [{}]}, None),
    "D05 changed": ("D05", {"rows": [{"plan_total": 100002}], "previous": [{}]}, "query"),
    "D05 30 % more": ("D05", {"rows": [{"plan_total": 130000}], "previous": [{}]}, "query"),
    "D05 above 30 % more": ("D05", {"rows": [{"plan_total": "130000.0001"}], "previous": [{}]}, "error"),
    "D05 30 % less": ("D05", {"rows": [{"plan_total": 70000}], "previous": [{}]}, "query"),
    "D05 more than 30 % less": ("D05", {"rows": [{"plan_total": "69999.9999"}], "previous": [{}]}, "error"),
    "D05 documented": (
        "D05",
        {"rows": [{"plan_total": 200000, "doc_no": "海发改〔2022〕3 号"}], "previous": [{}]},
        None,
    ),
    "D05 last year's plan": (
        "D05",
        {"rows": [{"plan_total": 50000}], "previous": [{}], "previous_period": "2021-12"},
        "error",
    ),
    "D06 idle": ("D06", {"rows": [{"month": 0}], "recent": months(m05=0, m04=0)}, "query"),
    "D06 two months": ("D06", {"rows": [{"month": 0}], "recent": months(m05=0, m04=1)}, None),
    "D06 works again": ("D06", {"rows": [{"month": "0.0001"}], "recent": months(m05=0, m04=0)}, None),
    "D06 finished": (
        "D06",
        {"rows": [{"month": 0, "status": "2", "prod_ym": "2022-03"}], "recent": months(m05=0, m04=0)},
        None,
    ),
    "D06 a month is missing": ("D06", {"rows": [{"month": 0}], "recent": months(m05=0, m03=0)}, None),
    "D09 jump": ("D09", {"rows": [{"month": 6001}], "recent": months(m05=2000, m04=10)}, "query"),
    "D09 three times": ("D09", {"rows": [{"month": 6000}], "recent": months(m05=10, m04=2000)}, None),
    "D09 small": ("D09", {"rows": [{"month": "4999.9999"}], "recent": months(m05=1)}, None),
    "D09 at the threshold": ("D09", {"rows": [{"month": 5000}], "recent": months(m05=1)}, "query"),
    "D09 first period counts twice": ("D09", {"rows": [{"month": 6001}], "recent": months(m03=10, m02=4000)}, "query"),
    "D09 in the first period": (
        "D09",
        {"rows": [{"month": 12000}], "period": "2022-02", "recent": {"2021-12": [{"month": 2000}]}},
        None,
    ),
    "D09 late start": (
        "D09",
        {"rows": [{"month": 9000, "start_ym": "2022-10"}], "period": "2022-11", "recent": {"2022-10": [{"month": 1}]}},
        None,
    ),
    "D12 stuffed": ("D12", {"rows": [{"month": "4200.0001"}], "period": "2022-12"}, "query"),
    "D12 35 %": ("D12", {"rows": [{"month": 4200}], "period": "2022-12"}, None),
    "D12 November": ("D12", {"rows": [{"month": 9000}], "period": "2022-11"}, None),
    "D12 late start": ("D12", {"rows": [{"month": 9000, "start_ym": "2022-10"}], "period": "2022-12"}, None),
    "D12 September start": ("D12", {"rows": [{"month": 9000, "start_ym": "2022-09"}], "period": "2022-12"}, "query"),
    "D13 same": ("D13", {"rows": [{}], "previous": [{}]}, None),
    "D13 start": ("D13", {"rows": [{"start_ym": "2021-04"}], "previous": [{}]}, "error"),
    "D13 code": ("D13", {"rows": [{"project_code": "2102-330481-04-01-123456"}], "previous": [{}]}, "error"),
    "D13 uscc": ("D13", {"rows": [{"uscc": "91110108551385082Q"}], "previous": [{}]}, "error"),
    "D13 corrected": (
        "D13",
        {"rows": [{"start_ym": "2021-04", "correction_code": "填报更正"}], "previous": [{}]},
        None,
    ),
    "D13 newly given": ("D13", {"rows": [{}], "previous": [{"project_code": None}]}, None),
    "E10 back": ("E10", {"rows": [{"status": "1"}], "previous": [{"status": "2"}]}, "error"),
    "E10 on": ("E10", {"rows": [{"status": "2", "prod_ym": "2022-06"}], "previous": [{"status": "1"}]}, None),
    "E10 back to preparation": ("E10", {"rows": [{"status": "4"}], "previous": [{"status": "在建"}]}, "error"),
    "E10 stopped": ("E10", {"rows": [{"status": "3"}], "previous": [{"status": "1"}]}, None),
    "E10 corrected": (
        "E10",
        {"rows": [{"status": "1", "correction_code": "填报更正"}], "previous": [{"status": "2"}]},
        None,
    ),
    "D08 stale": (
        "D08",
        {"rows": [*many(3, month=0)], "previous": [*many(2), *many(1, stat_project_no="N2", ytd=1)]},
        "query",
    ),
    "D08 half": (
        "D08",
        {"rows": [*many(2, month=0)], "previous": [*many(1), {"stat_project_no": "N1", "ytd": 1}]},
        None,
    ),
    "D08 explained": (
        "D08",
        {"rows": [{"month": 0, "explanation": "D08:六月全县停工避汛,只有一个项目有投资"}], "previous": [{}]},
        "query",
    ),
    "D10 carried": (
        "D10",
        {"rows": [*many(2), *many(1, stat_project_no="N9")], "period": "2022-02", "final": [*many(1)]},
        "query",
    ),
    "D10 a fifth": ("D10", {"rows": many(5), "period": "2022-02", "final": many(1)}, None),
    "D10 zero": ("D10", {"rows": many(2, ytd=0), "period": "2022-02", "final": many(2, ytd=0)}, None),
    "A09 lost": ("A09", {"rows": many(6), "previous": many(9)}, "query"),
    "A09 30 %": ("A09", {"rows": many(7), "previous": many(10)}, None),
    "A09 doubled": ("A09", {"rows": many(14), "previous": many(10)}, "query"),
    "A09 finished ones aside": (
        "A09",
        {
            "rows": many(5),
            "previous": [
                *many(5),
                *many(1, stat_project_no="x", status="2"),
                *many(1, stat_project_no="y", correction_code="退库"),
                *many(1, stat_project_no="z", status="全部投产"),
            ],
        },
        None,
    ),
    "A09 finished ones still there": (
        "A09",
        {
            "rows": many(8),
            "previous": [*many(6), {"stat_project_no": "N6", "status": "2"}, {"stat_project_no": "N7", "status": "2"}],
        },
        None,
    ),
    "G no slip": ("G", {"rows": many(3), "previous": many(3)}, None),
    "G plan and total": ("G", {"rows": many(3, plan_total=10, cum_total=3), "previous": many(3)}, "error"),
    "G plan and ytd": ("G", {"rows": many(3, plan_total=1000000, ytd=154000), "previous": many(3)}, "error"),
    "G plan alone": ("G", {"rows": many(3, plan_total=10), "previous": many(3)}, "query"),
    "G ytd alone": ("G", {"rows": many(3, ytd=130000), "previous": many(3)}, "query"),
    "G no such unit": ("G", {"rows": many(3, plan_total=300000, cum_total=90000), "previous": many(3)}, None),
    "G one row, plan alone": ("G", {"rows": [{"plan_total": 1000000}, *many(3)], "previous": [{}, *many(3)]}, "query"),
    "G one row, two figures": (
        "G",
        {"rows": [{"plan_total": 10, "cum_total": 3}, *many(3)], "previous": [{}, *many(3)]},
        "error",
    ),
    "G one row, a fifth more": (
        "G",
        {"rows": [{"plan_total": 1000000, "cum_total": 360000}, *many(3)], "previous": [{}, *many(3)]},
        "error",
    ),
    "G one row, more than a fifth": (
        "G",
        {"rows": [{"plan_total": 1000000, "cum_total": "360000.0001"}, *many(3)], "previous": [{}, *many(3)]},
        "query",
    ),
    "G one row, a fifth less": (
        "G",
        {"rows": [{"plan_total": 1000000, "cum_total": 250000}, *many(3)], "previous": [{}, *many(3)]},
        "error",
    ),
    "G one row, less than a fifth": (
        "G",
        {"rows": [{"plan_total": 1000000, "cum_total": "249999.9999"}, *many(3)], "previous": [{}, *many(3)]},
        "query",
    ),
    "G huge before and now": ("G", {"rows": [{"plan_total": 30000001}], "previous": [{"plan_total": 30000001}]}, None),
    "G huge": ("G", {"rows": [{"plan_total": 30000001}]}, "query"),
    "G seasonal": (
        "G",
        {"rows": many(3, ytd=120000), "previous": many(3, ytd=10000), "previous_period": "2022-04"},
        None,
    ),
}


@pytest.fixture(scope="module")
def verdicts(make: Any, scenario: Any) -> dict[str, Verdict]:
    return make.judge_all({name: scenario(**given) for name, (_, given, _) in CASES.items()})


def of(verdict: Verdict, rule: str) -> list[Finding]:
    return [f for f in verdict.findings if f.rule == rule]


def run_of(verdict: Verdict, rule: str) -> RuleRun:
    return next(r for r in verdict.rule_runs if r.rule == rule)


@pytest.mark.parametrize("name", CASES)
def test_cases(name: str, verdicts: dict[str, Verdict]) -> None:
    rule, _, severity = CASES[name]
    found = of(verdicts[name], rule)
    assert {f.severity for f in found} == ({severity} if severity else set()), [f.message_zh for f in found]
    assert run_of(verdicts[name], rule).failed == (
        1 if severity and found[0].row is None else len({f.row for f in found})
    )


def test_messages_are_filled_in(verdicts: dict[str, Verdict]) -> None:
    looked_at = 0
    for verdict in verdicts.values():
        looked_at += 1
        for f in verdict.findings:
            assert "{" not in f.message_zh and "?" not in f.message_zh, f.message_zh
            assert "{" not in f.message_en and "?" not in f.message_en, f.message_en
    assert looked_at, "nothing was looked at"


def test_messages_say_what_was_before(verdicts: dict[str, Verdict]) -> None:
    assert "旧名" in of(verdicts["B10 renamed"], "B10")[0].message_zh
    assert "100000 万元" in of(verdicts["D05 changed"], "D05")[0].message_zh
    assert "2021-03" in of(verdicts["D13 start"], "D13")[0].message_zh
    assert "2000" in of(verdicts["D09 jump"], "D09")[0].message_zh
    unit_scale_error = of(verdicts["G plan and total"], "G")[0]
    assert (
        "0.0001" in unit_scale_error.message_zh
        and "计划总投资" in unit_scale_error.message_zh
        and "不作更正" in unit_scale_error.message_zh
    )
    row = of(verdicts["G one row, two figures"], "G")[0]
    assert "0.0001 倍" in row.message_zh and "100000" in row.message_zh and row.row == 4


def test_a_confirmed_slip_returns_the_file_and_a_suspected_one_does_not(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["G plan and total"].word == "rejected"
    assert not [f for f in verdicts["G ytd alone"].findings if f.rule == "G" and f.severity == "error"]


def test_a_query_about_the_file_is_answered_by_naming_the_rule(verdicts: dict[str, Verdict]) -> None:
    assert of(verdicts["D08 explained"], "D08")[0].answered
    assert not of(verdicts["D08 stale"], "D08")[0].answered


def test_unknown_history_says_so(verdicts: dict[str, Verdict]) -> None:
    for rule in ("A09", "B10", "D05", "D13", "E10", "D08"):
        run = run_of(verdicts["D12 stuffed"], rule)
        assert run.status == "not_applicable" and " / " in run.reason


def judged(
    make: Any, programme: Any, form: str, now: list[dict[str, Any]], before: list[dict[str, Any]], **more: Any
) -> Verdict:
    unit = "330400" if form == "city_month" else "330481"
    rows = [{"submission_id": "before", "unit_code": unit, **row} for row in before]
    units = {unit: UnitHistory(**more)}
    history = History(units, make.past(form, *rows))
    return validate(form, [("s", make.part(form, *now, unit=unit), ())], history, programme)["s"]


FIGURES = [
    {"indicator": "manufacturing_investment", "ytd": 12000, "ytd_last_year": 10000},
    {"indicator": "industrial_investment", "ytd": 13000, "ytd_last_year": 11000},
    {"indicator": "total_investment", "ytd": 24000, "ytd_last_year": 21000},
]


@pytest.mark.parametrize(
    ("change", "found", "answered"),
    [
        ({}, 1, False),
        ({"explanation": "D08：全县五月停工避汛，各项目没有完成投资"}, 1, True),
        ({"ytd": 12001}, 0, False),
        ({"ytd_last_year": 10001}, 0, False),
        ({"ytd": None, "ytd_last_year": None}, 0, False),
    ],
    ids=["copied", "explained", "grown", "last year grown", "too few figures"],
)
def test_d08_a_unit_sends_the_month_before_again(
    make: Any, programme: Any, change: dict[str, Any], found: int, answered: bool
) -> None:
    rows = [{**FIGURES[0], **change}, *FIGURES[1:]]
    verdict = judged(make, programme, "unit_month", rows, FIGURES, previous="before", previous_period="2022-05")
    assert [(f.severity, f.answered) for f in of(verdict, "D08")] == [("query", answered)] * found
    assert all("6 个非零" in f.message_zh and "2022-05" in f.message_zh for f in of(verdict, "D08"))


@pytest.mark.parametrize(
    ("ytd", "measure", "found"), [(12000, "wan_yuan", 0), ("11999.9999", "wan_yuan", 1), (1, "count", 0)]
)
def test_f17_a_units_figure_falls(make: Any, programme: Any, ytd: Any, measure: str, found: int) -> None:
    now = {"ytd": ytd, "measure": measure, **({"indicator": "project_count"} if measure == "count" else {})}
    before = {"measure": measure, **({"indicator": "project_count"} if measure == "count" else {})}
    verdict = judged(make, programme, "unit_month", [now], [before], previous="before", previous_period="2022-05")
    assert [f.severity for f in of(verdict, "F17")] == ["query"] * found
    assert all("12000" in f.message_zh and "2022-05" in f.message_zh for f in of(verdict, "F17"))


@pytest.mark.parametrize(("ytd", "found"), [(12000, 0), (120000, 1), (4, 0), ("1.29", 1)])
def test_g_of_unit_month_alone_is_a_query(make: Any, programme: Any, ytd: Any, found: int) -> None:
    verdict = judged(
        make, programme, "unit_month", [{"ytd": ytd}], [{"ytd": 10000}], previous="before", previous_period="2022-05"
    )
    assert [f.severity for f in of(verdict, "G")] == ["query"] * found


def test_g_in_the_first_period_compares_with_last_year(make: Any, programme: Any) -> None:
    row = {"unit_code": "330481", "submission_id": "ago", "ytd": 1000}
    history = History({"330481": UnitHistory(year_ago="ago")}, make.past("unit_month", row))
    parts = [("s", make.part("unit_month", {"ytd": 10000000}, period="2022-02"), ())]
    assert [f.severity for f in of(validate("unit_month", parts, history, programme)["s"], "G")] == ["query"]


def test_g_after_missed_months_of_a_new_year_does_not_look_at_last_year(make: Any, programme: Any) -> None:
    """Only the first period is compared with the year before: later ones have grown since."""
    row = {"unit_code": "330481", "submission_id": "ago", "ytd": 1000}
    units = {"330481": UnitHistory("old", "2021-12", year_ago="ago")}
    parts = [("s", make.part("unit_month", {"ytd": 10000}, period="2022-04"), ())]
    history = History(units, make.past("unit_month", row))
    assert of(validate("unit_month", parts, history, programme)["s"], "G") == []


@pytest.mark.parametrize(
    ("plan", "lists", "found"),
    [
        (300, "市级亿元以上", 1),
        ("300.0001", "市级亿元以上", 0),
        (1, "548", 1),
        ("0.9999", "548", 0),
        (200, "724", 0),
        (200, None, 0),
    ],
)
def test_g_of_a_project_on_a_list_of_hundreds_of_millions(
    make: Any, programme: Any, plan: Any, lists: str | None, found: int
) -> None:
    verdict = judged(make, programme, "dispatch_month", [{"plan_total": plan, "lists": lists}], [])
    assert [f.severity for f in of(verdict, "G")] == ["query"] * found


def test_g_of_the_dispatch_form(make: Any, programme: Any) -> None:
    rows = [{"project_code": f"2101-330481-04-01-12345{n}"} for n in range(3)]
    off_scale = [{**row, "plan_total": 10, "actual_ytd": "2.06"} for row in rows]
    verdict = judged(make, programme, "dispatch_month", off_scale, rows, previous="before", previous_period="2022-05")
    assert {f.severity for f in of(verdict, "G")} == {"error"}
    one_unit = replace(
        programme.forms["dispatch_month"], amount_units={"万元": programme.forms["dispatch_month"].amount_units["万元"]}
    )
    only = replace(programme, forms={**programme.forms, "dispatch_month": one_unit})
    verdict = judged(make, only, "dispatch_month", off_scale, rows, previous="before", previous_period="2022-05")
    assert of(verdict, "G") == [], "factors only between units the form allows"


def test_e10_a_stage_is_not_undone(make: Any, programme: Any) -> None:
    verdict = judged(
        make,
        programme,
        "dispatch_month",
        [{"capacity_actual": None}],
        [{}],
        previous="before",
        previous_period="2022-05",
    )
    found = of(verdict, "E10")
    assert [(f.field, f.severity) for f in found] == [("capacity_actual", "query")]
    assert "2022-05" in found[0].message_zh


@pytest.mark.parametrize(
    ("base", "filled", "severity"),
    [
        (10000, {}, None),
        (10001, {}, None),
        (10002, {}, "query"),
        (10002, {"restatement_reason": "剔除重复统计", "approver": "市统计局"}, "error"),
    ],
)
def test_f11_a_base_that_is_not_last_years_figure(
    make: Any, programme: Any, base: int, filled: dict[str, Any], severity: str | None
) -> None:
    verdict = judged(make, programme, "city_month", [{"base": base, **filled}], [{"ytd": 10000}], year_ago="before")
    assert [f.severity for f in of(verdict, "F11")] == ([severity] if severity else [])


def test_f11_the_whole_city_is_the_sum_of_its_units(make: Any, programme: Any) -> None:
    rows = [{"area_code": "330400", "base": 90000}]
    verdict = judged(make, programme, "city_month", rows, [{"area_code": "330400", "ytd": 80000}], year_ago="before")
    assert of(verdict, "F11") == []
