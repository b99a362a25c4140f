"""Watching the deadlines: one look decides what is due to be said, given up or passed over, and writes it in one transaction.

Pure of the clock: the same `now` on the same ledger decides the same, and what was decided before is not decided again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...alerts.escalation_policy import TRACKS, Case, awaited_year, escalate, folded
from ...model.calendar import CalendarRow
from ...model.json_documents import WatchDocument
from ...model.notifications import Audience, Hold, Notification, OutboxRow, SeenDeadline
from ...model.programme import Programme
from ...warehouse.notifications.notification_store import Decided
from ..runtime.context import Context
from .digest import DIGEST, digests
from .load_notifications import notify_of_loads
from .notification_builder import OVERTAKEN, About, NotificationBuilder
from .reminder_cases import cases, is_reminded

WATCH = "watch_deadlines"
SILENCE = timedelta(hours=1)
"""The ladder is looked at every ten minutes; a longer silence over a due message is a broken house."""
LADDER = ("reminder", "escalation", "public_mark")
NAMES = {
    "county_due": ("报送截止", "due hour"),
    "city_audit_due": ("市级审核截止", "city audit deadline"),
    "freeze": ("冻结", "freeze"),
}


@dataclass(frozen=True)
class Watched:
    """What one look did: cases open, notices made, messages given up."""

    open_cases: int
    notices: tuple[Notification, ...]
    withdrawn: int
    passed: int

    def document(self) -> WatchDocument:
        """Small JSON for a task or a command."""
        kinds: dict[str, int] = {}
        for notice in self.notices:
            if notice.state != "passed":
                kinds[notice.kind] = kinds.get(notice.kind, 0) + 1
        passed = self.passed + sum(n.state == "passed" for n in self.notices)
        return {"open": self.open_cases, "notices": kinds, "withdrawn": self.withdrawn, "passed": passed}


def watch_deadlines(context: Context, now: datetime, scheduled: bool = True) -> Watched:
    """Looks once. Says nothing at all where the programme has no `alerts_from` or no channel. `scheduled`: somebody should have
    looked every ten minutes, a silence is a broken house (not where a month is run by hand)."""
    programme, book = context.programme, context.warehouse.alerts
    if programme.alerting.alerts_from is None or not programme.channels:
        return Watched(0, (), 0, 0)
    builder = NotificationBuilder(programme)
    notify_of_loads(context)
    seen, changed = _deadlines(context, builder, now)
    book.decide(Decided(notices=changed, deadlines=seen), now)
    owed = cases(context, now)
    periods = {case.period for case in owed}
    waiting = book.rows(states=("pending", "collected"), kinds=LADDER, as_of=now)
    known = book.keys(periods, LADDER)
    holds = book.holds(now, periods)
    escalated = escalate(
        programme.calendar,
        programme.alerting,
        owed,
        programme.contacts_for,
        known,
        lambda case, rung: any(h.holds(case.unit_code, case.period, case.form, rung, now) for h in holds),
        now,
    )
    notices = [builder.rung(step, now) for step in escalated.due_steps] + [
        builder.passed(s, now) for s in escalated.passed
    ]
    withdrawn, passed = _given_up(owed, waiting, notices)
    silent = _silence(context, builder, waiting, now) if scheduled else []
    system = [*silent, *_calendar(programme, builder, now)]
    fresh = book.decide(Decided(notices=[*notices, *system], withdrawn=withdrawn, passed=passed), now)
    notified = digests(context, builder, owed, holds, now)
    fresh += book.decide(Decided(notices=notified.notices, folded=notified.folded), now)
    if notified.looked:
        book.beat(DIGEST, now)
    book.beat(WATCH, now)
    return Watched(sum(case.opening is not None for case in owed), tuple(fresh), len(withdrawn), len(passed))


def _given_up(
    owed: Sequence[Case], waiting: Sequence[OutboxRow], notices: Sequence[Notification]
) -> tuple[dict[str, str], dict[str, str]]:
    """Messages that wait for quiet hours or a channel although their reason fell away, or a later rung overtook them."""
    openings = {(c.unit_code, c.period, c.form): c.opening.name if c.opening else None for c in owed}
    withdrawn: dict[str, str] = {}
    passed: dict[str, str] = {}
    escalating: dict[tuple[tuple[str, str, str], Audience, str, str], list[OutboxRow | Notification]] = {}
    for row in waiting:
        n = row.notice
        if openings.get(row.scope, "") != n.opening or row.scope not in openings:
            withdrawn[n.message_id] = "不再欠报 / nothing is owed on this account any more"
        else:
            escalating.setdefault((row.scope, n.audience, n.channel, n.address), []).append(row)
    for notice in notices:
        scope = (notice.unit_code, notice.period, notice.form)
        if notice.state != "passed":
            escalating.setdefault((scope, notice.audience, notice.channel, notice.address), []).append(notice)
    for (_, audience, _, _), own in escalating.items():
        track = TRACKS[audience]
        ordered = sorted(own, key=lambda one: track.index(_step_of(one)))
        passed |= {one.notice.message_id: OVERTAKEN for one in ordered[:-1] if isinstance(one, OutboxRow)}
    return withdrawn, passed


def _step_of(one: OutboxRow | Notification) -> Any:
    return one.notice.rung if isinstance(one, OutboxRow) else one.rung


def _deadlines(
    context: Context, builder: NotificationBuilder, now: datetime
) -> tuple[list[SeenDeadline], list[Notification]]:
    """Dates seen for the first time are noted; dates that moved are noted and announced to whoever has not finished."""
    programme = context.programme
    first = programme.alerting.alerts_from
    rows = [
        row
        for row in programme.calendar.rows
        if first is not None
        and is_reminded(programme, row.form)
        and row.period >= first
        and now < folded(programme.calendar, row)
    ]
    known = context.warehouse.alerts.deadlines({str(row.period) for row in rows})
    seen: list[SeenDeadline] = []
    moved: list[tuple[CalendarRow, SeenDeadline, SeenDeadline]] = []
    for row in rows:
        before = known.get((row.form, str(row.period)), [])
        last = before[-1] if before else None
        dates = SeenDeadline(
            row.form,
            str(row.period),
            (last.ordinal if last else 0) + 1,
            row.county_due,
            row.city_audit_due,
            row.freeze,
            now,
        )
        if last is None or (last.dates != dates.dates and last.noted_at <= now):
            seen.append(dates)
            if last is not None:
                moved.append((row, last, dates))
    return seen, [notice for change in moved for notice in _changes_notified(context, builder, *change, now)]


def _changes_notified(
    context: Context,
    builder: NotificationBuilder,
    row: CalendarRow,
    last: SeenDeadline,
    dates: SeenDeadline,
    now: datetime,
) -> Iterator[Notification]:
    programme = context.programme
    changes = [
        {"name_zh": zh, "name_en": en, "before": getattr(last, name), "after": getattr(dates, name)}
        for name, (zh, en) in NAMES.items()
        if getattr(last, name) != getattr(dates, name)
    ]
    done = {c.unit_code for c in cases(context, now, [row]) if c.opening is None} if row.open <= now else set()
    layout = programme.forms[row.form]
    bureau = layout.domain == "bureau"
    every = programme.roster.bureaus() if bureau else programme.roster.ranked_at(row.period)
    units = [unit for unit in every if layout.is_owed_by(unit)]
    heard = set()
    for unit in units:
        for audience in ("county", "bureau"):
            if audience == "county" and unit.code in done:
                continue
            for contact in programme.contacts_for(unit.code, row.form, audience):
                if (contact.channel, contact.address) not in heard:
                    heard.add((contact.channel, contact.address))
                    about = About(unit.code, str(row.period), row.form)
                    yield builder.deadline_change(about, contact, dates.ordinal, changes, now)


def _silence(
    context: Context, builder: NotificationBuilder, waiting: Sequence[OutboxRow], now: datetime
) -> list[Notification]:
    """The ladder was not looked at for longer than it may, and something was due meanwhile: engineers hear of it once."""
    last = context.warehouse.alerts.heartbeats().get(WATCH)
    if last is None or now - last <= SILENCE:
        return []
    due = [r for r in waiting if r.notice.not_before < now - SILENCE] or _steps_between(context, last, now - SILENCE)
    if not due:
        return []
    return builder.engineer(
        "scheduler_silent",
        last.isoformat(),
        f"催报调度停止了 {_span(now - last)[0]}，其间有通知到期",
        f"the ladder was not looked at for {_span(now - last)[1]} while something was due",
        f"{last.isoformat()} → {now.isoformat()}",
        "检查调度器与 watch_deadlines；错过的阶段只补发最近一级 / check the scheduler and watch_deadlines",
        last,
        now,
    )


def _span(lasted: timedelta) -> tuple[str, str]:
    """How long, in the largest unit of which it is two or more: nobody reads 2,376,740 minutes. Chinese and English."""
    for size, zh, en in ((timedelta(days=1), "天", "days"), (timedelta(hours=1), "小时", "hours")):
        if lasted >= 2 * size:
            return f"{lasted // size} {zh}", f"{lasted // size} {en}"
    return f"{lasted // timedelta(minutes=1)} 分钟", f"{lasted // timedelta(minutes=1)} minutes"


def _steps_between(context: Context, start: datetime, end: datetime) -> bool:
    from ...alerts.lateness import step_times

    calendar = context.programme.calendar
    first = context.programme.alerting.alerts_from
    return any(
        start < moment <= end
        for row in calendar.rows
        if first is not None and row.period >= first and row.open <= end
        for moment in step_times(calendar, row).values()
    )


def _calendar(programme: Programme, builder: NotificationBuilder, now: datetime) -> list[Notification]:
    """From 1 November: the engineers hear once that next year's holidays are not entered."""
    year = awaited_year(programme.calendar, now)
    if year is None:
        return []
    return builder.engineer(
        "calendar_provisional",
        str(year),
        f"{year} 年节假日安排尚未录入，该年日历按周末和法定节日推算",
        f"the holidays of {year} are not entered; its calendar is computed from weekends and statutory holidays",
        f"workdays.csv / chinesecalendar ≤ {programme.calendar.workdays.known_until}",
        "国务院办公厅公布后更新 chinesecalendar 或方案的 workdays.csv / update chinesecalendar or the programme's workdays.csv",
        None,
        now,
    )


