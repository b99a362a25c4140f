"""An HTTP endpoint: a JSON listing and the files it names.

The listing is `[{"name", "modified", "size", "url"?, "manifest"?}, …]` or `{"files": […]}`; `modified` in ISO 8601 with a time zone,
`url` relative to the listing. Guards: https alone (`insecure = "yes"` allows http), files from the listing's own host and port
or those in `hosts` alone, no redirects, no compression, caps on size and time. Credentials: a bearer token (password without
login) or basic login. `put` is PUT to `out/<name>` beside the listing, `remove` is DELETE there (an endpoint without DELETE keeps it)."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import quote, urljoin, urlsplit

import httpx

from pipelines.errors import Terminal, Transient
from pipelines.model.connections import Connection
from pipelines.model.programme import Source

from .entries import OUT, Entry, OnError
from .source_client import MAX_ENTRIES, plain_path, too_large

IN_MEMORY = 8 << 20
MAX_BYTES = 200 * 1024 * 1024
MAX_LISTING = 32 * 1024 * 1024
SECONDS = 120.0
_PORTS = {"https": 443, "http": 80}


class HttpClient:
    """`location` = address of the listing."""

    uploads_are_atomic = True

    def __init__(self, source: Source, connection: Connection) -> None:
        self.source = source
        self.limit = int(source.options.get("max_bytes", MAX_BYTES))
        self.seconds = float(source.options.get("seconds", SECONDS))
        self._connection = connection
        self._client: httpx.Client | None = None
        extra = source.options.get("hosts", "").replace(",", " ").split()
        self._allowed = {_origin(source.location), *(_host(host) for host in extra)}

    def __enter__(self) -> Self:
        self._check(self.source.location)
        login, secret = self._connection.login, self._connection.password
        headers = {"Accept-Encoding": "identity"}
        if secret and not login:
            headers["Authorization"] = f"Bearer {secret}"
        self._client = httpx.Client(
            headers=headers,
            auth=(login, secret) if login else None,
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(20.0, connect=10.0),
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()

    def _check(self, url: str) -> None:
        """Terminal for another scheme than https, another host than the allowed ones, or credentials in the address."""
        parts = urlsplit(url)
        schemes = ("https", "http") if self.source.options.get("insecure") == "yes" else ("https",)
        if parts.scheme not in schemes or _origin(url) not in self._allowed or parts.username or parts.password:
            shown = f"{parts.scheme}://{parts.hostname or ''}"[:100]
            raise Terminal(
                f"来源 {self.source.name} 给出不允许的地址：{shown}",
                f"source {self.source.name} gives an address that is not allowed: {shown}",
                f"允许 / allowed: {', '.join(schemes)} · {', '.join(sorted(f'{h}:{p}' for h, p in self._allowed))}",
            )

    def _get(self, url: str, limit: int, into: tempfile.SpooledTemporaryFile[bytes], name: str) -> None:
        self._check(url)
        assert self._client is not None
        until = time.monotonic() + self.seconds
        size = 0
        try:
            with self._client.stream("GET", url) as response:
                self._answer(response)
                if response.headers.get("content-encoding", "identity") != "identity":
                    raise self._down(f"{name}: Content-Encoding {response.headers['content-encoding'][:30]}")
                for chunk in response.iter_raw():
                    size += len(chunk)
                    if size > limit:
                        raise too_large(name, limit)
                    if time.monotonic() > until:
                        raise self._down(f"{name}：超过 {self.seconds:g} 秒 / took more than {self.seconds:g} s")
                    into.write(chunk)
        except httpx.HTTPError as cause:
            raise self._down(f"{type(cause).__name__}: {cause}"[:200]) from cause

    def _answer(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in (401, 403):
            raise Terminal(
                f"来源 {self.source.name} 拒绝访问（{status}）",
                f"source {self.source.name} refuses access ({status})",
                "检查凭据 / check the credentials",
            )
        if response.is_redirect:
            raise Terminal(
                f"来源 {self.source.name} 转到别的地址，不跟随",
                f"source {self.source.name} redirects, which is not followed",
            )
        if not response.is_success:
            raise self._down(f"HTTP {status}")

    def _down(self, why: str) -> Transient:
        return Transient(
            f"来源 {self.source.name} 现在无法访问：{why}",
            f"source {self.source.name} cannot be reached now: {why}",
            "下次收取时重试 / tried again at the next collection",
        )

    def listing(self, on_error: OnError | None) -> list[Entry]:
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            self._get(self.source.location, MAX_LISTING, file, "listing")
            file.seek(0)
            content = file.read()
        try:
            given = json.loads(content)
            files = given["files"] if isinstance(given, dict) else given
            if not isinstance(files, list) or len(files) > MAX_ENTRIES:
                raise ValueError("no list of files")
        except (ValueError, KeyError, RecursionError) as cause:
            raise self._down(f"清单不是 JSON / the listing is not JSON: {cause}"[:200]) from cause
        found = []
        for number, one in enumerate(files):
            try:
                found.append(self._entry(one))
            except (KeyError, TypeError, ValueError, OverflowError) as cause:
                error = self._down(f"清单第 {number + 1} 项有误 / entry {number + 1} is wrong: {type(cause).__name__}")
                if on_error is None:
                    raise error from cause
                on_error(error)
        return found

    def _entry(self, one: Mapping[str, object]) -> Entry:
        name, size = one["name"], one["size"]
        modified = datetime.fromisoformat(str(one["modified"]))
        if not isinstance(name, str) or not name or not isinstance(size, int) or modified.tzinfo is None:
            raise ValueError("name, size or modified")
        url = urljoin(self.source.location, str(one.get("url") or quote(name)))
        manifest = one.get("manifest") or {}
        if not isinstance(manifest, dict):
            raise ValueError("manifest")
        declared = {str(key): str(value) for key, value in manifest.items()}
        opener = partial(self._open, url, name)
        return Entry(self.source.name, name, None, modified.astimezone(UTC), size, declared, opener=opener)

    def _open(self, url: str, name: str) -> BinaryIO:
        file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed by its reader
        try:
            self._get(url, self.limit, file, name)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file  # type: ignore[return-value]

    def attach(self, entries: Sequence[Entry], beside: Mapping[str, Entry]) -> list[Entry]:
        return list(entries)

    def put(self, name: str, data: bytes) -> str:
        return self._write("PUT", name, data)

    def remove(self, name: str) -> None:
        self._write("DELETE", name, None)

    def _write(self, method: str, name: str, data: bytes | None) -> str:
        url = urljoin(self.source.location, f"{OUT}/{quote(plain_path(name))}")
        self._check(url)
        assert self._client is not None
        try:
            response = self._client.request(method, url, content=data)
        except httpx.HTTPError as cause:
            raise self._down(f"{type(cause).__name__}: {cause}"[:200]) from cause
        if method != "DELETE" or response.status_code not in (404, 405, 410, 501):
            self._answer(response)
        return url


def _origin(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "").casefold(), parts.port or _PORTS.get(parts.scheme, 0)


def _host(text: str) -> tuple[str, int]:
    """`example.org` (port 443) or `example.org:8443`."""
    host, _, port = text.partition(":")
    return host.casefold(), int(port or 443)
