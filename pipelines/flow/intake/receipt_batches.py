"""Pending receipts cut into batches: a run of the rules, a commit and a transaction have a price each, and what is read of a batch is in
memory at once. So many files are a batch, or as many as their bytes allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...model.submissions import Receipt
from ...settings import Settings

_MB = 1024 * 1024


def receipt_batches(receipts: Sequence[Receipt], settings: Settings, first: int | None = None) -> list[list[Receipt]]:
    """In order, each receipt once; a file that is larger than a batch is one by itself. `first`: files of the first batch, where
    there are several."""
    limits = settings.batch_files, settings.batch_mb * _MB
    whole = list(_cut(receipts, *limits))
    if first is None or len(whole) < 2 or len(whole[0]) <= first:
        return whole
    return [whole[0][:first], *_cut(receipts[first:], *limits)]


def _cut(receipts: Sequence[Receipt], most_files: int, most_bytes: int) -> Iterator[list[Receipt]]:
    batch: list[Receipt] = []
    held = 0
    for receipt in receipts:
        if batch and (len(batch) == most_files or held + receipt.size > most_bytes):
            yield batch
            batch, held = [], 0
        batch.append(receipt)
        held += receipt.size
    if batch:
        yield batch
