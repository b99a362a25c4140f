"""The lake side of a load: one commit a table, and the rows that become current."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from ..db.faults import fault_point
from ..db.in_lists import chunks
from ..db.schema import COMMITTED_SNAPSHOT, CURRENT_SUBMISSION, VERDICT
from ..ledger.load_plan import Plan
from ..staging.stage_reader import Key, StagedBatch
from .lake import CommittedSnapshots, Lake, Slice, with_load_id


def read_committed_snapshots(connection: sa.Connection) -> dict[str, int]:
    """Lake table → committed snapshot."""
    return {r.table_name: r.snapshot_id for r in connection.execute(sa.select(COMMITTED_SNAPSHOT))}


def commit_lake(
    lake: Lake,
    load_id: str,
    batch: StagedBatch,
    plan: Plan,
    committed_snapshots: CommittedSnapshots,
    pointer_rows: pa.Table | None,
    verdicts: set[str],
) -> tuple[dict[str, int], dict[str, int]]:
    """One commit a table; returns the new pins and the rows written."""
    new_snapshots, written = dict(committed_snapshots), {}
    properties = {"load_id": load_id, "submissions": str(len(plan.kept))}
    dropped = set(plan.dropped)
    for name in lake.register.tables:
        if name == "ranking_history":
            continue
        rows = batch.rows(name) if name != "current_submissions" else pointer_rows
        slices = _slices(name, plan, verdicts)
        if rows is None or (rows.num_rows == 0 and not slices):
            continue
        if name != "current_submissions":
            if dropped and rows.num_rows:
                mask = pc.is_in(rows["submission_id"], pa.array(sorted(dropped), pa.string()))
                rows = rows.filter(pc.invert(mask))
            rows = with_load_id(lake.register[name], rows, load_id)
        snapshot = lake.replace(name, committed_snapshots, slices, rows, properties)
        if snapshot is not None:
            new_snapshots[name] = snapshot
        written[name] = rows.num_rows
        fault_point("load.lake_first_table")
    return new_snapshots, written


def current_rows(
    lake: Lake, form: str, batch: StagedBatch, plan: Plan, committed_snapshots: CommittedSnapshots, load_id: str
) -> pa.Table:
    """Accepted rows of what became current: from the stage, or from the lake where the pointer fell back."""
    table = lake.register.fact(form)
    name = table.name
    now_current = {plan.pointers_after[k][0]: k for k in plan.rewritten if k[2] == form and k in plan.pointers_after}
    here = [i for i in now_current if i in plan.kept]
    elsewhere = [i for i in now_current if i not in plan.kept]
    parts = []
    if here:
        rows = batch.rows(name)
        own = pc.is_in(rows["submission_id"], pa.array(sorted(here), pa.string()))
        parts.append(with_load_id(table, rows.filter(pc.and_(own, _accepted(rows))), load_id))
    if elsewhere:
        periods = sorted({now_current[i][1] for i in elsewhere})
        rows = lake.read(name, committed_snapshots, None, periods, ("submission_id", elsewhere))
        parts.append(rows.filter(_accepted(rows)))
    return pa.concat_tables(parts) if parts else table.schema.empty_table()


def _accepted(rows: pa.Table) -> pa.ChunkedArray:
    return pc.equal(rows["row_status"], "accepted")


def _slices(name: str, plan: Plan, verdicts: set[str]) -> list[Slice]:
    if name == "findings":
        periods = {s.key[1] for s in plan.kept.values() if s.verdict_id in verdicts}
        return [Slice(frozenset(periods), "verdict_id", frozenset(verdicts))] if verdicts and periods else []
    if name == "current_submissions":
        periods = {period for _, period, _ in plan.moved}
        return [Slice(frozenset(periods))] if periods else []
    removed = plan.removed
    if name.startswith("fact_"):
        removed = {i: key for i, key in removed.items() if name == f"fact_{key[2]}"}
    periods = {key[1] for key in removed.values()}
    return [Slice(frozenset(periods), "submission_id", frozenset(removed))] if removed else []


def known_verdicts(connection: sa.Connection, batch: StagedBatch) -> set[str]:
    known: set[str] = set()
    for ids in chunks(s.verdict_id for s in batch.submissions):
        known.update(connection.scalars(sa.select(VERDICT.c.verdict_id).where(VERDICT.c.verdict_id.in_(ids))))
    return known


def pointer_rows(connection: sa.Connection, lake: Lake, plan: Plan, load_id: str) -> pa.Table | None:
    """The pointer table of the touched periods as it will stand; None where no pointer moves."""
    moved = set(plan.moved)
    if not moved:
        return None
    table = CURRENT_SUBMISSION.c
    rows = []
    for period in sorted({period for _, period, _ in moved}):
        query = sa.select(table.unit_code, table.form, table.submission_id, table.version, table.arrived_at)
        for unit, form, submission, version, arrived_at in connection.execute(query.where(table.period == period)):
            key: Key = (unit, period, form)
            if key not in moved:
                rows.append((period, unit, form, submission, load_id, version, arrived_at))
    for key in moved & plan.pointers_after.keys():
        submission = plan.pointers_after[key][0]
        event = plan.events[submission]
        rows.append((key[1], key[0], key[2], submission, load_id, plan.versions[submission], event.arrived_at))
    schema = lake.register["current_submissions"].schema
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in sorted(rows)], schema=schema)
