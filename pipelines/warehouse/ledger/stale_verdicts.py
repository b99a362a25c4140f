"""Verdicts to make again: what they rest on is another now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from typing import Literal

import sqlalchemy as sa

from pipelines.model.history import HistoryPolicy
from pipelines.model.loading import StaleVerdict, SubmissionRow

from ..staging.stage_reader import Key
from .histories import histories
from .replaced_versions import order_of, replaceable, replaced
from .rulings import returned_at
from .versions import Asked, submissions


def stale(
    connection: sa.Connection,
    rules_version: str,
    programme_version: str,
    policy: HistoryPolicy,
    period: str | None = None,
    only: Collection[Key] | None = None,
) -> list[StaleVerdict]:
    """Versions, but for superseded ones, whose verdict was made under other rules, programme or history than hold now; with
    `only`, those of these units, periods and forms, and no other month is read."""
    by_scope: dict[tuple[str, str], list[SubmissionRow]] = defaultdict(list)
    periods = [period] if only is None else sorted({month for _, month, _ in only})
    for row in (row for month in periods for row in submissions(connection, Asked(None, month, month))):
        if only is None or (row.unit_code, row.period, row.form) in only:
            by_scope[(row.period, row.form)].append(row)
    found = []
    returned = {i: at for month in periods for i, at in returned_at(connection, month).items()}
    for (month, form), rows in sorted(by_scope.items()):
        before = replaceable(rows, returned)
        rows = [row for row in rows if row.state != "superseded"]
        now = histories(connection, form, month, [row.unit_code for row in rows], policy)
        for row in rows:
            would_be = replace(now[row.unit_code], replaces=replaced(before.get(row.unit_code, ()), order_of(row)))
            reasons: list[Literal["rules", "programme", "history"]] = []
            if row.rules_version != rules_version:
                reasons.append("rules")
            if row.programme_version != programme_version:
                reasons.append("programme")
            if row.history != would_be or (row.submission_id in returned and row.state != "returned"):
                reasons.append("history")
            if reasons:
                found.append(
                    StaleVerdict(row.submission_id, row.receipt_id, row.unit_code, row.period, row.form, tuple(reasons))
                )
    return found
