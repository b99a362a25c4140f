"""Which dispatch returns the plans of a month are taken from: those that stood on 31 January, and the first accepted version of every
month of the year since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from ...indicators.plan_baseline import FirstReturns, PlanBaseline, freeze_plans
from ...model.loading import SubmissionRow
from ...model.periods import Period
from ...model.submissions import ACCEPTED
from ..runtime.context import Context

PLAN = "project_plan"


def plan_baseline(context: Context, period: Period, current: pa.Table | None) -> PlanBaseline | None:
    """The frozen plans of a month; None where the programme has no dispatch return. `current`: the month's rows that count."""
    programme = context.programme
    form = programme.form_name("dispatch")
    if not form or current is None:
        return None
    frozen_at = datetime(period.year, 2, 1, tzinfo=ZoneInfo(programme.time_zone))
    december = Period(period.year - 1, 12)
    months = sorted({row.period for row in programme.calendar.rows if row.form == form})
    own = [p for p in months if p.year == period.year and p <= period]
    returns = [
        _returns(
            context,
            form,
            december,
            [v for v in _accepted(context, form, december) if v.arrived_at < frozen_at],
            last=True,
        )
    ]
    returns += [_returns(context, form, p, _accepted(context, form, p), last=False) for p in own]
    project_plan = context.warehouse.current_facts(PLAN, str(period.year)) if PLAN in programme.forms else None
    return freeze_plans(
        [r for r in returns if r.rows.num_rows], period, programme.seasonal, project_plan, _gone(context, current)
    )


def _accepted(context: Context, form: str, period: Period) -> list[SubmissionRow]:
    """Versions that were accepted and not sent back, in order of arrival."""
    versions = context.warehouse.submissions(str(period), form=form)
    found = [v for v in versions if v.word in ACCEPTED and v.state != "returned"]
    return sorted(found, key=lambda v: (v.arrived_at, v.seen_at, v.name))


def _returns(
    context: Context, form: str, period: Period, versions: Sequence[SubmissionRow], *, last: bool
) -> FirstReturns:
    """The first version of every unit, or the last of those given."""
    chosen: dict[str, str] = {}
    for version in versions:
        if last or version.unit_code not in chosen:
            chosen[version.unit_code] = version.submission_id
    return FirstReturns(period, context.warehouse.facts(form, sorted(chosen.values())))


def _gone(context: Context, current: pa.Table) -> frozenset[tuple[str, str]]:
    """Projects of the month before whose disappearance from the returns that count nobody documented or explained (D07)."""
    if not current.num_rows:
        return frozenset()
    pairs = current.select(["submission_id", "unit_code"]).group_by(["submission_id", "unit_code"]).aggregate([])
    units = dict(zip(pairs["submission_id"].to_pylist(), pairs["unit_code"].to_pylist(), strict=True))
    found = context.warehouse.findings(sorted(units))
    rows = found.filter(pc.equal(found["rule"], "D07")).to_pylist()
    return frozenset((units[r["submission_id"]], r["value"]) for r in rows if not r["answered"])
