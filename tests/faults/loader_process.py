"""What the processes of the kill tests do: one step of the warehouse, dying at a fault point (SAIMA_FAULT) if told to."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from pipelines.warehouse.db.faults import VARIABLE
from pipelines.warehouse.opening import Warehouse, open_warehouse, stage

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
        else:
            warehouse.editions.save_draft(work)
