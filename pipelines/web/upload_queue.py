"""Uploaded files are validated one batch at a time by a thread of the server. Whoever is still sending when a batch could begin is waited
for, so that sixty uploads of the due hour cost one load and not sixty. What people wait for comes first: verdicts; what follows from them
(answers, notifications, what a changed history made stale) is done when nobody waits, or after a while all the same."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import count

from ..errors import SaimaError

logger = logging.getLogger(__name__)
RETRY_SECONDS = 60.0
GATHER_SECONDS = 2.0
"""How long a batch waits for an upload that is being received; one that takes longer (a slow line) holds nobody up any more."""
FEW_FILES = 32
FEW_SECONDS = 0.1
"""How long so few files wait for others that are being received, before they are read: a group has its price."""
PAGE_SECONDS = 0.02
"""How long the follow-up of a batch leaves the machine to the page of each who waits for a verdict."""
BEHIND_SECONDS = 20.0
"""How long the follow-up of a batch waits while further batches come."""


def _nothing(_: object = None) -> None:
    """No follow-up, nothing read ahead."""


class UploadQueue:
    """Receipt ids that wait, and why the last attempt at some of them failed: these are tried again with the next batch, and after
    `retry_seconds` without one. The thread starts with the first batch and is a daemon: what it has not done is pending or due in the
    ledger, for the next server, `saima process` or the DAG."""

    def __init__(
        self,
        process: Callable[[list[str]], None],
        follow_up: Callable[[], None] = _nothing,
        retry_seconds: float = RETRY_SECONDS,
        read_ahead: Callable[[list[str]], None] = _nothing,
    ) -> None:
        """`read_ahead` is given what waits while others are still sending; `process` is given it again."""
        self._process = process
        self._read_ahead = read_ahead
        self._follow_up = follow_up
        self._retry_seconds = retry_seconds
        self._retry_at = 0.0
        self._follow_up_at: float | None = None
        self._pages_until = 0.0
        self._behind_since: float | None = None
        self._arriving: dict[int, float] = {}
        self._uploads = count()
        self._waiting: list[str] = []
        self._ahead: set[str] = set()
        self._current: frozenset[str] = frozenset()
        self._asking: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._busy = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self.failures: dict[str, str] = {}

    def expect(self) -> int:
        """An upload is being received: its number here. `arrived` must follow, whatever becomes of it."""
        with self._changed:
            number = next(self._uploads)
            self._arriving[number] = time.monotonic()
            return number

    def arrived(self, number: int) -> None:
        """It was received, or was not."""
        with self._changed:
            del self._arriving[number]
            self._changed.notify_all()

    def put(self, receipt_ids: Iterable[str]) -> None:
        """Adds receipts to the next batch."""
        with self._changed:
            self._waiting.extend(receipt_ids)
            self._wake()

    def follow_up_soon(self) -> None:
        """What a server before this one left to be said is said when nobody waits."""
        with self._changed:
            self._follow_up_at = time.monotonic()
            self._wake()

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="saima-uploads", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def undecided(self, receipt_ids: Iterable[str]) -> bool:
        """Whether one of the receipts waits for its batch or is in the one that is being validated."""
        with self._changed:
            return any(one in self._current or one in self._waiting for one in receipt_ids)

    async def decided(self, receipt_ids: Sequence[str], seconds: float) -> None:
        """Waits until none of the receipts is `undecided`, at most this long; no thread is held meanwhile, and nobody asks again and
        again: sixty that did took the interpreter from whoever validates."""
        give_up = time.monotonic() + seconds
        ended = asyncio.Event()
        asking = (asyncio.get_running_loop(), ended)
        with self._changed:
            self._asking.add(asking)
        try:
            while self.undecided(receipt_ids) and (left := give_up - time.monotonic()) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await ended.wait()
                ended.clear()
        finally:
            with self._changed:
                self._asking.discard(asking)

    @property
    def working(self) -> bool:
        """Whether something waits, is being done, or is to follow at once."""
        with self._changed:
            return not self._done()

    def wait_until_done(self, seconds: float) -> bool:
        """Whether nothing waits, is being done or is to follow at once, after at most this long."""
        with self._changed:
            return self._changed.wait_for(self._done, seconds)

    def _done(self) -> bool:
        soon = self._follow_up_at is not None and self._follow_up_at <= self._pages_until
        return not self._waiting and not self._busy and not soon and not self._follow_up_due()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._waiting or self._retry_due() or self._follow_up_due()):
                    self._changed.wait(self._seconds_left())
            self._gather()
            with self._changed:
                batch = self._next_batch()
                self._busy, self._current = True, frozenset(batch)
            try:
                if batch:
                    self._attempt(batch)
                else:
                    self._follow()
            finally:
                with self._changed:
                    self._busy, self._current = False, frozenset()
                    self._changed.notify_all()
                    for loop, ended in self._asking:
                        with suppress(RuntimeError):  # a loop that is closed asks no more
                            loop.call_soon_threadsafe(ended.set)

    def _gather(self) -> None:
        """Waits for whoever is sending and reads meanwhile what has come."""
        begun = time.monotonic()
        few_until = begun + FEW_SECONDS
        while True:
            with self._changed:
                if not self._waiting or self._behind():
                    return
                fresh = [one for one in self._waiting if one not in self._ahead]
                if self._arriving and 0 < len(fresh) < FEW_FILES and (left := few_until - time.monotonic()) > 0:
                    self._changed.wait(left)
                    continue
                if not fresh:
                    newest = max(self._arriving.values(), default=0.0)
                    left = min(begun, newest) + GATHER_SECONDS - time.monotonic()
                    if left <= 0:
                        return
                    self._changed.wait(left)
                    continue
            try:
                self._read_ahead(fresh)
            except Exception:  # said and tried again where the batch is processed
                logger.exception("uploads were not read ahead")
                return
            self._ahead.update(fresh)

    def _next_batch(self) -> list[str]:
        """Empty: the follow-up is next."""
        if self._behind() or not (self._waiting or self._retry_due()):
            return []
        batch = list(dict.fromkeys([*self._waiting, *self.failures]))
        self._waiting = []
        self._ahead.clear()
        return batch

    def _attempt(self, batch: list[str]) -> None:
        try:
            self._process(batch)
            for one in batch:
                self.failures.pop(one, None)
        except SaimaError as error:
            logger.warning("uploads were not processed: %s", error)
            self.failures.update(dict.fromkeys(batch, str(error)))
        except Exception:
            logger.exception("uploads were not processed")
            self.failures.update(dict.fromkeys(batch, ""))
        now = time.monotonic()
        with self._changed:
            self._retry_at = now + self._retry_seconds
            self._pages_until = now + PAGE_SECONDS * len(self._asking)
            self._follow_up_at = self._pages_until
            self._behind_since = self._behind_since or now

    def _follow(self) -> None:
        again: float | None = None
        try:
            self._follow_up()
        except Exception:  # what is due stays in the ledger
            logger.exception("the follow-up of uploads was not done")
            again = time.monotonic() + self._retry_seconds
        with self._changed:
            self._follow_up_at, self._behind_since = again, None

    def _behind(self) -> bool:
        return self._behind_since is not None and time.monotonic() - self._behind_since > BEHIND_SECONDS

    def _retry_due(self) -> bool:
        return bool(self.failures) and time.monotonic() >= self._retry_at

    def _follow_up_due(self) -> bool:
        return self._follow_up_at is not None and time.monotonic() >= self._follow_up_at

    def _seconds_left(self) -> float | None:
        ends = [self._retry_at] if self.failures else []
        ends += [] if self._follow_up_at is None else [self._follow_up_at]
        return max(min(ends) - time.monotonic(), 0.0) if ends else None
