"""What left the outbox by files of the home, and answers that wait to be carried out of it, against what the ledger says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...alerts.channels.local import WHOLE_LINE, WRITTEN, document
from ...model.loading import Check
from ...model.notifications import Attempt, OutboxRow
from ...returns.answer_files import ENDINGS
from ...warehouse.db.locking import file_lock
from ...warehouse.db.sqlite_connection import BUSY_SECONDS
from ...warehouse.load.written_answers import ANSWERED, WrittenAnswer, answer_digest, answers_unproved, known_answers
from ..exchange.reply_outbox import lies_elsewhere, spool
from ..feedback.write_feedback import ANSWERS_LOCK, answer_path, out_path
from ..records.noted_files import entries_of
from ..runtime.context import Context

SHOWN = 5
NEVER = datetime.min.replace(tzinfo=UTC)
FILE_GONE = "从备份取回；移出的部分放在旁边 / take it from a backup; parts that were moved away belong beside it"
REPLY_GONE = "删去后 / take it away, then: saima process --answers"


def check_message_files(context: Context) -> Check:
    """Every message that a channel of kind `file` has delivered stands there, or in a file beside it whose name begins alike, as it was
    sent, and none that nobody sent. A restored home has not what was sent before."""
    looked_at, bad = _message_files(context)
    if bad:  # a message may have been sent between the look at the file and that at the outbox
        looked_at, again = _message_files(context)
        bad = [one for one in again if one in bad]
    said = bad if len(bad) <= SHOWN else [*bad[:SHOWN], f"… (+{len(bad) - SHOWN})"]
    return Check("message-files", looked_at, len(bad), "; ".join([*said, *([FILE_GONE] if bad else [])]))


def _message_files(context: Context) -> tuple[int, list[str]]:
    """(lines looked at, what is wrong)."""
    looked_at, bad = 0, list[str]()
    restores = context.warehouse.audit_entries(limit=1, action="restore")
    since = restores[0].at if restores else NEVER
    for spec in context.programme.channels:
        if spec.kind == "file":
            place = context.settings.home / str(spec.options["path"])
            lines = _lines(place)
            rows = {row.notice.message_id: row for row in context.warehouse.alerts.rows()}
            looked_at += len(lines)
            bad += [f"{place.name}: {what}" for what in _unlike(context, lines, rows, spec.name, since)]
    return looked_at, bad


def _lines(place: Path) -> list[tuple[str, dict[str, Any]]]:
    """(message, what the line says) of every whole line; half of one is what a sender left that died, and sent it again."""
    found = []
    for file in sorted(place.parent.glob(f"{place.name}*")) if place.parent.is_dir() else ():
        for line in WHOLE_LINE.finditer(file.read_bytes()):
            try:
                found.append((line[1].decode(), json.loads(line[0])))
            except ValueError:
                found.append((line[1].decode(), {}))
    return found


def _unlike(
    context: Context,
    lines: Sequence[tuple[str, dict[str, Any]]],
    rows: Mapping[str, OutboxRow],
    channel: str,
    since: datetime,
) -> Iterator[str]:
    standing = {message for message, _ in lines}
    delivered = {i for i, row in rows.items() if row.notice.channel == channel and row.state == "delivered"}
    attempts = context.warehouse.alerts.attempts(sorted(standing & rows.keys() | delivered))
    for message in delivered - standing:
        if any(a.detail == WRITTEN and a.ended_at is not None and a.ended_at > since for a in attempts[message]):
            yield f"{message} 缺少 / missing"
    for message, said in lines:
        row = rows.get(message)
        if row is None:
            yield f"{message} 发件箱中没有 / not in the outbox"
        elif not _as_sent(row, said, attempts.get(message, ())):
            yield f"{message} 被改动 / changed"


def _as_sent(row: OutboxRow, said: Mapping[str, Any], attempts: Sequence[Attempt]) -> bool:
    """The line is the message and was written during an attempt to send it."""
    sent = json.loads(json.dumps(document(row.notice), ensure_ascii=False).encode(errors="replace"))
    try:
        at = datetime.fromisoformat(str(said.get("sent_at")))
    except ValueError:
        return False
    expected = {**sent, "channel": row.notice.channel, "sent_at": said.get("sent_at")}
    return said == expected and any(a.started_at <= at and (a.ended_at is None or at <= a.ended_at) for a in attempts)


def check_waiting_answers(context: Context) -> Check:
    """What waits in the home to be carried to a source that lies elsewhere is the newest answer to that file."""
    looked_at, bad = _waiting(context)
    if bad:  # an answer may be being written or delivered: looked at once more, with writers held off
        with file_lock(context.settings.home / ANSWERS_LOCK, BUSY_SECONDS, "audit"):
            looked_at, bad = _waiting(context)
    said = [*bad[:SHOWN], *([REPLY_GONE] if bad else [])]
    return Check("waiting-answers", looked_at, len(bad), "; ".join(said))


def _waiting(context: Context) -> tuple[int, list[str]]:
    """(files looked at, what is wrong). Answers that are still to be written anew, or older than their register, are left out."""
    due = context.warehouse.receipts_by_id(sorted(context.warehouse.follow_ups.feedback_due()))
    unwritten = {(one.receipt.source, "/".join(answer_path(one.receipt.name))) for one in due.values()}
    logged: Mapping[str, WrittenAnswer] = known_answers(entries_of(context, ANSWERED, "rebuild"))
    unproved = answers_unproved(entries_of(context, "load", "rebuild"))
    looked_at, bad = 0, list[str]()
    for source in context.programme.sources:
        folder = spool(context, source.name)
        beside = out_path(context, source.name, "x").parent.relative_to(context.settings.out)
        files = sorted(p for p in folder.rglob("*") if p.is_file()) if lies_elsewhere(context, source) else []
        for file in files:
            name = file.relative_to(folder).as_posix()
            ending = next((one for one in ENDINGS if name.endswith(one)), "")
            answered = name.removesuffix(ending)
            answer = logged.get((beside / answered).as_posix())
            if file.name.endswith(".partial") or (source.name, answered) in unwritten or (answer is None and unproved):
                continue
            try:
                found = answer_digest(file.read_bytes())
            except FileNotFoundError:
                continue  # it has just been delivered
            looked_at += 1
            if not ending or answer is None:
                bad.append(f"{source.name}/{name}: 没有写过 / no such answer was written")
            elif found != answer[1 + ENDINGS.index(ending)]:
                bad.append(f"{source.name}/{name}: 被改动 / changed")
    return looked_at, bad
