"""The receipt beside every file: plain text for people (a phone shows it), JSON for programs."""

from __future__ import annotations

from pydantic_core import to_json

from ..model.findings import Finding
from ..model.json_documents import ReceiptDocument, ReceiptPart, finding_document
from .verdict import SEVERITIES, ReturnedPart, Returning, local
from .wording import Wording

SHOWN = 200
"""Findings listed in the text; the workbook and the JSON hold all."""


def receipt_text(returning: Returning) -> str:
    """The receipt as text: Chinese first, or English alone where that is the programme's language."""
    w = Wording(returning.english)
    cause = w.root_cause(returning)
    lines = [_line(f"{w.verdict(returning.word, returning.held)}{w.of(':', ': ') + cause if cause else ''}")]
    lines.append(f"{returning.programme} {w.both('报送回执', 'receipt')}")
    if returning.simulated:
        lines.append(w.both("模拟数据", "simulated data"))
    lines += [
        f"{w.both('文件', 'file')}: {_line(returning.name)}",
        f"SHA-256: {returning.sha256}",
        f"{w.both('到达', 'arrived')}: {local(returning.moment, returning.time_zone)}",
        f"{w.both('审核结论', 'verdict')}: {w.verdict(returning.word, returning.held)}",
        *(_line(remark) for remark in returning.remarks),
        "",
    ]
    for part in returning.parts:
        lines += _part_lines(part, returning.time_zone, w)
    lines += _finding_lines(returning.findings, w)
    return "\n".join(lines).rstrip("\n") + "\n"


def _part_lines(part: ReturnedPart, time_zone: str, w: Wording) -> list[str]:
    version = f" {w.both(f'第{part.version}次', f'version {part.version}')}" if part.version else ""
    counts = "、".join(f"{SEVERITIES[s][0]} {part.count(s)}" for s in SEVERITIES)
    counts_en = ", ".join(f"{SEVERITIES[s][1]} {part.count(s)}" for s in SEVERITIES)
    due, until = local(part.due, time_zone), local(part.audit_due, time_zone)
    rows = (
        f"  received {part.received} rows = accepted {part.accepted} + quarantined {part.quarantined} + not data {part.not_data}"
        if w.english
        else f"  收到 {part.received} 行 = 采用 {part.accepted} + 隔离 {part.quarantined} + 非数据 {part.not_data} / rows received, "
        "accepted, quarantined, not data"
    )
    return [
        f"{w.form_name(part.layout)}({part.part.form}) {part.unit_name} {part.part.period or '?'}{version}: "
        f"{w.verdict(part.word, part.quarantined)}",
        rows,
        f"  {w.both(counts, counts_en)}",
        w.of(
            f"  报送截止 / due: {due}；更正截止 / corrections until: {until}",
            f"  due: {due}" + (f"; corrections until: {until}" if part.audit_due else ""),
        ),
        *_finding_lines(part.findings, w),
        "",
    ]


def _finding_lines(findings: tuple[Finding, ...], w: Wording) -> list[str]:
    lines = []
    for finding in findings[:SHOWN]:
        row = w.of(f"第{finding.row}行", f"row {finding.row}") if finding.row else w.of("全文件", "whole file")
        severity = w.of(*SEVERITIES[finding.severity])
        lines.append(f"  [{severity} {finding.rule}] {finding.cell or row}: {_line(w.message(finding))}")
        if not w.english:
            lines.append(f"      {_line(finding.message_en)}")
        lines.append(f"      → {w.to_do(finding)}")
    if len(findings) > SHOWN:
        more = len(findings) - SHOWN
        lines.append(
            w.of(f"  … 另有 {more} 条，见回传的工作簿 / more in the workbook", f"  … {more} more in the workbook")
        )
    return lines


def _line(value: str) -> str:
    """One line without control characters: the receipt is read in consoles too."""
    return value if value.isprintable() else "".join(c if c.isprintable() else " " for c in value)


def receipt_json(returning: Returning) -> str:
    """The receipt as JSON."""
    document: ReceiptDocument = {
        "file": returning.name,
        "sha256": returning.sha256,
        "arrived_at": returning.moment.isoformat(),
        "verdict": returning.word,
        "remarks": list(returning.remarks),
        "rules_version": returning.rules_version,
        "submissions": [_part_document(p) for p in returning.parts],
        "findings": [finding_document(f) for f in returning.findings],
    }
    return to_json(document, indent=1).decode() + "\n"


def _part_document(part: ReturnedPart) -> ReceiptPart:
    return {
        "submission_id": part.submission_id,
        "form": part.part.form,
        "unit": part.part.unit_code,
        "period": part.part.period,
        "version": part.version,
        "verdict": part.word,
        "rows": {
            "received": part.received,
            "accepted": part.accepted,
            "quarantined": part.quarantined,
            "not_data": part.not_data,
        },
        "due": part.due.isoformat() if part.due else None,
        "corrections_until": part.audit_due.isoformat() if part.audit_due else None,
        "findings": [finding_document(f) for f in part.findings],
    }
