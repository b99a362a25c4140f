"""Every JSON document that leaves the program, one class a document (DESIGN §8); registered in document_register.py.

Instants are ISO 8601 with offset, periods YYYY-MM, amounts decimal strings in the form's measure, rates fractions, what is absent null.
"""

from __future__ import annotations

from typing import Any

from pydantic import with_config
from typing_extensions import TypedDict

from .findings import Finding, Severity


@with_config(extra="forbid")
class RowCounts(TypedDict):
    """received = accepted + quarantined + not_data (titles, totals, footers)."""

    received: int
    accepted: int
    quarantined: int
    not_data: int


@with_config(extra="forbid")
class FindingDocument(TypedDict):
    """One finding of one rule; `cell` and `row` where it has an address, `field` the column's name in the register."""

    rule: str
    level: int
    severity: Severity
    sheet: str
    cell: str
    row: int | None
    field: str
    value: str
    message_zh: str
    message_en: str
    answered: bool


@with_config(extra="forbid")
class RuleEvaluated(TypedDict):
    """A rule that ran: rows it was asked of and rows that failed."""

    id: str
    rows: int
    failed: int


@with_config(extra="forbid")
class RuleSkipped(TypedDict):
    """A rule that did not run, and why."""

    id: str
    reason: str


@with_config(extra="forbid")
class RulesOfCheck(TypedDict):
    """What became of every rule of the form."""

    evaluated: list[RuleEvaluated]
    not_applicable: list[RuleSkipped]
    broken: list[RuleSkipped]


@with_config(extra="forbid")
class CheckedSubmission(TypedDict):
    """One form found in a checked file; `columns` field → letter, `headers` field → header it was matched by."""

    form: str
    unit: str | None
    period: str | None
    measure: str | None
    verdict: str
    rows: RowCounts
    findings: list[FindingDocument]
    rules: RulesOfCheck
    columns: dict[str, Any]
    headers: dict[str, Any]


@with_config(extra="forbid")
class CheckDocument(TypedDict):
    """`saima check`; `findings` beside `submissions` are those of a file without any."""

    file: str
    sha256: str
    verdict: str
    submissions: list[CheckedSubmission]
    findings: list[FindingDocument]
    ignored_sheets: list[str]


@with_config(extra="forbid")
class VersionState(TypedDict):
    """The newest version of a submission, whether it counts or not."""

    version: int
    state: str


@with_config(extra="forbid")
class ReturnDocument(TypedDict):
    """Why the bureau sent a version back, and until when it is to be corrected."""

    reason: str
    by: str
    deadline: str | None


@with_config(extra="forbid")
class StatusOfForm(TypedDict):
    """Where one form of one unit stands; amounts never appear here."""

    unit: str
    name: str
    form: str
    state: str
    version: int | None
    latest: VersionState | None
    arrived_at: str | None
    late: bool
    workdays_late: int
    rows: RowCounts | None
    errors: int
    queries: int
    submission: str | None
    returned: ReturnDocument | None


@with_config(extra="forbid")
class ShortFinding(TypedDict):
    """A finding of a file that could not be assigned."""

    rule: str
    message_zh: str
    message_en: str


@with_config(extra="forbid")
class UnassignedFile(TypedDict):
    """A file without a unit, a period or a readable table; state `other_period`: one that came while this period was being reported
    but names a period that was over (a wrong year in its title), with what its receipt says."""

    sha256: str
    name: str
    arrived_at: str
    state: str
    findings: list[ShortFinding]


@with_config(extra="forbid")
class StatusDocument(TypedDict):
    """`saima status`."""

    period: str | None
    units: list[StatusOfForm]
    bureau: list[StatusOfForm]
    unassigned: list[UnassignedFile]


