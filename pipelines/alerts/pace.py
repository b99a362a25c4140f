"""Keeping to what a channel may send in a minute. Pure: the sender passes in when it sent.

The limits of the vendors are sliding windows, with a smaller one inside (Feishu: 100 a minute and 5 a second); a twentieth of the
minute's messages in a second keeps to both. DingTalk blocks a robot for ten minutes once it is exceeded, so attempts count whatever
came of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def next_free(attempts: Iterable[datetime], per_minute: int | None, now: datetime) -> datetime:
    """The first moment, not before `now`, at which the channel may be used again. `attempts`: when it was used (at least those of
    the last minute, in any order; aware)."""
    if per_minute is None:
        return now
    used = sorted(attempts)
    earliest = now
    for most, window in ((per_minute, MINUTE), (max(1, per_minute // 20), SECOND)):
        if len(used) >= most:
            earliest = max(earliest, used[-most] + window)
    return earliest
