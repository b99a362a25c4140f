"""Applying what people decided to what the rules found: a waived error becomes information, an explained query is answered, a
returned explanation answers nothing. After judging and outside of the rules: the rules say what they saw, the ruling
what follows; which rulings held is part of the history a verdict is keyed by, so that granting one judges again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from ...model.findings import Finding, Verdict
from ...model.forms import FormLayout
from ...model.history import UnitHistory
from ...model.loading import ValidatedSubmission
from ...model.rulings import Explanation, RuledCell, Waiver, split_reason
from ...model.submissions import FormPart
from ...validate.explanations import adequate, names_rule
from ...validate.verdicts import verdict as verdict_of
from ..runtime.context import Context

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Places:
    """Finds the cell of a finding that survives resubmission, and the explanation written beside it."""

    part: FormPart
    unit_code: str
    keys: Mapping[int, str]
    texts: Mapping[int, str]

    @classmethod
    def of(cls, part: FormPart, layout: FormLayout, unit_code: str) -> Places:
        rows = part.rows
        keys = [name for name in layout.key if name in rows.column_names]
        numbers = rows["row_no"].to_pylist()
        columns = [rows[name].to_pylist() for name in keys]
        names = ["|".join("" if v is None else str(v) for v in values) for values in zip(*columns, strict=True)]
        texts = rows["explanation"].to_pylist() if "explanation" in rows.column_names else [None] * len(numbers)
        return cls(
            part,
            unit_code,
            dict(zip(numbers, names, strict=True)) if keys else {},
            {n: t for n, t in zip(numbers, texts, strict=True) if t},
        )

    def cell(self, finding: Finding) -> RuledCell:
        key = self.keys.get(finding.row, "") if finding.row is not None else ""
        return RuledCell(self.unit_code, self.part.form, finding.rule, key, finding.field, finding.value)

    def text(self, finding: Finding) -> str:
        """The row's 上报说明; for a finding about the file, the first that names the rule."""
        if finding.row is not None and finding.row in self.texts:
            return self.texts[finding.row]
        return next((text for text in self.texts.values() if names_rule(text, finding.rule)), "")

    def explanation(self, finding: Finding, period: str, submission_id: str, by: str, at: datetime) -> Explanation:
        """The explanation a file gives for a finding."""
        reason, text = split_reason(self.text(finding))
        return Explanation(self.cell(finding), period, period, reason, text, "file", submission_id, by, at)


def explanations_in(validated: ValidatedSubmission, layout: FormLayout) -> list[Explanation]:
    """What a file says in 上报说明 to its own queries; the bureau decides on it."""
    queries = [f for f in validated.verdict.findings if f.severity == "query"]
    if not queries:
        return []
    places = Places.of(validated.part, layout, validated.unit_code)
    return [
        places.explanation(
            f, validated.period, validated.submission_id, validated.unit_code, validated.receipt.arrived_at
        )
        for f in queries
        if adequate(places.text(f))
    ]


def apply_rulings(context: Context, part: FormPart, verdict: Verdict, history: UnitHistory) -> Verdict:
    """The verdict as it stands under the rulings that the history names."""
    if not history.rulings or part.unit_code is None or part.period is None:
        return verdict
    waivers, explanations = context.warehouse.rulings.of_tokens(history.rulings.split())
    layout = context.programme.forms[part.form]
    places = Places.of(part, layout, part.unit_code)
    answered = _answered(verdict.findings, places, explanations, part.period)
    findings = _lifted(answered, places, waivers)
    if findings == answered:
        return replace(verdict, findings=findings)
    failing = _failing(findings, part)
    if not failing:
        findings = tuple(f for f in findings if not _held_too_much(f, verdict, part))
    return verdict_of(part, layout, findings, failing, verdict.rule_runs)


def _answered(
    findings: tuple[Finding, ...], places: Places, explanations: list[Explanation], period: str
) -> tuple[Finding, ...]:
    good = {e.cell for e in explanations if e.state != "returned" and adequate(e.text)}
    bad = {e.explanation_id for e in explanations if e.state == "returned"}
    done = []
    for finding in findings:
        if finding.severity == "query":
            cell = places.cell(finding)
            if cell in good:
                finding = replace(finding, answered=True)
            elif finding.answered and bad:
                given = places.explanation(finding, period, "", "", _NEVER)
                finding = replace(finding, answered=given.explanation_id not in bad)
        done.append(finding)
    return tuple(done)


def _lifted(findings: tuple[Finding, ...], places: Places, waivers: list[Waiver]) -> tuple[Finding, ...]:
    by_cell = {w.cell: w for w in waivers}
    done = []
    for finding in findings:
        waiver = by_cell.get(places.cell(finding)) if finding.severity == "error" else None
        if waiver is not None:
            by = f"{waiver.first_by}、{waiver.second_by}"
            finding = replace(
                finding,
                severity="information",
                message_zh=f"{finding.message_zh}【已豁免：{waiver.reason}；{by} 签字；有效至 {waiver.until}】",
                message_en=f"{finding.message_en} [Waived: {waiver.reason}; signed by {by}; until {waiver.until}]",
            )
        done.append(finding)
    return tuple(done)


def _failing(findings: tuple[Finding, ...], part: FormPart) -> tuple[int, ...]:
    data = set(part.rows["row_no"].to_pylist())
    return tuple(sorted({f.row for f in findings if f.severity == "error" and f.row in data if f.row is not None}))


def _held_too_much(finding: Finding, before: Verdict, part: FormPart) -> bool:
    """F01's second half (held-back rows hold over 0.5 % of the unit's investment): nothing is held back any more."""
    if finding.rule != "F01" or finding.row is not None or finding.severity != "error":
        return False
    held = _failing(before.findings, part)
    rows = part.rows.filter(pc.is_in(part.rows["row_no"], pa.array(held, pa.int64())))
    amount = pc.sum(pc.abs(rows["ytd"])).as_py() or Decimal(0)
    return bool(finding.value) and Decimal(finding.value) >= amount > 0
