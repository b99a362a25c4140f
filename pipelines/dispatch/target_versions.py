"""Versions of targets that people decide: which 31 January froze, and which are logged beside it (domain_decisions §4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal

from ..model.dispatch_decisions import DispatchDecision
from ..model.periods import Period
from ..model.programme import Target


def is_frozen(version: DispatchDecision, year: int, zone: tzinfo) -> bool:
    """Whether a version stood on 31 January of the year: in force, and in the books. One that is dated back changes no figure of months
    that were scored without it."""
    return version.valid_from < date(year, 2, 1) and version.recorded_at < datetime(year, 2, 1, tzinfo=zone)


def same_targets(targets: Sequence[tuple[str, Target]]) -> Mapping[str, frozenset[str]]:
    """Target id → every id of the same target. The amount of a year may stand in targets.csv as annual_investment, which the ranking
    takes, and as ytd of December (T3): who decides one anew has decided both."""
    named: dict[object, set[str]] = {}
    for target_id, target in targets:
        named.setdefault(_identity(target_id, target), set()).add(target_id)
    return {target_id: frozenset(named[_identity(target_id, target)]) for target_id, target in targets}


def _identity(target_id: str, target: Target) -> object:
    year = target.window.removesuffix("-12")
    whole = target.metric in ("annual_investment", "ytd") and len(year) == 4
    if not whole or target.accumulate_from not in (None, Period(int(year), 1)):
        return target_id
    return target.scope, target.operator, year, target.value


def frozen_value(
    value: Decimal,
    ids: Collection[str],
    decisions: Sequence[DispatchDecision],
    year: int,
    zone: tzinfo,
    day: date = date.max,
) -> tuple[Decimal, Decimal | None]:
    """(value that scores, later version) of the target that these ids name: what 31 January froze replaces the `value` of the file; later
    versions are logged alone, and stand from the day they begin on (`day`: the one asked for)."""
    revised = None
    for decision in decisions:
        if decision.kind != "target_version" or decision.subject not in ids or decision.valid_from > day:
            continue
        if is_frozen(decision, year, zone):
            value = Decimal(decision.detail["value"])
        else:
            revised = Decimal(decision.detail["value"])
    return value, revised
