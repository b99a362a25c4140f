"""The audit log: an append-only chain of hashes, written in the transaction of what it records."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from pipelines.model.loading import AuditEntry, Check

from .column_types import canonical_json, instant_text
from .locking import lock_for_appending
from .schema import AUDIT_LOG

GENESIS = "0" * 64


def append(
    connection: sa.Connection, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, object]
) -> AuditEntry:
    """Adds one link inside the caller's write transaction."""
    lock_for_appending(connection, AUDIT_LOG.name)
    last = connection.execute(
        sa.select(AUDIT_LOG.c.seq, AUDIT_LOG.c.hash).order_by(AUDIT_LOG.c.seq.desc()).limit(1)
    ).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    link = link_hash(seq, at, actor, action, subject, detail, previous)
    connection.execute(
        AUDIT_LOG.insert().values(
            seq=seq,
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            detail=dict(detail),
            previous_hash=previous,
            hash=link,
        )
    )
    return AuditEntry(seq, at, actor, action, subject, detail, previous, link)


def link_hash(
    seq: int, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, object], previous: str
) -> str:
    """SHA-256 over every field of the entry and the hash before it, in a fixed text form."""
    fields: list[Any] = [seq, instant_text(at), actor, action, subject, dict(detail), previous]
    return sha256(canonical_json(fields).encode("utf-8")).hexdigest()


def entries(
    connection: sa.Connection,
    limit: int | None = None,
    action: str | None = None,
    subjects: Collection[str] | None = None,
) -> list[AuditEntry]:
    """The entries in their order; with `limit` only the newest ones, with `action` and `subjects` (a few) only theirs."""
    query = sa.select(AUDIT_LOG).order_by(AUDIT_LOG.c.seq.desc())
    if action is not None:
        query = query.where(AUDIT_LOG.c.action == action)
    if subjects is not None:
        query = query.where(AUDIT_LOG.c.subject.in_(sorted(subjects)))
    rows = connection.execute(query if limit is None else query.limit(limit)).all()
    return [
        AuditEntry(r.seq, r.at, r.actor, r.action, r.subject, r.detail, r.previous_hash, r.hash) for r in reversed(rows)
    ]


def backdated_after(connection: sa.Connection, seq: int, at: datetime, messages: Collection[str]) -> bool:
    """Whether something other than messages (prefixes of actions) was recorded after an entry as of its moment or an earlier one: by a
    clock that was put back, or twice at one moment."""
    log = AUDIT_LOG.c
    query = sa.select(log.seq).where(log.seq > seq, log.at <= at, *(~log.action.startswith(name) for name in messages))
    return connection.execute(query.limit(1)).first() is not None


def verify(connection: sa.Connection) -> Check:
    """Recomputes the chain from its first entry."""
    previous, expected, broken = GENESIS, 1, []
    found = entries(connection)
    for entry in found:
        link = link_hash(entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.detail, previous)
        if entry.seq != expected or entry.previous_hash != previous or entry.hash != link:
            broken.append(entry.seq)
        previous, expected = entry.hash, entry.seq + 1
    detail = f"断裂于 / broken at {', '.join(map(str, broken[:10]))}" if broken else f"head {previous[:16]}"
    return Check("audit-chain", len(found), len(broken), detail)
