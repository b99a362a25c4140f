"""What a month is made of: the identity of its inputs, and whether an earlier month has changed since."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa

from ..db.schema import CURRENT_SUBMISSION, LOAD, SUBMISSION


def inputs_hash(connection: sa.Connection, period: str) -> str:
    """SHA-256 over the sorted current submissions of a period and their verdicts."""
    table = CURRENT_SUBMISSION.c
    query = sa.select(table.submission_id, table.verdict_id).where(table.period == period)
    pairs = sorted(tuple(row) for row in connection.execute(query))
    return sha256("\n".join(f"{submission} {verdict}" for submission, verdict in pairs).encode()).hexdigest()


def loaded_before_period_since(connection: sa.Connection, period: str, since: datetime) -> bool:
    """Whether a version of an earlier period was loaded after `since`."""
    query = (
        sa.select(SUBMISSION.c.submission_id)
        .join(LOAD, LOAD.c.load_id == SUBMISSION.c.load_id)
        .where(SUBMISSION.c.period < period, LOAD.c.committed_at > since)
        .limit(1)
    )
    return connection.execute(query).first() is not None
