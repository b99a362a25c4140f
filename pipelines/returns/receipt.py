"""The receipt beside every file: plain text for people (a phone shows it), JSON for programs."""

from __future__ import annotations

import json

from ..model.findings import VERDICT_LABELS, Finding
from ..model.json_documents import ReceiptDocument, ReceiptPart, finding_document
from .verdict import SEVERITIES, ReturnedPart, Returning, local, to_do

SHOWN = 200
"""Findings listed in the text; the workbook and the JSON hold all."""


def receipt_text(returning: Returning) -> str:
    """The receipt as text, Chinese first."""
    zh, en = VERDICT_LABELS.get(returning.word, (returning.word, returning.word))
    lines = [f"{returning.programme} 报送回执 / receipt"]
    if returning.simulated:
        lines.append("模拟数据 / simulated data")
    lines += [
        f"文件 / file: {_line(returning.name)}",
        f"SHA-256: {returning.sha256}",
        f"到达 / arrived: {local(returning.moment, returning.time_zone)}",
        f"审核结论 / verdict: {zh} / {en}",
        *(_line(remark) for remark in returning.remarks),
        "",
    ]
    for part in returning.parts:
        lines += _part_lines(part, returning.time_zone)
    lines += _finding_lines(returning.findings)
    return "\n".join(lines).rstrip("\n") + "\n"


def _part_lines(part: ReturnedPart, time_zone: str) -> list[str]:
    zh, en = VERDICT_LABELS.get(part.word, (part.word, part.word))
    version = f" 第{part.version}次 / version {part.version}" if part.version else ""
    counts = "、".join(f"{SEVERITIES[s][0]} {part.count(s)}" for s in SEVERITIES)
    counts_en = ", ".join(f"{SEVERITIES[s][1]} {part.count(s)}" for s in SEVERITIES)
    return [
        f"{part.layout.zh}({part.part.form}) {part.unit_name} {part.part.period or '?'}{version}: {zh} / {en}",
        f"  收到 {part.received} 行 = 采用 {part.accepted} + 隔离 {part.quarantined} + 非数据 {part.not_data} / rows received, "
        "accepted, quarantined, not data",
        f"  {counts} / {counts_en}",
        f"  报送截止 / due: {local(part.due, time_zone)};更正截止 / corrections until: {local(part.audit_due, time_zone)}",
        *_finding_lines(part.findings),
        "",
    ]


def _finding_lines(findings: tuple[Finding, ...]) -> list[str]:
    lines = []
    for finding in findings[:SHOWN]:
        place = finding.cell or (f"第{finding.row}行" if finding.row else "全文件")
        lines.append(f"  [{SEVERITIES[finding.severity][0]} {finding.rule}] {place}: {_line(finding.message_zh)}")
        lines.append(f"      {_line(finding.message_en)}")
        lines.append(f"      → {' / '.join(to_do(finding))}")
    if len(findings) > SHOWN:
        lines.append(f"  … 另有 {len(findings) - SHOWN} 条,见回传的工作簿 / more in the workbook")
    return lines


def _line(value: str) -> str:
    """One line without control characters: the receipt is read in consoles too."""
    return "".join(c if c.isprintable() else " " for c in value)


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
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


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
