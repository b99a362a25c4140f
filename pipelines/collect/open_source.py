"""A source as a place: one small protocol for drop folders, SFTP, HTTP endpoints, buckets and mail folders.

`open_place` gives the place of a source of the programme; `look` lists it, twice where uploads may be going on. What a place
cannot do now is Transient and tried again here; what will never work (no credentials, an address not allowed) is Terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from pipelines.errors import SaimaError, Terminal, Transient
from pipelines.model.connections import connection_of
from pipelines.model.programme import Source

from .entries import DONE, SIDECAR, Entry, OnError, is_submission

ATTEMPTS = 3
SETTLE_SECONDS = 2.0
MAX_ENTRIES = 100_000


class Place(Protocol):
    """Where files of a source lie. `listing` gives everything there (sidecars and marks included), cheap and without content;
    `attach` adds the manifests of the entries chosen; `put` writes a file into `out/` (its name may have folders) and says where it
    is; `remove` takes one away that is void, if it is there."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def listing(self, on_error: OnError | None) -> list[Entry]: ...

    def attach(self, entries: Sequence[Entry], beside: Mapping[str, Entry]) -> list[Entry]: ...

    def put(self, name: str, data: bytes) -> str: ...

    def remove(self, name: str) -> None: ...

    @property
    def uploads_are_atomic(self) -> bool:
        """Whether a file is seen only when it is complete (a bucket), or may be seen growing (a folder)."""
        ...


@contextmanager
def open_place(source: Source, home: Path, environment: Mapping[str, str]) -> Iterator[Place]:
    """The place of a source, connected; closed at the end. Connecting is tried three times."""
    place = _place(source, home, environment)
    try:
        for attempt in _attempts():
            with attempt:
                place.__enter__()
        yield place
    finally:
        place.__exit__(None, None, None)


def _place(source: Source, home: Path, environment: Mapping[str, str]) -> Place:
    if source.kind == "folder":
        from .folder_source import FolderPlace

        return FolderPlace(source, home)
    if source.kind == "mail":
        from .mail_source import MailPlace

        return MailPlace(source, home)
    connection = connection_of(source.name, environment)
    if source.kind == "sftp":
        from .sftp_source import SftpPlace

        return SftpPlace(source, connection)
    if source.kind == "http":
        from .http_source import HttpPlace

        return HttpPlace(source, connection)
    if source.kind == "s3":
        from .bucket_source import BucketPlace

        return BucketPlace(source, connection)
    raise Terminal(
        f"来源 {source.name} 的类型 {source.kind!r} 不支持",
        f"source {source.name} has the unknown kind {source.kind!r}",
        "允许的值 / allowed: folder, sftp, http, s3, mail",
    )


def look(
    place: Place,
    source: Source,
    is_known: Callable[[Entry], bool],
    on_error: OnError | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> tuple[list[Entry], int]:
    """(entries to fetch, ordered by arrival and name; how many are known already).

    Option `settle` of the source: `looks` (a new file must have the same size and time in two looks, `settle_seconds` apart;
    default of folders and SFTP, in folders only for files changed within the last minute), `done` (`<file>.done` must lie
    beside it), `manifest` (its sidecar must), `none`."""
    how = source.options.get("settle", "none" if place.uploads_are_atomic else "looks")
    first = _listed(place, on_error)
    fresh = [entry for entry in first.values() if is_submission(entry.name) and not is_known(entry)]
    known = sum(is_submission(name) for name in first) - len(fresh)
    if how in ("done", "manifest"):
        ending = DONE if how == "done" else SIDECAR
        fresh = [entry for entry in fresh if entry.name + ending in first]
    elif how == "looks" and any(entry.may_grow for entry in fresh):
        wait(float(source.options.get("settle_seconds", SETTLE_SECONDS)))
        second = _listed(place, on_error)
        fresh = [entry for entry in fresh if not entry.may_grow or _same(entry, second.get(entry.name))]
    limit = int(source.options["max_bytes"]) if "max_bytes" in source.options else None
    small = [entry for entry in fresh if limit is None or entry.size <= limit]
    for entry in fresh:
        if limit is not None and entry.size > limit and on_error is not None:
            on_error(too_large(entry.name, limit))
    for attempt in _attempts():
        with attempt:
            small = place.attach(small, first)
    small = [replace(e, opener=partial(_retried, e.opener)) if e.opener is not None else e for e in small]
    return sorted(small, key=lambda entry: (entry.arrived_at, entry.name)), known


def _retried(opener: Callable[[], BinaryIO]) -> BinaryIO:
    for attempt in _attempts():
        with attempt:
            return opener()
    raise AssertionError("tenacity raises the last error")


def too_large(name: str, limit: int) -> SaimaError:
    return Terminal(
        f"文件超过 {limit} 字节:{name}",
        f"the file is larger than {limit} bytes: {name}",
        "拆分后重报 / split it and send it again",
    )


def _listed(place: Place, on_error: OnError | None) -> dict[str, Entry]:
    entries: Collection[Entry] = ()
    for attempt in _attempts():
        with attempt:
            entries = place.listing(on_error)
    return {entry.name: entry for entry in entries}


def _same(first: Entry, second: Entry | None) -> bool:
    return second is not None and (first.size, first.arrived_at) == (second.size, second.arrived_at)


def _attempts() -> Retrying:
    return Retrying(
        retry=retry_if_exception_type(Transient),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=0.3, max=5),
        reraise=True,
    )


def with_sidecar(entry: Entry, beside: Mapping[str, Entry]) -> Entry:
    """The entry with the manifest that lies beside it, if any."""
    from .entries import SIDECAR_MAX_BYTES, read_manifest

    sidecar = beside.get(entry.name + SIDECAR)
    if sidecar is None:
        return entry
    with sidecar.open() as file:
        manifest, problem = read_manifest(file.read(SIDECAR_MAX_BYTES + 1), sidecar.name)
    return replace(entry, manifest=manifest, manifest_problem=problem)


def plain_path(name: str) -> str:
    """A relative path below `out/`; Terminal where it would lead anywhere else."""
    for part in name.split("/"):
        plain_name(part)
    return name


def plain_name(name: str) -> str:
    """A name for `out/`; Terminal where it would lead anywhere else."""
    if not name or name in (".", "..") or any(char in name for char in "/\\\0") or len(name.encode()) > 250:
        raise Terminal(f"不能作为文件名:{name[:100]!r}", f"not a file name: {name[:100]!r}")
    return name