def stopped_by(hold: Hold, waiting: Sequence[OutboxRow]) -> tuple[Mapping[str, str], Mapping[str, datetime]]:
    """What an acknowledgement gives up and a snooze postpones among the messages that wait."""
    hit = [
        r
        for r in waiting
        if hold.holds(r.notice.unit_code, r.notice.period, r.notice.form, r.notice.rung, hold.held_at)
        and r.notice.kind in LADDER
    ]
    if hold.kind == "snooze" and hold.until is not None:
        return {}, {r.notice.message_id: hold.until for r in hit}
    why = f"已知悉：{hold.held_by} / acknowledged by {hold.held_by}"
    return {r.notice.message_id: why for r in hit}, {}


def report_sources(
    context: Context, down: Sequence[tuple[str, str]], looked: Sequence[str], now: datetime
) -> list[Notification]:
    """Engineers hear once a day of a source that could not be read for an hour (or never yet)."""
    book = context.warehouse.alerts
    beats = book.heartbeats()
    for name in looked:
        book.beat(f"source {name}", now)
    builder = NotificationBuilder(context.programme)
    notices: list[Notification] = []
    for name, reason in down:
        last = beats.get(f"source {name}")
        if last is None or now - last > SILENCE:
            notices += builder.engineer(
                "dead_source",
                f"{name} {builder.day(now)}",
                f"来源 {name} 无法读取",
                f"source {name} cannot be read",
                reason,
                "检查来源与 SAIMA_CONN_* 凭据 / check the source and its credentials",
                last,
                now,
            )
    return book.post(notices)
