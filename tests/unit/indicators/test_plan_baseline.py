"""A county cannot move its own score: plans are scored as they were frozen, whatever is written later."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pyarrow as pa
import pytest

from pipelines.indicators.dispatch import dispatch_indicators
from pipelines.indicators.plan_baseline import Deviations, FirstReturns, freeze_plans, plan_changes
from pipelines.model.formulas import round_half_up
from pipelines.model.periods import Period
from pipelines.model.tables import arrow_schema, fact_table

D = Decimal
JUNE = Period(2022, 6)
SEASON = {5: D("0.45"), 6: D("0.60")}
PLAN = {
    "unit_code": "330424",
    "plan_total": D(100_000),
    "annual_plan": D(1_000),
    "start_plan": "2022-03",
    "completion_plan": "2022-05",
}


def rows(*changes: dict) -> pa.Table:
    schema = arrow_schema(fact_table("dispatch_month").columns)
    made = [{**PLAN, "project_code": f"p{n}", **change} for n, change in enumerate(changes)]
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in made], schema=schema)


def month(text: str, *changes: dict) -> FirstReturns:
    return FirstReturns(Period.parse(text), rows(*changes))


OTHER = {"unit_code": "330481", "project_code": "x0"}
THREE_MAY = [{"planned_ytd": D(450), "actual_ytd": D(400)}] * 3
THREE_JUNE = [
    {"planned_ytd": D(600), "actual_ytd": D(480), "start_actual": "2022-03", "issues_due": 10, "issues_closed": 8}
] * 3


def score(now: list[dict], before: list[dict] | None = THREE_MAY, first: list[dict] | None = None, **more):
    returns = [month("2022-05", *before)] if before else []
    returns.append(month("2022-06", *(first or now)))
    baseline = freeze_plans(returns, JUNE, SEASON, **more)
    found, deviations = dispatch_indicators(rows(*now), JUNE, 3, baseline)
    return found["330424"], deviations.get("330424", Deviations())


def values(found) -> tuple[Decimal | None, ...]:
    return tuple(
        r.value if r else None for r in (found.major_projects, found.new_starts, found.stage_punctuality, found.service)
    )


HONEST = (D("0.8"), D(1), D("0.5"), D("0.8"))


def test_unchanged_plans_score_as_reported():
    found, deviations = score(THREE_JUNE)
    assert values(found) == HONEST and not deviations


@pytest.mark.parametrize(
    ("change", "deviations"),
    [
        ({"completion_plan": "2023-12"}, Deviations(stages=3)),
        ({"completion_plan": None}, Deviations(stages=3)),
        ({"na_flag": "竣工"}, Deviations(waived=3)),
        ({"annual_plan": D(500)}, Deviations(amounts=3)),
        ({"plan_total": D(99_999)}, Deviations()),
        ({"issues_closed": 13}, None),
    ],
    ids=["to next year", "emptied", "waived", "annual plan", "shrunk", "closed = due + 3"],
)
def test_what_a_county_rewrites_moves_nothing(change: dict, deviations: Deviations | None):
    """In June, in its only version of the month: May's plan stands."""
    found, seen = score([{**row, **change} for row in THREE_JUNE])
    service = D(1) if "issues_closed" in change else HONEST[3]
    assert values(found) == (*HONEST[:3], service)
    assert deviations is None or seen == deviations


def test_a_later_version_of_the_month_does_not_lower_the_plan_to_date():
    lowered = [{**row, "planned_ytd": D(460)} for row in THREE_JUNE]
    found, seen = score(lowered, first=THREE_JUNE)
    assert found.major_projects.value == HONEST[0] and seen.amounts == 3 and not seen.advanced


def test_a_plan_to_date_that_falls_or_stands_still_is_scored_as_expected():
    """450 of 1,000 in May; the rest of the year's plan by season: 450 + 550 · 0.15 / 0.55 = 600."""
    lowered = [{**row, "planned_ytd": D(480)} for row in THREE_JUNE]
    found, seen = score(lowered)
    assert found.major_projects.denominator == D(1800) and seen == Deviations(advanced=True)
    assert score([{**row, "planned_ytd": D(540)} for row in THREE_JUNE])[0].major_projects.denominator == D(1620)
    fell = [{**row, "planned_ytd": D(100)} for row in THREE_JUNE]
    assert score(fell)[1] == Deviations(amounts=3, advanced=True)


def test_without_the_month_before_nothing_is_expected():
    found, seen = score([{**row, "planned_ytd": D(100)} for row in THREE_JUNE], before=None)
    assert found.major_projects.denominator == D(300) and not seen


def test_a_unit_that_missed_a_month_is_judged_against_its_last_return():
    """Its plan of April went on by what May alone brings: who sent nothing in May had less to reach in June."""
    april, others = month("2022-04", *THREE_MAY), month("2022-05", {**THREE_MAY[0], **OTHER})
    june = [{**row, "planned_ytd": D(480)} for row in THREE_JUNE]
    baseline = freeze_plans([april, others, month("2022-06", *june)], JUNE, {**SEASON, 4: D("0.34")})
    found, seen = dispatch_indicators(rows(*june), JUNE, 3, baseline)
    expected = 450 + 550 * (SEASON[6] - D("0.34")) / (1 - D("0.34"))
    assert found["330424"].major_projects.denominator == round_half_up(3 * expected, 4)
    assert seen["330424"] == Deviations(advanced=True)


