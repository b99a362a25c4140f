"""Editions as they lie on the disk: the content that was signed, in files whose checksums the manifest names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from ...collect.receipt_journal import NAME as JOURNAL
from ...collect.receipt_journal import journal_path, read_journal
from ...model.loading import AuditEntry, Check, Edition
from ...publish.document import document_hash
from ..records.noted_files import RULE_FAILURES, entries_of, logged_files
from ..records.published_editions import (
    DRAFT,
    DRAFT_FILES,
    PUBLISHED,
    damaged,
    drafted_manifest,
    edition_folder,
    every_unknown,
)
from ..runtime.context import Context

BACKUP = "从备份取回 / take them from a backup"


def check_edition_files(context: Context) -> Check:
    """Every edition's recorded ranking hashes to what was signed; every published folder, and that of every draft, is whole and
    untouched."""
    editions = context.warehouse.editions.all()
    entries, failures = entries_of(context, DRAFT, DRAFT_FILES), logged_files(context, RULE_FAILURES)
    bad = [
        f"{one.edition_id}: {what}"
        for one in editions
        for what in _wrong(context, one, entries, failures.get(one.edition_id, {}))
    ]
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


def _wrong(
    context: Context, edition: Edition, entries: Sequence[AuditEntry], failures: Mapping[str, str]
) -> Iterator[str]:
    """`entries`: what the log says of drafts; `failures`: files beside this edition by their hash."""
    if document_hash(edition.document) != edition.content_hash:
        yield "内容与哈希不符 / the recorded ranking is not the signed one"
    draft, published = (edition_folder(context.settings, edition, stage) for stage in (DRAFT, PUBLISHED))
    for path, own in ((edition.path, draft), (edition.published_path, published)):
        if path and Path(path) != own / "index.html":
            yield f"路径被改动 / its path leads elsewhere: {path}"
    drafted = drafted_manifest(entries, edition.edition_id)
    if drafted:
        remedy = f"saima rank {edition.period} 重新写出 / writes them again" if edition.state == "draft" else BACKUP
        yield from _with_remedy((f"draft: {what}" for what in damaged(draft, drafted)), remedy)
    if edition.state == "published" or edition.published_at:
        yield from _with_remedy(damaged(published, edition.manifest_hash), BACKUP)
    beside = (what for name, digest in failures.items() for what in _other(draft.parent / name, digest))
    yield from _with_remedy(beside, "saima site build 重新生成 / makes it again")


def _with_remedy(found: Iterable[str], remedy: str) -> Iterator[str]:
    said = list(found)
    yield from [*said[:-1], f"{said[-1]} ({remedy})"] if said else []


def _other(file: Path, digest: str) -> Iterator[str]:
    if not file.is_file():
        yield f"缺少 / missing: {file.name}"
    elif sha256(file.read_bytes()).hexdigest() != digest:
        yield f"被改动 / changed: {file.name}"
