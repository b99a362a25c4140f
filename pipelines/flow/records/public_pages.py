"""What lies outside for everybody and is no edition: the site and the showcases. The audit log says what their files hash to; the newest
entry says what must lie there now. Neither is in a backup, both are made again by their commands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...model.loading import AuditEntry
from ...publish.atomic_file import half_written_name, write_whole
from ..runtime.context import Context

SITE = "site"
SHOWCASE = "showcase"
"""Actions of the entries, and keys under which a rebuild, which begins another log, carries them over."""
SITE_LOCK = "site.lock"
_LIST = "site_files.json"
"""Below the home: path → SHA-256 of every file of the site; its own hash is in the log."""


def note_showcase(context: Context, period: str, files: Mapping[str, bytes], now: datetime) -> None:
    """Before the files are laid down: a process that dies in between leaves the older ones, which the next look lays down again."""
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    context.warehouse.audit("saima", SHOWCASE, period, {"files": digests}, now)


def note_site(context: Context, files: Mapping[str, str], now: datetime) -> None:
    """After a build; `files`: path → SHA-256. Nothing is noted of a build that changed nothing."""
    text = json.dumps(files, ensure_ascii=False, indent=0, sort_keys=True).encode("utf-8", "surrogateescape")
    digest, place = sha256(text).hexdigest(), context.settings.home / _LIST
    if not place.is_file() or place.read_bytes() != text:
        write_whole(place, text)
    if known_site(context.warehouse.audit_entries(limit=1, action=SITE)) != digest:
        context.warehouse.audit("saima", SITE, SITE, {"files": len(files), "list": digest}, now)


def known_site(entries: Sequence[AuditEntry]) -> str:
    """Hash of the list of the site's files as the newest entry has it; '' where none was noted."""
    told = [_told(entry, SITE) for entry in entries]
    return next((str(one["list"]) for one in reversed(told) if one), "")


def listed_site(context: Context, digest: str) -> Mapping[str, str] | None:
    """Path → SHA-256 of the files of the site; None where the list is not the one that was noted."""
    place: Path = context.settings.home / _LIST
    text = place.read_bytes() if place.is_file() else b""
    return json.loads(text) if sha256(text).hexdigest() == digest else None


def known_showcases(entries: Sequence[AuditEntry]) -> dict[str, Mapping[str, str]]:
    """Period → file → SHA-256 as the newest entry has it."""
    found: dict[str, Mapping[str, str]] = {}
    for entry in entries:
        if entry.action == SHOWCASE:
            found[entry.subject] = _told(entry, SHOWCASE)["files"]
        elif entry.action == "rebuild":
            found |= _told(entry, SHOWCASE)
    return found


def _told(entry: AuditEntry, kind: str) -> Mapping[str, Any]:
    told = entry.detail if entry.action == kind else entry.detail.get(kind) if entry.action == "rebuild" else None
    return told if isinstance(told, Mapping) else {}


def logged_showcases(context: Context) -> dict[str, Mapping[str, str]]:
    """`known_showcases` of this home."""
    return known_showcases(entries_of(context, SHOWCASE, "rebuild"))


def entries_of(context: Context, *actions: str) -> list[AuditEntry]:
    """Entries of some actions in their order; the log holds years of loads, which need not be read for them."""
    found = [entry for action in actions for entry in context.warehouse.audit_entries(action=action)]
    return sorted(found, key=lambda entry: entry.seq)


def differing(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """What of a folder is not as it was laid down; half-written files of another process are none of it."""
    for name, digest in sorted(files.items()):
        file = folder / name
        if not file.is_file() or file.is_symlink():
            yield f"缺少 / missing {name}"
        elif sha256(file.read_bytes()).hexdigest() != digest:
            yield f"被改动 / changed {name}"
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        name = file.relative_to(folder).as_posix()
        whole = file.with_name(half_written_name(file.name)).relative_to(folder).as_posix()
        if not file.is_dir() and whole not in files:
            yield f"多出 / not laid down {name}"
