"""The verdict that holds of a version: where its rows are in the lake, how every rule fared, and when it was computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from pipelines.model.findings import RuleRun, RuleTotal

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


def rule_totals(connection: sa.Connection, submission_ids: Sequence[str]) -> list[RuleTotal]:
    """The same added up over the submissions, by rule, status and reason: a country's month has 280,000 runs."""
    found: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    run = RULE_RUN.c
    for ids in chunks(submission_ids):
        query = (
            sa.select(run.rule, run.status, run.reason, sa.func.count(), sa.func.sum(run.rows), sa.func.sum(run.failed))
            .join(SUBMISSION, SUBMISSION.c.verdict_id == run.verdict_id)
            .where(SUBMISSION.c.submission_id.in_(ids))
            .group_by(run.rule, run.status, run.reason)
        )
        for rule, status, reason, *numbers in connection.execute(query):
            own = found[(rule, status, reason)]
            own[:] = [before + int(number) for before, number in zip(own, numbers, strict=True)]
    return [RuleTotal(*key, *numbers) for key, numbers in sorted(found.items())]  # type: ignore[arg-type]  # a status


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
