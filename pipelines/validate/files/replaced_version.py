"""A12: a new version that lacks most rows of the one whose place it takes is an error until its sender confirms it."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa

from expectations.catalogue import RULES
from expectations.catalogue.whole import ROWS_KEPT
from expectations.rule import Severity

from ..explanations import names_rule
from ..finding_texts import FindingLocation, finding
from ..rows.past_fields import IDENTITY
from ..rows.validation_batch import ValidationBatch
from .outcome import FileOutcome


def rows_replaced(batch: ValidationBatch, ordinal: int) -> FileOutcome:
    """How many rows of the replaced version, by the form's key, are not in the part."""
    history, part, rule = batch.unit_history(ordinal), batch.parts[ordinal], RULES["A12"]
    if history.replaces is None or batch.history.rows is None:
        return FileOutcome(0, reason="没有被替换的版本 / no version of the month is replaced")
    names = [name for name in (batch.layout.key or IDENTITY) if name in batch.history.rows.column_names]
    before = _keys(batch.history.rows_of(history.replaces, names), batch)
    gone = sorted(before - _keys(part.rows, batch))
    if Fraction(len(before) - len(gone)) >= Fraction(str(ROWS_KEPT)) * len(before):
        return FileOutcome(len(before))
    explained = "explanation" in part.rows.column_names
    confirmed = explained and any(names_rule(text, rule.id) for text in part.rows["explanation"].to_pylist())
    templates = rule.kinds["confirmed"] if confirmed else (rule.message_zh, rule.message_en)
    told = {"before": len(before), "gone": len(gone), "example": " ".join(text for text in gone[0] if text)}
    severity: Severity | None = "information" if confirmed else None
    return FileOutcome(len(before), (finding(rule, templates, FindingLocation(part.sheet), told, severity=severity),))


def _keys(rows: pa.Table, batch: ValidationBatch) -> set[tuple[str, ...]]:
    names = [name for name in (batch.layout.key or IDENTITY) if name in rows.column_names]
    columns = [rows[name].to_pylist() for name in names]
    return {tuple("" if value is None else str(value) for value in key) for key in zip(*columns, strict=True)}
