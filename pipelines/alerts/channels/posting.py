"""POSTing JSON to a robot or webhook, and what the answer means. Used by every channel that speaks HTTP.

Certificates are verified, redirects are not followed (the signed body would go elsewhere), proxies of the environment are not used,
the answer is read up to a limit, and an attempt as a whole ends after its seconds. What is the house's to repair (a rotated token, a
closed port, a redirect) may be tried again; what is wrong with this one message (400, 413, 415, 422) may not."""

from __future__ import annotations

import json
import logging
import re
import ssl
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from ...errors import Terminal
from ...model.connections import Connection, variable_of
from ...model.messages import one_line
from ...model.notifications import DeliveryResult
from ...model.programme import ChannelSpec
from .deadline import Deadline

SECONDS = 15.0
"""Of an attempt, from the connection to the last byte of its answer: somebody waits behind it."""
MOST_BYTES = 64 * 1024
LONGEST_WAIT = 3600.0
"""Seconds; a receiver that asks for more is asked again after this."""
MESSAGE_IS_WRONG = {400, 413, 415, 422}
_URL = re.compile(r"(https?://)(?:[^/\s?#@]*@)?([^/\s?#]+)[^\s\"'<>]*")
_PARAMETER = re.compile(r"\b(access_token|token|key|secret|sign)=[^\s&\"'<>]+", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What came back: the parsed JSON object, empty where the body is none; `delivery` where the matter is settled already."""

    status: int
    body: Mapping[str, Any]
    delivery: DeliveryResult | None = None


class Poster:
    """One HTTP client for a channel; the connection is kept between messages."""

    def __init__(self, spec: ChannelSpec, connection: Connection, home: Path, address: str) -> None:
        """`address` is checked: https, or http where the channel says `insecure = "yes"`. Terminal where it will not do."""
        schemes = ("https", "http") if spec.options.get("insecure") == "yes" else ("https",)
        try:
            self._url = httpx.URL(address)
        except (httpx.InvalidURL, ValueError):
            self._url = httpx.URL()
        if self._url.scheme not in schemes or not self._url.host:
            raise Terminal(
                f"通道 {spec.name} 的地址须是 https",
                f"the address of channel {spec.name} must be https",
                f'{variable_of(spec.name)};http: insecure = "yes"',
            )
        self._seconds = float(spec.options.get("seconds", SECONDS))
        self._secrets = [
            s
            for s in (connection.password, *connection.extra.values(), connection.path.rpartition("/")[2])
            if len(s) >= 4
        ]
        self._client = httpx.Client(
            verify=tls_context(spec, home),
            follow_redirects=False,
            trust_env=False,
            timeout=self._seconds,
            headers={"Accept-Encoding": "identity", "User-Agent": "saima"},
        )
        self._socket: Any = None
        _keep_addresses_out_of_logs()

    def post(
        self,
        document: Mapping[str, Any] | bytes,
        now: datetime,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send and read; never raises for what the network or the receiver does. `query` is added to the address, encoded."""
        content = document if isinstance(document, bytes) else to_json(document)
        url = self._url.copy_merge_params(dict(query or {}))
        given = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        with Deadline(self._seconds) as deadline:
            if self._socket is not None:
                deadline.watch(self._socket)
            extensions = {"trace": lambda event, info: self._noted(deadline, event, info)}
            try:
                with self._client.stream(
                    "POST", url, content=content, headers=given, extensions=extensions
                ) as response:
                    body = self._read(response)
            except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, ValueError) as error:
                if deadline.passed or isinstance(error, httpx.TimeoutException):
                    return self._late()
                return Answer(0, {}, DeliveryResult(False, self.redact(f"{type(error).__name__}: {error}")))
            if deadline.passed:  # an answer without a length ends where it was broken off
                return self._late()
        return Answer(response.status_code, body or {}, self._settled(response, body, now))

    def _noted(self, deadline: Deadline, event: str, info: Mapping[str, Any]) -> None:
        """Keeps the socket that the client has opened; the next attempt may find it open."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")
            deadline.watch(self._socket)

    def _late(self) -> Answer:
        return Answer(0, {}, DeliveryResult(False, f"{self._seconds:g} 秒内无答复 / no answer in time"))

    def classify_response(
        self, answer: Answer, names: tuple[str, str], too_fast: Mapping[int, float], wrong: Set[int]
    ) -> DeliveryResult:
        """What a robot's answer means. `names`: the fields of its code and its words; 0 is yes. `too_fast`: code → seconds to
        wait; `wrong`: codes that no further attempt will change."""
        code = answer.body.get(names[0])
        number = code if isinstance(code, int) and not isinstance(code, bool) else None
        if answer.delivery and not number:
            return answer.delivery
        if number == 0:
            return DeliveryResult(True, f"{names[0]} 0")
        # a code says more than the status: a refused signature may come as HTTP 400 and is still the house's to repair
        detail = self.redact(f"{names[0]} {code}: {answer.body.get(names[1], '')}")
        asked = answer.delivery.retry_after if answer.delivery else None
        wait = asked if number is None else too_fast.get(number, asked)
        return DeliveryResult(False, detail, retry=number not in wrong, retry_after=wait)

    def redact(self, text: str) -> str:
        """One line without addresses' paths and without the secrets of the channel, fit for a log."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return one_line(_hidden(text), 300)

    def _read(self, response: httpx.Response) -> Mapping[str, Any] | None:
        """The JSON object of the answer, empty where it is something else; None for a web page."""
        content = bytearray()
        for chunk in response.iter_raw():
            content += chunk
            if len(content) > MOST_BYTES:
                raise ValueError(f"the answer is longer than {MOST_BYTES} bytes")
        if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            return None
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def _settled(
        self, response: httpx.Response, body: Mapping[str, Any] | None, now: datetime
    ) -> DeliveryResult | None:
        """What is decided before the channel judges the body of a 2xx. A web page is a gateway's (请先登录), never a yes."""
        status = response.status_code
        if 200 <= status < 300:
            return (
                DeliveryResult(False, f"HTTP {status} 带网页，不是接收方 / with a web page: not the receiver")
                if body is None
                else None
            )
        body = body or {}
        reply = next((str(body[key]) for key in ("errmsg", "msg", "message", "error") if body.get(key)), "")
        detail = self.redact(f"HTTP {status} {reply}")
        wait = retry_after(response.headers.get("Retry-After"), now)
        if status == 429:
            return DeliveryResult(False, detail, retry_after=60.0 if wait is None else wait)
        return DeliveryResult(False, detail, retry=status not in MESSAGE_IS_WRONG, retry_after=wait)


