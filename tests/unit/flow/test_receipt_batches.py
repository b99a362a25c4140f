"""Files wait for their turn in batches that a machine has room for, whatever their number and size."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines.flow.intake.receipt_batches import receipt_batches
from pipelines.model.submissions import Receipt
from pipelines.settings import Settings

_MB = 1024 * 1024
AT = datetime(2022, 7, 1, tzinfo=UTC)


def _receipts(*megabytes: float) -> list[Receipt]:
    return [Receipt(f"{n:064x}", "inbox", f"{n}.xlsx", AT, AT, int(size * _MB)) for n, size in enumerate(megabytes)]


@pytest.mark.parametrize(
    ("megabytes", "first", "files"),
    [
        ([], None, []),
        ([0.1] * 7, None, [3, 3, 1]),
        ([0.1] * 3, 1, [3]),
        ([0.1] * 7, 1, [1, 3, 3]),
        ([0.1] * 7, 5, [3, 3, 1]),
        ([4, 4, 4, 0.1], None, [2, 2]),
        ([0.1, 30, 0.1, 0.1], None, [1, 1, 2]),
        ([6, 5, 5, 5], 1, [1, 2, 1]),
    ],
)
def test_a_batch_ends_with_its_files_or_its_bytes(megabytes: list[float], first: int | None, files: list[int]) -> None:
    settings = Settings(batch_files=3, batch_mb=10)
    given = _receipts(*megabytes)
    batches = receipt_batches(given, settings, first)
    assert [len(batch) for batch in batches] == files
    assert [receipt for batch in batches for receipt in batch] == given
    assert all(len(batch) == 1 or sum(r.size for r in batch) <= 10 * _MB for batch in batches)
