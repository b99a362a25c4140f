"""Files that are laid down for people, are no edition and stand in no table: the audit log says what each hashes to, the newest entry what
must lie there now. All of them are made again by their commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...model.loading import AuditEntry
from ...publish.atomic_file import half_written_name, write_whole
from ..runtime.context import Context

SHOWCASE = "showcase"
DISPATCH = "dispatch_files"
RULE_FAILURES = "rule_failures"
NOTED = (SHOWCASE, DISPATCH, RULE_FAILURES)
"""Actions of the entries, and keys under which a rebuild, which begins another log, carries them over. Their subjects: a period, a
period, an edition."""
_FILES = "files"
_BEGUN = "begun"


def note_files(context: Context, action: str, subject: str, files: Mapping[str, str], now: datetime) -> None:
    """`files`: path below the folder → SHA-256."""
    context.warehouse.audit("saima", action, subject, {_FILES: dict(files)}, now)


def lay_down(
    context: Context, action: str, subject: str, folder: Path, files: Iterable[tuple[str, bytes]], now: datetime
) -> dict[str, str]:
    """Writes the files one by one (path, bytes) and takes away what was laid down before and is none of them. The log says that it was
    begun, and at the end what lies there: of a process that died in between nothing is said to be false. Under a lock of the caller's."""
    before = logged_files(context, action).get(subject, {})
    context.warehouse.audit("saima", action, subject, {_BEGUN: True}, now)
    for half in sorted(folder.rglob(".*.partial")) if folder.is_dir() else ():
        half.unlink()
    digests = {}
    for name, content in files:
        write_whole(folder / name, content, alone=True)
        digests[name] = sha256(content).hexdigest()
    for name in before.keys() - digests.keys():
        (folder / name).unlink(missing_ok=True)
    note_files(context, action, subject, digests, now)
    return digests


def known_files(entries: Sequence[AuditEntry], action: str) -> dict[str, Mapping[str, str]]:
    """Subject → file → SHA-256 as the newest entry has it; no file where a process died while it laid them down."""
    found: dict[str, Mapping[str, str]] = {}
    for entry in entries:
        if entry.action == action:
            found[entry.subject] = entry.detail.get(_FILES, {})  # type: ignore[assignment]
        elif entry.action == "rebuild":
            found |= told(entry, action)
    return found


def logged_files(context: Context, action: str) -> dict[str, Mapping[str, str]]:
    """`known_files` of this home."""
    return known_files(entries_of(context, action, "rebuild"), action)


def told(entry: AuditEntry, kind: str) -> Mapping[str, Any]:
    """What an entry, or the rebuild that carried it over, says of its kind."""
    said = entry.detail if entry.action == kind else entry.detail.get(kind) if entry.action == "rebuild" else None
    return said if isinstance(said, Mapping) else {}


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
