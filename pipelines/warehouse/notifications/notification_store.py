"""The alert ladder's book as flow sees it: outbox, attempts, holds, calls, deadlines as seen, heartbeats of one home."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from pipelines.errors import Refused
from pipelines.model.notifications import Attempt, Call, Ending, Hold, Notification, OutboxRow, SeenDeadline

from ..db import audit_log
from ..db.column_types import storable_text
from ..db.database import Database
from ..db.faults import fault_point
from ..db.in_lists import chunks
from ..db.locking import lock_for_appending
from ..db.recorded_rows import CONTENTS, contents_of
from ..db.schema import ALERT_HOLD, CALL_LOG, DEADLINE, DELIVERY, HEARTBEAT, OUTBOX
from . import leases, outbox

CARRIED_AT_ONCE = 2000
"""Rows of one entry of the audit log."""
TABLES = (OUTBOX, DELIVERY, ALERT_HOLD, CALL_LOG, DEADLINE, HEARTBEAT)
"""In the order in which a rebuilt warehouse takes them over."""


@dataclass(frozen=True)
class Decided:
    """What one look at the calendar and the ledger decided; written in one transaction with one audit entry, or not at all.

    `folded`: digest message_id → the collected messages it tells (of a digest that was written before: none, they wait for the
    next); `postponed`: message_id → until when.
    """

    notices: Sequence[Notification] = ()
    withdrawn: Mapping[str, str] = field(default_factory=dict)
    passed: Mapping[str, str] = field(default_factory=dict)
    postponed: Mapping[str, datetime] = field(default_factory=dict)
    folded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    deadlines: Sequence[SeenDeadline] = ()

    @property
    def empty(self) -> bool:
        return not (self.notices or self.withdrawn or self.passed or self.postponed or self.folded or self.deadlines)


class NotificationStore:
    """Each write is one transaction; what people do, and what the ladder decides, has its entry in the audit chain."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def decide(self, decided: Decided, at: datetime) -> list[Notification]:
        """Writes what was decided and returns the notices that are new; no entry where nothing changes."""
        if decided.empty:
            return []
        with self._database.write() as connection:
            fresh = outbox.put(connection, decided.notices)
            changed = outbox.close(connection, decided.withdrawn, at)
            passed = outbox.close(connection, decided.passed, at, "passed")
            changed += passed + outbox.postpone(connection, decided.postponed)
            new = {notice.message_id for notice in fresh}
            outbox.fold(connection, {i: ids for i, ids in decided.folded.items() if i in new}, at)
            seen = _note_deadlines(connection, decided.deadlines)
            if fresh or changed or seen:
                detail: dict[str, object] = {"notices": len(fresh), "given_up": changed, "deadlines": len(seen)}
                detail["messages"] = [n.message_id for n in fresh]
                # also where there is none: an entry without it would speak for rows that an older version left unhashed
                detail[CONTENTS] = contents_of(connection, "deadline", seen)
                audit_log.append(connection, at, "saima", "alert", "outbox", detail)
            fault_point("alerts.sql_open")
        fault_point("alerts.decided")
        return fresh

    def post(self, notices: Sequence[Notification]) -> list[Notification]:
        """Adds notices that nobody's decision stands behind (a broken house); the new ones are returned."""
        with self._database.write() as connection:
            return outbox.put(connection, notices)

    # delivery

    def lease(
        self,
        now: datetime,
        span: timedelta,
        sender: str,
        limit: int,
        without: Collection[str],
        bulk: Collection[str] = (),
    ) -> list[OutboxRow]:
        """See `leases.lease`."""
        with self._database.write() as connection:
            return leases.lease(connection, now, span, sender, limit, without, bulk)

    def start(self, message_ids: Sequence[str], sender: str, at: datetime, span: timedelta) -> dict[str, int]:
        """See `outbox.start`."""
        with self._database.write() as connection:
            return outbox.start(connection, message_ids, sender, at, span)

    def end(self, endings: Sequence[Ending]) -> None:
        """See `outbox.end`; alarms are told in the same transaction."""
        with self._database.write() as connection:
            outbox.end(connection, endings)
            outbox.put(connection, [alarm for ending in endings for alarm in ending.alarms])
            if endings:
                done = [(e.message_id, e.attempt, phase) for e in endings for phase in ("started", "ended")]
                detail = {CONTENTS: contents_of(connection, "attempt", done)}
                audit_log.append(connection, max(e.at for e in endings), "saima", "alert-sent", "outbox", detail)

    def release(self, sender: str) -> None:
        """See `leases.release`."""
        with self._database.write() as connection:
            leases.release(connection, sender)

    def revive(self, message_ids: Sequence[str], at: datetime, by: str) -> None:
        """Dead messages are tried again; Refused where one is not dead."""
        with self._database.write() as connection:
            for message_id in message_ids:
                if not outbox.revive(connection, message_id, at):
                    raise Refused(
                        f"{message_id} 不是死信",
                        f"{message_id} is not a dead message",
                        "死信见 / dead ones: saima alerts outbox --state dead",
                    )
            audit_log.append(connection, at, by, "alert-retry", "outbox", {"messages": list(message_ids)})

    def rows(
        self,
        periods: Collection[str] | None = None,
        states: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        ids: Collection[str] | None = None,
        as_of: datetime | None = None,
        most: int | None = None,
    ) -> list[OutboxRow]:
        """Messages in the order in which they were made; with `most` the newest alone."""
        with self._database.read() as connection:
            return outbox.rows(connection, periods, states, kinds, ids, as_of, most)

    def keys(self, periods: Collection[str], kinds: Collection[str]) -> frozenset[str]:
        """Keys of what was decided about these periods, whatever became of it."""
        query = sa.select(OUTBOX.c.key).where(OUTBOX.c.period.in_(tuple(periods)), OUTBOX.c.kind.in_(tuple(kinds)))
        with self._database.read() as connection:
            return frozenset(connection.scalars(query))

    def attempts(self, message_ids: Iterable[str], as_of: datetime | None = None) -> dict[str, list[Attempt]]:
        """message_id → attempts."""
        with self._database.read() as connection:
            return outbox.attempts(connection, message_ids, as_of)

    def started_since(self, channel: str, since: datetime, until: datetime) -> list[datetime]:
        """When a channel was called in (since, until], over all senders."""
        with self._database.read() as connection:
            return outbox.started_since(connection, channel, since, until)

    # what people do

    def hold(self, one: Hold, withdrawn: Mapping[str, str], postponed: Mapping[str, datetime]) -> None:
        """Records an acknowledgement or a snooze and what it stops."""
        with self._database.write() as connection:
            number = _append(connection, ALERT_HOLD, "hold_id", asdict(one))
            outbox.close(connection, withdrawn, one.held_at)
            outbox.postpone(connection, postponed)
            detail = {k: v for k, v in asdict(one).items() if k in ("unit_code", "period", "form", "rung", "reason")}
            detail["until"] = one.until.isoformat() if one.until else None
            detail[CONTENTS] = contents_of(connection, "hold", [number])
            audit_log.append(connection, one.held_at, one.held_by, f"alert-{one.kind}", one.unit_code, detail)

    def holds(self, as_of: datetime | None = None, periods: Collection[str] | None = None) -> list[Hold]:
        """Acknowledgements and snoozes, of these periods where they are named, oldest first."""
        return [Hold(**values) for values in self._people(ALERT_HOLD, "hold_id", "held_at", as_of, periods)]

    def log_call(self, one: Call) -> None:
        """Records a telephone call."""
        with self._database.write() as connection:
            number = _append(connection, CALL_LOG, "call_id", asdict(one))
            detail: dict[str, object] = {"period": one.period, "form": one.form}
            detail["called_at"] = one.called_at.isoformat()
            detail[CONTENTS] = contents_of(connection, "call", [number])
            audit_log.append(connection, one.logged_at, one.called_by, "alert-call", one.unit_code, detail)

    def calls(self, as_of: datetime | None = None, periods: Collection[str] | None = None) -> list[Call]:
        """Calls logged by `as_of`, about these periods where they are named, oldest first."""
        return [Call(**values) for values in self._people(CALL_LOG, "call_id", "logged_at", as_of, periods)]

    def _people(
        self, table: sa.Table, key: str, moment: str, as_of: datetime | None, periods: Collection[str] | None
    ) -> list[dict[str, Any]]:
        query = sa.select(table)
        if periods is not None:
            query = query.where(table.c.period.in_(sorted(periods)))
        if as_of is not None:
            query = query.where(table.c[moment] <= as_of)
        with self._database.read() as connection:
            # sorted here: read in the order of the key, a database may go through all of them instead of those of the periods
            found = sorted(connection.execute(query).mappings(), key=lambda row: int(row[key]))
        return [{k: v for k, v in row.items() if k != key} for row in found]

    # calendar and heartbeat

    def deadlines(self, periods: Collection[str] | None = None) -> dict[tuple[str, str], list[SeenDeadline]]:
        """(form, period) → the deadlines as the ladder saw them, first to last; of these periods where they are named."""
        found: dict[tuple[str, str], list[SeenDeadline]] = {}
        query = sa.select(DEADLINE).order_by(DEADLINE.c.ordinal)
        if periods is not None:
            query = query.where(DEADLINE.c.period.in_(sorted(periods)))
        with self._database.read() as connection:
            for row in connection.execute(query):
                found.setdefault((row.form, row.period), []).append(SeenDeadline(**row._mapping))
        return found

    def heartbeats(self) -> dict[str, datetime]:
        """name → when it was last seen alive."""
        with self._database.read() as connection:
            return {row.name: row.at for row in connection.execute(sa.select(HEARTBEAT))}

    def beat(self, name: str, at: datetime) -> None:
        """Moves a heartbeat forward; an earlier instant (a replay) leaves it where it is."""
        with self._database.write() as connection:
            lock_for_appending(connection, HEARTBEAT.name)
            last = connection.scalar(sa.select(HEARTBEAT.c.at).where(HEARTBEAT.c.name == name))
            if last is None:
                connection.execute(HEARTBEAT.insert().values(name=name, at=at))
            elif last < at:
                connection.execute(HEARTBEAT.update().where(HEARTBEAT.c.name == name).values(at=at))

    # rebuild

    def contents(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of the book, for a rebuilt warehouse: what was said to people cannot be derived from the archive."""
        with self._database.read() as connection:
            return {t.name: [dict(row._mapping) for row in connection.execute(sa.select(t))] for t in TABLES}

    def carry_over(self, contents: Mapping[str, Sequence[Mapping[str, Any]]], at: datetime) -> None:
        """Puts the rows of another warehouse into this empty book."""
        with self._database.write() as connection:
            for table in TABLES:
                if contents.get(table.name):
                    connection.execute(table.insert(), [dict(row) for row in contents[table.name]])
            for kind in ("hold", "call", "deadline", "attempt"):
                hashed = list(contents_of(connection, kind).items())
                for first in range(0, len(hashed), CARRIED_AT_ONCE):
                    some = dict(hashed[first : first + CARRIED_AT_ONCE])
                    audit_log.append(connection, at, "saima", "carry-over", "alerts", {CONTENTS: some})
            outbox.note_added(connection, 1, at)


def _note_deadlines(connection: sa.Connection, seen: Sequence[SeenDeadline]) -> list[tuple[str, str, int]]:
    """Adds the deadlines that are new; their keys. Of those recorded before, the months in question are read alone."""
    lock_for_appending(connection, DEADLINE.name)  # two who look at the clock at once
    known: set[tuple[str, str, int]] = set()
    key = (DEADLINE.c.form, DEADLINE.c.period, DEADLINE.c.ordinal)
    forms = sorted({one.form for one in seen})
    for periods in chunks(one.period for one in seen):
        query = sa.select(*key).where(key[0].in_(forms), key[1].in_(periods))  # as the key is ordered
        known.update((r[0], r[1], r[2]) for r in connection.execute(query))
    fresh = {i: one for one in seen if (i := (one.form, one.period, one.ordinal)) not in known}
    if fresh:
        connection.execute(DEADLINE.insert(), [asdict(one) for one in fresh.values()])
    return list(fresh)


def _append(connection: sa.Connection, table: sa.Table, key: str, values: dict[str, Any]) -> int:
    """Adds a row under the next number, which is returned."""
    lock_for_appending(connection, table.name)
    last = connection.scalar(sa.select(sa.func.max(table.c[key]))) or 0
    stored = {k: storable_text(v) if isinstance(v, str) else v for k, v in values.items()}
    connection.execute(table.insert().values(**{key: last + 1}, **stored))
    return int(last) + 1
