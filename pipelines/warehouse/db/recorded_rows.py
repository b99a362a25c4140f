"""What people decided and were told, hashed row by row: the audit log carries the hash of each row as it was written, so that a row
that is changed, added or taken out behind the warehouse's back is named by the audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from .column_types import canonical_json, instant_text, storable_text
from .in_lists import chunks
from .schema import (
    ACCOUNT,
    ALERT_HOLD,
    CALL_LOG,
    DATA_DELIVERY,
    DEADLINE,
    DELIVERY,
    EXPLANATION,
    OUTBOX,
    RECEIPT,
    SUBMISSION_RETURN,
    VERDICT,
    WAIVER,
)

CONTENTS = "contents"
"""Key of an entry's detail: row → hash of its content as the entry left it."""
LENGTH = 24
OUTBOX_ADD = "outbox-add"
"""Action of the entry that says what new messages say."""
ATTEMPTS = "attempts"
"""Key of its detail: the attempts to send these messages are hashed as well."""


@dataclass(frozen=True)
class RecordedTable:
    """A table whose rows are hashed. `actions`: entries that versions before this register wrote without hashes; `counted`: where such
    an entry says how many rows it wrote. `changing`: columns that other writers change, without an entry of their own."""

    table: sa.Table
    key: tuple[str, ...]
    actions: tuple[str, ...]
    counted: str = ""
    changing: tuple[str, ...] = ()

    def left_unhashed(self, action: str, detail: Mapping[str, Any]) -> bool:
        """Whether an entry stands for rows of which the log has no hash."""
        return action in self.actions and CONTENTS not in detail and (not self.counted or detail.get(self.counted) != 0)

    @property
    def hashed(self) -> list[sa.ColumnElement[Any]]:
        """The columns that are hashed."""
        return [column for column in self.table.columns if column.name not in self.changing]


RECORDED: Mapping[str, RecordedTable] = {
    "waiver": RecordedTable(WAIVER, ("waiver_id",), ("waiver-propose", "waiver-grant")),
    "explanation": RecordedTable(EXPLANATION, ("explanation_id",), ("explain",)),
    "return": RecordedTable(SUBMISSION_RETURN, ("submission_id",), ("return", "withdraw")),
    "hold": RecordedTable(ALERT_HOLD, ("hold_id",), ("alert-ack", "alert-snooze")),
    "call": RecordedTable(CALL_LOG, ("call_id",), ("alert-call",)),
    "deadline": RecordedTable(DEADLINE, ("form", "period", "ordinal"), ("alert",), "deadlines"),
    "account": RecordedTable(
        ACCOUNT,
        ("username",),
        (
            *("account-add", "account-reset", "account-lock", "account-unlock", "account-password", "account-sign-out"),
            *("account-totp-begin", "account-totp-on", "account-totp-off", "account-totp-set", "account-totp-reset"),
        ),
        changing=("failures", "barred_until", "signed_in_at", "totp_step"),
    ),
    "attempt": RecordedTable(DELIVERY, ("message_id", "attempt", "phase"), ()),
    "delivery": RecordedTable(DATA_DELIVERY, ("delivery_id",), ("deliver",)),
    "receipt": RecordedTable(RECEIPT, ("receipt_id",), ("load",), changing=("state", "attempts")),
    "verdict": RecordedTable(VERDICT, ("verdict_id",), ("load",)),
}
SAID = (
    "ordinal",
    "message_id",
    "key",
    "kind",
    "channel",
    "address",
    "audience",
    "role",
    "unit_code",
    "period",
    "form",
    "rung",
    "opening",
    "link",
    "subject",
    "body",
    "facts",
    "priority",
    "created_at",
)
"""Columns of the outbox that never change: what was said to whom."""


def row_name(kind: str, row: Mapping[str, Any]) -> str:
    """`waiver:w123`."""
    return ":".join((kind, *(str(row[name]) for name in RECORDED[kind].key)))


def content_hash(values: Mapping[str, Any]) -> str:
    """SHA-256 (its first 24 digits) over every column in a fixed text form."""
    return sha256(canonical_json({name: _plain(value) for name, value in values.items()}).encode()).hexdigest()[:LENGTH]


def contents_of(connection: sa.Connection, kind: str, keys: Iterable[Any] | None = None) -> dict[str, str]:
    """Row → hash of these rows (by their keys: a tuple where there are several columns), or of all, as they stand."""
    recorded = RECORDED[kind]
    found: dict[str, str] = {}
    columns = [recorded.table.c[name] for name in recorded.key]
    key: Any = columns[0] if len(columns) == 1 else sa.tuple_(*columns)
    parts = [None] if keys is None else list(chunks(keys))
    for ids in parts:
        query = sa.select(*recorded.hashed) if ids is None else sa.select(*recorded.hashed).where(key.in_(ids))
        for row in connection.execute(query):
            values = dict(row._mapping)
            found[row_name(kind, values)] = content_hash(values)
    return found


def outbox_digest(connection: sa.Connection, first: int, last: int) -> str:
    """Hash over what the messages numbered `first` to `last` say."""
    query = sa.select(*(OUTBOX.c[name] for name in SAID)).where(OUTBOX.c.ordinal >= first, OUTBOX.c.ordinal <= last)
    rows = [content_hash(dict(row._mapping)) for row in connection.execute(query.order_by(OUTBOX.c.ordinal))]
    return sha256(" ".join(rows).encode()).hexdigest()[:LENGTH]


def _plain(value: Any) -> Any:
    """A row read back from the database hashes as the row that was written."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return int(value)
    return storable_text(value) if isinstance(value, str) else value
