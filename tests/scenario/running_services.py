"""Processes of the scenario: each in a session of its own with a log file, all ended at the end, whatever happened."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

STOP_SECONDS = 30


@dataclass
class Services:
    """What was started, by name. A context manager: leaving it ends everything that is left of every session."""

    logs: Path
    started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    sessions: list[int] = field(default_factory=list)

    def __enter__(self) -> Services:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *exception: object) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.left():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + STOP_SECONDS
            while time.monotonic() < deadline and self.left():
                time.sleep(0.2)
        left = self.left()
        assert not left, f"still running: {left}"

    def start(self, name: str, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        """A program in the background; its output goes to `logs`/<name>.log."""
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                list(command),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=dict(environment),
                start_new_session=True,
            )
        self.started[name] = process
        self.sessions.append(process.pid)

    def session_of(self, pid: int) -> str | None:
        """The name of the service whose session a process belongs to."""
        with contextlib.suppress(ProcessLookupError):
            leader = os.getsid(pid)
            return next((name for name, process in self.started.items() if process.pid == leader), None)
        return None

    def kill(self, name: str) -> list[int]:
        """SIGKILL to every process of a service at once, as when its machine is lost; who they were."""
        leader = self.started[name].pid
        pids = list(_of_sessions([leader]))
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.started[name].wait(timeout=10)
        return pids

    def dead(self) -> list[str]:
        """Services that have ended by themselves."""
        return [name for name, process in self.started.items() if process.poll() is not None]

    def left(self) -> list[int]:
        for process in self.started.values():
            process.poll()
        return list(_of_sessions(self.sessions))


def _of_sessions(leaders: Sequence[int]) -> Iterator[int]:
    for candidate in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(candidate.pid) in leaders and candidate.status() != psutil.STATUS_ZOMBIE:
                yield candidate.pid
