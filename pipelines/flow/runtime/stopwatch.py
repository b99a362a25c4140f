"""Seconds that stages took, by name, for the summary of a month."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from .reader_pool import cpu_seconds_of_children


class Stopwatch:
    """`with watch("read"): …` adds to the stage's seconds, and to its CPU seconds those of this process and of the tasks that its
    reader processes have brought home meanwhile."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu_seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started, used = time.perf_counter(), time.process_time() + cpu_seconds_of_children()
        try:
            yield
        finally:
            more = time.process_time() + cpu_seconds_of_children() - used
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started
            self.cpu_seconds[stage] = self.cpu_seconds.get(stage, 0.0) + more
