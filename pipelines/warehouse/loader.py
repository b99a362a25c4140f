"""The load: planned → one Iceberg commit a table → one SQL transaction → stage removed (DESIGN §5).

A process may die at any place: the pins (see `lake`) keep readers on the last finished load, the stage keeps the work,
and whoever loads next first finishes or gives up what was planned.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipelines.errors import Transient
from pipelines.model.loading import LoadResult, RecoverResult
from pipelines.model.tables import FORM_FIELDS, TABLES

from .columns import instant_text
from .commit import commit_sql
from .database import Database
from .faults import fault_point
from .lake import Lake, Pins, Slice, with_load_id
from .ledger import chunks
from .ledger import receipts as ledger_receipts
from .locking import file_lock, host
from .plan import Freezes, Plan, make_plan
from .schema import CURRENT_SUBMISSION, LAKE_PIN, LOAD, LOAD_STAGE, RECEIPT, VERDICT
from .stage_reader import Batch, BrokenStage, Key, read_stages, stage_key
from .staging import staged


class Loader:
    """The one writer of submissions. `lease_seconds` protects a planned load from other machines; on this one the lock
    already proves that its loader is dead."""

    def __init__(
        self, database: Database, lake: Lake, lock: Path, stage_root: Path, lease_seconds: int, lock_timeout: float
    ) -> None:
        self.database = database
        self.lake = lake
        self.lock = lock
        self.stage_root = stage_root
        self.lease = timedelta(seconds=lease_seconds)
        self.lock_timeout = lock_timeout

    def load(self, stage_dirs: Sequence[Path], now: datetime, freezes: Freezes) -> LoadResult:
        """Loads the given stages as one load; stages already loaded are only removed."""
        with file_lock(self.lock, self.lock_timeout, "load"):
            recovered, results = self._recover(now)
            reopened = list(recovered.reopened)
            batch = self._read(list(dict.fromkeys(stage_dirs)))
            if batch is not None:
                results.append(self._finish(self._plan_load(batch, now, freezes), batch, now, freezes))
            return replace(
                _merged(results), reopened=self._pending([*reopened, *(i for r in results for i in r.reopened)])
            )

    def recover(self, now: datetime) -> RecoverResult:
        """Finishes planned loads whose stages are there, gives up the others, sets lake heads back to the pins."""
        with file_lock(self.lock, self.lock_timeout, "recover"):
            result, _ = self._recover(now)
            with self.database.read() as connection:
                pins = read_pins(connection)
            return RecoverResult(result.rolled_forward, result.abandoned, result.reopened, tuple(self.lake.reset(pins)))

    def _read(self, folders: list[Path]) -> Batch | None:
        """The stages that are there and not loaded yet; a broken one is removed, its receipts are still pending."""
        waiting = [folder for folder in folders if folder.is_dir()]
        while waiting:
            try:
                waiting = [folder for folder in waiting if not self._remove_if_loaded(folder)]
                return read_stages(waiting) if waiting else None
            except BrokenStage as broken:
                shutil.rmtree(broken.folder)
                waiting.remove(broken.folder)
        return None

    def _recover(self, now: datetime) -> tuple[RecoverResult, list[LoadResult]]:
        with self.database.read() as connection:
            planned = connection.execute(
                sa.select(LOAD).where(LOAD.c.state == "planned").order_by(LOAD.c.ordinal)
            ).all()
        forward: list[LoadResult] = []
        abandoned: list[str] = []
        reopened: list[str] = []
        for load in planned:
            if load.host != host() and load.lease_until > now:
                raise Transient(
                    f"批次 {load.load_id} 正由 {load.host} 写入",
                    f"load {load.load_id} is being written by {load.host}",
                    f"租约至 / lease until {instant_text(load.lease_until)}",
                )
            batch = self._batch_of(load.load_id)
            if batch is None:
                abandoned.append(load.load_id)
                reopened.extend(self._abandon(load.load_id, load.receipts))
            else:
                freezes = {(f, p): _instant(text) for f, p, text in load.freezes}
                forward.append(self._finish(load.load_id, batch, now, freezes))
        for folder in staged(self.stage_root):
            with contextlib.suppress(BrokenStage):
                self._remove_if_loaded(folder)
        return (
            RecoverResult(tuple(r.load_id for r in forward if r.load_id), tuple(abandoned), tuple(reopened)),
            forward,
        )

    def _plan_load(self, batch: Batch, now: datetime, freezes: Freezes) -> str:
        with self.database.write() as connection:
            ordinal = (connection.scalar(sa.select(sa.func.max(LOAD.c.ordinal))) or 0) + 1
            load_id = f"l{ordinal:06d}"
            connection.execute(
                LOAD.insert().values(
                    load_id=load_id,
                    ordinal=ordinal,
                    state="planned",
                    host=host(),
                    pid=os.getpid(),
                    planned_at=now,
                    lease_until=now + self.lease,
                    freezes=[[f, p, at and instant_text(at)] for (f, p), at in sorted(freezes.items())],
                    receipts=batch.receipts,
                )
            )
            connection.execute(
                LOAD_STAGE.insert(),
                [{"stage_key": k, "load_id": load_id, "folder": str(folder)} for k, folder in batch.stage_keys],
            )
        fault_point("load.planned")
        return load_id

    def _finish(self, load_id: str, batch: Batch, now: datetime, freezes: Freezes) -> LoadResult:
        """From planned to committed; run again after a crash it does the same again."""
        with self.database.read() as connection:
            plan = make_plan(connection, batch, freezes)
            pins = read_pins(connection)
            pointer_rows = _pointer_rows(connection, plan, load_id)
            verdicts = _known_verdicts(connection, batch)
        new_pins, written = self._commit_lake(load_id, batch, plan, pins, pointer_rows, verdicts)
        fault_point("load.lake_committed")
        facts = {form: self._current_facts(form, batch, plan, new_pins, load_id) for form in FORM_FIELDS}
        with self.database.write() as connection:
            result = commit_sql(connection, load_id, batch, plan, new_pins, facts, written, now)
            fault_point("load.sql_open")
        fault_point("load.sql_committed")
        for _, folder in batch.stage_keys:
            shutil.rmtree(folder, ignore_errors=True)
        fault_point("load.stage_removed")
        return result

    def _commit_lake(
        self, load_id: str, batch: Batch, plan: Plan, pins: Pins, pointer_rows: pa.Table | None, verdicts: set[str]
    ) -> tuple[dict[str, int], dict[str, int]]:
        """One commit a table; returns the new pins and the rows written."""
        new_pins, written = dict(pins), {}
        properties = {"load_id": load_id, "submissions": str(len(plan.kept))}
        dropped = set(plan.dropped)
        for name in TABLES:
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
                rows = with_load_id(name, rows, load_id)
            snapshot = self.lake.replace(name, pins, slices, rows, properties)
            if snapshot is not None:
                new_pins[name] = snapshot
            written[name] = rows.num_rows
            fault_point("load.lake_first_table")
        return new_pins, written

    def _current_facts(self, form: str, batch: Batch, plan: Plan, pins: Pins, load_id: str) -> pa.Table:
        """Accepted rows of what became current: from the stage, or from the lake where the pointer fell back."""
        name = f"fact_{form}"
        now_current = {
            plan.pointers_after[k][0]: k for k in plan.rewritten if k[2] == form and k in plan.pointers_after
        }
        here = [i for i in now_current if i in plan.kept]
        elsewhere = [i for i in now_current if i not in plan.kept]
        parts = []
        if here:
            rows = batch.rows(name)
            mask = pc.is_in(rows["submission_id"], pa.array(sorted(here), pa.string()))
            parts.append(with_load_id(name, rows.filter(mask), load_id))
        if elsewhere:
            periods = sorted({now_current[i][1] for i in elsewhere})
            parts.append(self.lake.read(name, pins, None, periods, ("submission_id", elsewhere)))
        rows = pa.concat_tables(parts) if parts else TABLES[name].schema.empty_table()
        return rows.filter(pc.equal(rows["row_status"], "accepted"))

    def _remove_if_loaded(self, folder: Path) -> bool:
        """A stage of a committed load that was not removed (the loader died right then), or delivered twice."""
        key = stage_key(folder)
        with self.database.read() as connection:
            query = sa.select(LOAD.c.state).join(LOAD_STAGE, LOAD_STAGE.c.load_id == LOAD.c.load_id)
            state = connection.scalar(query.where(LOAD_STAGE.c.stage_key == key))
        if state == "committed":
            shutil.rmtree(folder)
        return state == "committed"

    def _batch_of(self, load_id: str) -> Batch | None:
        with self.database.read() as connection:
            rows = connection.execute(sa.select(LOAD_STAGE).where(LOAD_STAGE.c.load_id == load_id)).all()
        folders = sorted(Path(row.folder) for row in rows)
        try:
            batch = read_stages(folders)
        except BrokenStage:
            return None
        whole = bool(rows) and {key for key, _ in batch.stage_keys} == {row.stage_key for row in rows}
        return batch if whole else None

    def _pending(self, receipts: list[str]) -> tuple[str, ...]:
        """Those of the reopened receipts that this load did not settle itself."""
        with self.database.read() as connection:
            waiting = {known.receipt.receipt_id for known in ledger_receipts(connection, ("received",), ids=receipts)}
        return tuple(receipt for receipt in dict.fromkeys(receipts) if receipt in waiting)

    def _abandon(self, load_id: str, receipts: list[str]) -> list[str]:
        """The stage is lost: its receipts wait again and are judged from the archive."""
        with self.database.write() as connection:
            connection.execute(LOAD.update().where(LOAD.c.load_id == load_id).values(state="abandoned"))
            connection.execute(LOAD_STAGE.delete().where(LOAD_STAGE.c.load_id == load_id))
            for ids in chunks(receipts):
                connection.execute(RECEIPT.update().where(RECEIPT.c.receipt_id.in_(ids)).values(state="received"))
        return list(receipts)


def read_pins(connection: sa.Connection) -> dict[str, int]:
    """Lake table → committed snapshot."""
    return {r.table_name: r.snapshot_id for r in connection.execute(sa.select(LAKE_PIN))}


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


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


def _known_verdicts(connection: sa.Connection, batch: Batch) -> set[str]:
    known: set[str] = set()
    for ids in chunks(s.verdict_id for s in batch.submissions):
        known.update(connection.scalars(sa.select(VERDICT.c.verdict_id).where(VERDICT.c.verdict_id.in_(ids))))
    return known


def _pointer_rows(connection: sa.Connection, plan: Plan, load_id: str) -> pa.Table | None:
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
    schema = TABLES["current_submissions"].schema
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in sorted(rows)], schema=schema)


def _merged(results: list[LoadResult]) -> LoadResult:
    """Loads finished on the way (a predecessor's and this one) as one answer."""
    rows: dict[str, int] = {}
    for result in results:
        for name, count in result.rows.items():
            rows[name] = rows.get(name, 0) + count
    return LoadResult(
        load_id=results[-1].load_id if results else None,
        submissions=tuple(dict.fromkeys(s for r in results for s in r.submissions)),
        resent=tuple(dict.fromkeys(s for r in results for s in r.resent)),
        changed=tuple(sorted({key for r in results for key in r.changed})),
        rows=rows,
    )
