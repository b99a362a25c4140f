"""Reading the ledger: versions as they stand or stood, histories, stale verdicts, the identity of a month's inputs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, get_args

import sqlalchemy as sa

from pipelines.model.findings import RuleRun
from pipelines.model.history import HistoryPolicy, UnitHistory
from pipelines.model.loading import ReceiptState, SubmissionRow

from ..db.in_lists import chunks
from ..db.schema import CURRENT_SUBMISSION, HISTORY_SNAPSHOT, LOAD, RECEIPT, RESEND, RULE_RUN, SUBMISSION, VERDICT
from ..staging.stage_reader import Key
from ..staging.timeline import Event, decide, recorded_reverts
from .predecessors import with_predecessors
from .replaced_versions import order_of
from .rulings import returned_at, tokens


def submissions(
    connection: sa.Connection, period: str | None = None, form: str | None = None, as_of: datetime | None = None
) -> list[SubmissionRow]:
    """Versions with the verdict that holds, by period, form, unit and order of arrival.

    With `as_of` the ledger is restricted to what had arrived by then (arrived_at ≤ as_of) and to returns logged by then: states,
    latest and current are decided again over those; verdicts hold whenever they were computed (DESIGN §8).
    """
    rows = [_row(r) for r in connection.execute(_query(period, form))]
    by_key: dict[Key, list[SubmissionRow]] = defaultdict(list)
    for row in rows:
        by_key[(row.unit_code, row.period, row.form)].append(row)
    repeats: dict[Key, list[Event]] = defaultdict(list)
    returned = returned_at(connection, period)
    if as_of is not None:
        returned = {i: moment for i, moment in returned.items() if moment <= as_of}
        for key, event in _repeats(connection, period, form):
            repeats[key].append(event)
    found: list[SubmissionRow] = []
    for key in sorted(by_key, key=lambda k: (k[1], k[2], k[0])):
        members = sorted(by_key[key], key=_order)
        if as_of is None:
            found.extend(replace(row, latest=row is members[-1]) for row in members)
        else:
            found.extend(_as_of(members, repeats[key], as_of, returned.keys()))
    return found


def arrived_between(connection: sa.Connection, first: datetime, last: datetime) -> list[SubmissionRow]:
    """Versions of any period whose file arrived from `first` to `last`, in order of arrival; `latest` is not decided."""
    there = RECEIPT.alias("there")
    within = sa.select(there.c.receipt_id).where(
        there.c.state.in_(get_args(ReceiptState)),  # every state there is: the index is by state and arrival
        there.c.arrived_at >= first,
        there.c.arrived_at <= last,
    )
    query = _query(None, None).where(SUBMISSION.c.receipt_id.in_(within))
    return sorted((_row(r) for r in connection.execute(query)), key=_order)


def loaded_before_period_since(connection: sa.Connection, period: str, since: datetime) -> bool:
    """Whether a version of an earlier period was loaded after `since`."""
    query = (
        sa.select(SUBMISSION.c.submission_id)
        .join(LOAD, LOAD.c.load_id == SUBMISSION.c.load_id)
        .where(SUBMISSION.c.period < period, LOAD.c.committed_at > since)
        .limit(1)
    )
    return connection.execute(query).first() is not None


def judged_after(connection: sa.Connection, instant: datetime) -> bool:
    """Whether the verdict that holds of a version that had arrived by the instant was computed after it."""
    query = (
        sa.select(SUBMISSION.c.submission_id)
        .join(VERDICT, VERDICT.c.verdict_id == SUBMISSION.c.verdict_id)
        .join(RECEIPT, RECEIPT.c.receipt_id == SUBMISSION.c.receipt_id)
        .where(RECEIPT.c.arrived_at <= instant, VERDICT.c.judged_at > instant)
        .limit(1)
    )
    return connection.execute(query).first() is not None


def _order(row: SubmissionRow) -> tuple[datetime, datetime, str, str]:
    return (row.arrived_at, row.seen_at, row.name, row.receipt_id)


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


def histories(
    connection: sa.Connection, form: str, period: str, units: Sequence[str], policy: HistoryPolicy
) -> dict[str, UnitHistory]:
    """What each unit's submission of this form and period is judged against, as the ledger stands; every unit has an entry."""
    wanted, needs = set(units), policy.of(form)
    table = CURRENT_SUBMISSION.c
    columns = (table.unit_code, table.period, table.submission_id)
    december = f"{int(period[:4]) - 1:04d}-12"
    previous = _previous(connection, form, period, table.period >= f"{int(period[:4]) - 1:04d}")
    for silent in chunks(wanted - previous.keys()):
        previous |= _previous(connection, form, period, table.unit_code.in_(silent))
    finals = sa.select(*columns).where(table.form == form, table.period == december)
    final = {row.unit_code: row.submission_id for row in connection.execute(finals)}
    beside = sa.select(*columns).where(table.form == needs.sibling, table.period == period)
    sibling = {row.unit_code: row.submission_id for row in connection.execute(beside)}
    held = tokens(connection, form, period)
    recent = _recent(connection, form, period, needs.recent)
    last_year = f"{int(period[:4]) - 1:04d}{period[4:]}"
    ago = sa.select(*columns).where(table.form == form, table.period == last_year)
    year_ago = {row.unit_code: row.submission_id for row in connection.execute(ago)} if needs.year_ago else {}
    found = {
        unit: UnitHistory(
            previous=previous[unit].submission_id if unit in previous else None,
            previous_period=previous[unit].period if unit in previous else None,
            annual_final=final.get(unit),
            sibling=sibling.get(unit),
            recent=tuple(recent.get(unit, ())),
            year_ago=year_ago.get(unit),
            rulings=" ".join(held.get(unit, ())),
        )
        for unit in wanted
    }
    return with_predecessors(connection, form, period, found, policy)