def test_the_version_that_stood_on_31_january_gives_the_stages_but_no_amounts():
    december = month("2021-12", *[{"planned_ytd": D(9_999), "annual_plan": D(9_999), "completion_plan": "2022-04"}] * 3)
    baseline = freeze_plans([december, month("2022-05", *THREE_MAY), month("2022-06", *THREE_JUNE)], JUNE, SEASON)
    found, seen = dispatch_indicators(rows(*THREE_JUNE), JUNE, 3, baseline)
    assert found["330424"].major_projects.denominator == D(1800) and seen["330424"] == Deviations(stages=3)


def test_a_project_that_vanished_without_a_decision_counts_as_last_reported():
    """Its plan goes on, its work does not; with a decision it is out."""
    gone = frozenset({("330424", "p2")})
    found, seen = score(THREE_JUNE[:2], gone=gone)
    assert found.major_projects.numerator == D(480 + 480 + 400) and seen.gone == 1
    assert found.stage_punctuality.denominator == D(6) and found.service.denominator == D(20)
    assert score(THREE_JUNE[:2])[0].major_projects is None, "two projects are too few"


def test_the_monthly_plan_of_the_year_is_used_where_there_is_one():
    names = ["unit_code", "project_code", *(f"plan_m{n:02d}" for n in range(1, 13))]
    plan = pa.table({n: ["330424"] if n == "unit_code" else ["p0"] if n == "project_code" else [D(200)] for n in names})
    found, _ = score([{**row, "planned_ytd": D(1)} for row in THREE_JUNE], project_plan=plan)
    assert found.major_projects.denominator == D(1200) + D(600) * 2


def test_every_change_is_listed_for_those_who_froze_the_plan():
    changed = {"completion_plan": "2023-12", "annual_plan": D(500), "planned_ytd": D(440), "na_flag": "供地"}
    baseline = freeze_plans([month("2022-05", *THREE_MAY), month("2022-06", *THREE_JUNE)], JUNE, SEASON)
    found = plan_changes(rows({**THREE_JUNE[0], **changed}), baseline)
    assert [(c.project_code, c.field, c.frozen, c.now) for c in found] == [
        ("p0", "annual_plan", "1000", "500"),
        ("p0", "completion_plan", "2022-05", "2023-12"),
        ("p0", "na_flag", "", "land"),
        ("p0", "planned_ytd", "600", "440"),
    ]
    assert plan_changes(rows(*THREE_JUNE), baseline) == []


def by_hand(returns: list[FirstReturns]) -> dict[tuple[str, str], tuple[object, ...]]:
    """The rule read aloud, a row at a time: who names a project first freezes it; the year's highest plan stands. Both units send
    every month, so a project that one of them alone names in June is that one's, whoever named it before."""
    plans: dict[tuple[str, str], dict[str, object]] = {}
    now: dict[str, set[str]] = {}
    for row in returns[-1].rows.to_pylist():
        now.setdefault(row["project_code"], set()).add(row["unit_code"])
    for first in returns:
        for row in first.rows.to_pylist():
            owners = now.get(row["project_code"], set())
            key = (*owners, row["project_code"]) if len(owners) == 1 else (row["unit_code"], row["project_code"])
            new = {"first": row, "annual": None, "planned": D(0), "before": None}
            plan = plans.setdefault(key, new)
            plan["last"] = row
            if first.period.year == JUNE.year:
                plan["annual"] = row["annual_plan"] if plan["annual"] is None else plan["annual"]
                plan["planned"] = max(plan["planned"], row["planned_ytd"] or D(0))
                plan["now"] = first.period
        for plan in plans.values():
            if plan.pop("now", None) == first.period and first.period < JUNE:
                plan["before"] = plan["planned"]
    return {
        key: (p["first"]["plan_total"], p["first"]["start_plan"], p["annual"], p["planned"], p["before"], p["last"])
        for key, p in plans.items()
    }


def test_plans_frozen_by_column_are_those_frozen_row_by_row():
    """Projects that come and go, states without amounts, the year before, units that share a project code, the same plan twice."""
    draw = Random(7)

    def row() -> dict:
        amounts = {
            name: draw.choice([None, D(draw.randint(0, 900))]) for name in ("annual_plan", "planned_ytd", "plan_total")
        }
        stage = draw.choice([None, "2022-03", "2022-08"])
        code = f"p{draw.randint(0, 25)}"
        return {"unit_code": draw.choice(["330402", "330424"]), "project_code": code, "start_plan": stage, **amounts}

    returns = [month(text, *[row() for _ in range(30)]) for text in ("2021-12", "2022-03", "2022-05", "2022-06")]
    expected = by_hand(returns)
    plans = freeze_plans(returns, JUNE, SEASON, gone=frozenset(expected)).plans
    found = {key: (p.plan_total, p.stages["start"], p.annual_plan, p.planned, p.before) for key, p in plans.items()}
    assert len(found) > 30 and found == {key: values[:5] for key, values in expected.items()}
    assert all(p.last and {k: expected[key][5][k] for k in p.last} == p.last for key, p in plans.items())
