"""What goes into the warehouse and what comes out of it, as values: judged submissions, outcomes of receipts, ledger
rows, month closes, editions, signatures, audit entries and checks. All instants are aware UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from hashlib import sha256
from typing import Literal

from .findings import Finding, RuleRun, Verdict, VerdictWord
from .history import UnitHistory
from .notifications import Notification, OutboxRow
from .submissions import FormPart, Receipt, State

ReceiptState = Literal["received", "processed", "resent", "unreadable", "unassigned"]
"""received = not yet judged (pending); processed = at least one of its parts is a version; resent = every part repeats
the unit's latest version byte for byte; unreadable = nothing could be read; unassigned = read, but sender unknown."""

HISTORY = "history"
"""Reason of a closing that only marks a month as history: no lateness, no alerts, no ranking (DESIGN §8)."""

LoadState = Literal["planned", "committed", "abandoned"]
EditionState = Literal["draft", "published", "superseded"]


def verdict_id(submission_id: str, rules_version: str, programme_version: str, history_id: str) -> str:
    """Identity of a verdict (DESIGN §4): the submission, the rules, the programme and the recorded history."""
    text = "\x1f".join((submission_id, rules_version, programme_version, history_id))
    return "v" + sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class ValidatedSubmission:
    """One form of one unit and period with its verdict, ready to be staged. `period` is YYYY-MM."""

    submission_id: str
    receipt: Receipt
    form: str
    unit_code: str
    period: str
    measure: str | None
    history: UnitHistory
    verdict: Verdict
    part: FormPart
    rules_version: str
    programme_version: str
    judged_at: datetime

    @property
    def verdict_id(self) -> str:
        return verdict_id(self.submission_id, self.rules_version, self.programme_version, self.history.history_id)


@dataclass(frozen=True)
class PastVerdict:
    """One verdict that a version has or had; `holds`: it is the present one."""

    submission_id: str
    unit_code: str
    period: str
    form: str
    version: int
    verdict_id: str
    word: VerdictWord
    rules_version: str
    programme_version: str
    history_id: str
    judged_at: datetime
    holds: bool


@dataclass(frozen=True)
class ReceiptOutcome:
    """What became of one receipt. `findings` are those of the file as a whole (unreadable, unassigned).

    `submissions`: every submission the file holds as it is read now, judged in this load or in another one. The receipt stays
    pending until the ledger has them all, and versions of it that are not among them are withdrawn (an alias was fixed: the
    file is another unit's). None: not stated, nothing is withdrawn and the receipt is done with this load. A receipt
    whose submissions all repeat a version becomes `resent`.
    """

    receipt_id: str
    state: Literal["processed", "unreadable", "unassigned"]
    findings: tuple[Finding, ...] = ()
    detail: str = ""
    submissions: tuple[str, ...] | None = None


@dataclass(frozen=True)
class LedgerReceipt:
    """A receipt as the ledger knows it."""

    receipt: Receipt
    state: ReceiptState
    detail: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class SubmissionRow:
    """One version in the ledger with the verdict that holds for it.

    `state` follows the timeline of the unit, period and form (superseded = older than the current version); `word` is
    the verdict itself. `current`: the version that counts. `revision`: arrived at or after the freeze, never current.
    """

    submission_id: str
    receipt_id: str
    sha256: str
    source: str
    name: str
    unit_code: str
    period: str
    form: str
    version: int
    measure: str | None
    arrived_at: datetime
    seen_at: datetime
    state: State
    current: bool
    latest: bool
    revision: bool
    verdict_id: str
    word: VerdictWord
    received: int
    accepted: int
    quarantined: int
    not_data: int
    errors: int
    queries: int
    open_queries: int
    passes_a_rules: bool
    rules_version: str
    programme_version: str
    history: UnitHistory
    judged_at: datetime
    load_id: str


