"""Receipts and recoveries of a load, written in its own transaction: no verdict without its receipt, no receipt without it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from pipelines.model.findings import VerdictWord
from pipelines.model.loading import Loaded, NotifyOfLoad

from ..db.in_lists import chunks
from ..db.schema import SUBMISSION, VERDICT
from ..ledger import month_closings as months
from ..ledger import reads
from ..notifications import outbox

LADDER = ("reminder", "escalation", "public_mark")


def verdicts_before(connection: sa.Connection, submission_ids: Collection[str]) -> dict[str, VerdictWord]:
    """submission → its verdict as the ledger stands; none for a new one."""
    found: dict[str, VerdictWord] = {}
    joined = SUBMISSION.join(VERDICT, VERDICT.c.verdict_id == SUBMISSION.c.verdict_id)
    for ids in chunks(submission_ids):
        query = sa.select(SUBMISSION.c.submission_id, VERDICT.c.word).select_from(joined)
        found |= {r.submission_id: r.word for r in connection.execute(query.where(SUBMISSION.c.submission_id.in_(ids)))}
    return found


def notify_of_load(
    connection: sa.Connection,
    notify: NotifyOfLoad,
    kept: Collection[str],
    before: dict[str, VerdictWord],
    now: datetime,
) -> int:
    """Asks what to say about the versions of this load and puts it into the outbox; the number of new notices."""
    periods = _periods(connection, kept)
    versions = [row for period in periods for row in reads.submissions(connection, period) if row.submission_id in kept]
    if not versions:
        return 0
    closings = {c.period: c.reason for period in periods for c in months.closes(connection, period)}
    notified = outbox.rows(connection, periods=periods, kinds=LADDER)
    notifications = notify(Loaded(now, tuple(versions), before, closings, tuple(notified)))
    fresh = outbox.put(connection, notifications.notices)
    outbox.close(connection, notifications.withdrawn, now)
    return len(fresh)


def _periods(connection: sa.Connection, submission_ids: Collection[str]) -> list[str]:
    found: set[str] = set()
    for ids in chunks(submission_ids):
        query = sa.select(SUBMISSION.c.period).where(SUBMISSION.c.submission_id.in_(ids)).distinct()
        found.update(connection.scalars(query))
    return sorted(found)
