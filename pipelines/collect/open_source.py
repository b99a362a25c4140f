"""Opening a source and scanning it for files that are new.

`open_source_client` connects to a source of the programme; `scan` lists it, twice where uploads may be going on. What a source
cannot do now is Transient and tried again here; what will never work (no credentials, an address not allowed) is Terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from pipelines.errors import Terminal, Transient
from pipelines.model.connections import connection_of
from pipelines.model.programme import Source

from .entries import DONE, SIDECAR, Entry, OnError, is_submission
from .source_client import SourceClient, too_large

ATTEMPTS = 3
SETTLE_SECONDS = 2.0


@contextmanager
def open_source_client(source: Source, home: Path, environment: Mapping[str, str]) -> Iterator[SourceClient]:
    """The place of a source, connected; closed at the end. Connecting is tried three times."""
    client = _client(source, home, environment)
    try:
        for attempt in _attempts():
            with attempt:
                client.__enter__()
        yield client
    finally:
        client.__exit__(None, None, None)


def _client(source: Source, home: Path, environment: Mapping[str, str]) -> SourceClient:
    if source.kind == "folder":
        from .folder_source import FolderClient

        return FolderClient(source, home)
    if source.kind == "mail":
        from .mail_source import MailClient

        return MailClient(source, home)
    connection = connection_of(source.name, environment)
    if source.kind == "sftp":
        from .sftp_source import SftpClient

        return SftpClient(source, connection)
    if source.kind == "http":
        from .http_source import HttpClient

        return HttpClient(source, connection)
    if source.kind == "s3":
        from .bucket_source import BucketClient

        return BucketClient(source, connection)
    raise Terminal(
        f"来源 {source.name} 的类型 {source.kind!r} 不支持",
        f"source {source.name} has the unknown kind {source.kind!r}",
        "允许的值 / allowed: folder, sftp, http, s3, mail",
    )


def scan(
    client: SourceClient,
    source: Source,
    is_known: Callable[[Entry], bool],
    on_error: OnError | None = None,
    wait: Callable[[float], None] = time.sleep,
    listed: Callable[[Collection[str]], None] | None = None,
) -> tuple[list[Entry], int]:
    """(entries to fetch, ordered by arrival and name; how many are known already). `listed` is told all names before `is_known` is asked
    of any, so that what is known of them is read at once.

    Option `settle` of the source: `looks` (a new file must have the same size and time in two looks, `settle_seconds` apart;
    default of folders and SFTP, in folders only for files changed within the last minute), `done` (`<file>.done` must lie
    beside it), `manifest` (its sidecar must), `none`."""
    how = source.options.get("settle", "none" if client.uploads_are_atomic else "looks")
    first = _listed(client, on_error)
    if listed is not None:
        listed([name for name in first if is_submission(name)])
    fresh = [entry for entry in first.values() if is_submission(entry.name) and not is_known(entry)]
    known = sum(is_submission(name) for name in first) - len(fresh)
    if how in ("done", "manifest"):
        ending = DONE if how == "done" else SIDECAR
        fresh = [entry for entry in fresh if entry.name + ending in first]
    elif how == "looks" and any(entry.may_grow for entry in fresh):
        wait(float(source.options.get("settle_seconds", SETTLE_SECONDS)))
        second = _listed(client, on_error)
        fresh = [entry for entry in fresh if not entry.may_grow or _same(entry, second.get(entry.name))]
    limit = int(source.options["max_bytes"]) if "max_bytes" in source.options else None
    small = [entry for entry in fresh if limit is None or entry.size <= limit]
    for entry in fresh:
        if limit is not None and entry.size > limit and on_error is not None:
            on_error(too_large(entry.name, limit))
    for attempt in _attempts():
        with attempt:
            small = client.attach(small, first)
    small = [replace(e, opener=partial(_retried, e.opener)) if e.opener is not None else e for e in small]
    return sorted(small, key=lambda entry: (entry.arrived_at, entry.name)), known


def _retried(opener: Callable[[], BinaryIO]) -> BinaryIO:
    for attempt in _attempts():
        with attempt:
            return opener()
    raise AssertionError("tenacity raises the last error")


def _listed(client: SourceClient, on_error: OnError | None) -> dict[str, Entry]:
    entries: Collection[Entry] = ()
    for attempt in _attempts():
        with attempt:
            entries = client.listing(on_error)
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
