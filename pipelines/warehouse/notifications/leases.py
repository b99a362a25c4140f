"""Leases of the outbox: which sender may send which message now. One recipient (channel, address) hears in order: only its first due
message may be leased."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from pipelines.model.notifications import OutboxRow

from ..db.in_lists import chunks
from ..db.locking import host
from ..db.schema import OUTBOX
from .outbox import row_of


def lease(
    connection: sa.Connection,
    now: datetime,
    span: timedelta,
    sender: str,
    limit: int,
    without: Collection[str] = (),
    bulk: Collection[str] = (),
) -> list[OutboxRow]:
    """Leases up to `limit` due messages to a sender, in order: of each recipient the first, over channels of `bulk` (which take many
    in one go) all. A recipient whose message waits for its next try, or is in another sender's hands, waits with all that
    follow. `without`: channels left alone for now."""
    order = (OUTBOX.c.priority, OUTBOX.c.created_at, OUTBOX.c.ordinal)
    place = sa.func.row_number().over(partition_by=(OUTBOX.c.channel, OUTBOX.c.address), order_by=order)
    due = (
        sa.select(OUTBOX.c.message_id, place.label("place"))
        .where(OUTBOX.c.state == "pending", OUTBOX.c.not_before <= now, OUTBOX.c.channel.not_in(tuple(without)))
        .subquery()
    )
    query = (
        sa.select(OUTBOX)
        .join(due, due.c.message_id == OUTBOX.c.message_id)
        .where(sa.or_(due.c.place == 1, sa.and_(due.c.place <= limit, OUTBOX.c.channel.in_(tuple(bulk)))))
        .order_by(*order)
    )
    waiting: set[tuple[str, str]] = set()
    chosen: list[sa.Row[Any]] = []
    for row in connection.execute(query):
        if len(chosen) == limit:
            break
        recipient = (row.channel, row.address)
        if recipient in waiting:
            continue
        held = row.lease_until is not None and row.lease_until > now and _alive(row.leased_by)
        if row.next_at > now or held:
            waiting.add(recipient)
        else:
            chosen.append(row)
    taken = _take(connection, chosen, sender, now + span)
    lost = {(row.channel, row.address) for row in chosen if row.message_id not in taken}
    after_lost = [row.message_id for row in chosen if (row.channel, row.address) in lost and row.message_id in taken]
    for ids in chunks(after_lost):
        free = OUTBOX.c.message_id.in_(ids) & (OUTBOX.c.leased_by == sender)
        connection.execute(OUTBOX.update().where(free).values(lease_until=None, leased_by=None))
    return [row_of(row) for row in chosen if (row.channel, row.address) not in lost]


def _take(connection: sa.Connection, chosen: Sequence[sa.Row[Any]], sender: str, until: datetime) -> set[str]:
    """Leases those that still are as they were read; another sender may have come first."""
    by_holder: dict[str | None, list[str]] = defaultdict(list)
    for row in chosen:
        by_holder[row.leased_by].append(row.message_id)
    taken: set[str] = set()
    for holder, messages in by_holder.items():
        unchanged = OUTBOX.c.leased_by.is_(None) if holder is None else OUTBOX.c.leased_by == holder
        for ids in chunks(messages):
            due = OUTBOX.c.message_id.in_(ids) & (OUTBOX.c.state == "pending") & unchanged
            lease = OUTBOX.update().where(due).values(lease_until=until, leased_by=sender)
            taken.update(connection.scalars(lease.returning(OUTBOX.c.message_id)))
    return taken


def release(connection: sa.Connection, sender: str) -> None:
    """Gives back what a sender has leased and not sent."""
    held = OUTBOX.c.leased_by == sender
    connection.execute(OUTBOX.update().where(held).values(lease_until=None, leased_by=None))


def _alive(sender: str | None) -> bool:
    """Whether a sender may still be at work: one of this machine whose process is gone is not, whatever its lease says."""
    name, _, rest = (sender or "").partition(":")
    process = rest.partition(":")[0]
    if name != host() or not process.isdigit():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
