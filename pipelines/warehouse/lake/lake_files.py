"""The data files of the lake and their SHA-256, kept in the ledger: rows of older versions, which nothing computes again, are proved too.

A file is written once and read ever after; its hash is taken when the commit that brought it is about to become visible, and recorded in
the transaction that makes it so. What a commit copies from a file into another (rows of others, compaction) is compared first, so that a
changed file never passes on under a hash of its own. A ledger older than this register takes the files it finds without a hash: unproved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipelines.errors import Terminal

from ..db.column_types import canonical_json
from ..db.database import insert_rows
from ..db.in_lists import chunks
from ..db.schema import EDITION, LAKE_FILE
from .lake import CommittedSnapshots, Lake
from .manifest_claims import manifests_of

if TYPE_CHECKING:
    from pyiceberg.io import FileIO
    from pyiceberg.table import Table

LOGGED = "lake_files"
"""Key of an audit entry's detail: digest of the files that its load brought."""
FOUND = "lake_files_found"
"""The same of files that were there before the register; written once in the life of a ledger."""
BEFORE = ""
"""Load of files that were there before."""
_BLOCK = 1 << 20


@dataclass(frozen=True)
class LakeFile:
    """A file below the folder of its table. `sha256`: None of one that nobody hashed when it was written."""

    table_name: str
    path: str
    sha256: str | None
    size: int


@dataclass(frozen=True)
class CommittedFiles:
    """What commits to the lake brought, and what was there before where nothing was registered yet (else None)."""

    new: tuple[LakeFile, ...]
    found: tuple[LakeFile, ...] | None = None


def hash_new_files(
    connection: sa.Connection, lake: Lake, before: CommittedSnapshots, after: CommittedSnapshots
) -> CommittedFiles:
    """Files that were written between two sets of pins. Terminal where a commit copied rows of a file that is not as it was written.
    Touches the lake: outside of a transaction that writes."""
    found = _found(connection, lake, before)
    new: list[LakeFile] = []
    for name in sorted(after):
        if after[name] == before.get(name):
            continue
        table = lake.at_snapshot(name, after[name])
        added, copied = _changes(table, before.get(name), after[name])
        if name != "current_submissions":  # its rows are those of the ledger, none is ever copied
            refuse_changed(connection, table, copied)
        new.extend(LakeFile(name, _relative(table, one), *_hashed(table.io, one)) for one in sorted(added))
    return CommittedFiles(tuple(new), found)


def record_files(connection: sa.Connection, load_id: str, files: CommittedFiles) -> dict[str, object]:
    """Writes them down; what the audit entry of the load has to say of them."""
    said: dict[str, object] = {}
    for key, load, rows in ((LOGGED, load_id, files.new), (FOUND, BEFORE, files.found or ())):
        if rows:
            values = [(one.table_name, one.path, one.sha256, one.size, load) for one in rows]
            insert_rows(connection, LAKE_FILE, ("table_name", "file_path", "sha256", "size", "load_id"), values)
            said[key] = {"load": load, "content": files_digest(connection, load)}
    return said


def files_digest(connection: sa.Connection, load_id: str) -> str:
    """Hash over the files of a load, as they are recorded."""
    table = LAKE_FILE.c
    query = sa.select(table.table_name, table.file_path, table.sha256, table.size).where(table.load_id == load_id)
    rows = sorted((row.table_name, row.file_path, row.sha256 or "", row.size) for row in connection.execute(query))
    return sha256(canonical_json(rows).encode()).hexdigest()


def refuse_changed(connection: sa.Connection, table: Table, addresses: Iterable[str]) -> None:
    """Terminal where one of these files of a table is recorded with another hash than it has."""
    name = table.name()[-1]
    paths = {_relative(table, address): address for address in addresses}
    for path, recorded in _recorded(connection, name, paths).items():
        if recorded is not None and _hashed(table.io, paths[path])[0] != recorded:
            raise Terminal(
                f"数据湖文件 {name}{path} 与入库时不同，未采用",
                f"the lake file {name}{path} is not as it was written: nothing of it is taken over",
                "saima audit；从备份恢复该文件，或从档案重建 / restore the file from a backup, or saima rebuild",
            )