@with_config(extra="forbid")
class SentNotification(TypedDict):
    """One notification as of an instant: what, to which role, over which channel, its attempts, how it stands. No address."""

    message_id: str
    kind: str
    rung: str | None
    opening: str | None
    audience: str
    role: str
    channel: str
    decided_at: str
    not_before: str
    state: str
    in_digest: str | None
    sent_at: str | None
    attempts: int
    result: str


@with_config(extra="forbid")
class OutboxEntry(SentNotification):
    """A notification with its recipient: for the bureau and the engineers alone."""

    unit: str | None
    period: str | None
    form: str | None
    address: str
    subject: str
    next_at: str
    reason: str


@with_config(extra="forbid")
class OutboxDocument(TypedDict):
    """`saima alerts outbox`."""

    now: str
    messages: list[OutboxEntry]


@with_config(extra="forbid")
class CallDocument(TypedDict):
    """A telephone call that was logged (催报)."""

    form: str
    called_at: str
    called_by: str
    spoke_to: str
    answer: str
    logged_at: str


@with_config(extra="forbid")
class LateForm(TypedDict):
    """One form that is not in, and what was done about it."""

    unit: str
    name: str
    form: str
    due: str
    owed_by: str
    rung: str | None
    workdays_late: int
    state: str
    notices: list[SentNotification]
    calls: list[CallDocument]


@with_config(extra="forbid")
class LateDocument(TypedDict):
    """`saima late`."""

    period: str | None
    now: str
    provisional: list[int]
    units: list[LateForm]
    bureau: list[LateForm]


@with_config(extra="forbid")
class StepDocument(TypedDict):
    """One escalation step (`rung`) of one form, with its instant and who had not sent by then (null: it lies ahead)."""

    form: str
    unit: str | None
    opening: str | None
    rung: str
    due: str
    at: str
    out_at: str
    deferral: str | None
    to: list[str]
    provisional: bool
    not_in: list[str] | None


@with_config(extra="forbid")
class EscalationDocument(TypedDict):
    """`saima alerts ladder`."""

    period: str
    now: str
    rungs: list[StepDocument]


@with_config(extra="forbid")
class Phone(TypedDict):
    """A number of the call list."""

    role: str
    number: str


@with_config(extra="forbid")
class LastNotification(TypedDict):
    """What a unit was last sent."""

    rung: str | None
    channel: str
    at: str | None


@with_config(extra="forbid")
class CallToMake(TypedDict):
    """A unit to telephone."""

    unit: str
    name: str
    form: str
    form_zh: str
    rung: str
    due: str
    workdays_late: int
    phones: list[Phone]
    last: LastNotification | None
    logged: list[CallDocument]


@with_config(extra="forbid")
class CallListDocument(TypedDict):
    """`saima alerts calls`."""

    period: str
    now: str
    programme: str
    simulated: bool
    calls: list[CallToMake]


@with_config(extra="forbid")
class WatchDocument(TypedDict):
    """One look at the deadlines: cases open, notifications by kind, messages given up."""

    open: int
    notices: dict[str, int]
    withdrawn: int
    passed: int


@with_config(extra="forbid")
class DeliveryDocument(TypedDict):
    """One run of the sender."""

    delivered: int
    to_retry: int
    dead: int
    waiting: int
    channels_left: dict[str, str]


@with_config(extra="forbid")
class AlertsRunDocument(TypedDict):
    """`saima alerts run`."""

    watch: WatchDocument
    deliver: DeliveryDocument


@with_config(extra="forbid")
class Problem(TypedDict):
    """What is wrong with the sending of notifications (`saima alerts check`)."""

    problem: str
    zh: str
    en: str
    since: str | None


@with_config(extra="forbid")
class ExplanationDocument(TypedDict):
    """An explanation of a query, with the bureau's decision on it."""

    id: str
    unit: str
    form: str
    rule: str
    row_key: str
    field: str
    value: str
    period: str
    until: str | None
    reason: str
    text: str
    origin: str
    submission: str
    by: str
    at: str
    state: str
    decided_by: str | None
    decided_at: str | None
    remark: str | None


