"""What the processes of the kill tests do: one step of the warehouse, dying at a fault point (SAIMA_FAULT) if told to."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from pipelines.warehouse.db.faults import VARIABLE
from pipelines.warehouse.opening import open_warehouse, stage

NOW = datetime(2022, 7, 20, tzinfo=UTC)


def run(home: Path, step: str, work: object, fault: str) -> None:
    os.environ[VARIABLE] = fault
    warehouse = open_warehouse(
        f"sqlite:///{home / 'warehouse.db'}",
        f"sqlite:///{home / 'catalog.db'}?timeout=60",
        f"file://{home / 'lake'}",
        home / "lake_writer.lock",
        home / "stage",
        "jiaxing",
    )
    with warehouse:
        if step == "load":
            name, judged, outcomes = work
            warehouse.add_receipts([one.receipt for one in judged], NOW)
            warehouse.load([stage(home / "stage", name, judged, outcomes)], NOW, {})
        else:
            warehouse.save_draft(work)
