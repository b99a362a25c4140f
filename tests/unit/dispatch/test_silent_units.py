"""A unit that sends nothing keeps its projects; the frozen plan stands over what a return writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from pipelines.dispatch.arrays import wan_yuans
from pipelines.dispatch.factor_ranking import factor_proposal
from pipelines.dispatch.library import dispatch_library
from pipelines.dispatch.panel import MOST_CARRIED, STAGE, Panel, build_panel
from pipelines.dispatch.plan_schedule import annual_plans
from pipelines.dispatch.progress_lights import GREEN, NONE, RED, lights
from pipelines.dispatch.red_flags import red_flags
from pipelines.dispatch.snails import snail_projects
from pipelines.dispatch.stage_board import stage_board
from pipelines.dispatch.statistics_coverage import uncovered
from pipelines.indicators.dispatch import dispatch_indicators
from pipelines.indicators.plan_baseline import FirstReturns, freeze_plans
from pipelines.indicators.planned_returns import as_planned
from pipelines.model.dispatch_policy import DEFAULT_POLICY
from pipelines.model.periods import Period
from pipelines.model.tables import AMOUNT, arrow_schema, fact_table

APPROVALS = pa.schema(
    [
        ("project_code", pa.string()),
        ("unit_code", pa.string()),
        ("plan_total", AMOUNT),
        ("start_on", pa.date32()),
        ("stat_entry_ym", pa.string()),
    ]
)
Build = Callable[[Any], Panel]
LATE = {"start_plan": "2022-01", "planned_ytd": 100, "actual_ytd": 40}


def of(unit: str, code: str, **more: Any) -> dict[str, Any]:
    return {"unit_code": unit, "project_code": code, "planned_ytd": 100, "actual_ytd": 100, **more}


def members(panel: Panel, place: int = -1) -> set[str]:
    found = dispatch_library(panel, [], DEFAULT_POLICY, date(2022, 6, 30), place).members
    return {code for code, is_member in zip(panel.project_codes, found, strict=True) if is_member}


def test_the_projects_of_a_silent_unit_stay_and_those_taken_out_of_a_return_go(panel_of: Build) -> None:
    both = [of("330481", "A"), of("330481", "B"), of("330424", "C", actual_ytd=70)]
    panel = panel_of({"2022-05": both, "2022-06": [of("330481", "A")]})
    assert members(panel) == {"A", "C"}, "B left with a return that was sent, C's unit sent none"
    assert panel.here.tolist() == [True, False, False] and panel.known[:, -1].tolist() == [True, False, True]
    assert panel.actual[2, -1] == 70 * 10_000, "investment to date is what it was at least"
    assert lights(panel, DEFAULT_POLICY).tolist() == [GREEN, NONE, NONE], "without a return there is no light"
    moves = stage_board(panel, panel.known[:, -1], panel.known[:, -2]).moves
    assert [(move.target, move.projects) for move in moves] == [("left", 1)]


def test_a_silent_unit_is_remembered_for_a_quarter_and_investment_begins_anew_in_january(panel_of: Build) -> None:
    months = [f"2022-{month:02d}" for month in range(8, 13)]
    sent: dict[str, list[dict[str, Any]]] = {months[0]: [of("330424", "C"), of("330481", "A")]}
    panel = panel_of(sent | {month: [of("330481", "A")] for month in months[1:]})
    assert [members(panel, place) for place in range(5)] == [{"A", "C"}] * (1 + MOST_CARRIED) + [{"A"}]
    over = panel_of({"2021-12": [of("330424", "C"), of("330481", "A")], "2022-01": [of("330481", "A")]})
    assert over.actual[1].tolist() == [1_000_000, 0]


def test_a_snail_of_a_silent_unit_stays_one(panel_of: Build) -> None:
    others = [of("330481", "A")]
    months = {f"2022-{month:02d}": [*others, of("330424", "S", **LATE)] for month in (4, 5, 6)}
    panel = panel_of({**months, "2022-07": others})
    found = snail_projects(panel, DEFAULT_POLICY, panel.known[:, -1], {})
    assert [(snail.project_code, snail.progress) for snail in found] == [("S", None)]


def test_nothing_of_a_silent_unit_is_due_or_overdue(panel_of: Build) -> None:
    """Nobody said in the month whether the stage was reached: it is no weakest link, and the factors pass the project over."""
    late = {"start_plan": "2022-04", "land_need": 5, "expected_output": 100, "land_area": 1}
    panel = panel_of(
        {"2022-05": [of("330481", "A", **late), of("330424", "C", **late)], "2022-06": [of("330481", "A", **late)]}
    )
    start = panel.overdue()[:, STAGE["start"]]
    assert start.tolist() == [True, False] and panel.overdue_days()[1].tolist() == [0] * 6
    board = stage_board(panel, panel.known[:, -1])
    assert [(s.due, s.overdue) for s in board.stages if s.stage == "start"] == [(1, 1)]
    land = DEFAULT_POLICY.factors[0]
    places = factor_proposal(panel, DEFAULT_POLICY, land, panel.known[:, -1], Decimal(100)).places
    assert [place.project_code for place in places] == ["A"]


def test_the_newest_return_of_a_silent_unit_says_whether_its_projects_are_in_statistics(panel_of: Build) -> None:
    started = {"start_actual": "2022-01", "stat_entry_ym": None}
    entered, waiting = of("330424", "C", start_actual="2022-01"), of("330424", "D", **started)
    other = of("330481", "A")
    panel = panel_of({"2022-05": [other, entered, waiting], "2022-06": [other]})
    rows = [
        {"project_code": code, "unit_code": "330424", "plan_total": Decimal(9_000), "start_on": date(2022, 1, 5)}
        for code in ("C", "D", "E")
    ]
    approvals = pa.Table.from_pylist([{**row, "stat_entry_ym": None} for row in rows]).cast(APPROVALS)
    found = [(one.project_code, one.source) for one in uncovered(panel, approvals, date(2022, 6, 30))]
    assert found == [("D", "dispatch"), ("E", "approval")]


def test_where_a_return_states_no_entry_at_all_the_approval_list_speaks(panel_of: Build) -> None:
    """Such a return does not say; a project in it that began by the list was in no table: neither source spoke."""
    panel = panel_of({"2022-06": [of("330424", "C", start_actual="2022-01", stat_entry_ym=None)]})
    row = {"project_code": "C", "unit_code": "330424", "plan_total": Decimal(9_000), "start_on": date(2022, 1, 5)}
    approvals = pa.Table.from_pylist([{**row, "stat_entry_ym": None}]).cast(APPROVALS)
    found = [(one.project_code, one.source) for one in uncovered(panel, approvals, date(2022, 6, 30))]
    assert found == [("C", "approval")]


def test_a_nil_return_is_no_silence(rows_of: Callable[[Any], pa.Table]) -> None:
    """An accepted return without rows: the unit says that it has none."""
    rows = rows_of({"2022-05": [of("330481", "A"), of("330424", "C")], "2022-06": [of("330481", "A")]})
    months = [Period(2022, 5), Period(2022, 6)]
    accepted = [("330481", months[0]), ("330424", months[0]), ("330481", months[1])]
    assert members(build_panel(rows, months, accepted)) == {"A", "C"}
    assert members(build_panel(rows, months, [*accepted, ("330424", months[1])])) == {"A"}
    assert members(build_panel(rows, months, accepted, most_carried=0)) == {"A"}


def plan_of(code: str, *months: int) -> pa.Table:
    amounts = [*months, *[0] * (12 - len(months))]
    columns = {f"plan_m{n:02d}": pa.array([Decimal(v)], AMOUNT) for n, v in enumerate(amounts, 1)}
    return pa.table(
        {
            "unit_code": ["330481"],
            "project_code": [code],
            "annual_plan": pa.array([Decimal(sum(months))], AMOUNT),
            **columns,
        }
    )


def dispatch_rows(months: Mapping[str, Sequence[Mapping[str, Any]]]) -> pa.Table:
    """Rows with the columns of the return, for plans are frozen of them."""
    schema = arrow_schema(fact_table("dispatch_month").columns)
    rows = [{"period": text, "plan_total": 250_000, **row} for text, projects in months.items() for row in projects]
    amounts = {field.name for field in schema if pa.types.is_decimal(field.type)}
    made = [
        {
            name: None if row.get(name) is None else Decimal(row[name]) if name in amounts else row[name]
            for name in schema.names
        }
        for row in rows
    ]
    return pa.Table.from_pylist(made, schema=schema)


def frozen_panel(
    months: Mapping[str, Sequence[Mapping[str, Any]]], plans: Mapping[int, pa.Table] | None = None
) -> Panel:
    """The panel of these returns, each the first of its month."""
    firsts = [FirstReturns(Period.parse(text), dispatch_rows({text: rows})) for text, rows in sorted(months.items())]
    parts = []
    for year in sorted({first.period.year for first in firsts}):
        own = [first for first in firsts if first.period.year == year]
        before = [first for first in firsts if first.period == Period(year - 1, 12)]
        rows = pa.concat_tables(first.rows for first in own)
        first = pa.concat_tables(one.rows for one in (*before, *own))
        periods = [one.period for one in (*before, *own)]
        parts.append(as_planned(rows, first, periods, year, (plans or {}).get(year)))
    return build_panel(pa.concat_tables(parts), [first.period for first in firsts])


def test_every_year_is_measured_against_its_own_frozen_plan() -> None:
    a, b = of("330481", "A", planned_ytd=50, actual_ytd=50), of("330481", "B")
    months = {"2021-12": [a, b], "2022-02": [a, b], "2022-03": [a, b]}
    assert lights(frozen_panel(months), DEFAULT_POLICY).tolist() == [GREEN, GREEN]
    panel = frozen_panel(months, {2021: plan_of("A", *[20] * 12), 2022: plan_of("A", 40, 60, 100)})
    assert panel.planned[0].tolist() == [2_400_000, 1_000_000, 2_000_000]
    assert lights(panel, DEFAULT_POLICY, 0).tolist() == [RED, GREEN], "the old year by the plan of the old year"
    assert lights(panel, DEFAULT_POLICY).tolist() == [RED, GREEN]
    amounts, known = annual_plans(panel, plan_of("A", 40, 60, 100))
    assert wan_yuans(amounts, known) == [Decimal(200) if code == "A" else None for code in panel.project_codes]
    assert not annual_plans(panel, None)[1].any()


def test_a_plan_to_date_that_is_lowered_later_is_measured_by_the_highest() -> None:
    """Without a row of project_plan, as the ranking does."""
    high, low = of("330481", "A", planned_ytd=100, actual_ytd=60), of("330481", "A", planned_ytd=60, actual_ytd=60)
    panel = frozen_panel({"2022-05": [high], "2022-06": [low]})
    assert lights(panel, DEFAULT_POLICY).tolist() == [RED] and panel.planned[0].tolist() == [1_000_000] * 2
    empty = frozen_panel({"2022-06": [{"unit_code": "330481", "project_code": "A"}]})
    assert empty.planned_known.tolist() == [[False]], "what nobody planned stays absent"


@pytest.mark.parametrize("change", [{"start_plan": "2022-12"}, {"na_flag": "开工"}, {"start_plan": None}], ids=str)
def test_a_county_that_moves_its_planned_start_stays_a_snail_and_the_ranking_agrees(change: dict[str, Any]) -> None:
    late = of("330481", "S", start_plan="2022-01", actual_ytd=100)
    months = {
        "2021-12": [late],
        **{f"2022-{m:02d}": [late] for m in (2, 3, 4)},
        "2022-05": [late | change],
        "2022-06": [late | change],
    }
    panel = frozen_panel(months)
    found = snail_projects(panel, DEFAULT_POLICY, panel.known[:, -1], {})
    assert [(s.project_code, "start_overdue" in s.reasons) for s in found] == [("S", True)]
    assert not red_flags(panel, DEFAULT_POLICY, panel.known[:, -1])
    june = Period(2022, 6)
    returns = [FirstReturns(Period.parse(text), dispatch_rows({text: rows})) for text, rows in sorted(months.items())]
    scored, _ = dispatch_indicators(returns[-1].rows, june, 1, freeze_plans(returns, june, {}))
    stages = scored["330481"].stage_punctuality
    assert stages is not None and (stages.numerator, stages.denominator) == (0, int(panel.due().sum()))
