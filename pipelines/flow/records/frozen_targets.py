"""The targets that a year's figures are scored against: those of targets.csv as the versions recorded by 31 January made them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...dispatch.target_pace import target_ids, window_of
from ...dispatch.target_versions import frozen_value, same_targets
from ...model.programme import Programme
from ..runtime.context import Context


def with_frozen_targets(context: Context, year: int) -> Programme:
    """The programme with the values that 31 January of the year froze. Rankings and the rules of a closing take its targets, so that they
    are those of `saima dispatch targets`."""
    programme, zone = context.programme, ZoneInfo(context.programme.time_zone)
    if not programme.targets:
        return programme
    frozen_by = datetime(year, 2, 1, tzinfo=zone) - timedelta(microseconds=1)
    versions = context.warehouse.decisions.of_kinds({"target_version"}, frozen_by)
    if not versions:
        return programme
    named = target_ids(programme.targets, programme.dispatch.target_names)
    same = same_targets(named)
    targets = tuple(
        replace(target, value=frozen_value(target.value, same[target_id], versions, year, zone)[0])
        if window_of(target)[1].year == year
        else target
        for target_id, target in named
    )
    return replace(programme, targets=targets)
