"""What must follow a load or a ruling, as rows written in its transaction: answers to write, contacts to notify, verdicts to look at
again. Whoever comes next does it and strikes it off; a process that dies in between has lost nothing.

Every row carries a mark that is new with every request, so that what is asked for again meanwhile is not struck off with the old.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pipelines.model.concordance import Concordance

from ..db.in_lists import chunks
from ..db.schema import FEEDBACK_DUE, NOTIFICATION_DUE, PERIOD_INPUTS, REVALIDATION_DUE, SUBMISSION
from ..staging.stage_reader import Key

Marks = Mapping[Any, str]
"""What is due → the mark it was asked for with."""


def ask_for_feedback(connection: sa.Connection, receipt_ids: Iterable[str]) -> None:
    """Answers to these receipts are to be written."""
    rows = [{"receipt_id": i, "mark": _mark()} for i in sorted(set(receipt_ids))]
    _put(connection, FEEDBACK_DUE, rows, ("mark",))


def ask_for_notifications(connection: sa.Connection, before: Mapping[str, str | None], at: datetime) -> None:
    """Contacts of these versions are to be notified; `before`: submission → its status before this load. A version that is still
    due from an earlier load keeps the status it had before that."""
    rows = [
        {"submission_id": i, "mark": _mark(), "status_before": status, "loaded_at": at}
        for i, status in sorted(before.items())
    ]
    _put(connection, NOTIFICATION_DUE, rows, ("mark", "loaded_at"))


def ask_for_revalidation(connection: sa.Connection, keys: Iterable[Key]) -> None:
    """Verdicts that may rest on these (unit, period, form) are to be looked at."""
    rows = [{"unit_code": u, "period": p, "form": f, "mark": _mark()} for u, p, f in sorted(set(keys))]
    _put(connection, REVALIDATION_DUE, rows, ("mark",))


def ask_for_revalidation_of(connection: sa.Connection, submission_ids: Iterable[str]) -> None:
    """The same for the units, months and forms of these versions."""
    keys: list[Key] = []
    for ids in chunks(submission_ids):
        query = sa.select(SUBMISSION.c.unit_code, SUBMISSION.c.period, SUBMISSION.c.form)
        keys += [
            (r.unit_code, r.period, r.form)
            for r in connection.execute(query.where(SUBMISSION.c.submission_id.in_(ids)))
        ]
    ask_for_revalidation(connection, keys)


def feedback_due(connection: sa.Connection, among: Iterable[str] | None = None) -> dict[str, str]:
    """Receipts to answer, with their marks: all, or those of `among`."""
    query = sa.select(FEEDBACK_DUE.c.receipt_id, FEEDBACK_DUE.c.mark).order_by(FEEDBACK_DUE.c.receipt_id)
    if among is None:
        return {r.receipt_id: r.mark for r in connection.execute(query)}
    parts = [query.where(FEEDBACK_DUE.c.receipt_id.in_(ids)) for ids in chunks(sorted(set(among)))]
    return {r.receipt_id: r.mark for part in parts for r in connection.execute(part)}


def revalidation_due(connection: sa.Connection) -> dict[Key, str]:
    """(unit, period, form) to look at, with their marks."""
    return {(r.unit_code, r.period, r.form): r.mark for r in connection.execute(sa.select(REVALIDATION_DUE))}


def strike_off_feedback(connection: sa.Connection, done: Marks) -> None:
    """These answers are written, unless asked for again since."""
    _strike_off(connection, FEEDBACK_DUE, ("receipt_id",), [((i,), mark) for i, mark in done.items()])


def strike_off_notifications(connection: sa.Connection, done: Marks) -> None:
    """These contacts are notified, unless another load asked since."""
    _strike_off(connection, NOTIFICATION_DUE, ("submission_id",), [((i,), mark) for i, mark in done.items()])


def strike_off_revalidation(connection: sa.Connection, done: Marks) -> None:
    """These were looked at, unless something changed since."""
    _strike_off(connection, REVALIDATION_DUE, ("unit_code", "period", "form"), list(done.items()))


def dependent_keys(connection: sa.Connection, changed: Iterable[Key], concordance: Concordance) -> set[Key]:
    """(unit, period, form) whose histories may name the changed ones: of the same unit or one that continues it, of the same month
    or a later one. More than there are, never fewer: what its history really is decides."""
    first: dict[str, str] = {}
    for unit, period, _ in changed:
        for heir in (unit, *(u for u in concordance.successors if unit in concordance.ancestors(u))):
            first[heir] = min(period, first.get(heir, period))
    found: set[Key] = set()
    table = SUBMISSION.c
    for units in chunks(first):
        query = sa.select(table.unit_code, table.period, table.form).distinct()
        since = min(first[unit] for unit in units)
        for unit, period, form in connection.execute(query.where(table.unit_code.in_(units), table.period >= since)):
            if period >= first[unit]:
                found.add((unit, period, form))
    return found


def note_period_inputs(connection: sa.Connection, inputs: Mapping[str, str]) -> None:
    """period → identity of its inputs as they stand now."""
    rows = [{"period": period, "inputs_hash": inputs_hash} for period, inputs_hash in sorted(inputs.items())]
    _put(connection, PERIOD_INPUTS, rows, ("inputs_hash",))


def _mark() -> str:
    return secrets.token_hex(8)


def _put(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], changes: Sequence[str]) -> None:
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    kept = statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in changes}
    )
    connection.execute(kept, list(rows))


def _strike_off(
    connection: sa.Connection, table: sa.Table, keys: Sequence[str], done: Sequence[tuple[Sequence[str], str]]
) -> None:
    if not done:
        return
    same = [table.c[name] == sa.bindparam(f"k{n}") for n, name in enumerate(keys)]
    which = sa.and_(*same, table.c.mark == sa.bindparam("asked"))
    rows = [{**{f"k{n}": value for n, value in enumerate(key)}, "asked": mark} for key, mark in done]
    connection.execute(table.delete().where(which), rows)
