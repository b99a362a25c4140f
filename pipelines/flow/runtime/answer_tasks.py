"""Answers that the reader processes write: handed over one a child, so that files that are read for the next batch go before them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from pebble import ProcessFuture

from .arrow_transport import Packed


@dataclass(frozen=True)
class Answering:
    """Answers that children are writing, by task: as they were handed over, and what comes of them."""

    tasks: list[tuple[Packed, Future[Packed]]]

    @property
    def done(self) -> bool:
        """Whether nobody would have to wait for them."""
        return all(future.done() for _, future in self.tasks)


class AnswerTasks:
    """Tasks that wait for a child. `begin` hands one to the pool, None where the pool has ended; at most `at_once` are with it."""

    def __init__(self, begin: Callable[[Packed], ProcessFuture | None], at_once: int) -> None:
        self._begin = begin
        self._at_once = at_once
        self._lock = threading.RLock()
        self._waiting: deque[tuple[Packed, Future[Packed]]] = deque()
        self._begun = 0

    def add(self, packed: Iterable[Packed]) -> Answering:
        """Has them written, in order."""
        added: list[tuple[Packed, Future[Packed]]] = [(one, Future()) for one in packed]
        with self._lock:
            self._waiting.extend(added)
        self._hand_over()
        return Answering(added)

    def call_off(self) -> None:
        """Those that no child has yet: whoever waits for one writes it without the children."""
        with self._lock:
            waiting, self._waiting = list(self._waiting), deque()
        for _, answer in waiting:
            answer.cancel()

    def _hand_over(self) -> None:
        with self._lock:
            while self._waiting and self._begun < self._at_once:
                packed, answer = self._waiting.popleft()
                begun = self._begin(packed)
                if begun is None:
                    answer.cancel()
                    continue
                self._begun += 1
                begun.add_done_callback(partial(self._written, answer))

    def _written(self, answer: Future[Packed], written: Future[Packed]) -> None:
        """In the thread of the pool: hands on what a child made, or why it made nothing; then the next goes to it."""
        with self._lock:
            self._begun -= 1
        if written.cancelled():
            answer.cancel()
        elif (failure := written.exception()) is not None:
            answer.set_exception(failure)
        else:
            answer.set_result(written.result())
        self._hand_over()
