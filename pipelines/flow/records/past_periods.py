"""Files that name a period which was over when they came: last year in the title, the January mistake. They are booked where they
say, and told of where they were expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ...model.calendar import CalendarRow, ReportingCalendar
from ...model.loading import HISTORY, MonthClose, SubmissionRow
from ...model.periods import Period


def over_at(row: CalendarRow) -> datetime:
    """When nothing more of the period is expected: its freeze, else its last deadline."""
    return row.freeze or row.city_audit_due or row.county_due


def expected_instead(calendar: ReportingCalendar, form: str, period: Period, arrived_at: datetime) -> Period | None:
    """The period being reported when the file came, where the one it names was over; None where it is about the right one."""
    own = calendar.row(form, period)
    if own is None or arrived_at <= over_at(own):
        return None
    in_hand = period_in_hand(calendar, form, arrived_at)
    return in_hand if in_hand is not None and in_hand > period else None


def period_in_hand(calendar: ReportingCalendar, form: str, moment: datetime) -> Period | None:
    """The newest period of the form whose reporting has opened by then."""
    opened = [p for p in calendar.periods(form) if (row := calendar.row(form, p)) and row.open <= moment]
    return opened[-1] if opened else None


def in_hand_until(calendar: ReportingCalendar, period: Period) -> datetime | None:
    """When the next period of every form that reports this one has opened: what comes from then on came while another was being reported.
    None while that lies beyond the calendar."""
    opened = []
    for form in {row.form for row in calendar.rows if row.period == period}:
        later = (calendar.row(form, p) for p in calendar.periods(form) if p > period)
        following = next((row.open for row in later if row), None)
        if following is None:
            return None
        opened.append(following)
    return max(opened, default=None)


def history_closed_at(closes: Iterable[MonthClose]) -> datetime | None:
    """When the period was closed as history, None where it was not: what came later is a county's file, and not history."""
    found = [close.closed_at for close in closes if close.reason == HISTORY]
    return found[-1] if found else None


def came_as_history(row: SubmissionRow, closed: Mapping[str, datetime | None]) -> bool:
    """Loaded before its period was closed as history: nobody waits for an answer to it."""
    moment = closed.get(row.period)
    return moment is not None and row.seen_at <= moment


def names_past_period(row: SubmissionRow, expected: Period) -> tuple[str, str]:
    """What the sender and the bureau are told, Chinese and English."""
    about = f"{row.unit_code} {row.form}"
    return (
        f"{about}：本表写的报告期是 {row.period}，该期已截止；文件到达时正在报送的是 {expected}。如报的是 {expected}，"
        f"请改正标题和行内的年月后重新报送（本次不算 {expected} 的报送）；确系更正 {row.period} 的，请计入下期累计数",
        f"{about}: the file names {row.period}, which was over; {expected} was being reported when it came. If it is about "
        f"{expected}, correct year and month and send it again; a correction of {row.period} goes into the next cumulative figure",
    )
