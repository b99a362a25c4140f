"""An end to one attempt, whatever the receiver does. The timeouts of clients hold for every read by itself: who sends one byte of its
headers, of a handshake or of a greeting every few seconds (tarpits do) would hold the sender, and everybody else's messages, for days."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from types import TracebackType


class Deadline:
    """Breaks the connection of an attempt off once `seconds` have passed; a context manager. `passed` says whether it did."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.passed = False
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for one in self._watched:
                one.close()
            self._watched.clear()

    def watch(self, connection: socket.socket) -> None:
        """The connection that the attempt uses from now on. A second descriptor of it is kept: TLS takes the first one over."""
        with self._lock:
            try:
                own = socket.socket(fileno=os.dup(connection.fileno()))
            except OSError:  # it was closed since the last attempt: the client opens another
                return
            self._watched.append(own)
            if self.passed:
                _break(own)

    def _end(self) -> None:
        with self._lock:
            self.passed = True
            for one in self._watched:
                _break(one)


def _break(connection: socket.socket) -> None:
    """Whoever waits for its bytes gets none any more, at once."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
