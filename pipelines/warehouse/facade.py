"""The warehouse as flow sees it: one object over ledger, stages and lake of one home, with the stores beside them (editions, closings,
rulings, notifications …) as its attributes. What the delegations mean in full is said in the modules they name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.model.accounts import AuditNote
from pipelines.model.findings import RuleRun
from pipelines.model.history import HistoryPolicy, UnitHistory
from pipelines.model.loading import (
    AuditEntry,
    Check,
    LedgerReceipt,
    LoadResult,
    ReceiptState,
    RecoverResult,
    StaleVerdict,
    SubmissionRow,
)
from pipelines.model.submissions import Receipt

from .audit import warehouse_checks as audit
from .db import audit_log
from .db.column_types import BY_ROW
from .db.database import Database
from .db.in_lists import chunks
from .deliveries import Deliveries
from .editions.edition_heads import EditionHeads
from .editions.editions import Editions
from .lake.lake import Lake
from .lake.snapshot_commit import read_committed_snapshots
from .lake.verdict_history import VerdictHistory
from .ledger import held_verdicts, histories, ledger, month_inputs, stale_verdicts, versions
from .ledger.account_store import AccountStore
from .ledger.decision_store import DecisionStore
from .ledger.dispatch_rows import DispatchRowStore
from .ledger.load_plan import Freezes
from .ledger.month_closings import MonthClosings
from .ledger.replaced_versions import Order, replaceable
from .ledger.rulings import Rulings, returned_among
from .ledger.versions import Asked
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
        self.closings = MonthClosings(database)
        self.editions = editions
        self._loader = loader

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

    def one_view(self) -> AbstractContextManager[None]:
        """What this thread reads within it is one state of the books, and the same question is asked once; see `database.one_view`."""
        return self.database.one_view()

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

    def submissions(
        self, period: str | None = None, as_of: datetime | None = None, form: str | None = None
    ) -> list[SubmissionRow]:
        """Versions with the verdict that holds; see `versions.submissions` for what `as_of` means."""
        asked = Asked(form, period, period)
        return list(self.database.once_a_view((asked, as_of), lambda c: versions.submissions(c, asked, as_of)))

    def submissions_between(
        self,
        form: str,
        first: str | None,
        last: str,
        as_of: datetime | None = None,
        unit_codes: Collection[str] | None = None,
    ) -> list[SubmissionRow]:
        """The same of the periods from `first` (None: the first there is) to `last`, of some units where they are named."""
        parts: list[Collection[str] | None] = [None] if unit_codes is None else [*chunks(unit_codes)]
        with self.database.read() as connection:
            return [
                row for part in parts for row in versions.submissions(connection, Asked(form, first, last, part), as_of)
            ]

    def arrived_between(self, first: datetime, last: datetime, but_of: str) -> list[SubmissionRow]:
        """Versions of any period but one whose file arrived from `first` to `last`."""
        with self.database.read() as connection:
            return versions.arrived_between(connection, first, last, but_of)

    def periods_backwards(self, form: str) -> Iterator[str]:
        """Periods that any version of the form is of, the newest first, each looked up when it is asked for."""
        period: str | None = None
        while True:
            with self.database.read() as connection:
                period = versions.period_before(connection, form, period)
            if period is None:
                return
            yield period

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
            return histories.histories(connection, form, period, units, self.policy)

    def replaceable(self, form: str, period: str, units: Collection[str]) -> dict[str, list[tuple[Order, str]]]:
        """unit → accepted versions of the form and month that a newer one takes the place of, oldest first, with their order."""
        with self.database.read() as connection:
            rows = versions.submissions_of_units(connection, period, form, units)
            return replaceable(rows, returned_among(connection, [r.submission_id for r in rows])) if rows else {}

    def stale(self, rules_version: str, programme_version: str, period: str | None = None) -> list[StaleVerdict]:
        """Versions, but for superseded ones, to judge again: other rules, programme or history than hold now."""
        with self.database.read() as connection:
            return stale_verdicts.stale(connection, rules_version, programme_version, self.policy, period)

    def inputs_hash(self, period: str) -> str:
        """Identity of a month's inputs: its current submissions and their verdicts."""
        with self.database.read() as connection:
            return month_inputs.inputs_hash(connection, period)

    def rule_runs(self, submission_ids: Sequence[str]) -> dict[str, tuple[RuleRun, ...]]:
        """How every rule fared in the verdict that holds, by submission."""
        with self.database.read() as connection:
            return held_verdicts.rule_runs(connection, submission_ids)

    def facts(
        self,
        form: str,
        submission_ids: Sequence[str],
        columns: Sequence[str] | None = None,
        accepted_only: bool = True,
        in_order: bool = True,
    ) -> pa.Table:
        """Canonical rows of the given versions from the lake, by submission and row unless that is of no use; columns of `fact_<form>`."""
        wanted = list(columns) if columns is not None else list(self.lake.register.fact(form).columns)
        needed = list(dict.fromkeys([*wanted, "submission_id", "row_no", *(["row_status"] if accepted_only else [])]))
        rows = self.rows_of(self.lake.register.fact(form).name, submission_ids, needed, form)
        if accepted_only:
            rows = rows.filter(pc.equal(rows["row_status"], "accepted"))
        return (rows.sort_by(BY_ROW) if in_order else rows).select(wanted)

    def current_facts(self, form: str, period: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Accepted rows of the current submissions of a period."""
        return self.facts(form, [r.submission_id for r in self.current(period, form).values()], columns)

    def quarantined(self, submission_ids: Sequence[str]) -> pa.Table:
        """Rows held back, as sent, with the rules that hold them."""
        return self.rows_of("quarantined_rows", submission_ids, None).sort_by(BY_ROW)

    def findings(self, submission_ids: Sequence[str]) -> pa.Table:
        """Findings of the verdicts that hold (columns of the lake table `findings`)."""
        with self.database.read() as connection:
            scopes = held_verdicts.scopes_of(connection, submission_ids)
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
            scopes = held_verdicts.scopes_of(connection, submission_ids)
            committed_snapshots = read_committed_snapshots(connection)
        ids = [i for i, scope in scopes.items() if form is None or scope[1] == form]
        periods = sorted({scopes[i][0] for i in ids})
        return self.lake.read(table, committed_snapshots, columns, periods, ("submission_id", ids))

    def periods_of(self, submission_ids: Sequence[str]) -> list[str]:
        """Periods of the given versions, in order."""
        with self.database.read() as connection:
            return sorted({period for period, _, _ in held_verdicts.scopes_of(connection, submission_ids).values()})

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
