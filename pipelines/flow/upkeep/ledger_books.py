"""The books of a ledger that is to be rebuilt: what bytes alone do not tell, read once before anything is made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ...collect.receipt_journal import journal_path, read_journal
from ...errors import Terminal
from ...model.accounts import Account
from ...model.dispatch_decisions import DispatchDecision
from ...model.findings import Finding
from ...model.loading import AuditEntry, Edition, MonthClose, Signature, SubmissionRow
from ...model.rulings import Explanation, Return, Waiver
from ...model.submissions import Receipt
from ...settings import Settings
from ...warehouse.deliveries import Delivery
from ...warehouse.opening import Warehouse

Ruling = Waiver | Explanation | Return


@dataclass(frozen=True)
class Closing:
    """A closing with what the period rules found then."""

    close: MonthClose
    findings: tuple[tuple[str, Finding], ...]


@dataclass(frozen=True)
class Books:
    """What the old ledger knows that bytes alone do not tell, and what the new one is compared with. `waiting`: collected, not
    processed yet."""

    receipts: tuple[Receipt, ...]
    waiting: tuple[Receipt, ...] = ()
    closings: tuple[Closing, ...] = ()
    editions: tuple[tuple[Edition, tuple[Signature, ...]], ...] = ()
    submissions: tuple[SubmissionRow, ...] = ()
    rulings: tuple[tuple[datetime, Ruling], ...] = ()
    alerts: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
    decisions: tuple[DispatchDecision, ...] = ()
    accounts: tuple[Account, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    audit_entries: tuple[AuditEntry, ...] = ()
    release_runs: tuple[tuple[str, str, str, datetime], ...] = ()
    dispatch_tables: Mapping[str, datetime] = field(default_factory=dict)
    """Period → the instant that its dispatch tables were laid down as of."""

    @property
    def audit_head(self) -> str:
        return self.audit_entries[-1].hash if self.audit_entries else ""

    @classmethod
    def of(cls, warehouse: Warehouse, settings: Settings) -> Books:
        """Of a ledger; what it lacks of the receipts noted beside the archive waits to be processed (it was restored from a backup
        that is older than the archive)."""
        editions = sorted(warehouse.editions.all(), key=lambda e: (e.period, e.number))
        submissions = tuple(warehouse.submissions())
        known = {row.receipt_id for row in submissions}
        receipts = sorted(warehouse.receipts(), key=lambda r: (r.receipt.seen_at, r.receipt.receipt_id))
        noted = {r.receipt.receipt_id for r in receipts}
        waiting = [r for r in receipts if r.state == "received" and r.receipt.receipt_id not in known]
        return cls(
            tuple(r.receipt for r in receipts if r not in waiting),
            (*(r.receipt for r in waiting), *(r for r in read_journal(settings.raw) if r.receipt_id not in noted)),
            tuple(
                Closing(c, tuple(warehouse.closings.findings(c.period, c.inputs_hash)))
                for c in sorted(warehouse.closings.all(), key=lambda c: c.closed_at)
            ),
            tuple((e, tuple(warehouse.editions.signatures(e.edition_id))) for e in editions),
            submissions,
            tuple(_rulings(warehouse)),
            warehouse.alerts.contents(),
            tuple(warehouse.decisions.all()),
            tuple(warehouse.accounts.all()),
            tuple(warehouse.deliveries.of_period()),
            tuple(warehouse.audit_entries()),
            tuple(warehouse.follow_ups.release_runs()),
            warehouse.dispatch_rows.laid_down(),
        )

    @classmethod
    def of_journal(cls, settings: Settings) -> Books:
        """Of a home whose ledger is lost: the receipts as they were noted beside the archive."""
        receipts = read_journal(settings.raw)
        if not receipts:
            raise Terminal(
                f"账簿数据库和 {journal_path(settings.raw)} 都不在，无法重建",
                f"neither the ledger nor {journal_path(settings.raw)} is there: nothing to rebuild from",
                "从备份恢复 warehouse.db / restore warehouse.db from a backup",
            )
        return cls(tuple(sorted(receipts, key=lambda r: (r.seen_at, r.receipt_id))))


def _rulings(warehouse: Warehouse) -> list[tuple[datetime, Ruling]]:
    """Every ruling at the moment it was made; what was decided later comes a second time, as it was decided."""
    found: list[tuple[datetime, Ruling]] = [(r.returned_at, r) for r in warehouse.rulings.returns().values()]
    found += [(w.second_at or w.first_at, w) for w in warehouse.rulings.waivers()]
    for one in warehouse.rulings.explanations():
        given = replace(one, state="given", decided_by=None, decided_at=None, remark="")
        found.append((one.given_at, given))
        if one.decided_at is not None:
            found.append((one.decided_at, one))
    return sorted(found, key=lambda item: item[0])
