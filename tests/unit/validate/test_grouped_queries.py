"""One slip is one query, a project does not vanish from the library, a reduction of a total can be explained, own columns in words."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.model.findings import Verdict
from pipelines.model.history import History, UnitHistory
from pipelines.validate.engine import validate

U, D = "unit_month", "dispatch_month"
TOLD = "核查核减：二季度统计执法检查核减两个重复项目"


def rows_of(count: int, **shared: Any) -> list[dict[str, Any]]:
    return [{"stat_project_no": f"3304810002200{n}", **shared} for n in range(1, count + 1)]


def of(verdict: Verdict, rule: str) -> list[Any]:
    return [f for f in verdict.findings if f.rule == rule]


def test_many_slipped_plans_are_one_query_that_names_their_cells(make: Any, scenario: Any) -> None:
    """Nine of twenty projects with the same factor: the median does not see it, the rows do, and the county is asked once."""
    slipped = [{**row, "plan_total": 1_000_000} for row in rows_of(9)]
    rows = [*slipped, *({**row, "plan_total": 100_000} for row in rows_of(20)[9:])]
    previous = [{"plan_total": 100_000} for _ in range(20)]
    verdict = make.judge_all({"s": scenario(rows, previous=previous)})["s"]
    found = of(verdict, "G")
    assert [(f.severity, f.row) for f in found] == [("query", 4)], [f.message_zh for f in found]
    assert "10 倍" in found[0].message_zh and "另有 8 行相同" in found[0].message_zh
    assert "8 more rows" in found[0].message_en
    run = next(r for r in verdict.rule_runs if r.rule == "G")
    assert run.failed == 9, "the run still counts every row"


def test_two_rows_are_asked_one_by_one(make: Any, scenario: Any) -> None:
    rows = [{**row, "plan_total": 1_000_000} for row in rows_of(2)]
    rows += [{**row, "plan_total": 100_000} for row in rows_of(20)[2:]]
    verdict = make.judge_all({"s": scenario(rows, previous=[{"plan_total": 100_000} for _ in range(20)])})["s"]
    assert [f.row for f in of(verdict, "G")] == [4, 5]


def test_sites_in_another_county_are_one_query_until_they_are_most_of_the_file(make: Any, scenario: Any) -> None:
    files = {n: scenario([*rows_of(n, site_code="330483100"), *rows_of(10)[n:]]) for n in (2, 4, 6)}
    found = {n: of(v, "B06") for n, v in make.judge_all({str(n): file for n, file in files.items()}).items()}
    assert [(f.severity, f.row) for f in found["2"]] == [("query", 4), ("query", 5)]
    assert [(f.severity, f.row) for f in found["4"]] == [("query", 4)]
    assert "另有 3 行相同" in found["4"][0].message_zh
    errors = [f for f in found["6"] if f.severity == "error"]
    assert len(errors) == 1 and errors[0].row is None and "10 行中有 6 行" in errors[0].message_zh


def library(make: Any, programme: Any, **last: Any) -> Verdict:
    """A dispatch return without the second project of the month before."""
    second = {"project_code": "2101-330481-04-01-000002", "project_name": "第二个项目", **last}
    past = make.past(D, {"submission_id": "before", "unit_code": "330481"}, {"submission_id": "before", **second})
    history = History({"330481": UnitHistory("before", "2022-05")}, past)
    return validate(D, [("s", make.part(D, {}), ())], history, programme)["s"]


def test_a_project_that_is_not_done_cannot_vanish_from_the_library(make: Any, programme: Any) -> None:
    verdict = library(make, programme, capacity_actual=None)
    assert verdict.word == "accepted_with_queries"
    found = of(verdict, "D07")
    assert len(found) == 1 and "第二个项目" in found[0].message_zh and "调度库" in found[0].message_zh
    assert of(library(make, programme), "D07") == [], "a project at full capacity may leave"


@pytest.mark.parametrize(
    ("explanation", "errors"), [(None, 1), ("核查核减", 1), (TOLD, 0), ("补报：以前年度少报的三个项目补报入库", 1)]
)
def test_a_total_may_be_negative_with_a_correction_that_is_explained(
    make: Any, programme: Any, explanation: str | None, errors: int
) -> None:
    part = make.part(U, {"ytd": -5, "growth": None, "explanation": explanation})
    verdict = validate(U, [("s", part, ())], History(), programme)["s"]
    assert len(of(verdict, "C02")) == errors


@pytest.mark.parametrize(
    ("growth", "found"), [(0.2, 0), (0.2004, 0), (0.1994, 0), (0.2007, 1), (0.002, 1), (20.0, 1), (None, 0)]
)
def test_a_growth_rate_agrees_with_the_levels_beside_it(
    make: Any, programme: Any, growth: float | None, found: int
) -> None:
    verdict = validate(U, [("s", make.part(U, {"growth": growth}), ())], History(), programme)["s"]
    told = of(verdict, "F20")
    assert len(told) == found
    for one in told:
        assert "「制造业投资」" in one.message_zh and "20.00 %" in one.message_zh and one.severity == "query"


def test_a_falling_total_is_told_in_a_whole_sentence(make: Any, programme: Any) -> None:
    past = make.past(U, {"submission_id": "before", "unit_code": "330481", "ytd": 13000})
    history = History({"330481": UnitHistory("before", "2022-05")}, past)
    verdict = validate(U, [("s", make.part(U, {}), ())], history, programme)["s"]
    found = of(verdict, "F17")
    assert len(found) == 1
    assert found[0].message_zh.startswith("工作表「表」"), found[0].message_zh
    assert "「制造业投资」单元格 F4「本年完成投资」为 12000 万元" in found[0].message_zh
    assert "manufacturing_investment" not in found[0].message_zh + found[0].message_en
