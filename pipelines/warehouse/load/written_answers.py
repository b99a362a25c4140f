"""What lies in `out/`: the audit log says of every answered file what its receipts and its workbook hashed to when they were written, the
newest entry about a file what they must be now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

import sqlalchemy as sa

from pipelines.model.loading import AuditEntry

from ..db import audit_log

ANSWERED = "answers"
"""Action of such an entry, and key of its detail; a rebuild, which begins another log, carries the answers over under the same key."""
TO_ANSWER = "to_answer"
"""Key of the detail of a load: how many files it asked to answer. Loads of versions before this register have none."""
UNPROVED = "answers_unproved"
"""Key of the detail of a rebuild: whether answers of such loads may lie there."""
DIGITS = 24

WrittenAnswer = tuple[str, ...]
"""(receipt, hash of each of its files in the order of their endings, '' where none lies there)."""


def written_answer(receipt_id: str, contents: Iterable[bytes]) -> WrittenAnswer:
    """Of the files of one answer."""
    return receipt_id, *map(answer_digest, contents)


def answer_digest(content: bytes) -> str:
    """SHA-256 (its first 24 digits); '' of nothing."""
    return sha256(content).hexdigest()[:DIGITS] if content else ""


def log_answers(connection: sa.Connection, written: Mapping[str, WrittenAnswer]) -> None:
    """In the transaction that strikes them off; `written`: path of the answered file below `out/` → its answer."""
    last = audit_log.entries(connection, limit=1)
    if written and last:  # a room has no clock: the entry stands right after what was written last
        detail = {ANSWERED: {path: list(one) for path, one in sorted(written.items())}}
        audit_log.append(connection, last[0].at, "saima", ANSWERED, "out", detail)


def known_answers(entries: Sequence[AuditEntry]) -> dict[str, WrittenAnswer]:
    """Path → answer as the newest entry has it."""
    found: dict[str, WrittenAnswer] = {}
    for entry in entries:
        carried = entry.detail.get(ANSWERED) if entry.action in (ANSWERED, "rebuild") else None
        if isinstance(carried, Mapping):
            found |= {path: tuple(one) for path, one in carried.items()}
    return found


def answers_unproved(entries: Sequence[AuditEntry]) -> bool:
    """Whether answers lie in `out/` that were written before the log said what they are."""
    return any(e.detail.get(UNPROVED, e.action == "load" and TO_ANSWER not in e.detail) for e in entries)
