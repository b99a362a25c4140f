"""Files that a person uploads: laid whole into the unit's folder of a source, then collected, validated, loaded and answered by the
same functions as every other file. `arrived_at` is the server's clock."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO
from uuid import uuid4

from ...collect.entries import is_submission
from ...errors import Refused
from ...model.programme import Source
from ...model.submissions import Receipt
from ...model.units import Unit
from ...model.visible_text import visible
from ..exchange.collect import Collected, collect_files
from ..feedback.write_feedback import write_due_feedback
from ..intake.batches import ReadBatch, read_batch, stage_read
from ..intake.process import revalidate_changed
from ..intake.stage_and_load import load_staged
from ..runtime.context import Context

EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
FOLDER = "portal"
ROUNDS = 3
"""A load may find that a file has to be read again; more often than this it waits for the next run."""
_UPLOAD = re.compile(r"u\d{14}[0-9a-f]{8}\Z")
_LONGEST_NAME = 150
_REFUSED_FILE = ".refused.json"
"""Beside the files of an upload, hidden from collections: what was not taken of it, for its page."""


@dataclass(frozen=True)
class UploadedFile:
    """A file as the browser sent it: its name there (nobody's path), its size in bytes and the temporary file that holds them."""

    name: str
    size: int
    content: BinaryIO


@dataclass(frozen=True)
class Upload:
    """What became of an upload: its id, the receipts, and (name, reason) of what was not taken."""

    upload_id: str
    receipts: tuple[Receipt, ...]
    refused: tuple[tuple[str, str], ...]


def portal_source(context: Context) -> Source:
    """The drop folder of the home that uploads are laid into, so that a collection finds what a killed server left; a source of its own
    where the programme has no such folder."""
    for source in context.programme.sources:
        inside = not Path(source.location).expanduser().is_absolute()
        if source.kind == "folder" and inside and "unit" not in source.options:
            return source
    return Source(FOLDER, "folder", FOLDER, {})


Take = Callable[[Sequence[str]], Collected]
"""Receipts of files that lie whole in the source of the portal, by their names there."""


def take_together(context: Context, uploads: Sequence[Sequence[str]], now: datetime) -> list[Collected]:
    """The files of several uploads, received with one flush of the archive and one transaction; what came of each upload."""
    done = collect_files(context, portal_source(context), [name for names in uploads for name in names], now)
    found = []
    for names in uploads:
        own = set(names)
        receipts = tuple(r for r in done.receipts if r.name in own)
        failures = tuple(f for f in done.failures if f.partition(": ")[0] in own)
        found.append(Collected(receipts, len(names) - len(receipts) - len(failures), failures))
    return found


def receive_upload(
    context: Context, unit: Unit, files: Sequence[UploadedFile], now: datetime, take: Take | None = None
) -> Upload:
    """Lays the files into the unit's folder and receipts them. The folder says whose they are: a title that names another unit is a
    contradiction (A06), never another unit's return. Refused where nothing of it is a file that can be sent. `take`: who receipts what
    was laid, together with other uploads."""
    source = portal_source(context)
    upload_id = f"u{now:%Y%m%d%H%M%S}{uuid4().hex[:8]}"
    folder = upload_folder(unit, upload_id)
    target = context.settings.home / source.location / folder
    names: list[str] = []
    refused: list[tuple[str, str]] = []
    for file in files:
        name = plain_name(file.name, names)
        if not is_submission(f"{folder}/{name}"):
            refused.append((name, "隐藏文件、临时文件或说明文件，不作报送 / hidden, temporary or sidecar file"))
        elif not file.size:
            refused.append((name, "空文件 / empty file"))
        else:
            _lay(file.content, target, name, now)
            names.append(name)
    receipts: tuple[Receipt, ...] = ()
    if names:
        laid = [f"{folder}/{name}" for name in names]
        done = take(laid) if take else take_together(context, [laid], now)[0]
        receipts = done.receipts
        refused += [
            (PurePosixPath(entry).name, reason) for entry, _, reason in (f.partition(": ") for f in done.failures)
        ]
    if not receipts:
        zh = "；".join(f"{name}：{reason.partition(' / ')[0]}" for name, reason in refused)
        en = "; ".join(f"{name}: {reason.rpartition(' / ')[2]}" for name, reason in refused)
        raise Refused(
            "没有可以报送的文件" + (f"：{zh}" if refused else ""),
            "there is no file to send" + (f": {en}" if refused else ""),
            "选择填好的工作簿 / choose the workbook you filled in",
        )
    if refused:
        _lay(BytesIO(json.dumps(refused, ensure_ascii=False).encode()), target, _REFUSED_FILE, now)
    return Upload(upload_id, receipts, tuple(refused))


def refused_files(context: Context, unit: Unit, upload_id: str) -> list[tuple[str, str]]:
    """(name, reason) of what was not taken of an upload."""
    folder = context.settings.home / portal_source(context).location / upload_folder(unit, upload_id)
    file = folder / _REFUSED_FILE
    if not file.is_file():
        return []
    return [(str(name), str(reason)) for name, reason in json.loads(file.read_text(encoding="utf-8"))]


def upload_folder(unit: Unit, upload_id: str) -> str:
    """Where an upload lies in the source; Refused for an id that is none."""
    if not _UPLOAD.match(upload_id):
        raise Refused("没有这次上传", "no such upload")
    return f"{unit.code}/{FOLDER}/{upload_id}"


def plain_name(name: str, taken: Iterable[str]) -> str:
    """A file name without a path, without what drives a terminal or hides its ending, short enough, and not among the taken ones."""
    base = PureWindowsPath(name.replace("\0", "")).name or "file"
    shown = "".join(c for c in visible(base) if c.isprintable()).strip() or "file"
    stem, dot, ending = shown.rpartition(".")
    while len(os.fsencode(shown)) > _LONGEST_NAME:
        stem = stem[:-1] if dot else ""
        shown = f"{stem}.{ending}" if stem else shown[:-1]
    used, number = set(taken), 2
    while shown in used:
        shown = f"{stem}-{number}.{ending}" if dot else f"{shown}-{number}"
        number += 1
    return shown


def _lay(content: BinaryIO, folder: Path, name: str, now: datetime) -> None:
    """Under a name no collection takes, dated, then renamed: nobody ever sees half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{uuid4().hex}.part"
    with part.open("xb") as file:
        shutil.copyfileobj(content, file, 1024 * 1024)
    exact = (now - EPOCH) // MICROSECOND * 1000  # a float of seconds since 1970 is not exact
    os.utime(part, ns=(exact, exact))
    part.rename(folder / name)


def process_receipts(context: Context, receipt_ids: Iterable[str], now: datetime) -> None:
    """Read, validate, load and answer these receipts, whatever else is pending; then what a changed history made stale."""
    validate_receipts(context, receipt_ids, now)
    follow_up(context, now)


def follow_up(context: Context, now: datetime) -> None:
    """What loads left to be done: verdicts that a changed history made stale, answers, notifications. All of it is due in the ledger
    until it is done."""
    revalidate_changed(context, now)
    write_due_feedback(context)


def validate_receipts(
    context: Context,
    receipt_ids: Iterable[str],
    now: datetime,
    ahead: Sequence[ReadBatch] = (),
    begun: dict[str, int] | None = None,
) -> None:
    """Read, validate and load these receipts: their verdicts are in the ledger when this returns. `ahead`: those that were read
    already; what another version of the programme read is read again. `begun`: attempts that were counted for this batch already."""
    due = set(receipt_ids)
    ahead = [batch for batch in ahead if batch.programme_version == context.programme.version]
    for _ in range(ROUNDS):
        if not due:
            break
        unread = due - {r.receipt_id for batch in ahead for r in batch.receipts}
        rest = [read_batch(context, sorted(unread), begun)] if unread else []
        folder = stage_read(context, [*ahead, *rest], now)
        loaded = load_staged(context, [folder], now)
        due &= set(loaded.reopened)
        ahead, begun = [], None  # what a load holds begins anew


def pending_uploads(context: Context) -> list[str]:
    """Receipts of uploads that nobody has processed: a server was stopped between receipt and verdict."""
    source = portal_source(context).name
    marked = f"/{FOLDER}/"
    return [r.receipt_id for r in context.warehouse.pending_receipts() if r.source == source and marked in r.name]
