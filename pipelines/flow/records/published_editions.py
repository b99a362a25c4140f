"""Editions as they lie on the disk. Those that were published stand there whatever the ledger says of them: a ledger restored from an older
backup does not know the newest ones; nothing is ever published over them, and the next draft takes a number after theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path

from ...errors import Refused
from ...model.loading import AuditEntry, Edition
from ...model.periods import Period
from ...publish.atomic_file import half_written_name
from ...publish.manifest import NAME
from ...settings import Settings
from ...warehouse.db.locking import file_lock
from ...warehouse.db.sqlite_connection import BUSY_SECONDS
from ..runtime.context import Context

PUBLISHED = "published"
DRAFT = "draft"
DRAFT_FILES = "draft_files"
"""Action of the entry of a draft whose pages were written again by another version of the program."""
EDITION_LOCK = "edition.lock"


def writing_editions(context: Context, purpose: str) -> AbstractContextManager[None]:
    """One writer of editions at a time, from what it decides on to what the ledger says of it: of two that publish at once the second
    wrote its own manifest (the head of the audit log had moved) over the one that the ledger knows."""
    return file_lock(context.settings.home / EDITION_LOCK, BUSY_SECONDS, purpose)


def published_on_disk(settings: Settings, period: str) -> dict[str, str]:
    """edition → content hash of the folders that hold a whole published edition; '' where its manifest cannot be read."""
    found = {}
    for manifest in sorted((settings.editions / period).glob(f"*/{PUBLISHED}/{NAME}")):
        try:
            found[manifest.parents[1].name] = str(json.loads(manifest.read_bytes())["content_hash"])
        except (OSError, ValueError, KeyError, TypeError):
            found[manifest.parents[1].name] = ""
    return found


def unknown_to_ledger(context: Context, period: str) -> list[str]:
    """Editions of a period that are published with other content than the ledger has under their name, or none."""
    known = {e.edition_id: e.content_hash for e in context.warehouse.edition_heads.of_period(period)}
    return [name for name, content in published_on_disk(context.settings, period).items() if known.get(name) != content]


def every_unknown(context: Context) -> Iterator[str]:
    """The same over all periods."""
    root = context.settings.editions
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if folder.is_dir():
            yield from unknown_to_ledger(context, folder.name)


def free_edition_id(context: Context, period: Period) -> str:
    """Identity of the next draft: after every edition of the ledger and every one that was published."""
    following = context.warehouse.editions.next_id(str(period))
    numbers = [
        int(name.rpartition("-e")[2]) for name in published_on_disk(context.settings, str(period)) if "-e" in name
    ]
    number = max([int(following.rpartition("-e")[2]), *(n + 1 for n in numbers)])
    return f"{period}-e{number}"


def refuse_overwriting(context: Context, edition: Edition) -> None:
    """Refused where other content was published under the name of this edition."""
    content = published_on_disk(context.settings, edition.period).get(edition.edition_id, edition.content_hash)
    if content != edition.content_hash:
        raise Refused(
            f"{edition.edition_id} 已以其他内容发布，账簿不知道（账簿恢复自较旧的备份？），不覆盖",
            f"{edition.edition_id} was published with other content, which the ledger does not know (restored from an older "
            "backup?); it is not overwritten",
            f"恢复较新的账簿，或 saima rank {edition.period} 另出新版 / restore the newer ledger, or draw up the next edition",
        )


def edition_folder(settings: Settings, edition: Edition, stage: str) -> Path:
    """Where its pages lie; `stage`: DRAFT or PUBLISHED."""
    return settings.editions / edition.period / edition.edition_id / stage


def incomplete(context: Context) -> dict[str, list[str]]:
    """Published edition → what of its folder is gone or is not what was published; those that are whole are left out."""
    found = {}
    for head in context.warehouse.edition_heads.published():
        folder = context.settings.editions / head.period / head.edition_id / PUBLISHED
        if said := list(damaged(folder, head.manifest_hash)):
            found[head.edition_id] = said
    return found


def drafted_manifest(entries: Sequence[AuditEntry], edition_id: str) -> str:
    """Hash of the manifest beside the pages that a signer reads; '' for a draft of an older version."""
    own = [e.detail for e in entries if e.subject == edition_id and e.action in (DRAFT, DRAFT_FILES)]
    return next((str(detail["manifest_hash"]) for detail in reversed(own) if "manifest_hash" in detail), "")


def damaged(folder: Path, manifest_hash: str) -> Iterator[str]:
    """What of the folder of an edition is not what its manifest says, and that not what was recorded."""
    manifest = folder / NAME
    if not manifest.is_file():
        yield f"缺少 / missing: {NAME}"
        return
    text = manifest.read_bytes()
    if sha256(text).hexdigest() != manifest_hash:
        yield f"被改动 / changed: {NAME}"
        return
    listed = {name: str(entry["sha256"]) for name, entry in json.loads(text)["files"].items()}
    for name, digest in sorted(listed.items()):
        file = folder / name
        if not file.is_file():
            yield f"缺少 / missing: {name}"
        elif sha256(file.read_bytes()).hexdigest() != digest:
            yield f"被改动 / changed: {name}"
    for file in sorted(folder.iterdir()):
        if half_written_name(file.name) not in (NAME, *listed):
            yield f"多出 / not listed: {file.name}"