def _previous(connection: sa.Connection, form: str, period: str, among: sa.ColumnElement[bool]) -> dict[str, Any]:
    """unit → its last accepted submission of the form before the period; `among`: which rows are looked at."""
    table = CURRENT_SUBMISSION.c
    query = sa.select(table.unit_code, table.period, table.submission_id).where(table.form == form, among)
    return {r.unit_code: r for r in connection.execute(query.where(table.period < period).order_by(table.period))}


def _recent(connection: sa.Connection, form: str, period: str, most: int) -> dict[str, list[str]]:
    """unit → its last accepted months before the period, newest first, as many as the form's rules look at."""
    if not most:
        return {}
    table = CURRENT_SUBMISSION.c
    # two years back is further than six accepted months of any unit that still reports
    query = (
        sa.select(table.unit_code, table.submission_id)
        .where(table.form == form, table.period < period, table.period >= f"{int(period[:4]) - 2:04d}-01")
        .order_by(table.period.desc())
    )
    found: dict[str, list[str]] = defaultdict(list)
    for unit, submission in connection.execute(query):
        if len(found[unit]) < most:
            found[unit].append(submission)
    return found


def submissions_of_receipts(connection: sa.Connection, receipt_ids: Collection[str]) -> list[SubmissionRow]:
    """Versions that came with these receipts; `latest` is not decided."""
    return [
        _row(r)
        for ids in chunks(receipt_ids)
        for r in connection.execute(_query(None, None).where(SUBMISSION.c.receipt_id.in_(ids)))
    ]


def submissions_of_bytes(connection: sa.Connection, digests: Collection[str]) -> list[SubmissionRow]:
    """Versions whose files have these SHA-256, in order of arrival; `latest` is not decided."""
    found = [
        _row(r)
        for part in chunks(digests)
        for r in connection.execute(_query(None, None).where(RECEIPT.c.sha256.in_(part)))
    ]
    return sorted(found, key=order_of)


def submissions_of_units(
    connection: sa.Connection, period: str | None, form: str | None, units: Collection[str], first: str | None = None
) -> list[SubmissionRow]:
    """Versions of these units, of every period (from `first` on, where it is given) and form where none is given; `latest` is not
    decided."""
    query = _query(period, form)
    if first is not None:
        query = query.where(SUBMISSION.c.period >= first)
    return [
        _row(r) for part in chunks(units) for r in connection.execute(query.where(SUBMISSION.c.unit_code.in_(part)))
    ]


