"""The public site as it lies outside: a list names the hash of each of its files, and the audit log that of the newest list. Neither is in
a backup; the site is made again by its command."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from ...model.loading import AuditEntry
from ...publish.atomic_file import write_whole
from ..runtime.context import Context
from .noted_files import told

SITE = "site"
"""Action of the entries, and key under which a rebuild, which begins another log, carries the newest over."""
SITE_LOCK = "site.lock"
DRAWINGS = "cache/charts/"
"""Below the home: charts and pictures that were drawn for the site."""
_LIST = "site_files.json"
"""Below the home: path → SHA-256 of every file of the site, and of its drawings; its own hash is in the log."""


def note_site(context: Context, files: Mapping[str, str], drawings: Mapping[str, str], now: datetime) -> None:
    """After a build; path → SHA-256 of its pages and of the drawings in them. Nothing is noted of a build that changed nothing."""
    listed = {**files, **{f"{DRAWINGS}{name}": digest for name, digest in drawings.items()}}
    text = json.dumps(listed, ensure_ascii=False, indent=0, sort_keys=True).encode("utf-8", "surrogateescape")
    digest, place = sha256(text).hexdigest(), context.settings.home / _LIST
    if not place.is_file() or place.read_bytes() != text:
        write_whole(place, text)
    if known_site(context.warehouse.audit_entries(limit=1, action=SITE)) != digest:
        context.warehouse.audit("saima", SITE, SITE, {"files": len(files), "list": digest}, now)


def known_site(entries: Sequence[AuditEntry]) -> str:
    """Hash of the list of the site's files as the newest entry has it; '' where none was noted."""
    said = [told(entry, SITE) for entry in entries]
    return next((str(one["list"]) for one in reversed(said) if one), "")


def listed_site(context: Context, digest: str) -> Mapping[str, str] | None:
    """Path → SHA-256 of the files of the site; None where the list is not the one that was noted."""
    listed = _listed(context, digest)
    return None if listed is None else {path: one for path, one in listed.items() if not path.startswith(DRAWINGS)}


def noted_drawings(context: Context) -> Mapping[str, str]:
    """File → SHA-256 of the drawings of the newest build; none where the list is not the one that was noted."""
    entries = [one for action in ("rebuild", SITE) for one in context.warehouse.audit_entries(limit=1, action=action)]
    listed = _listed(context, known_site(sorted(entries, key=lambda entry: entry.seq))) or {}
    return {path.removeprefix(DRAWINGS): one for path, one in listed.items() if path.startswith(DRAWINGS)}


def _listed(context: Context, digest: str) -> Mapping[str, str] | None:
    place: Path = context.settings.home / _LIST
    text = place.read_bytes() if place.is_file() else b""
    return json.loads(text) if sha256(text).hexdigest() == digest else None
