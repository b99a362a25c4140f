"""Loads that contacts have not been notified of: what happened, and what was said about it, each in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from pipelines.model.findings import VerdictWord
from pipelines.model.loading import Loaded, LoadNotifications

from ..db import audit_log
from ..db.faults import fault_point
from ..db.in_lists import chunks
from ..db.schema import NOTIFICATION_DUE, SUBMISSION, VERDICT
from ..ledger import follow_ups, versions
from ..ledger import month_closings as months
from ..notifications import outbox

LADDER = ("reminder", "escalation", "public_mark")


@dataclass(frozen=True)
class DueLoad:
    """What a load made true and nobody was notified of; `marks`: its rows, to be struck off."""

    loaded: Loaded
    marks: Mapping[str, str]


def verdicts_before(connection: sa.Connection, submission_ids: Collection[str]) -> dict[str, VerdictWord]:
    """submission → its verdict as the ledger stands; none for a new one."""
    found: dict[str, VerdictWord] = {}
    joined = SUBMISSION.join(VERDICT, VERDICT.c.verdict_id == SUBMISSION.c.verdict_id)
    for ids in chunks(submission_ids):
        query = sa.select(SUBMISSION.c.submission_id, VERDICT.c.word).select_from(joined)
        found |= {r.submission_id: r.word for r in connection.execute(query.where(SUBMISSION.c.submission_id.in_(ids)))}
    return found


def loads_to_notify(connection: sa.Connection) -> list[DueLoad]:
    """Loads whose contacts are still to be notified, oldest first, as the ledger stands now."""
    by_moment: dict[datetime, dict[str, sa.Row[tuple[object, ...]]]] = defaultdict(dict)
    for row in connection.execute(sa.select(NOTIFICATION_DUE)):
        by_moment[row.loaded_at][row.submission_id] = row
    found = []
    for moment, due in sorted(by_moment.items()):
        periods = _periods(connection, due)
        loaded_rows = [
            r
            for period in periods
            for r in versions.submissions(connection, versions.of_period(period))
            if r.submission_id in due
        ]
        closings = {c.period: c.reason for period in periods for c in months.closes(connection, period)}
        notified = outbox.rows(connection, periods=periods, kinds=LADDER) if loaded_rows else []
        before = {i: row.status_before for i, row in due.items() if row.status_before is not None}
        loaded = Loaded(moment, tuple(loaded_rows), before, closings, tuple(notified))
        found.append(DueLoad(loaded, {i: row.mark for i, row in due.items()}))
    return found


def put_load_notifications(connection: sa.Connection, due: DueLoad, notifications: LoadNotifications) -> int:
    """Puts what is said about a load into the outbox and strikes the load off; the number of new notifications."""
    fresh = outbox.put(connection, notifications.notices)
    closed = outbox.close(connection, notifications.withdrawn, due.loaded.at)
    follow_ups.strike_off_notifications(connection, due.marks)
    if fresh or closed:
        detail = {"notifications": len(fresh), "withdrawn": closed, "submissions": sorted(due.marks)}
        audit_log.append(connection, due.loaded.at, "saima", "notify", "outbox", detail)
    fault_point("follow_up.notify_open")
    return len(fresh)


def _periods(connection: sa.Connection, submission_ids: Collection[str]) -> list[str]:
    found: set[str] = set()
    for ids in chunks(submission_ids):
        query = sa.select(SUBMISSION.c.period).where(SUBMISSION.c.submission_id.in_(ids)).distinct()
        found.update(connection.scalars(query))
    return sorted(found)
