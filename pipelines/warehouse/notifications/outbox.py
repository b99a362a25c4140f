"""The outbox in SQL: notices enter in the transaction of their cause, leave by lease and attempt, and stay as evidence.

Delivery is at least once: `started` is recorded before a channel is called and `ended` after it answered, so a sender that dies
between leaves an attempt without an end and the message goes again under the same id. Leases: `leases`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from pipelines.model.notifications import Attempt, Ending, MessageText, Notification, NotificationState, OutboxRow

from ..db import audit_log
from ..db.column_types import storable_text
from ..db.in_lists import chunks
from ..db.recorded_rows import ATTEMPTS, OUTBOX_ADD, outbox_digest
from ..db.schema import DELIVERY, OUTBOX

OPEN: tuple[NotificationState, ...] = ("pending", "collected")
_KEPT = tuple(f.name for f in fields(Notification) if f.name not in ("text", "state", "reason"))
_ADVISORY = 0x5A1A
_TEXTS = ("subject", "body", "address", "role", "link", "closed_reason", "key")


def put(connection: sa.Connection, notices: Iterable[Notification]) -> list[Notification]:
    """Adds the notices whose key is not there yet and returns them. Call it before the audit entry of the same transaction:
    both are taken in this order everywhere, so that two writers cannot wait for each other."""
    offered = {notice.key: notice for notice in notices}
    if not offered:
        return []
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY)))
    known: set[str] = set()
    for keys in chunks(offered):
        known.update(connection.scalars(sa.select(OUTBOX.c.key).where(OUTBOX.c.key.in_(keys))))
    fresh = [notice for key, notice in offered.items() if key not in known]
    last = connection.scalar(sa.select(sa.func.max(OUTBOX.c.ordinal))) or 0
    if fresh:
        connection.execute(OUTBOX.insert(), [_stored(n, last + i) for i, n in enumerate(fresh, 1)])
        note_added(connection, last + 1, max(n.created_at for n in fresh))
    return fresh


def note_added(connection: sa.Connection, first: int, at: datetime) -> None:
    """The audit log carries what the messages from number `first` on say; none where there are none."""
    if (last := connection.scalar(sa.select(sa.func.max(OUTBOX.c.ordinal))) or 0) >= first:
        said = {"first": first, "last": last, "content": outbox_digest(connection, first, last), ATTEMPTS: "hashed"}
        audit_log.append(connection, at, "saima", OUTBOX_ADD, "outbox", said)


def close(
    connection: sa.Connection, reasons: Mapping[str, str], at: datetime, state: NotificationState = "withdrawn"
) -> int:
    """Gives up messages that are not sent yet (message_id → why): withdrawn, or passed over by a later rung."""
    changed = 0
    for message_id, reason in sorted(reasons.items()):
        waiting = (OUTBOX.c.message_id == message_id) & OUTBOX.c.state.in_(OPEN)
        values = {"state": state, "closed_at": at, "closed_reason": storable_text(reason)}
        changed += connection.execute(OUTBOX.update().where(waiting).values(**values)).rowcount
    return changed


def postpone(connection: sa.Connection, until: Mapping[str, datetime]) -> int:
    """Lets pending messages wait longer (a snooze of their stage)."""
    changed = 0
    for message_id, moment in sorted(until.items()):
        waiting = (OUTBOX.c.message_id == message_id) & (OUTBOX.c.state == "pending") & (OUTBOX.c.not_before < moment)
        changed += connection.execute(OUTBOX.update().where(waiting).values(not_before=moment)).rowcount
    return changed


def fold(connection: sa.Connection, digests: Mapping[str, Sequence[str]], at: datetime) -> None:
    """Marks collected messages as told in a digest: digest message_id → the messages it tells."""
    for digest_id, message_ids in sorted(digests.items()):
        for ids in chunks(sorted(message_ids)):
            chosen = OUTBOX.c.message_id.in_(ids) & (OUTBOX.c.state == "collected")
            connection.execute(
                OUTBOX.update().where(chosen).values(state="digested", closed_at=at, digest_id=digest_id)
            )


def start(
    connection: sa.Connection, message_ids: Sequence[str], sender: str, at: datetime, span: timedelta
) -> dict[str, int]:
    """Records that attempts begin: message_id → number of the attempt; without those that are no longer this sender's to send."""
    begun: dict[str, tuple[str, int]] = {}
    for ids in chunks(message_ids):
        last = sa.select(DELIVERY.c.message_id, sa.func.max(DELIVERY.c.attempt)).where(DELIVERY.c.message_id.in_(ids))
        earlier = {i: int(number) for i, number in connection.execute(last.group_by(DELIVERY.c.message_id))}
        mine = OUTBOX.c.message_id.in_(ids) & (OUTBOX.c.state == "pending") & (OUTBOX.c.leased_by == sender)
        taken = OUTBOX.update().where(mine).values(attempts=OUTBOX.c.attempts + 1, lease_until=at + span)
        for i, channel in connection.execute(taken.returning(OUTBOX.c.message_id, OUTBOX.c.channel)):
            begun[i] = (channel, earlier.get(i, 0) + 1)
    if begun:
        connection.execute(
            DELIVERY.insert(),
            [
                {
                    "message_id": i,
                    "attempt": number,
                    "phase": "started",
                    "channel": channel,
                    "at": at,
                    "accepted": None,
                    "detail": "",
                }
                for i, (channel, number) in begun.items()
            ],
        )
    return {i: number for i, (_, number) in begun.items()}


