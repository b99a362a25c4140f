"""What goes back to the counties: beside every file, in `out/` under the folder it came from, its receipt and, where anything was
found, the workbook with the findings. Written after the load, from the ledger and the archived bytes; again gives the same."""

from __future__ import annotations

import hashlib
import logging
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from expectations.catalogue import RULES_VERSION

from ...model.loading import ValidatedSubmission
from ...model.submissions import FormPart, Receipt
from ...publish.atomic_file import write_asked_for, write_whole
from ...returns.answer_files import AnswerFiles, answer_files
from ...returns.verdict import Returning
from ...returns.verdict_book import verdict_book
from ...warehouse.db.faults import fault_point
from ...warehouse.db.locking import file_lock
from ...warehouse.db.sqlite_connection import BUSY_SECONDS
from ...warehouse.load.written_answers import WrittenAnswer, written_answer
from ..exchange.reply_outbox import deliver_replies, lies_elsewhere, spool, wait_for
from ..intake.dry_run import CheckedFile
from ..notify.load_notifications import notify_of_loads
from ..runtime.answer_tasks import Answering
from ..runtime.context import Context
from ..runtime.reader_pool import open_reader
from ..runtime.stage_log import logged_stage
from .compose_answers import Answer, compose_answers, returned_part
from .return_template import EPOCH

logger = logging.getLogger(__name__)
MAX_NAME = 200
"""Bytes of a file name kept; file systems allow 255, and the answers add an ending."""

ANSWERS_LOCK = "answers.lock"
_LOADS_WAITING = 9
"""Loads whose workbooks may still be in the making: files are read before workbooks are written, and the last workbooks are written
while one process closes and ranks the month. What waits holds no rows: some seven megabytes a load."""
_FEW_BOOKS = 5
"""Fewer workbooks are written here: handing them over costs more. A run of more files has the pool open."""


@dataclass(frozen=True)
class FeedbackWritten:
    """Files written or left as they were, under `out/`; an answer that cannot be written (a full disk) stops no other and stays
    due. `failures`: texts for people, of answers not delivered too."""

    receipts: int = 0
    workbooks: int = 0
    failures: tuple[str, ...] = ()


def _written(done: FeedbackWritten) -> dict[str, int]:
    return {"files": done.receipts, "workbooks": done.workbooks, "undelivered": len(done.failures)}


@logged_stage("feedback", _written)
def write_due_feedback(context: Context) -> FeedbackWritten:
    """Whatever loads left to be said: notifications into the outbox, answers into `out/` and on to the places they are for; struck
    off batch by batch, so that a process that is killed leaves the rest to the next. A batch is composed, and the notifications of all,
    while the reader processes write the workbooks of the one before."""
    return _write_due(context)


def _write_due(context: Context) -> FeedbackWritten:
    due = context.warehouse.follow_ups.feedback_due()
    ids = list(due)
    batches = [ids[n : n + context.settings.batch_files] for n in range(0, len(ids), context.settings.batch_files)]
    begun = [_begin(context, {i: due[i] for i in batch}) for batch in batches[:1]]
    notify_of_loads(context)
    parts = []
    for batch in batches[1:]:
        begun.append(_begin(context, {i: due[i] for i in batch}))
        parts.append(_put_in_place(context, begun.pop(0)))
    parts += [_put_in_place(context, last) for last in begun]
    whole = _added_up(parts)
    return replace(whole, failures=(*whole.failures, *deliver_replies(context)))


def _begin(context: Context, due: Mapping[str, str]) -> _Begun:
    return _start(context, due, compose_answers(context, due, {}))


def write_feedback(context: Context, receipt_ids: Iterable[str]) -> FeedbackWritten:
    """Write what goes back for these receipts, once more. Of several files that came under one name the newest has the word."""
    context.warehouse.follow_ups.ask_for_feedback(receipt_ids)
    return _write_due(context)


@dataclass(frozen=True)
class _Begun:
    """Answers of one load whose workbooks the reader processes are writing. `marks`: what is struck off when they are written;
    `files`: of each receipt its answer, None where it is one of `answering`, in its order. No row of the load is held."""

    marks: Mapping[str, str]
    files: Sequence[tuple[Receipt, AnswerFiles | None]]
    answering: Answering | None
    books: int

    @property
    def made(self) -> bool:
        return self.answering is None or self.answering.done


