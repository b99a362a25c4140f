"""Tables of the stage that this process wrote last. It mostly loads that stage a moment later: what has just been encoded need not be
decoded. A table is known by the SHA-256 of its file, so that whoever takes it has read and checked the file all the same."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

_last: dict[str, pa.Table] = {}


def remember(tables: Mapping[str, pa.Table]) -> None:
    """SHA-256 of a file → the table that is in it; what was remembered before is let go."""
    _last.clear()
    _last.update(tables)


def take(digest: str) -> pa.Table | None:
    """The table of a file with these bytes, once; None where another process wrote it, or this one earlier."""
    return _last.pop(digest, None)
