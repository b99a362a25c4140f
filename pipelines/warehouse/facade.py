"""The warehouse as flow sees it: one object over ledger, stages, lake, editions and audit chain of one home. A list of
delegations; what they mean in full is said in the modules they name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.model.findings import Finding, RuleRun
from pipelines.model.history import HistoryPolicy, UnitHistory
from pipelines.model.loading import (
    AuditEntry,
    AuditNote,
    Check,
    DraftEdition,
    Edition,
    LedgerReceipt,
    LoadResult,
    MonthClose,
    ReceiptState,
    RecoverResult,
    Signature,
    StaleVerdict,
    SubmissionRow,
)
from pipelines.model.submissions import Receipt

from .audit import warehouse_checks as audit
from .db import audit_log
from .db.column_types import BY_ROW
from .db.database import Database
from .deliveries import Deliveries
from .editions.edition_heads import EditionHeads
from .editions.editions import Editions
from .lake.lake import Lake
from .lake.snapshot_commit import read_committed_snapshots
from .lake.verdict_history import VerdictHistory
from .ledger import ledger, reads, stale_verdicts
from .ledger import month_closings as months
from .ledger.account_store import AccountStore
from .ledger.decision_store import DecisionStore
from .ledger.dispatch_rows import DispatchRowStore
from .ledger.load_plan import Freezes
from .ledger.replaced_versions import Order, replaceable
from .ledger.rulings import Rulings, returned_at
from .load.follow_up_store import FollowUpStore
from .load.lake_upkeep import LakeUpkeep
from .load.loader import Loader
from .notifications.notification_store import NotificationStore

UnitForm = tuple[str, str]
"""(unit_code, form)."""


class Warehouse:
    """Reads are one consistent view each; every write is one transaction with its audit entry."""

    def __init__(
        self,
        database: Database,
        lake: Lake,
        loader: Loader,
        editions: Editions,
        programme_version: str,
        policy: HistoryPolicy,
    ) -> None:
        self.database = database
        self.lake = lake
        self.programme_version, self.policy = programme_version, policy
        self.rulings = Rulings(database)
        self.alerts = NotificationStore(database)
        self.decisions = DecisionStore(database)
        self.dispatch_rows = DispatchRowStore(database)
        self.accounts = AccountStore(database)
        self.verdict_history = VerdictHistory(database, lake)
        self.follow_ups = FollowUpStore(database, policy)
        self.deliveries = Deliveries(database)
        self.lake_upkeep = LakeUpkeep(loader)
        self.edition_heads = EditionHeads(database)
        self._loader = loader
        self._editions = editions

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes all connections."""
        self.lake.close()
        self.database.close()

    # receipts

    def known_entries(self, source: str, names: Collection[str]) -> dict[tuple[str, datetime, int], frozenset[str]]:
        """(name, arrived_at, size) → checksums a source's entries of these names were received with; a listing may skip what is there."""
        with self.database.read() as connection:
            return ledger.known_entries(connection, source, names)

    def add_receipts(self, receipts: Sequence[Receipt], at: datetime) -> list[Receipt]:
        """Records receipts in one transaction and returns the new ones; nothing (no audit entry either) where none is new."""
        if not receipts:
            return []
        with self.database.write() as connection:
            fresh = ledger.add_receipts(connection, receipts)
            if fresh:
                sources = sorted({receipt.source for receipt in fresh})
                audit_log.append(connection, at, "saima", "receive", ",".join(sources), {"receipts": len(fresh)})
        return fresh

    def pending_receipts(self) -> list[Receipt]:
        """Receipts that wait to be judged, in order of arrival."""
        return [known.receipt for known in self.receipts(("received",))]

    def receipts(
        self, states: Sequence[ReceiptState] | None = None, as_of: datetime | None = None, since: datetime | None = None
    ) -> list[LedgerReceipt]:
        """Receipts in order of arrival; `as_of` leaves out what arrived later, `since` what arrived before."""
        with self.database.read() as connection:
            return ledger.receipts(connection, states, as_of, since=since)

    def receipts_by_id(self, receipt_ids: Sequence[str]) -> dict[str, LedgerReceipt]:
        """receipt_id → receipt, for re-validation from the archive."""
        with self.database.read() as connection:
            found = ledger.receipts(connection, ids=receipt_ids)
        return {known.receipt.receipt_id: known for known in found}

    # loading

    def load(self, stage_dirs: Sequence[Path], now: datetime, freezes: Freezes, follow_up: bool = False) -> LoadResult:
        """Loads stages as one load, after finishing or giving up what a dead loader left. See `loader`. `follow_up`: senders are to
        be answered and contacts notified (`follow_ups`).

        `freezes`: (form, period) → instant from which versions only open a revision; absent or None: no limit. Waits for the
        lock, then raises Transient naming its holder. Receipts in `reopened` are pending again: process them in the same run.
        """
        return self._loader.load(stage_dirs, now, freezes, follow_up)

    def recover(self, now: datetime) -> RecoverResult:
        """Finishes planned loads whose stages are there, gives up the others, sets lake heads back to the last commit."""
        return self._loader.recover(now)

    # versions

    def submissions(
        self, period: str | None = None, as_of: datetime | None = None, form: str | None = None
    ) -> list[SubmissionRow]:
        """Versions with the verdict that holds; see `reads.submissions` for what `as_of` means."""
        with self.database.read() as connection:
            return reads.submissions(connection, period, form, as_of)

    def arrived_between(self, first: datetime, last: datetime) -> list[SubmissionRow]:
        """Versions of any period whose file arrived from `first` to `last`."""
        with self.database.read() as connection:
            return reads.arrived_between(connection, first, last)

    def current(self, period: str, form: str | None = None) -> dict[UnitForm, SubmissionRow]:
        """The version that counts, by unit and form."""
        return {(r.unit_code, r.form): r for r in self.submissions(period, form=form) if r.current}

    def latest(
        self, period: str, as_of: datetime | None = None, form: str | None = None
    ) -> dict[UnitForm, SubmissionRow]:
        """The newest version by arrival, whatever its verdict, by unit and form."""
        return {(r.unit_code, r.form): r for r in self.submissions(period, as_of, form) if r.latest}

    def histories(self, form: str, period: str, units: Sequence[str]) -> dict[str, UnitHistory]:
        """What each unit's submission is judged against, as the ledger stands; every unit has an entry."""
        with self.database.read() as connection:
            return reads.histories(connection, form, period, units, self.policy)

    def replaceable(self, form: str, period: str) -> dict[str, list[tuple[Order, str]]]:
        """unit → accepted versions of the form and month that a newer one takes the place of, oldest first, with their order."""
        with self.database.read() as connection:
            rows = reads.submissions(connection, period, form)
            return replaceable(rows, returned_at(connection, period)) if rows else {}

    def stale(self, rules_version: str, programme_version: str, period: str | None = None) -> list[StaleVerdict]:
        """Versions, but for superseded ones, to judge again: other rules, programme or history than hold now."""
        with self.database.read() as connection:
            return stale_verdicts.stale(connection, rules_version, programme_version, self.policy, period)

    def inputs_hash(self, period: str) -> str:
        """Identity of a month's inputs: its current submissions and their verdicts."""
        with self.database.read() as connection:
            return reads.inputs_hash(connection, period)

    def loaded_before_period_since(self, period: str, since: datetime) -> bool:
        """Whether a version of an earlier period was loaded after that moment."""
        with self.database.read() as connection:
            return reads.loaded_before_period_since(connection, period, since)

    def rule_runs(self, submission_ids: Sequence[str]) -> dict[str, tuple[RuleRun, ...]]:
        """How every rule fared in the verdict that holds, by submission."""
        with self.database.read() as connection:
            return reads.rule_runs(connection, submission_ids)

    # rows

    def facts(
        self, form: str, submission_ids: Sequence[str], columns: Sequence[str] | None = None, accepted_only: bool = True
    ) -> pa.Table:
        """Canonical rows of the given versions from the lake, by submission and row; columns of `fact_<form>`."""
        wanted = list(columns) if columns is not None else list(self.lake.register.fact(form).columns)
        needed = list(dict.fromkeys([*wanted, "submission_id", "row_no", *(["row_status"] if accepted_only else [])]))
        rows = self.rows_of(self.lake.register.fact(form).name, submission_ids, needed, form)
        if accepted_only:
            rows = rows.filter(pc.equal(rows["row_status"], "accepted"))
        return rows.sort_by(BY_ROW).select(wanted)

    def current_facts(self, form: str, period: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Accepted rows of the current submissions of a period."""
        return self.facts(form, [r.submission_id for r in self.current(period, form).values()], columns)

    def quarantined(self, submission_ids: Sequence[str]) -> pa.Table:
        """Rows held back, as sent, with the rules that hold them."""
        return self.rows_of("quarantined_rows", submission_ids, None).sort_by(BY_ROW)

    def findings(self, submission_ids: Sequence[str]) -> pa.Table:
        """Findings of the verdicts that hold (columns of the lake table `findings`)."""
        with self.database.read() as connection:
            scopes = reads.scopes_of(connection, submission_ids)
            committed_snapshots = read_committed_snapshots(connection)
        periods = sorted({period for period, _, _ in scopes.values()})
        rows = self.lake.read(
            "findings", committed_snapshots, None, periods, ("verdict_id", [v for _, _, v in scopes.values()])
        )
        return rows.sort_by([(name, "ascending") for name in ("submission_id", "rule", "row_no", "field", "cell")])

    def rows_of(
        self, table: str, submission_ids: Sequence[str], columns: Sequence[str] | None = None, form: str | None = None
    ) -> pa.Table:
        """Rows of the given versions in a lake table."""
        with self.database.read() as connection:
            scopes = reads.scopes_of(connection, submission_ids)
            committed_snapshots = read_committed_snapshots(connection)
        ids = [i for i, scope in scopes.items() if form is None or scope[1] == form]
        periods = sorted({scopes[i][0] for i in ids})
        return self.lake.read(table, committed_snapshots, columns, periods, ("submission_id", ids))

    def periods_of(self, submission_ids: Sequence[str]) -> list[str]:
        """Periods of the given versions, in order."""
        with self.database.read() as connection:
            return sorted({period for period, _, _ in reads.scopes_of(connection, submission_ids).values()})

    # months

    def close_month(
        self,
        period: str,
        inputs_hash: str,
        closed_at: datetime,
        reason: str,
        missing: Sequence[str],
        findings: Sequence[tuple[str, Finding]],
        rule_runs: Sequence[RuleRun],
    ) -> bool:
        """Records that a period closed with these inputs; False where it had before (nothing is written then)."""
        with self.database.write() as connection:
            return months.close(connection, period, inputs_hash, closed_at, reason, missing, findings, rule_runs)

    def closes(self, period: str | None = None) -> list[MonthClose]:
        """Closings, oldest first."""
        with self.database.read() as connection:
            return months.closes(connection, period)

    def period_findings(self, period: str, inputs_hash: str) -> list[tuple[str, Finding]]:
        """What the period rules found when the period closed with these inputs: (unit_code, finding)."""
        with self.database.read() as connection:
            return months.period_findings(connection, period, inputs_hash)

    # editions

    def next_edition_id(self, period: str) -> str:
        """Identity the next draft of the period has to carry."""
        return self._editions.next_id(period)

    def save_draft(self, draft: DraftEdition) -> Edition:
        """Saves a draft and supersedes older waiting ones; the newest edition again where inputs and content are the same."""
        return self._editions.save_draft(draft)

    def edition(self, period: str) -> Edition | None:
        """The newest draft or published edition of a period."""
        return self._editions.newest(period)

    def editions(self, period: str | None = None) -> list[Edition]:
        """All editions, superseded ones too, by period and number."""
        return self._editions.all(period)

    def edition_by_id(self, edition_id: str) -> Edition:
        """One edition; Terminal where there is none of that name."""
        return self._editions.by_id(edition_id)

    def mark_published(
        self, edition_id: str, content_hash: str, at: datetime, path: str, manifest_hash: str
    ) -> Edition:
        """Marks a draft as published; Refused where the content is another or a newer draft superseded it."""
        return self._editions.publish(edition_id, content_hash, at, path, manifest_hash)

    def sign(
        self,
        edition_id: str,
        role: str,
        name: str,
        content_hash: str,
        decision: Literal["approved", "refused"],
        at: datetime,
        demonstration: bool = False,
    ) -> Signature:
        """One signature a role and content; Refused for other content or a second opinion."""
        return self._editions.sign(edition_id, role, name, content_hash, decision, at, demonstration)

    def signatures(self, edition_id: str) -> list[Signature]:
        """Signatures of an edition, by role."""
        return self._editions.signatures(edition_id)

    # audit

    def audit(self, actor: str, action: str, subject: str, detail: Mapping[str, object], at: datetime) -> AuditEntry:
        """Adds an entry to the chain."""
        with self.database.write() as connection:
            return audit_log.append(connection, at, actor, action, subject, detail)

    def audit_all(self, notes: Sequence[AuditNote]) -> list[AuditEntry]:
        """Adds entries to the chain, in order and in one transaction."""
        with self.database.write() as connection:
            return [audit_log.append(connection, n.at, n.actor, n.action, n.subject, n.detail) for n in notes]

    def audit_entries(
        self, limit: int | None = None, action: str | None = None, subjects: Collection[str] | None = None
    ) -> list[AuditEntry]:
        """Entries in order; with `limit` the newest ones, with `action` and `subjects` only theirs."""
        with self.database.read() as connection:
            return audit_log.entries(connection, limit, action, subjects)

    def record_checks(self) -> list[Check]:
        """Whether what is recorded once (receipts, closings, editions, signatures, returns) is what the audit log says."""
        with self.database.read() as connection:
            return [*audit.check_records(connection), audit_log.verify(connection)]

    def checks(self, archive_verify: Callable[[str], bool] | None, now: datetime) -> list[Check]:
        """All checks of the books; see `audit`."""
        return audit.run_checks(self.database, self.lake, self._loader.stage_root, archive_verify, now)
