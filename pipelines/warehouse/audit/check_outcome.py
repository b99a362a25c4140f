"""What a check looked at and what it found wrong, as a value."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.model.loading import Check

NOTHING = "没有可查的 / nothing to look at"
NAMED = 5


def check_of(name: str, looked_at: int, failures: Iterable[object], detail: str = "") -> Check:
    """The first failures are named; a check that looked at nothing says so."""
    failed = [str(failure) for failure in failures]
    if failed:
        more = f" … (+{len(failed) - NAMED})" if len(failed) > NAMED else ""
        detail = ", ".join(failed[:NAMED]) + more
    elif looked_at == 0:
        detail = NOTHING
    return Check(name, looked_at, len(failed), detail)
