"""Receipts noted beside the archive, a line each: with them the archive alone is enough to make the ledger again.

The ledger is where receipts are looked up; this file is read when there is no ledger any more. A line is written before the receipt
is recorded, so that the journal may hold one that the ledger never got, and never lacks one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.errors import Transient
from pipelines.model.submissions import Receipt

NAME = "receipts.jsonl"


def journal_path(root: Path) -> Path:
    """Where the journal of an archive lies."""
    return root / NAME


def note_receipts(root: Path, receipts: Sequence[Receipt]) -> None:
    """Adds receipts, durably and whole lines at once. Transient where the archive cannot be written."""
    if not receipts:
        return
    with _own_trouble(root):
        root.mkdir(parents=True, exist_ok=True)
        _append(journal_path(root), receipts)


def begin_journal(root: Path, receipts: Sequence[Receipt]) -> None:
    """Makes a journal of these receipts where there is none, whole or not at all: a home may be older than its journal, or have lost it."""
    if not receipts:
        return
    partial = root / f".{NAME}.{os.getpid()}.partial"
    with _own_trouble(root):
        partial.unlink(missing_ok=True)
        try:
            _append(partial, receipts)
            with suppress(FileExistsError):  # another collection was first
                journal_path(root).hardlink_to(partial)
        finally:
            partial.unlink(missing_ok=True)


def _append(file: Path, receipts: Sequence[Receipt]) -> None:
    """Durably. A line that a dying process or a full disk left unfinished is ended first: it would take the next one with it."""
    content = "".join(json.dumps(_line(receipt)) + "\n" for receipt in receipts).encode("ascii")
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            content = b"\n" + content
        while content:
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _own_trouble(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise Transient(
            f"原始档案无法写入：{root}（{cause.strerror}）",
            f"the raw archive cannot be written: {root} ({cause.strerror})",
            "检查磁盘空间和权限 / check free space and permissions",
        ) from cause


def read_journal(root: Path) -> list[Receipt]:
    """Every receipt noted, once; a line that a dying process left unfinished is passed over."""
    try:
        content = journal_path(root).read_bytes()
    except FileNotFoundError:
        return []
    found: dict[str, Receipt] = {}
    for line in content.split(b"\n"):
        try:
            values: dict[str, Any] = json.loads(line)
            for name in ("arrived_at", "seen_at"):
                values[name] = datetime.fromisoformat(values[name])
            receipt = Receipt(**values)
        except (ValueError, TypeError, KeyError):
            continue
        found.setdefault(receipt.receipt_id, receipt)
    return list(found.values())


def leave_out(root: Path, receipt_ids: Collection[str]) -> None:
    """Takes receipts out of the journal of a copied archive that nobody uses yet: those that its ledger does not have."""
    kept = [receipt for receipt in read_journal(root) if receipt.receipt_id not in receipt_ids]
    journal_path(root).unlink(missing_ok=True)
    note_receipts(root, kept)


def _line(receipt: Receipt) -> dict[str, object]:
    values = asdict(receipt)
    return {
        **values,
        "arrived_at": receipt.arrived_at.isoformat(),
        "seen_at": receipt.seen_at.isoformat(),
        "manifest": dict(receipt.manifest),
    }
