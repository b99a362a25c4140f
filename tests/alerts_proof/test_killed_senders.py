"""Senders killed by SIGKILL, senders side by side: nothing is lost, and a receiver hears at most one message again for each kill.

`make proof-alerts` kills 200 (SAIMA_KILLS); the suite kills 20."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from killing import POINTS, SimulatedTime, cut_off, drain, fork_server, kill_senders, pending
from receiving import Plan, Receivers, by_recipient, receiving
from replaying import load
from scenario import FORMS, JUNE, UNITS, Arrival, local

from pipelines.flow.notify.watch import watch_deadlines
from pipelines.flow.runtime.context import Context

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("SAIMA_KILLS") or 20)
PER_KILL = 4
"""Most messages that a sender delivers before it dies: so many wait for each kill."""
START = "2022-07-07 10:00"


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    return fork_server(Path(__file__).parent)


@pytest.fixture
def house(
    receivers: SimpleNamespace, cases: ModuleType, home_of: Callable[..., Context], tmp_path: Path
) -> Iterator[tuple[Context, Receivers, SimulatedTime]]:
    """A home whose outbox is full of receipts: every unit has sent its forms many times over. Receivers are well, and slow."""
    time_of = SimulatedTime(local(START).astimezone(UTC))
    with receiving(receivers, tmp_path, Plan(seed=7, share=0.0, slow=1.0), lambda: time_of.now, limits=False) as heard:
        context = home_of(JUNE, heard)
        watch_deadlines(context, local("2022-07-06 09:00").astimezone(UTC))
        rounds = 1 + KILLS * PER_KILL // (len(UNITS) * len(FORMS))
        for n in range(rounds):
            arrivals = [Arrival(unit, FORMS, f"2022-07-07 {8 + n // 60:02}:{n % 60:02}") for unit in UNITS]
            load(context, JUNE, cases, arrivals, time_of.now, name=f"round-{n}")
        yield context, heard, time_of
        context.warehouse.close()


def delivered_in_order(context: Context, heard: Receivers) -> None:
    """Everything that waited was taken, and first taken in the order in which it was said."""
    rows = context.warehouse.alerts.rows()
    sent = [row for row in rows if row.state == "delivered"]
    assert {row.state for row in rows} <= {"delivered", "withdrawn"}
    assert len(sent) >= KILLS
    assert {one.id for one in heard.taken} == {row.notice.message_id for row in sent}
    recipient = {row.notice.message_id: (row.notice.channel, row.notice.address) for row in sent}
    ordinal = {row.notice.message_id: row.ordinal for row in sent}
    for ids in by_recipient(heard.taken, recipient).values():
        assert [ordinal[id_] for id_ in ids] == sorted(ordinal[id_] for id_ in ids)


def test_killed_at_any_point(house: Any, processes: ForkServerContext) -> None:
    context, heard, time_of = house
    waiting = pending(context, None)
    kills = kill_senders(context, heard, processes, time_of, KILLS, seed=41)
    assert kills.wrong == []
    assert len(kills.cut_off) == KILLS, f"only {len(kills.cut_off)} kills for {waiting} messages: {kills.how}"
    assert set(POINTS) <= set(kills.how)
    assert max(kills.cut_off) <= 1, "one kill left several attempts without an end"
    assert sum(kills.cut_off) > 0, "no sender was killed while it was sending"
    drain(context, heard, processes, time_of)
    delivered_in_order(context, heard)
    often, dead_in = Counter(one.id for one in heard.taken), cut_off(context)
    again = {id_: count - 1 for id_, count in often.items() if count > 1}
    assert all(count <= dead_in[id_] for id_, count in again.items()), "heard again without a kill to blame"
    assert [f"{c.id}: {c.detail}" for c in context.warehouse.checks(None, time_of.now) if c.failed] == []
    attempts = context.warehouse.alerts.attempts(often)
    ended = {id_: [a for a in own if a.accepted] for id_, own in attempts.items()}
    assert {len(own) for own in ended.values()} == {1}, "the books know exactly one success for each message"
    print(
        f"\n{KILLS} kills over {waiting} messages: {dict(kills.how)}; {sum(kills.cut_off)} died in an attempt; "
        f"{len(again)} messages heard again, {sum(again.values())} times in all; lost: 0"
    )


def test_two_senders_at_once(house: Any, processes: ForkServerContext) -> None:
    from sender_process import run

    context, heard, time_of = house
    given = (context.settings.home, time_of.now, dict(heard.environment), "")
    both = [processes.Process(target=run, args=given) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]
    drain(context, heard, processes, time_of)
    delivered_in_order(context, heard)
    assert heard.repeats() == []
    assert {own[0].accepted and len(own) for own in context.warehouse.alerts.attempts(heard.yes()).values()} == {1}
