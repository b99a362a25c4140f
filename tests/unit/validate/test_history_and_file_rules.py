"""Rules that look at earlier months, at the sibling form and at the whole file: D01–D03, D07, F01, A08, B01 of the sender.

One submission a scenario, each of its own unit with its own history, all in one run.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pipelines.model.findings import Finding, RuleRun, Verdict
from pipelines.model.history import History
from pipelines.model.periods import Period
from pipelines.model.units import UnitRoster
from pipelines.validate.engine import validate

P = "project_month"
N1, N2 = "33048100022001", "33048100022002"
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
TWENTY: list[dict[str, Any]] = [{} for _ in range(20)]
LOST_YTD = {"row_no": 24, "field": "ytd", "code": "not_a_number", "raw": "约一千"}
TAIL = "合计由四舍五入前的数相加得出,差额系尾差"


def total(field: str, value: Any, row: int = 6) -> dict[str, Any]:
    return {"row_no": row, "label": "合计", "field": field, "cell": f"X{row}", "value": Decimal(str(value))}


CHAINS = {
    "exact": ({"ytd": 12000, "month": 2000}, {"ytd": 10000}, 0),
    "rounded": ({"ytd": 12001, "month": 2000}, {"ytd": 10000}, 0),
    "off by two": ({"ytd": 12002, "month": 2000}, {"ytd": 10000}, 1),
    "corrected": (
        {"ytd": 12000, "month": 2500, "correction_wan_yuan": -500, "correction_code": "填报更正"},
        {"ytd": 10000},
        0,
    ),
    "no month": ({"ytd": 12000, "month": None}, {"ytd": 10000}, 0),
    "other project": ({"ytd": 12000, "month": 2000}, {"ytd": 500, "stat_project_no": "other", "status": "2"}, 0),
}
TOTALS = {"24000": None, "24001": None, "24001.0001": "query", "24020": "query", "24030": "error"}
DETAIL = {"24000": 0, "24005": 0, "24005.0001": 1, "23994": 1}


def scenarios(s: Any) -> dict[str, Any]:
    four = [
        {"stat_project_no": N1},
        {"stat_project_no": N2, "project_name": "消失的项目"},
        {"stat_project_no": "done", "status": "2"},
        {"stat_project_no": "left", "correction_code": "退库"},
    ]
    fall = [{"ytd": 12500}]
    return {
        **{f"chain {k}": s([now], previous=[before]) for k, (now, before, _) in CHAINS.items()},
        "first period": s([{"ytd": 12000, "month": 12000}], period="2022-02"),
        "first period, month too large": s([{"ytd": 12000, "month": "12000.0001"}], period="2022-02"),
        "gap": s([{}], previous=[{"ytd": 13000}], previous_period="2022-04"),
        "fall": s([{}], previous=fall),
        "fall corrected": s([{"correction_code": "核查核减"}], previous=fall),
        "fall with an addition": s([{"correction_code": "补报"}], previous=fall),
        "no fall": s([{"ytd": 12500, "month": 0}], previous=fall),
        "new year": s([{"ytd": 100}], period="2022-02", previous=[{"ytd": 50000}], previous_period="2021-12"),
        "opening fits": s([{}], final=[{"cum_total": 18000}]),
        "opening differs": s([{}], final=[{"cum_total": 17998}]),
        "opening of another": s([{}], final=[{"cum_total": 1, "stat_project_no": "old"}]),
        "vanished": s([{}], previous=four),
        "present with an error": s([{}, {"industry_code": "0001"}], previous=[{}, {}]),
        "no history": s([{}]),
        **{f"detail {t}": s([{}, {}], sibling=[{"ytd": t}]) for t in DETAIL},
        "slipped total": s([{}, {}], sibling=[{"ytd": "2.4"}]),
        "slipped total with history": s([{}, {}], previous=[{"ytd": 10000}, {"ytd": 10000}], sibling=[{"ytd": "2.4"}]),
        "odd total": s([{}, {}], previous=[{"ytd": 10000}, {"ytd": 10000}], sibling=[{"ytd": 777}]),
        "slipped detail": s([{}, {}], previous=[{"ytd": "1.0"}, {"ytd": "1.0"}], sibling=[{"ytd": "2.4"}]),
        "either": s([{}, {}], previous=[{"ytd": 10000}, {"ytd": 10000}], sibling=[{"ytd": 30000}]),
        "new year, odd total": s(
            [{}, {}], period="2022-02", previous=[{"ytd": 50000}], previous_period="2021-12", sibling=[{"ytd": 777}]
        ),
        "detail of other indicators": s(
            [{}], sibling=[{"indicator": "total_investment", "ytd": 1}, {"scope": "属地", "ytd": 1}]
        ),
        "little held": s([*TWENTY, SMALL], sibling=[{"ytd": 240100}]),
        "much held": s([*TWENTY, {**SMALL, "ytd": 2000, "other": 2000}], sibling=[{"ytd": 242000}]),
        "little unreadable": s([*TWENTY, {"ytd": None}], notes=[LOST_YTD], sibling=[{"ytd": 241000}]),
        "much unreadable": s([*TWENTY, {"ytd": None}], notes=[LOST_YTD], sibling=[{"ytd": 245000}]),
        **{f"total {t}": s([{}, {}], totals=[total("ytd", t), total("plan_total", 200000)]) for t in TOTALS},
        "total explained": s([{}, {"explanation": f"A08:{TAIL}"}], totals=[total("ytd", 24010)]),
        "total not explained": s([{}, {"explanation": TAIL}], totals=[total("ytd", 24010)]),
        "total of unreadable": s(
            [{}, {"ytd": None}],
            totals=[total("ytd", 24000)],
            notes=[{"row_no": 5, "field": "ytd", "code": "not_a_number", "raw": "?"}],
        ),
    }


@pytest.fixture(scope="module")
def verdicts(make: Any, scenario: Any) -> dict[str, Verdict]:
    return make.judge_all(scenarios(scenario))


def run_of(verdict: Verdict, rule: str) -> RuleRun:
    return next(r for r in verdict.rule_runs if r.rule == rule)


def findings(verdict: Verdict, rule: str) -> list[Finding]:
    return [f for f in verdict.findings if f.rule == rule]


@pytest.mark.parametrize("name", CHAINS)
def test_d01_cumulative_figures_form_a_chain(name: str, verdicts: dict[str, Verdict]) -> None:
    found = findings(verdicts[f"chain {name}"], "D01")
    assert len(found) == CHAINS[name][2]
    for f in found:
        assert f.severity == "query"
        assert "10000" in f.message_zh and "相差 2 万元。" in f.message_zh and "2022-05" in f.message_zh


def test_d01_in_the_first_period_of_a_year(verdicts: dict[str, Verdict]) -> None:
    assert run_of(verdicts["first period"], "D01") == RuleRun("D01", "evaluated", 1, 0)
    assert [f.field for f in findings(verdicts["first period, month too large"], "D01")] == ["month"]


def test_d01_is_not_asked_across_a_missing_month_but_d02_is(verdicts: dict[str, Verdict]) -> None:
    assert run_of(verdicts["gap"], "D01").status == "not_applicable"
    assert "2022-04" in run_of(verdicts["gap"], "D01").reason
    assert [f.severity for f in findings(verdicts["gap"], "D02")] == ["error"]


def test_d02_a_fall_is_an_error_unless_a_correction_says_so(verdicts: dict[str, Verdict], make: Any) -> None:
    fall = findings(verdicts["fall"], "D02")
    assert [(f.severity, f.cell) for f in fall] == [("error", f"{make.letters(P)['ytd']}4")]
    corrected = findings(verdicts["fall corrected"], "D02")
    assert [f.severity for f in corrected] == ["query"]
    assert "核查核减" in corrected[0].message_zh
    assert [f.severity for f in findings(verdicts["fall with an addition"], "D02")] == ["error"]
    assert findings(verdicts["no fall"], "D02") == []


def test_d02_starts_anew_every_year(verdicts: dict[str, Verdict]) -> None:
    assert findings(verdicts["new year"], "D02") == []
    assert run_of(verdicts["new year"], "D02").status == "not_applicable"


def test_d03_the_total_continues_from_the_annual_final(verdicts: dict[str, Verdict]) -> None:
    assert run_of(verdicts["opening fits"], "D03") == RuleRun("D03", "evaluated", 1, 0)
    assert [f.severity for f in findings(verdicts["opening differs"], "D03")] == ["query"]
    assert run_of(verdicts["opening of another"], "D03").status == "not_applicable"


def test_d07_a_project_that_vanished_returns_the_file(verdicts: dict[str, Verdict]) -> None:
    found = findings(verdicts["vanished"], "D07")
    assert [f.value for f in found] == [N2]
    assert "消失的项目" in found[0].message_zh and "2022-05" in found[0].message_zh
    assert verdicts["vanished"].word == "rejected"
    assert run_of(verdicts["vanished"], "D07") == RuleRun("D07", "evaluated", 4, 1)


def test_d07_counts_rows_with_errors_as_present(verdicts: dict[str, Verdict]) -> None:
    assert findings(verdicts["present with an error"], "D07") == []
    assert findings(verdicts["present with an error"], "B02") != []


def test_history_rules_without_history_say_why(verdicts: dict[str, Verdict]) -> None:
    for rule in ("D01", "D02", "D03", "D07", "F01"):
        assert run_of(verdicts["no history"], rule).status == "not_applicable"
        assert " / " in run_of(verdicts["no history"], rule).reason


@pytest.mark.parametrize("stated", DETAIL)
def test_f01_detail_equals_the_units_total(stated: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[f"detail {stated}"]
    assert len(findings(verdict, "F01")) == DETAIL[stated]
    assert verdict.word == ("rejected" if DETAIL[stated] else "accepted")
    assert run_of(verdict, "F01").rows == 2


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("slipped total", "query"),
        ("slipped total with history", "query"),
        ("odd total", "query"),
        ("slipped detail", "error"),
        ("either", "error"),
        ("new year, odd total", "error"),
    ],
)
def test_f01_does_not_return_the_detail_where_the_total_slipped(
    name: str, severity: str, verdicts: dict[str, Verdict]
) -> None:
    found = findings(verdicts[name], "F01")
    assert [f.severity for f in found] == [severity]
    assert ("本表不退回" in found[0].message_zh) == (severity == "query")


def test_f01_needs_the_ranked_indicator_in_the_ranked_scope(verdicts: dict[str, Verdict]) -> None:
    assert run_of(verdicts["detail of other indicators"], "F01").status == "not_applicable"


def test_f01_quarantined_rows_may_hold_half_a_percent(verdicts: dict[str, Verdict]) -> None:
    kept, returned = verdicts["little held"], verdicts["much held"]
    assert (kept.word, kept.accepted, kept.quarantined, kept.quarantined_rows) == ("accepted", 20, 1, (24,))
    assert returned.word == "rejected"
    assert "0.83 %" in findings(returned, "F01")[0].message_zh
    assert (returned.accepted, returned.quarantined, returned.not_data) == (0, 21, 2)


def test_f01_an_unreadable_figure_counts_as_what_is_missing(verdicts: dict[str, Verdict]) -> None:
    assert (verdicts["little unreadable"].word, verdicts["little unreadable"].quarantined) == ("accepted", 1)
    assert verdicts["much unreadable"].word == "rejected"


@pytest.mark.parametrize("stated", TOTALS)
def test_a08_total_row(stated: str, verdicts: dict[str, Verdict]) -> None:
    verdict, severity = verdicts[f"total {stated}"], TOTALS[stated]
    found = findings(verdict, "A08")
    assert [f.severity for f in found] == ([severity] if severity else [])
    assert all((f.cell, f.row) == ("X6", 6) and "24000" in f.message_zh for f in found)
    assert verdict.word == {None: "accepted", "query": "accepted_with_queries", "error": "rejected"}[severity]
    assert run_of(verdict, "A08").rows == 2


def test_a08_query_is_answered_by_an_explanation_that_names_it(verdicts: dict[str, Verdict]) -> None:
    assert findings(verdicts["total explained"], "A08")[0].answered
    assert not findings(verdicts["total not explained"], "A08")[0].answered


def test_a08_is_silent_about_a_column_with_unreadable_cells(verdicts: dict[str, Verdict]) -> None:
    assert findings(verdicts["total of unreadable"], "A08") == []


def test_b01_a_unit_that_no_longer_exists(make: Any, programme: Any) -> None:
    closed = tuple(replace(u, valid_to=Period(2022, 5)) if u.code == "330481" else u for u in programme.roster.units)
    changed = replace(programme, roster=UnitRoster(closed))
    verdict = validate("unit_month", [("s", make.part("unit_month", {}), ())], History(), changed)["s"]
    assert [f.rule for f in verdict.findings] == ["B01"]
    assert verdict.word == "rejected"
