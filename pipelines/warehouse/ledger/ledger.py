"""The ledger in SQL: receipts, versions and re-sends, as rows and as events of a timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import sqlalchemy as sa

from pipelines.model.findings import Finding
from pipelines.model.loading import LedgerReceipt, ReceiptState
from pipelines.model.submissions import AHEAD, Receipt

from ..db.in_lists import chunks
from ..db.locking import lock_for_appending
from ..db.schema import CURRENT_SUBMISSION, RECEIPT, RESEND, SUBMISSION, VERDICT
from ..staging.stage_reader import Key
from ..staging.timeline import Event


@dataclass(frozen=True)
class KnownEvent:
    """An event the ledger knows. `verdict_id` is None for a re-send; `version` its number where it ever was one."""

    event: Event
    key: Key
    version: int | None
    state: str
    revision: bool
    verdict_id: str | None

    @property
    def is_version(self) -> bool:
        return self.verdict_id is not None


def known_entries(
    connection: sa.Connection, source: str, names: Collection[str]
) -> dict[tuple[str, datetime, int], frozenset[str]]:
    """(name, arrived_at, size) → checksums received under it; under AHEAD in place of the time those whose source's clock was ahead
    (arrived when seen): their listing goes on naming another time."""
    found: dict[tuple[str, datetime, int], set[str]] = defaultdict(set)
    columns = (RECEIPT.c.name, RECEIPT.c.arrived_at, RECEIPT.c.seen_at, RECEIPT.c.size, RECEIPT.c.sha256)
    for part in chunks(names):
        query = sa.select(*columns).where(RECEIPT.c.source == source, RECEIPT.c.name.in_(part))
        for name, arrived_at, seen_at, size, digest in connection.execute(query):
            found[(name, arrived_at, size)].add(digest)
            if arrived_at == seen_at:
                found[(name, AHEAD, size)].add(digest)
    return {entry: frozenset(digests) for entry, digests in found.items()}


def add_receipts(connection: sa.Connection, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Inserts the receipts the ledger does not have and returns them; same = (source, name, arrived_at, sha256)."""
    lock_for_appending(connection, RECEIPT.name)  # two who collect at once know the same files
    offered = {receipt.receipt_id: receipt for receipt in reversed(receipts)}
    known: set[str] = set()
    for ids in chunks(offered):
        known.update(connection.scalars(sa.select(RECEIPT.c.receipt_id).where(RECEIPT.c.receipt_id.in_(ids))))
    fresh = sorted((r for i, r in offered.items() if i not in known), key=lambda r: (r.order, r.receipt_id))
    if fresh:
        connection.execute(
            RECEIPT.insert(),
            [
                {
                    "receipt_id": r.receipt_id,
                    "sha256": r.sha256,
                    "source": r.source,
                    "name": r.name,
                    "arrived_at": r.arrived_at,
                    "seen_at": r.seen_at,
                    "size": r.size,
                    "manifest": r.manifest,
                    "state": "received",
                    "detail": "",
                    "findings": [],
                    "submissions": None,
                    "load_id": None,
                }
                for r in fresh
            ],
        )
    return fresh


def receipts(
    connection: sa.Connection,
    states: Sequence[ReceiptState] | None = None,
    as_of: datetime | None = None,
    ids: Sequence[str] | None = None,
    since: datetime | None = None,
) -> list[LedgerReceipt]:
    """Receipts in order of arrival."""
    query = sa.select(RECEIPT)
    if states is not None:
        query = query.where(RECEIPT.c.state.in_(list(states)))
    if as_of is not None:
        query = query.where(RECEIPT.c.arrived_at <= as_of)
    if since is not None:
        query = query.where(RECEIPT.c.arrived_at >= since)
    rows: list[sa.Row[Any]] = []
    if ids is None:
        rows.extend(connection.execute(query))
    else:
        for part in chunks(ids):
            rows.extend(connection.execute(query.where(RECEIPT.c.receipt_id.in_(part))))
    return _sorted(rows)


def in_order(connection: sa.Connection, query: sa.Select[Any]) -> list[LedgerReceipt]:
    """The receipts of a query over the table, in order of arrival."""
    return _sorted(connection.execute(query))


def last_of_names(source: str, names: Collection[str]) -> sa.Select[tuple[str, str]]:
    """The receipts of a source that no later one of the same name follows, with their names; those of one instant by their ids."""
    later = RECEIPT.alias("later")
    after = sa.or_(
        later.c.arrived_at > RECEIPT.c.arrived_at,
        sa.and_(later.c.arrived_at == RECEIPT.c.arrived_at, later.c.seen_at > RECEIPT.c.seen_at),
    )
    followed = sa.exists().where(later.c.source == RECEIPT.c.source, later.c.name == RECEIPT.c.name, after)
    found = sa.select(RECEIPT.c.receipt_id, RECEIPT.c.name).order_by(RECEIPT.c.receipt_id)
    return found.where(RECEIPT.c.source == source, RECEIPT.c.name.in_(names), ~followed)


