"""What the pages of one unit show: what is due, what was sent, and a file with its verdict. Nothing of another unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

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
from ..records.finding_documents import findings_of
from ..records.past_periods import over_at
from ..records.submission_status import SubmissionStatus, submission_statuses
from ..runtime.context import Context
from .recent_verdicts import RecentVerdicts
from .uploads import portal_source, upload_folder

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

    @property
    def held(self) -> int:
        """Rows that were held back of the version whose state this is."""
        shown = (self.status.current or self.status.latest) if self.status else None
        return shown.quarantined if shown else 0

    @property
    def superseded_in_vain(self) -> bool:
        """The newest version does not count: an older one does, until it is corrected."""
        current = self.status.current if self.status else None
        return bool(current and self.latest and self.latest.submission_id != current.submission_id)


WITHDRAWN = ("本单位已撤回", "withdrawn by the unit")


@dataclass(frozen=True)
class SentPart:
    """One form of a file: its version in the ledger, its findings, what was explained."""

    form: FormLayout
    version: SubmissionRow
    findings: tuple[Finding, ...]
    explanations: tuple[Explanation, ...]
    withdrawn: bool = False

    @property
    def label(self) -> tuple[str, str]:
        if self.withdrawn:
            return WITHDRAWN
        state = "returned" if self.version.state == "returned" else self.version.word
        return verdict_label(state, self.version.quarantined)

    def of(self, severity: str) -> list[Finding]:
        return [f for f in self.findings if f.severity == severity]


@dataclass(frozen=True)
class SentFile:
    """A file of an upload. `parts` are empty while it waits, and where it could not be read or assigned (then `receipt.findings`).
    `workbooks`: the versions whose marked workbook this account may download; `answer_due`: it is still to be written."""

    receipt: LedgerReceipt
    parts: tuple[SentPart, ...]
    workbooks: frozenset[str]
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


def due_forms(
    context: Context, unit: Unit, domain: AccountDomain, now: datetime, month: Period | None = None
) -> list[DueForm]:
    """Forms whose period is open (from its opening to its freeze), and those that open next; the earliest deadline first. With `month`:
    the forms of that month and of what ended in it (weeks, days), whether they are open still or not."""
    forms = forms_of(context, unit, domain)
    rows = _rows if month is None else _rows_of(month)
    wanted = [(form, row) for form in forms for row in rows(context, form, now)]
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


def _rows_of(month: Period) -> Callable[[Context, FormLayout, datetime], list[CalendarRow]]:
    def rows(context: Context, form: FormLayout, now: datetime) -> list[CalendarRow]:
        known = (r for r in context.programme.calendar.rows if r.form == form.name and r.open <= now)
        return [r for r in known if month in (r.period, r.period.ends_in)]

    return rows


def receipts_of_upload(context: Context, unit: Unit, upload_id: str) -> list[LedgerReceipt]:
    """The receipts of one upload of the unit; Refused where there is none."""
    prefix = f"{upload_folder(unit, upload_id)}/"
    receipts = context.warehouse.follow_ups.receipts_below(portal_source(context).name, prefix)
    if not receipts:
        raise Refused("没有这次上传", "no such upload")
    return receipts


def visible_versions(
    context: Context, unit: Unit, domain: AccountDomain, rows: Iterable[SubmissionRow]
) -> list[SubmissionRow]:
    """Those of the versions that an account of the unit may see: of itself and the units it may send for, of forms of its desk."""
    shown = {form.name for form in forms_of(context, unit, domain)}
    roster = context.programme.roster
    return [r for r in rows if roster.may_stand_for(unit.code, r.unit_code) and r.form in shown]


def withdrawn_of(context: Context, rows: Iterable[SubmissionRow]) -> frozenset[str]:
    """Those of the versions that their unit took back itself: the bureau has returned none of them."""
    returned = context.warehouse.rulings.returns_of(r.submission_id for r in rows if r.state == "returned")
    return frozenset(key for key, one in returned.items() if one.withdrawn)


def may_change(unit: Unit, row: SubmissionRow) -> bool:
    """Whether the unit answers for a version: its own, or one that it sent for a unit below it."""
    return row.unit_code == unit.code or row.name.startswith(f"{unit.code}/")


def may_withdraw(context: Context, unit: Unit, row: SubmissionRow, now: datetime) -> bool:
    """Whether the unit may still take a version back: its newest one, before the due hour."""
    due = context.programme.calendar.row(row.form, Period.parse(row.period))
    return (
        may_change(unit, row) and row.state not in ("returned", "superseded") and (due is None or now < due.county_due)
    )


def whole_receipts(context: Context, unit: Unit, domain: AccountDomain, receipt_ids: Iterable[str]) -> set[str]:
    """Receipts of which the account may see every version: a file about several units, or for both desks, goes whole to nobody who
    may see a part of it."""
    return _whole(context, unit, domain, context.warehouse.follow_ups.versions_of_receipts(receipt_ids))


def _whole(context: Context, unit: Unit, domain: AccountDomain, rows: Sequence[SubmissionRow]) -> set[str]:
    """`rows`: all versions of some receipts."""
    seen = {r.submission_id for r in visible_versions(context, unit, domain, rows)}
    return {r.receipt_id for r in rows} - {r.receipt_id for r in rows if r.submission_id not in seen}


def sent_files(
    context: Context,
    unit: Unit,
    domain: AccountDomain,
    receipts: Sequence[LedgerReceipt],
    recent: RecentVerdicts | None = None,
) -> list[SentFile]:
    """Files with what the ledger says of them, but for forms of other units or other desks. `recent`: findings that are at hand."""
    store = context.warehouse.follow_ups
    versions: dict[str, list[SubmissionRow]] = {}
    for row in store.versions_of_receipts(r.receipt.receipt_id for r in receipts):
        versions.setdefault(row.receipt_id, []).append(row)
    for known in receipts:
        if known.state == "resent" and known.receipt.receipt_id not in versions:
            versions[known.receipt.receipt_id] = list(
                {(r.form, r.unit_code, r.period): r for r in store.versions_of_bytes([known.receipt.sha256])}.values()
            )
    own = {i: visible_versions(context, unit, domain, rows) for i, rows in versions.items()}
    came_with = {r.receipt_id for rows in own.values() for r in rows}
    here = {known.receipt.receipt_id: known for known in receipts}
    if came_with <= here.keys():
        offered = _whole(context, unit, domain, [r for i in came_with for r in versions[i]])
    else:  # the same bytes again: the versions came with another receipt
        offered = whole_receipts(context, unit, domain, came_with)
        here |= context.warehouse.receipts_by_id(sorted(offered - here.keys()))
    offered &= with_workbook(context, [here[i] for i in sorted(offered)])
    due = store.feedback_due(here)
    shown = [r for rows in own.values() for r in rows]
    parts = {p.version.submission_id: p for p in sent_parts(context, shown, recent)}
    return [
        SentFile(
            known,
            tuple(
                parts[r.submission_id]
                for r in sorted(own.get(known.receipt.receipt_id, []), key=lambda r: (r.form, r.unit_code))
            ),
            frozenset(r.submission_id for r in own.get(known.receipt.receipt_id, []) if r.receipt_id in offered),
            known.receipt.receipt_id in due,
        )
        for known in receipts
    ]


def sent_parts(context: Context, rows: Sequence[SubmissionRow], recent: RecentVerdicts | None = None) -> list[SentPart]:
    """Versions with their findings, the worst first, and their explanations."""
    at_hand = {r.submission_id: known[0] for r in rows if recent and (known := recent.get(r))}
    found: dict[str, Sequence[Finding]] = {
        **at_hand,
        **findings_of(context, [r.submission_id for r in rows if r.submission_id not in at_hand]),
    }
    order = {"error": 0, "query": 1, "information": 2}
    explained: dict[str, list[Explanation]] = {}
    for one in context.warehouse.rulings.explanations(submissions=[r.submission_id for r in rows]):
        explained.setdefault(one.submission_id, []).append(one)
    taken_back = withdrawn_of(context, rows)
    return [
        SentPart(
            context.programme.forms[r.form],
            r,
            tuple(sorted(found[r.submission_id], key=lambda f: (order[f.severity], f.answered, f.row or 0, f.cell))),
            tuple(e for e in explained.get(r.submission_id, ()) if e.cell.unit_code == r.unit_code),
            r.submission_id in taken_back,
        )
        for r in rows
    ]


def marked_workbook(context: Context, known: LedgerReceipt) -> tuple[str, bytes] | None:
    """(name, bytes) of the workbook that went back for a file; None where nothing was found, it is not written yet, or a newer file of
    the same name has taken its place."""
    if not with_workbook(context, [known]):
        return None
    path = _workbook_path(context, known)
    return path.name, path.read_bytes()


def with_workbook(context: Context, receipts: Iterable[LedgerReceipt]) -> set[str]:
    """Ids of those of the receipts that have a marked workbook of their own; none is read."""
    written = [r.receipt.receipt_id for r in receipts if _workbook_path(context, r).is_file()]
    newest = context.warehouse.follow_ups.newest_of_names(written) if written else ()
    return {r.receipt.receipt_id for r in newest}


def _workbook_path(context: Context, known: LedgerReceipt) -> Path:
    answer = out_path(context, known.receipt.source, known.receipt.name)
    return answer.with_name(f"{answer.name}.verdict.xlsx")


def own_version(context: Context, unit: Unit, domain: AccountDomain, submission_id: str) -> SubmissionRow:
    """A version of the unit or of one it may send for; Refused where there is none of that name or it is another unit's or another
    desk's."""
    row = context.warehouse.follow_ups.version(submission_id)
    if row is None or not visible_versions(context, unit, domain, [row]):
        raise Refused("没有这份报送", "no such submission")
    return row


def history(context: Context, unit: Unit, domain: AccountDomain, now: datetime) -> list[SubmissionRow]:
    """Versions of the last thirteen months, of the unit and of those it may send for, what arrived last first."""
    roster = context.programme.roster
    codes = [u.code for u in roster.units if roster.may_stand_for(unit.code, u.code)]
    first = f"{now.year - 1}-{now.month:02d}"
    return visible_versions(context, unit, domain, context.warehouse.follow_ups.versions_of_units(codes, first))
