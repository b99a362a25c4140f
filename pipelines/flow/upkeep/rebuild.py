"""Rebuild the warehouse from the archive: everything derivable is derived again from the stored bytes, in the order in which it was
seen; what people decided (rulings, closings, editions, signatures, notifications) is carried over from the ledger.

The new warehouse is made beside the old one, under the writer's lock and with all other writers held off, and takes its place at
once: a rebuild that is killed has changed nothing, one that is killed while the places are exchanged is finished by whoever opens
the home next. The old warehouse is kept.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from ...errors import Refused, Terminal
from ...model.loading import AuditEntry, DraftEdition, Edition, Signature, SubmissionRow
from ...model.periods import Period
from ...warehouse.db.database import REBUILD_LOCK
from ...warehouse.db.exchange import BESIDE, exchange, finish_exchange
from ...warehouse.db.faults import fault_point
from ...warehouse.db.locking import file_lock
from ...warehouse.db.sqlite_connection import BUSY_SECONDS
from ...warehouse.lake.relocation import relocate_lake
from ...warehouse.load.written_answers import ANSWERED, UNPROVED, answers_unproved, known_answers
from ...warehouse.opening import Warehouse
from ..dispatch.dispatch_view import DispatchView
from ..dispatch.documents_of import month_tables
from ..intake.process import process
from ..month.announce_releases import RELEASE_CALENDAR, known_calendar
from ..records.noted_files import NOTED, known_files
from ..records.public_pages import SITE, known_site
from ..records.published_editions import drafted_manifest
from ..runtime.code_version import code_version
from ..runtime.context import Context, ledger_is_lost
from .audit_anchors import keep_audit_log
from .ledger_books import Books

Progress = Callable[[int, int], None]
LOCK_SECONDS = 10.0
"""A second rebuild is told at once that there is one."""
SHOWN = 5


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did. `kept`: folder of the old warehouse; `differences`: where the new ledger is another than the old one
    (only with `force`); `lost`: what was in a lost ledger alone."""

    receipts: int
    waiting: int
    submissions: int
    carried_over: Mapping[str, int]
    differences: tuple[str, ...]
    lost: tuple[str, ...]
    kept: str

    def document(self) -> dict[str, Any]:
        """The JSON of `saima rebuild`."""
        return asdict(self)


def rebuild(context: Context, now: datetime, progress: Progress | None = None, force: bool = False) -> Rebuilt:
    """Build a new warehouse beside the old one, compare, exchange. Embedded databases only; repeatable at any time.

    Raises Terminal and changes nothing where the new ledger differs in any version or verdict, or the old one does not agree with
    its own audit log, unless `force`. Transient where another rebuild or a load is going on.
    """
    settings = context.settings
    if settings.database_url or settings.catalog_url or settings.lake_url:
        raise Terminal(
            "外部数据库不由此命令重建",
            "external databases are not rebuilt by this command",
            "在新的 SAIMA_HOME 重建后切换 / rebuild into a new SAIMA_HOME and switch over",
        )
    home = settings.home
    if not ledger_is_lost(settings):
        with file_lock(settings.lock_file, LOCK_SECONDS, "rebuild"):
            pass  # whoever holds it is named now: opening a home that was moved would wait for it for minutes
        context.warehouse.audit_entries(
            limit=1
        )  # such a home is relocated before the lock is held, for relocating takes it
    with (
        file_lock(settings.lock_file, LOCK_SECONDS, "rebuild"),
        file_lock(home / REBUILD_LOCK, BUSY_SECONDS, "rebuild"),
    ):
        finish_exchange(home)
        lost = ledger_is_lost(settings)
        books = Books.of_journal(settings) if lost else Books.of(context.warehouse, settings)
        if not lost:
            _refuse_false_books(context.warehouse, force)
            context.warehouse.close()
        kept = f"before-rebuild-{now:%Y%m%dT%H%M%SZ}"
        while (home / kept).exists():
            kept += "+"
        done = _build_beside(context, books, now, progress, force, lost)
        fault_point("rebuild.built")
        exchange(home, kept)
    return replace(done, kept=str(home / kept))