@with_config(extra="forbid")
class Signatory(TypedDict):
    """Who signed a waiver, and when."""

    name: str
    at: str


@with_config(extra="forbid")
class WaiverDocument(TypedDict):
    """A waiver of an error for one cell; granted with its second signature."""

    id: str
    unit: str
    form: str
    rule: str
    row_key: str
    field: str
    value: str
    period: str
    until: str | None
    reason: str
    submission: str
    granted: bool
    signatures: list[Signatory]


@with_config(extra="forbid")
class RefusalText(TypedDict):
    """Why a command has no answer: its exit code (1 the answer is no, 2 could not run), what is wrong, and what to do about it."""

    exit_code: int
    zh: str
    en: str
    remedy: str


@with_config(extra="forbid")
class RefusalDocument(TypedDict):
    """What `--json` prints where a command ends without its own document."""

    error: RefusalText


@with_config(extra="forbid")
class ChangeDocument(TypedDict):
    """What validating a version again changed, and why (history, rules, programme)."""

    unit: str
    period: str
    form: str
    submission: str
    version: int
    causes: list[str]
    judged_at: str
    verdict_before: str
    verdict: str
    appeared: list[FindingDocument]
    disappeared: list[FindingDocument]


@with_config(extra="forbid")
class StageTime(TypedDict):
    """Seconds spent in one stage, and the CPU seconds of this process and of its reader processes."""

    name: str
    seconds: float
    cpu_seconds: float


@with_config(extra="forbid")
class MonthDocument(TypedDict):
    """`saima month`. `failures`: what follows a publication (site, dispatch tables) and was not done, editions that are not whole."""

    period: str
    edition: str | None
    state: str
    reason: str
    path: str | None
    units: dict[str, int]
    rows: dict[str, int]
    unassigned: int
    alerts: AlertsRunDocument | dict[str, Any]
    failures: list[str]
    sources_failed: list[str]
    stages: list[StageTime]
    peak_rss_mb: float


@with_config(extra="forbid")
class AuditCheck(TypedDict):
    """One check of the books: how much it looked at, how much was wrong. One that looked at nothing has failed."""

    id: str
    looked_at: int
    failed: int
    detail: str


@with_config(extra="forbid")
class AuditInvariant(TypedDict):
    """One invariant of the books: the checks it rests on, and what they looked at and found together."""

    id: str
    meaning_zh: str
    meaning_en: str
    checks: list[str]
    looked_at: int
    failed: int


@with_config(extra="forbid")
class AuditDocument(TypedDict):
    """`saima audit`."""

    ok: bool
    checks: list[AuditCheck]
    invariants: list[AuditInvariant]


@with_config(extra="forbid")
class ReceiptPart(TypedDict):
    """One submission of a received file, with its deadlines."""

    submission_id: str
    form: str
    unit: str | None
    period: str | None
    version: int | None
    verdict: str
    rows: RowCounts
    due: str | None
    corrections_until: str | None
    findings: list[FindingDocument]


@with_config(extra="forbid")
class ReceiptDocument(TypedDict):
    """`<file>.receipt.json`: what a sender gets back."""

    file: str
    sha256: str
    arrived_at: str
    verdict: str
    remarks: list[Any]
    rules_version: str
    submissions: list[ReceiptPart]
    findings: list[FindingDocument]


def finding_document(rule_finding: Finding) -> FindingDocument:
    """A finding as JSON (DESIGN §8); the one place where it is written."""
    return {
        "rule": rule_finding.rule,
        "level": rule_finding.level,
        "severity": rule_finding.severity,
        "sheet": rule_finding.sheet,
        "cell": rule_finding.cell,
        "row": rule_finding.row,
        "field": rule_finding.field,
        "value": rule_finding.value,
        "message_zh": rule_finding.message_zh,
        "message_en": rule_finding.message_en,
        "answered": rule_finding.answered,
    }
