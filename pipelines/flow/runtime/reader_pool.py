"""Read files in limited child processes: a file that hangs, eats memory or aborts its reader costs only itself (DESIGN §6)."""

from __future__ import annotations

import atexit
import errno
import hashlib
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import TracebackType

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from ...errors import SaimaError, Terminal, Transient
from ...model.fields import declare
from ...model.programme import Programme
from ...model.submissions import Problem, ReadFile, ReadOptions
from ...settings import Settings
from .arrow_transport import Packed, pack, unpack
from .spawn_context import SpawnWithoutMain

_programme: Programme | None = None
_cpu_seconds = 60
_FEW_FILES = 4
"""Up to this many files one child is enough: a second one costs more to start than it saves."""

START_SECONDS = 120
_TASK_FILES = 32
_SMALL_BYTES = 64 * 1024


@dataclass(frozen=True)
class FileToRead:
    """Stored bytes and what is known about them; `name` is shown to people and never used as a path."""

    key: str
    path: Path
    sha256: str
    name: str
    options: ReadOptions


class _WithoutPandas(MetaPathFinder):
    """pyarrow imports pandas wherever it is installed; a child has no use for it and starts in half the time without."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _start_child(programme: Programme, memory_mb: int, cpu_seconds: int) -> None:
    global _programme, _cpu_seconds
    sys.meta_path.insert(0, _WithoutPandas())
    from ...harmonize import file as _harmonize  # noqa: F401  # paid once a child, not once a file
    from ...parse import reader as _reader  # noqa: F401

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit = _own_address_space() + memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    declare(programme.own_fields)
    _programme, _cpu_seconds = programme, cpu_seconds
    _be_quiet()


def _be_quiet() -> None:
    """What a reader prints when it aborts (a stack trace of its own) is nothing for the person who asked for a verdict."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _own_address_space() -> int:
    """What the interpreter and its libraries have mapped already; the limit is for the file on top of it."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _hello() -> None:
    """The child is up."""


def _read_some(files: Sequence[FileToRead]) -> Packed:
    """In the child: several small files in one task, since handing over a task costs more than reading one of them."""
    return pack([_read_one(file) for file in files])


def _read_one(file: FileToRead) -> ReadFile:
    from ...harmonize.file import harmonize
    from ...parse.reader import parse

    assert _programme is not None
    used = int(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + _cpu_seconds + 1, resource.RLIM_INFINITY))
    _refuse_damaged(file)
    try:
        return harmonize(parse(file.path, file.name, _programme.encodings), file.sha256, _programme, file.options)
    except MemoryError:
        return _failed(file, "too_much_memory")
    except OSError:
        raise  # the archive's own trouble, never the sender's
    except Exception as error:
        return _failed(file, "reader_failed", reason=type(error).__name__)


def _refuse_damaged(file: FileToRead) -> None:
    """Bytes that are not those that arrived are no figures; looked at whenever they are read, not in the audit alone."""
    with file.path.open("rb") as content:
        if hashlib.file_digest(content, "sha256").hexdigest() != file.sha256:
            raise OSError(errno.EBADMSG, "校验和不符 / checksum differs", str(file.path))


def _failed(file: FileToRead, kind: str, **params: str) -> ReadFile:
    return ReadFile(file.sha256, file.name, "unknown", None, (), (Problem("A01", params={"kind": kind, **params}),))


_Key = tuple[int, str, int, int, float]
_open_readers: dict[_Key, Reader] = {}


def open_reader(programme: Programme, settings: Settings, files: int) -> Reader:
    """A pool for about this many files, kept for the next run of the same process: starting a child costs more than
    reading a month of a city. The process id is part of the key, since a fork inherits the object but not the pool."""
    workers = 1 if files <= _FEW_FILES else max(1, settings.workers)
    key = (os.getpid(), programme.version, workers, settings.file_memory_mb, settings.file_seconds)
    if key not in _open_readers:
        _open_readers[key] = Reader(key, programme, settings, workers)
    return _open_readers[key]


@atexit.register
def _stop_all() -> None:
    for reader in list(_open_readers.values()):
        if reader._key[0] == os.getpid():
            reader.stop()


class Reader:
    """A pool of child readers; use it as a context manager: after an error its children are stopped."""

    def __init__(self, key: _Key, programme: Programme, settings: Settings, workers: int) -> None:
        self._key = key
        self._workers = workers
        self._seconds = settings.file_seconds
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=0,
            initializer=_start_child,
            initargs=(programme, settings.file_memory_mb, int(settings.file_seconds)),
            context=SpawnWithoutMain(),
        )
        self._wait_for_children()

    def _wait_for_children(self) -> None:
        """A pool whose children die while they start would be waited for for ever: the first answer has a time limit."""
        try:
            self._pool.schedule(_hello).result(timeout=START_SECONDS)
        except (FutureTimeout, ProcessExpired, BrokenProcessPool) as error:
            self._pool.stop()
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
        if kind is not None:
            self.stop()

    def stop(self) -> None:
        """End the children now."""
        _open_readers.pop(self._key, None)
        self._pool.stop()
        self._pool.join()

    def read(self, files: Sequence[FileToRead]) -> Iterator[tuple[FileToRead, ReadFile]]:
        """Every file once, in the order given; a dead or late child becomes problem A01 of its file.

        A task of several files that fails is repeated file by file, so that only the guilty one pays.
        """
        tasks = list(_tasks(files, self._workers))
        futures = [self._schedule(task) for task in tasks]
        for task, future in zip(tasks, futures, strict=True):
            try:
                results = unpack(future.result())
            except (FutureTimeout, ProcessExpired, MemoryError) as failure:
                results = [self._alone(file, failure if len(task) == 1 else None) for file in task]
            except OSError as cause:
                raise _system_is_broken(cause) from cause
            yield from zip(task, results, strict=True)

    def _schedule(self, task: Sequence[FileToRead]) -> ProcessFuture:
        return self._pool.schedule(_read_some, args=[task], timeout=self._seconds)

    def _alone(self, file: FileToRead, failure: BaseException | None) -> ReadFile:
        if failure is None:
            try:
                results = unpack(self._schedule([file]).result())
            except (FutureTimeout, ProcessExpired, MemoryError) as again:
                failure = again
            except OSError as cause:
                raise _system_is_broken(cause) from cause
            else:
                return results[0]
        if isinstance(failure, MemoryError):
            return _failed(file, "too_much_memory")
        return _failed(file, "too_slow" if isinstance(failure, FutureTimeout) else "reader_died")


def _tasks(files: Sequence[FileToRead], workers: int) -> Iterator[list[FileToRead]]:
    """Small neighbours together, large files alone; enough tasks to keep every worker busy."""
    most = max(1, min(_TASK_FILES, len(files) // (workers * 4)))
    task: list[FileToRead] = []
    for file in files:
        large = not file.path.is_file() or file.path.stat().st_size > _SMALL_BYTES
        if task and (large or len(task) == most):
            yield task
            task = []
        task.append(file)
        if large:
            yield task
            task = []
    if task:
        yield task


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
