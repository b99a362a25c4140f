"""The verdict that holds of a version: where its rows are in the lake, how every rule fared, and when it was computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from pipelines.model.findings import RuleRun

from ..db.in_lists import chunks
from ..db.schema import RECEIPT, RULE_RUN, SUBMISSION, VERDICT


def scopes_of(connection: sa.Connection, submission_ids: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """submission → (period, form, verdict_id) of the versions the ledger has."""
    found = {}
    for ids in chunks(submission_ids):
        query = sa.select(
            SUBMISSION.c.submission_id, SUBMISSION.c.period, SUBMISSION.c.form, SUBMISSION.c.verdict_id
        ).where(SUBMISSION.c.submission_id.in_(ids))
        for submission, period, form, verdict in connection.execute(query):
            found[submission] = (period, form, verdict)
    return found


def rule_runs(connection: sa.Connection, submission_ids: Sequence[str]) -> dict[str, tuple[RuleRun, ...]]:
    """How every rule fared in the verdict that holds, by submission; a submission without runs is absent."""
    found: dict[str, list[RuleRun]] = defaultdict(list)
    for ids in chunks(submission_ids):
        query = (
            sa.select(SUBMISSION.c.submission_id, RULE_RUN)
            .join(RULE_RUN, RULE_RUN.c.verdict_id == SUBMISSION.c.verdict_id)
            .where(SUBMISSION.c.submission_id.in_(ids))
            .order_by(RULE_RUN.c.rule)
        )
        for row in connection.execute(query):
            found[row.submission_id].append(RuleRun(row.rule, row.status, row.rows, row.failed, row.reason))
    return {submission: tuple(runs) for submission, runs in found.items()}


def judged_after(connection: sa.Connection, instant: datetime) -> bool:
    """Whether the verdict that holds of a version that had arrived by the instant was computed after it."""
    query = (
        sa.select(SUBMISSION.c.submission_id)
        .join(VERDICT, VERDICT.c.verdict_id == SUBMISSION.c.verdict_id)
        .join(RECEIPT, RECEIPT.c.receipt_id == SUBMISSION.c.receipt_id)
        .where(RECEIPT.c.arrived_at <= instant, VERDICT.c.judged_at > instant)
        .limit(1)
    )
    return connection.execute(query).first() is not None
