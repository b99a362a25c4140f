"""Uploaded files are processed one batch at a time by a thread of the server: whatever came meanwhile is the next batch, so that sixty
uploads of the due hour cost a few loads and not sixty."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from ..errors import SaimaError

logger = logging.getLogger(__name__)
RETRY_SECONDS = 60.0


class UploadQueue:
    """Receipt ids that wait, and why the last attempt at some of them failed: these are tried again with the next batch, and after
    `retry_seconds` without one. The thread starts with the first batch and is a daemon: what it has not done is pending in the ledger,
    for the next server, `saima process` or the DAG."""

    def __init__(self, process: Callable[[list[str]], None], retry_seconds: float = RETRY_SECONDS) -> None:
        self._process = process
        self._retry_seconds = retry_seconds
        self._retry_at = 0.0
        self._waiting: list[str] = []
        self._busy = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self.failures: dict[str, str] = {}

    def put(self, receipt_ids: Iterable[str]) -> None:
        """Adds receipts to the next batch."""
        with self._changed:
            self._waiting.extend(receipt_ids)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="saima-uploads", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    @property
    def working(self) -> bool:
        """Whether something waits or is being processed."""
        with self._changed:
            return bool(self._waiting) or self._busy

    def wait_until_done(self, seconds: float) -> bool:
        """Whether nothing waits or is being processed, after at most this long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._retry_due():
                    left = self._retry_at - time.monotonic() if self.failures else None
                    self._changed.wait(left if left is None else max(left, 0.0))
                batch = list(dict.fromkeys([*self._waiting, *self.failures]))
                self._waiting, self._busy = [], True
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
            finally:
                with self._changed:
                    self._busy = False
                    self._retry_at = time.monotonic() + self._retry_seconds
                    self._changed.notify_all()

    def _retry_due(self) -> bool:
        return bool(self.failures) and time.monotonic() >= self._retry_at
