"""Which dispatch returns the plans of a month are taken from: those that stood on 31 January, and the first accepted version of every
month of the year since. The ranking (`plan_baseline`) and the dispatch loop (`planned_rows`) read the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...indicators.plan_baseline import FirstReturns, PlanBaseline, freeze_plans
from ...indicators.planned_returns import TAKEN, as_planned
from ...model.fields import STAGES
from ...model.loading import SubmissionRow
from ...model.periods import Period
from ...model.submissions import ACCEPTED
from ...model.text_arrays import as_dictionaries, text_codes
from ..runtime.context import Context

PLAN = "project_plan"
_TEXTS = ("period", "unit_code", "project_code", "na_flag", *(f"{stage}_plan" for stage in STAGES))


def plan_baseline(
    context: Context, period: Period, current: pa.Table | None, as_of: datetime | None = None
) -> PlanBaseline | None:
    """The frozen plans of a month, as known at an instant; None where the programme has no dispatch return. `current`: the month's rows
    that count."""
    programme = context.programme
    form = programme.form_name("dispatch")
    if not form or current is None:
        return None
    returns = _first_returns(context, form, period, as_of)
    project_plan = _frozen_project_plan(context, period.year, as_of) if PLAN in programme.forms else None
    return freeze_plans(
        [r for r in returns if r.rows.num_rows],
        period,
        programme.seasonal,
        project_plan,
        _gone(context, current),
        current,
    )


def planned_rows(
    context: Context, rows: pa.Table, versions: Collection[str], plans: Mapping[int, pa.Table | None], as_of: datetime
) -> pa.Table:
    """Dispatch rows of several periods with the plans that the ranking of their month scores (`as_planned`), as known at an instant.
    Every year by its own frozen plans; `versions`: the submissions that the rows are of; `plans`: year → rows of its project_plan."""
    if not rows.num_rows:
        return rows
    rows = as_dictionaries(rows, _TEXTS)
    form = context.programme.form_name("dispatch")
    periods = [Period.parse(text) for text in pc.unique(rows["period"]).to_pylist()]
    years = sorted({period.year for period in periods})
    parts = []
    for year in years:
        of_year = rows if len(years) == 1 else _rows_of_year(rows, year)
        last = max(period for period in periods if period.year == year)
        chosen = _first_versions(context, form, last, as_of)
        wanted = {one for ids in chosen.values() for one in ids}
        first = rows if wanted == set(versions) else _rows_of(context, form, wanted, rows)
        parts.append(as_planned(of_year, first, list(chosen), year, plans.get(year)))
    return pa.concat_tables(parts)


def _rows_of_year(rows: pa.Table, year: int) -> pa.Table:
    codes, texts = text_codes(rows["period"])
    return rows.filter(pa.array(np.array([(text or "").startswith(f"{year}-") for text in texts], bool)[codes]))


def _frozen_project_plan(context: Context, year: int, as_of: datetime | None) -> pa.Table:
    if as_of is None:
        return context.warehouse.current_facts(PLAN, str(year))
    sent = [row.submission_id for row in context.warehouse.submissions(str(year), as_of, PLAN) if row.current]
    return context.warehouse.facts(PLAN, sent)


def _first_returns(context: Context, form: str, period: Period, as_of: datetime | None) -> list[FirstReturns]:
    """The rows of the first versions, by month."""
    chosen = _first_versions(context, form, period, as_of)
    rows = context.warehouse.facts(form, sorted(one for ids in chosen.values() for one in ids))
    return [FirstReturns(month, rows.filter(pc.equal(rows["period"], str(month)))) for month in chosen]


def _first_versions(
    context: Context, form: str, period: Period, as_of: datetime | None = None
) -> dict[Period, list[str]]:
    """What stood on 31 January of the year, then the first version of every unit of each month up to the period."""
    programme = context.programme
    frozen_at = datetime(period.year, 2, 1, tzinfo=ZoneInfo(programme.time_zone))
    december = Period(period.year - 1, 12)
    standing = [v for v in _accepted(context, form, december, as_of) if v.arrived_at < frozen_at]
    chosen = {december: _chosen(standing, last=True)}
    for month in sorted({row.period for row in programme.calendar.rows if row.form == form}):
        if month.year == period.year and month <= period:
            chosen[month] = _chosen(_accepted(context, form, month, as_of), last=False)
    return chosen


def _rows_of(context: Context, form: str, wanted: set[str], read: pa.Table) -> pa.Table:
    """What plans are taken from of the rows of the versions; from the lake only those that are not read already."""
    columns = ["submission_id", "period", *TAKEN]
    codes, texts = text_codes(read["submission_id"])
    mine = np.array([text in wanted for text in texts], bool)[codes]
    missing = sorted(wanted - {texts[code] for code in np.unique(codes[mine]).tolist()})
    known = read.select(columns).filter(pa.array(mine))
    if not missing:
        return known
    more = as_dictionaries(context.warehouse.facts(form, missing, columns), _TEXTS)
    return pa.concat_tables([known, more])


def _accepted(context: Context, form: str, period: Period, as_of: datetime | None) -> list[SubmissionRow]:
    """Versions that were accepted and not sent back, in order of arrival."""
    versions = context.warehouse.submissions(str(period), as_of, form)
    found = [v for v in versions if v.word in ACCEPTED and v.state != "returned"]
    return sorted(found, key=lambda v: (v.arrived_at, v.seen_at, v.name))


def _chosen(versions: Sequence[SubmissionRow], *, last: bool) -> list[str]:
    """Submissions: the first version of every unit, or the last of those given."""
    chosen: dict[str, str] = {}
    for version in versions:
        if last or version.unit_code not in chosen:
            chosen[version.unit_code] = version.submission_id
    return list(chosen.values())


def _gone(context: Context, current: pa.Table) -> frozenset[tuple[str, str]]:
    """Projects of the month before whose disappearance from the returns that count nobody documented or explained (D07)."""
    if not current.num_rows:
        return frozenset()
    pairs = current.select(["submission_id", "unit_code"]).group_by(["submission_id", "unit_code"]).aggregate([])
    units = dict(zip(pairs["submission_id"].to_pylist(), pairs["unit_code"].to_pylist(), strict=True))
    found = context.warehouse.findings(sorted(units))
    rows = found.filter(pc.equal(found["rule"], "D07")).to_pylist()
    return frozenset((units[r["submission_id"]], r["value"]) for r in rows if not r["answered"])
