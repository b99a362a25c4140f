"""From the ledger to what goes back: the versions of a file as they stand, their findings and the rows they were read from. What a
load has just put there is taken from memory; the rest is read from the lake and the archive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from expectations.catalogue import RULES_VERSION

from ...model.findings import Finding
from ...model.loading import LedgerReceipt, SubmissionRow, ValidatedSubmission
from ...model.periods import Period
from ...model.submissions import FormPart
from ...returns.verdict import ReturnedPart, Returning
from ..records.finding_documents import finding_of
from ..records.past_periods import came_as_history, history_closed_at
from ..records.read_submissions import empty_part, read_receipts
from ..runtime.context import Context
from ..runtime.reader_pool import open_reader
from .remarks import place_of, remarks

MAX_ROWS = 20_000
"""A file with more rows gets its receipts alone: its findings are in the JSON, and a workbook of that size opens nowhere."""

ORDER = ("accepted", "accepted_with_queries", "rejected", "unreadable")
_SEVERITIES = {"error": 0, "query": 1, "information": 2}

_Parts = Mapping[tuple[str, str, str], FormPart]
"""(form, unit, period) → what was read of it."""
Fresh = Mapping[str, ValidatedSubmission]
"""Submission → what has just been loaded."""


@dataclass(frozen=True)
class Answer:
    """One file's answer, still to be written."""

    known: LedgerReceipt
    returning: Returning
    with_book: bool


def compose_answers(context: Context, receipt_ids: Iterable[str], fresh: Fresh) -> list[Answer]:
    """Of several files that came under one name the newest is answered; files loaded as history are not."""
    newest = [r for r in context.warehouse.follow_ups.newest_of_names(receipt_ids) if r.state != "received"]
    rows = _versions(context, newest)
    newest = _not_history(context, newest, rows)
    versions = [row for own in rows.values() for row in own]
    held = _held(fresh, versions)
    found = _findings(context, versions, held)
    books = [r for r in newest if any(found.get(row.submission_id) for row in rows.get(r.receipt.receipt_id, ()))]
    read = _parts(context, books, rows, held, len(newest))
    store = context.warehouse.follow_ups
    beside: dict[tuple[str, str, str], list[SubmissionRow]] = defaultdict(list)
    for row in store.versions_beside(versions):
        beside[place_of(row)].append(row)
    returns = context.warehouse.rulings.returns_of(row.submission_id for row in versions)
    answers = []
    for known in newest:
        own = rows.get(known.receipt.receipt_id, [])
        returning = _returning(context, known, own, found, read.get(known.receipt.receipt_id, {}))
        returning = replace(returning, remarks=remarks(context, known.receipt, own, returns, beside))
        answers.append(Answer(known, returning, known.receipt.receipt_id in read))
    return answers


def _held(fresh: Fresh, versions: Sequence[SubmissionRow]) -> dict[str, ValidatedSubmission]:
    """What memory holds of the versions, where the ledger has the same verdict of them."""
    return {
        row.submission_id: fresh[row.submission_id]
        for row in versions
        if row.submission_id in fresh and fresh[row.submission_id].verdict_id == row.verdict_id
    }


def _not_history(
    context: Context, receipts: Sequence[LedgerReceipt], rows: Mapping[str, Sequence[SubmissionRow]]
) -> list[LedgerReceipt]:
    """Without files that were only loaded as history: nobody waits for an answer to them."""
    periods = {row.period for own in rows.values() for row in own}
    closed = {period: history_closed_at(context.warehouse.closings.all(period)) for period in periods}
    history = {i for i, own in rows.items() if own and all(came_as_history(row, closed) for row in own)}
    return [known for known in receipts if known.receipt.receipt_id not in history]


def _versions(context: Context, receipts: Sequence[LedgerReceipt]) -> dict[str, list[SubmissionRow]]:
    """The versions of each receipt; a re-send has those of the file it repeats."""
    store = context.warehouse.follow_ups
    rows: dict[str, list[SubmissionRow]] = defaultdict(list)
    for row in store.versions_of_receipts(r.receipt.receipt_id for r in receipts):
        rows[row.receipt_id].append(row)
    resent = [r.receipt for r in receipts if r.state == "resent" and r.receipt.receipt_id not in rows]
    by_bytes: dict[str, dict[str, SubmissionRow]] = defaultdict(dict)
    for row in store.versions_of_bytes(r.sha256 for r in resent) if resent else ():
        by_bytes[row.sha256][row.form + row.unit_code + row.period] = row
    for receipt in resent:
        rows[receipt.receipt_id] = list(by_bytes[receipt.sha256].values())
    return rows


