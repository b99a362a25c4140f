"""Sources of submissions: what lies there now. Listing reads names, times and sidecars, never their content."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import SaimaError, Terminal, Transient
from pipelines.model.programme import Source

KINDS = ("folder",)
SIDECAR = ".manifest.json"
SIDECAR_MAX_BYTES = 65_536
_TEMPORARY_ENDINGS = (".part", ".tmp", ".temp", ".crdownload", ".partial", ".filepart", ".swp", "~")
_LEFT_BY_SYSTEMS = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Entry:
    """One file of a listing. `name` is the POSIX path inside the source as text (bytes that are not UTF-8 are escaped);
    `arrived_at` the source's modification time in UTC; `size` in bytes. `manifest` is the sidecar
    `<file>.manifest.json`; one that cannot be read leaves it empty and says why in `manifest_problem`."""

    source: str
    name: str
    path: Path
    arrived_at: datetime
    size: int
    manifest: dict[str, str] = dataclass_field(default_factory=dict)
    manifest_problem: str = ""


def list_entries(
    source: Source,
    home: Path,
    *,
    settled_before: datetime | None = None,
    on_error: Callable[[SaimaError], None] | None = None,
) -> list[Entry]:
    """Every submission of a source, ordered by arrival and name.

    Hidden, temporary and half-uploaded files and sidecars are left out; symbolic links are followed only to files
    inside the folder. `settled_before` leaves files modified later for the next run (an upload may be going on). What
    cannot be listed raises Transient, or is handed to `on_error` while the others go on.
    """
    if source.kind not in KINDS:
        raise Terminal(
            f"来源 {source.name} 的类型 {source.kind!r} 不支持",
            f"source {source.name} has the unknown kind {source.kind!r}",
            f"允许的值 / allowed: {', '.join(KINDS)}",
        )
    root = home / Path(source.location).expanduser()
    if not root.is_dir():
        raise Transient(
            f"来源 {source.name} 的文件夹不存在:{root}",
            f"the folder of source {source.name} is not there: {root}",
            "检查 sources.toml 或挂载 / check sources.toml or the mount",
        )
    entries = [e for e in _walk(source.name, root, root.resolve(), on_error) if _settled(e, settled_before)]
    return sorted(entries, key=lambda e: (e.arrived_at, e.name))


def _settled(entry: Entry, before: datetime | None) -> bool:
    return before is None or entry.arrived_at <= before


def _walk(
    source: str, root: Path, resolved_root: Path, on_error: Callable[[SaimaError], None] | None
) -> Iterator[Entry]:
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listing:
                items = sorted(listing, key=lambda item: item.name)
        except OSError as cause:
            error = Transient(
                f"文件夹无法读取:{folder}({cause.strerror})", f"the folder cannot be read: {folder} ({cause.strerror})"
            )
            if on_error is None:
                raise error from cause
            on_error(error)
            continue
        for item in items:
            if _ignored(item.name):
                continue
            if item.is_dir(follow_symlinks=False):
                folders.append(Path(item.path))
            else:
                entry = _entry(source, root, resolved_root, Path(item.path))
                if entry is not None:
                    yield entry


def _ignored(name: str) -> bool:
    """Hidden and temporary files; a name that begins with two dots is somebody's odd name, not a hidden file."""
    lower = name.casefold()
    hidden = lower.startswith((".", "~$")) and not lower.startswith("..")
    return hidden or lower.endswith((SIDECAR, *_TEMPORARY_ENDINGS)) or lower in _LEFT_BY_SYSTEMS


def _entry(source: str, root: Path, resolved_root: Path, path: Path) -> Entry | None:
    """None for what is not a regular file inside the folder, or vanished since it was listed."""
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(resolved_root):
            return None
        status = path.stat()
    except (OSError, RuntimeError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    manifest, problem = _manifest(path)
    return Entry(
        source=source,
        name=_as_text(path.relative_to(root).as_posix()),
        path=path,
        arrived_at=_utc(status.st_mtime_ns),
        size=status.st_size,
        manifest=manifest,
        manifest_problem=problem,
    )


def _utc(nanoseconds: int) -> datetime:
    """Exact to the microsecond: a float of seconds since 1970 is not."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


def _as_text(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _manifest(path: Path) -> tuple[dict[str, str], str]:
    sidecar = path.with_name(path.name + SIDECAR)
    try:
        with sidecar.open("rb") as file:
            content = file.read(SIDECAR_MAX_BYTES + 1)
    except FileNotFoundError:
        return {}, ""
    except OSError as cause:
        return {}, f"{sidecar.name}: {cause.strerror}"
    if len(content) > SIDECAR_MAX_BYTES:
        return {}, f"{sidecar.name}: 超过 {SIDECAR_MAX_BYTES} 字节 / larger than {SIDECAR_MAX_BYTES} bytes"
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}, f"{sidecar.name}: 不是 JSON / not JSON"
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        return {}, f"{sidecar.name}: 应为文本键值 / must be an object of texts"
    return {str(key): value for key, value in data.items()}, ""
