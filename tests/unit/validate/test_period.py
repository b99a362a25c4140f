"""The rules across units at closing: B08, F01 and F03 across files, F02, F10, F12, F16."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from expectations.catalogue import dispatch_rules, period_rules
from pipelines.validate.period.cross_submission_rules import ACROSS, DISPATCH
from pipelines.validate.period.validate_period import PeriodFinding, validate_period

U = ("330402", "330411", "330421", "330424", "330471", "330472", "330481", "330482", "330483")
LONG = "六月有三个百亿项目集中到货,设备投资两亿元"


@pytest.fixture
def world(make: Any, programme: Any) -> Any:
    """Nine units and a city that agree: every unit 12,000 on a base of 10,000; the city is their sum."""

    def build(
        units: dict[str, dict[str, Any]] | None = None,
        areas: dict[str, dict[str, Any]] | None = None,
        more_units: list[dict[str, Any]] | None = None,
        more_areas: list[dict[str, Any]] | None = None,
        projects: list[dict[str, Any]] | None = None,
        without: tuple[str, ...] = (),
    ) -> Any:
        own = [{"unit_code": u, "submission_id": f"u{u}", **(units or {}).get(u, {})} for u in U if u not in without]
        city = [{"area_code": u, **(areas or {}).get(u, {})} for u in U]
        city.append({"area_code": "330400", "ytd": 108000, "base": 90000, **(areas or {}).get("330400", {})})
        city = [{"unit_code": "330400", "submission_id": "c", **row} for row in [*city, *(more_areas or [])]]
        current = {
            "unit_month": make.facts("unit_month", *own, *(more_units or [])),
            "city_month": make.facts("city_month", *city),
        }
        if projects is not None:
            current["project_month"] = make.facts("project_month", *projects)
        findings, runs = validate_period("2022-06", programme, current)
        return findings, {r.rule: r for r in runs}

    return build


def of(findings: tuple[PeriodFinding, ...], rule: str) -> list[PeriodFinding]:
    return [f for f in findings if f.finding.rule == rule]


def test_every_period_rule_has_its_function() -> None:
    computed = {r.id for r in (*period_rules("2022-06"), *dispatch_rules("2022-06")) if not r.unavailable}
    assert computed | {"F01", "F03"} == {*ACROSS, *DISPATCH}


def test_a_month_that_agrees_raises_nothing(world: Any) -> None:
    findings, runs = world()
    assert findings == ()
    assert {k for k, r in runs.items() if r.status == "evaluated"} == {"D11", "F02", "F05", "F10", "F12", "F13", "F16"}
    assert runs["F10"].rows == 9
    assert all(" / " in r.reason for r in runs.values() if r.status == "not_applicable")


def test_b08_asks_both_units_and_the_bureau(world: Any) -> None:
    shared = "2105-330481-04-01-123456"
    rows = [
        {
            "unit_code": "330481",
            "submission_id": "p1",
            "project_code": shared,
            "explanation": "跨区项目,投资按建设地分别统计并已约定",
        },
        {"unit_code": "330482", "submission_id": "p2", "project_code": shared},
        {"unit_code": "330482", "submission_id": "p2", "project_code": "2105-330482-04-01-000001"},
        {"unit_code": "330482", "submission_id": "p2", "project_code": "2105-330482-04-01-000001"},
        {"unit_code": "330483", "submission_id": "p3", "project_code": None},
    ]
    findings, runs = world(projects=rows)
    found = of(findings, "B08")
    assert [(f.unit_code, f.submission_id) for f in found] == [("330481", "p1"), ("330482", "p2"), ("330400", "c")]
    assert [f.finding.answered for f in found] == [True, False, False]
    assert "海宁市" in found[0].finding.message_zh and "平湖市" in found[0].finding.message_zh
    assert runs["B08"].rows == 4


def test_f01_across_files(world: Any) -> None:
    rows = [
        {"unit_code": "330481", "submission_id": "p", "ytd": 12000},
        {"unit_code": "330482", "submission_id": "q", "ytd": 11900},
    ]
    findings, runs = world(projects=rows)
    assert [(f.unit_code, f.submission_id) for f in of(findings, "F01")] == [("330482", "u330482")]
    assert of(findings, "F01")[0].finding.severity == "query"
    assert runs["F01"].rows == 2


def test_f02_prints_the_residual_to_the_bureau(world: Any) -> None:
    findings, _ = world(areas={"330400": {"ytd": 109000, "base": 90000, "growth_official": None}})
    found = of(findings, "F02")
    assert [(f.unit_code, f.submission_id) for f in found] == [("330400", "c")]
    assert "「制造业投资」（管理）" in found[0].finding.message_zh and "(managed)" in found[0].finding.message_en
    assert "残差 1000" in found[0].finding.message_zh and "108000" in found[0].finding.message_zh


def test_f02_under_territorial_scope_zones_belong_to_their_parents(world: Any) -> None:
    counties = [u for u in U if u not in ("330471", "330472")]
    rows = [{"unit_code": u, "submission_id": f"u{u}", "scope": "属地", "ytd": 15000} for u in counties]
    city = [{"area_code": "330400", "scope": "属地", "ytd": 105000, "base": 90000, "growth_official": None}]
    findings, runs = world(more_units=rows, more_areas=city)
    assert of(findings, "F02") == [] and runs["F02"].rows == 2


def test_what_f02_and_f10_left_open_beside_what_they_asked_is_said(world: Any) -> None:
    """The sum of 固定资产投资 lacks a unit and a unit lacks its base: both rules looked at the rest, and that passed for all."""
    rows = [
        {"unit_code": u, "submission_id": f"u{u}", "indicator": "total_investment", "ytd": 20000}
        for u in U
        if u != "330471"
    ]
    city = {"area_code": "330400", "indicator": "total_investment", "ytd": 999_999, "base": 90000}
    _, runs = world(more_units=rows, more_areas=[city], areas={"330472": {"base": None}})
    assert (runs["F02"].status, runs["F02"].rows) == ("evaluated", 1)
    assert "「固定资产投资」（管理）缺 经开区" in runs["F02"].reason
    assert runs["F10"].rows == 8 and "港区没有可比基数" in runs["F10"].reason
    assert runs["F16"].reason == "" and world()[1]["F02"].reason == ""


def test_units_without_base_are_named_as_far_as_one_reads(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A country has hundreds: their names were all stored in the reason of one rule."""
    monkeypatch.setattr("pipelines.validate.period.closing_rules.NAMED", 2)
    _, runs = world(areas={code: {"base": None} for code in ("330471", "330472", "330411")})
    assert runs["F10"].reason.count("等 3 个单位") == 2 and runs["F10"].reason.startswith(
        "秀洲区、经开区等 3 个单位没有可比基数"
    )


