"""Emptying the outbox: lease, attempt, record. At least once; in order for each recipient; within each channel's rate.

What fails is tried again with exponential backoff and jitter; after `max_attempts`, or where the channel says that it never will,
a message is dead and the engineers are told. A channel that fails five times in a row is left alone until the next run.
"""

from __future__ import annotations

import logging
import os
import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from ...alerts.channels import open_channels
from ...alerts.escalation_policy import awaited_year
from ...alerts.escalation_policy import watched as watched_rows
from ...alerts.pace import MINUTE, next_free
from ...model.json_documents import AlertsRunDocument, DeliveryDocument, Problem
from ...model.notifications import BulkChannel, Channel, DeliveryResult, Ending, Notification, OutboxRow
from ...settings import connections
from ...warehouse.db.faults import fault_point
from ...warehouse.db.locking import host
from ..runtime.context import Context
from .draft_problems import draft_problems
from .engineer_pages import take_over
from .load_notifications import notify_of_loads
from .notification_builder import NotificationBuilder
from .watch import SILENCE, WATCH, watch_deadlines

logger = logging.getLogger(__name__)

SEND = "deliver"
LEASE = timedelta(minutes=10)
LEASED_AT_ONCE = 400
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=2)
FAILURES_IN_A_ROW = 5
STUCK = timedelta(hours=1)
"""A message that is due for longer is an outbox that does not drain."""


class Clock:
    """A clock that stands where it was set and moves only when told to sleep: replays of a month, demonstrations in the past."""

    def __init__(self, start: datetime) -> None:
        self.start = start

    def now(self) -> datetime:
        return self.start

    def sleep(self, seconds: float) -> None:
        self.start += timedelta(seconds=seconds)


