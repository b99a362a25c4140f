"""A local HTTP server that judges a message as DingTalk, WeCom, Feishu and our signed webhook do.

For any test that needs receivers (the channels, the replay of a month). Load it with the fixture `receivers` of tests/conftest.py:

    with receivers.Robots(clock=lambda: now) as robots:
        specs, environment = robots.channels()              # what channels.toml and the environment would hold
        robots.fault = lambda number: "busy" if number % 3 == 0 else None
        ...
        robots.taken["dingtalk"]                            # messages whose yes was sent, with their ids
        robots.seen                                         # every request, whatever came of it

Signatures are recomputed from the vendors' published rules and sample code, not from ours; wrong ones get the vendors' codes. Limits
are the vendors': 20 a minute and then ten minutes' block (DingTalk), 20 a minute (WeCom), 100 a minute and 5 a second (Feishu)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pipelines.model.programme import ChannelSpec

TOKEN = "d1ngt0ken0123456789abcdef"
DING_SECRET = "SEC0123456789abcdef0123456789abcdef"
HOOK = "feishu-hook-0a1b2c3d"
FEISHU_SECRET = "feishuSecret0123"
KEY = "wecom-key-693a91f6"
HOOK_SECRET = "webhook-secret-5f5f"
SECRETS = (TOKEN, DING_SECRET, HOOK, FEISHU_SECRET, KEY, HOOK_SECRET)
VENDORS = ("dingtalk", "wecom", "feishu", "webhook")
_ID = re.compile(r"编号 / id: ([0-9a-f]{32})\s*\Z")

Reply = tuple[int, dict[str, Any] | str, dict[str, str]]


@dataclass(frozen=True)
class Taken:
    """A message that a vendor took: its id, who is mentioned (or `to`), the text, the request as it came."""

    vendor: str
    id: str
    to: Any
    text: str
    at: datetime
    headers: dict[str, str]
    document: dict[str, Any]


@dataclass
class Robots:
    """The server; a context manager. `fault(number of the request)` names what goes wrong: drop (no answer, not taken), lost (taken,
    then no answer), slow, trickle (an answer byte by byte), tarpit (its header byte by byte), unended (an answer without a length that does
    not end), busy (200 with an error code), 429, 500, garbage (200, not JSON), redirect, huge."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    fault: Callable[[int], str | None] = lambda number: None
    tls: ssl.SSLContext | None = None
    limits: bool = True
    slow_seconds: float = 3.0
    error_status: int = 200
    """HTTP status of the vendors' own errors: 200 as a rule, some gateways make it 400."""
    taken: dict[str, list[Taken]] = field(default_factory=lambda: defaultdict(list))
    seen: list[tuple[str, str]] = field(default_factory=list)
    """(vendor or path, what was answered) of every request."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[str, list[datetime]] = defaultdict(list)
        self._blocked: dict[str, float] = {}

    def __enter__(self) -> Robots:
        robots = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:  # the name http.server asks for
                robots._serve(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._server.server_port}"

    def channels(self, **options: str) -> tuple[tuple[ChannelSpec, ...], dict[str, str]]:
        """A channel of each vendor, named as the vendor, and the connections that lead here."""
        given = {**({} if self.tls else {"insecure": "yes"}), **options}
        most = {"dingtalk": 18, "wecom": 18, "feishu": 90, "webhook": None}
        specs = tuple(ChannelSpec(vendor, vendor, most[vendor], given) for vendor in VENDORS)  # type: ignore[arg-type]
        return specs, {
            "SAIMA_CONN_DINGTALK": f"{self.origin}/robot/send?access_token={TOKEN}&secret={DING_SECRET}",
            "SAIMA_CONN_WECOM": f"{self.origin}/cgi-bin/webhook/send?key={KEY}",
            "SAIMA_CONN_FEISHU": f"{self.origin}/open-apis/bot/v2/hook/{HOOK}?secret={FEISHU_SECRET}",
            "SAIMA_CONN_WEBHOOK": f"{self.origin.replace('://', f'://:{HOOK_SECRET}@')}/oa/saima",
        }

    def ids(self, vendor: str) -> list[str]:
        return [message.id for message in self.taken[vendor]]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        url = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        headers = {name.lower(): value for name, value in handler.headers.items()}
        vendor, judge = self._vendor(url.path)
        with self._lock:
            number = len(self.seen) + 1
            fault = self.fault(number)
            self.seen.append((vendor, fault or ""))
            # a fault before the message is looked at: nothing is taken
            reply = _fault(fault, vendor) or judge(url.path, query, headers, body)
            if fault is None and isinstance(reply[1], dict) and (reply[1].get("errcode") or reply[1].get("code")):
                reply = (max(reply[0], self.error_status), *reply[1:])
            self.seen[number - 1] = (vendor, fault or str(reply[1])[:80])
        if fault == "slow":
            time.sleep(self.slow_seconds)
        if fault in ("drop", "lost"):
            handler.close_connection = True
            handler.connection.close()
            return
        if fault in _SLOW:
            _trickle(handler, _SLOW[fault], self.slow_seconds)
            return
        _answer(handler, reply)

    def _vendor(self, path: str) -> tuple[str, Callable[..., Reply]]:
        known = {
            "/robot/send": ("dingtalk", self._dingtalk),
            "/cgi-bin/webhook/send": ("wecom", self._wecom),
            "/oa/saima": ("webhook", self._webhook),
        }
        if path.startswith("/open-apis/bot/v2/hook/"):
            return "feishu", self._feishu
        return known.get(path, (path, lambda *_: (404, {"message": "no such path"}, {})))

    def _take(self, vendor: str, id_: str, to: Any, text: str, headers: dict[str, str], document: Any) -> None:
        self.taken[vendor].append(Taken(vendor, id_, to, text, self.clock(), headers, document))

    def _too_fast(self, vendor: str, windows: tuple[tuple[int, float], ...], block: float) -> bool:
        """Sliding windows (messages, seconds); whoever exceeds one is blocked for so many seconds."""
        if not self.limits:
            return False
        now = self.clock().timestamp()
        if now < self._blocked.get(vendor, 0.0):
            return True
        times = [moment.timestamp() for moment in self._times[vendor]]
        if any(sum(now - moment < seconds for moment in times) >= most for most, seconds in windows):
            self._blocked[vendor] = now + block
            return True
        self._times[vendor].append(self.clock())
        return False

    def _dingtalk(self, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Reply:
        def error(code: int, text: str) -> Reply:
            return 200, {"errcode": code, "errmsg": text}, {}

        if query.get("access_token") != TOKEN:
            return error(300005, "token is not exist")
        if not headers.get("content-type", "").startswith("application/json"):
            return error(43004, "无效的HTTP HEADER Content-Type")
        stamp = query.get("timestamp", "")
        if not stamp.isdigit() or abs(int(stamp) / 1000 - self.clock().timestamp()) > 3600:
            return error(310000, "invalid timestamp")
        to_sign = f"{stamp}\n{DING_SECRET}"
        expected = base64.b64encode(hmac.new(DING_SECRET.encode(), to_sign.encode(), digestmod=hashlib.sha256).digest())
        if query.get("sign") != expected.decode():
            return error(310000, "sign not match")
        if self._too_fast("dingtalk", ((20, 60.0),), 600.0):
            return error(130101, "send too fast, exceed 20 times per minute")
        document = _json(body)
        content = document.get("text", {}).get("content") if document.get("msgtype") == "text" else None
        if len(body) > 20_000 or not content:
            return error(40035, "缺少参数 json")
        at = document.get("at", {})
        if any(f"@{mobile}" not in content for mobile in at.get("atMobiles", [])):
            return error(40035, "a mention that does not stand in the text is not shown")
        self._take("dingtalk", _id(content), at, content, headers, document)
        return 200, {"errcode": 0, "errmsg": "ok"}, {}

    def _wecom(self, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Reply:
        def error(code: int, text: str) -> Reply:
            return 200, {"errcode": code, "errmsg": f"{text}, hint: [17], from ip: 127.0.0.1"}, {}

        if query.get("key") != KEY:
            return error(93000, "invalid webhook url")
        if self._too_fast("wecom", ((20, 60.0),), 60.0):
            return error(45009, "api freq out of limit")
        document = _json(body)
        kind = document.get("msgtype")
        most = {"text": 2048, "markdown": 4096}.get(str(kind))
        if most is None:
            return error(40008, "invalid message type")
        content = document.get(str(kind), {}).get("content", "")
        if not content:
            return error(44004, "empty content")
        if len(content.encode()) > most:
            return error(40058, f"{kind}.content exceed max length {most}. invalid Request Parameter")
        self._take(
            "wecom", _id(content), document.get("text", {}).get("mentioned_mobile_list"), content, headers, document
        )
        return 200, {"errcode": 0, "errmsg": "ok"}, {}

    def _feishu(self, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Reply:
        def error(code: int, text: str) -> Reply:
            return 200, {"code": code, "msg": text, "data": {}}, {}

        if path.rpartition("/")[2] != HOOK:
            return error(19001, "param invalid: incoming webhook access token invalid")
        document = _json(body)
        if len(body) > 20 * 1024 or document.get("msg_type") != "text" or not document.get("content", {}).get("text"):
            return error(9499, "Bad Request")
        stamp = str(document.get("timestamp", ""))
        key = f"{stamp}\n{FEISHU_SECRET}"
        expected = base64.b64encode(hmac.new(key.encode(), b"", digestmod=hashlib.sha256).digest()).decode()
        fresh = stamp.isdigit() and abs(int(stamp) - self.clock().timestamp()) <= 3600
        if not fresh or document.get("sign") != expected:
            return error(19021, "sign match fail or timestamp is not within one hour from current time")
        if self._too_fast("feishu", ((100, 60.0), (5, 1.0)), 1.0):
            return 400, {"code": 11232, "msg": "create message service trigger rate limit"}, {}
        text = document["content"]["text"]
        self._take("feishu", _id(text), re.findall(r'<at user_id="([^"]*)">', text), text, headers, document)
        return 200, {"code": 0, "msg": "success", "data": {}, "StatusCode": 0, "StatusMessage": "success"}, {}

    def _webhook(self, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Reply:
        stamp = headers.get("x-saima-timestamp", "")
        if not stamp.isdigit() or abs(int(stamp) - self.clock().timestamp()) > 300:
            return 401, {"error": "stale timestamp"}, {}
        expected = hmac.new(HOOK_SECRET.encode(), stamp.encode() + b"." + body, digestmod=hashlib.sha256).hexdigest()
        if not hmac.compare_digest(headers.get("x-saima-signature", ""), f"sha256={expected}"):
            return 401, {"error": "bad signature"}, {}
        document = _json(body)
        id_ = headers.get("idempotency-key", "")
        if not id_ or id_ != document.get("id"):
            return 422, {"error": "no id"}, {}
        self._take("webhook", id_, document.get("to"), document.get("text", ""), headers, document)
        return 200, {"ok": True}, {}


def _id(text: str) -> str:
    found = _ID.search(text)
    return found[1] if found else ""


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _fault(name: str | None, vendor: str) -> Reply | None:
    if name in (None, "lost", "slow", *_SLOW):
        return None
    if name == "busy":
        errors: dict[str, dict[str, Any]] = {
            "feishu": {"code": 1500, "msg": "internal error"},
            "webhook": {"ok": False},
        }
        return 200, errors.get(vendor, {"errcode": -1, "errmsg": "system busy"}), {}
    replies: dict[str, Reply] = {
        "drop": (0, {}, {}),
        "429": (429, {"message": "slow down"}, {"Retry-After": "7"}),
        "500": (500, {"message": f"broken at /robot/send?access_token={TOKEN}"}, {}),
        "garbage": (200, "<html>please log in</html>", {}),
        "redirect": (302, {}, {"Location": "/oa/saima"}),
        "huge": (200, "x" * 1_000_000, {}),
        "400": (400, {"message": "no"}, {}),
        "401": (401, {"message": "who are you"}, {}),
    }
    return replies[str(name)]


def _answer(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    status, body, headers = reply
    content = (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()
    try:
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
    except OSError:
        handler.close_connection = True  # the client did not wait


_SLOW = {
    "trickle": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
    "tarpit": b"HTTP/1.1 200 OK\r\nX-Wait:",
    "unended": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}",
}


def _trickle(handler: BaseHTTPRequestHandler, beginning: bytes, seconds: float) -> None:
    """A byte every fifth of a second: no single read takes long, the whole does."""
    try:
        handler.wfile.write(beginning)
        for _ in range(int(seconds * 5)):
            handler.wfile.write(b" ")
            time.sleep(0.2)
    except OSError:
        pass  # the client did not wait
    handler.close_connection = True
