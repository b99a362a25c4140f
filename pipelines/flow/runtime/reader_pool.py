"""Read files in limited child processes: a file that hangs, eats memory or aborts its reader costs only itself (DESIGN §6). The same
children write answers, since what they take from a file is the larger part of what an answer needs."""

from __future__ import annotations

import errno
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.util import Finalize
from types import TracebackType
from typing import TYPE_CHECKING
from weakref import WeakSet

from pebble import ProcessExpired, ProcessFuture, ProcessPool
from pebble.pool.process import WORKERS_NAME

from ...errors import SaimaError, Terminal, Transient
from ...model.programme import Programme
from ...model.submissions import ReadFile
from ...settings import Settings
from .answer_tasks import Answering, AnswerTasks
from .arrow_transport import Packed, pack, unpack
from .reader_child import (
    NICENESS,
    NICENESS_OF_MANY,
    OUT_OF_MEMORY,
    FileToRead,
    failed_file,
    hello,
    read_some,
    start_child,
    write_some,
)
from .reading_tasks import tasks_of
from .spawn_context import SpawnWithoutMain

if TYPE_CHECKING:
    from ...returns.answer_files import AnswerFiles
    from ...returns.verdict import Returning

_FEW_FILES = 4
"""Up to this many files one child is enough: a second one costs more to start than it saves."""

START_SECONDS = 120
_AT_EXIT = 100
"""Priority among what multiprocessing does when a process ends: before its queues are closed (10) and its children waited for (0).
A process that multiprocessing itself started runs nothing else at its end, nothing of `atexit`."""
_JOIN_SECONDS = 10
_TASK_ANSWERS = 8
_MANY_FILES = 100
"""A pool for more files than this works for a month, of which nobody waits for a single file."""


_Key = tuple[int, str, int, int, float]
_open_readers: dict[_Key, Reader] = {}


def open_reader(programme: Programme, settings: Settings, files: int) -> Reader:
    """A pool for about this many files, kept for the next run of the same process: starting a child costs more than
    reading a month of a city. A pool of all workers that is open already serves few files as well. The process id is part of the key,
    since a fork inherits the object but not the pool."""
    most = max(1, settings.workers)
    own = (settings.file_memory_mb, settings.file_seconds)
    key = (os.getpid(), programme.version, most, *own)
    workers = 1 if files <= _FEW_FILES and key not in _open_readers else most
    key = (os.getpid(), programme.version, workers, *own)
    if key not in _open_readers:
        niceness = NICENESS_OF_MANY if files > _MANY_FILES else NICENESS
        _open_readers[key] = Reader(key, programme, settings, workers, niceness)
    return _open_readers[key]


_children_cpu_seconds = 0.0


def cpu_seconds_of_children() -> float:
    """CPU seconds of all tasks that children of this process have brought to an end."""
    return _children_cpu_seconds


def _spent(packed: Packed) -> None:
    global _children_cpu_seconds
    _children_cpu_seconds += packed.cpu_seconds


@dataclass(frozen=True)
class Reading:
    """Files that children are reading, by task."""

    tasks: list[tuple[list[FileToRead], ProcessFuture]]