def to_json(document: Mapping[str, Any]) -> bytes:
    """Compact UTF-8: the limits of the robots count bytes."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(errors="replace")


def address_of(connection: Connection, host: str, path: str) -> str:
    """Where a robot is: scheme, host and port of its connection, else the vendor's, with the path of its API."""
    found = connection.host or host
    origin = found if "://" in found else f"{connection.scheme or 'https'}://{found}"
    port = f":{connection.port}" if connection.port else ""
    return f"{origin.rstrip('/')}{port}{path}"


def tls_context(spec: ChannelSpec, home: Path) -> ssl.SSLContext:
    """Verifies certificates, by the system's roots or by the `ca_file` of the channel alone. Terminal where it cannot be read."""
    name = spec.options.get("ca_file")
    if not name:
        return _system_roots()
    try:
        context = ssl.create_default_context(cafile=str(home / name))
    except (OSError, ssl.SSLError) as error:
        raise Terminal(
            f"通道 {spec.name} 的根证书无法读取：{name}",
            f"the ca_file of channel {spec.name} cannot be read: {name}",
            "PEM 文件，相对 SAIMA_HOME / a PEM file, relative to SAIMA_HOME",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@cache
def _system_roots() -> ssl.SSLContext:
    """Reading some hundred roots takes longer than a message does: once a process."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header (a number or a date), at most `LONGEST_WAIT`; None where there is none or it is nonsense."""
    if not value:
        return None
    if re.fullmatch(r"\d{1,9}", value.strip(), re.ASCII):
        return min(float(value), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT)


def _hidden(text: str) -> str:
    return _PARAMETER.sub(r"\1=***", _URL.sub(r"\1\2/***", text))


def _keep_addresses_out_of_logs() -> None:
    """httpx logs every URL at INFO; a robot's URL is its secret and Airflow keeps INFO."""
    log = logging.getLogger("httpx")
    if not any(isinstance(given, _Redacting) for given in log.filters):
        log.addFilter(_Redacting())


class _Redacting(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _hidden(record.getMessage()), ()
        return True
