"""Fitting a notice into what a robot takes: limits count bytes, a cut falls between characters, and a cut is said."""

from __future__ import annotations

from collections.abc import Callable

from ...model.notifications import Notification

CUT = "\n……(过长，余下从略，见链接 / too long, the rest is left out, see the link)"


def content_of(
    notice: Notification, most_bytes: int, before: str = "", plain: Callable[[str], str] = lambda text: text
) -> str:
    """Subject, body and the id that tells a repeat, within `most_bytes` of UTF-8; `before` (a mention) is never cut.

    `plain` takes the meaning out of marks that the robot would act on; it is applied before the bytes are counted."""
    text = plain(f"{notice.text.subject}\n\n{notice.text.body}")
    shown = notice.link and notice.link in notice.text.body and notice.link == plain(notice.link)
    tail = f"{'' if shown or not notice.link else chr(10) + notice.link}\n编号 / id: {notice.message_id}"
    whole = f"{before}{text}{tail}"
    if len(_bytes(whole)) <= most_bytes:
        return whole
    link = f"\n{notice.link}" if notice.link else ""
    tail = f"{CUT}{link}\n编号 / id: {notice.message_id}"
    return clip(before + text, most_bytes - len(_bytes(tail))) + tail


def clip(text: str, most_bytes: int) -> str:
    """The longest beginning of the text that has at most so many bytes in UTF-8, cut between characters."""
    return _bytes(text)[: max(most_bytes, 0)].decode(errors="ignore")


def _bytes(text: str) -> bytes:
    """UTF-8; half a character from a broken source becomes a question mark rather than an error."""
    return text.encode(errors="replace")
