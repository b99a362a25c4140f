"""What runs in a child process: files read one by one under limits of memory, CPU and file size, answers written several at a time."""

from __future__ import annotations

import errno
import gc
import hashlib
import os
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from ...model.fields import declare
from ...model.programme import Programme
from ...model.submissions import Problem, ReadFile, ReadOptions
from .arrow_transport import Packed, pack, unpack

if TYPE_CHECKING:
    from ...returns.answer_files import AnswerFiles
    from ...returns.verdict import Returning

_programme: Programme | None = None
_cpu_seconds = 60
NICENESS = 5
NICENESS_OF_MANY = 15
"""The process that asked validates and loads meanwhile, and is what everybody waits for: beside two children on two cores this gives it
one of them. Of a month of many files more so; where somebody waits for a file, its reader shall not wait for the month of others."""

OUT_OF_MEMORY = 112
"""Exit status of a child that had no memory left. What took it may be garbage of the file before, and ends with the child."""


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


def start_child(programme: Programme, memory_mb: int, cpu_seconds: int, niceness: int) -> None:
    global _programme, _cpu_seconds
    sys.meta_path.insert(0, _WithoutPandas())
    from ...harmonize import file as _harmonize  # noqa: F401  # paid once a child, not once a file
    from ...parse import reader as _reader  # noqa: F401

    pa.allocate_buffer(1)  # Arrow's allocator sets 1 GiB of addresses aside at its first use: its own, not a file's
    limit = _own_address_space() + memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    os.nice(niceness)
    declare(programme.own_fields)
    _programme, _cpu_seconds = programme, cpu_seconds
    gc.freeze()  # modules and programme are no garbage: they need not be looked through again and again
    gc.set_threshold(50_000, 20, 50)  # a file is some 100,000 objects, which all live until it is handed over
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


def hello() -> None:
    """The child is up."""


def read_some(files: Sequence[FileToRead]) -> Packed:
    """In the child: several small files in one task, since handing over a task costs more than reading one of them. A child that runs
    out of memory ends (OUT_OF_MEMORY)."""
    started = time.process_time()
    try:
        read = [_read_one(file) for file in files]
        return pack(read, time.process_time() - started)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def write_some(asked: Packed) -> Packed:
    """In the child: several answers in one task. A workbook is some 20,000 objects that all live until it is done: looking for
    garbage among them takes as long as writing them."""
    assert _programme is not None
    started = time.process_time()
    requests: list[tuple[Returning, bool]] = unpack(asked, _programme.forms)
    gc.disable()
    try:
        answers = [_write_one(returning, with_book) for returning, with_book in requests]
    finally:
        gc.enable()
    return pack(answers, time.process_time() - started)


def _write_one(returning: Returning, with_book: bool) -> AnswerFiles:
    from ...returns.answer_files import answer_files

    _limit_cpu()
    return answer_files(returning, with_book)


def _limit_cpu() -> None:
    used = int(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + _cpu_seconds + 1, resource.RLIM_INFINITY))


def _read_one(file: FileToRead) -> ReadFile:
    from ...harmonize.file import harmonize
    from ...parse.reader import parse

    assert _programme is not None
    _limit_cpu()
    _refuse_damaged(file)
    try:
        return harmonize(parse(file.path, file.name, _programme.encodings), file.sha256, _programme, file.options)
    except (OSError, MemoryError):
        raise  # the archive's own trouble, or the child's: not the sender's, as far as is known here
    except Exception as error:
        return failed_file(file, "reader_failed", reason=type(error).__name__)


def _refuse_damaged(file: FileToRead) -> None:
    """Bytes that are not those that arrived are no figures; looked at whenever they are read, not in the audit alone."""
    with file.path.open("rb") as content:
        if hashlib.file_digest(content, "sha256").hexdigest() != file.sha256:
            raise OSError(errno.EBADMSG, "校验和不符 / checksum differs", str(file.path))


def failed_file(file: FileToRead, kind: str, **params: str) -> ReadFile:
    return ReadFile(file.sha256, file.name, "unknown", None, (), (Problem("A01", params={"kind": kind, **params}),))
