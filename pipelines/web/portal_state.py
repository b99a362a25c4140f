"""What the pages share in one process: the home with its programme, the clock, the secret, the lock of whoever judges."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ..flow.notify.send import deliver
from ..flow.portal.uploads import process_receipts
from ..flow.runtime.context import Context, open_context
from ..settings import Settings
from .upload_queue import UploadQueue

Now = Callable[[], datetime]
KEY_FILE = "web.key"


class PortalState:
    """One for an application. `work` is held by whatever validates: Great Expectations and the reader pool serve one at a time."""

    def __init__(self, settings: Settings, now: Now, programme: str | None = None) -> None:
        self.settings = settings
        self.now = now
        self.work = threading.Lock()
        self.queue = UploadQueue(self._process)
        self._programme = programme
        self._opening = threading.Lock()
        self._context: Context | None = None
        self._stamp: tuple[int, int] | None = None

    @property
    def context(self) -> Context:
        """The home, opened once; opened again when a file of the programme's folder has changed."""
        with self._opening:
            stamp = _stamp(self._context.programme.path) if self._context else None
            if self._context is None or stamp != self._stamp:
                self._context = open_context(self.settings, self._programme)
                self._stamp = _stamp(self._context.programme.path)
            return self._context

    def secret(self) -> bytes:
        """Signs sessions and form tokens: SAIMA_WEB_SECRET, else made once for this home and readable by its owner alone."""
        if self.settings.web_secret:
            return self.settings.web_secret.encode()
        file = self.settings.home / KEY_FILE
        if not file.exists():
            self.settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = file.with_name(f".{file.name}.{os.getpid()}")
            part.touch(mode=0o600)
            part.write_text(secrets.token_urlsafe(48), encoding="ascii")
            try:
                os.link(part, file)  # of two processes that make one, the first wins
            except FileExistsError:
                pass
            finally:
                part.unlink()
        return file.read_bytes()

    def _process(self, receipt_ids: list[str]) -> None:
        with self.work:
            process_receipts(self.context, receipt_ids, self.now())
        deliver(self.context, self.now(), patience=0)


def _stamp(folder: Path) -> tuple[int, int]:
    """Changes with the files of a programme."""
    times = [path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()]
    return len(times), max(times, default=0)
