"""Receivers that fail a third of the time, and what each of them knows: which message it took, and whether its yes went out.

The receivers themselves (tests/alerts_receivers) verify signatures and limits as the vendors do; this only plans their faults and keeps
their books. Load the classes with `receiving(receivers)`."""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pipelines.model.programme import ChannelSpec

HTTP_FAULTS = ("500", "busy", "busy", "429", "drop", "lost", "garbage", "stall")
"""busy: HTTP 200 with an error code in its body; lost: taken, but the connection breaks before the yes; stall: taken, and the yes comes
after the sender has given up."""
MAIL_FAULTS = ("451", "452", "drop", "lost")
YES_LOST = ("lost", "stall")
SLOW = "slow"
SLOW_SECONDS, STALL_SECONDS = 0.02, 1.3
TIMEOUT = "1"
"""Seconds that the sender waits for an answer; `stall` takes longer."""


@dataclass
class Taken:
    """A message that a receiver took: in the order of all receivers; `yes`: the answer went out on a whole connection."""

    id: str
    channel: str
    yes: bool
    at: datetime


@dataclass
class Plan:
    """Which of the requests fail: a `share` of all, everything while `is_down`; `slow`: a share that is answered late."""

    seed: int
    share: float = 1 / 3
    slow: float = 1 / 6
    is_down: bool = False
    kinds: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def fault(self, kinds: tuple[str, ...], down: str) -> str | None:
        """What goes wrong with the next request; `down` where nothing gets through at all."""
        if self.is_down:
            self.kinds[down] += 1
            return down
        dice = self._random.random()
        if dice < self.share:
            chosen = self._random.choice(kinds)
        elif dice < self.share + self.slow:
            chosen = SLOW
        else:
            chosen = "none"
        self.kinds[chosen] += 1
        return None if chosen == "none" else chosen


@dataclass
class Receivers:
    """Everything that listens, and the common book of what it took."""

    robots: Any
    mailbox: Any
    plan: Plan
    taken: list[Taken]
    specs: tuple[ChannelSpec, ...]
    environment: dict[str, str]

    def yes(self) -> Counter[str]:
        """message id → how often a yes went out for it."""
        return Counter(one.id for one in self.taken if one.yes)

    def requests(self) -> int:
        """How many requests and mails have come in, whatever came of them."""
        return len(self.robots.seen) + self.mailbox.attempts

    def repeats(self) -> list[Taken]:
        """Messages that were taken although a yes had gone out for them before."""
        said: set[str] = set()
        found = []
        for one in self.taken:
            if one.id in said:
                found.append(one)
            if one.yes:
                said.add(one.id)
        return found


@contextmanager
def receiving(
    receivers: SimpleNamespace,
    folder: Path,
    plan: Plan,
    clock: Callable[[], datetime] | None = None,
    limits: bool = True,
) -> Iterator[Receivers]:
    """Mail over STARTTLS and four robots, on ports of this machine, faults by `plan`."""
    book: list[Taken] = []
    lock = threading.Lock()
    now = clock or (lambda: datetime.now(UTC))

    class Robots(receivers.Robots):  # type: ignore[name-defined,misc]
        def _take(self, vendor: str, id_: str, *rest: Any) -> None:
            super()._take(vendor, id_, *rest)
            with lock:
                book.append(Taken(id_, vendor, self.current not in YES_LOST, now()))

    class Mailbox(receivers.Mailbox):  # type: ignore[name-defined,misc]
        async def handle_DATA(self, *given: Any) -> str:
            before = len(self.taken)
            answer: str = await super().handle_DATA(*given)
            for id_ in self.ids()[before:]:
                with lock:
                    book.append(Taken(id_, "mail", self.current not in YES_LOST, now()))
            return answer

    with ExitStack() as stack:
        robots = Robots(clock=now, limits=limits, slow_seconds=SLOW_SECONDS)
        mailbox = Mailbox(receivers.make_certificates(folder / "certificates"))

        def fault_of_robot(number: int) -> str | None:
            robots.current = plan.fault(HTTP_FAULTS, "500")
            robots.slow_seconds = STALL_SECONDS if robots.current == "stall" else SLOW_SECONDS
            return "slow" if robots.current == "stall" else robots.current

        def fault_of_mail(number: int) -> str | None:
            mailbox.current = plan.fault(MAIL_FAULTS, "451")
            return None if mailbox.current == SLOW else mailbox.current

        robots.fault, mailbox.fault = fault_of_robot, fault_of_mail
        stack.enter_context(robots)
        robots._server.handle_error = lambda *_: None  # a sender that was killed breaks its connection
        stack.enter_context(mailbox)
        specs, environment = robots.channels(seconds=TIMEOUT)
        mail, more = mailbox.channel(seconds=TIMEOUT)
        yield Receivers(robots, mailbox, plan, book, (*specs, mail), {**environment, **more})


def by_recipient(taken: list[Taken], recipient: dict[str, tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """(channel, address) → ids in the order in which they were first taken."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in taken:
        own = found[recipient[one.id]]
        if one.id not in own:
            own.append(one.id)
    return found
