"""Copying the files of a home: into a folder that has its name when it is whole, by one process at a time."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from ...errors import Transient
from ...warehouse.db.locking import folder_lock
from ...warehouse.db.sqlite_connection import BUSY_SECONDS


@contextmanager
def written_beside(folder: Path) -> Iterator[Path]:
    """An empty folder to write into, which takes the place of `folder` at the end of the block; it is removed where that fails. Transient
    where another process is writing one for the same place: each took the other's files away from under it, and what was left had
    the name of a whole one."""
    partial = folder.with_name(f".{folder.name}.partial")
    partial.mkdir(mode=0o700, parents=True, exist_ok=True)
    with folder_lock(partial) as alone:
        if not alone:
            raise Transient(
                f"另一进程正在写 {folder}",
                f"another process is writing {folder}",
                "等它结束，或换一个目录 / wait for it, or use another folder",
            )
        try:
            _empty(partial)  # of a process that died
            yield partial
            if folder.exists():
                folder.rmdir()
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def _empty(folder: Path) -> None:
    for one in folder.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        else:
            one.unlink()


def copy_database(source: Path, target: Path) -> str:
    """SQLite's own backup: a consistent copy whatever is being written; its SHA-256."""
    with closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
    target.chmod(0o600)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return sha256(target.read_bytes()).hexdigest()


def copy(source: Path, target: Path, but_for: Path | None = None) -> None:
    """What is there and was not copied before; a file that goes meanwhile (a stage, a spooled copy) is passed over."""
    if source.is_file():
        shutil.copy2(source, target)
    for folder, _, names in os.walk(source):
        if Path(folder).name == "incoming" and Path(folder).parent == source:
            continue
        here = target / Path(folder).relative_to(source)
        here.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in names:
            file = Path(folder) / name
            with suppress(FileNotFoundError):
                if file != but_for and _stamp(here / name) != _stamp(file):
                    shutil.copy2(file, here / name)


def _stamp(file: Path) -> tuple[int, int] | None:
    """Size and time of change, which a copy keeps; None where there is no such file."""
    try:
        told = file.stat()
    except FileNotFoundError:
        return None
    return told.st_size, told.st_mtime_ns


def drop_gone(source: Path, target: Path) -> None:
    """Takes out of a copy what has been taken out of its source meanwhile."""
    for file in target.rglob("*"):
        if file.is_file() and not (source / file.relative_to(target)).exists():
            file.unlink()
