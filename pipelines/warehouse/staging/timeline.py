"""Which file is a version, which repeats one, and which version counts. Pure: the loader and every as-of read obey it.

DESIGN §4: versions order by arrived_at, then seen_at, then name; bytes equal to the latest version are a re-send. Older bytes that
come again under the name they had are a re-send too (an inbox restored from a backup: same names and bytes, new times); under another
name their sender goes back to them, and they are a new version. The latest accepted version that arrived before the freeze and was not
returned counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pipelines.model.findings import VerdictWord
from pipelines.model.submissions import ACCEPTED, State


@dataclass(frozen=True)
class Event:
    """One form of one unit and period in one receipt. `word` is its verdict; None where its rows are not at hand (a
    re-send whose rows were dropped)."""

    submission_id: str
    receipt_id: str
    sha256: str
    arrived_at: datetime
    seen_at: datetime
    name: str
    word: VerdictWord | None

    @property
    def order(self) -> tuple[datetime, datetime, str, str]:
        return (self.arrived_at, self.seen_at, self.name, self.receipt_id)

    @property
    def file(self) -> tuple[str, str]:
        """Bytes and name without folder: what a restored file has in common with the one that was there before."""
        return (self.sha256, self.name.replace("\\", "/").rsplit("/", 1)[-1])


@dataclass(frozen=True)
class Timeline:
    """The decision for one unit, period and form, independent of the order in which the files were seen.

    `versions`: submissions that are versions, oldest first. `resends`: submission → the version it repeats. `reopened`:
    versions without a verdict at hand, to be judged again. `revisions`: accepted versions that came too late to count.
    """

    versions: tuple[str, ...]
    resends: Mapping[str, str]
    reopened: tuple[str, ...]
    revisions: frozenset[str]
    current: str | None
    states: Mapping[str, State]

    @property
    def latest(self) -> str | None:
        return self.versions[-1] if self.versions else None


def recorded_reverts(versions: Iterable[Event]) -> frozenset[str]:
    """Of the versions that a ledger holds: those whose file was a version before, with another between. Programs before 2026-11-29
    recorded them (no later one does); such a version was counted and published, and stays one."""
    found: set[str] = set()
    there: set[tuple[str, str]] = set()
    last = ""
    for event in sorted(versions, key=lambda e: e.order):
        if event.file in there and event.sha256 != last:
            found.add(event.submission_id)
        there.add(event.file)
        last = event.sha256
    return frozenset(found)


def decide(
    events: Iterable[Event], freeze: datetime | None, returned: Collection[str] = (), reverts: Collection[str] = ()
) -> Timeline:
    """The timeline of one unit, period and form; `freeze` None means that every version may count. `returned`: submissions the
    bureau sent back; such a version counts no more, nor does one before it: the unit owes a new one. `reverts`: see
    `recorded_reverts`."""
    versions: list[Event] = []
    resends: dict[str, str] = {}
    reopened: list[str] = []
    last_bytes: tuple[str, str] | None = None
    there_before: dict[tuple[str, str], str] = {}
    for event in sorted(events, key=lambda e: e.order):
        if last_bytes is not None and last_bytes[0] == event.sha256:
            resends[event.submission_id] = last_bytes[1]
            there_before.setdefault(event.file, last_bytes[1])
            continue
        if event.file in there_before and event.submission_id not in reverts:
            resends[event.submission_id] = there_before[event.file]
            continue
        last_bytes = (event.sha256, event.submission_id)
        there_before[event.file] = event.submission_id
        if event.word is None:
            reopened.append(event.submission_id)
        else:
            versions.append(event)
    sent_back = [e for e in versions if e.submission_id in returned]
    last_return = sent_back[-1] if sent_back else None
    accepted = [e for e in versions if e.word in ACCEPTED and (last_return is None or e.order > last_return.order)]
    in_time = [e for e in accepted if freeze is None or e.arrived_at < freeze]
    current = in_time[-1] if in_time else None
    return Timeline(
        versions=tuple(e.submission_id for e in versions),
        resends=resends,
        reopened=tuple(reopened),
        revisions=frozenset(e.submission_id for e in accepted if freeze is not None and e.arrived_at >= freeze),
        current=current.submission_id if current else None,
        states={e.submission_id: _state(e, current, last_return) for e in versions},
    )


def _state(event: Event, current: Event | None, last_return: Event | None) -> State:
    if current is not None and event.order < current.order:
        return "superseded"
    if last_return is not None and event.order <= last_return.order:
        return "returned" if event is last_return else "superseded"
    assert event.word is not None
    return event.word
