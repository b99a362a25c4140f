"""Which service teams there were in a week: by the lists and days of that week, whatever month is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ...dispatch.leaders import Assignment, assignments
from ...dispatch.service_teams import Teams
from ...model.loading import SubmissionRow
from .dispatch_view import DispatchView
from .own_codes import LEADER_LIST


def teams_in_week(view: DispatchView, monday: date) -> tuple[Teams, Teams]:
    """(teams that stood from the first day of the week to the last, and so owe its memo; all that stood on a day of it). A team stands
    as long as any project has it."""
    week = [monday + timedelta(days=n) for n in range(7)]
    listed = [one for one in _listed(view, week[-1]) if one.team_code]
    by_day = [_standing(listed, day) for day in week]
    whole = by_day[0].keys() & by_day[-1].keys()
    some = {code: team for standing in by_day for code, team in standing.items()}
    return {code: by_day[-1][code] for code in whole}, some


def _standing(listed: Sequence[Assignment], day: date) -> Teams:
    return {one.team_code: (one.team_name, one.unit_code) for one in listed if one.holds_on(day)}


def _listed(view: DispatchView, sunday: date) -> list[Assignment]:
    """By each unit's newest list of the end of the week; of a unit that had sent none by then, by its first that the month knows."""
    by_week = _newest(view, min(sunday, view.today))
    units = {row.unit_code for row in by_week}
    later = [row for row in _newest(view, view.snapshot_day) if row.unit_code not in units]
    return assignments(view.returns.rows(LEADER_LIST, [*by_week, *later]), view.decisions, view.former_units)


def _newest(view: DispatchView, day: date) -> list[SubmissionRow]:
    return view.returns.newest_of_units(LEADER_LIST, day, view.units)
