"""A month, hour by hour, against receivers that fail a third of the time: everybody is told, nobody twice, in order, at decent hours."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from receiving import Plan, Receivers, by_recipient, receiving
from replaying import Replay
from scenario import JUNE, SPRING, ZONE, Scenario, local

from pipelines.flow.runtime.context import Context
from pipelines.model.notifications import OutboxRow

pytestmark = pytest.mark.slow
LADDER = ("reminder", "escalation", "public_mark")
LATEST = timedelta(hours=12)
"""A message may need so long to get through when its channel fails a third of the time."""


@dataclass
class Replayed:
    scenario: Scenario
    context: Context
    receivers: Receivers
    rows: list[OutboxRow]

    def of(self, *kinds: str) -> list[OutboxRow]:
        return [row for row in self.rows if row.notice.kind in kinds]


@pytest.fixture(scope="module", params=[JUNE, SPRING], ids=lambda scenario: scenario.name)
def replayed(
    request: Any, receivers: SimpleNamespace, cases: ModuleType, home_of: Callable[..., Context], tmp_path_factory: Any
) -> Iterator[Replayed]:
    scenario: Scenario = request.param
    replays: list[Replay] = []
    folder = tmp_path_factory.mktemp("receivers")
    with receiving(receivers, folder, Plan(seed=2022), lambda: replays[0].now) as local_receivers:
        context = home_of(scenario, local_receivers)
        replays.append(Replay(context, scenario, cases, local_receivers))
        replays[0].run()
        yield Replayed(scenario, context, local_receivers, context.warehouse.alerts.rows())
        context.warehouse.close()


def day(moment: datetime) -> str:
    return moment.astimezone(ZONE).date().isoformat()


def test_the_receivers_really_failed(replayed: Replayed) -> None:
    kinds = replayed.receivers.plan.kinds
    requests = sum(kinds.values())
    failed = requests - kinds["none"] - kinds["slow"]
    assert requests > 40 and 0.25 < failed / requests < 0.42
    assert {"busy", "drop", "lost"} <= set(kinds) if replayed.scenario is JUNE else failed > 10


def test_every_rung_is_said_to_everybody_it_concerns_and_no_other(replayed: Replayed) -> None:
    said = Counter(
        (n.unit_code, n.form, n.rung, n.audience)
        for row in replayed.of(*LADDER)
        for n in [row.notice]
        if row.state in ("delivered", "digested")
    )
    expected = Counter((r.unit, r.form, r.rung, r.audience) for r in replayed.scenario.rungs)
    assert said == expected
    assert {row.notice.period for row in replayed.of(*LADDER)} == {replayed.scenario.period}


def test_each_rung_is_said_at_its_hour(replayed: Replayed) -> None:
    due = {(r.unit, r.form, r.rung, r.audience, local(r.at)) for r in replayed.scenario.rungs}
    attempts = replayed.context.warehouse.alerts.attempts([r.notice.message_id for r in replayed.rows])
    looked_at = 0
    for row in replayed.of(*LADDER):
        n = row.notice
        if row.state != "delivered":
            continue
        at = n.created_at
        assert (n.unit_code, n.form, n.rung, n.audience, at) in due
        first, last = attempts[n.message_id][0], attempts[n.message_id][-1]
        assert n.not_before == at
        assert at <= first.started_at
        assert last.accepted and last.ended_at is not None and last.ended_at < at + LATEST
        looked_at += 1
    assert looked_at > 10


def test_nothing_is_left_and_nothing_is_lost(replayed: Replayed) -> None:
    states = Counter(row.state for row in replayed.rows)
    assert set(states) <= {"delivered", "digested", "passed", "withdrawn"}
    taken = {one.id for one in replayed.receivers.taken}
    assert taken == {row.notice.message_id for row in replayed.rows if row.state == "delivered"}


def test_none_twice_to_a_receiver_whose_yes_arrived(replayed: Replayed) -> None:
    assert len(replayed.receivers.taken) > 30
    assert replayed.receivers.repeats() == []
    assert set(replayed.receivers.yes().values()) == {1}


def test_a_recipient_hears_in_order(replayed: Replayed) -> None:
    recipient = {row.notice.message_id: (row.notice.channel, row.notice.address) for row in replayed.rows}
    place = {row.notice.message_id: row for row in replayed.rows}
    order = ("T-3", "T-1", "T-4h", "T", "T+1", "T+2")
    climbs: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for ids in by_recipient(replayed.receivers.taken, recipient).values():
        heard = [place[id_].notice for id_ in ids]
        assert [n.created_at for n in heard] == sorted(n.created_at for n in heard) or _excused(heard)
        for n in heard:
            if n.rung:
                climbs[n.channel, n.address, n.unit_code, n.form, n.opening].append(order.index(n.rung))
    assert len(climbs) > 5
    assert all(rungs == sorted(rungs) for rungs in climbs.values())


def _excused(heard: list[Any]) -> bool:
    """A message may overtake an older one only where the older one had to wait for the morning, or was less urgent."""
    for n, earlier in enumerate(heard):
        for later in heard[n + 1 :]:
            if (
                later.created_at < earlier.created_at
                and later.not_before <= earlier.not_before
                and later.priority <= earlier.priority
            ):
                return False
    return True


def test_nobody_is_disturbed_at_night_or_on_a_day_off(replayed: Replayed) -> None:
    attempts = replayed.context.warehouse.alerts.attempts([r.notice.message_id for r in replayed.rows])
    started = [a.started_at.astimezone(ZONE) for own in attempts.values() for a in own]
    assert len(started) > 50
    for moment in started:
        if day(moment) in replayed.scenario.freeze_days:
            continue
        assert day(moment) not in replayed.scenario.days_off
        assert 8 <= moment.hour < 21, moment


def test_one_digest_a_day_of_the_right_size(replayed: Replayed) -> None:
    digests = replayed.of("digest")
    told = {(day(row.notice.created_at), row.notice.address) for row in digests}
    assert len(told) == len(digests), "two digests on one day"
    assert told == {(on, address) for on, addresses in replayed.scenario.digests.items() for address in addresses}
    assert {row.notice.created_at.astimezone(ZONE).hour for row in digests} == {9}
    assert {row.state for row in digests} == {"delivered"}
    listed = {(day(row.notice.created_at), row.notice.address): len(row.notice.facts["late"]) for row in digests}
    assert {key: listed[key] for key in replayed.scenario.late_listed} == replayed.scenario.late_listed
    for row in replayed.rows:
        if row.notice.audience == "bureau" and row.notice.kind != "digest":
            assert row.state == "digested" and row.digest_id in {d.notice.message_id for d in digests}


def test_whoever_was_told_of_lateness_hears_that_the_file_is_in(replayed: Replayed) -> None:
    recovered = Counter((r.notice.unit_code, r.notice.form, r.notice.audience) for r in replayed.of("recovery"))
    assert recovered == Counter(dict.fromkeys(replayed.scenario.recovered, 1))


def test_every_file_is_answered_once_a_form(replayed: Replayed) -> None:
    receipts = Counter((r.notice.unit_code, r.notice.form) for r in replayed.of("receipt"))
    sent = Counter((a.unit, form) for a in replayed.scenario.arrivals for form in a.forms)
    assert receipts == sent


def test_looking_again_says_nothing_more(replayed: Replayed) -> None:
    from pipelines.flow.notify.watch import watch_deadlines

    book = replayed.context.warehouse
    before = (len(book.alerts.rows()), len(book.audit_entries()))
    for at in (replayed.scenario.start, replayed.scenario.end, replayed.scenario.end):
        watch_deadlines(replayed.context, local(at))
    assert (len(book.alerts.rows()), len(book.audit_entries())) == before
