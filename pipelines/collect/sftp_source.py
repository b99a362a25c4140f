"""SFTP (asyncssh). The server must prove who it is: its host key is declared, unknown keys are refused.

Options: `host_key` (`ssh-ed25519 AAAA…`, or the connection's extra `known_hosts`). Login by password or by extra `private_key`
(PEM text). One connection serves a whole look: listing, sidecars and all files."""

from __future__ import annotations

import asyncio
import stat
import tempfile
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import BinaryIO, Self, TypeVar, cast
from urllib.parse import urlsplit

import asyncssh

from pipelines.errors import SaimaError, Terminal, Transient
from pipelines.model.connections import Connection
from pipelines.model.programme import Source

from .entries import OUT, Entry, OnError
from .source_client import MAX_ENTRIES, plain_path, too_large, with_sidecar

CHUNK = 1 << 18
IN_MEMORY = 8 << 20
MAX_BYTES = 200 * 1024 * 1024
MAX_DEPTH = 6
SECONDS = 120.0
T = TypeVar("T")


class SftpClient:
    """`location` = sftp://host:port/folder."""

    uploads_are_atomic = False

    def __init__(self, source: Source, connection: Connection) -> None:
        address = urlsplit(source.location)
        self.source = source
        self.connection = connection
        self.host = connection.host or address.hostname or ""
        self.port = connection.port or address.port or 22
        self.folder = (address.path.rstrip("/") or ".").encode()
        self.limit = int(source.options.get("max_bytes", MAX_BYTES))
        self._loop = asyncio.new_event_loop()
        self._ssh: asyncssh.SSHClientConnection | None = None
        self._sftp: asyncssh.SFTPClient | None = None

    def __enter__(self) -> Self:
        login = self.connection.login
        secret = self.connection.password or self.connection.extra.get("private_key")
        if not login or not secret:
            self._loop.close()
            raise Terminal(
                f"来源 {self.source.name} 没有登录凭据",
                f"source {self.source.name} has no credentials",
                f"SAIMA_CONN_{self.source.name.upper().replace('-', '_')} = sftp://login:password@host",
            )
        self._run(self._connect())
        return self

    async def _connect(self) -> None:
        key = self.connection.extra.get("private_key")
        self._ssh = await asyncssh.connect(
            self.host,
            self.port,
            username=self.connection.login,
            password=self.connection.password or None,
            client_keys=[asyncssh.import_private_key(key)] if key else None,
            agent_path=None,
            config=None,
            known_hosts=asyncssh.import_known_hosts(self._known_hosts()),
            connect_timeout=20,
            login_timeout=20,
        )
        self._sftp = await self._ssh.start_sftp_client(path_encoding=None)

    def _known_hosts(self) -> str:
        stated = self.source.options.get("host_key")
        if stated:
            client = self.host if self.port == 22 else f"[{self.host}]:{self.port}"
            return f"{client} {stated}\n"
        known = self.connection.extra.get("known_hosts")
        if not known:
            raise Terminal(
                f"来源 {self.source.name} 没有声明服务器公钥，无法确认对方身份",
                f"source {self.source.name} declares no host key: the server cannot be told from an impostor",
                'options.host_key = "ssh-ed25519 AAAA…"',
            )
        return known

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ssh is not None:
            self._ssh.close()
            self._loop.run_until_complete(self._ssh.wait_closed())
            self._ssh = None
        self._loop.close()

    def _run(self, work: Coroutine[object, object, T]) -> T:
        """Errors of the network and of the server are Transient; a wrong key or a refused login will not mend itself."""
        name = self.source.name
        try:
            return self._loop.run_until_complete(asyncio.wait_for(work, SECONDS))
        except SaimaError:
            raise
        except (asyncssh.HostKeyNotVerifiable, asyncssh.PermissionDenied, asyncssh.KeyImportError) as cause:
            raise Terminal(
                f"来源 {name} 拒绝连接：{type(cause).__name__}",
                f"source {name} refuses the connection: {type(cause).__name__}",
                "检查凭据和服务器公钥 / check the credentials and the host key",
            ) from cause
        except (OSError, asyncssh.Error, TimeoutError, ValueError) as cause:
            raise Transient(
                f"来源 {name} 现在无法访问：{type(cause).__name__}：{cause}"[:300],
                f"source {name} cannot be reached now: {type(cause).__name__}: {cause}"[:300],
                "下次收取时重试 / tried again at the next collection",
            ) from cause

    @property
    def _client(self) -> asyncssh.SFTPClient:
        assert self._sftp is not None
        return self._sftp

    def listing(self, on_error: OnError | None) -> list[Entry]:
        return self._run(self._walk(on_error))

    async def _walk(self, on_error: OnError | None) -> list[Entry]:
        found: list[Entry] = []
        folders: list[tuple[bytes, bytes, int]] = [(self.folder, b"", 0)]
        while folders:
            folder, prefix, depth = folders.pop()
            for item in await self._items(folder, depth, on_error):
                raw = item.filename if isinstance(item.filename, bytes) else item.filename.encode()
                if raw in (b".", b"..") or (raw == OUT.encode() and not prefix):
                    continue
                mode, path = item.attrs.permissions or 0, folder + b"/" + raw
                if stat.S_ISDIR(mode) and depth < MAX_DEPTH:
                    folders.append((path, prefix + raw + b"/", depth + 1))
                elif stat.S_ISREG(mode):
                    found.append(self._entry(path, prefix + raw, item.attrs))
                if len(found) > MAX_ENTRIES:
                    raise Terminal(
                        f"来源 {self.source.name} 文件过多", f"source {self.source.name} holds too many files"
                    )
        return found

    async def _items(self, folder: bytes, depth: int, on_error: OnError | None) -> list[asyncssh.SFTPName]:
        """What lies in a folder; a folder below the first that the server does not show costs itself, not the source."""
        try:
            return [item async for item in self._client.scandir(folder)]
        except asyncssh.SFTPError as cause:
            if depth == 0 or on_error is None:
                raise
            name = _as_text(folder)
            on_error(
                Transient(
                    f"来源 {self.source.name} 的文件夹无法读取：{name}（{cause.reason}）",
                    f"a folder of source {self.source.name} cannot be read: {name} ({cause.reason})",
                )
            )
            return []

    def _entry(self, path: bytes, name: bytes, attrs: asyncssh.SFTPAttrs) -> Entry:
        size = attrs.size or 0
        return Entry(
            self.source.name,
            _as_text(name),
            None,
            datetime.fromtimestamp(attrs.mtime or 0, UTC),
            size,
            opener=partial(self._open, path, _as_text(name)),
            may_grow=True,
        )

    def _open(self, path: bytes, name: str) -> BinaryIO:
        file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed by its reader
        try:
            self._run(self._copy(path, name, file))
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file  # type: ignore[return-value]

    async def _copy(self, path: bytes, name: str, file: tempfile.SpooledTemporaryFile[bytes]) -> None:
        size = 0
        async with self._client.open(path, "rb", encoding=None) as remote:
            while chunk := await remote.read(CHUNK):
                size += len(chunk)
                if size > self.limit:
                    raise too_large(name, self.limit)
                file.write(cast("bytes", chunk))

    def attach(self, entries: Sequence[Entry], beside: Mapping[str, Entry]) -> list[Entry]:
        return [with_sidecar(entry, beside) for entry in entries]

    def put(self, name: str, data: bytes) -> str:
        return self._run(self._put(plain_path(name).encode(), data))

    def remove(self, name: str) -> None:
        self._run(self._remove(plain_path(name).encode()))

    async def _remove(self, name: bytes) -> None:
        target = self.folder + b"/" + OUT.encode() + b"/" + name
        if await self._client.exists(target):
            await self._client.remove(target)

    async def _put(self, name: bytes, data: bytes) -> str:
        target = self.folder + b"/" + OUT.encode() + b"/" + name
        folder, last = target.rsplit(b"/", 1)
        await self._client.makedirs(folder, exist_ok=True)
        temporary = folder + b"/." + last + b".part"
        async with self._client.open(temporary, "wb", encoding=None) as remote:
            await remote.write(data)
        if await self._client.exists(target):
            await self._client.remove(target)
        await self._client.rename(temporary, target)
        return f"sftp://{self.host}:{self.port}/{_as_text(target).lstrip('/')}"


def _as_text(name: bytes) -> str:
    """A file name of the server: UTF-8, else GB18030, else escaped."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", "backslashreplace")
