"""What the alert ladder sends: notices, the channels that carry them, and what became of an attempt. No I/O.

A notice is one message to one recipient over one channel. Its `message_id` travels with it, so that a receiver recognises a
repeat: delivery is at least once (DESIGN §5, §7). Texts carry a status and a link, never rows or amounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, Protocol, runtime_checkable

Kind = Literal[
    "receipt",
    "reminder",
    "escalation",
    "public_mark",
    "recovery",
    "return",
    "digest",
    "deadline_change",
    "engineer",
    "dispatch",
]
"""`reminder` T-3 … T to the county; `escalation` T+1 to leader and city bureau; `public_mark` T+2 (迟报); `recovery` when the file
of a late unit is in; `dispatch` the week's look at memos, silence, cadence, inspections;
`engineer` for a broken house, never for a late county."""
ChannelKind = Literal["file", "console", "smtp", "webhook", "dingtalk", "wecom", "feishu"]
PHONE = "phone"
"""The channel of contacts who are called, not written to (`Programme.phones`, the call list); no channel opens for it."""
Audience = Literal["county", "leader", "bureau", "engineer"]
NotificationState = Literal["pending", "delivered", "dead", "withdrawn", "passed", "collected", "digested"]
"""`withdrawn`: its reason fell away before it was sent (the file arrived while quiet hours deferred the reminder); `passed`: a
rung that a later one overtook (the system was down): recorded, not sent; `collected`: waits for the bureau's digest of the
day; `digested`: told there (`OutboxRow.digest_id` is the digest's message)."""


@dataclass(frozen=True)
class Contact:
    """Who is told: `unit_code` and `form` (`*` = every one) the contact answers for, the channel and the address on it."""

    unit_code: str
    form: str
    audience: Audience
    role: str
    channel: str
    address: str


@dataclass(frozen=True)
class MessageText:
    """A rendered message: plain-text subject and body, Chinese first, English below."""

    subject: str
    body: str


@dataclass(frozen=True)
class Notification:
    """A row of the outbox before it is sent. `key` is unique in the outbox: the same cause never makes two notices.

    `not_before`: quiet hours and days off defer; `priority`: lower goes first among those that are due.
    """

    key: str
    kind: Kind
    channel: str
    address: str
    audience: Audience
    text: MessageText
    created_at: datetime
    not_before: datetime
    unit_code: str = ""
    period: str = ""
    form: str = ""
    rung: str = ""
    link: str = ""
    priority: int = 5
    facts: Mapping[str, Any] = field(default_factory=dict)
    role: str = ""
    opening: str = ""
    """Which climb of the ladder: '' the first; `d2` after a change of the deadline; the file that was rejected or returned."""
    state: NotificationState = "pending"
    reason: str = ""
    """Why it is not sent, where `state` says so."""

    @property
    def message_id(self) -> str:
        """The identity a receiver sees; the same for every attempt."""
        return sha256(self.key.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class DeliveryResult:
    """What one attempt came to. `retry` False: the channel says that it will never take this message (dead at once).

    `detail` is fit for a log: no address with a secret in it, no token. `retry_after`: seconds the receiver asked for."""

    accepted: bool
    detail: str = ""
    retry: bool = True
    retry_after: float | None = None


@dataclass(frozen=True)
class Ending:
    """What an attempt came to, as the book records it. Not accepted: tried again at `next_at`, or dead where that is None.
    `alarms` are told in the same transaction (a message that died)."""

    message_id: str
    attempt: int
    answer: DeliveryResult
    at: datetime
    next_at: datetime | None = None
    alarms: Sequence[Notification] = ()


class Channel(Protocol):
    """A way out. `send` never raises for what the receiver does: it says so in the Delivery."""

    name: str
    per_minute: int | None
    """Most messages a minute, None for no limit; the sender keeps to it."""

    def send(self, notice: Notification, now: datetime) -> DeliveryResult: ...


@runtime_checkable
class BulkChannel(Channel, Protocol):
    """A way out that takes many messages in one go (a file), where one by one would cost a write to disk each."""

    def send_many(self, notices: Sequence[Notification], now: datetime) -> list[DeliveryResult]: ...


@dataclass(frozen=True)
class OutboxRow:
    """A notice as the outbox keeps it. `next_at`: no attempt before; `closed_at`: delivered, dead or given up then."""

    notice: Notification
    ordinal: int
    state: NotificationState
    attempts: int
    next_at: datetime
    closed_at: datetime | None = None
    reason: str = ""
    digest_id: str = ""

    @property
    def scope(self) -> tuple[str, str, str]:
        return (self.notice.unit_code, self.notice.period, self.notice.form)


@dataclass(frozen=True)
class Attempt:
    """One attempt to deliver. `ended_at` None: the sender died before it knew; the message goes again under the same id."""

    message_id: str
    number: int
    channel: str
    started_at: datetime
    ended_at: datetime | None = None
    accepted: bool | None = None
    detail: str = ""


@dataclass(frozen=True)
class Hold:
    """The bureau stops one stage of the ladder of one unit: `ack` for good, `snooze` until an instant. `form` may be `*`."""

    kind: Literal["ack", "snooze"]
    unit_code: str
    period: str
    form: str
    rung: str
    reason: str
    until: datetime | None
    held_by: str
    held_at: datetime

    def holds(self, unit_code: str, period: str, form: str, rung: str, now: datetime) -> bool:
        """Does it stop this stage at `now`?"""
        same = (self.unit_code, self.period, self.rung) == (unit_code, period, rung) and self.form in ("*", form)
        return same and self.held_at <= now and (self.until is None or now < self.until)


@dataclass(frozen=True)
class Call:
    """A telephone call (催报): who called whom when, and the answer."""

    unit_code: str
    period: str
    form: str
    called_at: datetime
    called_by: str
    spoke_to: str
    answer: str
    logged_at: datetime


@dataclass(frozen=True)
class SeenDeadline:
    """The dates of a form and period as the ladder saw them first (`ordinal` 1) or after a change (2 …)."""

    form: str
    period: str
    ordinal: int
    county_due: datetime
    city_audit_due: datetime | None
    freeze: datetime | None
    noted_at: datetime

    @property
    def dates(self) -> tuple[datetime, datetime | None, datetime | None]:
        return (self.county_due, self.city_audit_due, self.freeze)
