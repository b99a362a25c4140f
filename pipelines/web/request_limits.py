"""Limits before anything is read: the size of a body, the number of requests; and the headers of every answer."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .page_refusal import PageRefusal
from .sessions import COOKIE

ORDINARY_BYTES = 256 * 1024
SILENT_SECONDS = 60.0
"""After so long without a byte of a body its request is given up: a slow line sends something, who only holds connections does not."""
CLOSE: Mapping[str, str] = {"Connection": "close"}
"""Of an answer to a body that was not read to its end: what else is sent is not taken either."""
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """Headers that every answer carries; a page adds its own Content-Security-Policy, anything else gets the strictest."""

    def __init__(self, app: ASGIApp, frame_ancestors: str) -> None:
        self._app = app
        self._frame_ancestors = frame_ancestors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                policy = f"default-src 'none'; frame-ancestors {self._frame_ancestors}"
                headers.setdefault("Content-Security-Policy", policy)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self._app(scope, receive, with_headers)


class HeadRequests:
    """HEAD is GET without the content (RFC 9110, 9.3.2), of every page: monitors and proxies ask so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_content(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, without_content)


class BodyLimit:
    """413 for a body that says it is too large, before a byte of it is read, and for one that turns out to be; 408 for one that stops."""

    def __init__(self, app: ASGIApp, upload_path: str, upload_bytes: int) -> None:
        self._app = app
        self._upload_path = upload_path
        self._upload_bytes = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._upload_bytes if _own_path(scope) == self._upload_path else ORDINARY_BYTES
        declared = Headers(scope=scope).get("content-length", "0")
        upload = limit == self._upload_bytes
        if not declared.isdecimal() or int(declared) > limit:
            raise _too_large(limit, upload)
        seen = 0
        too_large = silent = False
        more = True

        async def counted() -> Message:
            nonlocal seen, too_large, silent, more
            try:
                message = await asyncio.wait_for(receive(), SILENT_SECONDS if more else None)
            except TimeoutError:
                silent = True
                return {"type": "http.disconnect"}
            more = bool(message.get("more_body"))
            seen += len(message.get("body", b""))
            if seen > limit:
                too_large = True
                return {"type": "http.disconnect"}
            return message

        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, answer)
        except ClientDisconnect:
            if started or not (too_large or silent):
                raise
            if silent:
                raise PageRefusal(
                    408, "上传中断：等候过久", "the upload stood still for too long", "重新上传 / send it again", CLOSE
                ) from None
            raise _too_large(limit, upload) from None


class RequestRate:
    """429 for whoever asks too often: by session, by address where there is none, and sign-ins by address. Buckets of a minute's
    requests that refill evenly; the oldest of 20,000 buckets is forgotten."""

    def __init__(
        self, app: ASGIApp, reads: int = 600, writes: int = 120, sign_ins: int = 20, per_address: int = 6000
    ) -> None:
        self._app = app
        self._most = {"read": reads, "write": writes, "sign-in": sign_ins, "address": per_address}
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            client = scope.get("client") or ("?", 0)
            address = str(client[0])
            post = scope["method"] not in ("GET", "HEAD")
            cookie = Headers(scope=scope).get("cookie", "")
            cookie = cookie_parser(cookie).get(
                COOKIE, cookie
            )  # whatever else is sent beside it, a session is one visitor
            who = sha256(cookie.encode()).hexdigest() if cookie else address
            asked = [("address", address), ("write" if post else "read", who)]
            if post and _own_path(scope) == "/sign-in":
                asked.append(("sign-in", address))
            allowed = [self._take(kind, key) for kind, key in asked]  # every bucket is counted
            if not all(allowed):
                raise PageRefusal(
                    429,
                    "请求过于频繁，请稍后再试",
                    "too many requests",
                    "等十秒再试 / wait ten seconds and try again",
                    {"Retry-After": "10"},
                )
        await self._app(scope, receive, send)

    def _take(self, kind: str, key: str) -> bool:
        most, moment = float(self._most[kind]), time.monotonic()
        left, since = self._buckets.pop((kind, key), (most, moment))
        left = min(most, left + (moment - since) * most / 60)
        allowed = left >= 1
        self._buckets[(kind, key)] = (left - 1 if allowed else left, moment)
        if len(self._buckets) > 20_000:
            self._buckets.popitem(last=False)
        return allowed


def _own_path(scope: Scope) -> str:
    """The path inside the application, wherever it is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(root) if root else path


def _too_large(limit: int, upload: bool) -> PageRefusal:
    size = f"{limit / 1024 / 1024:.0f} MB" if limit >= 1024 * 1024 else f"{limit // 1024} KB"
    return PageRefusal(
        413,
        f"内容超过 {size}，未接收",
        f"larger than {size}, nothing was taken",
        "分几次上传，或先压缩为 zip / send the files one by one, or zipped"
        if upload
        else "表单只写要点；成表的数据请作为文件报送 / a form takes the gist; send a table as a file",
        CLOSE,
    )
