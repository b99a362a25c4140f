"""Anchors of the audit log outside the database: an insider may rewrite every row and every hash, but not what was printed in
editions, exported to another desk, or kept from before a rebuild."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from ...errors import Terminal
from ...model.loading import AuditEntry, Check
from ...publish.atomic_file import write_asked_for
from ...publish.manifest import NAME
from ...settings import Settings
from ...warehouse.db.audit_log import GENESIS, link_hash
from ..runtime.context import Context

FOLDER = "audit_log"
"""Below the home: the logs of warehouses that were rebuilt, a line an entry."""


@dataclass(frozen=True)
class AnchorDocument:
    """The JSON of `saima audit --export`: number and hash of an entry; every entry before it is proven with it. `editions`: published
    edition → SHA-256 of its manifest."""

    home: str
    programme: str
    exported_at: str
    seq: int
    hash: str
    editions: dict[str, str]


def export_anchor(context: Context, file: Path, now: datetime) -> AnchorDocument:
    """Writes the newest entry's number and hash, to be kept where the operators of the database cannot write."""
    entries = context.warehouse.audit_entries(limit=1)
    if not entries:
        raise Terminal("审计日志还是空的", "the audit log is still empty")
    editions = {e.edition_id: e.manifest_hash for e in context.warehouse.editions.all() if e.published_at}
    anchor = AnchorDocument(
        str(context.settings.home), context.programme.name, now.isoformat(), entries[-1].seq, entries[-1].hash, editions
    )
    text = json.dumps(asdict(anchor), ensure_ascii=False) + "\n"
    before = (
        file.read_bytes() if file.is_file() else b""
    )  # half a line would make those that stand before it unreadable
    write_asked_for(file, before + text.encode())
    return anchor


def check_anchors(context: Context, exported: Sequence[Path] = ()) -> Check:
    """Every anchor (in a published edition's manifest, or exported) names an entry of the log, or of a log kept from before a rebuild."""
    entries = context.warehouse.audit_entries()
    known = {entry.seq: {entry.hash} for entry in entries}
    bad = []
    kept = _kept_logs_of(entries)
    while kept:  # a log that a rebuild ended may itself name one that an earlier rebuild ended
        name, head = kept.pop()
        earlier = _kept_log(context.settings, name, head)
        if earlier is None:
            bad.append(f"{FOLDER}/{name}: 缺失或被改动 / missing or changed")
            continue
        for entry in earlier:
            known.setdefault(entry.seq, set()).add(entry.hash)
        kept += _kept_logs_of(earlier)
    looked_at = 0
    for name, seq, digest in [*_printed(context), *(one for file in exported for one in _exported(file))]:
        looked_at += 1
        if digest not in known.get(seq, set()):
            bad.append(f"{name}: 审计日志第 {seq} 条不是当时的 / entry {seq} of the audit log is not what it was")
    return Check(
        "anchors", looked_at, len(bad), "; ".join(bad[:5]) or ("" if looked_at else "尚无锚点 / no anchor yet")
    )


def _kept_logs_of(entries: Sequence[AuditEntry]) -> list[tuple[str, str]]:
    """(file, head) of the logs that the rebuilds of this log kept; a log's head names it, so that none can name itself."""
    details = [entry.detail for entry in entries if entry.action == "rebuild" and entry.detail.get("audit_log_kept")]
    return [(str(detail["audit_log_kept"]), str(detail["audit_log_before"])) for detail in details]


def _printed(context: Context) -> list[tuple[str, int, str]]:
    found = []
    for manifest in sorted(context.settings.editions.glob(f"*/*/published/{NAME}")):
        told = json.loads(manifest.read_text(encoding="utf-8")).get("audit_log")
        if told:
            found.append((manifest.parents[1].name, int(told["seq"]), str(told["hash"])))
    return found


def _exported(file: Path) -> list[tuple[str, int, str]]:
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
        return [(file.name, int(one["seq"]), str(one["hash"])) for one in lines]
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise Terminal(f"{file} 不是锚点文件", f"{file} is no file of anchors", "saima audit --export FILE") from cause


def keep_audit_log(settings: Settings, entries: Sequence[AuditEntry]) -> str:
    """Writes a log that a rebuild ends beside the archive; the name of its file, '' where there is none."""
    if not entries:
        return ""
    folder = settings.home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{entries[-1].hash[:24]}.jsonl"
    partial = folder / f".{name}.partial"
    with partial.open("w", encoding="utf-8") as file:
        for entry in entries:
            line = {**asdict(entry), "at": entry.at.isoformat(timespec="microseconds")}
            file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / name)
    return name


def _kept_log(settings: Settings, name: str, head: str) -> list[AuditEntry] | None:
    """Entries of a kept log; None where it is not whole, or does not end with `head`."""
    found: list[AuditEntry] = []
    previous = GENESIS
    try:
        for line in (settings.home / FOLDER / name).read_text(encoding="utf-8").splitlines():
            e = json.loads(line)
            at = datetime.fromisoformat(e["at"])
            link = link_hash(e["seq"], at, e["actor"], e["action"], e["subject"], e["detail"], previous)
            if link != e["hash"]:
                return None
            found.append(
                AuditEntry(int(e["seq"]), at, e["actor"], e["action"], e["subject"], e["detail"], previous, link)
            )
            previous = link
    except (OSError, ValueError, KeyError):
        return None
    return found if previous == head else None
