"""A bucket of an S3-compatible store, through the client that pyarrow carries.

Credentials: login = access key, password = secret key. Options: `endpoint` (https://host:port of a store that is not Amazon's),
`region`. An object is seen only when it is complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from functools import partial
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.fs as pafs

from pipelines.errors import Terminal, Transient
from pipelines.model.connections import Connection
from pipelines.model.programme import Source

from .entries import OUT, Entry, OnError
from .source_client import MAX_ENTRIES, plain_path, with_sidecar


class BucketClient:
    """`location` = s3://bucket/prefix."""

    uploads_are_atomic = True

    def __init__(self, source: Source, connection: Connection) -> None:
        address = urlsplit(source.location)
        self.source = source
        self.root = f"{address.netloc}{address.path}".rstrip("/")
        self._connection = connection
        self._files: pafs.S3FileSystem | None = None

    def __enter__(self) -> Self:
        if not self._connection.login or not self._connection.password:
            raise Terminal(
                f"来源 {self.source.name} 没有登录凭据",
                f"source {self.source.name} has no credentials",
                f"SAIMA_CONN_{self.source.name.upper().replace('-', '_')} = {{login, password}}",
            )
        endpoint = self.source.options.get("endpoint") or self._connection.extra.get("endpoint_url")
        where = urlsplit(endpoint or "https://")
        self._files = pafs.S3FileSystem(
            access_key=self._connection.login,
            secret_key=self._connection.password,
            region=self.source.options.get("region", "us-east-1"),
            scheme=where.scheme or "https",
            endpoint_override=where.netloc or None,
            connect_timeout=10,
            request_timeout=60,
            retry_strategy=pafs.AwsStandardS3RetryStrategy(max_attempts=2),
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files = None

    @property
    def _store(self) -> pafs.S3FileSystem:
        assert self._files is not None
        return self._files

    def listing(self, on_error: OnError | None) -> list[Entry]:
        infos = self._listed(self.root, recursive=False)
        for folder in [info for info in infos if info.type == pafs.FileType.Directory]:
            try:
                infos += self._listed(folder.path, recursive=True)
            except Transient as error:  # a folder that the key may not list costs itself, not the bucket
                if on_error is None:
                    raise
                on_error(error)
        if len(infos) > MAX_ENTRIES:
            raise Terminal(f"来源 {self.source.name} 文件过多", f"source {self.source.name} holds too many files")
        return [
            Entry(
                self.source.name,
                info.path.removeprefix(f"{self.root}/"),
                None,
                info.mtime.astimezone(UTC),
                info.size,
                opener=partial(self._open, info.path),
            )
            for info in infos
            if info.type == pafs.FileType.File
        ]

    def _listed(self, folder: str, recursive: bool) -> list[pafs.FileInfo]:
        try:
            return list(self._store.get_file_info(pafs.FileSelector(folder, recursive=recursive)))
        except (OSError, pa.ArrowException) as cause:
            raise self._down(cause) from cause

    def _open(self, path: str) -> BinaryIO:
        try:
            stream: BinaryIO = self._store.open_input_stream(path, compression=None)
        except (OSError, pa.ArrowException) as cause:
            raise self._down(cause) from cause
        return stream

    def _down(self, cause: BaseException) -> Transient:
        text = str(cause).splitlines()[0][:200] if str(cause) else type(cause).__name__
        return Transient(
            f"来源 {self.source.name} 现在无法访问：{text}",
            f"source {self.source.name} cannot be reached now: {text}",
            "下次收取时重试 / tried again at the next collection",
        )

    def attach(self, entries: Sequence[Entry], beside: Mapping[str, Entry]) -> list[Entry]:
        return [with_sidecar(entry, beside) for entry in entries]

    def put(self, name: str, data: bytes) -> str:
        path = f"{self.root}/{OUT}/{plain_path(name)}"
        try:
            with self._store.open_output_stream(path) as stream:
                stream.write(data)
        except (OSError, pa.ArrowException) as cause:
            raise self._down(cause) from cause
        return f"s3://{path}"

    def remove(self, name: str) -> None:
        path = f"{self.root}/{OUT}/{plain_path(name)}"
        try:
            if self._store.get_file_info(path).type == pafs.FileType.File:
                self._store.delete_file(path)
        except (OSError, pa.ArrowException) as cause:
            raise self._down(cause) from cause