def _build_beside(
    context: Context, books: Books, now: datetime, progress: Progress | None, force: bool, lost: bool
) -> Rebuilt:
    """The new warehouse in a home of its own below this one, which shares the archive; its lake already names the files as they
    will lie."""
    settings, beside = context.settings, context.settings.home / BESIDE
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=0o700)
    own = settings.model_copy(update={"home": beside})
    fresh = Context(own, context.programme)
    fresh.warehouse.audit_entries(limit=1)  # opened: a home has its ledger before it has an archive
    own.raw.symlink_to(settings.raw)
    try:
        _replay(books, fresh, progress)
        rebuilt = fresh.warehouse.submissions()
        differences = () if lost else tuple(_differences(books.submissions, rebuilt))
        if differences and not force:
            _refuse_differences(differences)
        for closing in books.closings:
            c = closing.close
            fresh.warehouse.closings.close(c, closing.findings)
        if books.alerts is not None:
            fresh.warehouse.alerts.carry_over(books.alerts, now)
        fresh.warehouse.decisions.carry_over(books.decisions)
        for delivery in books.deliveries:
            fresh.warehouse.deliveries.carry_over(delivery)
        fresh.warehouse.accounts.carry_over(books.accounts, now)
        for edition, signatures in books.editions:
            manifest = drafted_manifest(books.audit_entries, edition.edition_id)
            _carry_over(fresh.warehouse, edition, signatures, manifest)
        for edition_id, content_hash, run_id, begun_at in books.release_runs:
            fresh.warehouse.follow_ups.begin_release(edition_id, content_hash, run_id, begun_at)
        for period, as_of in books.dispatch_tables.items():
            with suppress(Refused):  # a month that lost its returns (--force) has no tables either
                rows = month_tables(DispatchView(fresh, Period.parse(period), as_of))
                fresh.warehouse.dispatch_rows.replace(period, as_of, rows, code_version())
        fresh.warehouse.add_receipts(books.waiting, now)
        done = Rebuilt(
            len(books.receipts), len(books.waiting), len(rebuilt), _carried_over(books), differences, _lost(lost), ""
        )
        kept_log = keep_audit_log(settings, books.audit_entries)
        detail = {**done.document(), "audit_log_before": books.audit_head, "audit_log_kept": kept_log}
        detail |= _written_before(books.audit_entries)
        fresh.warehouse.audit("saima", "rebuild", "warehouse", detail, now)
    except BaseException:
        fresh.warehouse.close()
        shutil.rmtree(beside, ignore_errors=True)
        raise
    fresh.warehouse.close()
    if (beside / "catalog.db").exists():
        relocate_lake(own.iceberg_catalog_url, own.lake, own.lake, settings.lake)
    return done


def _written_before(entries: Sequence[AuditEntry]) -> dict[str, object]:
    """What the log that ends says of the files that lie outside the warehouse: the new log goes on from it."""
    told: dict[str, object] = {ANSWERED: known_answers(entries), UNPROVED: not entries or answers_unproved(entries)}
    told |= {action: known_files(entries, action) for action in NOTED}
    told[RELEASE_CALENDAR] = known_calendar(entries)
    return told | ({SITE: {"list": site}} if (site := known_site(entries)) else {})


def _carried_over(books: Books) -> dict[str, int]:
    return {
        "closings": len(books.closings),
        "editions": len(books.editions),
        "signatures": sum(len(signatures) for _, signatures in books.editions),
        "rulings": len(books.rulings),
        "notifications": len(books.alerts["outbox"]) if books.alerts else 0,
        "dispatch_decisions": len(books.decisions),
        "deliveries": len(books.deliveries),
        "accounts": len(books.accounts),
        "release_runs": len(books.release_runs),
        "dispatch_tables": len(books.dispatch_tables),
    }