def submission(connection: sa.Connection, submission_id: str) -> SubmissionRow | None:
    """One version by its identity; `latest` is not decided."""
    row = connection.execute(_query(None, None).where(SUBMISSION.c.submission_id == submission_id)).first()
    return None if row is None else _row(row)


def inputs_hash(connection: sa.Connection, period: str) -> str:
    """SHA-256 over the sorted current submissions of a period and their verdicts."""
    table = CURRENT_SUBMISSION.c
    query = sa.select(table.submission_id, table.verdict_id).where(table.period == period)
    pairs = sorted(tuple(row) for row in connection.execute(query))
    return sha256("\n".join(f"{submission} {verdict}" for submission, verdict in pairs).encode()).hexdigest()


def rule_runs(connection: sa.Connection, submission_ids: Sequence[str]) -> dict[str, tuple[RuleRun, ...]]:
    """How every rule fared in the verdict that holds, by submission; a submission without runs is absent."""
    found: dict[str, list[RuleRun]] = defaultdict(list)
    for ids in chunks(submission_ids):
        query = (
            sa.select(SUBMISSION.c.submission_id, RULE_RUN)
            .join(RULE_RUN, RULE_RUN.c.verdict_id == SUBMISSION.c.verdict_id)
            .where(SUBMISSION.c.submission_id.in_(ids))
            .order_by(RULE_RUN.c.rule)
        )
        for row in connection.execute(query):
            found[row.submission_id].append(RuleRun(row.rule, row.status, row.rows, row.failed, row.reason))
    return {submission: tuple(runs) for submission, runs in found.items()}


def scopes_of(connection: sa.Connection, submission_ids: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """submission → (period, form, verdict_id) of the versions the ledger has."""
    found = {}
    for ids in chunks(submission_ids):
        query = sa.select(
            SUBMISSION.c.submission_id, SUBMISSION.c.period, SUBMISSION.c.form, SUBMISSION.c.verdict_id
        ).where(SUBMISSION.c.submission_id.in_(ids))
        for submission, period, form, verdict in connection.execute(query):
            found[submission] = (period, form, verdict)
    return found


def _query(period: str | None, form: str | None) -> sa.Select[Any]:
    query = (
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
    )
    if period is not None:
        query = query.where(SUBMISSION.c.period == period)
    return query if form is None else query.where(SUBMISSION.c.form == form)


def _repeats(connection: sa.Connection, period: str | None, form: str | None) -> list[tuple[Key, Event]]:
    query = sa.select(RESEND, RECEIPT.c.sha256, RECEIPT.c.arrived_at, RECEIPT.c.seen_at, RECEIPT.c.name).join(
        RECEIPT, RECEIPT.c.receipt_id == RESEND.c.receipt_id
    )
    if period is not None:
        query = query.where(RESEND.c.period == period)
    if form is not None:
        query = query.where(RESEND.c.form == form)
    return [
        (
            (r.unit_code, r.period, r.form),
            Event(r.submission_id, r.receipt_id, r.sha256, r.arrived_at, r.seen_at, r.name, None),
        )
        for r in connection.execute(query)
    ]


def _row(r: sa.Row[Any]) -> SubmissionRow:
    return SubmissionRow(
        submission_id=r.submission_id,
        receipt_id=r.receipt_id,
        sha256=r.sha256,
        source=r.source,
        name=r.name,
        unit_code=r.unit_code,
        period=r.period,
        form=r.form,
        version=r.version,
        measure=r.measure,
        arrived_at=r.arrived_at,
        seen_at=r.seen_at,
        state=r.state,
        current=r.pointer is not None,
        latest=False,
        revision=bool(r.revision),
        verdict_id=r.verdict_id,
        word=r.word,
        received=r.received,
        accepted=r.accepted,
        quarantined=r.quarantined,
        not_data=r.not_data,
        errors=r.errors,
        queries=r.queries,
        open_queries=r.open_queries,
        passes_a_rules=bool(r.passes_a_rules),
        rules_version=r.rules_version,
        programme_version=r.programme_version,
        history=UnitHistory(
            r.previous,
            r.previous_period,
            r.annual_final,
            r.sibling,
            tuple(r.recent or ()),
            r.year_ago,
            r.rulings,
            r.replaces,
        ),
        judged_at=r.judged_at,
        load_id=r.load_id,
    )
