"""Findings, explanations and waivers as they leave the program (DESIGN §8), and a version by its identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import Refused
from ...model.findings import Finding
from ...model.json_documents import ExplanationDocument, WaiverDocument
from ...model.loading import SubmissionRow
from ...model.rulings import Explanation, Waiver
from ..runtime.context import Context


def finding_of(row: Mapping[str, Any]) -> Finding:
    """A row of the lake table `findings` as a finding."""
    return Finding(
        row["rule"],
        row["level"],
        row["severity"],
        row["message_zh"],
        row["message_en"],
        row["sheet"] or "",
        row["cell"] or "",
        row["row_no"],
        row["field"] or "",
        row["value"] or "",
        bool(row["answered"]),
    )


def findings_of(context: Context, submission_ids: Sequence[str]) -> dict[str, list[Finding]]:
    """version → the findings of the verdict that holds for it, by rule, row, field and cell."""
    found: dict[str, list[Finding]] = {i: [] for i in submission_ids}
    for row in context.warehouse.findings(list(found)).to_pylist() if found else ():
        found[row["submission_id"]].append(finding_of(row))
    return found


def submission(context: Context, submission_id: str) -> SubmissionRow:
    """A version by its identity; Refused where there is none."""
    row = context.warehouse.follow_ups.version(submission_id)
    if row is not None:
        return row
    raise Refused(
        f"没有这份报送：{submission_id}",
        f"no such submission: {submission_id}",
        "编号见 / see: saima status PERIOD --json, saima report PERIOD",
    )


def explanation_document(one: Explanation) -> ExplanationDocument:
    """An explanation as JSON."""
    c = one.cell
    return {
        "id": one.explanation_id,
        "unit": c.unit_code,
        "form": c.form,
        "rule": c.rule,
        "row_key": c.row_key,
        "field": c.field,
        "value": c.value,
        "period": one.period,
        "until": one.until,
        "reason": one.reason,
        "text": one.text,
        "origin": one.origin,
        "submission": one.submission_id,
        "by": one.given_by,
        "at": one.given_at.isoformat(),
        "state": one.state,
        "decided_by": one.decided_by,
        "decided_at": one.decided_at.isoformat() if one.decided_at else None,
        "remark": one.remark,
    }


def waiver_document(one: Waiver) -> WaiverDocument:
    """A waiver as JSON."""
    c = one.cell
    return {
        "id": one.waiver_id,
        "unit": c.unit_code,
        "form": c.form,
        "rule": c.rule,
        "row_key": c.row_key,
        "field": c.field,
        "value": c.value,
        "period": one.period,
        "until": one.until,
        "reason": one.reason,
        "submission": one.submission_id,
        "granted": one.granted,
        "signatures": [
            {"name": name, "at": at.isoformat()}
            for name, at in ((one.first_by, one.first_at), (one.second_by, one.second_at))
            if name and at
        ],
    }
