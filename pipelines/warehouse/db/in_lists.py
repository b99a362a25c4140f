"""IN lists of a length that every database takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

IN_LIST = 500
"""Parameters per IN list: below the limits of every database."""


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Sorted, without duplicates, in pieces that fit an IN list."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), IN_LIST):
        yield ordered[start : start + IN_LIST]
