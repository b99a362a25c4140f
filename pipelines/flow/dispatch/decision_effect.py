"""From which month's tables on a decision counts: who decides today often means the month whose tables lie before them, which has ended."""

from __future__ import annotations

from ...model.dispatch_decisions import JUDGED_AT_MONTH_END, DispatchDecision
from ...model.periods import Period


def effect_words(decision: DispatchDecision, newest: Period) -> tuple[str, str] | None:
    """(Chinese, English) where the tables of `newest`, the newest month with returns, do not know the decision, or no month's ever
    will: what is judged on the last day of a month and does not hold on one. None where nothing need be said."""
    if decision.kind not in JUDGED_AT_MONTH_END:
        return None
    last = newest.last_day
    first = max(newest, Period.of_day(decision.valid_from, "month"))
    ended = decision.valid_to
    if ended is not None and ended < first.last_day:
        return (
            f"表按月末判断，{decision.valid_from} 至 {ended} 之间没有 {newest} 或以后的月末，本决定在 {newest} 及以后的表中不生效",
            f"tables judge on the last day of a month: none of {newest} or later lies between {decision.valid_from} and {ended}, "
            "so the decision counts in none of theirs",
        )
    if decision.valid_from <= last:
        return None
    return (
        f"表按月末判断，本决定自 {first} 的表起生效；要用于 {newest} 的表，生效日须不晚于 {last}（--from {last}）",
        f"tables judge on the last day of a month: the decision counts from those of {first} on; for those of {newest} it has to "
        f"begin by {last} (--from {last})",
    )
