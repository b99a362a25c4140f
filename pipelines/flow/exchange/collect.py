"""Collect: sources → content-addressed archive + receipts. Nothing received is ever lost, nothing is received twice."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ...collect.archive import Stored
from ...collect.entries import Entry
from ...collect.folder_source import FolderClient
from ...collect.open_source import open_source_client, scan
from ...collect.receipt_journal import begin_journal, journal_path, note_receipts
from ...errors import SaimaError, Terminal
from ...model.programme import Source
from ...model.submissions import AHEAD, Receipt
from ...settings import connections
from ..runtime.context import Context
from ..runtime.stage_log import logged_stage
from .reply_outbox import deliver

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Collected:
    """What one look at the sources brought: new receipts, entries known already, and what could not be fetched."""

    receipts: tuple[Receipt, ...]
    known: int
    failures: tuple[str, ...]
    down: tuple[tuple[str, str], ...] = ()
    """(source, reason) of the sources that could not be looked at."""
    looked: tuple[str, ...] = ()
    """Sources that could."""


class OwnFailure(Exception):
    """The archive or the ledger failed while a source was looked at."""

    def __init__(self, cause: SaimaError) -> None:
        super().__init__(str(cause))
        self.cause = cause


@contextmanager
def _own() -> Iterator[None]:
    try:
        yield
    except SaimaError as cause:
        raise OwnFailure(cause) from cause


def folder_source(directory: Path) -> Source:
    """`--from DIR` as a source of its own, named by its place so that a second look finds the same entries."""
    if not directory.is_dir():
        raise Terminal(f"没有这个目录：{directory}", f"no such folder: {directory}", "检查 --from / check --from")
    return Source(f"folder:{directory.resolve()}", "folder", str(directory.resolve()), {})


@logged_stage(
    "collect", lambda done: {"files": len(done.receipts), "known": done.known, "not_fetched": len(done.failures)}
)
def collect(
    context: Context, now: datetime, from_dir: Path | None = None, expect: Callable[[int], object] | None = None
) -> Collected:
    """Look at every source of the programme (or at `from_dir` alone); a source that is down stops no other. `expect` is told how many
    new files a source has, before they are fetched: who will read them can get ready."""
    sources = (folder_source(from_dir),) if from_dir else context.programme.sources
    if not journal_path(context.settings.raw).exists():  # a home older than the journal, or one that lost it
        begin_journal(context.settings.raw, [known.receipt for known in context.warehouse.receipts()])
    context.archive.remove_half_stored()
    receipts: list[Receipt] = []
    failures: list[str] = []
    down: list[tuple[str, str]] = []
    known = 0
    for source in sources:
        try:
            found, passed = _collect_one(context, source, now, failures, expect)
        except OwnFailure as own:
            raise own.cause from own  # a full disk of ours is no fault of the source, nor is it passed over
        except SaimaError as error:
            failures.append(f"{source.name}: {error}")
            down.append((source.name, str(error)))
            continue
        receipts.extend(found)
        known += passed
    for failure in failures:
        logger.warning("not fetched: %s", failure)
    fallen = {name for name, _ in down}
    looked = tuple(source.name for source in sources if source.name not in fallen)
    return Collected(tuple(receipts), known, tuple(failures), tuple(down), looked)


def collect_files(context: Context, source: Source, names: Sequence[str], now: datetime) -> Collected:
    """Receipts of files that lie whole in a folder source, without a look at what else lies there: what a person uploads is
    answered at once. Files known already give no receipt."""
    with FolderClient(source, context.settings.home) as place:
        stored = context.archive.store_many(place.entries(names))
    offered = [one.receipt(now) for one in stored.stored]
    note_receipts(context.settings.raw, offered)
    received = context.warehouse.add_receipts(offered, now)
    failures = tuple(f"{failure.entry.name}: {failure.error}" for failure in stored.failed)
    return Collected(tuple(received), len(offered) - len(received), failures)


def _collect_one(
    context: Context, source: Source, now: datetime, failures: list[str], expect: Callable[[int], object] | None
) -> tuple[Sequence[Receipt], int]:
    """New receipts of a source and the number of entries known already; single files that fail go to `failures`."""
    known: dict[tuple[str, datetime, int], frozenset[str]] = {}

    def look_up(names: Collection[str]) -> None:
        """What the ledger knows of the names that are listed; never of all that a source ever sent."""
        with _own():
            known.update(context.warehouse.known_entries(source.name, names))

    def is_known(entry: Entry) -> bool:
        """Of a local file the bytes decide, not name, time and size (DESIGN §4); a remote one is not fetched twice for it."""
        hashes = known.get((entry.name, entry.arrived_at, entry.size))
        if entry.path is None:
            return hashes is not None
        ahead = known.get((entry.name, AHEAD, entry.size), frozenset())
        return bool(hashes or ahead) and _sha256(entry.path) in (hashes or frozenset()) | ahead

    with open_source_client(source, context.settings.home, connections()) as place:
        fresh, passed = scan(place, source, is_known, lambda error: failures.append(str(error)), listed=look_up)
        if fresh and expect is not None:
            expect(len(fresh))
        with _own():
            stored = context.archive.store_many(fresh)
            failures.extend(f"{failure.entry.name}: {failure.error}" for failure in stored.failed)
            offered = [s.receipt(now) for s in stored.stored if not _is_ahead(s, known)]
            passed += len(stored.stored) - len(offered)
            note_receipts(context.settings.raw, offered)
            received = context.warehouse.add_receipts(offered, now)
        failures.extend(deliver(context, source, place))
        return received, passed


def _is_ahead(stored: Stored, known: Mapping[tuple[str, datetime, int], frozenset[str]]) -> bool:
    """A remote file, fetched again because its listing names another time than the one it was received with."""
    return stored.sha256 in known.get((stored.entry.name, AHEAD, stored.size), ())


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