def receipts_below(connection: sa.Connection, source: str, folder: str) -> list[LedgerReceipt]:
    """Receipts of a source whose names begin with `folder`, in order of arrival. A range of the index: SQLite does not use one for LIKE,
    and on PostgreSQL the order of a locale would cut it elsewhere."""
    end = folder[:-1] + chr(ord(folder[-1]) + 1)
    name = RECEIPT.c.name
    server = connection.dialect.name == "postgresql"
    within = sa.and_(name.op("~>=~")(folder), name.op("~<~")(end)) if server else sa.and_(name >= folder, name < end)
    return in_order(connection, sa.select(RECEIPT).where(RECEIPT.c.source == source, within))


def sources(
    connection: sa.Connection, since: datetime, named: Collection[str]
) -> dict[str, tuple[int, datetime | None]]:
    """Source → (files that arrived since, when the last one arrived); of `named` the last one however long ago."""
    table = RECEIPT.c
    query = sa.select(table.source, sa.func.count(), sa.func.max(table.arrived_at)).group_by(table.source)
    lately = query.where(table.state.in_(get_args(ReceiptState)), table.arrived_at >= since)  # as the index is ordered
    found: dict[str, tuple[int, datetime | None]] = {name: (n, last) for name, n, last in connection.execute(lately)}
    for name in set(named) - found.keys():
        newest = sa.select(table.arrived_at).where(table.source == name).order_by(table.arrived_at.desc()).limit(1)
        if (last := connection.scalar(newest)) is not None:
            found[name] = (0, last)
    return found


def _sorted(rows: Iterable[sa.Row[Any]]) -> list[LedgerReceipt]:
    return sorted(map(_ledger_receipt, rows), key=lambda r: (r.receipt.order, r.receipt.receipt_id))


def _ledger_receipt(row: sa.Row[Any]) -> LedgerReceipt:
    receipt = Receipt(row.sha256, row.source, row.name, row.arrived_at, row.seen_at, row.size, row.manifest)
    return LedgerReceipt(receipt, row.state, row.detail, tuple(Finding(**finding) for finding in row.findings))


def known_events(connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, list[KnownEvent]]:
    """Versions and re-sends of the given units, periods and forms."""
    wanted = set(keys)
    scopes = {(period, form) for _, period, form in wanted}
    found: dict[Key, list[KnownEvent]] = defaultdict(list)
    for period, form in sorted(scopes):
        for row in connection.execute(
            _events(SUBMISSION).where(SUBMISSION.c.period == period, SUBMISSION.c.form == form)
        ):
            _collect(found, row, wanted)
        for row in connection.execute(_events(RESEND).where(RESEND.c.period == period, RESEND.c.form == form)):
            _collect(found, row, wanted)
    return found


def events_of_receipts(connection: sa.Connection, receipt_ids: Iterable[str]) -> list[KnownEvent]:
    """Versions and re-sends that came with the given receipts."""
    found: dict[Key, list[KnownEvent]] = defaultdict(list)
    for ids in chunks(receipt_ids):
        for table in (SUBMISSION, RESEND):
            for row in connection.execute(_events(table).where(table.c.receipt_id.in_(ids))):
                _collect(found, row, None)
    return [event for events in found.values() for event in events]


def pointers(connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, tuple[str, str]]:
    """(unit, period, form) → (submission_id, verdict_id) that counts now."""
    wanted = set(keys)
    found: dict[Key, tuple[str, str]] = {}
    table = CURRENT_SUBMISSION.c
    for period, form in sorted({(period, form) for _, period, form in wanted}):
        query = sa.select(table.unit_code, table.submission_id, table.verdict_id)
        for unit, submission, verdict in connection.execute(query.where(table.period == period, table.form == form)):
            if (unit, period, form) in wanted:
                found[(unit, period, form)] = (submission, verdict)
    return found


def _events(table: sa.Table) -> sa.Select[Any]:
    versions = table is SUBMISSION
    columns = [
        table.c.submission_id,
        table.c.receipt_id,
        table.c.unit_code,
        table.c.period,
        table.c.form,
        table.c.version,
        RECEIPT.c.sha256,
        RECEIPT.c.arrived_at,
        RECEIPT.c.seen_at,
        RECEIPT.c.name,
        (table.c.state if versions else sa.literal("")).label("state"),
        (table.c.revision if versions else sa.false()).label("revision"),
        (VERDICT.c.word if versions else sa.null()).label("word"),
        (table.c.verdict_id if versions else sa.null()).label("verdict_id"),
    ]
    source = table.join(RECEIPT, RECEIPT.c.receipt_id == table.c.receipt_id)
    if versions:
        source = source.join(VERDICT, VERDICT.c.verdict_id == table.c.verdict_id)
    return sa.select(*columns).select_from(source)


def _collect(found: dict[Key, list[KnownEvent]], row: sa.Row[Any], wanted: set[Key] | None) -> None:
    key = (row.unit_code, row.period, row.form)
    if wanted is not None and key not in wanted:
        return
    event = Event(row.submission_id, row.receipt_id, row.sha256, row.arrived_at, row.seen_at, row.name, row.word)
    found[key].append(KnownEvent(event, key, row.version, row.state, bool(row.revision), row.verdict_id))
