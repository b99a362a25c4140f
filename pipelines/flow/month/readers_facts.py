"""What an edition tells its readers beside the table, gathered from the rows that count: restated bases, corrections of closed
months, partial acceptance, decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from ...indicators.plan_baseline import Deviations
from ...model.scopes import same_scope
from ...publish.disclosure_control import discloses
from ...publish.edition_context import MonthCorrection, Overruling, PartialReturn, PlanDeviation, Restatement, Told
from ..records.submission_status import SubmissionStatus
from ..runtime.context import Context
from .unit_contributors import correction_contributors


def told(
    context: Context,
    found: Sequence[SubmissionStatus],
    city_month: pa.Table | None,
    decisions: tuple[Overruling, ...],
    deviations: Mapping[str, Deviations],
    detail: pa.Table | None,
    withheld: frozenset[str],
    uncounted: frozenset[str],
) -> Told:
    """Everything for one edition; `found`: the ranking units' forms, `detail`: the accepted rows of the detail form, `withheld`: what
    disclosure control keeps back, `uncounted`: what it could not look at."""
    plans = tuple(
        PlanDeviation(*_names(context, code), d.stages, d.amounts, d.waived, d.gone, d.advanced)
        for code, d in sorted(deviations.items())
    )
    return Told(
        _restatements(context, city_month),
        _corrections(context, detail, withheld),
        _partial(context, found),
        plans,
        decisions,
        tuple(_names(context, code) for code in sorted(withheld)),
        tuple(_names(context, code) for code in sorted(uncounted)),
    )


def _names(context: Context, code: str) -> tuple[str, str]:
    unit = context.programme.roster.get(code)
    if unit is not None and unit.kind != "bureau":
        return unit.name, unit.name_en
    return context.programme.city_zh, context.programme.city_en


def _restatements(context: Context, city_month: pa.Table | None) -> tuple[Restatement, ...]:
    """Of the ranked indicator in the ranked scope."""
    if city_month is None or not city_month.num_rows:
        return ()
    method = context.programme.method
    rows = city_month.filter(
        pc.and_(pc.is_valid(city_month["restatement_reason"]), pc.equal(city_month["indicator"], method.indicator))
    )
    return tuple(
        Restatement(*_names(context, row["area_code"]), row["restatement_reason"], row["approved_on"])
        for row in sorted(rows.to_pylist(), key=lambda row: str(row["area_code"]))
        if not row["scope"] or same_scope(row["scope"], method.unit_scope)
    )


def _corrections(context: Context, rows: pa.Table | None, withheld: frozenset[str]) -> tuple[MonthCorrection, ...]:
    """Rows of project_month with a correction code, by unit and code. The sum is not told where it would say what one enterprise
    did."""
    if rows is None or not rows.num_rows or "correction_code" not in rows.column_names:
        return ()
    rule = context.programme.method.disclosure
    corrected = rows.filter(pc.and_(pc.is_valid(rows["correction_code"]), pc.is_valid(rows["correction_wan_yuan"])))
    behind = correction_contributors(corrected)
    added = corrected.group_by(["unit_code", "correction_code"]).aggregate(
        [("correction_wan_yuan", "sum"), ("correction_wan_yuan", "count")]
    )
    lines = sorted(added.to_pylist(), key=lambda row: (row["unit_code"], row["correction_code"]))
    return tuple(
        MonthCorrection(
            *_names(context, row["unit_code"]),
            row["correction_code"],
            row["correction_wan_yuan_count"],
            None
            if row["unit_code"] in withheld or discloses(behind[row["unit_code"], row["correction_code"]], rule)
            else row["correction_wan_yuan_sum"] or Decimal(0),
        )
        for row in lines
    )


def _partial(context: Context, found: Sequence[SubmissionStatus]) -> tuple[PartialReturn, ...]:
    return tuple(
        PartialReturn(
            s.unit.name,
            s.unit.name_en,
            context.programme.forms[s.form].zh,
            context.programme.forms[s.form].en,
            s.current.quarantined,
            s.current.accepted + s.current.quarantined,
        )
        for s in found
        if s.current is not None and s.current.quarantined
    )