class RunningClock(Clock):
    """The clock of the wall: it moves on from `start` as real time does, so that every attempt carries its own time."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._begun = time.monotonic()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=time.monotonic() - self._begun)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass
class Delivered:
    """What a run of the sender did."""

    delivered: int = 0
    retried: int = 0
    dead: int = 0
    waiting: int = 0
    left_alone: dict[str, str] = field(default_factory=dict)

    def document(self) -> DeliveryDocument:
        """Small JSON for a task or a command."""
        return {
            "delivered": self.delivered,
            "to_retry": self.retried,
            "dead": self.dead,
            "waiting": self.waiting,
            "channels_left": dict(self.left_alone),
        }


def deliver(
    context: Context,
    now: datetime,
    clock: Clock | None = None,
    patience: float = 300.0,
    channels: Mapping[str, Channel] | None = None,
    jitter: Callable[[], float] = random.random,
) -> Delivered:
    """Sends what is due. `patience`: seconds it may wait for a channel's rate; what remains is the next run's.
    `clock` stands at `now` unless given (the edges give a RunningClock), `channels` are the programme's unless given, `jitter`
    gives [0, 1) for the spread of the retries."""
    programme, book = context.programme, context.warehouse.alerts
    done = Delivered()
    if not programme.channels and channels is None:
        return done
    clock = clock or Clock(now)
    ways = open_channels(programme.channels, connections(), context.settings.home) if channels is None else channels
    take_over(context, clock.now())
    notify_of_loads(context)
    sender = f"{host()}:{os.getpid()}:{uuid4().hex[:8]}"
    run = _Run(context, clock, ways, sender, clock.now() + timedelta(seconds=patience), jitter, done)
    try:
        bulk = [name for name, way in ways.items() if isinstance(way, BulkChannel)]
        while leased := book.lease(clock.now(), LEASE, sender, LEASED_AT_ONCE, done.left_alone.keys(), bulk):
            fault_point("alerts.leased")
            for group in run.groups(leased):
                run.attempt(group)
    finally:
        book.release(sender)
    book.post(stuck(context, clock.now()))
    book.beat(SEND, clock.now())
    done.waiting = len(book.rows(states=("pending",), as_of=clock.now()))
    return done


@dataclass
class _Run:
    context: Context
    clock: Clock
    ways: Mapping[str, Channel]
    sender: str
    until: datetime
    jitter: Callable[[], float]
    done: Delivered
    failures: dict[str, int] = field(default_factory=dict)

    def groups(self, leased: Sequence[OutboxRow]) -> list[list[OutboxRow]]:
        """What is sent together: all messages of a channel that takes many in one go, else one at a time."""
        bulk: dict[str, list[OutboxRow]] = {}
        groups: list[list[OutboxRow]] = []
        for row in leased:
            name = row.notice.channel
            if isinstance(self.ways.get(name), BulkChannel):
                if name not in bulk:
                    bulk[name] = []
                    groups.append(bulk[name])
                bulk[name].append(row)
            else:
                groups.append([row])
        return groups

    def attempt(self, rows: Sequence[OutboxRow]) -> None:
        """One attempt of messages over one channel, unless it is left alone or its rate is used up."""
        book, name = self.context.warehouse.alerts, rows[0].notice.channel
        channel = self.ways.get(name)
        if name in self.done.left_alone or not self._within_rate(channel):
            return
        numbers = book.start([r.notice.message_id for r in rows], self.sender, self.clock.now(), LEASE)
        begun = [row for row in rows if row.notice.message_id in numbers]
        if not begun:
            return
        fault_point("alerts.before_send")
        answers = self._send(name, channel, [row.notice for row in begun])
        fault_point("alerts.sent")
        pairs = zip(begun, answers, strict=True)
        book.end([self._ending(row, numbers[row.notice.message_id], answer) for row, answer in pairs])
        fault_point("alerts.recorded")

    def _send(self, name: str, channel: Channel | None, notices: Sequence[Notification]) -> list[DeliveryResult]:
        if channel is None:
            unknown = DeliveryResult(False, f"channels.toml 中没有通道 {name} / no such channel", retry=False)
            return [unknown] * len(notices)
        try:
            if isinstance(channel, BulkChannel):
                return channel.send_many(notices, self.clock.now())
            return [channel.send(notice, self.clock.now()) for notice in notices]
        except Exception as error:  # a channel that breaks its promise must not stop the others
            logger.exception("channel %s failed on %s", name, notices[0].message_id)
            return [DeliveryResult(False, type(error).__name__)] * len(notices)

    def _ending(self, row: OutboxRow, number: int, answer: DeliveryResult) -> Ending:
        """What the attempt came to, for the book; counted for the report of this run."""
        notice, at = row.notice, self.clock.now()
        tries = row.attempts + 1
        last = not answer.retry or tries >= self.context.programme.alerting.max_attempts
        if answer.accepted:
            self.done.delivered += 1
            self.failures[notice.channel] = 0
            return Ending(notice.message_id, number, answer, at)
        next_at = None if last else at + pause(tries, self.jitter(), answer.retry_after)
        alarms = _dead(self.context, notice, answer, at) if next_at is None else []
        self.done.dead += next_at is None
        self.done.retried += next_at is not None
        self.failures[notice.channel] = self.failures.get(notice.channel, 0) + 1 if answer.retry else 0
        if answer.retry_after is not None:
            self.done.left_alone[notice.channel] = f"retry after {answer.retry_after:g} s"
        elif self.failures[notice.channel] >= FAILURES_IN_A_ROW:
            self.done.left_alone[notice.channel] = answer.detail
        return Ending(notice.message_id, number, answer, at, next_at, alarms)

    def _within_rate(self, channel: Channel | None) -> bool:
        """Waits until the channel may be called; False where that would take longer than the patience of this run."""
        if channel is None or channel.per_minute is None:
            return True
        while True:
            now = self.clock.now()
            used = self.context.warehouse.alerts.started_since(channel.name, now - MINUTE, now)
            free = next_free(used, channel.per_minute, now)
            if free <= now:
                return True
            if free > self.until:
                break
            self.clock.sleep((free - now).total_seconds())
        self.done.left_alone[channel.name] = f"{channel.per_minute} a minute"
        return False


def pause(tries: int, jitter: float, retry_after: float | None = None) -> timedelta:
    """How long until the next try: doubling from a minute to two hours, spread over ±25 %, never earlier than asked for."""
    wait = min(FIRST_PAUSE * 2 ** min(tries - 1, 12), LONGEST_PAUSE) * (0.75 + jitter / 2)
    return max(timedelta(seconds=wait.total_seconds()), timedelta(seconds=retry_after or 0))


def _dead(context: Context, notice: Notification, answer: DeliveryResult, at: datetime) -> list[Notification]:
    """Engineers hear of dead messages once a channel and day; of their own dead messages by `saima audit` and the DAG."""
    if notice.kind == "engineer":
        return []
    builder = NotificationBuilder(context.programme)
    return builder.engineer(
        "dead_letter",
        f"{notice.channel} {builder.day(at)}",
        f"通道 {notice.channel} 有通知多次未能送达，已成死信",
        f"messages over channel {notice.channel} are dead letters",
        answer.detail,
        "saima alerts outbox --state dead；修复后 / then: saima alerts retry ID",
        at,
        at,
    )


def stuck(context: Context, now: datetime) -> list[Notification]:
    """Engineers hear once a channel and day of an outbox that does not drain."""
    late: dict[str, list[datetime]] = defaultdict(list)
    for row in context.warehouse.alerts.rows(states=("pending",), as_of=now):
        due = max(row.notice.not_before, row.notice.created_at)
        if now - due > STUCK and row.notice.kind != "engineer":
            late[row.notice.channel].append(due)
    builder = NotificationBuilder(context.programme)
    found: list[Notification] = []
    for channel, dues in sorted(late.items()):
        found += builder.engineer(
            "outbox_stuck",
            f"{channel} {builder.day(now)}",
            f"通道 {channel} 有 {len(dues)} 条通知超过一小时未送出",
            f"{len(dues)} messages over channel {channel} wait for more than an hour",
            "",
            "saima alerts outbox --state pending",
            min(dues),
            now,
        )
    return found


def run_alerts(
    context: Context, now: datetime, clock: Clock | None = None, scheduled: bool = True
) -> AlertsRunDocument:
    """Looks at the deadlines, then sends what is due: `{watch: …, deliver: …}`."""
    watched = watch_deadlines(context, now, scheduled)
    return {"watch": watched.document(), "deliver": deliver(context, now, clock).document()}


def problems(context: Context, now: datetime) -> list[Problem]:
    """What is wrong with the house at `now`, for a monitor outside of it: a dead scheduler cannot page anybody itself."""
    book = context.warehouse.alerts
    found: list[Problem] = []

    def problem(name: str, zh: str, en: str, since: datetime | None = None) -> None:
        found.append({"problem": name, "zh": zh, "en": en, "since": since.isoformat() if since else None})

    dead = book.rows(states=("dead",), as_of=now)
    if dead:
        problem("dead_letter", f"死信 {len(dead)} 条", f"{len(dead)} dead letters", dead[0].closed_at)
    late = [r for r in book.rows(states=("pending",), as_of=now) if now - max(r.notice.not_before, r.next_at) > STUCK]
    if late:
        oldest = min(r.notice.not_before for r in late)
        problem("outbox_stuck", f"{len(late)} 条通知未送出", f"{len(late)} messages are not sent", oldest)
    beats = book.heartbeats()
    rows = watched_rows(context.programme.calendar, context.programme.alerting, context.programme.calendar.rows, now)
    for name in (WATCH, SEND):
        last = beats.get(name)
        if rows and context.programme.channels and (last is None or now - last > SILENCE):
            problem("scheduler_silent", f"{name} 超过一小时未运行", f"{name} has not run for an hour", last)
    year = awaited_year(context.programme.calendar, now)
    if year is not None and context.programme.channels:
        problem("calendar_provisional", f"{year} 年节假日未录入", f"the holidays of {year} are not entered")
    return [*found, *draft_problems(context, now)]
