"""Entries of a listing: which names are submissions, what a sidecar declares, how the bytes are opened."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pipelines.errors import SaimaError
from pipelines.model.visible_text import visible

SIDECAR = ".manifest.json"
DONE = ".done"
OUT = "out"
"""Folder of a place that what Saima returns goes to; nothing in it is a submission."""
SIDECAR_MAX_BYTES = 65_536
_TEMPORARY_ENDINGS = (".part", ".tmp", ".temp", ".crdownload", ".partial", ".filepart", ".swp", "~")
_LEFT_BY_SYSTEMS = frozenset({"thumbs.db", "desktop.ini"})
OnError = Callable[[SaimaError], None]


@dataclass(frozen=True)
class Entry:
    """One file of a listing. `name` is the POSIX path inside the source as text (bytes that are not UTF-8 are escaped);
    `arrived_at` the source's modification time in UTC; `size` in bytes. `manifest` is the sidecar
    `<file>.manifest.json`; one that cannot be read leaves it empty and says why in `manifest_problem`. A local file has
    a `path`, any other an `opener` that fetches it; `may_grow`: an upload may still be going on."""

    source: str
    name: str
    path: Path | None
    arrived_at: datetime
    size: int
    manifest: dict[str, str] = dataclass_field(default_factory=dict)
    manifest_problem: str = ""
    opener: Callable[[], BinaryIO] | None = dataclass_field(default=None, compare=False, repr=False)
    may_grow: bool = dataclass_field(default=False, compare=False)

    def open(self) -> BinaryIO:
        """The bytes, from the beginning. OSError (local) or SaimaError (fetched) where they cannot be had."""
        if self.path is not None:
            return open_regular(self.path)
        assert self.opener is not None
        return self.opener()


def open_regular(path: Path) -> BinaryIO:
    """A regular file, not what somebody put in its place since it was listed: a link is not followed, a pipe not waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "不是文件 / not a file", str(path))
    return os.fdopen(descriptor, "rb")


def is_submission(name: str) -> bool:
    """Not hidden, temporary, a sidecar or a mark, and not below `out/`; `name` is a path inside the source."""
    parts = name.split("/")
    return parts[0] != OUT and not any(is_ignored(part) for part in parts) and not name.casefold().endswith(DONE)


def is_ignored(name: str) -> bool:
    """Hidden and temporary files; a name that begins with two dots is somebody's odd name, not a hidden file."""
    lower = name.casefold()
    hidden = lower.startswith((".", "~$")) and not lower.startswith("..")
    return hidden or lower.endswith((SIDECAR, *_TEMPORARY_ENDINGS)) or lower in _LEFT_BY_SYSTEMS


def utc_of(nanoseconds: int) -> datetime:
    """Exact to the microsecond: a float of seconds since 1970 is not."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


def as_text(name: str) -> str:
    """A file name of the system as text that can be stored."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def read_manifest(content: bytes, name: str) -> tuple[dict[str, str], str]:
    """What a sidecar declares, or why it cannot be read."""
    if len(content) > SIDECAR_MAX_BYTES:
        return {}, f"{name}：超过 {SIDECAR_MAX_BYTES} 字节 / larger than {SIDECAR_MAX_BYTES} bytes"
    try:
        data = json.loads(visible(content.decode("utf-8")))
    except (ValueError, RecursionError):
        return {}, f"{name}：不是 JSON / not JSON"
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        return {}, f"{name}：应为文本键值 / must be an object of texts"
    return {str(key): value for key, value in data.items()}, ""
