"""Accepted rows → inputs: levels, bases, the four dispatch indicators, states; figures recomputed by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.indicators import compute
from pipelines.model.calendar import CalendarRow, ReportingCalendar, Workdays, utc
from pipelines.model.forms import FormLayout
from pipelines.model.formulas import contribution, monthly_increment, pull, rate_text, shrunk_growth
from pipelines.model.periods import Period
from pipelines.model.programme import CodeLists, Method, Programme, Target
from pipelines.model.ranking import UnitState
from pipelines.model.tables import arrow_schema, fact_table
from pipelines.model.units import Unit, UnitRoster

D = Decimal
JUNE = Period(2022, 6)
CITY = "330400"
METHOD = Method(
    name="SAIMA-1",
    indicator="manufacturing_investment",
    base_source="bureau",
    signatures=(),
    public_ranking=True,
    show_levels=True,
    unit_scope="管理",
)
ACCEPTED = {"330402": UnitState("accepted"), "330411": UnitState("accepted")}


def form(name: str) -> FormLayout:
    role = {"unit_month": "level", "dispatch_month": "dispatch"}.get(name)
    return FormLayout(name, name, name, "stat", "indicator", "wan_yuan", {}, (), role=role)


def programme(method: Method = METHOD, forms=("unit_month", "dispatch_month"), units=None, **more) -> Programme:
    from datetime import datetime

    months = [Period(2022, m) for m in range(2, 8)]
    calendar = ReportingCalendar(
        tuple(
            CalendarRow(
                "unit_month",
                p,
                utc(datetime(2022, p.month, 1), "Asia/Shanghai"),
                utc(datetime(2022, p.month, 9), "Asia/Shanghai"),
            )
            for p in months
        ),
        Workdays({}),
    )
    units = units or (
        Unit("330402", "南湖区", "county"),
        Unit("330411", "秀洲区", "county"),
        Unit("330499", "旧区", "county", valid_to=Period(2021, 12)),
        Unit(CITY, "市统计局", "bureau"),
    )
    values = {
        "name": "x",
        "zh": "x",
        "en": "x",
        "path": Path("x"),
        "version": "v",
        "time_zone": "Asia/Shanghai",
        "city_code": CITY,
        "city_zh": "嘉兴市",
        "city_en": "Jiaxing",
        "simulated": True,
        "roster": UnitRoster(units),
        "members": (),
        "calendar": calendar,
        "seasonal": {6: D("0.58")},
        "lists": (),
        "sources": (),
        "method": method,
        "targets": (Target("annual_investment", "330402", "=", D(860000), "2022", None),),
        "forms": {name: form(name) for name in forms},
        "codes": CodeLists({}, {}),
    }
    return Programme(**{**values, **more})


def table(name: str, rows: list[dict]) -> pa.Table:
    columns = fact_table(name).columns
    return pa.Table.from_pylist([{**dict.fromkeys(columns), **row} for row in rows], schema=arrow_schema(columns))


def level(unit: str, ytd, scope="管理", indicator="manufacturing_investment", **more) -> dict:
    return {"unit_code": unit, "indicator": indicator, "scope": scope, "ytd": None if ytd is None else D(ytd), **more}


def area(code: str, base, growth=None, indicator="manufacturing_investment", **more) -> dict:
    more = {key: D(x) if key == "ytd" else x for key, x in more.items()}
    return {
        "unit_code": CITY,
        "area_code": code,
        "indicator": indicator,
        "base": None if base is None else D(base),
        "growth_official": growth,
        **more,
    }


UNIT_ROWS = [
    level("330402", "512400"),
    level("330402", "999999", scope="属地"),
    level("330402", "700000", indicator="industrial_investment"),
    level("330411", "527800.5"),
]
CITY_ROWS = [
    area("330402", 420000, 0.22),
    area("330411", 455000, 0.16),
    area(CITY, 4351330, 0.241, ytd=5400000, rank_level_province=1, rank_growth_province=3),
    area(CITY, None, 0.112, indicator="total_investment"),
]


def project(unit: str = "330402", plan_total=10_000, **more) -> dict:
    return {"unit_code": unit, "plan_total": D(plan_total), **more}


def run(units=UNIT_ROWS, city=CITY_ROWS, dispatch=(), states=ACCEPTED, p=None, period=JUNE, previous=None):
    inputs, figures = compute(
        period,
        p or programme(),
        None if units is None else table("unit_month", units),
        None if city is None else table("city_month", city),
        None if dispatch is None else table("dispatch_month", list(dispatch)),
        states,
        None if previous is None else table("unit_month", previous),
    )
    return {u.unit_code: u for u in inputs}, figures


def test_level_base_growth_and_target_of_the_ranked_indicator_and_scope():
    units, city = run()
    assert list(units) == ["330402", "330411"]  # units valid in the period, without the bureau
    nanhu = units["330402"]
    assert (nanhu.ytd, nanhu.base, nanhu.annual_target) == (D(512400), D(420000), D(860000))
    assert nanhu.growth_official == D("0.22") and units["330411"].ytd == D("527800.5")
    assert (city.ytd, city.base, city.growth_official, city.total_growth) == (
        D(5400000),
        D(4351330),
        D("0.241"),
        D("0.112"),
    )
    assert (city.rank_level_province, city.rank_growth_province) == (1, 3)


def test_without_a_city_row_the_bases_of_all_units_add_up():
    assert run(city=CITY_ROWS[:2])[1].base == D(875000)
    assert run(city=CITY_ROWS[:1])[1].base is None


@pytest.mark.parametrize(
    ("state", "word", "remarks"),
    [
        (None, "missing", ()),
        (UnitState("missing"), "missing", ()),
        (UnitState("rejected"), "rejected", ()),
        (UnitState("accepted", workdays_late=2, late=True, unanswered_share=D("0.1")), "scored", ()),
        (UnitState("accepted", quarantined=True), "scored", ("部分采用",)),
    ],
)
def test_states(state, word, remarks):
    states = {"330411": UnitState("accepted"), **({"330402": state} if state else {})}
    unit = run(states=states)[0]["330402"]
    assert (unit.state, unit.remarks) == (word, remarks)
    assert (unit.ytd is not None) == (word == "scored") and unit.base == D(420000)
    if state and state.late:
        assert (unit.workdays_late, unit.late, unit.unanswered_share) == (2, True, D("0.1"))


def test_an_accepted_return_without_the_ranked_figure_is_not_ranked_and_says_why():
    only_other_scope = [level("330402", 5, scope="属地"), *UNIT_ROWS[3:]]
    assert run(units=only_other_scope)[0]["330402"].remarks == ("无排名指标",)
    twice = [*UNIT_ROWS, level("330402", "512401")]
    unit = run(units=twice)[0]["330402"]
    assert (unit.state, unit.ytd, unit.remarks) == ("unranked", None, ("指标行矛盾",))
    assert run(units=[*UNIT_ROWS, UNIT_ROWS[0]])[0]["330402"].state == "scored"


def test_nothing_arrived_at_all():
    units, city = run(units=None, city=None, dispatch=None, states={})
    assert {u.state for u in units.values()} == {"missing"} and len(units) == 2
    assert city.base is None and city.growth_official is None


def test_major_projects_need_three_of_ten_yi_and_are_weighted_by_investment():
    three = [
        project(plan_total=100_000, planned_ytd=D(50), actual_ytd=D(60), uscc="A"),
        project(plan_total=250_000, planned_ytd=D(150), actual_ytd=D(90), uscc="B"),
        project(plan_total=2_200_000, planned_ytd=None, actual_ytd=None, uscc=None, owner_name="C"),
        project(plan_total="99999.9999", planned_ytd=D(1000), actual_ytd=D(0), uscc="D"),
    ]
    assert run(dispatch=three)[0]["330402"].major_projects.value == D("0.75")
    assert run(dispatch=three[1:])[0]["330402"].major_projects is None
    assert run(dispatch=three)[0]["330411"].major_projects is None
    same_owner = [{**row, "uscc": "A"} for row in three]
    assert run(dispatch=same_owner)[0]["330402"].major_projects is None, "the sums would say what one enterprise did"


def test_new_starts_count_starts_planned_from_january_to_the_period():
    rows = [
        project(start_plan="2022-01", start_actual="2022-03"),  # late but started by June
        project(start_plan="2022-06", start_actual="2022-07"),  # not yet
        project(start_plan="2022-05"),
        project(start_plan="2022-06", start_actual="2022-06"),
        project(start_plan="2022-07", start_actual="2022-05"),  # planned later
        project(start_plan="2021-12", start_actual="2022-01"),  # planned last year
        project(start_plan="2022-04", plan_total="9999.99"),  # under 1 亿元
        project(start_plan="2022-04", na_flag="开工"),
    ]
    ratio = run(dispatch=rows)[0]["330402"].new_starts
    assert (ratio.numerator, ratio.denominator) == (2, 4)
    assert run(dispatch=rows[4:])[0]["330402"].new_starts.value is None


def test_stage_punctuality_over_all_due_stages_and_service():
    rows = [
        project(
            admission_plan="2021-11",
            admission_actual="2021-12",
            land_plan="2022-02",
            approval_plan="2022-06",
            approval_actual="2022-06",
            completion_plan="2023-01",
            na_flag="供地、审批",
            issues_due=4,
            issues_closed=3,
        ),
        project(land_plan="2022-05", capacity_plan="2022-06", capacity_actual="2022-07", issues_due=None),
        project(start_plan="2022-06", start_actual="2022-04", plan_total=500, issues_due=4, issues_closed=4),
    ]
    unit = run(dispatch=rows)[0]["330402"]
    # due: 准入 (done), 供地 of the second (not), 达产 of the second (July: not yet), 开工 of the third (done)
    assert (unit.stage_punctuality.numerator, unit.stage_punctuality.denominator) == (2, 4)
    assert unit.service.value == D("0.875")


@pytest.mark.parametrize("flag", ["land", "供地;审批", "供地\uff1b审批", "供地, 竣工", " 供地 "])
def test_stages_that_do_not_apply_are_not_due(flag):
    assert run(dispatch=[project(land_plan="2022-01", na_flag=flag)])[0]["330402"].stage_punctuality.denominator == 0


def test_a_dispatch_return_that_was_owed_and_not_sent_counts_as_zero():
    states = {**ACCEPTED, "330402": UnitState("accepted", missing_forms=("dispatch_month",))}
    unit = run(states=states)[0]["330402"]
    assert unit.remarks == ("调度未报",)
    assert [unit.counted(k).value for k in ("major_projects", "new_starts", "stage_punctuality", "service")] == [0] * 4
    no_form = run(states=states, p=programme(forms=("unit_month",)), dispatch=None)[0]["330402"]
    assert no_form.service is None and no_form.remarks == ()


def test_monthly_increment_against_the_reporting_month_before():
    before = [level("330402", 400000)]
    units, _ = run(previous=before)
    assert units["330402"].month == D(112400) and units["330411"].month is None
    first, _ = run(period=Period(2022, 2))
    assert first["330402"].month == D(512400)  # the first reporting month of a year is its own increment
    whole = programme().calendar
    begun = replace(whole, rows=tuple(row for row in whole.rows if row.period.month > 4))
    assert whole.opens_year("unit_month", Period(2022, 2)) and not begun.opens_year("unit_month", Period(2022, 5))


def test_a_programme_without_a_bureau_uses_the_units_own_base():
    method = replace(METHOD, base_source="submission", unit_scope="", name="growth_rank")
    rows = [
        level("330402", 110, scope=None, ytd_last_year=D(100), growth=0.1),
        level("330411", 50, scope=None, ytd_last_year=None),
    ]
    units, city = run(
        units=rows, city=None, dispatch=None, p=programme(method, ("unit_month",), city_code=None, city_zh="全国")
    )
    assert (units["330402"].base, units["330402"].growth_official) == (D(100), D("0.1"))
    assert units["330411"].base is None and units["330411"].state == "scored"
    assert (city.code, city.zh, city.ytd, city.base, city.growth_official) == (None, "全国", D(110), D(100), D("0.1"))


def test_formulas_against_figures_of_the_domain_report():
    """domain.md §4.2: B = 500, C = 5000 gives ĝ = +33 %; B = 0, C = 8000 gives +41 %; 港区 pulls 3.27 points."""
    m, g = D(480000), D("0.241")
    assert round(shrunk_growth(D(5000), D(500), D("0.10"), m, g), 2) == D("0.33")
    assert round(shrunk_growth(D(8000), D(0), D("0.10"), m, g), 2) == D("0.41")
    assert round(pull(D(288500), D(146330), D(4351330)) * 100, 2) == D("3.27")
    assert contribution(D(130), D(100), D(1100), D(1000)) == D("0.3")
    assert contribution(D(130), D(100), D(900), D(1000)) is None
    assert contribution(D(130), D(100), D(1010), D(1000)) == 3
    assert contribution(D(130), D(100), D(1009), D(1000)) is None, "of less than 1 % (§2.6): it was 333 %"
    assert monthly_increment(D(10), None, opens_year=False) is None


def test_three_thousand_units_are_computed_at_once():
    units = tuple(Unit(f"{k:05d}", f"County {k}", "county") for k in range(3030))
    method = replace(METHOD, base_source="submission", unit_scope="", name="growth_rank")
    rows = [
        level(u.code, 100 + k, scope=None, indicator=i, ytd_last_year=D(90))
        for k, u in enumerate(units)
        for i in ("manufacturing_investment", "units")
    ]
    p = programme(method, ("unit_month",), units=units, city_code=None)
    month, states = table("unit_month", rows), {u.code: UnitState("accepted") for u in units}
    inputs, _ = compute(JUNE, p, month, None, None, states)
    assert len(inputs) == 3030 and all(i.ytd is not None for i in inputs)


@pytest.mark.parametrize(
    ("rate", "text", "signed"),
    [
        (0.1025, "10.3%", "+10.3%"),
        (0.2345, "23.5%", "+23.5%"),
        (Decimal("0.24049"), "24.0%", "+24.0%"),
        (-0.1025, "-10.3%", "-10.3%"),
        (-0.0004, "0.0%", "+0.0%"),
    ],
)
def test_rates_are_rounded_half_up_from_the_decimal_they_are_written_as(
    rate: float | Decimal, text: str, signed: str
) -> None:
    assert (rate_text(rate), rate_text(rate, signed=True)) == (text, signed)
