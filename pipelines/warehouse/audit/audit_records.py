"""Checks of what is recorded once and never changes: receipts, closings, editions, signatures and returns, each against its own
identity and against the chain of hashes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

import sqlalchemy as sa

from pipelines.model.loading import AuditEntry, Edition, ReceiptState

from ..db import audit_log
from ..db.row_values import from_row
from ..db.schema import EDITION, EDITION_UNIT, RECEIPT, RESEND, SUBMISSION
from ..editions.edition_rows import ranked_units, unit_row
from ..editions.editions import signatures_of
from ..ledger import decision_store, ledger
from ..ledger import month_closings as months
from ..ledger.settle import falsely_settled
from .recorded_rows_checks import history_check, recorded_row_checks

Looked = tuple[str, int, list[str]]
"""(check, looked at, failures)."""


def record_checks(connection: sa.Connection) -> Iterator[Looked]:
    """Every check of this module over one view of the database."""
    logged_entries: dict[str, list[AuditEntry]] = defaultdict(list)
    entries = audit_log.entries(connection)
    for entry in entries:
        logged_entries[entry.action].append(entry)
    yield _receipts(connection, logged_entries["receive"])
    yield _repeats(connection)
    yield from recorded_row_checks(connection, entries)
    yield history_check(connection)
    yield _closings(connection, logged_entries["close"])
    yield _decisions(connection, logged_entries)
    editions = [from_row(Edition, row) for row in connection.execute(sa.select(EDITION))]
    yield "editions", len(editions), [p for e in editions for p in _edition(connection, e, logged_entries)]


def _receipts(connection: sa.Connection, received: Sequence[AuditEntry]) -> Looked:
    """A receipt is what its identity says, none is missing or added, and all its submissions are in the ledger."""
    keys = set(connection.scalars(sa.select(RECEIPT.c.receipt_id)))
    found = {known.receipt.receipt_id for known in ledger.receipts(connection)}
    bad = sorted(keys ^ found)
    counted = sum(int(str(entry.detail["receipts"])) for entry in received)
    if counted != len(keys):
        bad.append(f"{len(keys)} ≠ {counted}")
    there: set[str] = set()
    for table in (SUBMISSION, RESEND):
        there.update(connection.scalars(sa.select(table.c.submission_id)))
    done = sa.select(RECEIPT.c.receipt_id, RECEIPT.c.submissions).where(RECEIPT.c.state.in_(("processed", "resent")))
    bad.extend(row.receipt_id for row in connection.execute(done) if not there.issuperset(row.submissions or ()))
    refused = sa.select(RECEIPT.c.receipt_id).where(RECEIPT.c.state.in_(("unreadable", "unassigned")))
    for table in (SUBMISSION, RESEND):  # a file that could not be read or assigned has brought nothing
        bad.extend(connection.scalars(sa.select(table.c.receipt_id).where(table.c.receipt_id.in_(refused)).distinct()))
    legal = get_args(ReceiptState)
    bad.extend(connection.scalars(sa.select(RECEIPT.c.receipt_id).where(RECEIPT.c.state.not_in(legal))))
    bad.extend(falsely_settled(connection))
    return "receipts", len(keys), bad


def _repeats(connection: sa.Connection) -> Looked:
    """Every file that was sent again, and is no version, has the bytes of the version that it repeats, of the same unit, period and
    form."""
    again, first, key = RECEIPT.alias("again"), RECEIPT.alias("first"), ("unit_code", "period", "form")
    query = (
        sa.select(
            RESEND.c.submission_id,
            (again.c.sha256 == first.c.sha256).label("same_bytes"),
            *((RESEND.c[name] == SUBMISSION.c[name]).label(name) for name in key),
        )
        .outerjoin(again, again.c.receipt_id == RESEND.c.receipt_id)
        .outerjoin(SUBMISSION, SUBMISSION.c.submission_id == RESEND.c.repeats)
        .outerjoin(first, first.c.receipt_id == SUBMISSION.c.receipt_id)
        .where(~RESEND.c.reopened)
    )
    rows = connection.execute(query).all()
    bad = [row.submission_id for row in rows if not (row.same_bytes and all(getattr(row, name) for name in key))]
    return "resends", len(rows), sorted(bad)


def _decisions(connection: sa.Connection, logged_entries: Mapping[str, Sequence[AuditEntry]]) -> Looked:
    """Every decision of the dispatch loop has the content that its identity says and its entry in the log; what a rebuild carried over
    is counted in the entry of the rebuild."""
    recorded = decision_store.decisions(connection)
    rebuilds = logged_entries.get("rebuild", ())
    counted: Any = rebuilds[-1].detail["carried_over"] if rebuilds else {}
    carried = int(counted.get("dispatch_decisions", 0))
    logged = {
        str(entry.detail["decision"])
        for action, entries in logged_entries.items()
        if action.startswith("dispatch-")
        for entry in entries
    }
    bad = [f"{one.decision_id}: {stored}" for stored, one in recorded if one.decision_id != stored]
    fresh = {stored for stored, one in recorded if one.ordinal > carried}
    if len(recorded) - len(fresh) != carried:
        bad.append(f"{len(recorded) - len(fresh)} ≠ {carried}")
    return "dispatch-decisions", len(recorded), bad + sorted(fresh ^ logged)


def _closings(connection: sa.Connection, logged_entries: Sequence[AuditEntry]) -> Looked:
    """Every closing, with its reason, who was missing and how much was found, is the one the chain knows."""
    recorded = {
        (c.period, c.inputs_hash): (
            c.reason,
            list(c.missing),
            len(months.period_findings(connection, c.period, c.inputs_hash)),
            c.closed_at,
            months.closing_content(connection, c.period, c.inputs_hash),
        )
        for c in months.closes(connection)
    }
    logged = {}
    for e in logged_entries:
        key = (e.subject, str(e.detail["inputs_hash"]))
        content = e.detail.get("content", recorded[key][-1] if key in recorded else "")  # older entries carry none
        logged[key] = (e.detail["reason"], e.detail["missing"], e.detail["findings"], e.at, content)
    other = {key for key in recorded.keys() | logged.keys() if recorded.get(key) != logged.get(key)}
    bad = {period for period, _ in other}
    order = ({p: [h for q, h in one if q == p] for p, _ in one} for one in (list(recorded), list(logged)))
    in_table, in_log = order  # the newest of a period is the one that holds
    bad |= {period for period, hashes in in_table.items() if hashes != in_log.get(period)}
    return "closings", len(recorded), sorted(bad)


def _edition(connection: sa.Connection, edition: Edition, logged_entries: dict[str, list[AuditEntry]]) -> Iterator[str]:
    """What of an edition is not as it was drafted, signed and published."""
    name = edition.edition_id

    def logged(action: str) -> list[AuditEntry]:
        return [entry for entry in logged_entries[action] if entry.subject == name]

    if name != f"{edition.period}-e{edition.number}":
        yield f"{name}: number {edition.number}"
    drafted = [(e.detail["inputs_hash"], e.detail["content_hash"], e.at) for e in logged("draft")]
    if drafted != [(edition.inputs_hash, edition.content_hash, edition.created_at)]:
        yield f"{name}: draft"
    methods = {e.detail.get("method") for e in logged("draft")} | {edition.document.get("method")}
    if methods - {None, edition.method}:  # older entries name none, and neither does a document of a few fields
        yield f"{name}: method {edition.method}"
    published = [(e.detail["content_hash"], e.detail["manifest_hash"], e.at) for e in logged("publish")]
    once = [(edition.content_hash, edition.manifest_hash, edition.published_at)] if edition.published_at else []
    if published != once or (edition.state == "published") != bool(edition.published_at):
        yield f"{name}: publish"
    signed = {
        (s.role, s.name, s.decision, s.content_hash, s.at, s.demonstration) for s in signatures_of(connection, name)
    }
    given = {
        (e.detail["role"], e.actor, e.detail["decision"], e.detail["content_hash"], e.at, e.detail["demonstration"])
        for e in logged("sign")
    }
    if signed != given:
        yield f"{name}: sign"
    if _rows_of(connection, name) != _rows_in(edition):
        yield f"{name}: edition_unit"


def _rows_of(connection: sa.Connection, edition_id: str) -> dict[str, dict[str, object]]:
    query = sa.select(EDITION_UNIT).where(EDITION_UNIT.c.edition_id == edition_id)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return {str(row["unit_code"]): {k: v for k, v in row.items() if k != "edition_id"} for row in rows}


def _rows_in(edition: Edition) -> dict[str, dict[str, object]]:
    return {str(unit["unit"]): unit_row(unit) for unit in ranked_units(edition)}
