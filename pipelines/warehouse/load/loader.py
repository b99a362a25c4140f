"""The load: planned → one Iceberg commit a table → one SQL transaction → stage removed (DESIGN §5).

A process may die at any place: the pins (see `lake`) keep readers on the last finished load, the stage keeps the work,
and whoever loads next first finishes or gives up what was planned.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from pipelines.model.loading import LoadResult, RecoverResult

from ..db.bulk_rows import lay_ready
from ..db.database import Database
from ..db.faults import fault_point
from ..db.in_lists import chunks
from ..db.locking import file_lock, folder_lock
from ..db.schema import LOAD, LOAD_STAGE, RECEIPT, RULE_RUN, VERDICT, current_table
from ..lake.current_facts import sql_rows
from ..lake.lake import Lake
from ..lake.lake_files import hash_new_files
from ..lake.snapshot_commit import commit_lake, current_rows, known_verdicts, pointer_rows, read_committed_snapshots
from ..ledger.ledger import receipts as ledger_receipts
from ..ledger.load_plan import Freezes, make_plan
from ..staging.stage_reader import BrokenStage, StagedBatch, names_in, read_stages, stage_key
from ..staging.stage_writer import remove_half_written, remove_stage, staged
from .ledger_commit import commit_sql
from .load_files import plan_load, planned_freezes


class Loader:
    """The one writer of submissions. `lease_seconds`: how long a load may stay planned before the audit asks why."""

    def __init__(
        self, database: Database, lake: Lake, lock: Path, stage_root: Path, lease_seconds: int, lock_timeout: float
    ) -> None:
        self.database = database
        self.lake = lake
        self.lock = lock
        self.stage_root = stage_root
        self.lease = timedelta(seconds=lease_seconds)
        self.lock_timeout = lock_timeout

    @contextmanager
    def writing(self, purpose: str) -> Iterator[None]:
        """The only writer, on this machine and on others: whoever planned a load that is not finished is dead, whatever its lease and
        the name of its host."""
        with file_lock(self.lock, self.lock_timeout, purpose), self.database.loading(self.lock_timeout):
            yield

    def load(self, stage_dirs: Sequence[Path], now: datetime, freezes: Freezes, follow_up: bool = False) -> LoadResult:
        """Loads the given stages as one load; stages already loaded are only removed. `follow_up`: see `ledger_commit`; whoever has to
        finish this load after a crash keeps to it."""
        with self.writing("load"):
            recovered, results = self.settle(now, stage_dirs)
            reopened = list(recovered.reopened)
            with _holding(stage_dirs):
                batch = self._read(list(dict.fromkeys(stage_dirs)))
                if batch is not None:
                    planned = self._plan_load(batch, now, freezes, follow_up)
                    results.append(self._finish(planned, batch, now, freezes, follow_up))
            return replace(
                _merged(results), reopened=self._pending([*reopened, *(i for r in results for i in r.reopened)])
            )

    def recover(self, now: datetime) -> RecoverResult:
        """Finishes planned loads whose stages are there; gives up the others and sets lake heads back to the pins."""
        with self.writing("recover"):
            return self.settle(now)[0]

    def _read(self, folders: list[Path]) -> StagedBatch | None:
        """The stages that are there and not loaded yet; a broken one is removed, its receipts are still pending."""
        waiting = [folder for folder in folders if folder.is_dir()]
        while waiting:
            try:
                waiting = [folder for folder in waiting if not self._remove_if_loaded(folder)]
                return read_stages(waiting, self.lake.register) if waiting else None
            except BrokenStage as broken:
                remove_stage(broken.folder)
                waiting.remove(broken.folder)
        return None

    def settle(self, now: datetime, wanted: Sequence[Path] = ()) -> tuple[RecoverResult, list[LoadResult]]:
        """`recover` for one who holds the lock: also what the loads that were finished did. `wanted`: stages to be loaded next."""
        with self.database.read() as connection:
            planned = connection.execute(
                sa.select(LOAD).where(LOAD.c.state == "planned").order_by(LOAD.c.ordinal)
            ).all()
        forward: list[LoadResult] = []
        abandoned: list[str] = []
        reopened: list[str] = []
        reset: set[str] = set()
        for load in planned:
            batch = self._batch_of(load.load_id)
            if batch is None:
                reset.update(self._reset_lake())
                abandoned.append(load.load_id)
                reopened.extend(self._abandon(load.load_id, load.receipts))
            else:
                with _holding(folder for _, folder in batch.stage_keys):
                    forward.append(self._finish(load.load_id, batch, now, planned_freezes(load), load.announce))
        for folder in staged(self.stage_root):
            with contextlib.suppress(BrokenStage):
                if not self._remove_if_loaded(folder) and folder not in wanted:
                    self._remove_if_overtaken(folder)
        remove_half_written(self.stage_root)
        return (
            RecoverResult(
                tuple(r.load_id for r in forward if r.load_id), tuple(abandoned), tuple(reopened), tuple(sorted(reset))
            ),
            forward,
        )

    def _reset_lake(self) -> list[str]:
        with self.database.read() as connection:
            committed_snapshots = read_committed_snapshots(connection)
        return self.lake.reset(committed_snapshots)

    def _plan_load(self, batch: StagedBatch, now: datetime, freezes: Freezes, follow_up: bool) -> str:
        with self.database.write() as connection:
            load_id = plan_load(connection, now, self.lease, freezes, batch.receipts, follow_up)
            connection.execute(
                LOAD_STAGE.insert(),
                [{"stage_key": k, "load_id": load_id, "folder": folder.name} for k, folder in batch.stage_keys],
            )
        fault_point("load.planned")
        return load_id

    def _finish(self, load_id: str, batch: StagedBatch, now: datetime, freezes: Freezes, follow_up: bool) -> LoadResult:
        """From planned to committed, by one who holds the stages; run again after a crash it does the same again."""
        with self.database.read() as connection:
            plan = make_plan(connection, batch, freezes)
            committed_snapshots = read_committed_snapshots(connection)
            pointers = pointer_rows(connection, self.lake, plan, load_id)
            verdicts = known_verdicts(connection, batch)
        new_snapshots, written = commit_lake(self.lake, load_id, batch, plan, committed_snapshots, pointers, verdicts)
        fault_point("load.lake_committed")
        with self.database.read() as connection:
            files = hash_new_files(connection, self.lake, committed_snapshots, new_snapshots)
        rows = {RULE_RUN.name: batch.rule_runs({one.verdict_id for one in plan.kept.values()})}
        for form in self.lake.register.forms:
            facts = self.lake.register.fact(form)
            current = current_rows(self.lake, form, batch, plan, new_snapshots, load_id)
            rows[current_table(facts).name] = sql_rows(facts, current)
        bulk = lay_ready(self.database, batch.stage_keys[0][1], rows)
        with self.database.write() as connection:
            result = commit_sql(connection, load_id, batch, plan, new_snapshots, files, bulk, written, now, follow_up)
            fault_point("load.sql_open")
        fault_point("load.sql_committed")
        for _, folder in batch.stage_keys:
            with contextlib.suppress(OSError):  # what is left goes with the next load
                remove_stage(folder)
        fault_point("load.stage_removed")
        return result

    def _remove_if_loaded(self, folder: Path) -> bool:
        """A stage of a committed load that was not removed (the loader died right then), or delivered twice."""
        key = stage_key(folder)
        with self.database.read() as connection:
            query = sa.select(LOAD.c.state).join(LOAD_STAGE, LOAD_STAGE.c.load_id == LOAD.c.load_id)
            state = connection.scalar(query.where(LOAD_STAGE.c.stage_key == key))
        if state == "committed":
            remove_stage(folder)
        return state == "committed"

    def _remove_if_overtaken(self, folder: Path) -> None:
        """A stage whose process died or failed before its load was planned, and whose files were staged again among others: every verdict
        and every receipt of it has come with another load."""
        receipts, verdicts = names_in(folder)
        if self._pending(receipts):
            return
        with self.database.read() as connection:
            planned = sa.select(LOAD_STAGE.c.load_id).where(LOAD_STAGE.c.stage_key == stage_key(folder))
            if connection.execute(planned).first() is not None:
                return
            known: set[str] = set()
            for ids in chunks(verdicts):
                known.update(connection.scalars(sa.select(VERDICT.c.verdict_id).where(VERDICT.c.verdict_id.in_(ids))))
        if known.issuperset(verdicts):
            remove_stage(folder)

    def _batch_of(self, load_id: str) -> StagedBatch | None:
        with self.database.read() as connection:
            rows = connection.execute(sa.select(LOAD_STAGE).where(LOAD_STAGE.c.load_id == load_id)).all()
        # by name: a home that was copied or moved has its stages with it, those of the old place are another's
        folders = sorted(self.stage_root / Path(row.folder).name for row in rows)
        try:
            batch = read_stages(folders, self.lake.register)
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


@contextmanager
def _holding(folders: Iterable[Path]) -> Iterator[None]:
    """Whoever stages the same files again meanwhile leaves these stages where they are."""
    with contextlib.ExitStack() as held:
        for folder in folders:
            with contextlib.suppress(FileNotFoundError):
                held.enter_context(folder_lock(folder))
        yield


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
