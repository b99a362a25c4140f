"""A folder of mails (.eml, one file a mail, as a mail server or a rule of the mail client drops them).

A mail is one receipt: its bytes are archived whole and its attachments are read as the parts of one submission, so that a
return split over two attachments is never taken for two versions. It arrived when the receiving server says (the first Received
header); the Date header is the sender's own word and may lie. Without one it arrived when the file did."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from pipelines.model.programme import Source

from .entries import Entry, OnError
from .folder_source import FolderClient

HEAD_BYTES = 262_144
_RECEIVED = re.compile(rb"^Received:[ \t]*((?:[^\r\n]|\r?\n[ \t])+)", re.IGNORECASE | re.MULTILINE)


class MailClient(FolderClient):
    """A folder of .eml files; other files in it are left alone."""

    def __init__(self, source: Source, home: Path) -> None:
        super().__init__(source, home)

    def listing(self, on_error: OnError | None) -> list[Entry]:
        return [
            _dated(e) if e.name.casefold().endswith(".eml") else e for e in super().listing(on_error) if _belongs(e)
        ]

    def attach(self, entries: Sequence[Entry], beside: Mapping[str, Entry]) -> list[Entry]:
        return list(entries)


def _belongs(entry: Entry) -> bool:
    return ".eml" in entry.name.casefold()


def _dated(entry: Entry) -> Entry:
    received = received_at(entry.path) if entry.path is not None else None
    return replace(entry, arrived_at=received) if received is not None and received <= entry.arrived_at else entry


def received_at(path: Path) -> datetime | None:
    """The moment in the first Received header (the last server's) in UTC; None where there is none that can be read, or one without
    a time zone."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return None
    head = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    match = _RECEIVED.search(head)
    if match is None:
        return None
    try:
        moment = parsedate_to_datetime(" ".join(match[1].rpartition(b";")[2].decode("ascii", "replace").split()))
    except (ValueError, IndexError, TypeError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None
