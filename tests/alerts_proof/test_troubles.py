"""A day without channels, an address that does not exist, a backfill: who hears what, and what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from receiving import Plan, Receivers, receiving
from replaying import Replay, load
from scenario import FORMS, JUNE, ZONE, Arrival, Scenario, local

from pipelines.flow.notify.watch import watch_deadlines
from pipelines.flow.runtime.context import Context

pytestmark = pytest.mark.slow
NEVER = "330471"
"""The unit that sends nothing here; all others have sent."""
OTHERS = tuple(
    Arrival(unit, FORMS, "2022-07-08 15:00")
    for unit in ("330402", "330411", "330421", "330424", "330481", "330482", "330483", "330472")
)


@pytest.fixture
def replay(receivers: SimpleNamespace, cases: ModuleType, home_of: Callable[..., Context], tmp_path: Path) -> Any:
    """Replays a scenario against healthy receivers; `before` may arrange the receivers and watches every hour."""

    def run(scenario: Scenario, hourly: Callable[[Receivers, datetime], None]) -> tuple[Context, Receivers]:
        replays: list[Replay] = []
        with receiving(receivers, tmp_path, Plan(1, 0.0, 0.0), lambda: replays[0].now) as heard:
            context = home_of(scenario, heard)
            replays.append(Replay(context, scenario, cases, heard, hourly=lambda now: hourly(heard, now)))
            replays[0].run()
        return context, heard

    return run


def test_every_channel_is_down_for_a_day_and_back(replay: Any) -> None:
    """From the evening of the due day to the next: T+1 falls into it. Nothing dies, and nothing comes in a burst afterwards."""
    down, back = local("2022-07-11 17:00"), local("2022-07-12 17:00")

    def hourly(heard: Receivers, now: datetime) -> None:
        heard.plan.is_down = down <= now < back

    scenario = replace(JUNE, start="2022-07-11 12:00", end="2022-07-13 20:00", arrivals=OTHERS)
    context, heard = replay(scenario, hourly)
    rows = context.warehouse.alerts.rows()
    assert Counter(row.state for row in rows if row.state in ("dead", "pending")) == Counter()
    escalated = {
        n.rung: row.state
        for row in rows
        for n in [row.notice]
        if (n.unit_code, n.form, n.audience) == (NEVER, "unit_month", "county") and n.rung
    }
    assert escalated == {"T-3": "passed", "T-1": "delivered", "T-4h": "delivered", "T": "delivered", "T+2": "delivered"}
    leaders = [row for row in rows if row.notice.audience == "leader" and row.notice.rung]
    assert {row.notice.rung: row.state for row in leaders} == {"T+1": "delivered", "T+2": "delivered"}
    paged = [row.notice for row in rows if row.notice.kind == "engineer"]
    assert len(paged) >= 1, "engineers hear of an outbox that does not drain"
    days = Counter(
        (n.facts["problem"], n.facts["what_en"].split()[4], n.created_at.astimezone(ZONE).date()) for n in paged
    )
    assert set(days.values()) == {1}, "once a channel and day"
    assert {problem for problem, _, _ in days} == {"outbox_stuck"}
    last = max(one.at for one in heard.taken if one.at < local("2022-07-13 08:00"))
    assert back < last < back + timedelta(hours=4), "what waited went out soon after"
    assert heard.repeats() == []


def test_an_address_that_does_not_exist_stops_nobody_else(replay: Any) -> None:
    wrong = "jingxin-330471@example.invalid"

    def hourly(heard: Receivers, now: datetime) -> None:
        heard.mailbox.refused[wrong] = "550 no such mailbox"

    scenario = replace(JUNE, start="2022-07-08 09:00", end="2022-07-08 18:00", arrivals=OTHERS)
    context, heard = replay(scenario, hourly)
    rows = context.warehouse.alerts.rows()
    dead = [row for row in rows if row.state == "dead"]
    assert [(row.notice.address, row.notice.rung, row.attempts) for row in dead] == [(wrong, "T-1", 1)]
    assert {row.state for row in rows if row.notice.address != wrong} <= {
        "delivered",
        "passed",
        "withdrawn",
        "digested",
    }
    (paged,) = [row.notice for row in rows if row.notice.kind == "engineer"]
    assert paged.facts["problem"] == "dead_letter"
    assert "saima alerts" in paged.text.body and wrong not in paged.text.body
    assert paged.message_id in heard.yes()


def test_a_backfill_writes_to_nobody(
    receivers: SimpleNamespace, cases: ModuleType, home_of: Any, tmp_path: Path
) -> None:
    """2021-12 is loaded as if it arrived now, and its whole ladder is looked at: before `alerts_from` nothing is said."""
    scenario = replace(JUNE, period="2021-12", arrivals=())
    with receiving(receivers, tmp_path, Plan(1, 0.0, 0.0)) as heard:
        context = home_of(scenario, heard)
        late = [Arrival("330402", FORMS, "2022-01-13 10:00"), Arrival("330411", FORMS, "2022-01-13 10:00", "rejected")]
        load(context, scenario, cases, late, local("2022-01-13 11:00").astimezone(UTC))
        for day in range(4, 26):
            for hour in (9, 14, 18):
                watch_deadlines(context, datetime(2022, 1, day, hour - 8, tzinfo=UTC))
        assert len(context.warehouse.submissions("2021-12")) == 6
        assert context.warehouse.alerts.rows() == []
        assert heard.requests() == 0
        context.warehouse.close()
