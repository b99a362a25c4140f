"""DingTalk's group robot (钉钉自定义机器人, open.dingtalk.com/document/robots/custom-robot-access).

Connection: the address as copied, with the signing secret added: `https://oapi.dingtalk.com/robot/send?access_token=…&secret=SEC…`.
Signature: base64(HMAC-SHA256(key = secret, message = "<milliseconds>\\n<secret>")), URL-encoded, made anew for every attempt (it holds
for an hour). 20 messages a minute, then blocked for ten minutes; errors come as `errcode` in an HTTP 200."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from pathlib import Path

from ...errors import Terminal
from ...model.connections import Connection, variable_of
from ...model.notifications import DeliveryResult, Notification
from ...model.programme import ChannelSpec
from .posting import Poster, address_of
from .sizing import content_of

HOST = "oapi.dingtalk.com"
MOST_BYTES = 9_500
"""The request may have 20,000 bytes, and a quote takes two in JSON."""
TOO_FAST = {130101: 600.0, 410100: 600.0}
"""errcode → seconds that the vendor blocks a robot for."""
MESSAGE_IS_WRONG = {40035, 400105, 430101, 430102, 430103, 430104}
"""Malformed, or content the platform forbids: no attempt will ever help."""


class DingTalkChannel:
    """A contact's address is the mobile number to mention, `all` or `group` (nobody)."""

    def __init__(self, spec: ChannelSpec, connection: Connection, home: Path) -> None:
        """Terminal where the connection has no access token."""
        self.name, self.per_minute = spec.name, spec.per_minute
        self._token = connection.extra.get("access_token") or connection.password
        self._secret = connection.extra.get("secret", "")
        if not self._token:
            raise Terminal(
                f"通道 {spec.name} 没有机器人地址",
                f"channel {spec.name} has no access_token of the robot",
                f"{variable_of(spec.name)}=https://{HOST}/robot/send?access_token=…&secret=SEC…",
            )
        self._poster = Poster(spec, connection, home, address_of(connection, HOST, "/robot/send"))

    def send(self, notice: Notification, now: datetime) -> DeliveryResult:
        """One text message; accepted where `errcode` is 0."""
        mobile = notice.address if notice.address.isdigit() else ""
        message = {
            "msgtype": "text",
            # the client shows a mention only where the number stands in the text
            "text": {"content": content_of(notice, MOST_BYTES, f"@{mobile} " if mobile else "")},
            "at": {"atMobiles": [mobile] if mobile else [], "isAtAll": notice.address == "all"},
        }
        query = {"access_token": self._token, **(signature(self._secret, now) if self._secret else {})}
        answer = self._poster.post(message, now, query)
        return self._poster.classify_response(answer, ("errcode", "errmsg"), TOO_FAST, MESSAGE_IS_WRONG)


def signature(secret: str, now: datetime) -> dict[str, str]:
    """`timestamp` (milliseconds) and `sign` for the query; the client that sends it does the URL encoding."""
    timestamp = str(round(now.timestamp() * 1000))
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}
