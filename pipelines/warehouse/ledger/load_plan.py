"""What a load will do, decided before anything is written: versions, re-sends, withdrawals, pointers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from ..staging.stage_reader import Key, StagedBatch, StagedSubmission
from ..staging.timeline import Event, Timeline, decide, recorded_reverts
from .ledger import KnownEvent, events_of_receipts, known_events, pointers
from .rulings import returned_at

Freezes = Mapping[tuple[str, str], datetime | None]
"""(form, period) → the instant from which versions open a revision; absent or None: no limit."""


@dataclass
class Plan:
    """The decisions of one load. Submissions are named by id; `known` holds what the ledger had of them."""

    kept: dict[str, StagedSubmission] = field(default_factory=dict)
    dropped: dict[str, StagedSubmission] = field(default_factory=dict)
    repeats: dict[str, str] = field(default_factory=dict)
    demoted: dict[str, KnownEvent] = field(default_factory=dict)
    withdrawn: dict[str, KnownEvent] = field(default_factory=dict)
    reopened_receipts: set[str] = field(default_factory=set)
    versions: dict[str, int] = field(default_factory=dict)
    timelines: dict[Key, Timeline] = field(default_factory=dict)
    known: dict[str, KnownEvent] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    pointers_before: dict[Key, tuple[str, str]] = field(default_factory=dict)
    pointers_after: dict[Key, tuple[str, str]] = field(default_factory=dict)

    def key_of(self, submission_id: str) -> Key:
        staged = self.kept.get(submission_id) or self.dropped.get(submission_id)
        return staged.key if staged else self.known[submission_id].key

    @property
    def removed(self) -> dict[str, Key]:
        """Submissions whose lake rows go: re-staged ones that are replaced, and versions that are none any more."""
        staged = self.kept | self.dropped
        replaced = {i: s.key for i, s in staged.items() if i in self.known and self.known[i].is_version}
        gone = {i: k.key for i, k in (self.demoted | self.withdrawn).items() if k.is_version}
        return replaced | gone

    @property
    def moved(self) -> list[Key]:
        """Keys whose pointer names another submission or verdict than before."""
        keys = self.pointers_before.keys() | self.pointers_after.keys()
        return sorted(k for k in keys if self.pointers_before.get(k) != self.pointers_after.get(k))

    @property
    def rewritten(self) -> list[Key]:
        """Keys whose current rows in SQL are written again: the pointer moved, or its submission is in this load."""
        again = {s.key for i, s in self.kept.items() if self.pointers_after.get(s.key, ("",))[0] == i}
        return sorted(again | set(self.moved))


def make_plan(connection: sa.Connection, batch: StagedBatch, freezes: Freezes) -> Plan:
    """Reads what the ledger has of the batch's units, periods and forms, and decides. Call under the loader's lock."""
    plan = Plan()
    staged: dict[Key, list[StagedSubmission]] = defaultdict(list)
    for one in batch.submissions:
        staged[one.key].append(one)
    staged_ids = {one.submission_id for one in batch.submissions}
    stated = {o["receipt_id"]: set(o["submissions"]) for o in batch.outcomes if o["submissions"] is not None}
    for known in events_of_receipts(connection, stated):
        submission = known.event.submission_id
        if submission not in staged_ids and submission not in stated[known.event.receipt_id]:
            plan.withdrawn[submission] = known
    keys = set(staged) | {known.key for known in plan.withdrawn.values()}
    ledger = known_events(connection, keys)
    plan.pointers_before = pointers(connection, keys)
    returned = {i for period in {key[1] for key in keys} for i in returned_at(connection, period)}
    for key in sorted(keys):
        _decide_key(plan, key, staged.get(key, []), ledger.get(key, []), freezes.get((key[2], key[1])), returned)
    return plan


def _decide_key(
    plan: Plan,
    key: Key,
    staged: list[StagedSubmission],
    ledger: list[KnownEvent],
    freeze: datetime | None,
    returned: Collection[str],
) -> None:
    plan.known.update({known.event.submission_id: known for known in ledger})
    events = {k.event.submission_id: k.event for k in ledger if k.event.submission_id not in plan.withdrawn}
    events.update({one.submission_id: one.event for one in staged})
    plan.events.update(events)
    reverts = recorded_reverts(k.event for k in ledger if k.is_version)
    timeline = decide(events.values(), freeze, returned, reverts)
    plan.timelines[key] = timeline
    plan.repeats.update(timeline.resends)
    for one in staged:
        (plan.dropped if one.submission_id in timeline.resends else plan.kept)[one.submission_id] = one
    staged_ids = {one.submission_id for one in staged}
    for known in ledger:
        submission = known.event.submission_id
        if known.is_version and submission in timeline.resends and submission not in staged_ids:
            plan.demoted[submission] = known
    plan.reopened_receipts.update(events[submission].receipt_id for submission in timeline.reopened)
    _number(plan, list(events.values()), ledger, reverts)
    if timeline.current is not None:
        current = plan.kept.get(timeline.current)
        verdict = current.verdict_id if current else plan.known[timeline.current].verdict_id
        assert verdict is not None
        plan.pointers_after[key] = (timeline.current, verdict)


def _number(plan: Plan, events: list[Event], ledger: list[KnownEvent], reverts: Collection[str]) -> None:
    """A number once given stays; new versions get the next ones, collection by collection and by arrival within one.

    So files of several collections loaded together get the numbers they would have got one by one (a rebuild does that).
    """
    given = {k.event.submission_id: k.version for k in ledger if k.version is not None}
    last = max(given.values(), default=0)
    for seen_at in sorted({event.seen_at for event in events}):
        seen = [event for event in events if event.seen_at <= seen_at]
        fresh = [i for i in decide(seen, None, reverts=reverts).versions if i not in given]
        by_id = {event.submission_id: event for event in seen}
        for submission in sorted(fresh, key=lambda i: (by_id[i].seen_at != seen_at, by_id[i].order)):
            last += 1
            given[submission] = last
    plan.versions.update(given)
