"""One small protocol for drop folders, SFTP, HTTP endpoints, buckets and mail folders, and what all of them need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from pipelines.errors import SaimaError, Terminal

from .entries import SIDECAR, SIDECAR_MAX_BYTES, Entry, OnError, read_manifest

MAX_ENTRIES = 100_000


class SourceClient(Protocol):
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


def too_large(name: str, limit: int) -> SaimaError:
    return Terminal(
        f"文件超过 {limit} 字节：{name}",
        f"the file is larger than {limit} bytes: {name}",
        "拆分后重报 / split it and send it again",
    )


def with_sidecar(entry: Entry, beside: Mapping[str, Entry]) -> Entry:
    """The entry with the manifest that lies beside it, if any."""
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
        raise Terminal(f"不能作为文件名：{name[:100]!r}", f"not a file name: {name[:100]!r}")
    return name
