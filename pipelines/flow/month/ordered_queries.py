"""The queries of a month in the order in which to ask them: what is open first, then by impact on the unit's total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ...indicators.impact import Impact
from ...model.findings import Finding
from ...model.periods import Period
from ...model.report_document import QueryInReport
from ..records.submission_status import SubmissionStatus
from ..runtime.context import Context
from .query_figures import QueryFigures


def ordered_queries(
    context: Context,
    period: Period,
    sent: Sequence[SubmissionStatus],
    findings: Mapping[str, Sequence[Finding]],
    across: Sequence[tuple[str, Finding]],
) -> list[QueryInReport]:
    """Of the versions sent, whose findings are by submission, and of the rules across units. `order` counts from 1."""
    figures = QueryFigures(context, period, sent)
    queries = [q for s in sent for q in _queries(context, s, findings[_submission_of(s)], figures)]
    queries += [
        _query(unit, *_addressee(context, sent, unit), f, figures.of_unit(unit), context)
        for unit, f in across
        if f.severity == "query"
    ]
    queries.sort(key=lambda q: (q["answered"], -Decimal(q["impact"]["share"] or 0), -Decimal(q["impact"]["amount"])))
    for order, query in enumerate(queries, 1):
        query["order"] = order
    return queries


def _addressee(context: Context, sent: Sequence[SubmissionStatus], unit: str) -> tuple[str, str]:
    """(form, submission) under which a query raised at closing is explained: the unit's level, the bureau's base."""
    wanted = (context.programme.lead_form, context.programme.form_name("base"))
    own = [s for s in sent if s.unit.code == unit and s.form in wanted]
    return (own[0].form, _submission_of(own[0])) if own else ("", "")


def _queries(
    context: Context, s: SubmissionStatus, findings: Sequence[Finding], figures: QueryFigures
) -> list[QueryInReport]:
    asked = [f for f in findings if f.severity == "query"]
    if not asked:
        return []
    rows = figures.of_rows(s)
    whole = figures.of_unit(s.unit.code)
    return [
        _query(
            s.unit.code, s.form, _submission_of(s), f, rows.get(f.row, whole) if f.row is not None else whole, context
        )
        for f in asked
    ]


def _query(unit: str, form: str, submission: str, f: Finding, weight: Impact, context: Context) -> QueryInReport:
    known = context.programme.roster.get(unit)
    return {
        "order": 0,
        "unit": unit,
        "name": known.name if known else unit,
        "form": form,
        "submission": submission,
        "rule": f.rule,
        "sheet": f.sheet,
        "cell": f.cell,
        "row": f.row,
        "field": f.field,
        "value": f.value,
        "message_zh": f.message_zh,
        "message_en": f.message_en,
        "answered": f.answered,
        "impact": {
            "amount": f"{weight.amount:.4f}",
            "share": None if weight.share is None else f"{weight.share:.6f}",
            "growth_points": None if weight.points is None else f"{weight.points:.4f}",
        },
    }


def _submission_of(status: SubmissionStatus) -> str:
    return status.latest.submission_id if status.latest else ""
