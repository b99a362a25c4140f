"""Putting a rebuilt warehouse in the place of the old one: files are renamed, and a note says how far it came.

Whoever opens the home next and finds the note finishes what it says. Before the note nothing has happened; with it the new
warehouse is whole.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from .database import EXCHANGE_LOCK
from .faults import fault_point
from .locking import file_lock
from .sqlite_connection import BUSY_SECONDS

STATE = (
    "warehouse.db",
    "warehouse.db-wal",
    "warehouse.db-shm",
    "catalog.db",
    "catalog.db-wal",
    "catalog.db-shm",
    "lake",
    "stage",
)
"""What a rebuild makes again; everything else of a home stays where it is."""
NOTE = "exchange.json"
BESIDE = "rebuilding"
"""Folder in the home that a rebuild works in; one that a dead rebuild left is of no worth."""


def exchange(home: Path, kept: str) -> None:
    """Sets the warehouse of `home` aside as `home/<kept>` and puts the one in `home/rebuilding` in its place."""
    with file_lock(home / EXCHANGE_LOCK, BUSY_SECONDS, "exchange"):
        _note(home, kept, "set aside")
        fault_point("rebuild.announced")
        _finish(home)


def finish_exchange(home: Path) -> None:
    """Finishes an exchange whose process died; does nothing where there is none."""
    if (home / NOTE).exists():
        with file_lock(home / EXCHANGE_LOCK, BUSY_SECONDS, "exchange"):
            _finish(home)


def _finish(home: Path) -> None:
    if not (home / NOTE).exists():
        return
    note = json.loads((home / NOTE).read_text(encoding="utf-8"))
    kept = home / note["kept"]
    kept.mkdir(mode=0o700, exist_ok=True)
    if note["step"] == "set aside":
        for name in STATE:
            if (home / name).exists():
                (home / name).rename(kept / name)
        fault_point("rebuild.set_aside")
        _note(home, note["kept"], "put in place")
    for name in STATE:
        if (home / BESIDE / name).exists():
            (home / BESIDE / name).rename(home / name)
            fault_point("rebuild.half_in_place")
    fault_point("rebuild.in_place")
    shutil.rmtree(home / BESIDE, ignore_errors=True)
    (home / NOTE).unlink()


def _note(home: Path, kept: str, step: str) -> None:
    partial = home / f".{NOTE}.partial"
    with partial.open("w", encoding="utf-8") as file:
        json.dump({"kept": kept, "step": step}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(home / NOTE)
