"""A lock between processes that ends with its holder: the kernel releases it however the process dies."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from pipelines.errors import Transient

from .lock_holders import holders

_PAUSE = 0.05


def host() -> str:
    """Name of this machine, as recorded with loads."""
    return socket.gethostname()


@contextmanager
def file_lock(path: Path, timeout: float, purpose: str) -> Iterator[None]:
    """Holds the lock file exclusively; waits up to `timeout` seconds, then raises Transient naming the holder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, path, timeout, fcntl.LOCK_EX)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{host()} pid {os.getpid()} {purpose}".encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def shared_lock(path: Path, timeout: float) -> Iterator[None]:
    """Holds the lock file together with others; waits up to `timeout` seconds for one who holds it alone, then raises Transient."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, path, timeout, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def lock_for_appending(connection: sa.Connection, table: str) -> None:
    """Nobody else adds to the table until this transaction ends. SQLite has one writer anyway. Not LOCK TABLE: that asks for the right
    to change or remove rows, which no account has that may only add them."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"saima.{table}"})


@contextmanager
def folder_lock(folder: Path) -> Iterator[bool]:
    """Whether the folder could be held alone: not where the process that writes it is alive and holds it. Never waits."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except BlockingIOError:
            held = False
        yield held
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, timeout: float, how: int) -> None:
    give_up = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= give_up:
                holder = _holder(descriptor, path)
                raise Transient(
                    f"{path.name} 被占用：{holder}",
                    f"{path.name} is held by {holder}",
                    f"等待 {timeout:g} 秒后放弃，稍后重试 / gave up after {timeout:g} s; try again later",
                ) from None
            time.sleep(_PAUSE)
        else:
            return


def _holder(descriptor: int, path: Path) -> str:
    """What the one who held it alone last has written into the file, and who holds it by the kernel: those who share it write nothing."""
    written = os.pread(descriptor, 200, 0).decode("utf-8", "replace")
    found = holders((path,), exclusive=False)
    if not found:
        return written or "?"
    known = [f"{written}（{one}）" if f" {one.partition(' (')[0]} " in f"{written} " else one for one in found]
    return "、".join(known)
