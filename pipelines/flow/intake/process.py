"""Process: pending receipts → read → validated → staged → loaded; then whatever a changed history made stale, again. What the senders
hear of it is written by a later step (feedback.write_feedback), which does what loads have left to be done."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime

from expectations.catalogue import RULES_VERSION

from ...model.loading import LoadPurpose, LoadResult, ReceiptOutcome, StaleVerdict, ValidatedSubmission
from ...model.submissions import Receipt
from ...validate.rows.rule_health import Health, recording
from ..records.programme_record import note_programme
from ..records.read_submissions import Candidate, finish_reading, read_receipts, sort_out, start_reading
from ..runtime.context import Context
from ..runtime.reader_pool import open_reader
from ..runtime.stage_figures import StageFigures, keep_stage_figures
from ..runtime.stopwatch import Stopwatch
from .past_rows import PastRows
from .receipt_batches import receipt_batches
from .revalidation import Change, changes_since
from .stage_and_load import load_staged, stage_batch
from .validate_batch import import_rules, validate_all

Progress = Callable[[int, int], None]
Loaded = Callable[[Sequence[ValidatedSubmission], Sequence[str]], None]
"""Told of what a load has just made true: its submissions and receipts."""
_FIRST_FILES = 60
"""Of a run of several batches the first is small: until it is read, this process has nothing to judge."""
_BATCHES_AHEAD = 2
"""Batches that the children read or have read while one is judged: with one of them they would wait wherever judging takes longer."""
MAX_ROUNDS = 24
"""Re-judging moves forward in time, one month a round; a year of months and some to spare."""


@dataclass
class Processed:
    """What one run did, by receipt and by submission."""

    receipts: int = 0
    submissions: set[str] = dataclass_field(default_factory=set)
    revalidated: set[str] = dataclass_field(default_factory=set)
    periods: set[str] = dataclass_field(default_factory=set)
    changed: set[tuple[str, str, str]] = dataclass_field(default_factory=set)
    resent: int = 0
    rows: int = 0
    receipt_ids: set[str] = dataclass_field(default_factory=set)
    health: Health = dataclass_field(default_factory=Health)
    revalidated_versions: tuple[Change, ...] = ()
    """Versions that another history, or `revalidate`, gave other findings or another verdict."""
    purpose: LoadPurpose = "collection"
    loaded: Loaded | None = None
    past_rows: PastRows | None = None
    """Of a run of several batches."""


def process(
    context: Context,
    now: datetime,
    revalidate: bool = False,
    progress: Progress | None = None,
    watch: Stopwatch | None = None,
    purpose: LoadPurpose = "collection",
    loaded: Loaded | None = None,
) -> Processed:
    """Everything pending, in batches (`receipt_batches`).
    With `revalidate`, also every verdict of older rules or an older programme, and every file that could not be read or assigned
    then. `loaded` is called after each load, while its rows are in memory."""
    watch, warehouse = watch or Stopwatch(), context.warehouse
    done = Processed(purpose=purpose, loaded=loaded)
    with watch("recover"):
        warehouse.recover(now)
    pending = warehouse.pending_receipts()
    if revalidate:
        pending += [r.receipt for r in warehouse.receipts(("unreadable", "unassigned"))]
    note_programme(context, now)
    batches = receipt_batches(pending, context.settings, _FIRST_FILES)
    if len(batches) > 1:
        done.past_rows = PastRows(context)
    with recording() as done.health:
        for candidates, outcomes, receipts in _read_batches(context, batches, watch, progress):
            reopened = _settle(context, receipts, candidates, outcomes, now, done, watch)
            _run(context, reopened, now, done, watch)
            del candidates, outcomes
            _let_go()
        _revalidate_stale(context, now, done, watch, revalidate)
    if done.receipts:
        for name in ("read", "validate"):
            seconds = round(watch.seconds.get(name, 0.0), 3)
            figures = StageFigures(seconds=seconds, files=done.receipts, rows=done.rows)
            keep_stage_figures(context.settings, name, figures)
    return done


def revalidate_changed(context: Context, now: datetime, watch: Stopwatch | None = None) -> Processed:
    """Verdicts that a load or a ruling made stale, and nothing else: what is pending waits for `process` or the next run."""
    done = Processed()
    with recording() as done.health:
        _revalidate_stale(context, now, done, watch or Stopwatch(), False)
    return done


def _read_batches(
    context: Context, batches: Sequence[Sequence[Receipt]], watch: Stopwatch, progress: Progress | None
) -> Iterator[tuple[list[Candidate], list[ReceiptOutcome], Sequence[Receipt]]]:
    """Batch after batch; the next ones are read by the children while this process validates and loads the one before them. What a file
    holds depends on its bytes and the programme alone, so that no load in between can change it."""
    if not batches:
        return
    done, files = 0, sum(map(len, batches))
    with open_reader(context.programme, context.settings, files) as reader:
        begun = deque(start_reading(context, batch, reader) for batch in batches[:_BATCHES_AHEAD])
        if len(batches) > 1:
            with watch("validate"):
                import_rules()
        for number, batch in enumerate(batches):
            with watch("read"):
                read = []
                for item in finish_reading(batch, begun.popleft(), reader):
                    read.append(item)
                    done += 1
                    if progress:
                        progress(done, files)
                if number + _BATCHES_AHEAD < len(batches):
                    begun.append(start_reading(context, batches[number + _BATCHES_AHEAD], reader))
                candidates, outcomes = sort_out(read, context.programme)
                read = []
            yield candidates, outcomes, batch
            candidates, outcomes = [], []  # let go before the next batch is taken over from the children


def _let_go() -> None:
    """Frames of the rules refer to each other, and nothing else makes enough objects to have them looked for: a gigabyte of a country."""
    gc.collect(1)


def _run(
    context: Context,
    receipts: Sequence[Receipt],
    now: datetime,
    done: Processed,
    watch: Stopwatch,
    only: frozenset[str] | None = None,
) -> None:
    """Read, judge, stage and load; `only` keeps to these submissions of the receipts."""
    while receipts:
        candidates, outcomes = read_all(context, receipts, watch)
        if only is not None:
            candidates = [c for c in candidates if c.submission_id in only]
        receipts = _settle(context, receipts, candidates, outcomes, now, done, watch)
        only = None


def _settle(
    context: Context,
    receipts: Sequence[Receipt],
    candidates: Sequence[Candidate],
    outcomes: Sequence[ReceiptOutcome],
    now: datetime,
    done: Processed,
    watch: Stopwatch,
) -> list[Receipt]:
    """Judge, stage and load what was read; receipts that a load opened again."""
    result = _validate_and_load(context, candidates, outcomes, now, done, watch)
    done.receipts += len(receipts)
    done.receipt_ids.update(r.receipt_id for r in receipts)
    reopened = {i for r in result for i in r.reopened}
    if not reopened:
        return []
    return [r for r in context.warehouse.pending_receipts() if r.receipt_id in reopened]


def read_all(
    context: Context, receipts: Sequence[Receipt], watch: Stopwatch
) -> tuple[list[Candidate], list[ReceiptOutcome]]:
    """All receipts through one pool of child readers."""
    with open_reader(context.programme, context.settings, len(receipts)) as reader, watch("read"):
        return sort_out(read_receipts(context, receipts, reader), context.programme)


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
    groups = validate_all(context, candidates, now, done.past_rows.facts if done.past_rows else None)
    while True:
        with watch("validate"):
            validated = next(groups, None)
        if validated is None:
            break
        own = sorted({j.receipt.receipt_id for j in validated} & by_receipt.keys())
        results.append(_load(context, validated, [by_receipt.pop(i) for i in own], now, done, watch))
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
        result = load_staged(context, [folder], now, done.purpose)
    done.submissions.update(result.submissions)
    done.rows += sum(one.verdict.received for one in validated)
    if done.past_rows is not None:
        done.past_rows.forget(result.submissions)
    done.periods.update(j.period for j in validated)
    done.changed.update(result.changed)
    done.resent += len(result.resent)
    if done.loaded is not None:
        with watch("feedback"):
            done.loaded(validated, [o.receipt_id for o in outcomes])
    return result


def _revalidate_stale(context: Context, now: datetime, done: Processed, watch: Stopwatch, everything: bool) -> None:
    """Verdicts whose history is another now (a corrected t−1 re-validates t), oldest period first: those that may rest on what
    changed since this was looked at last, or with `everything` all there are, of older rules and programmes too."""
    store = context.warehouse.follow_ups
    seen: set[tuple[str, frozenset[str]]] = set()
    before: dict[str, str] = {}
    due: dict[tuple[str, str, str], str] = {}
    for _ in range(MAX_ROUNDS):
        due = store.revalidation_due()
        stale = _stale(context, due, everything)
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
    store.revalidated(due)
    if before:
        done.revalidated_versions = tuple(changes_since(context, before, before))


def _stale(context: Context, due: Mapping[tuple[str, str, str], str], everything: bool) -> list[StaleVerdict]:
    warehouse, version = context.warehouse, context.programme.version
    if everything:
        return warehouse.stale(RULES_VERSION, version)
    found = warehouse.follow_ups.stale_after(due, RULES_VERSION, version) if due else []
    return [s for s in found if s.reasons == ("history",)]