def end(connection: sa.Connection, endings: Sequence[Ending]) -> None:
    """Records what attempts came to. A receiver that asks for a pause asks it of every message of its channel that waits, whoever sends
    it next."""
    channels: dict[str, str] = {}
    for ids in chunks(e.message_id for e in endings):
        found = sa.select(OUTBOX.c.message_id, OUTBOX.c.channel).where(OUTBOX.c.message_id.in_(ids))
        channels.update((i, channel) for i, channel in connection.execute(found))
    entries = [
        {
            "message_id": e.message_id,
            "attempt": e.attempt,
            "phase": "ended",
            "channel": channels[e.message_id],
            "at": e.at,
            "accepted": e.answer.accepted,
            "detail": storable_text(e.answer.detail)[:500],
        }
        for e in endings
    ]
    if entries:
        connection.execute(DELIVERY.insert(), entries)
    free = {"lease_until": None, "leased_by": None}
    accepted: dict[datetime, list[str]] = defaultdict(list)
    for e, entry in zip(endings, entries, strict=True):
        one = OUTBOX.c.message_id == e.message_id
        if e.answer.accepted:
            accepted[e.at].append(e.message_id)
        elif e.next_at is None:
            dead = {"state": "dead", "closed_at": e.at, "closed_reason": entry["detail"]}
            connection.execute(OUTBOX.update().where(one, OUTBOX.c.state == "pending").values(**dead, **free))
        else:
            connection.execute(OUTBOX.update().where(one).values(next_at=e.next_at, **free))
        if e.answer.retry_after is not None:
            until = e.at + timedelta(seconds=e.answer.retry_after)
            sooner = (OUTBOX.c.channel == entry["channel"]) & (OUTBOX.c.state == "pending") & (OUTBOX.c.next_at < until)
            connection.execute(OUTBOX.update().where(sooner).values(next_at=until))
    for at, sent in accepted.items():
        done = {"state": "delivered", "closed_at": at, "closed_reason": ""}
        for ids in chunks(sent):
            connection.execute(OUTBOX.update().where(OUTBOX.c.message_id.in_(ids)).values(**done, **free))


