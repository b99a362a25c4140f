"""Senders that are killed: processes of their own on one outbox, ended by SIGKILL at fault points and at random instants."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path

from receiving import Receivers
from sender_process import run

from pipelines.flow.runtime.context import Context

POINTS = ("alerts.leased", "alerts.before_send", "alerts.sent", "alerts.recorded")
PRELOADED = (
    "pipelines.flow.notify.send",
    "pipelines.alerts.channels",
    "alembic.command",
    "sqlalchemy.dialects.sqlite",
    "sender_process",
)
PATIENCE = 60.0
ALL_OF_IT = 900.0
"""Seconds that one sender may take for hundreds of messages on a busy machine."""
LATER = timedelta(minutes=10)


@dataclass
class Kills:
    """What happened: how each sender ended, and how many attempts each kill left without an end in the books."""

    how: Counter[str] = field(default_factory=Counter)
    cut_off: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass
class SimulatedTime:
    """The moment that senders are started with and receivers see."""

    now: datetime


def fork_server(here: Path) -> ForkServerContext:
    """Processes forked from a server that has only imported; it is started here, without threads of the test."""
    sys.path.insert(0, str(here))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED])
    return context


def kill_senders(
    context: Context, receivers: Receivers, processes: ForkServerContext, time_of: SimulatedTime, kills: int, seed: int
) -> Kills:
    """Starts one sender after the other and kills each: in turn at a fault point, at a random instant of its life, and at a
    random instant after it has begun to talk to a receiver. Every kill moves the simulated time on."""
    dice, found = random.Random(seed), Kills()
    before = 0
    while len(found.cut_off) < kills:
        way = len(found.cut_off) % 3
        fault = POINTS[len(found.cut_off) // 3 % len(POINTS)] if way == 0 else ""
        process = processes.Process(
            target=run, args=(context.settings.home, time_of.now, dict(receivers.environment), fault)
        )
        process.start()
        if way == 1:
            _live(process, receivers, dice.uniform(0.05, 1.2), dice.randint(1, 4))
        elif way == 2:
            _live(process, receivers, PATIENCE, dice.randint(1, 3))
            process.join(dice.uniform(0.0, 0.05))
        else:
            process.join(PATIENCE)
        alive = process.is_alive()
        process.kill()
        process.join(PATIENCE)
        if not alive and not fault:
            found.how["ended by itself"] += 1
            if not pending(context, time_of.now):
                break
            continue
        if not alive and process.exitcode != 137:
            found.wrong.append(f"{fault}: exit code {process.exitcode}")
        found.how[fault or ("at random" if way == 1 else "while talking")] += 1
        now = sum(cut_off(context).values())
        found.cut_off.append(now - before)
        before = now
        time_of.now += LATER
    return found


def drain(context: Context, receivers: Receivers, processes: ForkServerContext, time_of: SimulatedTime) -> None:
    """Lets undisturbed senders finish, one every ten simulated minutes."""
    for _ in range(200):
        if not pending(context, None):
            return
        process = processes.Process(
            target=run, args=(context.settings.home, time_of.now, dict(receivers.environment), "")
        )
        process.start()
        process.join(ALL_OF_IT)
        assert process.exitcode == 0, process.exitcode
        time_of.now += LATER
    raise AssertionError("the outbox does not drain")


def pending(context: Context, now: datetime | None) -> int:
    """Messages that wait; with `now`, those that are due."""
    rows = context.warehouse.alerts.rows(states=("pending",))
    return sum(now is None or row.notice.not_before <= now for row in rows)


def cut_off(context: Context) -> Counter[str]:
    """message id → attempts that have begun and not ended: a sender died in them. These alone may be heard again."""
    ids = [row.notice.message_id for row in context.warehouse.alerts.rows()]
    attempts = context.warehouse.alerts.attempts(ids)
    return Counter(id_ for id_, own in attempts.items() for attempt in own if attempt.ended_at is None)


def _live(process: multiprocessing.Process, receivers: Receivers, seconds: float, requests: int) -> None:
    """Let a sender live so long, and no longer than so many requests: a fast machine would empty the outbox between two kills."""
    until, last = time.monotonic() + seconds, receivers.requests() + requests
    while time.monotonic() < until and receivers.requests() < last and process.is_alive():
        time.sleep(0.001)
