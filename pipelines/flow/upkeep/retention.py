"""What may go after a while: warehouses that rebuilds set aside, and what killed processes left half written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..runtime.context import Context
from .rebuild import kept_warehouses

LEFTOVER_HOURS = 24
"""A file that is being written is younger."""


@dataclass(frozen=True)
class RemovedPath:
    """A folder or file that goes, why, and how big it is."""

    path: str
    reason: str
    bytes: int


@dataclass(frozen=True)
class RetentionDocument:
    """The JSON of `saima lake retention`."""

    days: int
    dry_run: bool
    removed: tuple[RemovedPath, ...]


def apply_retention(context: Context, now: datetime, days: int, dry_run: bool) -> RetentionDocument:
    """Removes what is older than `days` (half-written leftovers: a day). The archive, the lake, editions and the audit log have no
    end: what rests on them must stay provable."""
    home = context.settings.home
    old = now - timedelta(days=days)
    leftover = now - timedelta(hours=LEFTOVER_HOURS)
    gone = [(p, "重建前的仓库 / set aside by a rebuild") for p in kept_warehouses(home) if _changed(p) < old]
    gone += [(p, "未写完的残留 / half written") for p in _half_written(home) if _changed(p) < leftover]
    removed = tuple(RemovedPath(str(path), reason, _size(path)) for path, reason in gone)
    if removed and not dry_run:
        for path, _ in gone:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        context.warehouse.audit("saima", "retention", "home", {"removed": [one.path for one in removed]}, now)
    return RetentionDocument(days, dry_run, removed)


def _half_written(home: Path) -> Iterator[Path]:
    """Copies into the archive and files of editions and deliveries whose process died."""
    incoming = home / "raw" / "incoming"
    yield from sorted(incoming.iterdir()) if incoming.is_dir() else ()
    for room in ("editions", "out"):
        yield from sorted(p for p in (home / room).rglob(".*.partial")) if (home / room).is_dir() else ()


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
