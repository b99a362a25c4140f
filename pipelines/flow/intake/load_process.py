"""A process of its own for the loads of a long run: one staged batch is loaded while the next is validated. What goes over is the
folder of the stage, as between two tasks of Airflow; what dies in the middle is finished by whoever loads next."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from ...errors import Transient
from ...model.fields import declare
from ...model.loading import LoadPurpose, LoadResult
from ...model.programme import Programme
from ...settings import Settings
from ..runtime.context import Context
from ..runtime.reader_pool import note_cpu_seconds
from ..runtime.spawn_context import SpawnWithoutMain
from .stage_and_load import load_staged

FEWEST_FILES = 600
"""Of fewer files the loads are not worth the start of a process."""

_context: Context | None = None


@dataclass(frozen=True)
class _Loaded:
    result: LoadResult
    cpu_seconds: float


def _start(settings: Settings, programme: Programme) -> None:
    global _context
    declare(programme.own_fields)
    _context = Context(settings, programme)


def _load(folder: Path, now: datetime, purpose: LoadPurpose) -> _Loaded:
    assert _context is not None
    started = time.process_time()
    result = load_staged(_context, [folder], now, purpose)
    return _Loaded(result, time.process_time() - started)


class LoadProcess:
    """Loads one stage at a time, in the order given: there is one committer."""

    def __init__(self, context: Context) -> None:
        self._pool = ProcessPool(
            max_workers=1,
            max_tasks=0,
            initializer=_start,
            initargs=(context.settings, context.programme),
            context=SpawnWithoutMain(),
        )
        self._begun: ProcessFuture | None = None

    def begin(self, folder: Path, now: datetime, purpose: LoadPurpose) -> None:
        """Hand over a staged batch and go on; the one before has been finished."""
        assert self._begun is None
        self._begun = self._pool.schedule(_load, args=[folder, now, purpose])

    def finish(self) -> LoadResult:
        """Waits for what was begun. What the load raised is raised here; a process that died is Transient: its stage is there still, or
        its receipts are pending."""
        assert self._begun is not None
        begun, self._begun = self._begun, None
        try:
            loaded: _Loaded = begun.result()
        except (ProcessExpired, BrokenProcessPool) as error:
            raise Transient(
                "装载进程中断，已收到的文件都在",
                "the process that loads ended; nothing received is lost",
                "检查内存，再次运行会接着做 / check memory and run it again: what was begun is finished",
            ) from error
        note_cpu_seconds(loaded.cpu_seconds)
        return loaded.result

    def close(self) -> None:
        """Lets a load that is under way come to its end."""
        self._pool.close()
        self._pool.join()


@contextmanager
def load_process(context: Context, files: int, purpose: LoadPurpose) -> Iterator[LoadProcess | None]:
    """A process that loads, for a run of this many files; None where one process does it all: few files, a single core, or a rebuild, which
    loads under a lock that it holds itself."""
    if files < FEWEST_FILES or purpose == "rebuild" or min(context.settings.workers, os.cpu_count() or 1) < 2:
        yield None
        return
    process = LoadProcess(context)
    try:
        yield process
    finally:
        process.close()
