"""Drop folders: what lies in a directory now. Listing reads names, times and sidecars, never content."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from pipelines.errors import Terminal, Transient
from pipelines.model.programme import Source

from .entries import (
    OUT,
    SIDECAR,
    SIDECAR_MAX_BYTES,
    Entry,
    OnError,
    as_text,
    is_ignored,
    open_regular,
    read_manifest,
    utc_of,
)
from .source_client import plain_path

GROWING_SECONDS = 60.0
"""A file changed longer ago than this is not being uploaded any more."""


class FolderClient:
    """A drop folder; `location` may be relative to SAIMA_HOME."""

    uploads_are_atomic = False

    def __init__(self, source: Source, home: Path) -> None:
        self.source = source
        self.root = home / Path(source.location).expanduser()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def listing(self, on_error: OnError | None) -> list[Entry]:
        """All files with their sidecars read, `.done` marks among them."""
        source = self.source
        if not Path(source.location).expanduser().is_absolute():
            self.root.mkdir(parents=True, exist_ok=True)  # the home's own; a mount that is not there is never made up
        if not self.root.is_dir():
            raise Transient(
                f"来源 {source.name} 的文件夹不存在：{self.root}",
                f"the folder of source {source.name} is not there: {self.root}",
                "检查 sources.toml 或挂载 / check sources.toml or the mount",
            )
        return list(_walk(source.name, self.root, self.root.resolve(), on_error))

    def attach(self, entries: Sequence[Entry], beside: Mapping[str, Entry]) -> list[Entry]:
        return list(entries)

    def entries(self, names: Sequence[str]) -> list[Entry]:
        """The entries of these names alone, for whoever has just put whole files there; what is no file inside is left out."""
        found = (_entry(self.source.name, self.root, self.root.resolve(), self.root / name) for name in names)
        return [replace(entry, may_grow=False) for entry in found if entry is not None]

    def put(self, name: str, data: bytes) -> str:
        """Written under a temporary name and renamed, so that nobody takes half a file."""
        target = self.root / OUT / plain_path(name)
        temporary = target.with_name(f".{target.name}.part")
        try:
            self._inside(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            temporary.replace(target)
        except OSError as cause:
            raise Transient(
                f"无法写入 {target}（{cause.strerror}）", f"cannot write {target} ({cause.strerror})"
            ) from cause
        return str(target)

    def remove(self, name: str) -> None:
        target = self.root / OUT / plain_path(name)
        try:
            self._inside(target)
            target.unlink(missing_ok=True)
        except OSError as cause:
            raise Transient(
                f"无法删除 {target}（{cause.strerror}）", f"cannot remove {target} ({cause.strerror})"
            ) from cause

    def _inside(self, target: Path) -> None:
        """Somebody else owns this folder: a link in it must not make us write elsewhere."""
        if not target.parent.resolve().is_relative_to(self.root.resolve()):
            raise Terminal(f"{target} 指向文件夹之外", f"{target} leads out of the folder")


def _walk(source: str, root: Path, resolved_root: Path, on_error: OnError | None) -> Iterator[Entry]:
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listing:
                items = sorted(listing, key=lambda item: item.name)
        except OSError as cause:
            error = Transient(
                f"文件夹无法读取：{folder}（{cause.strerror}）",
                f"the folder cannot be read: {folder} ({cause.strerror})",
            )
            if on_error is None:
                raise error from cause
            on_error(error)
            continue
        for item in items:
            is_mark = item.name.casefold().endswith(SIDECAR) and not item.is_dir(follow_symlinks=False)
            if (is_ignored(item.name) and not is_mark) or (folder == root and item.name == OUT):
                continue
            if item.is_dir(follow_symlinks=False):
                folders.append(Path(item.path))
            else:
                entry = _entry(source, root, resolved_root, Path(item.path))
                if entry is not None:
                    yield entry


def _entry(source: str, root: Path, resolved_root: Path, path: Path) -> Entry | None:
    """None for what is not a regular file inside the folder, or vanished since it was listed."""
    try:
        real = path.resolve(strict=True) if path.is_symlink() else path
        if real is not path and not real.is_relative_to(resolved_root):
            return None
        status = real.stat()
    except (OSError, RuntimeError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    manifest, problem = sidecar_of(path)
    return Entry(
        source=source,
        name=as_text(path.relative_to(root).as_posix()),
        path=real,
        arrived_at=utc_of(status.st_mtime_ns),
        size=status.st_size,
        manifest=manifest,
        manifest_problem=problem,
        may_grow=abs(time.time() - status.st_mtime) < GROWING_SECONDS,
    )


def sidecar_of(path: Path) -> tuple[dict[str, str], str]:
    """What the sidecar beside a file declares, or why it cannot be read; ({}, "") where there is none. A link is not followed (it
    may lead out of the folder), a pipe not waited for."""
    if path.name.casefold().endswith(SIDECAR):
        return {}, ""
    sidecar = path.with_name(path.name + SIDECAR)
    try:
        with open_regular(sidecar) as file:
            return read_manifest(file.read(SIDECAR_MAX_BYTES + 1), sidecar.name)
    except FileNotFoundError:
        return {}, ""
    except OSError as cause:
        return {}, f"{sidecar.name}: {cause.strerror}"
