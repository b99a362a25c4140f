"""Audit: the ledger's own checks, then every verdict replayed from the archive with the history recorded for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

from expectations.catalogue import RULES_VERSION

from ...model.json_documents import AuditDocument
from ...model.loading import Check, SubmissionRow
from ...warehouse.audit.warehouse_checks import looked_at
from ..intake.validate_batch import validate_batch
from ..records.programme_record import check_programme
from ..records.read_submissions import Candidate, read_receipts, sort_out
from ..runtime.context import Context
from ..runtime.lineage_events import note_checks
from ..runtime.reader_pool import open_reader
from ..runtime.stage_log import logged_stage
from .audit_anchors import check_anchors
from .audit_answers import check_answers
from .audit_closings import check_expected_units
from .audit_dispatch import check_dispatch_folders, check_dispatch_tables
from .audit_editions import check_edition_files, check_receipt_journal
from .audit_invariants import invariants
from .audit_messages import check_message_files, check_waiting_answers
from .audit_public import check_delivered_folders, check_public_pages
from .audit_rankings import check_rankings
from .audit_submissions import differences

Progress = Callable[[int, int], None]


@logged_stage(
    "audit",
    lambda done: {
        "ok": done["ok"],
        "checks": len(done["checks"]),
        "failed_checks": sum(bool(c["failed"]) for c in done["checks"]),
    },
)
def audit(
    context: Context, now: datetime, progress: Progress | None = None, anchors: Sequence[Path] = ()
) -> AuditDocument:
    """`{ok, checks [{id, looked_at, failed, detail}], invariants […]}` (DESIGN §8). `anchors`: files of `saima audit --export`."""
    checks = [
        *context.warehouse.checks(context.archive.verify, now),
        *looked_at("edition-files", lambda: check_edition_files(context)),
        *looked_at("receipt-journal", lambda: check_receipt_journal(context)),
        *looked_at("answers", lambda: check_answers(context)),
        *looked_at("waiting-answers", lambda: check_waiting_answers(context)),
        *looked_at("message-files", lambda: check_message_files(context)),
        *looked_at("deliveries-laid-down", lambda: check_delivered_folders(context)),
        *looked_at("public-pages", lambda: check_public_pages(context)),
        *looked_at("programme-files", lambda: check_programme(context)),
        *looked_at("expected-units", lambda: check_expected_units(context)),
        *looked_at("anchors", lambda: check_anchors(context, anchors)),
        *looked_at("rankings-recomputed", lambda: check_rankings(context)),
        *looked_at("dispatch-tables-recounted", lambda: check_dispatch_tables(context)),
        *looked_at("dispatch-folders", lambda: check_dispatch_folders(context)),
        *looked_at("verdicts_replayed", lambda: replay(context, now, progress)),
    ]
    note_checks({"id": c.id, "looked_at": c.looked_at, "failed": c.failed} for c in checks)
    return {
        "ok": not any(c.failed for c in checks),
        "checks": [{"id": c.id, "looked_at": c.looked_at, "failed": c.failed, "detail": c.detail} for c in checks],
        "invariants": invariants(checks),
    }


def replay(context: Context, now: datetime, progress: Progress | None = None) -> Check:
    """Every verdict of today's rules and programme, computed again from the archived bytes and the recorded history."""
    rows = context.warehouse.submissions()
    periods = {r.receipt_id: r.period for r in rows}
    same = [r for r in rows if r.rules_version == RULES_VERSION and r.programme_version == context.programme.version]
    found: list[str] = []
    receipts = sorted({r.receipt_id for r in same}, key=lambda i: (periods[i], i))
    size = context.settings.batch_files
    for start in range(0, len(receipts), size):
        wanted = set(receipts[start : start + size])
        found.extend(_replay_batch(context, [r for r in same if r.receipt_id in wanted], now))
        if progress:
            progress(min(start + size, len(receipts)), len(receipts))
    older = len(rows) - len(same)
    detail = "; ".join(found[:10])
    if older:
        detail += f" ({older} 份由较早的规则或方案审核，未重放 / judged under older rules or programme, not replayed)"
    return Check("verdicts_replayed", len(same), len(found), detail.strip())


def _replay_batch(context: Context, rows: Sequence[SubmissionRow], now: datetime) -> Iterator[str]:
    """The verdicts of some files; what a load that goes on has replaced meanwhile is no difference."""
    candidates = {c.submission_id: c for c in _candidates(context, rows)}
    bad: dict[str, str] = {}
    for (form, _), group in groupby(sorted(rows, key=_scope), key=_scope):
        bad |= {what.split(" ")[0].rstrip(":"): what for what in _compare(context, form, list(group), candidates, now)}
    before = {r.submission_id: r.verdict_id for r in rows}
    for submission, what in bad.items():
        row = context.warehouse.follow_ups.version(submission)
        if row is not None and row.verdict_id == before[submission]:
            yield what


def _scope(row: SubmissionRow) -> tuple[str, str]:
    return row.form, row.period


def _candidates(context: Context, rows: Sequence[SubmissionRow]) -> Iterator[Candidate]:
    """What the archived files hold; none of a file whose bytes are missing or damaged (the check of the archive names it)."""
    known = context.warehouse.receipts_by_id(sorted({r.receipt_id for r in rows}))
    receipts = [r.receipt for r in known.values() if context.archive.verify(r.receipt.sha256)]
    if not receipts:
        return
    with open_reader(context.programme, context.settings, len(receipts)) as reader:
        for item in read_receipts(context, receipts, reader):
            yield from sort_out([item], context.programme)[0]


def _compare(
    context: Context, form: str, rows: Sequence[SubmissionRow], candidates: dict[str, Candidate], now: datetime
) -> Iterator[str]:
    lost = [r for r in rows if r.submission_id not in candidates]
    yield from (f"{r.submission_id}：档案中读不出 / no longer found in the archive" for r in lost)
    found = [r for r in rows if r.submission_id in candidates]
    for group in _same_history(found):
        histories = {r.unit_code: r.history for r in group}
        again = list(validate_batch(context, form, [candidates[r.submission_id] for r in group], histories, now))
        yield from differences(context, form, group, again)


def _same_history(rows: Sequence[SubmissionRow]) -> Iterator[list[SubmissionRow]]:
    """Groups in which every unit has one history only: versions of one unit may have been judged against different ones."""
    rest = list(rows)
    while rest:
        chosen: dict[str, SubmissionRow] = {}
        group: list[SubmissionRow] = []
        left: list[SubmissionRow] = []
        for row in rest:
            same = chosen.setdefault(row.unit_code, row).history == row.history
            (group if same else left).append(row)
        yield group
        rest = left