@dataclass(frozen=True)
class LoadResult:
    """What one load did.

    `changed`: the (unit, period, form) whose current submission is another than before or has another verdict.
    `reopened`: receipts to judge again from the archive (a re-send that a late-seen older file turned into a version of
    its own, or a load that was lost): process them in the same run. `load_id` is None where nothing was staged.
    """

    load_id: str | None
    submissions: tuple[str, ...] = ()
    resent: tuple[str, ...] = ()
    changed: tuple[tuple[str, str, str], ...] = ()
    reopened: tuple[str, ...] = ()
    rows: Mapping[str, int] = dataclass_field(default_factory=dict)


@dataclass(frozen=True)
class Loaded:
    """What a load made true and nobody was notified of yet, for whoever writes the notifications. `before`: submission → its verdict before
    this load; `closings`: period → reason of its last closing; `told`: what the outbox holds on the ladder of these units."""

    at: datetime
    versions: tuple[SubmissionRow, ...]
    before: Mapping[str, VerdictWord]
    closings: Mapping[str, str]
    notified: tuple[OutboxRow, ...]


@dataclass(frozen=True)
class LoadNotifications:
    """What a load says to people, and which waiting messages (message_id → why) need not be sent any more."""

    notices: tuple[Notification, ...] = ()
    withdrawn: Mapping[str, str] = dataclass_field(default_factory=dict)


NotifyOfLoad = Callable[[Loaded], LoadNotifications]
"""Writes what a load says; called after it, with what its transaction left to be said. It does no I/O."""

LoadPurpose = Literal["collection", "history", "rebuild"]
"""Why files are loaded. Of a collection the senders are answered and the contacts notified; nobody waits for an answer to a month
that is loaded as history, nor for a second one when a warehouse is rebuilt."""


@dataclass(frozen=True)
class RecoverResult:
    """What the reconciler did. `reopened`: receipts to judge again; `reset_tables`: set back to the last commit."""

    rolled_forward: tuple[str, ...] = ()
    abandoned: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    reset_tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class StaleVerdict:
    """A version whose verdict was made under other rules, another programme or another history than hold now."""

    submission_id: str
    receipt_id: str
    unit_code: str
    period: str
    form: str
    reasons: tuple[Literal["rules", "programme", "history"], ...]


@dataclass(frozen=True)
class MonthClose:
    """One closing of a period; a period closes once per inputs_hash."""

    period: str
    inputs_hash: str
    closed_at: datetime
    reason: str
    missing: tuple[str, ...]
    rule_runs: tuple[RuleRun, ...] = ()


@dataclass(frozen=True)
class DraftEdition:
    """An edition to save as a draft. `content_hash` covers what is signed; `document` is the JSON of `saima rank`
    (DESIGN §8) whose `units` become ranking rows; `path` is the draft's folder. `reopens`: the edition that was sent back and that
    this one begins anew, whatever its content; '' for none. `manifest_hash`: SHA-256 of the manifest in its folder."""

    edition_id: str
    period: str
    inputs_hash: str
    content_hash: str
    method: str
    document: Mapping[str, object]
    path: str
    created_at: datetime
    reopens: str = ""
    manifest_hash: str = ""


@dataclass(frozen=True)
class Edition:
    """An edition as recorded."""

    edition_id: str
    number: int
    period: str
    inputs_hash: str
    content_hash: str
    method: str
    state: EditionState
    document: Mapping[str, object]
    path: str
    created_at: datetime
    published_at: datetime | None = None
    published_path: str = ""
    manifest_hash: str = ""


@dataclass(frozen=True)
class Signature:
    """One signature: one per role and approved content of an edition."""

    edition_id: str
    role: str
    name: str
    content_hash: str
    decision: Literal["approved", "refused"]
    at: datetime
    demonstration: bool


@dataclass(frozen=True)
class AuditEntry:
    """One link of the append-only chain; `hash` covers every other field and the hash before it."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, object]
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class Check:
    """One check of the books. A check that looked at nothing says so in `detail`; the caller decides if that is bad."""

    id: str
    looked_at: int
    failed: int
    detail: str = ""
