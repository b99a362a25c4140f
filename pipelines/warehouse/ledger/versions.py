"""Versions in the ledger, as they stand or as they stood, with the verdict that holds of each: every question over one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, get_args

import sqlalchemy as sa

from pipelines.model.history import UnitHistory
from pipelines.model.loading import ReceiptState, SubmissionRow
from pipelines.model.submissions import ACCEPTED

from ..db.in_lists import chunks
from ..db.row_values import row_reader
from ..db.schema import CURRENT_SUBMISSION, HISTORY_SNAPSHOT, RECEIPT, RESEND, SUBMISSION, VERDICT
from ..staging.stage_reader import Key
from ..staging.timeline import Event, decide, recorded_reverts
from .replaced_versions import order_of
from .rulings import returned_among


@dataclass(frozen=True)
class Asked:
    """Which versions are asked about: of a form, of the periods from `first` to `last` (both inclusive), of some units; None: of all."""

    form: str | None = None
    first: str | None = None
    last: str | None = None
    unit_codes: Collection[str] | None = None

    def among(self, table: sa.Table) -> list[sa.ColumnElement[bool]]:
        """The conditions on a table that has form, period and unit_code."""
        limits = [
            *([table.c.form == self.form] if self.form is not None else []),
            *([table.c.unit_code.in_(self.unit_codes)] if self.unit_codes is not None else []),
        ]
        if self.first is not None and self.first == self.last:
            return [*limits, table.c.period == self.first]
        limits += [table.c.period >= self.first] if self.first is not None else []
        return limits + ([table.c.period <= self.last] if self.last is not None else [])


EVERYTHING = Asked()


def of_period(period: str, form: str | None = None) -> Asked:
    """The versions of one month, week or day."""
    return Asked(form, period, period)


def submissions(
    connection: sa.Connection, asked: Asked = EVERYTHING, as_of: datetime | None = None
) -> list[SubmissionRow]:
    """Versions with the verdict that holds, by period, form, unit and order of arrival.

    With `as_of` the ledger is restricted to what had arrived by then (arrived_at ≤ as_of) and to returns logged by then: states,
    latest and current are decided again over those; verdicts hold whenever they were computed (DESIGN §8).
    """
    by_key: dict[Key, list[SubmissionRow]] = defaultdict(list)
    for row in _versions(connection, _query(asked), latest=True):
        by_key[(row.unit_code, row.period, row.form)].append(row)
    repeats: dict[Key, list[Event]] = defaultdict(list)
    moments: dict[str, datetime] = {}
    if as_of is not None:
        moments = returned_among(connection, [row.submission_id for rows in by_key.values() for row in rows])
        for key, event in _repeats(connection, asked):
            repeats[key].append(event)
    found: list[SubmissionRow] = []
    for key in sorted(by_key, key=lambda k: (k[1], k[2], k[0])):
        members = by_key[key]
        if len(members) > 1:
            members.sort(key=order_of)
            members[:-1] = [replace(row, latest=False) for row in members[:-1]]
        alone = len(members) == 1 and key not in repeats and members[0].submission_id not in moments
        if as_of is None or (alone and members[0].arrived_at <= as_of and _is_decided(members[0])):
            found.extend(members)
        else:
            returned = {i for i, moment in moments.items() if moment <= as_of}
            found.extend(_as_of(members, repeats[key], as_of, returned))
    return found


def period_before(connection: sa.Connection, form: str, period: str | None) -> str | None:
    """The newest period before the given one (None: of all) that any version of a form is of."""
    query = sa.select(sa.func.max(SUBMISSION.c.period)).where(SUBMISSION.c.form == form)
    found: str | None = connection.scalar(query if period is None else query.where(SUBMISSION.c.period < period))
    return found


def arrived_between(connection: sa.Connection, first: datetime, last: datetime, but_of: str) -> list[SubmissionRow]:
    """Versions of any period but one whose file arrived from `first` to `last`, in order of arrival; `latest` is not decided."""
    there = RECEIPT.alias("there")
    within = sa.select(there.c.receipt_id).where(
        there.c.state.in_(get_args(ReceiptState)),  # every state there is: the index is by state and arrival
        there.c.arrived_at >= first,
        there.c.arrived_at <= last,
    )
    query = _query().where(SUBMISSION.c.receipt_id.in_(within), SUBMISSION.c.period != but_of)
    return sorted(_versions(connection, query), key=order_of)


def _is_decided(only: SubmissionRow) -> bool:
    """Whether a version that no other is beside, and that was not sent back, stands as it would be decided again: nearly all do."""
    return not only.revision and only.state == only.word and only.current == (only.word in ACCEPTED)


def _as_of(
    members: list[SubmissionRow], repeats: list[Event], as_of: datetime, returned: Collection[str]
) -> list[SubmissionRow]:
    there = [row for row in members if row.arrived_at <= as_of]
    events = [
        Event(r.submission_id, r.receipt_id, r.sha256, r.arrived_at, r.seen_at, r.name, r.word) for r in there
    ] + [event for event in repeats if event.arrived_at <= as_of]
    # a recorded revision arrived at or after the freeze, everything accepted before it did not: the first is the limit
    freeze = min((row.arrived_at for row in there if row.revision), default=None)
    timeline = decide(events, freeze, returned, recorded_reverts(events[: len(there)]))
    return [
        replace(
            row,
            state=timeline.states[row.submission_id],
            current=row.submission_id == timeline.current,
            latest=row.submission_id == timeline.latest,
        )
        for row in there
        if row.submission_id in timeline.states
    ]


def submissions_of_receipts(connection: sa.Connection, receipt_ids: Collection[str]) -> list[SubmissionRow]:
    """Versions that came with these receipts; `latest` is not decided."""
    parts = [_query().where(SUBMISSION.c.receipt_id.in_(ids)) for ids in chunks(receipt_ids)]
    return [row for part in parts for row in _versions(connection, part)]


def submissions_of_bytes(connection: sa.Connection, digests: Collection[str]) -> list[SubmissionRow]:
    """Versions whose files have these SHA-256, in order of arrival; `latest` is not decided."""
    parts = [_query().where(RECEIPT.c.sha256.in_(part)) for part in chunks(digests)]
    return sorted((row for part in parts for row in _versions(connection, part)), key=order_of)


def submissions_of_units(
    connection: sa.Connection, period: str | None, form: str | None, units: Collection[str], first: str | None = None
) -> list[SubmissionRow]:
    """Versions of these units, of every period (from `first` on, where it is given) and form where none is given; `latest` is not
    decided."""
    parts = [_query(Asked(form, first or period, period, part)) for part in chunks(units)]
    return [row for part in parts for row in _versions(connection, part)]


def submissions_of_ids(connection: sa.Connection, submission_ids: Collection[str]) -> list[SubmissionRow]:
    """These versions; `latest` is not decided."""
    parts = [_query().where(SUBMISSION.c.submission_id.in_(ids)) for ids in chunks(submission_ids)]
    return [row for part in parts for row in _versions(connection, part)]


def ids_of_units(connection: sa.Connection, period: str, form: str, units: Collection[str]) -> list[str]:
    """The versions of these units of one form and period."""
    asked = (Asked(form, period, period, part).among(SUBMISSION) for part in chunks(units))
    return [i for where in asked for i in connection.scalars(sa.select(SUBMISSION.c.submission_id).where(*where))]


def submission(connection: sa.Connection, submission_id: str) -> SubmissionRow | None:
    """One version by its identity; `latest` is not decided."""
    return next(iter(_versions(connection, _query().where(SUBMISSION.c.submission_id == submission_id))), None)


def _query(asked: Asked = EVERYTHING) -> sa.Select[Any]:
    return (
        sa.select(
            SUBMISSION,
            RECEIPT.c.sha256,
            RECEIPT.c.source,
            RECEIPT.c.name,
            RECEIPT.c.arrived_at,
            RECEIPT.c.seen_at,
            CURRENT_SUBMISSION.c.submission_id.label("pointer"),
            *(c for c in VERDICT.c if c.name not in ("verdict_id", "submission_id", "load_id")),
            *(c for c in HISTORY_SNAPSHOT.c if c.name != "history_id"),
        )
        .join(RECEIPT, RECEIPT.c.receipt_id == SUBMISSION.c.receipt_id)
        .join(VERDICT, VERDICT.c.verdict_id == SUBMISSION.c.verdict_id)
        .join(HISTORY_SNAPSHOT, HISTORY_SNAPSHOT.c.history_id == VERDICT.c.history_id)
        .outerjoin(CURRENT_SUBMISSION, CURRENT_SUBMISSION.c.submission_id == SUBMISSION.c.submission_id)
        .where(*asked.among(SUBMISSION))
    )


def _repeats(connection: sa.Connection, asked: Asked) -> list[tuple[Key, Event]]:
    query = (
        sa.select(RESEND, RECEIPT.c.sha256, RECEIPT.c.arrived_at, RECEIPT.c.seen_at, RECEIPT.c.name)
        .join(RECEIPT, RECEIPT.c.receipt_id == RESEND.c.receipt_id)
        .where(*asked.among(RESEND))
    )
    return [
        (
            (r.unit_code, r.period, r.form),
            Event(r.submission_id, r.receipt_id, r.sha256, r.arrived_at, r.seen_at, r.name, None),
        )
        for r in connection.execute(query)
    ]


def _versions(connection: sa.Connection, query: sa.Select[Any], latest: bool = False) -> list[SubmissionRow]:
    """What `_query` finds; `latest` is said of all of them."""
    rows = connection.execute(query)
    columns = tuple(rows.keys())
    version = row_reader(SubmissionRow, columns, ("current", "latest", "revision", "passes_a_rules", "history"))
    history = row_reader(UnitHistory, columns, ("recent",))
    return [
        version(
            r,
            current=r.pointer is not None,
            latest=latest,
            revision=bool(r.revision),
            passes_a_rules=bool(r.passes_a_rules),
            history=history(r, recent=tuple(r.recent or ())),
        )
        for r in rows
    ]
