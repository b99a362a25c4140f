"""Collect: sources → content-addressed archive + receipts. Nothing received is ever lost, nothing is received twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..collect.sources import Entry, list_entries
from ..errors import SaimaError, Terminal
from ..model.programme import Source
from ..model.submissions import Receipt
from .context import Context


@dataclass(frozen=True)
class Collected:
    """What one look at the sources brought: new receipts, entries known already, and what could not be fetched."""

    receipts: tuple[Receipt, ...]
    known: int
    failures: tuple[str, ...]


def folder_source(directory: Path) -> Source:
    """`--from DIR` as a source of its own, named by its place so that a second look finds the same entries."""
    if not directory.is_dir():
        raise Terminal(f"没有这个目录:{directory}", f"no such folder: {directory}", "检查 --from / check --from")
    return Source(f"folder:{directory.resolve()}", "folder", str(directory.resolve()), {})


def collect(context: Context, now: datetime, from_dir: Path | None = None) -> Collected:
    """Look at every source of the programme (or at `from_dir` alone); a source that is down stops no other."""
    sources = (folder_source(from_dir),) if from_dir else context.programme.sources
    receipts: list[Receipt] = []
    failures: list[str] = []
    known = 0
    for source in sources:
        try:
            entries = list_entries(source, context.settings.home, on_error=lambda error: failures.append(str(error)))
        except SaimaError as error:
            failures.append(f"{source.name}: {error}")
            continue
        fresh = _unknown(context, source, entries)
        known += len(entries) - len(fresh)
        stored = context.archive.store_many(fresh)
        failures.extend(f"{failure.entry.name}: {failure.error}" for failure in stored.failed)
        receipts.extend(context.warehouse.add_receipts([s.receipt(now) for s in stored.stored], now))
    return Collected(tuple(receipts), known, tuple(failures))


def _unknown(context: Context, source: Source, entries: list[Entry]) -> list[Entry]:
    """Entries not yet receipted. Same name, time and size is not enough: the bytes decide (DESIGN §4)."""
    known = context.warehouse.known_entries(source.name)
    fresh = []
    for entry in entries:
        hashes = known.get((entry.name, entry.arrived_at, entry.size))
        if hashes is None or _sha256(entry.path) not in hashes:
            fresh.append(entry)
    return fresh


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
