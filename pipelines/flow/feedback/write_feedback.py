"""What goes back to the counties: beside every file, in `out/` under the folder it came from, its receipt and, where anything was
found, the workbook with the findings. Written after the load, from the ledger and the archived bytes; again gives the same."""

from __future__ import annotations

import hashlib
import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from expectations.catalogue import RULES_VERSION

from ...model.findings import Finding
from ...model.loading import LedgerReceipt, SubmissionRow
from ...model.periods import Period
from ...model.submissions import FormPart, ReadFile
from ...returns.receipt import receipt_json, receipt_text
from ...returns.verdict import ReturnedPart, Returning
from ...returns.verdict_book import verdict_book
from ...warehouse.db.faults import fault_point
from ..exchange.reply_outbox import deliver_replies, lies_elsewhere, spool, wait_for
from ..intake.dry_run import CheckedFile
from ..notify.load_notifications import notify_of_loads
from ..records.finding_documents import finding_of
from ..records.past_periods import came_as_history, history_closed_at
from ..records.read_submissions import empty_part, read_receipts
from ..runtime.context import Context
from ..runtime.reader_pool import open_reader
from ..runtime.stage_log import logged_stage
from .remarks import remarks
from .return_template import EPOCH

logger = logging.getLogger(__name__)
MAX_NAME = 200
"""Bytes of a file name kept; file systems allow 255, and the answers add an ending."""

MAX_ROWS = 20_000
"""A file with more rows gets its receipts alone: its findings are in the JSON, and a workbook of that size opens nowhere."""

ORDER = ("accepted", "accepted_with_queries", "rejected", "unreadable")


@dataclass(frozen=True)
class FeedbackWritten:
    """Files written or left as they were, under `out/`; an answer that cannot be written (a full disk) stops no other and stays
    due. `failures`: texts for people, of answers not delivered too; `failed`: receipts whose answer is still to be written."""

    receipts: int = 0
    workbooks: int = 0
    failures: tuple[str, ...] = ()
    failed: frozenset[str] = frozenset()


@logged_stage(
    "feedback", lambda done: {"files": done.receipts, "workbooks": done.workbooks, "undelivered": len(done.failures)}
)
def write_due_feedback(context: Context) -> FeedbackWritten:
    """Whatever loads left to be said: notifications into the outbox, answers into `out/` and on to the places they are for; struck
    off batch by batch, so that a process that is killed leaves the rest to the next."""
    notify_of_loads(context)
    store = context.warehouse.follow_ups
    due = store.feedback_due()
    ids = list(due)
    parts = []
    for start in range(0, len(ids), context.settings.batch_files):
        batch = ids[start : start + context.settings.batch_files]
        written = write_feedback(context, batch)
        fault_point("follow_up.feedback_written")
        store.feedback_written({i: due[i] for i in batch if i not in written.failed})
        parts.append(written)
    return FeedbackWritten(
        sum(p.receipts for p in parts),
        sum(p.workbooks for p in parts),
        (*(failure for p in parts for failure in p.failures), *deliver_replies(context)),
        frozenset(i for p in parts for i in p.failed),
    )


def write_feedback(context: Context, receipt_ids: Iterable[str]) -> FeedbackWritten:
    """Write what goes back for these receipts. Of several files that came under one name the newest has the word."""
    newest = [r for r in context.warehouse.follow_ups.newest_of_names(receipt_ids) if r.state != "received"]
    rows = _versions(context, newest)
    newest = _not_history(context, newest, rows)
    found = _findings(context, [row for own in rows.values() for row in own])
    books = [r for r in newest if any(found.get(row.submission_id) for row in rows.get(r.receipt.receipt_id, ()))]
    read = _read_again(context, books, len(newest))
    scopes = sorted({(row.period, row.form) for own in rows.values() for row in own})
    beside = [row for period, form in scopes for row in context.warehouse.submissions(period, form=form)]
    returns = context.warehouse.rulings.returns_of(row.submission_id for own in rows.values() for row in own)
    failures: dict[str, str] = {}
    spools = {s.name: spool(context, s.name) for s in context.programme.sources if lies_elsewhere(context, s)}
    for known in newest:
        receipt = known.receipt
        own = rows.get(receipt.receipt_id, [])
        returning = _returning(context, known, own, found, read.get(receipt.receipt_id))
        returning = replace(returning, remarks=remarks(context, receipt, own, returns, beside))
        try:
            _write(
                out_path(context, receipt.source, receipt.name),
                returning,
                receipt.receipt_id in read,
                spools.get(receipt.source),
                "/".join(answer_path(receipt.name)),
            )
        except OSError as error:
            logger.exception("the answer to %s could not be written", receipt.receipt_id)
            failures[receipt.receipt_id] = f"{receipt.name}: {error}"
    return FeedbackWritten(len(newest), len(books), tuple(failures.values()), frozenset(failures))


