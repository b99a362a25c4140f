"""A stretch of simulated time, hour by hour: files arrive and are loaded, the ladder is looked at, the outbox is emptied.

Loads are those of the warehouse (archive receipt, stage, Iceberg, one SQL transaction with what it says to people); only the verdicts
are given by the scenario instead of Great Expectations, which would take minutes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import ModuleType
from typing import Any

from receiving import Receivers
from scenario import Arrival, Scenario, local

from pipelines.alerts.channels import open_channels
from pipelines.flow.intake.stage_and_load import freezes
from pipelines.flow.notify.send import Clock, deliver
from pipelines.flow.notify.watch import watch_deadlines
from pipelines.flow.runtime.context import Context
from pipelines.model.submissions import Receipt
from pipelines.warehouse.staging.stage_writer import stage

STEP = timedelta(hours=1)
AGAIN = timedelta(minutes=10)
"""The DAG looks every ten minutes; between the hours of a replay that matters only while something waits for its next try."""
PER_MESSAGE = timedelta(milliseconds=300)


class Ticking(Clock):
    """Simulated time that passes while messages are sent, so that receivers who count seconds see some."""

    def __init__(self, start: datetime, told: Callable[[datetime], None]) -> None:
        super().__init__(start)
        self._told = told

    def now(self) -> datetime:
        self.start += PER_MESSAGE / 4
        self._told(self.start)
        return self.start


@dataclass
class Replay:
    """One home and its receivers. `hourly` is called with every full hour before anything else happens."""

    context: Context
    scenario: Scenario
    cases: ModuleType
    receivers: Receivers | None
    seed: int = 1
    hourly: Callable[[datetime], None] = lambda now: None
    now: datetime = field(init=False)
    """The moment that the receivers see."""

    def __post_init__(self) -> None:
        self.now = local(self.scenario.start).astimezone(UTC)
        self._random = random.Random(self.seed)
        self._channels: Any = None
        if self.receivers is not None:
            specs, environment = self.context.programme.channels, self.receivers.environment
            self._channels = open_channels(specs, environment, self.context.settings.home)

    def run(self) -> None:
        """From the scenario's start to its end."""
        waiting = sorted(self.scenario.arrivals, key=lambda a: a.seen or a.at)
        hour, end = self.now, local(self.scenario.end).astimezone(UTC)
        while hour <= end:
            self.now = hour
            self.hourly(hour)
            come = [a for a in waiting if local(a.seen or a.at) <= hour]
            if come:
                waiting = waiting[len(come) :]
                load(self.context, self.scenario, self.cases, come, hour)
            watch_deadlines(self.context, hour)
            self.send(hour, hour + STEP)
            hour += STEP

    def send(self, start: datetime, until: datetime) -> None:
        """Empties the outbox at `start`, and again every ten minutes for as long as something waits for its next try."""
        if self._channels is None:
            return
        at = start
        while at < until and self._waiting(until):
            clock = Ticking(max(at, self.now), self._set)
            deliver(self.context, clock.start, clock=clock, channels=self._channels, jitter=self._random.random)
            at += AGAIN

    def _waiting(self, until: datetime) -> bool:
        """Whether there is anything to do for a sender before `until`: one that finds nothing is not worth a replay's time."""
        rows = self.context.warehouse.alerts.rows(states=("pending",))
        return any(max(row.next_at, row.notice.not_before) < until for row in rows)

    def _set(self, now: datetime) -> None:
        self.now = now


def load(
    context: Context, scenario: Scenario, cases: ModuleType, arrivals: list[Arrival], now: datetime, name: str = ""
) -> None:
    """The files of some arrivals, each with the forms it has, as one load at `now`."""
    warehouse, home = context.warehouse, context.settings.home
    judged, outcomes = [], []
    for arrival in arrivals:
        receipt = _receipt(arrival, scenario, now)
        own = [cases.judged(receipt, arrival.unit, scenario.period, form, word=arrival.word) for form in arrival.forms]
        ids = tuple(one.submission_id for one in own)
        judged += own
        outcomes.append(cases.outcome(receipt, submissions=ids))
    warehouse.add_receipts(list({one.receipt.receipt_id: one.receipt for one in judged}.values()), now)
    folder = stage(home / "stage", name or f"{now:%Y%m%d%H}", judged, outcomes)
    warehouse.load([folder], now, freezes(context), True)


def _receipt(arrival: Arrival, scenario: Scenario, now: datetime) -> Receipt:
    name = f"{arrival.unit}-{'-'.join(arrival.forms)}.xlsx"
    content = f"{scenario.name} {name} {arrival.at}".encode()
    arrived = local(arrival.at).astimezone(UTC)
    return Receipt(sha256(content).hexdigest(), "inbox", name, arrived, now, len(content), {})
