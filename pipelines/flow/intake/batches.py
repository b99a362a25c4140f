"""Pending receipts in batches, each read, validated and staged by a process of its own. A batch that is lost (its process was killed,
by memory or by hand) waits for the next run; a file that is lost again and again ends as unreadable instead of losing others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ...model.loading import ReceiptOutcome
from ...model.submissions import Problem, ReadFile, Receipt
from ...warehouse.db.faults import fault_point
from ..records.read_submissions import Candidate, sort_out
from ..runtime.context import Context
from ..runtime.stage_figures import StageFigures, keep_stage_figures
from ..runtime.stopwatch import Stopwatch
from .process import read_all
from .receipt_batches import receipt_batches
from .stage_and_load import stage_batch
from .validate_batch import validate_all

ALONE_AFTER = 3
"""Lost attempts after which a file is tried in a batch of its own: one of a hundred is guilty, the others go through."""
GIVEN_UP_AFTER = 6
"""Lost attempts after which a file that lost its process alone is not read any more (A01)."""


def in_batches(context: Context) -> list[list[str]]:
    """Receipt ids of everything pending: in batches (`receipt_batches`), those that were lost too often one by one."""
    attempts = context.warehouse.follow_ups.attempts()
    pending = context.warehouse.pending_receipts()
    alone = [r for r in pending if attempts.get(r.receipt_id, 0) >= ALONE_AFTER]
    together = receipt_batches([r for r in pending if attempts.get(r.receipt_id, 0) < ALONE_AFTER], context.settings)
    return [[r.receipt_id for r in batch] for batch in (*together, *([r] for r in alone))]


@dataclass(frozen=True)
class ReadBatch:
    """Receipts with what was read of them, by the forms of a version of the programme. `seconds`: how long that took."""

    programme_version: str
    receipts: tuple[Receipt, ...]
    candidates: tuple[Candidate, ...]
    outcomes: tuple[ReceiptOutcome, ...]
    seconds: float


def stage_receipts(context: Context, receipt_ids: Iterable[str], now: datetime) -> Path:
    """Reads, validates and stages those of the receipts that are pending; the folder of the stage. The attempt is counted before
    anything is read, and forgotten when a load holds the files."""
    return stage_read(context, [read_batch(context, receipt_ids)], now)


def read_batch(context: Context, receipt_ids: Iterable[str], begun: dict[str, int] | None = None) -> ReadBatch:
    """Counts an attempt and reads those of the receipts that are pending. `begun`: receipt → attempts, of those whose attempt of this
    batch is counted already (reading ahead failed, or another version of the programme read them); those counted here are entered
    before anything is read."""
    receipts = _pending(context, receipt_ids)
    attempts = {} if begun is None else begun
    uncounted = [r.receipt_id for r in receipts if r.receipt_id not in attempts]
    attempts.update(context.warehouse.follow_ups.begin_attempt(uncounted))
    given_up = [r for r in receipts if attempts[r.receipt_id] > GIVEN_UP_AFTER]
    fault_point("batch.begun")
    watch = Stopwatch()
    candidates, outcomes = read_all(context, [r for r in receipts if r not in given_up], watch)
    more, lost = sort_out([(r, _given_up(r, attempts[r.receipt_id])) for r in given_up], context.programme)
    return ReadBatch(
        context.programme.version,
        tuple(receipts),
        (*candidates, *more),
        (*outcomes, *lost),
        watch.seconds.get("read", 0.0),
    )


def stage_read(context: Context, batches: Sequence[ReadBatch], now: datetime) -> Path:
    """Validates and stages what was read and is pending still; the folder of the stage."""
    watch = Stopwatch()
    receipts = _pending(context, (r.receipt_id for batch in batches for r in batch.receipts))
    candidates: list[Candidate] = []
    outcomes: list[ReceiptOutcome] = []
    rest = {r.receipt_id for r in receipts}
    for batch in batches:  # what was read twice (a batch before this one failed) counts once
        own = rest & {o.receipt_id for o in batch.outcomes}
        candidates += [c for c in batch.candidates if c.receipt.receipt_id in own]
        outcomes += [o for o in batch.outcomes if o.receipt_id in own]
        rest -= own
    with watch("validate"):
        validated = [v for group in validate_all(context, candidates, now) for v in group]
    rows = sum(one.verdict.received for one in validated)
    for name, seconds in (("read", sum(b.seconds for b in batches)), ("validate", watch.seconds["validate"])):
        figures = StageFigures(seconds=round(seconds, 3), files=len(receipts), rows=rows)
        keep_stage_figures(context.settings, name, figures)
    return stage_batch(context, validated, outcomes)


def _pending(context: Context, receipt_ids: Iterable[str]) -> list[Receipt]:
    known = context.warehouse.receipts_by_id(sorted(set(receipt_ids))).values()
    return sorted((r.receipt for r in known if r.state == "received"), key=lambda r: (r.order, r.receipt_id))


def _given_up(receipt: Receipt, attempts: int) -> ReadFile:
    reason = f"处理中断 {attempts - 1} 次 / its process died {attempts - 1} times"
    problem = Problem("A01", params={"kind": "reader_failed", "reason": reason})
    return ReadFile(receipt.sha256, receipt.name, "unknown", None, (), (problem,))
