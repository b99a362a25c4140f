"""Audit: the ledger's own checks, then every verdict replayed from the archive with the history recorded for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from expectations.catalogue import RULES_VERSION

from ...model.json_documents import AuditDocument
from ...model.loading import Check, SubmissionRow
from ..intake.validate_batch import validate_batch
from ..records.read_submissions import Candidate, read_receipts, sort_out
from ..runtime.context import Context
from ..runtime.reader_pool import open_reader
from .audit_editions import check_edition_files
from .audit_submissions import differences

Progress = Callable[[int, int], None]


def audit(context: Context, now: datetime, progress: Progress | None = None) -> AuditDocument:
    """`{ok, checks [{id, looked_at, failed, detail}]}` (DESIGN §8)."""
    checks = [
        *context.warehouse.checks(context.archive.verify, now),
        check_edition_files(context),
        replay(context, now, progress),
    ]
    return {
        "ok": not any(c.failed for c in checks),
        "checks": [{"id": c.id, "looked_at": c.looked_at, "failed": c.failed, "detail": c.detail} for c in checks],
    }


def replay(context: Context, now: datetime, progress: Progress | None = None) -> Check:
    """Every verdict of today's rules and programme, computed again from the archived bytes and the recorded history."""
    rows = context.warehouse.submissions()
    same = [r for r in rows if r.rules_version == RULES_VERSION and r.programme_version == context.programme.version]
    differences: list[str] = []
    candidates = {c.submission_id: c for c in _candidates(context, same, progress)}
    for (form, _), group in groupby(sorted(same, key=lambda r: (r.form, r.period)), key=lambda r: (r.form, r.period)):
        differences.extend(_compare(context, form, list(group), candidates, now))
    older = len(rows) - len(same)
    detail = "; ".join(differences[:10])
    if older:
        detail += f" ({older} 份由较早的规则或方案审核,未重放 / judged under older rules or programme, not replayed)"
    return Check("verdicts_replayed", len(same), len(differences), detail.strip())


def _candidates(context: Context, rows: Sequence[SubmissionRow], progress: Progress | None) -> Iterator[Candidate]:
    known = context.warehouse.receipts_by_id(sorted({r.receipt_id for r in rows}))
    receipts = [r.receipt for r in known.values()]
    if not receipts:
        return
    with open_reader(context.programme, context.settings, len(receipts)) as reader:
        for count, item in enumerate(read_receipts(context, receipts, reader), 1):
            if progress:
                progress(count, len(receipts))
            yield from sort_out([item], context.programme)[0]


def _compare(
    context: Context, form: str, rows: Sequence[SubmissionRow], candidates: dict[str, Candidate], now: datetime
) -> Iterator[str]:
    lost = [r for r in rows if r.submission_id not in candidates]
    yield from (f"{r.submission_id}: 档案中读不出 / no longer found in the archive" for r in lost)
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
