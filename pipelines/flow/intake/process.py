"""Process: pending receipts → read → judged → staged → loaded; then whatever a changed history made stale, again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from pathlib import Path

from expectations.catalogue import RULES_VERSION

from ...model.loading import LoadResult, ReceiptOutcome, ValidatedSubmission
from ...model.submissions import Receipt
from ...validate.rows.rule_health import Health, recording
from ...warehouse.staging.stage_writer import stage
from ..exchange.reply_outbox import deliver_replies
from ..feedback.write_feedback import write_feedback
from ..records.read_submissions import Candidate, read_receipts, sort_out
from ..runtime.context import Context
from ..runtime.reader_pool import open_reader
from ..runtime.stopwatch import Stopwatch
from .revalidation import Change, changes_since
from .validate_batch import validate_all

Progress = Callable[[int, int], None]
MAX_ROUNDS = 24
"""Re-judging moves forward in time, one month a round; a year of months and some to spare."""


@dataclass
class Processed:
    """What one run did, by receipt and by submission. `answer`: receipts go back to the senders and to their contacts."""

    receipts: int = 0
    submissions: set[str] = dataclass_field(default_factory=set)
    revalidated: set[str] = dataclass_field(default_factory=set)
    periods: set[str] = dataclass_field(default_factory=set)
    changed: set[tuple[str, str, str]] = dataclass_field(default_factory=set)
    resent: int = 0
    receipt_ids: set[str] = dataclass_field(default_factory=set)
    health: Health = dataclass_field(default_factory=Health)
    revalidated_versions: tuple[Change, ...] = ()
    """Versions that another history, or `revalidate`, gave other findings or another verdict."""
    unanswered: tuple[str, ...] = ()
    """Answers that could not be written or delivered now; they wait, the verdicts stand."""
    answer: bool = True


def process(
    context: Context,
    now: datetime,
    revalidate: bool = False,
    progress: Progress | None = None,
    watch: Stopwatch | None = None,
    answer: bool = True,
) -> Processed:
    """Everything pending. With `revalidate`, also every verdict of older rules or an older programme, and every file
    that could not be read or assigned then. `answer`: receipts and workbooks go back to the senders (not for history)."""
    watch = watch or Stopwatch()
    done = Processed(answer=answer)
    warehouse = context.warehouse
    with watch("recover"):
        warehouse.recover(now)
    pending = warehouse.pending_receipts()
    if revalidate:
        pending += [r.receipt for r in warehouse.receipts(("unreadable", "unassigned"))]
    with recording() as done.health:
        _run(context, pending, now, done, watch, progress)
        _revalidate_stale(context, now, done, watch, revalidate)
    if answer:
        with watch("hand back"):
            failures = write_feedback(context, done.receipt_ids).failures
            done.unanswered = (*failures, *deliver_replies(context))
    return done


def _run(
    context: Context,
    receipts: Sequence[Receipt],
    now: datetime,
    done: Processed,
    watch: Stopwatch,
    progress: Progress | None = None,
    only: frozenset[str] | None = None,
) -> None:
    """Read, judge, stage and load; `only` keeps to these submissions of the receipts."""
    while receipts:
        candidates, outcomes = read_all(context, receipts, watch, progress)
        if only is not None:
            candidates = [c for c in candidates if c.submission_id in only]
        result = _validate_and_load(context, candidates, outcomes, now, done, watch)
        done.receipts += len(receipts)
        done.receipt_ids.update(r.receipt_id for r in receipts)
        reopened = {i for r in result for i in r.reopened}
        receipts = [r for r in context.warehouse.pending_receipts() if r.receipt_id in reopened]
        only = None


def read_all(
    context: Context, receipts: Sequence[Receipt], watch: Stopwatch, progress: Progress | None = None
) -> tuple[list[Candidate], list[ReceiptOutcome]]:
    """All receipts through one pool of child readers."""
    with watch("read"), open_reader(context.programme, context.settings, len(receipts)) as reader:
        read = []
        for item in read_receipts(context, receipts, reader):
            read.append(item)
            if progress:
                progress(len(read), len(receipts))
        return sort_out(read, context.programme)


def _validate_and_load(
    context: Context,
    candidates: Sequence[Candidate],
    outcomes: Sequence[ReceiptOutcome],
    now: datetime,
    done: Processed,
    watch: Stopwatch,
) -> list[LoadResult]:
    results = []
    by_receipt = {o.receipt_id: o for o in outcomes}
    groups = validate_all(context, candidates, now)
    while True:
        with watch("validate"):
            validated = next(groups, None)
        if validated is None:
            break
        own = {j.receipt.receipt_id for j in validated}
        results.append(
            _load(context, validated, [by_receipt.pop(i) for i in sorted(own) if i in by_receipt], now, done, watch)
        )
    if by_receipt:
        results.append(_load(context, [], list(by_receipt.values()), now, done, watch))
    return results


def _load(
    context: Context,
    validated: Sequence[ValidatedSubmission],
    outcomes: Sequence[ReceiptOutcome],
    now: datetime,
    done: Processed,
    watch: Stopwatch,
) -> LoadResult:
    with watch("stage"):
        folder = stage_batch(context, validated, outcomes)
    with watch("load"):
        result = load_staged(context, [folder], now, done.answer)
    done.submissions.update(result.submissions)
    done.periods.update(j.period for j in validated)
    done.changed.update(result.changed)
    done.resent += len(result.resent)
    return result


def stage_batch(context: Context, validated: Sequence[ValidatedSubmission], outcomes: Sequence[ReceiptOutcome]) -> Path:
    """Stage under a name that the content decides, so that a repeated task overwrites its own stage and no other."""
    text = "\n".join(sorted([*(j.verdict_id for j in validated), *(o.receipt_id for o in outcomes)]))
    stage_id = "b" + hashlib.sha256(text.encode()).hexdigest()[:16]
    return stage(context.settings.stage, stage_id, validated, outcomes)


def load_staged(context: Context, folders: Sequence[Path], now: datetime, notify: bool = True) -> LoadResult:
    """One load of staged batches: lock, plan, lake, ledger (DESIGN §5). `announce`: contacts are told of their verdicts."""
    return context.warehouse.load(folders, now, freezes(context), notify)


def freezes(context: Context) -> Mapping[tuple[str, str], datetime | None]:
    """When each form of each period freezes; absent or None = no freeze."""
    return {(row.form, str(row.period)): row.freeze for row in context.programme.calendar.rows}


def _revalidate_stale(context: Context, now: datetime, done: Processed, watch: Stopwatch, all_reasons: bool) -> None:
    """Verdicts whose history is another now (a corrected t−1 re-validates t), oldest period first."""
    seen: set[tuple[str, frozenset[str]]] = set()
    before: dict[str, str] = {}
    for _ in range(MAX_ROUNDS):
        stale = context.warehouse.stale(RULES_VERSION, context.programme.version)
        if not all_reasons:
            stale = [s for s in stale if s.reasons == ("history",)]
        period = min((s.period for s in stale), default="")
        ids = frozenset(s.submission_id for s in stale if s.period == period)
        if not stale or (period, ids) in seen:
            break
        seen.add((period, ids))
        held = context.warehouse.verdict_history.of_submissions(sorted(ids - before.keys()))
        before.update({i: own[-1].verdict_id for i, own in held.items()})
        wanted = sorted({s.receipt_id for s in stale if s.period == period})
        receipts = [r.receipt for r in context.warehouse.receipts_by_id(wanted).values()]
        _run(context, receipts, now, done, watch, only=ids)
        done.revalidated.update(ids)
    if before:
        done.revalidated_versions = tuple(changes_since(context, before, before))
