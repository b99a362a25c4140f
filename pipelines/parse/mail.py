"""A mail (.eml): its attachments are the files of one submission. Nothing of its text is read as data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from pipelines.model.submissions import Problem

MAX_ATTACHMENTS = 100
_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n)+\r?\n")
_TELLING = re.compile(
    rb"^(?:Received|From|Return-Path|Message-ID|MIME-Version|Delivered-To|Subject):", re.IGNORECASE | re.MULTILINE
)


def is_mail(content: bytes) -> bool:
    """Whether the bytes begin with the header of a mail: only header lines up to a blank one, at least two telling ones."""
    head = _HEADER.match(content[:262_144])
    return head is not None and len(_TELLING.findall(head[0])) >= 2


def attachments(content: bytes) -> tuple[dict[str, bytes], Problem | None]:
    """Name → bytes of the attachments of a mail and of mails inside it; pictures in the text are none. A name given twice gets
    a number."""
    found: dict[str, bytes] = {}
    message = BytesParser(policy=policy.default).parsebytes(content)
    for part in _leaves(message):
        name = part.get_filename()
        inline_picture = part.get_content_disposition() == "inline" and part.get_content_maintype() == "image"
        if not name or inline_picture:
            continue
        if len(found) == MAX_ATTACHMENTS:
            params = {"kind": "too_many_parts", "count": f"> {MAX_ATTACHMENTS}", "limit": str(MAX_ATTACHMENTS)}
            return {}, Problem("A01", params=params)
        data = part.get_payload(decode=True)
        plain = name.replace("\\", "/").rsplit("/", 1)[-1].replace("\0", "") or "attachment"
        found[_unused(plain, found)] = data if isinstance(data, bytes) else b""
    if not found:
        seen = "邮件，没有附件；正文不作为表格读取 / an e-mail without attachments, its text is not read"
        return {}, Problem("A01", params={"kind": "unknown_type", "seen": seen})
    return found, None


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    for part in message.walk():
        if not part.is_multipart() and isinstance(part, EmailMessage):
            yield part


def _unused(name: str, found: dict[str, bytes]) -> str:
    number, candidate = 1, name
    while candidate in found:
        number += 1
        candidate = f"({number}) {name}"
    return candidate
