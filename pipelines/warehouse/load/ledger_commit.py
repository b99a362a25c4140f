"""The SQL transaction that ends a load: everything the load decided becomes true at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipelines.model.history import UnitHistory
from pipelines.model.loading import LoadResult

from ..db import audit_log
from ..db.bulk_rows import BulkRows
from ..db.database import insert_rows
from ..db.in_lists import chunks
from ..db.recorded_rows import CONTENTS, contents_of
from ..db.schema import (
    COMMITTED_SNAPSHOT,
    CURRENT_SUBMISSION,
    FINDING_SUMMARY,
    HISTORY_SNAPSHOT,
    RESEND,
    RULE_RUN,
    SUBMISSION,
    VERDICT,
)
from ..lake import current_facts
from ..lake.lake_files import CommittedFiles, record_files
from ..ledger import follow_ups
from ..ledger.load_plan import Plan
from ..ledger.month_inputs import inputs_hash
from ..ledger.rulings import insert_explanations
from ..ledger.settle import settle_receipts
from ..staging.stage_reader import StagedBatch
from .load_events import verdicts_before
from .load_files import commit_load
from .written_answers import TO_ANSWER

_VERDICT_FIELDS = (
    "verdict_id",
    "submission_id",
    "rules_version",
    "programme_version",
    "history_id",
    "word",
    "received",
    "accepted",
    "quarantined",
    "not_data",
    "errors",
    "queries",
    "open_queries",
    "findings",
    "passes_a_rules",
)


def commit_sql(
    connection: sa.Connection,
    load_id: str,
    batch: StagedBatch,
    plan: Plan,
    committed_snapshots: Mapping[str, int],
    files: CommittedFiles,
    bulk: BulkRows,
    written: Mapping[str, int],
    now: datetime,
    follow_up: bool = False,
) -> LoadResult:
    """Verdicts, versions, states, pointer, current facts, receipts, pins, the load itself, what must follow it, and its audit
    entry. `follow_up`: senders are to be answered, what their files explain is recorded, contacts are to be notified."""
    before = verdicts_before(connection, plan.kept) if follow_up else {}
    commit_load(connection, load_id, now)
    _write_verdicts(connection, load_id, plan, bulk)
    _delete(connection, CURRENT_SUBMISSION, plan.moved)
    _write_submissions(connection, load_id, plan)
    _write_pointers(connection, plan)
    for form in batch.register.forms:
        keys = [key for key in plan.rewritten if key[2] == form]
        if keys:
            pairs = [
                pointer for key in keys for pointer in (plan.pointers_before.get(key), plan.pointers_after.get(key))
            ]
            current_facts.rewrite(connection, batch.register.fact(form), (pair[0] for pair in pairs if pair), bulk)
    settle_receipts(connection, load_id, batch, plan)
    connection.execute(COMMITTED_SNAPSHOT.delete())
    if committed_snapshots:
        connection.execute(
            COMMITTED_SNAPSHOT.insert(),
            [
                {"table_name": name, "snapshot_id": snapshot, "load_id": load_id}
                for name, snapshot in committed_snapshots.items()
            ],
        )
    result = LoadResult(
        load_id=load_id,
        submissions=tuple(sorted(plan.kept)),
        resent=tuple(sorted(plan.dropped)),
        changed=tuple(plan.moved),
        reopened=tuple(sorted(plan.reopened_receipts)),
        rows=dict(written),
    )
    kept, dropped = plan.kept.values(), plan.dropped.values()
    asked = {one.event.receipt_id for one in (*kept, *dropped)} | {str(o["receipt_id"]) for o in batch.outcomes}
    detail = {
        TO_ANSWER: len(asked) if follow_up else 0,
        "submissions": len(plan.kept),
        "resent": len(plan.dropped),
        "changed": len(plan.moved),
        "withdrawn": sorted(plan.withdrawn),
        "demoted": sorted(plan.demoted),
        "reopened": sorted(plan.reopened_receipts),
        "receipts": len(batch.outcomes),
        "rows": dict(written),
        **record_files(connection, load_id, files),
        CONTENTS: {
            **contents_of(connection, "receipt", (str(o["receipt_id"]) for o in batch.outcomes)),
            **contents_of(connection, "verdict", (one.verdict_id for one in plan.kept.values())),
        },
    }
    audit_log.append(connection, now, "saima", "load", load_id, detail)
    _ask_for_follow_ups(connection, plan)
    if follow_up:
        follow_ups.ask_for_feedback(connection, asked)
        follow_ups.ask_for_notifications(connection, {i: before.get(i) for i in plan.kept}, now)
        insert_explanations(connection, [e for e in batch.explanations if e.submission_id in plan.kept])
    return result


def _ask_for_follow_ups(connection: sa.Connection, plan: Plan) -> None:
    """What this load changed or brought may have made other verdicts stale, or been stale when it came."""
    changed = {one.key for one in plan.kept.values()} | set(plan.moved)
    changed |= {known.key for known in (plan.withdrawn | plan.demoted).values()}
    follow_ups.ask_for_revalidation(connection, changed)
    periods = {period for _, period, _ in changed}
    follow_ups.note_period_inputs(connection, {period: inputs_hash(connection, period) for period in periods})


def _write_verdicts(connection: sa.Connection, load_id: str, plan: Plan, bulk: BulkRows) -> None:
    kept = {one.verdict_id: one for one in plan.kept.values()}
    snapshots = {one.fields["history_id"]: UnitHistory(**one.fields["history"]) for one in kept.values()}
    for ids in chunks(snapshots):
        known = set(
            connection.scalars(sa.select(HISTORY_SNAPSHOT.c.history_id).where(HISTORY_SNAPSHOT.c.history_id.in_(ids)))
        )
        fresh = [
            {
                "history_id": i,
                "previous": snapshots[i].previous,
                "previous_period": snapshots[i].previous_period,
                "annual_final": snapshots[i].annual_final,
                "sibling": snapshots[i].sibling,
                "rulings": snapshots[i].rulings,
                "recent": list(snapshots[i].recent),
                "year_ago": snapshots[i].year_ago,
                "replaces": snapshots[i].replaces,
            }
            for i in ids
            if i not in known
        ]
        if fresh:
            connection.execute(HISTORY_SNAPSHOT.insert(), fresh)
    for table in (FINDING_SUMMARY, RULE_RUN, VERDICT):
        for ids in chunks(kept):
            connection.execute(table.delete().where(table.c.verdict_id.in_(ids)))
    if not kept:
        return
    connection.execute(
        VERDICT.insert(),
        [
            {
                **{name: one.fields[name] for name in _VERDICT_FIELDS},
                "judged_at": datetime.fromisoformat(one.fields["judged_at"]),
                "load_id": load_id,
            }
            for one in kept.values()
        ],
    )
    insert_rows(
        connection,
        FINDING_SUMMARY,
        ("verdict_id", "rule", "severity", "found", "answered"),
        [(i, *summary) for i, one in kept.items() for summary in one.fields["summary"]],
    )
    bulk.insert(connection, RULE_RUN)


def _write_submissions(connection: sa.Connection, load_id: str, plan: Plan) -> None:
    versions = {i for timeline in plan.timelines.values() for i in timeline.versions}
    known_versions = {i for i, known in plan.known.items() if known.is_version}
    _delete_ids(connection, SUBMISSION, known_versions - versions)
    reopened = {i for timeline in plan.timelines.values() for i in timeline.reopened}
    known_resends = {i for i, known in plan.known.items() if not known.is_version}
    _delete_ids(connection, RESEND, known_resends - reopened)
    for ids in chunks(reopened):
        connection.execute(RESEND.update().where(RESEND.c.submission_id.in_(ids)).values(reopened=True))
    inserts, updates = [], []
    for timeline in plan.timelines.values():
        for submission in timeline.versions:
            state, revision = timeline.states[submission], submission in timeline.revisions
            staged = plan.kept.get(submission)
            if staged is None:
                known = plan.known[submission]
                if (known.state, known.revision) != (state, revision):
                    updates.append({"which": submission, "new_state": state, "new_revision": revision})
                continue
            inserts.append(
                {
                    "submission_id": submission,
                    "receipt_id": staged.event.receipt_id,
                    "unit_code": staged.key[0],
                    "period": staged.key[1],
                    "form": staged.key[2],
                    "version": plan.versions[submission],
                    "measure": staged.fields["measure"],
                    "state": state,
                    "revision": revision,
                    "verdict_id": staged.verdict_id,
                    "load_id": load_id,
                }
            )
    _put_submissions(connection, inserts, known_versions)
    if updates:
        statement = SUBMISSION.update().where(SUBMISSION.c.submission_id == sa.bindparam("which"))
        connection.execute(
            statement.values(state=sa.bindparam("new_state"), revision=sa.bindparam("new_revision")), updates
        )
    resends = [
        {
            "submission_id": submission,
            "receipt_id": plan.events[submission].receipt_id,
            **dict(zip(("unit_code", "period", "form"), plan.key_of(submission), strict=True)),
            "version": plan.known[submission].version if submission in plan.known else None,
            "repeats": repeated,
            "reopened": False,
            "load_id": load_id,
        }
        for submission, repeated in plan.repeats.items()
    ]
    if resends:
        connection.execute(RESEND.insert(), resends)


def _put_submissions(connection: sa.Connection, rows: list[dict[str, Any]], known: set[str]) -> None:
    """Known versions are updated, not replaced: the pointer of an untouched key may refer to them."""
    fresh = [row for row in rows if row["submission_id"] not in known]
    again = [row for row in rows if row["submission_id"] in known]
    if fresh:
        connection.execute(SUBMISSION.insert(), fresh)
    if again:
        names = [name for name in again[0] if name != "submission_id"]
        statement = SUBMISSION.update().where(SUBMISSION.c.submission_id == sa.bindparam("new_submission_id"))
        connection.execute(
            statement.values({name: sa.bindparam(f"new_{name}") for name in names}),
            [{f"new_{name}": value for name, value in row.items()} for row in again],
        )


def _write_pointers(connection: sa.Connection, plan: Plan) -> None:
    rows = []
    for key in plan.moved:
        if key in plan.pointers_after:
            submission, verdict = plan.pointers_after[key]
            rows.append(
                {
                    **dict(zip(("unit_code", "period", "form"), key, strict=True)),
                    "submission_id": submission,
                    "version": plan.versions[submission],
                    "verdict_id": verdict,
                    "arrived_at": plan.events[submission].arrived_at,
                }
            )
    if rows:
        connection.execute(CURRENT_SUBMISSION.insert(), rows)


def _delete(connection: sa.Connection, table: sa.Table, keys: list[tuple[str, str, str]]) -> None:
    if keys:
        which = (
            (table.c.unit_code == sa.bindparam("u"))
            & (table.c.period == sa.bindparam("p"))
            & (table.c.form == sa.bindparam("f"))
        )
        connection.execute(table.delete().where(which), [{"u": u, "p": p, "f": f} for u, p, f in keys])


def _delete_ids(connection: sa.Connection, table: sa.Table, ids: set[str]) -> None:
    for part in chunks(ids):
        connection.execute(table.delete().where(table.c.submission_id.in_(part)))