def _write(target: Path, returning: Returning, with_book: bool, waiting: Path | None, name: str) -> None:
    """`waiting`: the spool of a source that lies elsewhere; `name`: the answered file there."""
    answers = {
        ".receipt.txt": receipt_text(returning).encode(),
        ".receipt.json": receipt_json(returning).encode(),
        ".verdict.xlsx": verdict_book(returning) if with_book else b"",
    }
    for ending, content in answers.items():
        path = target.with_name(target.name + ending)
        if content == (path.read_bytes() if path.is_file() else b""):
            continue
        if waiting is not None:
            wait_for(waiting, name + ending, content)
        if content:
            wait_for(path.parent, path.name, content)
        else:
            path.unlink(missing_ok=True)


def out_path(context: Context, source: str, name: str) -> Path:
    """Where the answer to a file lies: the source's own relative path under `out/`; never outside of it."""
    several = {s.name for s in context.programme.sources} if len(context.programme.sources) > 1 else set()
    return context.settings.out.joinpath(*([source] if source in several else []), *answer_path(name))


def answer_path(name: str) -> list[str]:
    """The parts of the answered file's path that an answer keeps: nothing in it leads out of `out/`."""
    safe = name.replace("\\", "_").replace("\0", "_")
    parts = [p for p in PurePosixPath(safe).parts if p not in ("/", "//", "..", ".")] or ["unnamed"]
    if len(os.fsencode(parts[-1])) > MAX_NAME:
        short = os.fsencode(parts[-1])[:MAX_NAME].decode("utf-8", "ignore")
        parts[-1] = f"{short}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"
    return parts


def write_checked(context: Context, checked: CheckedFile, out: Path) -> None:
    """`saima check --workbook`: the same workbook for a file that nobody has sent yet."""
    parts = [
        _returned_part(
            context,
            c.part,
            "",
            None,
            c.verdict.word,
            (c.verdict.received, c.verdict.accepted, c.verdict.quarantined, c.verdict.not_data),
            c.verdict.findings,
        )
        for c in checked.parts
    ]
    programme = context.programme
    returning = Returning(
        Path(checked.file).name,
        checked.sha256,
        checked.word,
        EPOCH,
        RULES_VERSION,
        programme.time_zone,
        programme.en if programme.language == "en" else programme.zh,
        programme.simulated,
        tuple(parts),
        checked.findings,
        english=programme.language == "en",
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(verdict_book(returning))


def _not_history(
    context: Context, receipts: Sequence[LedgerReceipt], rows: Mapping[str, Sequence[SubmissionRow]]
) -> list[LedgerReceipt]:
    """Without files that were only loaded as history: nobody waits for an answer to them."""
    periods = {row.period for own in rows.values() for row in own}
    closed = {period: history_closed_at(context.warehouse.closes(period)) for period in periods}
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


def _findings(context: Context, rows: Sequence[SubmissionRow]) -> Mapping[str, tuple[Finding, ...]]:
    """Findings of each submission that has any, errors first."""
    asked = [row.submission_id for row in rows]
    found: dict[str, list[Finding]] = defaultdict(list)
    if asked:
        for f in context.warehouse.findings(asked).to_pylist():
            found[f["submission_id"]].append(finding_of(f))
    order = {"error": 0, "query": 1, "information": 2}
    return {i: tuple(sorted(own, key=lambda f: (order[f.severity], f.row or 0))) for i, own in found.items()}


def _read_again(context: Context, books: Sequence[LedgerReceipt], like: int) -> dict[str, ReadFile]:
    """The archived bytes of the files that need a workbook, by the pool that a run of `like` files has left open."""
    if not books:
        return {}
    with open_reader(context.programme, context.settings, like) as reader:
        read = read_receipts(context, [b.receipt for b in books], reader)
        return {
            receipt.receipt_id: file
            for receipt, file in read
            if file.parts and sum(p.raw.num_rows for p in file.parts) <= MAX_ROWS
        }


def _returning(
    context: Context,
    known: LedgerReceipt,
    rows: Sequence[SubmissionRow],
    found: Mapping[str, tuple[Finding, ...]],
    read: ReadFile | None,
) -> Returning:
    programme, receipt = context.programme, known.receipt
    parts = []
    for row in sorted(rows, key=lambda r: r.form):
        part = next((p for p in (read.parts if read else ()) if p.form == row.form), None)
        counts = (row.received, row.accepted, row.quarantined, row.not_data)
        parts.append(
            _returned_part(
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


def _returned_part(
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
