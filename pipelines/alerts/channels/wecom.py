"""WeCom's group robot (企业微信群机器人, developer.work.weixin.qq.com/document/path/91770).

Connection: the address as copied: `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…`; the key is the secret, nothing is signed.
Text takes 2,048 bytes and can mention a mobile number; what is longer goes as markdown (4,096 bytes, mentions nobody). 20 messages
a minute; errors come as `errcode` in an HTTP 200, 45009 blocks for a minute."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from ...errors import Terminal
from ...model.connections import Connection, variable_of
from ...model.notifications import DeliveryResult, Notification
from ...model.programme import ChannelSpec
from .posting import Poster, address_of
from .sizing import content_of

HOST = "qyapi.weixin.qq.com"
PATH = "/cgi-bin/webhook/send"
TEXT_BYTES = 2048
MARKDOWN_BYTES = 4096
TOO_FAST = {45009: 60.0, 45033: 60.0}
MESSAGE_IS_WRONG = {40008, 40058, 44004, 45002}
"""Wrong type, invalid parameter, empty or too long."""
_MARKS = str.maketrans("<>[]*`", "＜＞［］＊｀")
_TAGS = str.maketrans("<>", "＜＞")
_LINE_MARKS = re.compile(r"^(\s*)#", re.MULTILINE)


class WeComChannel:
    """A contact's address is the mobile number to mention, `all` or `group` (nobody)."""

    def __init__(self, spec: ChannelSpec, connection: Connection, home: Path) -> None:
        """Terminal where the connection has no key."""
        self.name, self.per_minute = spec.name, spec.per_minute
        self._key = connection.extra.get("key") or connection.password
        if not self._key:
            raise Terminal(
                f"通道 {spec.name} 没有机器人地址",
                f"channel {spec.name} has no key of the robot",
                f"{variable_of(spec.name)}=https://{HOST}{PATH}?key=…",
            )
        self._poster = Poster(spec, connection, home, address_of(connection, HOST, PATH))

    def send(self, notice: Notification, now: datetime) -> DeliveryResult:
        """One message; accepted where `errcode` is 0."""
        answer = self._poster.post(message_of(notice), now, {"key": self._key})
        return self._poster.classify_response(answer, ("errcode", "errmsg"), TOO_FAST, MESSAGE_IS_WRONG)


def message_of(notice: Notification) -> dict[str, Any]:
    """Text where it fits, else markdown whose marks in the notice mean nothing, cut between characters with a word about it."""
    # <@somebody> from outside would mention in a text too
    whole = content_of(notice, 1 << 30, plain=lambda text: text.translate(_TAGS))
    if len(whole.encode(errors="replace")) <= TEXT_BYTES:
        mobiles = [] if notice.address == "group" else ["@all" if notice.address == "all" else notice.address]
        return {"msgtype": "text", "text": {"content": whole, "mentioned_mobile_list": mobiles}}
    return {"msgtype": "markdown", "markdown": {"content": content_of(notice, MARKDOWN_BYTES, plain=_plain)}}


def _plain(text: str) -> str:
    """Marks become their full-width twins, which show the same and mean nothing."""
    return _LINE_MARKS.sub(r"\1＃", text.translate(_MARKS))
