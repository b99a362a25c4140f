"""What a load says to people, from inside its transaction: receipts to the senders, recovery to whoever was told of lateness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from ...alerts.ladder import LATE_RUNGS, not_before_alerts
from ...model.loading import HISTORY, Announce, Announcement, Loaded, SubmissionRow
from ...model.notices import Contact, Notice, OutboxRow
from ...model.periods import Period
from ...model.programme import Programme
from ...model.submissions import ACCEPTED
from .notices import Wording

ARRIVED = "文件已到 / the file is in"


def announcer(programme: Programme) -> Announce | None:
    """The voice of a programme's loads, None where it has no channel or nothing is ever sent. Silent on history, on months
    before `alerts_from`, and on verdicts that did not change."""
    if programme.alerting.alerts_from is None or not programme.channels:
        return None
    wording = Wording(programme)

    def announce(loaded: Loaded) -> Announcement:
        told: dict[tuple[str, str, str], list[OutboxRow]] = defaultdict(list)
        for message in loaded.told:
            told[message.scope].append(message)
        notices: list[Notice] = []
        withdrawn: dict[str, str] = {}
        for row in loaded.versions:
            if not _may_speak(programme, row, loaded.closings):
                continue
            if _is_news(programme, row, loaded):
                contacts = programme.contacts_for(row.unit_code, row.form, "county")
                notices += [wording.receipt(row, contact, loaded.at) for contact in contacts]
            if row.latest and row.passes_a_rules:
                own = told[(row.unit_code, row.period, row.form)]
                withdrawn |= {m.notice.message_id: ARRIVED for m in own if m.state in ("pending", "collected")}
                if row.word in ACCEPTED and row.state != "returned":
                    notices += _recoveries(wording, row, own, loaded.at)
        return Announcement(tuple(notices), withdrawn)

    return announce


def _may_speak(programme: Programme, row: SubmissionRow, closings: Mapping[str, str]) -> bool:
    return not_before_alerts(programme.alerting, row.period) and closings.get(row.period) != HISTORY


def _is_news(programme: Programme, row: SubmissionRow, loaded: Loaded) -> bool:
    """A new version always; a version judged again only with another verdict, and not after its month was published."""
    before = loaded.before.get(row.submission_id)
    if before is None:
        return True
    dates = programme.calendar.row(row.form, Period.parse(row.period))
    locked = dates is not None and dates.publish is not None and loaded.at >= dates.publish
    return before != row.word and not locked


def _recoveries(wording: Wording, row: SubmissionRow, told: list[OutboxRow], at: datetime) -> Iterator[Notice]:
    """To each who was, or may have been, told T or later since: the county at once, the bureau in its digest."""
    programme = wording.programme
    heard: dict[tuple[str, str], OutboxRow] = {}
    for message in told:
        reached = message.notice.rung in LATE_RUNGS and message.notice.created_at <= at
        if reached and (message.state in ("delivered", "digested") or message.attempts > 0):
            heard[(message.notice.channel, message.notice.address)] = message
    for (channel, address), message in heard.items():
        n = message.notice
        contact = Contact(n.unit_code, n.form, n.audience, n.role, channel, address)
        late = programme.calendar.workdays_late(datetime.fromisoformat(n.facts["due"]), row.arrived_at)
        yield wording.recovery(row, contact, n.opening, late, at)
