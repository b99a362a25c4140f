"""What the processes of the kill tests do: one step of the warehouse, dying at a fault point (SAIMA_FAULT) if told to."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from pipelines.warehouse.db.faults import VARIABLE
from pipelines.warehouse.opening import Warehouse, open_warehouse, stage, staged

NOW = datetime(2022, 7, 20, tzinfo=UTC)


def opened(home: Path, server: str = "") -> Warehouse:
    """The warehouse of a home; `server`: URL of the PostgreSQL database that holds its ledger and its catalog."""
    return open_warehouse(
        server or f"sqlite:///{home / 'warehouse.db'}",
        server or f"sqlite:///{home / 'catalog.db'}?timeout=60",
        f"file://{home / 'lake'}",
        home / "lake_writer.lock",
        home / "stage",
        "jiaxing",
    )


def run(home: Path, step: str, work: object, fault: str, server: str = "") -> None:
    os.environ[VARIABLE] = fault
    with opened(home, server) as warehouse:
        if step == "load":
            name, judged, outcomes = work
            warehouse.add_receipts([one.receipt for one in judged], NOW)
            warehouse.load([stage(home / "stage", name, judged, outcomes)], NOW, {})
        elif step == "month":
            run_month(warehouse, home, *work)
        else:
            warehouse.editions.save_draft(work)


def run_month(warehouse: Warehouse, home: Path, works: list, draft: object) -> None:
    """Everything of a month that is not done yet, as often as it is called: what processes that died left, loads, edition, signature."""
    warehouse.recover(NOW)
    warehouse.load(staged(home / "stage"), NOW, {})
    for name, judged, outcomes in works:
        warehouse.add_receipts([one.receipt for one in judged], NOW)
        pending = {receipt.receipt_id for receipt in warehouse.pending_receipts()}
        if any(one.receipt.receipt_id in pending for one in judged):
            folder = stage(home / "stage", f"{name}-{uuid4().hex[:8]}", judged, outcomes)
            warehouse.load([folder], NOW, {})
    if draft is not None:
        warehouse.editions.save_draft(draft)
        warehouse.editions.sign(draft.edition_id, "statistics", "王", draft.content_hash, "approved", NOW)
        warehouse.editions.publish(draft.edition_id, draft.content_hash, NOW, "y", "m")
