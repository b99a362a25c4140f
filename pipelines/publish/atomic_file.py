"""A file that is there whole or not at all."""

from __future__ import annotations

import os
import re
import threading
from contextlib import suppress
from pathlib import Path

_HALF_WRITTEN = re.compile(r"\.(.+)\.\d+-\d+\.partial")


def half_written_name(name: str) -> str:
    """The file that half a file was to become, whose process died or is writing still; any other name as it is."""
    found = _HALF_WRITTEN.fullmatch(name)
    return found[1] if found else name


def write_whole(path: Path, content: bytes, alone: bool = False) -> None:
    """Writes the file in one step: who reads it meanwhile, or after a crash, never finds half of it. Two who write the same at once do
    not disturb each other. `alone`: the caller holds a lock under which nobody else writes this file; half a file of a writer that died
    is overwritten then, and does not lie there for ever."""
    own = "" if alone else f".{os.getpid()}-{threading.get_ident()}"
    partial = path.with_name(f".{path.name}{own}.partial")
    try:
        try:
            partial.write_bytes(content)
        except FileNotFoundError:  # the first file of its folder
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(content)
        os.replace(partial, path)  # noqa: PTH105 — atomic on every platform
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        if error.errno is None:
            raise
        # a full disk names no file, and nobody asked for the half one
        raise OSError(error.errno, error.strerror, str(path)) from error


def flush_folder(folder: Path) -> None:
    """What lies in the folder, and that it lies there, survives the machine: a rename alone is whole for other processes, and may be an
    empty file after the power was cut."""
    for place in (*sorted(folder.iterdir()), folder, *list(folder.parents)[:2]):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_asked_for(path: Path, content: bytes) -> None:
    """A file that a person named, whole or not at all: one that was cut off by a full disk would be handed on. What is no file (a pipe,
    /dev/stdout) is written into; a link stays one."""
    if path.exists() and not path.is_file():
        path.write_bytes(content)
    else:
        write_whole(path.resolve(), content)
