"""The outbox's own check of the books: legal states, and evidence for every delivery.

A message that nobody sent yet is no false book: `saima alerts check` and the engineers' page say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any, get_args

import sqlalchemy as sa

from pipelines.model.notifications import NotificationState

from ..db.schema import DELIVERY, OUTBOX

LONGEST_WAIT = timedelta(days=60)
"""No quiet hour, holiday or pause between attempts puts a message off for so long."""


def outbox_checks(connection: sa.Connection) -> list[tuple[str, int, list[str]]]:
    """(check, looked at, failures)."""
    rows = list(connection.execute(sa.select(OUTBOX).order_by(OUTBOX.c.ordinal)))
    accepted: dict[str, int] = defaultdict(int)
    ended: dict[str, int] = defaultdict(int)
    tried: dict[str, int] = defaultdict(int)
    arrived: set[tuple[str, object]] = set()
    for attempt in connection.execute(sa.select(DELIVERY)):
        tried[attempt.message_id] += attempt.phase == "started"
        if attempt.phase == "ended":
            ended[attempt.message_id] += 1
            accepted[attempt.message_id] += bool(attempt.accepted)
            if attempt.accepted:
                arrived.add((attempt.message_id, attempt.at))
    digests = {row.message_id for row in rows if row.kind == "digest"}
    illegal = [f"{r.message_id[:12]} ({why})" for r in rows for why in _illegal(r, accepted, ended, tried, digests)]
    illegal += [
        f"{r.message_id[:12]} (delivered at another moment than its attempt ended)"
        for r in rows
        if r.state == "delivered" and accepted[r.message_id] and (r.message_id, r.closed_at) not in arrived
    ]
    return [("outbox-states", len(rows), illegal)]


def _illegal(
    row: Any, accepted: dict[str, int], ended: dict[str, int], tried: dict[str, int], digests: set[str]
) -> Iterator[str]:
    if row.state not in get_args(NotificationState):
        yield f"state {row.state}"
    if row.message_id != sha256(row.key.encode()).hexdigest()[:32]:
        yield "id is not that of its key"
    if (row.closed_at is None) != (row.state in ("pending", "collected")):
        yield f"{row.state} and closed_at {row.closed_at}"
    if row.state == "pending" and max(row.not_before, row.next_at or row.not_before) > row.created_at + LONGEST_WAIT:
        yield "put off for months"
    if row.state == "delivered" and not accepted[row.message_id]:
        yield "delivered without an accepted attempt"
    if row.state != "delivered" and accepted[row.message_id]:
        yield f"accepted by the receiver but {row.state}"
    if row.state == "dead" and not ended[row.message_id]:
        yield "dead without an attempt"
    if row.state != "digested" and row.digest_id:
        yield f"{row.state} and told in a digest"
    if row.state == "delivered" and row.closed_reason:
        yield "delivered, with a reason why not"
    if row.attempts > tried[row.message_id]:
        yield f"{row.attempts} attempts, of which {tried[row.message_id]} are recorded"
    if row.state == "digested" and row.digest_id not in digests:
        yield "told in a digest that is not there"
    if row.state in ("collected", "digested") and ended[row.message_id]:
        yield f"{row.state} but tried"
