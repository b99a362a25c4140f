"""Feishu's group robot (飞书自定义机器人, open.feishu.cn/document/client-docs/bot-v3/add-custom-bot).

Connection: the address as copied, with the signing secret added: `https://open.feishu.cn/open-apis/bot/v2/hook/…?secret=…`.
Signature, in the body: base64(HMAC-SHA256(key = "<seconds>\\n<secret>", message = "")) — the roles are not DingTalk's, and 19021 is
the answer to whoever swaps them. 100 messages a minute and 5 a second, 20 KB; errors come as `code` in an HTTP 200."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from pathlib import Path
from typing import Any

from ...errors import Terminal
from ...model.connections import Connection, variable_of
from ...model.notifications import DeliveryResult, Notification
from ...model.programme import ChannelSpec
from .posting import Poster, address_of
from .sizing import content_of

HOST = "open.feishu.cn"
PATH = "/open-apis/bot/v2/hook/"
MOST_BYTES = 9_500
"""The request may have 20 KB, and a quote takes two bytes in JSON."""
TOO_FAST = {11232: 60.0, 99991400: 60.0}
MESSAGE_IS_WRONG = {9499}
"""Bad Request: malformed or too long."""
_MARKS = str.maketrans("<>[]", "＜＞［］")


class FeishuChannel:
    """A contact's address is the open_id to mention, `all` or `group` (nobody)."""

    def __init__(self, spec: ChannelSpec, connection: Connection, home: Path) -> None:
        """Terminal where the connection has no hook."""
        self.name, self.per_minute = spec.name, spec.per_minute
        self._secret = connection.extra.get("secret", "")
        hook = connection.path.rpartition("/")[2] or connection.password
        if not hook:
            raise Terminal(
                f"通道 {spec.name} 没有机器人地址",
                f"channel {spec.name} has no address of the robot",
                f"{variable_of(spec.name)}=https://{HOST}{PATH}…?secret=…",
            )
        self._poster = Poster(spec, connection, home, address_of(connection, HOST, PATH + hook))

    def send(self, notice: Notification, now: datetime) -> DeliveryResult:
        """One text message; accepted where `code` is 0."""
        mention = "" if notice.address == "group" else f'<at user_id="{notice.address.translate(_MARKS)}"></at> '
        # from outside, a < could be a tag that mentions everybody, and [words](address) a link that says something else
        text = content_of(notice, MOST_BYTES, mention, lambda given: given.translate(_MARKS))
        message: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if self._secret:
            message |= signature(self._secret, now)
        answer = self._poster.post(message, now)
        return self._poster.classify_response(answer, ("code", "msg"), TOO_FAST, MESSAGE_IS_WRONG)


def signature(secret: str, now: datetime) -> dict[str, str]:
    """`timestamp` (seconds) and `sign` for the body."""
    timestamp = str(int(now.timestamp()))
    digest = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}
