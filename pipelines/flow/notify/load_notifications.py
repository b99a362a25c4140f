"""What a load says to people: receipts to the senders, recovery to whoever was notified of lateness. The load leaves rows of what there
is to say; they are worked off by whoever comes next, right after the load or before anything is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from ...alerts.escalation_policy import LATE_STEPS, not_before_alerts
from ...model.loading import HISTORY, Loaded, LoadNotifications, NotifyOfLoad, SubmissionRow
from ...model.notifications import Contact, Notification, OutboxRow
from ...model.periods import Period
from ...model.programme import Programme
from ...model.submissions import ACCEPTED
from ..runtime.context import Context
from .notification_builder import NotificationBuilder

ARRIVED = "文件已到 / the file is in"


def load_notifier(programme: Programme) -> NotifyOfLoad | None:
    """The voice of a programme's loads, None where it has no channel or nothing is ever sent. Silent on history, on months
    before `alerts_from`, and on verdicts that did not change."""
    if programme.alerting.alerts_from is None or not programme.channels:
        return None
    builder = NotificationBuilder(programme)

    def notify(loaded: Loaded) -> LoadNotifications:
        notified: dict[tuple[str, str, str], list[OutboxRow]] = defaultdict(list)
        for message in loaded.notified:
            notified[message.scope].append(message)
        notices: list[Notification] = []
        withdrawn: dict[str, str] = {}
        for row in loaded.versions:
            if not _may_speak(programme, row, loaded.closings):
                continue
            if _is_news(programme, row, loaded):
                contacts = programme.contacts_for(row.unit_code, row.form, "county")
                notices += [builder.receipt(row, contact, loaded.at) for contact in contacts]
            if row.latest and row.passes_a_rules:
                own = notified[(row.unit_code, row.period, row.form)]
                withdrawn |= {m.notice.message_id: ARRIVED for m in own if m.state in ("pending", "collected")}
                if row.word in ACCEPTED and row.state != "returned":
                    notices += _recoveries(builder, row, own, loaded.at)
        return LoadNotifications(tuple(notices), withdrawn)

    return notify


def notify_of_loads(context: Context) -> int:
    """Puts what loads left to be said into the outbox; the number of new notifications."""
    store = context.warehouse.follow_ups
    fresh = 0
    notify = load_notifier(context.programme) if store.any_to_notify() else None
    while due := store.loads_to_notify():
        fresh += store.notified(due[0], notify(due[0].loaded) if notify else LoadNotifications())
    return fresh


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


def _recoveries(
    builder: NotificationBuilder, row: SubmissionRow, notified: list[OutboxRow], at: datetime
) -> Iterator[Notification]:
    """To each who was, or may have been, told T or later since: the county at once, the bureau in its digest."""
    programme = builder.programme
    heard: dict[tuple[str, str], OutboxRow] = {}
    for message in notified:
        reached = message.notice.rung in LATE_STEPS and message.notice.created_at <= at
        if reached and (message.state in ("delivered", "digested") or message.attempts > 0):
            heard[(message.notice.channel, message.notice.address)] = message
    for (channel, address), message in heard.items():
        n = message.notice
        contact = Contact(n.unit_code, n.form, n.audience, n.role, channel, address)
        late = programme.calendar.workdays_late(datetime.fromisoformat(n.facts["due"]), row.arrived_at)
        yield builder.recovery(row, contact, n.opening, late, at)