def _findings(
    context: Context, rows: Sequence[SubmissionRow], held: Mapping[str, ValidatedSubmission]
) -> Mapping[str, tuple[Finding, ...]]:
    """Findings of each submission that has any, errors first."""
    found: dict[str, list[Finding]] = {
        i: list(one.verdict.findings) for i, one in held.items() if one.verdict.findings and _storable(one)
    }
    stored = [
        row.submission_id for row in rows if row.submission_id not in held or not _storable(held[row.submission_id])
    ]
    if stored:
        for f in context.warehouse.findings(stored).to_pylist():
            found.setdefault(f["submission_id"], []).append(finding_of(f))
    return {i: tuple(sorted(own, key=_order)) for i, own in found.items()}


def _order(finding: Finding) -> tuple[int, int, str, bool, str, str]:
    """Errors first, then by row; within a row as the lake is read."""
    row = finding.row
    return (_SEVERITIES[finding.severity], row or 0, finding.rule, row is None, finding.field, finding.cell)


def _storable(one: ValidatedSubmission) -> bool:
    """Half a surrogate pair (a JSON file may hold one) is stored as its escape: what the lake has is what is said."""
    try:
        for finding in one.verdict.findings:
            f"{finding.value}{finding.message_zh}{finding.message_en}{finding.sheet}".encode()
    except UnicodeEncodeError:
        return False
    return True


def _parts(
    context: Context,
    books: Sequence[LedgerReceipt],
    rows: Mapping[str, Sequence[SubmissionRow]],
    held: Mapping[str, ValidatedSubmission],
    like: int,
) -> dict[str, _Parts]:
    """What the files that need a workbook hold: of memory, else of the archived bytes, read by the pool that a run of `like` files
    has left open."""
    found: dict[str, _Parts] = {}
    again = []
    for known in books:
        own = [held.get(row.submission_id) for row in rows[known.receipt.receipt_id]]
        if all(one is not None and one.verdict.word != "unreadable" for one in own):
            found[known.receipt.receipt_id] = _by_scope(one.part for one in own if one is not None)
        else:
            again.append(known.receipt)
    if again:
        with open_reader(context.programme, context.settings, like) as reader:
            found |= {
                r.receipt_id: _by_scope(file.parts) for r, file in read_receipts(context, again, reader) if file.parts
            }
    return {i: own for i, own in found.items() if sum(p.raw.num_rows for p in own.values()) <= MAX_ROWS}


def _by_scope(parts: Iterable[FormPart]) -> _Parts:
    return {(part.form, part.unit_code or "", part.period or ""): part for part in parts}


def _returning(
    context: Context,
    known: LedgerReceipt,
    rows: Sequence[SubmissionRow],
    found: Mapping[str, tuple[Finding, ...]],
    read: _Parts,
) -> Returning:
    programme, receipt = context.programme, known.receipt
    parts = []
    for row in sorted(rows, key=lambda r: r.form):
        part = read.get((row.form, row.unit_code, row.period))
        counts = (row.received, row.accepted, row.quarantined, row.not_data)
        parts.append(
            returned_part(
                context,
                part or empty_part(context.programme.forms[row.form], row.unit_code, row.period),
                row.submission_id,
                row.version,
                "returned" if row.state == "returned" else row.word,
                counts,
                found.get(row.submission_id, ()),
                receipt.manifest,
            )
        )
    words = [r.word for r in rows]
    word: str = max(words, key=ORDER.index) if words else known.state
    if any(r.state == "returned" for r in rows):
        word = "returned"
    rules = rows[0].rules_version if rows else RULES_VERSION
    return Returning(
        receipt.name,
        receipt.sha256,
        word,
        receipt.arrived_at,
        rules,
        programme.time_zone,
        programme.en if programme.language == "en" else programme.zh,
        programme.simulated,
        tuple(parts),
        known.findings,
        english=programme.language == "en",
    )


def returned_part(
    context: Context,
    part: FormPart,
    submission_id: str,
    version: int | None,
    word: str,
    counts: tuple[int, int, int, int],
    findings: tuple[Finding, ...],
    declared: Mapping[str, str] | None = None,
) -> ReturnedPart:
    programme = context.programme
    unit = programme.roster.get(part.unit_code or "")
    row = programme.calendar.row(part.form, Period.parse(part.period)) if part.period else None
    return ReturnedPart(
        part,
        programme.forms[part.form],
        programme.roster.label(unit) if unit else (part.unit_code or "?"),
        submission_id,
        version,
        word,
        *counts,
        findings,
        row.county_due if row else None,
        row.city_audit_due if row else None,
        declared or {},
    )
