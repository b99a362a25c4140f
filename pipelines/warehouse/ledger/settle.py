"""What became of receipts: decided from the whole ledger at the end of a load."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from ..db.in_lists import chunks
from ..db.schema import RECEIPT, RESEND, SUBMISSION
from ..staging.stage_reader import StagedBatch
from .load_plan import Plan


def settle_receipts(connection: sa.Connection, load_id: str, batch: StagedBatch, plan: Plan) -> None:
    """Writes the outcomes of a load and the state of every receipt it touched."""
    statement = RECEIPT.update().where(RECEIPT.c.receipt_id == sa.bindparam("which"))
    fields = ("state", "detail", "findings", "submissions")
    outcomes = [
        {"which": o["receipt_id"], **{f"new_{name}": o[name] for name in fields}, "new_load_id": load_id}
        for o in batch.outcomes
    ]
    if outcomes:
        values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in (*fields, "load_id")}
        connection.execute(statement.values({**values, "attempts": 0}), outcomes)
    touched = {o["receipt_id"] for o in batch.outcomes}
    touched |= {plan.events[i].receipt_id for i in (*plan.kept, *plan.repeats)}
    touched |= {known.event.receipt_id for known in plan.withdrawn.values()}
    for ids in chunks(touched | plan.reopened_receipts):
        _settle(connection, ids)


def _settle(connection: sa.Connection, ids: list[str]) -> None:
    settled: dict[str, list[str]] = defaultdict(list)
    for receipt, (stands, state) in _states(connection, ids).items():
        if state != stands:
            settled[state].append(receipt)
    for state, receipts in settled.items():
        connection.execute(RECEIPT.update().where(RECEIPT.c.receipt_id.in_(receipts)).values(state=state))


def falsely_settled(connection: sa.Connection) -> list[str]:
    """Receipts that are called processed or re-sent and are not, by what the ledger has of them; those that wait are none."""
    ids = sorted(
        connection.scalars(sa.select(RECEIPT.c.receipt_id).where(RECEIPT.c.state.in_(("processed", "resent"))))
    )
    return [
        f"{receipt}: {stands} ≠ {state}"
        for some in chunks(ids)
        for receipt, (stands, state) in _states(connection, some).items()
        if state != stands
    ]


def _states(connection: sa.Connection, ids: list[str]) -> dict[str, tuple[str, str]]:
    """Receipt → (its state, what it must be): processed, resent, or pending because a submission of the file is not in the ledger yet or
    was reopened."""
    there: dict[str, set[str]] = defaultdict(set)
    versions = sa.select(SUBMISSION.c.receipt_id, SUBMISSION.c.submission_id).where(SUBMISSION.c.receipt_id.in_(ids))
    for receipt, submission in connection.execute(versions):
        there[receipt].add(submission)
    with_version, reopened = set(there), set()
    repeats = sa.select(RESEND.c.receipt_id, RESEND.c.submission_id, RESEND.c.reopened)
    for receipt, submission, again in connection.execute(repeats.where(RESEND.c.receipt_id.in_(ids))):
        there[receipt].add(submission)
        if again:
            reopened.add(receipt)
    found = {}
    query = sa.select(RECEIPT.c.receipt_id, RECEIPT.c.state, RECEIPT.c.load_id, RECEIPT.c.submissions)
    for row in connection.execute(query.where(RECEIPT.c.receipt_id.in_(ids))):
        if row.load_id is None or row.state in ("unreadable", "unassigned"):
            continue
        known = row.submissions is None or set(row.submissions) <= there[row.receipt_id]
        complete = known and row.receipt_id not in reopened
        repeated = there[row.receipt_id] and row.receipt_id not in with_version
        found[row.receipt_id] = (row.state, ("resent" if repeated else "processed") if complete else "received")
    return found
