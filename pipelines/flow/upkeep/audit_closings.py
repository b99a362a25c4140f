"""Closings against the ledger: who was missing is who had not reported by the moment of closing."""

from __future__ import annotations

from ...model.loading import HISTORY, Check
from ...model.periods import Period
from ..month.close import missing_units
from ..records.submission_status import submission_statuses
from ..runtime.context import Context


def check_expected_units(context: Context) -> Check:
    """The newest closing of each month whose inputs still stand: every unit that owed a return had one that counts, or is named as
    missing."""
    newest = {c.period: c for c in context.warehouse.closings.all()}
    bad, looked_at = [], 0
    for name, closing in newest.items():
        if closing.reason == HISTORY or context.warehouse.inputs_hash(name) != closing.inputs_hash:
            continue
        found = submission_statuses(context, Period.parse(name), closing.closed_at)
        looked_at += len(found)
        missing = set(missing_units(context, found))
        bad += [f"{name}: {unit}" for unit in sorted(missing ^ set(closing.missing))]
    return Check("expected-units", looked_at, len(bad), ", ".join(bad[:5]))
