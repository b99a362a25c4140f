"""`saima report`: what a statistician reads of a month: verdicts, findings by rule, queries in the order of their impact on the
unit's total and growth, explanations, waivers, returns; and the same as an ESS validation report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.compute as pc

from expectations.catalogue import RULES, RULES_VERSION

from ...errors import Refused
from ...model.findings import Finding, RuleRun
from ...model.periods import Period
from ...model.report_document import (
    FirstVersion,
    QueryInReport,
    ReportDocument,
    ReportedForm,
    ReturnInReport,
    RuleInReport,
)
from ...model.rulings import Return
from ...publish.report import render_report
from ...publish.validation_report import ReportedSubmission, validation_report
from ...returns.verdict import root_cause
from ..intake.revalidation import changes_of_period
from ..records.closing_queries import closing_findings
from ..records.finding_documents import explanation_document, finding_of, waiver_document
from ..records.submission_status import SubmissionStatus, submission_statuses
from ..runtime.context import Context
from .ordered_queries import ordered_queries


def report(context: Context, period: Period, now: datetime) -> ReportDocument:
    """The report as JSON. Refused where nothing has arrived for the period."""
    found = [*submission_statuses(context, period, now), *submission_statuses(context, period, now, bureau=True)]
    sent = [s for s in found if s.latest is not None]
    if not sent:
        raise Refused(f"{period} 尚无报送", f"nothing has arrived for {period}")
    findings = _findings(context, sent)
    across = _across(context, period)
    queries = ordered_queries(context, period, sent, findings, across)
    rulings = context.warehouse.rulings
    every = [f for own in findings.values() for f in own] + [f for _, f in across]
    return {
        "period": str(period),
        "programme": context.programme.name,
        "rules_version": RULES_VERSION,
        "as_of": now.astimezone(ZoneInfo(context.programme.time_zone)).isoformat(timespec="minutes"),
        "forms": {form.name: form.zh for form in context.programme.forms.values()},
        "simulated": context.programme.simulated,
        "units": [_unit(s, findings.get(_id(s), ())) for s in found],
        "rules": _by_rule(every, _runs(context, period, sent)),
        "queries": queries,
        "changes": [change.document() for change in changes_of_period(context, period)],
        "explanations": [explanation_document(e) for e in rulings.explanations(str(period))],
        "waivers": [waiver_document(w) for w in rulings.waivers(str(period))],
        "returns": [
            _return(r)
            for i, r in rulings.returns(now, str(period)).items()
            if i in {v.submission_id for s in sent for v in s.versions}
        ],
    }


def queries_of_month(context: Context, period: Period, now: datetime) -> list[QueryInReport]:
    """The queries of the report in its order, and nothing else of it; none where nothing has arrived."""
    found = [*submission_statuses(context, period, now), *submission_statuses(context, period, now, bureau=True)]
    sent = [s for s in found if s.latest is not None]
    asked = _findings(context, sent, "query")
    return ordered_queries(context, period, sent, asked, _across(context, period)) if sent else []


def write_report(context: Context, period: Period, now: datetime, out: Path | None) -> tuple[ReportDocument, Path]:
    """The report as a folder: page, JSON, tables, and the ESS validation report."""
    document = report(context, period, now)
    folder = out or context.settings.home / "reports" / str(period)
    render_report(document, ess(context, period, now), context.programme.zh, context.programme.en, folder)
    return document, folder


def ess(context: Context, period: Period, now: datetime) -> list[dict[str, Any]]:
    """The same month in the ESS validation-report structure (one entry a rule and submission)."""
    found = [*submission_statuses(context, period, now), *submission_statuses(context, period, now, bureau=True)]
    sent = [s for s in found if s.latest is not None]
    findings = _findings(context, sent)
    runs = context.warehouse.rule_runs([_id(s) for s in sent])
    judged = [
        ReportedSubmission(
            _id(s),
            s.unit.code,
            s.form,
            str(period),
            s.latest.sha256,
            s.latest.judged_at,
            runs.get(_id(s), ()),
            findings[_id(s)],
        )
        for s in sent
        if s.latest is not None
    ]
    rules = {r.id: (r.formula, r.severity, r.reason, str(r.revision)) for r in RULES.values()}
    return validation_report(judged, rules, RULES_VERSION)


def _id(status: SubmissionStatus) -> str:
    return status.latest.submission_id if status.latest else ""


def _findings(
    context: Context, sent: Sequence[SubmissionStatus], severity: str | None = None
) -> dict[str, tuple[Finding, ...]]:
    found: dict[str, list[Finding]] = {_id(s): [] for s in sent}
    rows = context.warehouse.findings([_id(s) for s in sent])
    if severity is not None:
        rows = rows.filter(pc.equal(rows["severity"], severity))
    for row in rows.to_pylist():
        found[row["submission_id"]].append(finding_of(row))
    return {i: tuple(own) for i, own in found.items()}


def _across(context: Context, period: Period) -> list[tuple[str, Finding]]:
    """Findings of the period rules as of the last closing, with what was explained since."""
    closes = context.warehouse.closings.all(str(period))
    return closing_findings(context, closes[-1]) if closes else []


def _runs(context: Context, period: Period, sent: Sequence[SubmissionStatus]) -> Mapping[str, Sequence[RuleRun]]:
    """How the rules fared over each version and, under the name of the period, at the last closing."""
    closes = context.warehouse.closings.all(str(period))
    closing = {str(period): closes[-1].rule_runs} if closes else {}
    return {**context.warehouse.rule_runs([_id(s) for s in sent]), **closing}


def _unit(s: SubmissionStatus, findings: Sequence[Finding]) -> ReportedForm:
    row = s.latest
    cause = root_cause([f for f in findings if f.severity != "information" and not f.answered])
    return {
        "unit": s.unit.code,
        "name": s.unit.name,
        "form": s.form,
        "state": s.state,
        "submission": row.submission_id if row else None,
        "version": row.version if row else None,
        "arrived_at": row.arrived_at.isoformat() if row else None,
        "versions": len(s.versions),
        "first": _first(s),
        "timeliness": _timeliness(s),
        "workdays_late": s.workdays_late if s.late else None,
        "root_cause_zh": cause.message_zh if cause else None,
        "root_cause_en": cause.message_en if cause else None,
        "rows": None
        if row is None
        else {
            "received": row.received,
            "accepted": row.accepted,
            "quarantined": row.quarantined,
            "not_data": row.not_data,
        },
        "errors": sum(f.severity == "error" for f in findings),
        "queries": sum(f.severity == "query" for f in findings),
        "information": sum(f.severity == "information" for f in findings),
        "open_queries": sum(f.severity == "query" and not f.answered for f in findings),
    }


def _first(s: SubmissionStatus) -> FirstVersion | None:
    """How the first version fared: a return that needed four is not one that was right at once."""
    if not s.versions:
        return None
    first = s.versions[0]
    return {
        "arrived_at": first.arrived_at.isoformat(),
        "verdict": first.word,
        "errors": first.errors,
        "queries": first.queries,
    }


def _timeliness(s: SubmissionStatus) -> str:
    """in_time, late, not_corrected_in_time, missing, or none_due."""
    if s.lateness is None:
        return "none_due"
    if not s.versions:
        return "missing"
    if s.late:
        return "not_corrected_in_time" if s.sent_in_time else "late"
    return "in_time"


def _by_rule(findings: Sequence[Finding], runs: Mapping[str, Sequence[Any]]) -> list[RuleInReport]:
    """Every rule of the catalogue: what it looked at and what it found; rules that nothing applied to say so."""
    looked: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for own in runs.values():
        for run in own:
            tally = looked[run.rule]
            tally[0] += run.rows
            tally[1] += run.status == "evaluated"
            tally[2] += run.status == "not_applicable"
    rows: list[RuleInReport] = []
    for rule in RULES.values():
        own_findings = [f for f in findings if f.rule == rule.id]
        seen = looked.get(rule.id, [0, 0, 0])
        rows.append(
            {
                "rule": rule.id,
                "level": rule.level,
                "severity": rule.severity,
                "formula": rule.formula,
                "evaluated": seen[1],
                "not_applicable": seen[2],
                "rows": seen[0],
                "findings": len(own_findings),
                "errors": sum(f.severity == "error" for f in own_findings),
                "queries": sum(f.severity == "query" for f in own_findings),
                "answered": sum(f.answered for f in own_findings),
            }
        )
    return rows


def _return(one: Return) -> ReturnInReport:
    return {
        "submission": one.submission_id,
        "reason": one.reason,
        "by": one.returned_by,
        "at": one.returned_at.isoformat(),
        "withdrawn": one.withdrawn,
        "deadline": one.deadline.isoformat() if one.deadline else None,
    }
