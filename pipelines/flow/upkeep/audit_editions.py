"""Editions as they lie on the disk: the content that was signed, in files whose checksums the manifest names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from ...collect.receipt_journal import NAME as JOURNAL
from ...collect.receipt_journal import journal_path, read_journal
from ...model.loading import Check, Edition
from ...publish.atomic_file import half_written_name
from ...publish.document import document_hash
from ...publish.manifest import NAME
from ..records.published_editions import every_unknown
from ..runtime.context import Context


def check_edition_files(context: Context) -> Check:
    """Every edition's recorded ranking hashes to what was signed; every published folder is whole and untouched."""
    editions = context.warehouse.editions.all()
    bad = [f"{edition.edition_id}: {what}" for edition in editions for what in _wrong(context, edition)]
    unknown = [
        f"{name}：已发布而账簿不知道，账簿恢复自较旧的备份？ / published, unknown to the ledger: restored from an older backup?"
        for name in every_unknown(context)
    ]
    bad += unknown
    return Check("edition-files", len(editions) + len(unknown), len(bad), "; ".join(bad[:10]))


def check_receipt_journal(context: Context) -> Check:
    """Every receipt noted beside the archive is in the ledger as it was noted; one that is not shows a ledger older than its archive. And
    every receipt of the ledger is noted there, so that a lost ledger can be rebuilt."""
    noted = {receipt.receipt_id: receipt for receipt in read_journal(context.settings.raw)}
    known = context.warehouse.receipts_by_id(sorted(noted))
    bad = [f"{receipt.name} ({i})" for i, receipt in noted.items() if i not in known]
    more = "; 重新收取，或 saima rebuild / collect again, or saima rebuild" if bad else ""
    other = [f"{noted[i].name} ({i}): 与登记不同 / not as noted" for i, one in known.items() if one.receipt != noted[i]]
    left_out = [one.receipt for one in context.warehouse.receipts() if one.receipt.receipt_id not in noted]
    if journal_path(context.settings.raw).exists():
        other += [f"{one.name} ({one.receipt_id}): 收件记录簿中没有 / not in the journal" for one in left_out]
        more += f"; 移走 {JOURNAL} 再 / move {JOURNAL} away, then: saima collect" if left_out else ""
    elif left_out:  # of a home older than its journal as well: the next collection makes it
        other.append(
            f"{JOURNAL} 不存在，缺 {len(left_out)} 份 / is gone; saima collect 由账簿重写 / writes it again from the ledger"
        )
    return Check(
        "receipt-journal", len(noted) or len(left_out), len(bad) + len(other), ", ".join([*bad, *other][:5]) + more
    )


def _wrong(context: Context, edition: Edition) -> Iterator[str]:
    if document_hash(edition.document) != edition.content_hash:
        yield "内容与哈希不符 / the recorded ranking is not the signed one"
    folder = context.settings.editions / edition.period / edition.edition_id
    for path, own in ((edition.path, folder / "draft"), (edition.published_path, folder / "published")):
        if path and Path(path).parent != own:
            yield f"路径被改动 / its path leads elsewhere: {path}"
    drafted = _drafted_manifest(context, edition) if edition.state == "draft" else ""
    if drafted:
        yield from (f"draft: {what}" for what in _damaged(folder / "draft", drafted))
    if edition.state == "published" or edition.published_at:
        yield from _damaged(
            context.settings.editions / edition.period / edition.edition_id / "published", edition.manifest_hash
        )


def _drafted_manifest(context: Context, edition: Edition) -> str:
    """Hash of the manifest beside the pages that a signer reads; '' for a draft of an older version, and where a rebuild
    carried it over."""
    entries = context.warehouse.audit_entries(action="draft", subjects=[edition.edition_id])
    return str(entries[-1].detail.get("manifest_hash", "")) if entries else ""


def _damaged(folder: Path, manifest_hash: str) -> Iterator[str]:
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