def _lost(lost: bool) -> tuple[str, ...]:
    return (
        (
            "closings",
            "editions",
            "signatures",
            "rulings",
            "notifications",
            "dispatch decisions",
            "accounts",
            "release runs",
            "dispatch tables",
            "audit log",
        )
        if lost
        else ()
    )


def _refuse_false_books(warehouse: Warehouse, force: bool) -> None:
    """A rebuild begins a new audit log: what the old one contradicts must be seen by a person before it is gone."""
    bad = [f"{check.id}: {check.detail}" for check in warehouse.record_checks() if check.failed]
    if bad and not force:
        raise Terminal(
            f"现有账簿与审计记录不符，未重建：{'; '.join(bad[:SHOWN])}",
            f"the ledger does not agree with its audit log, nothing was rebuilt: {'; '.join(bad[:SHOWN])}",
            "先查明原因（saima audit）；仍要重建 / find out why (saima audit); to rebuild all the same: --force",
        )


def _replay(books: Books, fresh: Context, progress: Progress | None) -> None:
    """Receipts in the order they were seen, each ruling at its moment."""
    rulings = list(books.rulings)
    done = 0

    def up_to(moment: datetime | None) -> None:
        while rulings and (moment is None or rulings[0][0] < moment):
            at, ruling = rulings.pop(0)
            fresh.warehouse.rulings.carry_over(ruling)
            process(fresh, at, purpose="rebuild")

    for seen_at, group in groupby(books.receipts, key=lambda r: r.seen_at):
        up_to(seen_at)
        batch = list(group)
        fresh.warehouse.add_receipts(batch, seen_at)
        process(fresh, seen_at, purpose="rebuild")
        done += len(batch)
        if progress:
            progress(done, len(books.receipts))
    up_to(None)


def _carry_over(warehouse: Warehouse, edition: Edition, signatures: Sequence[Signature], manifest_hash: str) -> None:
    before = warehouse.editions.all(edition.period)
    warehouse.editions.save_draft(
        DraftEdition(
            edition.edition_id,
            edition.period,
            edition.inputs_hash,
            edition.content_hash,
            edition.method,
            edition.document,
            edition.path,
            edition.created_at,
            before[-1].edition_id
            if before
            else "",  # an edition of the books is one of its own, also with the same content
            manifest_hash,
        )
    )
    for s in signatures:
        warehouse.editions.sign(edition.edition_id, s.role, s.name, s.content_hash, s.decision, s.at, s.demonstration)
    if edition.published_at is not None:
        warehouse.editions.publish(
            edition.edition_id,
            edition.content_hash,
            edition.published_at,
            edition.published_path,
            edition.manifest_hash,
        )


def _differences(before: Sequence[SubmissionRow], after: Sequence[SubmissionRow]) -> list[str]:
    def ledger(rows: Sequence[SubmissionRow]) -> dict[str, tuple[object, ...]]:
        return {
            r.submission_id: (r.version, r.word, r.received, r.accepted, r.quarantined, r.errors, r.queries, r.current)
            for r in rows
        }

    old, new = ledger(before), ledger(after)
    return [
        f"{key}: {old.get(key)} → {new.get(key)}"
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def _refuse_differences(differences: Sequence[str]) -> None:
    shown = "; ".join(differences[:SHOWN])
    raise Terminal(
        f"重建结果与账簿不一致（{len(differences)} 处），旧仓库未动：{shown}",
        f"the rebuilt warehouse differs from the ledger in {len(differences)} places, the old one stays: {shown}",
        "规则或方案改过时先运行 saima process --revalidate；仍要换上新的 / after a change of rules or programme run that first; "
        "to take the new one all the same: --force",
    )


def kept_warehouses(home: Path) -> list[Path]:
    """Warehouses that rebuilds have set aside, oldest first; they may be deleted when nobody needs them any more."""
    return sorted(path for path in home.glob("before-rebuild-*") if path.is_dir())
