"""Which version of the same month a newer one takes the place of (A12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipelines.model.loading import SubmissionRow
from pipelines.model.submissions import ACCEPTED

Order = tuple[datetime, datetime, str, str]
"""Versions of a unit, period and form order by arrived_at, then seen_at, then name, then receipt (timeline.Event)."""


def order_of(row: SubmissionRow | sa.Row[Any]) -> Order:
    """Of a version, or of the row of the ledger that becomes one."""
    return (row.arrived_at, row.seen_at, row.name, row.receipt_id)


def replaceable(rows: Sequence[SubmissionRow], returned: Collection[str]) -> dict[str, list[tuple[Order, str]]]:
    """unit → accepted versions of one form and month, oldest first, that a later one would take the place of; none that was
    sent back, nor one before it: what is owed then is another return."""
    found: dict[str, list[tuple[Order, str]]] = defaultdict(list)
    for row in sorted(rows, key=order_of):
        if row.submission_id in returned:
            found[row.unit_code].clear()
        elif row.word in ACCEPTED:
            found[row.unit_code].append((order_of(row), row.submission_id))
    return found


def replaced(versions: Sequence[tuple[Order, str]], order: Order) -> str | None:
    """The newest version older than `order` and seen no later: a draft that turns up afterwards changes no verdict."""
    older = [name for at, name in versions if at < order and at[1] <= order[1]]
    return older[-1] if older else None