class FeedbackWriter:
    """Writes the answers of a run's loads from what is in memory: the workbooks of a load are made by the reader processes while the
    next files are validated, and put in their places at a later load, at the latest when it is asked to finish. What it does not come
    to stays due."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._begun: deque[_Begun] = deque()
        self._done: list[FeedbackWritten] = []

    def loaded(self, validated: Sequence[ValidatedSubmission], receipt_ids: Iterable[str]) -> None:
        """What a load has just made true. Answers get to their places in the order of the loads: of several files of one name the
        newest has the word."""
        self._put_in_place(_LOADS_WAITING)
        due = self._context.warehouse.follow_ups.feedback_due()
        marks = {i: due[i] for i in sorted({*receipt_ids, *(one.receipt.receipt_id for one in validated)}) if i in due}
        if not marks:  # history: nobody waits for an answer
            return
        answers = compose_answers(self._context, marks, {one.submission_id: one for one in validated})
        self._begun.append(_start(self._context, marks, answers))

    def _put_in_place(self, waiting: int = 0) -> None:
        """The oldest first; no more than `waiting` loads are left whose workbooks are not made yet."""
        while self._begun and (len(self._begun) > waiting or self._begun[0].made):
            self._done.append(_put_in_place(self._context, self._begun.popleft()))

    @logged_stage("feedback", _written)
    def finish(self) -> FeedbackWritten:
        """Writes whatever else is due (`write_due_feedback`); what was written in all."""
        self._put_in_place()
        rest = _write_due(self._context)
        whole = _added_up([*self._done, rest])
        self._done = []
        return whole


def _added_up(parts: Sequence[FeedbackWritten]) -> FeedbackWritten:
    """Several batches as one."""
    return FeedbackWritten(
        sum(p.receipts for p in parts),
        sum(p.workbooks for p in parts),
        tuple(failure for p in parts for failure in p.failures),
    )


def _start(context: Context, marks: Mapping[str, str], answers: Sequence[Answer]) -> _Begun:
    """Hand the workbooks to the reader processes where there are enough of them to be worth it; the other answers are made at once."""
    asked = [(_only_needed(a.returning), True) for a in answers if a.with_book]
    by_pool = len(asked) >= _FEW_BOOKS
    answering = None
    if by_pool:
        with open_reader(context.programme, context.settings, _FEW_BOOKS) as reader:
            answering = reader.start_answers(asked)
    files = [
        (a.known.receipt, None if by_pool and a.with_book else answer_files(a.returning, a.with_book)) for a in answers
    ]
    return _Begun(marks, files, answering, len(asked))


def _only_needed(returning: Returning) -> Returning:
    """Canonical rows are written for files without addresses alone; they need not travel for the others."""
    return replace(returning, parts=tuple(replace(p, part=_without_rows(p.part)) for p in returning.parts))


def _without_rows(part: FormPart) -> FormPart:
    return replace(part, rows=part.rows.slice(0, 0), notes=part.notes.slice(0, 0)) if part.columns else part


def _put_in_place(context: Context, begun: _Begun) -> FeedbackWritten:
    """Writes the answers and strikes them off. One process at a time, and only what is due as it was asked for: who was overtaken
    while it made its workbooks would put an older answer over a newer one."""
    made = list(_made(context, begun))
    store = context.warehouse.follow_ups
    with file_lock(context.settings.home / ANSWERS_LOCK, BUSY_SECONDS, "feedback"):
        due = store.feedback_due(begun.marks)
        still = {i: mark for i, mark in begun.marks.items() if due.get(i) == mark}
        spools = {s.name: spool(context, s.name) for s in context.programme.sources if lies_elsewhere(context, s)}
        failures: dict[str, str] = {}
        written: dict[str, WrittenAnswer] = {}
        for receipt, files in made:
            if receipt.receipt_id not in still:
                continue
            target = out_path(context, receipt.source, receipt.name)
            try:
                _write(target, files, spools.get(receipt.source), "/".join(answer_path(receipt.name)))
            except OSError as error:
                logger.exception("the answer to %s could not be written", receipt.receipt_id)
                failures[receipt.receipt_id] = f"{receipt.name}: {error}"
                continue
            name = target.relative_to(context.settings.out).as_posix()
            written[name] = written_answer(receipt.receipt_id, (content for _, content in files.by_ending()))
        fault_point("follow_up.feedback_written")
        store.feedback_written({i: mark for i, mark in still.items() if i not in failures}, written)
    return FeedbackWritten(len(begun.files), begun.books, tuple(failures.values()))


def _made(context: Context, begun: _Begun) -> Iterator[tuple[Receipt, AnswerFiles]]:
    """Each receipt with its answer, those of the reader processes too."""
    finished = iter(()) if begun.answering is None else _finished(context, begun.answering)
    for receipt, files in begun.files:
        yield receipt, next(finished) if files is None else files


def _finished(context: Context, answering: Answering) -> Iterator[AnswerFiles]:
    with open_reader(context.programme, context.settings, _FEW_BOOKS) as reader:
        yield from reader.finish_answers(answering)


def _write(target: Path, files: AnswerFiles, waiting: Path | None, name: str) -> None:
    """`waiting`: the spool of a source that lies elsewhere; `name`: the answered file there."""
    for ending, content in files.by_ending():
        path = target.with_name(target.name + ending)
        if content == (path.read_bytes() if path.is_file() else b""):
            continue
        if waiting is not None:
            wait_for(waiting, name + ending, content)
        if content:
            write_whole(path, content, alone=True)
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
        returned_part(
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
    write_asked_for(out, verdict_book(returning))
