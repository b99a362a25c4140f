"""Answers in `out/` against the hashes that the audit log carries of them, and their repair: they are written again from the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...model.loading import Check
from ...returns.answer_files import ENDINGS
from ...warehouse.db.locking import file_lock
from ...warehouse.db.recorded_rows import CONTENTS
from ...warehouse.db.sqlite_connection import BUSY_SECONDS
from ...warehouse.load.written_answers import (
    ANSWERED,
    TO_ANSWER,
    WrittenAnswer,
    answer_digest,
    answers_unproved,
    known_answers,
)
from ..feedback.write_feedback import ANSWERS_LOCK, FeedbackWritten, out_path, write_feedback
from ..records.noted_files import entries_of
from ..runtime.context import Context

NEVER = "没有答复 / was not answered"
REMEDY = "saima process --answers 重新写出 / writes them again"
FORGED = "多出的请删除 / take away what is too many"


def check_answers(context: Context) -> Check:
    """Every receipt and verdict workbook is there as it was written, none that nobody wrote, and every file that a load asked to answer
    was answered or is due. What is due to be written anew is left out; answers older than their register are counted as unproved."""
    logged, bad, unproved = _look(context)
    silent = _never_answered(context)
    bad |= dict.fromkeys(silent, NEVER)
    if bad:  # an answer may have been written in the middle of the look: those that differ are looked at once more, with writers held off
        with file_lock(context.settings.home / ANSWERS_LOCK, BUSY_SECONDS, "audit"):
            logged, bad, unproved = _look(context, set(bad))
            silent = _never_answered(context)
            bad |= dict.fromkeys(silent, NEVER)
    said = [f"{path}: {what}" for path, what in sorted(bad.items())]
    detail = "; ".join(said[:5]) + (f" … (+{len(said) - 5})" if len(said) > 5 else "")
    detail += f"; {REMEDY}" if any(path in logged or path in silent for path in bad) else ""
    detail += f"; {FORGED}" if any(path not in logged and path not in silent for path in bad) else ""
    if unproved:
        detail += f" ({unproved} 个文件早于登记，未核 / older than the register, unproved)"
    return Check("answers", len(logged), len(bad), detail.strip())


def write_damaged_again(context: Context) -> FeedbackWritten:
    """Writes again what is missing in `out/` or is not as it was written; whoever sent those files is handed the answer once more."""
    logged, bad, _ = _look(context)
    return write_feedback(
        context, {logged[path][0] for path in bad if path in logged} | {*_never_answered(context).values()}
    )


def _never_answered(context: Context) -> dict[str, str]:
    """Path → receipt of files that loads of this log asked to answer, which were not answered, are not due, and are the newest of
    their name: somebody took them off the list."""
    asked = {
        name.partition(":")[2]
        for entry in context.warehouse.audit_entries(action="load")
        if entry.detail.get(TO_ANSWER)
        for name in _mapping(entry.detail.get(CONTENTS))
        if name.startswith("receipt:")
    }
    answered = {
        str(one[0])
        for entry in entries_of(context, ANSWERED, "rebuild")
        for one in _mapping(entry.detail.get(ANSWERED)).values()
    }
    left = asked - answered - context.warehouse.follow_ups.feedback_due().keys()
    out = context.settings.out
    return {
        out_path(context, one.receipt.source, one.receipt.name).relative_to(out).as_posix(): one.receipt.receipt_id
        for one in context.warehouse.follow_ups.newest_of_names(sorted(left))
    }


def _mapping(told: Any) -> Mapping[str, Any]:
    return told if isinstance(told, Mapping) else {}


def _look(context: Context, only: set[str] | None = None) -> tuple[Mapping[str, WrittenAnswer], dict[str, str], int]:
    """(answers of the log by the path of the answered file, what is wrong with which of them, unproved files)."""
    out = context.settings.out
    due = context.warehouse.receipts_by_id(sorted(context.warehouse.follow_ups.feedback_due()))
    waiting = {
        out_path(context, one.receipt.source, one.receipt.name).relative_to(out).as_posix() for one in due.values()
    }
    logged = known_answers(entries_of(context, ANSWERED, "rebuild"))
    bad = {}
    for path, answer in logged.items():
        if path not in waiting and (only is None or path in only):
            wrong = ", ".join(_wrong(out, path, answer))
            if wrong:
                bad[path] = wrong
    lying = {path for path in _lying(out) if path not in logged and path not in waiting}
    if lying and answers_unproved(entries_of(context, "load", "rebuild")):
        return logged, bad, len(lying)
    return logged, bad | dict.fromkeys(lying, "没有写过这一回执 / no such answer was written"), 0


def _wrong(out: Path, path: str, answer: WrittenAnswer) -> Iterator[str]:
    for ending, digest in zip(ENDINGS, answer[1:], strict=True):
        file = out / f"{path}{ending}"
        there = answer_digest(file.read_bytes()) if file.is_file() else ""
        if there != digest:
            what = "多出 / not written" if not digest else "被改动 / changed" if there else "缺少 / missing"
            yield f"{ending} {what}"


def _lying(out: Path) -> Iterator[str]:
    """Answered files of which anything lies there."""
    for file in sorted(out.rglob("*")) if out.is_dir() else ():
        ending = next((one for one in ENDINGS if file.name.endswith(one)), "")
        if ending and file.is_file():
            yield file.relative_to(out).as_posix().removesuffix(ending)
