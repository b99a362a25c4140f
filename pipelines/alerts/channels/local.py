"""Ways out that need no network: a file of the home (the embedded default) and the terminal."""

from __future__ import annotations

import fcntl
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ...model.notifications import DeliveryResult, Notification

NEAR_THE_END = 4 * 1024 * 1024
"""How far back a file is looked through for a message that was written and not recorded: thousands of lines."""

WRITTEN = "已写入文件 / written to the file"
"""What the book has of a message that this channel took."""
WHOLE_LINE = re.compile(rb'^\{"id": "([0-9a-f]{32})",.*"sent_at": "[^"]*"\}$', re.MULTILINE)


def document(notice: Notification) -> dict[str, Any]:
    """A notice as JSON, for the file channel and the webhook: the text and what it is about, never the facts it was made of."""
    return {
        "id": notice.message_id,
        "kind": notice.kind,
        "audience": notice.audience,
        "to": notice.address,
        "unit": notice.unit_code or None,
        "period": notice.period or None,
        "form": notice.form or None,
        "rung": notice.rung or None,
        "subject": notice.text.subject,
        "text": notice.text.body,
        "link": notice.link or None,
        "created_at": notice.created_at.isoformat(),
    }


@dataclass
class FileChannel:
    """Appends one JSON line a message to a file of the home; `id` tells a repeat.

    A message that stands near the end already, because its sender was killed before it could record that, is not written twice."""

    name: str
    path: Path
    per_minute: int | None = None

    def send(self, notice: Notification, now: datetime) -> DeliveryResult:
        """See `send_many`."""
        return self.send_many([notice], now)[0]

    def send_many(self, notices: Sequence[Notification], now: datetime) -> list[DeliveryResult]:
        """Accepted once the lines are on disk. A line that a crash cut off is closed first, so that it spoils no other."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # addresses and states of units: for the owner of the home alone
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "a+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                end = file.seek(0, os.SEEK_END)
                torn = end > 0 and os.pread(file.fileno(), 1, end - 1) != b"\n"
                known = _ids(os.pread(file.fileno(), NEAR_THE_END, max(0, end - NEAR_THE_END)))
                lines = [self._line(notice, now) for notice in notices if notice.message_id not in known]
                content = (b"\n" if torn else b"") + b"".join(lines)
                if lines and file.write(content) != len(content):
                    return [DeliveryResult(False, "磁盘已满？ / a line was cut short, is the disk full?")] * len(
                        notices
                    )
                os.fsync(file.fileno())
        except OSError as error:
            return [DeliveryResult(False, f"无法写入文件 / cannot write the file: {error.strerror}")] * len(notices)
        return [DeliveryResult(True, WRITTEN)] * len(notices)

    def _line(self, notice: Notification, now: datetime) -> bytes:
        response = {**document(notice), "channel": self.name, "sent_at": now.isoformat()}
        return json.dumps(response, ensure_ascii=False).encode(errors="replace") + b"\n"


def _ids(tail: bytes) -> set[str]:
    """Ids of the whole lines in the last part of a file; its first line is cut, others may be a crash's."""
    return {match.decode() for match in WHOLE_LINE.findall(tail)}


@dataclass
class ConsoleChannel:
    """Prints to stderr: stdout belongs to the answer of a command."""

    name: str
    per_minute: int | None = None

    def send(self, notice: Notification, now: datetime) -> DeliveryResult:
        """Accepted unless nobody is there to read."""
        head = f"[{now.isoformat()}] {notice.address} {notice.message_id}"
        text = "\n".join((head, notice.text.subject, notice.text.body, ""))
        try:
            sys.stderr.write("".join(c if c == "\n" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))
            sys.stderr.flush()
        except (OSError, ValueError) as error:
            return DeliveryResult(False, f"终端不可写 / the terminal cannot be written to: {type(error).__name__}")
        return DeliveryResult(True, "已显示 / shown")
