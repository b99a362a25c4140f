"""Rows that people's decisions left, against the hashes that the audit log carries of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from pipelines.model.history import UnitHistory
from pipelines.model.loading import AuditEntry

from ..db.recorded_rows import ATTEMPTS, CONTENTS, OUTBOX_ADD, RECORDED, contents_of, outbox_digest, row_name
from ..db.schema import (
    CURRENT_SUBMISSION,
    DATA_DELIVERY,
    DELIVERY,
    HISTORY_SNAPSHOT,
    LOAD,
    LOAD_STAGE,
    OUTBOX,
    PERIOD_INPUTS,
    RECEIPT,
)
from ..ledger.dispatch_rows import LAID_DOWN, dispatch_content
from ..ledger.month_inputs import inputs_hash

Looked = tuple[str, int, list[str]]
"""(check, looked at, failures)."""


def recorded_row_checks(connection: sa.Connection, entries: Sequence[AuditEntry]) -> Iterator[Looked]:
    """One check a kind of row, and those of outbox, loads and deliveries."""
    expected: dict[str, str] = {}
    for entry in entries:
        given = entry.detail.get(CONTENTS)
        if isinstance(given, dict):
            expected.update(given)
    for kind in RECORDED:
        yield _rows(connection, kind, expected, entries)
    yield _outbox(connection, entries)
    yield _loads(connection, entries)
    yield _deliveries(connection, entries)
    yield _dispatch_tables(connection, entries)
    yield _period_inputs(connection)


def _rows(connection: sa.Connection, kind: str, expected: dict[str, str], entries: Sequence[AuditEntry]) -> Looked:
    """Every row is as it was last written, none was added or taken out. Rows that an older version recorded without a hash pass."""
    without_hash = any(RECORDED[kind].left_unhashed(e.action, e.detail) for e in entries)
    there = contents_of(connection, kind)
    unhashed = _sent_before(connection, entries) - expected.keys() if kind == "attempt" else set()
    for name in {*_unfinished(connection, kind), *unhashed}:
        there.pop(name, None)
        expected.pop(name, None)
    logged = {name: content for name, content in expected.items() if name.startswith(f"{kind}:")}
    bad = [f"{name}: 被改动 / changed" for name, content in there.items() if name in logged and logged[name] != content]
    bad += [f"{name}: 被删除 / taken out" for name in logged.keys() - there.keys()]
    if not without_hash:
        bad += [f"{name}: 审计日志中没有 / not in the audit log" for name in there.keys() - logged.keys()]
    return (
        f"recorded-{kind.removesuffix('y')}ies" if kind.endswith("y") else f"recorded-{kind}s",
        len(there.keys() | logged.keys()),
        sorted(bad),
    )


def _sent_before(connection: sa.Connection, entries: Sequence[AuditEntry]) -> set[str]:
    """Attempts to send messages that were written by a version which hashed no attempts, or no messages either."""
    said = [e.detail for e in entries if e.action == OUTBOX_ADD and ATTEMPTS in e.detail]
    hashed = {n for one in said for n in range(int(str(one["first"])), int(str(one["last"])) + 1)}
    query = sa.select(OUTBOX.c.ordinal, DELIVERY.c.message_id, DELIVERY.c.attempt, DELIVERY.c.phase).join(
        OUTBOX, OUTBOX.c.message_id == DELIVERY.c.message_id
    )
    rows = connection.execute(query).mappings()
    return {row_name("attempt", dict(row)) for row in rows if row["ordinal"] not in hashed}


def _unfinished(connection: sa.Connection, kind: str) -> list[str]:
    """Rows that the log does not speak for yet: receipts that wait to be read (again), attempts of a sender that died in between."""
    if kind == "receipt":
        waiting = sa.select(RECEIPT.c.receipt_id).where(RECEIPT.c.state == "received")
        return [row_name(kind, dict(row)) for row in connection.execute(waiting).mappings()]
    if kind == "attempt":
        key = (DELIVERY.c.message_id, DELIVERY.c.attempt)
        ended = {tuple(row) for row in connection.execute(sa.select(*key).where(DELIVERY.c.phase == "ended"))}
        started = sa.select(*key, DELIVERY.c.phase).where(DELIVERY.c.phase == "started")
        rows = connection.execute(started).mappings()
        return [row_name(kind, dict(row)) for row in rows if (row["message_id"], row["attempt"]) not in ended]
    return []


def _outbox(connection: sa.Connection, entries: Sequence[AuditEntry]) -> Looked:
    """What every message says is what it said when it was written."""
    added = [e.detail for e in entries if e.action == OUTBOX_ADD]
    numbers = list(connection.scalars(sa.select(OUTBOX.c.ordinal).order_by(OUTBOX.c.ordinal)))
    bad: list[str] = []
    covered: set[int] = set()
    for one in added:
        first, last = int(str(one["first"])), int(str(one["last"]))
        covered.update(range(first, last + 1))
        if outbox_digest(connection, first, last) != one["content"]:
            bad.append(f"{first}–{last}: 被改动 / changed")
    since = min(covered, default=None)
    bad += [f"{n}: 审计日志中没有 / not in the audit log" for n in numbers if since and n > since and n not in covered]
    return "outbox-texts", len(numbers), bad


def _loads(connection: sa.Connection, entries: Sequence[AuditEntry]) -> Looked:
    """Every committed load of submissions is in the audit log with its moment, and the other way round: a log whose end was cut off
    lacks some."""
    staged = sa.select(LOAD.c.load_id, LOAD.c.committed_at).join(LOAD_STAGE, LOAD_STAGE.c.load_id == LOAD.c.load_id)
    committed = {tuple(row) for row in connection.execute(staged.where(LOAD.c.state == "committed").distinct())}
    logged = {(e.subject, e.at) for e in entries if e.action == "load"}
    return "logged-loads", len(committed | logged), sorted({load for load, _ in committed ^ logged})


def _deliveries(connection: sa.Connection, entries: Sequence[AuditEntry]) -> Looked:
    recorded = {
        (r.delivery_id, r.content_hash, r.destination, r.delivered_by, r.delivered_at)
        for r in connection.execute(sa.select(DATA_DELIVERY))
    }
    logged = {
        (e.subject, e.detail["content_hash"], e.detail["destination"], e.actor, e.at)
        for e in entries
        if e.action == "deliver"
    }
    return "deliveries", len(recorded | logged), sorted({str(one[0]) for one in recorded ^ logged})


def _dispatch_tables(connection: sa.Connection, entries: Sequence[AuditEntry]) -> Looked:
    """The rows of the dispatch tables of every month are those that were laid down last; months that an older version laid down, and
    nobody since, are not looked at."""
    logged = {e.subject: str(e.detail["content"]) for e in entries if e.action == LAID_DOWN}
    bad = [period for period, content in sorted(logged.items()) if dispatch_content(connection, period) != content]
    return "dispatch-tables", len(logged), bad


def _period_inputs(connection: sa.Connection) -> Looked:
    """The identity of each month's inputs, by which it is closed again when they change, is that of its current submissions."""
    noted = {row.period: row.inputs_hash for row in connection.execute(sa.select(PERIOD_INPUTS))}
    months = connection.scalars(sa.select(CURRENT_SUBMISSION.c.period).distinct())
    stands = {period: inputs_hash(connection, period) for period in {*months, *noted}}
    return (
        "period-inputs",
        len(stands),
        sorted(period for period, found in stands.items() if noted.get(period) != found),
    )


def history_check(connection: sa.Connection) -> Looked:
    """Every recorded history is what its identity says."""
    rows = connection.execute(sa.select(HISTORY_SNAPSHOT)).mappings().all()
    bad = []
    for row in rows:
        values = {name: value for name, value in row.items() if name != "history_id"}
        values["recent"] = tuple(values["recent"] or ())
        if UnitHistory(**values).history_id != row["history_id"]:
            bad.append(str(row["history_id"]))
    return "histories", len(rows), bad
