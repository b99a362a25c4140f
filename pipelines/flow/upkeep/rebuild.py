"""Rebuild the warehouse from the archive: everything derivable is derived again from the stored bytes, in the order in
which it was seen; what people decided (closings' moments, editions, signatures) is carried over from the ledger."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from ...errors import Terminal
from ...model.dispatch_decisions import DispatchDecision
from ...model.loading import HISTORY, DraftEdition, Edition, MonthClose, Signature, SubmissionRow
from ...model.periods import Period
from ...model.rulings import Explanation, Return, Waiver
from ...model.submissions import Receipt
from ...warehouse.opening import Warehouse
from ..intake.process import process
from ..month.close import close, close_as_history
from ..runtime.context import Context

Ruling = Waiver | Explanation | Return
Progress = Callable[[int, int], None]
_STATE = (
    "warehouse.db",
    "warehouse.db-wal",
    "warehouse.db-shm",
    "catalog.db",
    "catalog.db-wal",
    "catalog.db-shm",
    "lake",
    "stage",
)


@dataclass(frozen=True)
class Books:
    """What the old ledger knows that bytes alone do not tell, and what the new one is compared with."""

    receipts: tuple[Receipt, ...]
    closes: tuple[MonthClose, ...]
    editions: tuple[tuple[Edition, tuple[Signature, ...]], ...]
    submissions: tuple[SubmissionRow, ...]
    rulings: tuple[tuple[datetime, Ruling], ...]
    alerts: Mapping[str, Sequence[Mapping[str, Any]]]
    decisions: tuple[DispatchDecision, ...]
    chain_head: str

    @classmethod
    def of(cls, warehouse: Warehouse) -> Books:
        editions = sorted(warehouse.editions(), key=lambda e: (e.period, e.number))
        entries = warehouse.audit_entries(limit=1)
        return cls(
            tuple(sorted((r.receipt for r in warehouse.receipts()), key=lambda r: (r.seen_at, r.receipt_id))),
            tuple(sorted(warehouse.closes(), key=lambda c: c.closed_at)),
            tuple((e, tuple(warehouse.signatures(e.edition_id))) for e in editions),
            tuple(warehouse.submissions()),
            tuple(_rulings(warehouse)),
            warehouse.alerts.contents(),
            tuple(warehouse.decisions.all()),
            entries[-1].hash if entries else "",
        )


def rebuild(context: Context, now: datetime, progress: Progress | None = None) -> dict[str, Any]:
    """Set the old warehouse aside, build a new one in its place, compare. Embedded databases only.

    Raises Terminal, and puts the old warehouse back, when the new ledger differs in any version or verdict. In place,
    because Iceberg metadata names its files by absolute path.
    """
    settings = context.settings
    if settings.database_url or settings.catalog_url or settings.lake_url:
        raise Terminal(
            "外部数据库不由此命令重建",
            "external databases are not rebuilt by this command",
            "在新的 SAIMA_HOME 重建后切换 / rebuild into a new SAIMA_HOME and switch over",
        )
    books = Books.of(context.warehouse)
    context.warehouse.close()
    kept = settings.home / f"before-rebuild-{now:%Y%m%dT%H%M%SZ}"
    _move(settings.home, kept)
    try:
        fresh = Context(settings, context.programme)
        _replay(books, fresh, progress)
        _compare(books.submissions, fresh.warehouse.submissions())
        counts = {"receipts": len(books.receipts), "submissions": len(books.submissions)}
        fresh.warehouse.audit("saima", "rebuild", "warehouse", {**counts, "chain_before": books.chain_head}, now)
        fresh.warehouse.close()
    except BaseException:
        _remove(settings.home)
        _move(kept, settings.home)
        kept.rmdir()
        raise
    return {**counts, "kept": str(kept)}


def _replay(books: Books, fresh: Context, progress: Progress | None) -> None:
    """Receipts in the order they were seen, each closing at its moment, then what people decided."""
    closes, rulings = list(books.closes), list(books.rulings)
    done = 0

    def up_to(moment: datetime | None) -> None:
        """Closings and rulings in the order in which people made them."""
        while (closes or rulings) and (moment is None or _first(closes, rulings) < moment):
            if closes and closes[0].closed_at <= _first(closes, rulings):
                _close(fresh, closes.pop(0))
                continue
            at, ruling = rulings.pop(0)
            fresh.warehouse.rulings.carry_over(ruling)
            process(fresh, at, answer=False)

    for seen_at, group in groupby(books.receipts, key=lambda r: r.seen_at):
        up_to(seen_at)
        batch = list(group)
        fresh.warehouse.add_receipts(batch, seen_at)
        process(fresh, seen_at, answer=False)
        done += len(batch)
        if progress:
            progress(done, len(books.receipts))
    up_to(None)
    fresh.warehouse.alerts.carry_over(books.alerts)
    fresh.warehouse.decisions.carry_over(books.decisions)
    for edition, signatures in books.editions:
        _carry_over(fresh.warehouse, edition, signatures)


def _first(closes: Sequence[MonthClose], rulings: Sequence[tuple[datetime, Ruling]]) -> datetime:
    return min([c.closed_at for c in closes[:1]] + [at for at, _ in rulings[:1]])


def _rulings(warehouse: Warehouse) -> list[tuple[datetime, Ruling]]:
    """Every ruling at the moment it was made; what was decided later comes a second time, as it was decided."""
    found: list[tuple[datetime, Ruling]] = [(r.returned_at, r) for r in warehouse.rulings.returns().values()]
    found += [(w.second_at or w.first_at, w) for w in warehouse.rulings.waivers()]
    for one in warehouse.rulings.explanations():
        given = replace(one, state="given", decided_by=None, decided_at=None, remark="")
        found.append((one.given_at, given))
        if one.decided_at is not None:
            found.append((one.decided_at, one))
    return sorted(found, key=lambda item: item[0])


def _close(fresh: Context, closing: MonthClose) -> None:
    period = Period.parse(closing.period)
    if closing.reason == HISTORY:
        close_as_history(fresh, period, closing.closed_at)
    else:
        close(fresh, period, closing.closed_at)


def _carry_over(warehouse: Warehouse, edition: Edition, signatures: Sequence[Signature]) -> None:
    warehouse.save_draft(
        DraftEdition(
            edition.edition_id,
            edition.period,
            edition.inputs_hash,
            edition.content_hash,
            edition.method,
            edition.document,
            edition.path,
            edition.created_at,
        )
    )
    for s in signatures:
        warehouse.sign(edition.edition_id, s.role, s.name, s.content_hash, s.decision, s.at, s.demonstration)
    if edition.published_at is not None:
        warehouse.mark_published(
            edition.edition_id,
            edition.content_hash,
            edition.published_at,
            edition.published_path,
            edition.manifest_hash,
        )


def _compare(before: Sequence[SubmissionRow], after: Sequence[SubmissionRow]) -> None:
    def ledger(rows: Sequence[SubmissionRow]) -> dict[str, tuple[object, ...]]:
        return {
            r.submission_id: (r.version, r.word, r.received, r.accepted, r.quarantined, r.errors, r.queries, r.current)
            for r in rows
        }

    old, new = ledger(before), ledger(after)
    different = [
        f"{key}: {old.get(key)} → {new.get(key)}"
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]
    if different:
        shown = "; ".join(different[:5])
        raise Terminal(
            f"重建结果与账簿不一致({len(different)} 处),旧仓库未动:{shown}",
            f"the rebuilt warehouse differs from the ledger in {len(different)} places, the old one stays: {shown}",
            "规则或方案改过时先运行 / after a change of rules or programme run first: saima process --revalidate",
        )


def _move(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for name in _STATE:
        if (source / name).exists():
            (source / name).rename(target / name)


def _remove(home: Path) -> None:
    for name in _STATE:
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
