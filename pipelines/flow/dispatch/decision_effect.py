"""From which month's tables on a decision counts: who decides today often means the month whose tables lie before them, which has ended."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ...dispatch.target_pace import target_ids, window_of
from ...dispatch.target_versions import is_frozen
from ...model.dispatch_decisions import JUDGED_AT_MONTH_END, DispatchDecision
from ...model.periods import Period
from ...model.programme import Programme


def effect_words(decision: DispatchDecision, newest: Period, programme: Programme) -> tuple[str, str] | None:
    """(Chinese, English) where the tables of `newest`, the newest month with returns, do not know the decision, or no month's ever
    will: what is judged on the last day of a month and does not hold on one, and a version of a target that came after the freeze.
    None where nothing need be said."""
    if decision.kind == "target_version":
        return _version_words(decision, programme)
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


def _version_words(version: DispatchDecision, programme: Programme) -> tuple[str, str] | None:
    zone = ZoneInfo(programme.time_zone)
    for target_id, target in target_ids(programme.targets, programme.dispatch.target_names):
        year = window_of(target)[1].year
        if target_id == version.subject and not is_frozen(version, year, zone):
            return (
                f"目标 {target_id} 已于 {year}-01-31 冻结，本版只登记，不计分（须在该日之前登记并生效）",
                f"target {target_id} was frozen on {year}-01-31: this version is logged and not scored (it had to be recorded, and to "
                "begin, by that day)",
            )
    return None
