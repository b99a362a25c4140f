"""Upkeep of the lake: small files made one, snapshots nobody needs expired, files nobody names removed. Tagged editions stay.

Each runs under the loader's lock, after what a dead loader left is settled; each may be asked first what it would do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipelines.errors import Terminal, Transient

from ..db import audit_log
from ..db.schema import COMMITTED_SNAPSHOT
from ..lake.lake import NAMESPACE, CommittedSnapshots, Slice
from ..lake.lake_files import files_of_period, hash_new_files, kept_snapshots, record_files, refuse_changed
from ..lake.snapshot_commit import read_committed_snapshots
from .load_files import commit_load, plan_load
from .loader import Loader

if TYPE_CHECKING:
    from pyiceberg.table import Table


@dataclass(frozen=True)
class TableUpkeep:
    """What was (or would be) done to one table: files made one, snapshots expired, or files removed with their bytes."""

    table: str
    files: int = 0
    snapshots: int = 0
    bytes: int = 0
    periods: tuple[str, ...] = ()


@dataclass(frozen=True)
class LakeUpkeepDocument:
    """The JSON of `saima lake compact`, `expire` and `orphans`."""

    action: str
    dry_run: bool
    tables: tuple[TableUpkeep, ...]


class LakeUpkeep:
    """The three tasks over one warehouse."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._database, self._lake = loader.database, loader.lake

    def compact(self, now: datetime, dry_run: bool, from_files: int = 2) -> LakeUpkeepDocument:
        """Rewrites the periods of each table that lie in `from_files` files or more as one file each; the rows stay the same."""
        with self._loader.writing("compact"):
            committed = self._settled(now)
            crowded = {name: found for name in committed if (found := self._crowded(name, committed, from_files))}
            if crowded and not dry_run:
                self._rewrite(crowded, committed, now)
        done = [TableUpkeep(n, files=sum(c.values()), periods=tuple(sorted(c))) for n, c in crowded.items()]
        return LakeUpkeepDocument("compact", dry_run, tuple(done))

    def expire(self, now: datetime, days: int, dry_run: bool) -> LakeUpkeepDocument:
        """Forgets snapshots older than `days`, but for those that readers see, heads, and what an edition was made from."""
        done = []
        with self._loader.writing("expire"):
            committed = self._settled(now)
            with self._database.read() as connection:
                kept = kept_snapshots(connection, committed)
            limit = int((now - timedelta(days=days)).timestamp() * 1000)
            for table in self._tables():
                name = table.name()[-1]
                protected = kept.get(name, set()) | {int(ref.snapshot_id) for ref in table.metadata.refs.values()}
                old = [
                    s.snapshot_id
                    for s in table.metadata.snapshots
                    if s.timestamp_ms < limit and s.snapshot_id not in protected
                ]
                if old and not dry_run:
                    table.maintenance.expire_snapshots().by_ids(old).commit()
                if old:
                    done.append(TableUpkeep(name, snapshots=len(old)))
            if done and not dry_run:
                self._note(now, "lake-expire", {one.table: one.snapshots for one in done})
        return LakeUpkeepDocument("expire", dry_run, tuple(done))

    def remove_orphans(self, now: datetime, hours: int, dry_run: bool) -> LakeUpkeepDocument:
        """Removes files below the tables' folders that no snapshot names and that are older than `hours` (a load may be writing the
        younger ones)."""
        done = []
        with self._loader.writing("orphans"):
            self._settled(now)
            for table in self._tables():
                orphans = list(self._orphans(table, now - timedelta(hours=hours)))
                if orphans and not dry_run:
                    for path, _ in orphans:
                        table.io.delete(path)
                if orphans:
                    done.append(
                        TableUpkeep(table.name()[-1], files=len(orphans), bytes=sum(size for _, size in orphans))
                    )
            if done and not dry_run:
                self._note(now, "lake-orphans", {one.table: one.files for one in done})
        return LakeUpkeepDocument("orphans", dry_run, tuple(done))

    def _settled(self, now: datetime) -> dict[str, int]:
        self._loader.settle(now)
        with self._database.read() as connection:
            return read_committed_snapshots(connection)

    def _tables(self) -> Iterator[Table]:
        catalog = self._lake.catalog
        for name in self._lake.register.tables:
            if catalog.table_exists((NAMESPACE, name)):
                yield catalog.load_table((NAMESPACE, name))

    def _crowded(self, name: str, committed: CommittedSnapshots, from_files: int) -> dict[str, int]:
        """Periods that lie in so many files → how many."""
        table = self._lake.catalog.load_table((NAMESPACE, name))
        files = table.inspect.data_files(committed[name])
        counted = Counter(str(partition["period"]) for partition in files["partition"].to_pylist())
        return {period: count for period, count in counted.items() if count >= from_files}

    def _rewrite(self, crowded: dict[str, dict[str, int]], committed: dict[str, int], now: datetime) -> None:
        with self._database.write() as connection:
            load_id = plan_load(connection, now, self._loader.lease, {}, ())
        pins = dict(committed)
        for name, periods in crowded.items():
            for period in sorted(
                periods
            ):  # one after another: what is held is a month of one table, whatever the age of the home
                pins[name] = self._rewrite_period(name, period, pins, load_id)
        with self._database.read() as connection:
            new_files = hash_new_files(connection, self._lake, committed, pins)
        with self._database.write() as connection:
            commit_load(connection, load_id, now)
            for name in crowded:
                pin = COMMITTED_SNAPSHOT.c
                read = (pin.table_name == name) & (pin.snapshot_id == committed[name])
                changed = COMMITTED_SNAPSHOT.update().where(read).values(snapshot_id=pins[name], load_id=load_id)
                if connection.execute(changed).rowcount != 1:
                    raise Transient(
                        f"压缩期间 {name} 又有入库，未采用",
                        f"{name} was loaded into while it was compacted: not taken",
                        "重试 / try again",
                    )
            detail: dict[str, object] = {"files": {name: sum(c.values()) for name, c in crowded.items()}}
            detail |= record_files(connection, load_id, new_files)
            audit_log.append(connection, now, "saima", "lake-compact", load_id, detail)

    def _rewrite_period(self, name: str, period: str, pins: CommittedSnapshots, load_id: str) -> int:
        """The new snapshot; Terminal where a row was lost or doubled."""
        table = self._lake.at_snapshot(name, pins[name])
        with self._database.read() as connection:
            refuse_changed(connection, table, files_of_period(table, pins[name], period))
        rows = self._lake.read(name, pins, None, [period])
        written = self._lake.replace(name, pins, [Slice(frozenset([period]))], rows, {"load_id": load_id})
        assert written is not None
        again = self._lake.read(name, {name: written}, ["period"], [period]).num_rows
        if again != rows.num_rows:
            raise Terminal(
                f"压缩 {name} {period} 后行数不同（{again} ≠ {rows.num_rows}），未采用",
                f"{name} {period} has {again} rows after compaction, {rows.num_rows} before: not taken",
            )
        return written

    def _orphans(self, table: Table, before: datetime) -> Iterator[tuple[str, int]]:
        """(address, bytes) of files that no metadata names."""
        import pyarrow.fs as pafs

        named = _named(table)
        place = urlsplit(table.location())
        scheme = place.scheme or "file"
        system: Any = table.io.fs_by_scheme(scheme, place.netloc or None)
        root = f"{place.netloc}{place.path}"
        for file in system.get_file_info(pafs.FileSelector(root, recursive=True, allow_not_found=True)):
            address = f"{scheme}://{file.path}"
            young = file.mtime is None or file.mtime.replace(tzinfo=file.mtime.tzinfo or UTC) > before
            if file.type == pafs.FileType.File and address not in named and not young:
                yield address, int(file.size or 0)

    def _note(self, now: datetime, action: str, detail: dict[str, object]) -> None:
        with self._database.write() as connection:
            audit_log.append(connection, now, "saima", action, "lake", detail)


def _named(table: Table) -> set[str]:
    """Every file that the table's metadata names: of data, manifests, lists of manifests, and earlier metadata."""
    named = {table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)}
    for snapshot in table.metadata.snapshots:
        named.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            named.add(manifest.manifest_path)
            for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
                named.add(entry.data_file.file_path)
    named.update(str(s.statistics_path) for s in table.metadata.statistics)
    return named
