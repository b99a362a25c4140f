"""Chinese working days: public holidays and 调休 days as the State Council announces them each autumn.

Source: package `chinesecalendar` (MIT), whose tables transcribe the announcements of 国务院办公厅; the tests compare it
with `realdata/codes/holiday_cn` for 2020–2026. Years after the last announced one are provisional: every weekend counts
as free and every other day as worked, until the package is updated (each November).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from chinese_calendar import holidays, workdays

from ..model.calendar import Workdays


def chinese_workdays(overrides: Mapping[date, bool] | None = None) -> Workdays:
    """All years the package knows; `overrides` (day → worked?) win, for announcements newer than the package."""
    days = dict.fromkeys(holidays, False)
    days.update((day, True) for day in workdays)
    known_until = max(day.year for day in holidays)
    if overrides:
        days.update(overrides)
        known_until = max(known_until, *(day.year for day in overrides))
    return Workdays(days, known_until)
