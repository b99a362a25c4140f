"""Who holds a file that a command waits for in vain: process and command, as far as the kernel of this machine tells (Linux, proc(5))."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_LOCKS = Path("/proc/locks")
_PROCESSES = Path("/proc")
_SHOWN = 160
"""Characters of a command line."""


def holders(files: Iterable[Path], exclusive: bool = True) -> list[str]:
    """`pid 4711 (saima process …)` of every process that has locked one of the files (`exclusive`: so that nobody else may write);
    empty where nobody has any more, or where it cannot be known (another machine, another system)."""
    wanted = {_identity(file.stat()) for file in files if file.exists()}
    found = {pid for pid, identity, alone in _locks() if identity in wanted and (alone or not exclusive)}
    return [process(pid) for pid in sorted(found)]


def process(pid: int) -> str:
    """A process with its command; by its number alone where it is gone or another's namespace hides it."""
    if pid == os.getpid():
        return f"pid {pid} (本进程 / this process)"
    with suppress(OSError):
        words = (_PROCESSES / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        if said := " ".join(words).strip():
            return f"pid {pid} ({said[:_SHOWN]}{'…' if len(said) > _SHOWN else ''})"
    return f"pid {pid}"


def _locks() -> Iterator[tuple[int, str, bool]]:
    """(process, file, whether it holds it alone) of every lock that is held; those who wait (`->`) are left out."""
    with suppress(OSError):
        for line in _LOCKS.read_text(encoding="ascii").splitlines():
            words = line.split()
            # -1: locked through a shared open file; 0: by a process of another container
            if len(words) > 6 and words[1] != "->" and words[4].isdecimal() and words[4] != "0":
                yield int(words[4]), words[5], words[3] == "WRITE"


def _identity(status: os.stat_result) -> str:
    """As the kernel writes it: device in hexadecimal digits, number of the file."""
    return f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
