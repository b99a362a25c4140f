"""What the pages of one unit show: what is due, what was sent, and a file with its verdict. Nothing of another unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ...errors import Refused
from ...model.accounts import AccountDomain
from ...model.calendar import CalendarRow
from ...model.findings import Finding, verdict_label
from ...model.forms import FormLayout
from ...model.loading import LedgerReceipt, SubmissionRow
from ...model.periods import Period
from ...model.rulings import Explanation
from ...model.units import Unit
from ..feedback.write_feedback import out_path
from ..records.finding_documents import finding_of
from ..records.past_periods import over_at
from ..records.submission_status import SubmissionStatus, submission_statuses
from ..runtime.context import Context
from .uploads import FOLDER, portal_source, upload_folder

HISTORY_MONTHS = 13
_ORDER = ("accepted", "accepted_with_queries", "rejected", "unreadable")


@dataclass(frozen=True)
class DueForm:
    """A form of a period that the unit owes or may still send, with where it stands."""

    form: FormLayout
    row: CalendarRow
    status: SubmissionStatus | None

    @property
    def state(self) -> str:
        return self.status.state if self.status else "missing"

    @property
    def latest(self) -> SubmissionRow | None:
        return self.status.latest if self.status else None


@dataclass(frozen=True)
class SentPart:
    """One form of a file: its version in the ledger, its findings, what was explained."""

    form: FormLayout
    version: SubmissionRow
    findings: tuple[Finding, ...]
    explanations: tuple[Explanation, ...]

    @property
    def label(self) -> tuple[str, str]:
        state = "returned" if self.version.state == "returned" else self.version.word
        return verdict_label(state, self.version.quarantined)

    def of(self, severity: str) -> list[Finding]:
        return [f for f in self.findings if f.severity == severity]


@dataclass(frozen=True)
class SentFile:
    """A file of an upload. `parts` are empty while it waits, and where it could not be read or assigned (then `receipt.findings`).
    `workbook`: the marked one is there to be downloaded; `answer_due`: it is still to be written."""

    receipt: LedgerReceipt
    parts: tuple[SentPart, ...]
    workbook: bool
    answer_due: bool = False

    @property
    def waiting(self) -> bool:
        return self.receipt.state == "received"

    @property
    def word(self) -> str:
        words = [p.version.word for p in self.parts]
        return max(words, key=_ORDER.index) if words else self.receipt.state

    @property
    def name(self) -> str:
        return self.receipt.receipt.name.rpartition("/")[2]


def forms_of(context: Context, unit: Unit, domain: AccountDomain) -> list[FormLayout]:
    """Forms that the unit may send and the account handles, the scored ones first. Bureau forms are statistics."""
    handled = {"stat": ("stat", "bureau"), "dispatch": ("dispatch",)}.get(domain, ("stat", "bureau", "dispatch"))
    forms = [f for f in context.programme.forms.values() if f.may_send(unit) and f.domain in handled]
    return sorted(forms, key=lambda f: (not (f.scored or f.domain == "bureau"), f.domain != "stat", f.order, f.name))


def due_forms(context: Context, unit: Unit, domain: AccountDomain, now: datetime) -> list[DueForm]:
    """Forms whose period is open (from its opening to its freeze), and those that open next; the earliest deadline first."""
    forms = forms_of(context, unit, domain)
    wanted = [(form, row) for form in forms for row in _rows(context, form, now)]
    statuses: dict[tuple[str, Period], SubmissionStatus] = {}
    for period in {row.period for _, row in wanted}:
        names = [form.name for form, row in wanted if row.period == period]
        for one in submission_statuses(context, period, now, names, bureau=unit.kind == "bureau"):
            if one.unit.code == unit.code:
                statuses[(one.form, period)] = one
    found = [DueForm(form, row, statuses.get((form.name, row.period))) for form, row in wanted]
    return sorted(found, key=lambda d: (d.row.county_due, not d.form.scored, d.form.name))


def _rows(context: Context, form: FormLayout, now: datetime) -> list[CalendarRow]:
    rows = [r for r in context.programme.calendar.rows if r.form == form.name]
    open_now = [r for r in rows if r.open <= now < over_at(r)]
    ahead = sorted((r for r in rows if r.open > now), key=lambda r: r.open)
    return sorted(open_now, key=lambda r: r.county_due)[-2:] or ahead[:1]


def uploaded_files(context: Context, unit: Unit, domain: AccountDomain, upload_id: str) -> list[SentFile]:
    """The files of one upload of the unit; Refused where there is none."""
    prefix = f"{upload_folder(unit, upload_id)}/"
    receipts = context.warehouse.follow_ups.receipts_below(portal_source(context).name, prefix)
    if not receipts:
        raise Refused("没有这次上传", "no such upload")
    return sent_files(context, unit, domain, receipts)


def sent_files(
    context: Context, unit: Unit, domain: AccountDomain, receipts: Sequence[LedgerReceipt]
) -> list[SentFile]:
    """Files with what the ledger says of them, but for forms of other units or other desks."""
    store = context.warehouse.follow_ups
    shown = {form.name for form in forms_of(context, unit, domain)}
    versions: dict[str, list[SubmissionRow]] = {}
    for row in store.versions_of_receipts(r.receipt.receipt_id for r in receipts):
        versions.setdefault(row.receipt_id, []).append(row)
    for known in receipts:
        if known.state == "resent" and known.receipt.receipt_id not in versions:
            versions[known.receipt.receipt_id] = list(
                {(r.form, r.period): r for r in store.versions_of_bytes([known.receipt.sha256])}.values()
            )
    own = {
        i: [r for r in rows if context.programme.roster.may_stand_for(unit.code, r.unit_code) and r.form in shown]
        for i, rows in versions.items()
    }
    due = store.feedback_due()
    parts = {p.version.submission_id: p for p in sent_parts(context, [r for rows in own.values() for r in rows])}
    return [
        SentFile(
            known,
            tuple(parts[r.submission_id] for r in sorted(own.get(known.receipt.receipt_id, []), key=lambda r: r.form)),
            marked_workbook(context, known) is not None,
            known.receipt.receipt_id in due,
        )
        for known in receipts
    ]


def sent_parts(context: Context, rows: Sequence[SubmissionRow]) -> list[SentPart]:
    """Versions with their findings, the worst first, and their explanations."""
    found: dict[str, list[Finding]] = {r.submission_id: [] for r in rows}
    for row in context.warehouse.findings(list(found)).to_pylist() if found else ():
        found[row["submission_id"]].append(finding_of(row))
    order = {"error": 0, "query": 1, "information": 2}
    explained = {p: context.warehouse.rulings.explanations(p) for p in {r.period for r in rows}}
    return [
        SentPart(
            context.programme.forms[r.form],
            r,
            tuple(sorted(found[r.submission_id], key=lambda f: (order[f.severity], f.answered, f.row or 0, f.cell))),
            tuple(
                e for e in explained[r.period] if e.cell.unit_code == r.unit_code and e.submission_id == r.submission_id
            ),
        )
        for r in rows
    ]


def marked_workbook(context: Context, known: LedgerReceipt) -> tuple[str, bytes] | None:
    """(name, bytes) of the workbook that went back for a file; None where nothing was found or it is not written yet."""
    receipt = known.receipt
    answer = out_path(context, receipt.source, receipt.name)
    path = answer.with_name(f"{answer.name}.verdict.xlsx")
    if not path.is_file():
        return None
    return path.name, path.read_bytes()


def own_version(context: Context, unit: Unit, domain: AccountDomain, submission_id: str) -> SubmissionRow:
    """A version of the unit; Refused where there is none of that name or it is another unit's or another desk's."""
    row = context.warehouse.follow_ups.version(submission_id)
    shown = {form.name for form in forms_of(context, unit, domain)}
    if row is None or row.unit_code != unit.code or row.form not in shown:
        raise Refused("没有这份报送", "no such submission")
    return row


def history(context: Context, unit: Unit, domain: AccountDomain, now: datetime) -> list[SubmissionRow]:
    """The unit's versions of the last thirteen months."""
    shown = {form.name for form in forms_of(context, unit, domain)}
    first = f"{now.year - 1}-{now.month:02d}"
    return [r for r in context.warehouse.follow_ups.versions_of_unit(unit.code, first) if r.form in shown]


def upload_of(row: SubmissionRow) -> str | None:
    """The upload a version came with; None where it came another way."""
    folders = row.name.split("/")
    return folders[2] if len(folders) > 3 and folders[1] == FOLDER else None