def live_files(table: Table, snapshots: Iterable[int]) -> Iterator[tuple[str, str]]:
    """(path below the table's folder, address) of every data file that these snapshots name."""
    addresses = {
        entry.data_file.file_path
        for manifest in manifests_of(table, snapshots)
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
    }
    for address in sorted(addresses):
        yield _relative(table, address), address


def files_of_period(table: Table, snapshot: int, period: str) -> list[str]:
    """Addresses of the files that hold a period."""
    from pyiceberg.expressions import EqualTo

    scan = table.scan(row_filter=EqualTo("period", period), snapshot_id=snapshot)
    return [task.file.file_path for task in scan.plan_files()]


def kept_snapshots(connection: sa.Connection, committed: CommittedSnapshots) -> dict[str, set[int]]:
    """Table → snapshots that the ledger names: those that readers see, and those of editions."""
    kept: dict[str, set[int]] = {name: {snapshot} for name, snapshot in committed.items()}
    for snapshots in connection.execute(sa.select(EDITION.c.snapshots)).scalars():
        for name, snapshot in snapshots.items():
            kept.setdefault(name, set()).add(int(snapshot))
    return kept


def hash_of(table: Table, address: str) -> str | None:
    """SHA-256 of a file; None where it is gone."""
    try:
        return _hashed(table.io, address)[0]
    except FileNotFoundError:
        return None


def recorded_files(connection: sa.Connection) -> Mapping[tuple[str, str], str | None]:
    """(table, path) → SHA-256 of every file that was ever registered."""
    table = LAKE_FILE.c
    return {
        (r.table_name, r.file_path): r.sha256
        for r in connection.execute(sa.select(table.table_name, table.file_path, table.sha256))
    }


def _found(connection: sa.Connection, lake: Lake, committed: CommittedSnapshots) -> tuple[LakeFile, ...] | None:
    """What lies there before anything is registered; their bytes are not read: who knows what they were."""
    if connection.scalar(sa.select(LAKE_FILE.c.file_path).limit(1)) is not None:
        return None
    kept = kept_snapshots(connection, committed)
    tables = {name: lake.at_snapshot(name, committed[name]) for name in kept if name in committed}
    return tuple(
        LakeFile(name, path, None, 0) for name, table in tables.items() for path, _ in live_files(table, kept[name])
    )


def _changes(table: Table, before: int | None, after: int) -> tuple[set[str], set[str]]:
    """(addresses of files written since and still there, of those that were there before and whose rows were copied)."""
    added: set[str] = set()
    dropped: set[str] = set()
    copied: set[str] = set()
    current: int | None = after
    while current is not None and current != before:
        snapshot = table.snapshot_by_id(current)
        assert snapshot is not None
        own = [m for m in snapshot.manifests(table.io) if m.added_snapshot_id == current]
        entries = [
            entry for manifest in own for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False)
        ]
        written = {e.data_file.file_path for e in entries if e.status == _ADDED}
        gone = {e.data_file.file_path for e in entries if e.status == _DELETED}
        added |= written
        dropped |= gone
        copied |= gone if written else set()
        current = snapshot.parent_snapshot_id
    return added - dropped, copied - added


_ADDED, _DELETED = 1, 2
"""ManifestEntryStatus, without importing PyIceberg."""


def _relative(table: Table, address: str) -> str:
    """Below the table's folder, so that a home may move."""
    return address.removeprefix(table.location())


def _recorded(connection: sa.Connection, name: str, paths: Iterable[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for some in chunks(paths):
        query = sa.select(LAKE_FILE.c.file_path, LAKE_FILE.c.sha256)
        named = (LAKE_FILE.c.table_name == name) & LAKE_FILE.c.file_path.in_(some)
        found.update({row.file_path: row.sha256 for row in connection.execute(query.where(named))})
    return found


def _hashed(io: FileIO, address: str) -> tuple[str, int]:
    digest, size = sha256(), 0
    with io.new_input(address).open() as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size
