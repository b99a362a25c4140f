"""What fast readers lose of a sheet, whatever the format it is stored in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.model.raw import CellAddress, MergedRange


@dataclass(frozen=True)
class SheetFacts:
    """Of one sheet, addresses from 1. `no_value`: formula, nothing cached. `last_row`/`last_column`: extent of its cells
    (0 = not measured). `merged` is None where the reader tells it itself."""

    no_value: frozenset[CellAddress] = frozenset()
    errors: Mapping[CellAddress, str] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    percent: frozenset[CellAddress] = frozenset()
    scaled: frozenset[CellAddress] = frozenset()
    merged: tuple[MergedRange, ...] | None = None
    last_row: int = 0
    last_column: int = 0