def revive(connection: sa.Connection, message_id: str, at: datetime) -> bool:
    """A dead message is tried again from the first try on; False where it is not dead."""
    dead = (OUTBOX.c.message_id == message_id) & (OUTBOX.c.state == "dead")
    values = {"state": "pending", "attempts": 0, "next_at": at, "closed_at": None, "closed_reason": ""}
    return bool(connection.execute(OUTBOX.update().where(dead).values(**values)).rowcount)


def rows(
    connection: sa.Connection,
    periods: Collection[str] | None = None,
    states: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
    ids: Collection[str] | None = None,
    as_of: datetime | None = None,
    most: int | None = None,
) -> list[OutboxRow]:
    """Messages in the order in which they were made; `as_of` leaves out those made later, `most` all but the newest ones."""
    found: list[OutboxRow] = []
    query = sa.select(OUTBOX) if most is None else sa.select(OUTBOX).order_by(OUTBOX.c.ordinal.desc()).limit(most)
    asked_for = ((OUTBOX.c.period, periods), (OUTBOX.c.state, states), (OUTBOX.c.kind, kinds))
    query = query.where(*(column.in_(tuple(wanted)) for column, wanted in asked_for if wanted is not None))
    if as_of is not None:
        query = query.where(OUTBOX.c.created_at <= as_of)
    for part in [None] if ids is None else chunks(sorted(ids)):
        asked = query if part is None else query.where(OUTBOX.c.message_id.in_(part))
        found += map(row_of, connection.execute(asked))
    return sorted(found, key=lambda row: row.ordinal)  # here: a database may go through all for the order of a few


def attempts(
    connection: sa.Connection, message_ids: Iterable[str], as_of: datetime | None = None
) -> dict[str, list[Attempt]]:
    """message_id → its attempts, oldest first, as known by `as_of`."""
    found: dict[str, dict[int, Attempt]] = {}
    for ids in chunks(message_ids):
        query = sa.select(DELIVERY).where(DELIVERY.c.message_id.in_(ids))
        if as_of is not None:
            query = query.where(DELIVERY.c.at <= as_of)
        for row in connection.execute(query.order_by(DELIVERY.c.attempt, DELIVERY.c.phase.desc())):
            own = found.setdefault(row.message_id, {})
            if row.phase == "started":
                own[row.attempt] = Attempt(row.message_id, row.attempt, row.channel, row.at)
            elif row.attempt in own:
                first = own[row.attempt]
                own[row.attempt] = Attempt(
                    row.message_id, row.attempt, row.channel, first.started_at, row.at, row.accepted, row.detail
                )
    return {message_id: list(own.values()) for message_id, own in found.items()}


def started_since(connection: sa.Connection, channel: str, since: datetime, until: datetime) -> list[datetime]:
    """When a channel was called in (since, until], over all senders."""
    seen = (DELIVERY.c.channel == channel) & (DELIVERY.c.phase == "started")
    query = sa.select(DELIVERY.c.at).where(seen, DELIVERY.c.at > since, DELIVERY.c.at <= until)
    return list(connection.scalars(query))


def _stored(notice: Notification, ordinal: int) -> dict[str, Any]:
    values = {name: getattr(notice, name) for name in _KEPT}
    values |= {"message_id": notice.message_id, "ordinal": ordinal, "state": notice.state, "attempts": 0}
    values |= {"subject": notice.text.subject, "body": notice.text.body, "next_at": notice.not_before}
    closed = notice.created_at if notice.state not in OPEN else None
    values |= {"closed_at": closed, "closed_reason": notice.reason, "digest_id": "", "facts": dict(notice.facts)}
    return values | {name: storable_text(values[name]) for name in _TEXTS}


def row_of(row: sa.Row[Any]) -> OutboxRow:
    values = {name: getattr(row, name) for name in _KEPT}
    notice = Notification(**values, text=MessageText(row.subject, row.body), state=row.state, reason=row.closed_reason)
    return OutboxRow(
        notice, row.ordinal, row.state, row.attempts, row.next_at, row.closed_at, row.closed_reason, row.digest_id
    )
