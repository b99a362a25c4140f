"""The raw archive: every file that ever arrived, once, under the SHA-256 of its bytes (DESIGN §5)."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from pipelines.errors import SaimaError, Terminal, Transient
from pipelines.model.submissions import UNREADABLE_MANIFEST, Receipt

from .entries import Entry

CHUNK = 1 << 20
_TRIES = 20
"""Folders made for one batch while other collections clear away."""
INCOMING = "incoming"


@dataclass(frozen=True)
class Stored:
    """An entry whose bytes are in the archive for good; `new` is false where the same bytes were there before."""

    entry: Entry
    sha256: str
    size: int
    new: bool

    def receipt(self, seen_at: datetime) -> Receipt:
        """The receipt of this entry, seen at the given instant (aware). Nothing arrives after it was seen: a source whose clock
        is ahead makes nobody late. Instants are kept in UTC, of which the receipt's identity is made."""
        entry = self.entry
        declared = {UNREADABLE_MANIFEST: entry.manifest_problem} if entry.manifest_problem else dict(entry.manifest)
        seen_at = seen_at.astimezone(UTC)
        arrived_at = min(entry.arrived_at, seen_at)
        return Receipt(self.sha256, entry.source, entry.name, arrived_at, seen_at, self.size, declared)


@dataclass(frozen=True)
class Failure:
    """An entry that could not be stored. Transient: the next run tries again. Terminal: it is larger than allowed."""

    entry: Entry
    error: SaimaError


@dataclass(frozen=True)
class StoreResult:
    """What became of a batch; no entry is in neither list."""

    stored: tuple[Stored, ...]
    failed: tuple[Failure, ...]


@dataclass(frozen=True)
class Archive:
    """Content-addressed store `root/<sha[:2]>/<sha>`. Objects are read-only and never change."""

    root: Path
    max_bytes: int = 200 * 1024 * 1024

    def path(self, digest: str) -> Path:
        """Where the bytes with this SHA-256 are, or would be."""
        return self.root / digest[:2] / digest

    def exists(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def verify(self, digest: str) -> bool:
        """Whether the object is there and its bytes still hash to its name."""
        try:
            with self.path(digest).open("rb") as file:
                return _digest(file) == digest
        except OSError:
            return False

    def store_many(self, entries: Iterable[Entry]) -> StoreResult:
        """Stores a batch durably: when this returns, a power cut loses nothing that is reported as stored.

        All new bytes are written to temporary names, flushed once for the whole batch, renamed, and the renames
        flushed once (a flush a file costs more than everything else together). One bad entry does not stop the others.
        A full or read-only archive raises Transient and nothing is reported as stored.
        """
        failed: list[Failure] = []
        done: list[tuple[Entry, str, int, Path | None]] = []
        fresh: dict[str, Path] = {}
        incoming, held = self.root / INCOMING, None
        try:
            incoming, held = _held_folder(incoming)
            for number, entry in enumerate(entries):
                temporary = incoming / str(number)
                try:
                    digest, size = self._copy(entry, temporary)
                except SaimaError as error:
                    temporary.unlink(missing_ok=True)
                    failed.append(Failure(entry, error))
                    continue
                if digest in fresh or self.exists(digest):
                    temporary.unlink()
                    done.append((entry, digest, size, None))
                else:
                    fresh[digest] = temporary
                    done.append((entry, digest, size, temporary))
            if fresh:
                _flush_file_system(incoming)
                self._rename(fresh)
                _flush_file_system(self.root)
        except OSError as cause:
            raise Transient(
                f"原始档案无法写入：{self.root}（{cause.strerror}）",
                f"the raw archive cannot be written: {self.root} ({cause.strerror})",
                "检查磁盘空间和权限 / check free space and permissions",
            ) from cause
        finally:
            if held is not None:
                with suppress(OSError):  # what is left there goes with the next collection
                    _remove(incoming)
                os.close(held)
        return StoreResult(
            tuple(Stored(entry, digest, size, new is not None) for entry, digest, size, new in done), tuple(failed)
        )

    def remove_half_stored(self) -> int:
        """Removes what killed processes left below `incoming/`; a folder in use is held by its process and stays."""
        removed = 0
        for folder in (self.root / INCOMING).glob("*"):
            try:
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder)
                removed += 1
            except OSError:
                continue
            finally:
                os.close(descriptor)
        return removed

    def _copy(self, entry: Entry, target: Path) -> tuple[str, int]:
        """Copies and hashes in one pass. Errors of the entry are SaimaErrors; OSErrors are the archive's own."""
        try:
            source = entry.open()
        except OSError as cause:
            raise _unreadable(entry, cause.strerror or type(cause).__name__) from cause
        digest = sha256()
        size = 0
        with source, target.open("xb") as file:
            while True:
                try:
                    chunk = source.read(CHUNK)
                except OSError as cause:
                    raise _unreadable(entry, cause.strerror or type(cause).__name__) from cause
                if not chunk:
                    break
                size += len(chunk)
                if size > self.max_bytes:
                    raise Terminal(
                        f"文件超过 {self.max_bytes} 字节：{entry.name}",
                        f"the file is larger than {self.max_bytes} bytes: {entry.name}",
                        "拆分后重报 / split it and send it again",
                    )
                digest.update(chunk)
                file.write(chunk)
            if size != entry.size:
                raise _unreadable(entry, f"正在写入 / being written: {entry.size} → {size} bytes")
        return digest.hexdigest(), size

    def _rename(self, fresh: dict[str, Path]) -> None:
        for prefix in {digest[:2] for digest in fresh}:
            (self.root / prefix).mkdir(exist_ok=True)
        for digest, temporary in fresh.items():
            temporary.chmod(0o444)
            temporary.rename(self.path(digest))


def _unreadable(entry: Entry, why: str) -> Transient:
    return Transient(
        f"文件无法读取：{entry.name}（{why}）",
        f"the file cannot be read: {entry.name} ({why})",
        "下次收取时重试 / tried again at the next collection",
    )


def _digest(file: BinaryIO) -> str:
    digest = sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _flush_file_system(folder: Path) -> None:
    """syncfs(2) where the C library has it (Linux), else sync(2): data and directory entries of the batch at once."""
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)


def _held_folder(incoming: Path) -> tuple[Path, int]:
    """A new folder that this process holds, and its descriptor. Another collection takes away what nobody holds, also a folder that was
    made a moment ago: then another one is made."""
    for _ in range(_TRIES):
        folder = incoming / uuid.uuid4().hex
        folder.mkdir(parents=True)
        with suppress(FileNotFoundError):
            held = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(held, fcntl.LOCK_EX)
            if folder.exists():
                return folder, held
            os.close(held)
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def _remove(folder: Path) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            path.unlink(missing_ok=True)
        folder.rmdir()
