"""Decisions of the dispatch loop in SQL: added, never changed, each with its entry in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time
from typing import Any, get_args

import sqlalchemy as sa

from pipelines.model.dispatch_decisions import ANSWERS, ENDING, DecisionKind, DispatchDecision

from ..db import audit_log
from ..db.column_types import storable_text
from ..db.database import Database
from ..db.in_lists import chunks
from ..db.locking import lock_for_appending
from ..db.schema import DISPATCH_DECISION

Decide = Callable[[Sequence[DispatchDecision]], Sequence[DispatchDecision]]


class DecisionStore:
    """Each write is one transaction; what is decided is decided on the decisions that stand in it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, decide: Decide, about: Collection[str] | None = None) -> list[DispatchDecision]:
        """Records what `decide` makes of the decisions so far (all, or those on the subjects that it is `about`; it raises where one is
        not possible) and returns the new ones with their places; a decision recorded before (same content, same instant) is not recorded
        twice."""
        with self._database.write() as connection:
            lock_for_appending(connection, DISPATCH_DECISION.name)
            made = {one.decision_id: one for one in map(_storable, decide(_known(connection, about)))}
            for ids in chunks(made):
                there = sa.select(DISPATCH_DECISION.c.decision_id).where(DISPATCH_DECISION.c.decision_id.in_(ids))
                for recorded in connection.scalars(there).all():
                    del made[recorded]
            last = connection.scalar(sa.select(sa.func.max(DISPATCH_DECISION.c.ordinal))) or 0
            fresh = {i: replace(one, ordinal=last + place) for place, (i, one) in enumerate(made.items(), 1)}
            if fresh:
                connection.execute(DISPATCH_DECISION.insert(), [_stored(one) for one in fresh.values()])
            for one in fresh.values():
                detail: dict[str, object] = {
                    "decision": one.decision_id,
                    "unit": one.unit_code,
                    "document": one.document,
                    "valid_from": one.valid_from.isoformat(),
                    "valid_to": one.valid_to.isoformat() if one.valid_to else None,
                    **one.detail,
                }
                audit_log.append(
                    connection, one.recorded_at, one.decided_by, f"dispatch-{one.kind}", one.subject, detail
                )
        return list(fresh.values())

    def all(self, as_of: datetime | None = None) -> list[DispatchDecision]:
        """Decisions in the order of the books, those recorded by `as_of`."""
        with self._database.read() as connection:
            return _read(connection, as_of)

    def of_kinds(self, kinds: Collection[DecisionKind], as_of: datetime) -> list[DispatchDecision]:
        """Decisions of some kinds in the order of the books, those recorded by `as_of`."""
        with self._database.read() as connection:
            return _read(connection, as_of, DISPATCH_DECISION.c.kind.in_(sorted(kinds)))

    def holding(self, since: date, as_of: datetime) -> list[DispatchDecision]:
        """Decisions in the order of the books, those recorded by `as_of`, without what is nothing any more to the months from `since`
        on: what ended before (of the kinds in ENDING), and answers to the proposals of a month (ANSWERS) that were recorded before."""
        table = DISPATCH_DECISION.c
        lasting = [kind for kind in get_args(DecisionKind) if kind not in (*ENDING, *ANSWERS)]
        parts = (
            table.kind.in_(lasting),
            table.kind.in_(ENDING) & table.valid_to.is_(None),
            table.kind.in_(ENDING) & (table.valid_to >= since),
            table.kind.in_(ANSWERS) & (table.recorded_at >= datetime.combine(since, time(), UTC)),
        )
        with self._database.read() as connection:
            found = [one for part in parts for one in _read(connection, as_of, part)]
        return sorted(found, key=lambda one: one.ordinal)

    def about(self, subject: str, as_of: datetime | None = None) -> list[DispatchDecision]:
        """Decisions on a subject (a project: also the inspections opened on it) in the order of the books, those recorded by `as_of`."""
        table = DISPATCH_DECISION.c
        own = table.subject == subject
        opened = (table.kind == "inspection_opened") & table.subject.endswith(f"-{subject}", autoescape=True)
        with self._database.read() as connection:
            found = [*_read(connection, as_of, own), *_read(connection, as_of, opened)]
        return sorted({one.ordinal: one for one in found}.values(), key=lambda one: one.ordinal)

    def carry_over(self, decisions: Sequence[DispatchDecision]) -> None:
        """Puts the decisions of another warehouse into this one without entries: the head of its audit log is recorded."""
        if decisions:
            with self._database.write() as connection:
                connection.execute(DISPATCH_DECISION.insert(), [_stored(one) for one in decisions])


def _read(
    connection: sa.Connection, as_of: datetime | None = None, among: sa.ColumnElement[bool] | None = None
) -> list[DispatchDecision]:
    query = sa.select(DISPATCH_DECISION).order_by(DISPATCH_DECISION.c.ordinal)
    if as_of is not None:
        query = query.where(DISPATCH_DECISION.c.recorded_at <= as_of)
    if among is not None:
        query = query.where(among)
    return [
        DispatchDecision(**{name: value for name, value in row._mapping.items() if name != "decision_id"})
        for row in connection.execute(query)
    ]


def _known(connection: sa.Connection, about: Collection[str] | None) -> list[DispatchDecision]:
    if about is None:
        return _read(connection)
    found = [one for some in chunks(about) for one in _read(connection, None, DISPATCH_DECISION.c.subject.in_(some))]
    return sorted(found, key=lambda one: one.ordinal)


def decisions(connection: sa.Connection) -> list[tuple[str, DispatchDecision]]:
    """(recorded identity, decision) in the order of the books."""
    ids = connection.scalars(sa.select(DISPATCH_DECISION.c.decision_id).order_by(DISPATCH_DECISION.c.ordinal))
    return list(zip(ids, _read(connection), strict=True))


def _storable(one: DispatchDecision) -> DispatchDecision:
    """As every database can hold it, so that the identity is that of what is read back."""
    return replace(
        one,
        subject=storable_text(one.subject),
        decided_by=storable_text(one.decided_by),
        unit_code=storable_text(one.unit_code),
        document=storable_text(one.document),
        reason=storable_text(one.reason),
        detail={key: storable_text(value) for key, value in one.detail.items()},
    )


def _stored(one: DispatchDecision) -> dict[str, Any]:
    return {"decision_id": one.decision_id, **asdict(one), "detail": dict(one.detail)}
