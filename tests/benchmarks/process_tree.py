"""A command with all its children, watched: CPU seconds of the tree and its largest memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

EVERY_SECONDS = 0.5


@dataclass
class Watched:
    """What a command cost. `cpu_seconds`: user and system time of the command and every child that ended; `main_cpu_seconds`: of the
    command alone, as last seen before its end; `peak_mb`: the largest sum of the proportional set sizes of the tree, so that pages
    which processes share count once; `memory`: (second, MB) over time."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    output: str
    errors: str
    status: int
    memory: list[tuple[float, int]] = field(default_factory=list)
    main_cpu_seconds: float = 0.0


def watch(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Watched:
    """Run a command to its end."""
    started = time.perf_counter()
    memory: list[tuple[float, int]] = []
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})}
    )
    texts: dict[str, bytes] = {}
    assert process.stdout is not None and process.stderr is not None
    pipes = {"output": process.stdout, "errors": process.stderr}
    threads = [threading.Thread(target=lambda n=n, p=p: texts.update({n: p.read()})) for n, p in pipes.items()]
    for thread in threads:
        thread.start()
    status, usage, own = None, None, 0.0
    while status is None:
        memory.append((round(time.perf_counter() - started, 1), _tree_mb(process.pid)))
        own = max(own, _own_cpu_seconds(process.pid))
        ended = time.perf_counter() + EVERY_SECONDS
        while status is None and time.perf_counter() < ended:
            pid, code, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                status, usage = os.waitstatus_to_exitcode(code), used
            else:
                time.sleep(0.02)
    process.returncode = status
    for thread in threads:
        thread.join()
    assert usage is not None
    return Watched(
        round(time.perf_counter() - started, 2),
        round(usage.ru_utime + usage.ru_stime, 2),
        max(mb for _, mb in memory),
        texts["output"].decode(),
        texts["errors"].decode(),
        status,
        memory,
        round(own, 2),
    )


def _own_cpu_seconds(pid: int) -> float:
    try:
        used = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(used.user + used.system)


def _tree_mb(pid: int) -> int:
    try:
        root = psutil.Process(pid)
        pids = [pid, *(child.pid for child in root.children(recursive=True))]
    except psutil.Error:
        return 0
    return sum(_proportional_kb(one) for one in pids) // 1024


def _proportional_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
