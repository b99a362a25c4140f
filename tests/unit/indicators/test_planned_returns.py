"""The plans in the rows, column by column, are those of the baseline that the ranking scores, project by project."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.indicators.plan_baseline import FirstReturns, freeze_plans
from pipelines.indicators.planned_returns import as_planned
from pipelines.model.fields import STAGES
from pipelines.model.periods import Period
from pipelines.model.tables import AMOUNT, arrow_schema, fact_table

DISPATCH = arrow_schema(fact_table("dispatch_month").columns)
PLAN = arrow_schema(("unit_code", "project_code", *(f"plan_m{month:02d}" for month in range(1, 13))))
MONTHS = [Period(2021, 12), Period(2022, 1), Period(2022, 2), Period(2022, 4)]
amounts = st.none() | st.integers(-20_000, 10**16).map(lambda yuan: Decimal(yuan) / 10_000)
stage_months = st.none() | st.sampled_from(["", "2021-11", "2022-03", "2022-12"])
row = st.fixed_dictionaries(
    {
        "unit_code": st.sampled_from(["330424", "330481"]),
        "project_code": st.none() | st.sampled_from(["A", "B", "C"]),
        "planned_ytd": amounts,
        "na_flag": st.none() | st.sampled_from(["", "供地", "供地；开工", "开工;供地"]),
        **{f"{stage}_plan": stage_months for stage in STAGES},
    }
)
month_rows = st.lists(row, max_size=5)
plans = st.none() | st.lists(
    st.fixed_dictionaries(
        {
            "unit_code": st.just("330424"),
            "project_code": st.sampled_from(["A", "B"]),
            **{f"plan_m{month:02d}": amounts for month in range(1, 13)},
        }
    ),
    max_size=2,
)


def table(rows: list[dict[str, Any]], schema: pa.Schema, period: Period | None = None) -> pa.Table:
    made = [
        {name: one.get(name) for name in schema.names} | ({"period": str(period)} if period else {}) for one in rows
    ]
    return pa.Table.from_pylist(made, schema=schema)


def expected(rows: list[dict[str, Any]], returns: list[FirstReturns], plan: pa.Table | None) -> list[dict[str, Any]]:
    """One month's rows by the baseline of that month, row by row."""
    baseline = freeze_plans(returns, returns[-1].period, {}, plan, current=table(rows, DISPATCH))
    found = []
    for one in rows:
        key = (one["unit_code"], one["project_code"])
        own = baseline.plans.get(key)
        planned = baseline.planned(key, one["planned_ytd"])
        stated = one["planned_ytd"] is not None or planned or key in baseline.scheduled
        stages = {f"{s}_plan": baseline.due_month(key, s, one[f"{s}_plan"]) for s in STAGES}
        waived = one["na_flag"] if own is None else ";".join(sorted(own.waived)) or None
        found.append({**one, **stages, "planned_ytd": planned if stated else None, "na_flag": waived})
    return found


@settings(max_examples=150, deadline=None)
@given(
    first=st.lists(month_rows, min_size=len(MONTHS), max_size=len(MONTHS)),
    current=st.lists(month_rows, min_size=len(MONTHS), max_size=len(MONTHS)),
    plan=plans,
)
def test_columns_say_what_the_baseline_says_row_by_row(
    first: list[list[dict[str, Any]]], current: list[list[dict[str, Any]]], plan: list[dict[str, Any]] | None
) -> None:
    scheduled = None if plan is None else table(plan, PLAN)
    returns = [FirstReturns(m, table(rows, DISPATCH, m)) for m, rows in zip(MONTHS, first, strict=True)]
    wanted: list[dict[str, Any]] = []
    for place in range(1, len(MONTHS)):
        wanted += expected(current[place], returns[: place + 1], scheduled)
    rows = pa.concat_tables(table(own, DISPATCH, m) for m, own in zip(MONTHS[1:], current[1:], strict=True))
    found = as_planned(rows, pa.concat_tables(one.rows for one in reversed(returns)), MONTHS, 2022, scheduled)
    assert found.schema == rows.schema and found["planned_ytd"].type == AMOUNT
    assert found.select(list(wanted[0]) if wanted else []).to_pylist() == wanted


def test_a_month_that_no_return_is_of_stays_as_it_is() -> None:
    own = {"unit_code": "330481", "project_code": "A", "planned_ytd": Decimal(5), "start_plan": "2022-03"}
    frozen = table([own | {"planned_ytd": Decimal(9), "start_plan": "2022-01"}], DISPATCH, MONTHS[1])
    rows = pa.concat_tables([table([own], DISPATCH, month) for month in (MONTHS[1], Period(2022, 3))])
    found = as_planned(rows, frozen, [MONTHS[1]], 2022, None).select(["planned_ytd", "start_plan"]).to_pylist()
    assert found == [
        {"planned_ytd": Decimal(9), "start_plan": "2022-01"},
        {"planned_ytd": Decimal(5), "start_plan": "2022-03"},
    ]