class Reader:
    """A pool of child readers; use it as a context manager: after an error its children are stopped."""

    def __init__(self, key: _Key, programme: Programme, settings: Settings, workers: int, niceness: int) -> None:
        self._key = key
        self._workers = workers
        self._forms = programme.forms
        self._seconds = settings.file_seconds
        self._initial = (programme, settings.file_memory_mb, int(settings.file_seconds), niceness)
        self._begun: WeakSet[ProcessFuture] = WeakSet()
        self._starting: ProcessFuture | None = None
        self._answers = AnswerTasks(self._begin_answer, workers)
        self._pool = self._start_pool()

    def _start_pool(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=self._workers,
            max_tasks=0,
            initializer=start_child,
            initargs=self._initial,
            context=SpawnWithoutMain(),
        )
        self._starting = pool.schedule(hello)
        self._end = Finalize(None, self._end_pool, (pool,), exitpriority=_AT_EXIT)
        return pool

    def _begin(self, work: Callable[..., Packed], given: object) -> ProcessFuture:
        """Hand work to the pool; to a new one where somebody else who shares this reader stopped it after an error of theirs."""
        if not self._pool.active:
            self._pool = self._start_pool()
            _open_readers.setdefault(self._key, self)
        future = self._pool.schedule(work, args=[given], timeout=self._seconds)
        self._begun.add(future)
        return future

    def _wait_for_children(self) -> None:
        """Before the first answer is waited for. A pool whose children die while they start would be waited for for ever: their first
        sign of life has a time limit."""
        starting, self._starting = self._starting, None
        if starting is None:
            return
        try:
            with suppress(CancelledError):  # stopped by somebody else who shares this reader
                starting.result(timeout=START_SECONDS)
        except (FutureTimeout, ProcessExpired, BrokenProcessPool) as error:
            self._give_up()
            raise Transient(
                "读取进程无法启动",
                "the reader processes could not start",
                "检查内存，再试 / check memory and try again",
            ) from error

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and not issubclass(
            kind, GeneratorExit
        ):  # an iterator that is not taken to its end is no error
            self.stop()

    def stop(self) -> None:
        """End the children now; whoever goes on reading with this reader starts new ones. What they were at is called off: a pool that
        is stopped never answers for it."""
        self._end()

    def _end_pool(self, pool: ProcessPool) -> None:
        """Once a pool: when it is stopped, else when the process ends, were it given up or not."""
        self._answers.call_off()
        self._forget()
        for future in list(self._begun):
            future.cancel()
        pool.stop()
        _join(pool)

    def _give_up(self) -> None:
        """End children that do not answer, without waiting for them."""
        self._answers.call_off()
        self._forget()
        self._pool.stop()

    def _forget(self) -> None:
        if _open_readers.get(self._key) is self:
            del _open_readers[self._key]

    def read(self, files: Sequence[FileToRead]) -> Iterator[tuple[FileToRead, ReadFile]]:
        """Every file once, in the order given; a dead or late child becomes problem A01 of its file."""
        return self.finish(self.start(files))

    def start(self, files: Sequence[FileToRead]) -> Reading:
        """Hand the files to the children and go on; `finish` waits for them."""
        tasks = list(tasks_of(files, self._workers))
        return Reading([(task, self._schedule(task)) for task in tasks])

    def finish(self, reading: Reading) -> Iterator[tuple[FileToRead, ReadFile]]:
        """What `start` began. A task of several files that fails is repeated file by file, so that only the guilty one pays."""
        for task, future in reading.tasks:
            try:
                results = self._results(future, START_SECONDS + 2 * self._seconds)
            except (FutureTimeout, ProcessExpired, MemoryError) as failure:
                results = [self._alone(file, failure if len(task) == 1 else None) for file in task]
            except CancelledError:  # the children were stopped by somebody else who shares them
                results = [self._alone(file, None) for file in task]
            except OSError as cause:
                raise _system_is_broken(cause) from cause
            yield from zip(task, results, strict=True)

    def _results(self, future: ProcessFuture, patience: float | None = None) -> list[ReadFile]:
        packed = self._wait(future, patience)
        _spent(packed)
        read: list[ReadFile] = unpack(packed, self._forms)
        return read

    def _wait(self, future: Future[Packed], patience: float | None) -> Packed:
        """The oldest task that is waited for has a child to itself, and a time limit; where it outlives both, the pool stands (a child
        was ended while it wrote, the machine slept) and would be waited for for ever."""
        self._wait_for_children()
        try:
            packed = future.result(timeout=patience)
        except FutureTimeout:
            if future.done():
                raise
            self._give_up()
            raise Transient(
                "读取进程不再应答", "the reader processes answer no more", "再次运行会接着做 / run it again to go on"
            ) from None
        return packed

    def start_answers(self, requests: Sequence[tuple[Returning, bool]]) -> Answering:
        """Have answers written; the flag says whether a workbook goes back."""
        parts = [requests[n : n + _TASK_ANSWERS] for n in range(0, len(requests), _TASK_ANSWERS)]
        return self._answers.add(pack(list(part)) for part in parts)

    def _begin_answer(self, packed: Packed) -> ProcessFuture | None:
        return self._begin(write_some, packed) if self._pool.active else None

    def finish_answers(self, answering: Answering) -> Iterator[AnswerFiles]:
        """In the order asked for; what a child does not bring to an end is written here."""
        from ...returns.answer_files import answer_files

        for asked, future in answering.tasks:
            try:
                packed = self._wait(future, START_SECONDS + 2 * self._seconds)
            except (FutureTimeout, ProcessExpired, MemoryError, OSError, Transient, CancelledError):
                yield from (answer_files(*request) for request in unpack(asked, self._forms))
                continue
            _spent(packed)
            yield from unpack(packed, self._forms)

    def _schedule(self, task: Sequence[FileToRead]) -> ProcessFuture:
        return self._begin(read_some, task)

    def _alone(self, file: FileToRead, failure: BaseException | None) -> ReadFile:
        """A file by itself; `failure`: what came of it by itself before. Of a dead child it is guilty the second time: the first one
        may have been dying of the file before it, or full of it."""
        for _ in range(2 if failure is None else 1):
            if failure is not None and not isinstance(failure, ProcessExpired):
                break
            try:
                return self._results(self._schedule([file]))[0]
            except (FutureTimeout, ProcessExpired, MemoryError) as again:
                failure = again
            except OSError as cause:
                raise _system_is_broken(cause) from cause
        if isinstance(failure, MemoryError) or getattr(failure, "exitcode", 0) == OUT_OF_MEMORY:
            return failed_file(file, "too_much_memory")
        return failed_file(file, "too_slow" if isinstance(failure, FutureTimeout) else "reader_died")


def _join(pool: ProcessPool) -> None:
    """Waits until the children have ended, for some seconds: a pool waits for ever where a child died while it was being started, since
    its starter is left writing to it. Children that are there then are killed, else multiprocessing would wait for them."""
    waiting = threading.Thread(target=pool.join, daemon=True)
    with suppress(RuntimeError):  # an interpreter that is at its end starts no threads, from Python 3.12 on
        waiting.start()
        waiting.join(_JOIN_SECONDS)
        if not waiting.is_alive():
            return
    for child in multiprocessing.active_children():
        if child.name == WORKERS_NAME:
            child.kill()


def _system_is_broken(cause: OSError) -> SaimaError:
    """Checked behind time-outs and dead children, which are OSErrors too."""
    if cause.errno == errno.EBADMSG:
        return Terminal(
            f"存档的文件已损坏，校验和不符：{cause.filename}",
            f"a stored file is damaged, its bytes do not have its checksum: {cause.filename}",
            "从备份恢复该文件；全部损坏的文件见 / restore it from a backup; all damaged ones: saima audit",
        )
    return Transient(
        f"存档的文件读不出：{cause.filename or ''}（{cause.strerror}）",
        f"a stored file cannot be read: {cause.filename or ''} ({cause.strerror})",
        "检查存储和权限，再试 / check storage and permissions and try again",
    )
