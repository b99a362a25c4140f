"""A month's validation in the structure of the ESS validation report (Generic JSON Structure for validation reports 1.0.0, van der
Loo & ten Bosch 2017): one entry a rule and data set, with event, rule, data and value 0, 1 or NA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from ..model.findings import Finding, RuleRun

SEVERITIES = {"error": "error", "query": "warning", "information": "information"}


@dataclass(frozen=True)
class ReportedSubmission:
    """One version with how every rule fared over it."""

    submission_id: str
    unit_code: str
    form: str
    period: str
    sha256: str
    judged_at: datetime
    runs: Sequence[RuleRun]
    findings: Sequence[Finding]


def validation_report(
    judged: Sequence[ReportedSubmission], rules: Mapping[str, tuple[str, str, str, str]], rules_version: str
) -> list[dict[str, Any]]:
    """The report is an array of entries.

    `rules`: id → (formula, severity, reason, revision). `data.source` names unit, period and form with the file's checksum,
    `data.target` the failing cells."""
    return [_entry(j, run, rules, rules_version) for j in judged for run in j.runs if run.rule in rules]


def _entry(
    judged: ReportedSubmission, run: RuleRun, rules: Mapping[str, tuple[str, str, str, str]], rules_version: str
) -> dict[str, Any]:
    formula, severity, reason, revision = rules[run.rule]
    found = [f for f in judged.findings if f.rule == run.rule]
    source = f"{judged.unit_code}/{judged.period}/{judged.form}"
    return {
        "id": sha256(f"{judged.submission_id}|{run.rule}|{rules_version}".encode()).hexdigest()[:24],
        "type": "validation",
        "event": {
            "time": judged.judged_at.strftime("%Y%m%dT%H%M%S%z"),
            "actor": "saima",
            "agent": f"rules {rules_version[:12]}",
            "trigger": judged.submission_id,
        },
        "rule": {
            "language": "Saima catalogue, Great Expectations",
            "expression": formula,
            "severity": SEVERITIES[severity],
            "description": f"{run.rule} (revision {revision})",
            "explanation": reason,
        },
        "data": {
            "source": [f"{source} sha256:{judged.sha256}"],
            "target": [f"{source}/{f.sheet or '-'}/{f.cell or f.row or '*'}/{f.field or '*'}" for f in found]
            or [source],
            "description": run.reason or f"{run.rows} rows evaluated, {len(found)} findings",
        },
        "value": _value(run, found, severity),
    }


def _value(run: RuleRun, found: Sequence[Finding], severity: str) -> str:
    if run.status != "evaluated":
        return "NA"
    return "0" if any(f.severity == severity or f.severity in ("error", "query") for f in found) else "1"