def test_f02_is_not_asked_while_units_are_missing(world: Any) -> None:
    findings, runs = world(without=("330471",))
    assert of(findings, "F02") == []
    assert runs["F02"].status == "not_applicable" and "经开区" in runs["F02"].reason


def test_f03_across_files(world: Any) -> None:
    wider = [
        {"area_code": "330481", "indicator": "total_investment", "ytd": 11999, "base": None, "growth_official": None}
    ]
    findings, _ = world(more_areas=wider)
    assert [f.unit_code for f in of(findings, "F03")] == ["330481", "330400"]
    assert "11999" in of(findings, "F03")[0].finding.message_zh


@pytest.mark.parametrize(
    ("ytd", "asked"), [(20000, True), (16000, False), (16001, True), (8000, False), (7999, True), (None, False)]
)
def test_f10_outliers(world: Any, ytd: Any, asked: bool) -> None:
    """Base 10,000 and a city at +20 %: −20 % … +60 % pass."""
    findings, _ = world(units={"330472": {"ytd": ytd, "explanation": LONG}})
    found = of(findings, "F10")
    assert [f.unit_code for f in found] == (["330472"] if asked else [])
    assert all(f.finding.answered and f.finding.row and f.finding.severity == "query" for f in found)


def test_f10_limits_hold_whatever_the_city(world: Any) -> None:
    findings, _ = world(units={"330472": {"ytd": 20001}}, areas={"330400": {"ytd": 180000, "base": 90000}})
    assert [f.unit_code for f in of(findings, "F10")][-1:] == ["330472"] or "330472" in {
        f.unit_code for f in of(findings, "F10")
    }
    inside, _ = world(units={"330472": {"ytd": 20000}}, areas={"330400": {"ytd": 180000, "base": 90000}})
    assert "330472" not in {f.unit_code for f in of(inside, "F10")}


def test_f12_official_rate_and_total_against_levels(world: Any) -> None:
    findings, _ = world(
        areas={"330481": {"growth_official": 0.2005}, "330482": {"growth_official": 0.2006}, "330483": {"ytd": 12002}}
    )
    found = of(findings, "F12")
    assert {(f.unit_code, f.finding.field) for f in found} == {("330400", "growth_official"), ("330400", "ytd")}
    assert "20.06 %" in found[0].finding.message_zh and "平湖市" in found[0].finding.message_zh
    assert "12002" in found[1].finding.message_zh


def test_f16_own_base_against_the_bureaus(world: Any) -> None:
    findings, runs = world(units={"330481": {"ytd_last_year": 10001}, "330482": {"ytd_last_year": "10001.0001"}})
    assert [f.unit_code for f in of(findings, "F16")] == ["330482"]
    assert runs["F16"].rows == 9


def test_a_programme_without_city_month_says_not_applicable(make: Any, programme: Any) -> None:
    rows = make.facts("unit_month", {"unit_code": "330481", "submission_id": "u"})
    lone = replace(programme, forms={"unit_month": programme.forms["unit_month"]})
    findings, runs = validate_period("2022-06", lone, {"unit_month": rows})
    assert findings == ()
    assert {r.rule for r in runs if r.status != "not_applicable"} == {"F05", "F13"}, (
        "members and targets need no figures"
    )


def test_a_rule_that_raises_is_broken_and_the_others_stand(world: Any, monkeypatch: Any) -> None:
    def raises(rule: Any, closing: Any) -> Any:
        raise KeyError("ytd")

    monkeypatch.setitem(ACROSS, "F10", raises)
    findings, runs = world(areas={"330400": {"ytd": 109000, "base": 90000, "growth_official": None}})
    assert runs["F10"].status == "broken" and "KeyError" in runs["F10"].reason
    assert of(findings, "F02") != []
