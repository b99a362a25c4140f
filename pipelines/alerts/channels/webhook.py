"""A signed webhook, for whatever a bureau has of its own (OA, 浙政钉 gateway, a ticket system).

POST of the notice as JSON (`local.document`) with `Idempotency-Key` = its id, `X-Saima-Timestamp` (seconds) and `X-Saima-Signature:
sha256=<hex>` = HMAC-SHA256(secret, "<timestamp>." + body). The receiver recomputes it over the bytes it got, refuses old timestamps and
ignores an id it has taken. Connection: `{"password": "<secret>", "host": "https://…"}`; the address may stand in channels.toml instead."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ...errors import Terminal
from ...model.connections import Connection, variable_of
from ...model.notifications import DeliveryResult, Notification
from ...model.programme import ChannelSpec
from .local import document
from .posting import Poster, address_of, to_json

_SUCCESS = re.compile(r"0+|200|ok|success", re.IGNORECASE)
"""Codes that gateways say yes with."""


class WebhookChannel:
    """A contact's address is handed on as `to`."""

    def __init__(self, spec: ChannelSpec, connection: Connection, home: Path) -> None:
        """Terminal where there is no address or no secret to sign with."""
        self.name, self.per_minute = spec.name, spec.per_minute
        self._secret = connection.password or connection.extra.get("secret", "")
        address = spec.options.get("url", "")
        self._query = {key: value for key, value in connection.extra.items() if key != "secret"}
        if not address and connection.host:
            address = address_of(connection, "", "/" + connection.path.lstrip("/"))
        if not (address and self._secret):
            raise Terminal(
                f"通道 {spec.name} 缺少地址或密钥",
                f"channel {spec.name} lacks its address or its secret",
                f'{variable_of(spec.name)}={{"password": "…"}}',
            )
        self._poster = Poster(spec, connection, home, address)

    def send(self, notice: Notification, now: datetime) -> DeliveryResult:
        """Accepted by a 2xx whose JSON, where it has any, reports no error."""
        body = to_json(document(notice))
        answer = self._poster.post(
            body, now, self._query, {"Idempotency-Key": notice.message_id, **signature(self._secret, body, now)}
        )
        if answer.delivery:
            return answer.delivery
        if problem := _reported(answer.body):
            return DeliveryResult(False, self._poster.redact(f"HTTP {answer.status}, {problem}"))
        return DeliveryResult(True, f"HTTP {answer.status}")


def signature(secret: str, body: bytes, now: datetime) -> dict[str, str]:
    """The two headers that prove who sent the body and when."""
    timestamp = str(int(now.timestamp()))
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Saima-Timestamp": timestamp, "X-Saima-Signature": f"sha256={digest}"}


def _reported(body: Mapping[str, Any]) -> str:
    """An error that a receiver reports inside a 2xx, in one of the ways that are usual; "" where there is none."""
    given = {key.lower(): value for key, value in body.items()}
    words = next((given[key] for key in ("errmsg", "msg", "message", "error") if given.get(key)), "")
    for key in ("errcode", "code"):
        if key in given and not _SUCCESS.fullmatch(str(given[key])):
            return f"{key} {given[key]}: {words}"
    for key in ("ok", "success"):
        if str(given.get(key, True)).lower() == "false":
            return f"{key} false: {words}"
    return f"error: {given['error']}" if given.get("error") else ""
