"""What the pages share in one process: the home with its programme, the clock, the secret, the lock of whoever judges."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from pathlib import Path

from ..errors import SaimaError
from ..flow.exchange.collect import Collected
from ..flow.intake.batches import ReadBatch, read_batch
from ..flow.notify.send import deliver
from ..flow.portal.recent_verdicts import RecentVerdicts
from ..flow.portal.uploads import follow_up, pending_uploads, take_together, validate_receipts
from ..flow.portal.warm_up import warm_up
from ..flow.portal.web_secret import web_secret
from ..flow.runtime.context import Context, open_context
from ..model.accounts import AuditNote
from ..model.loading import AuditEntry
from ..model.programme import Programme
from ..settings import Settings
from .group_commit import GroupCommit
from .page_templates import compile_templates
from .upload_queue import UploadQueue

Now = Callable[[], datetime]
logger = logging.getLogger(__name__)
RELOAD_SECONDS = 1.0
MOST_VIEWS = 10_000


class PortalState:
    """One for an application. `work` is held by whatever validates: Great Expectations and the reader pool serve one at a time."""

    def __init__(
        self, settings: Settings, now: Now, programme: str | None = None, reload_seconds: float = RELOAD_SECONDS
    ) -> None:
        self.settings = settings
        self.now = now
        self.work = threading.Lock()
        self.queue = UploadQueue(self._process, self._follow_up, read_ahead=self._read_ahead)
        self.receipts: GroupCommit[Sequence[str], Collected] = GroupCommit(
            lambda uploads: take_together(self.context, uploads, self.now())
        )
        self.audits: GroupCommit[AuditNote, AuditEntry] = GroupCommit(
            lambda notes: self.context.warehouse.audit_all(notes)
        )
        self.recent = RecentVerdicts()
        self._read: list[ReadBatch] = []
        self._begun: dict[str, int] = {}
        """What was read of the next batch already, and the attempts that were counted for it, of files that could not be read ahead
        too; the thread of the queue alone touches them."""
        self._programme = programme
        self._opening = threading.Lock()
        self._context: Context | None = None
        self._stamp: tuple[int, int] | None = None
        self._reload_seconds = reload_seconds
        self._looked_at = 0.0
        self._unopened: SaimaError | None = None
        self._views: OrderedDict[Hashable, None] = OrderedDict()
        self._viewing = threading.Lock()
        self.programme_fault = ""
        """Why the programme folder could not be loaded again, for the desk; '' where it is as it was loaded."""

    @property
    def context(self) -> Context:
        """The home, opened once; opened again when a file of the programme's folder has changed, which is looked at once a second at
        most. A folder that is wrong (somebody is saving it) changes nothing: the programme stays as it was, and the log says why."""
        known = self._context
        if known is not None and time.monotonic() - self._looked_at < self._reload_seconds:
            return known  # a page asks ten times: sixty pages at once would stand in line for the lock
        with self._opening:
            if self._context is None:
                self._context = self._open()
            elif time.monotonic() - self._looked_at >= self._reload_seconds:
                self._reload(self._context)
                self._looked_at = time.monotonic()
            return self._context

    def _open(self) -> Context:
        """For the first time. A folder that is wrong from the beginning is looked at again once a second at most; once it is mended,
        the server begins as it would have."""
        if self._unopened is not None and time.monotonic() - self._looked_at < self._reload_seconds:
            raise self._unopened
        begun = time.time_ns()
        self._looked_at = time.monotonic()
        try:
            opened = open_context(self.settings, self._programme)
        except SaimaError as error:
            self._unopened = error
            raise
        stamp = _stamp(opened.programme.path)
        self._stamp = stamp if stamp[1] < begun else None  # saved while it was read: read again
        if self._unopened is not None:
            self._unopened = None
            threading.Thread(target=self.begin, name="saima-begin", daemon=True).start()
        return opened

    @property
    def programme(self) -> Programme | None:
        """None while the home cannot be opened: even then a page says so."""
        try:
            return self.context.programme
        except Exception:
            return None

    def begin(self) -> None:
        """What a server does beside its first requests: go on with what one before it left, and warm up."""
        self.resume_uploads()
        compile_templates()
        with self.work:
            warm_up(self.context)

    def _reload(self, old: Context) -> None:
        stamp = _stamp(old.programme.path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._context = open_context(self.settings, self._programme)
            self.programme_fault = ""
        except Exception as error:
            self.programme_fault = str(error)
            logger.exception(
                "the programme folder has changed and cannot be loaded; the pages go on with the one before"
            )

    def begin_view(self, key: Hashable) -> bool:
        """Whether a view is a new one of this process: a page that asks again by itself is one view."""
        with self._viewing:
            known = key in self._views
            self._views[key] = None
            self._views.move_to_end(key)
            if len(self._views) > MOST_VIEWS:
                self._views.popitem(last=False)
            return not known

    def resume_uploads(self) -> None:
        """Queues what a server before this one received and did not process, and what it left unsaid."""
        self.queue.put(pending_uploads(self.context))
        self.queue.follow_up_soon()

    def secret(self) -> bytes:
        """Signs sessions and form tokens."""
        return web_secret(self.settings)

    def _read_ahead(self, receipt_ids: list[str]) -> None:
        with self.work:
            self._read.append(read_batch(self.context, receipt_ids, self._begun))

    def _process(self, receipt_ids: list[str]) -> None:
        ahead, self._read = self._read, []
        begun, self._begun = self._begun, {}
        with self.work:
            due = {*receipt_ids, *pending_uploads(self.context)}
            validate_receipts(self.context, due, self.now(), ahead, begun)
        try:
            self.recent.read_ahead(self.context, due)
        except Exception:  # their pages read it themselves
            logger.exception("findings were not read ahead")

    def _follow_up(self) -> None:
        with self.work:
            follow_up(self.context, self.now())
        deliver(self.context, self.now(), patience=0)


def _stamp(folder: Path) -> tuple[int, int]:
    """Changes with the files of a programme."""
    times = []
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                times.append(path.stat().st_mtime_ns)
        except FileNotFoundError:  # an editor renames its files
            continue
    return len(times), max(times, default=0)
