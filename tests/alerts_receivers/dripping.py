"""A server that never ends what it says: a byte, or a line, at a time, always before whoever reads gives up."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass


@dataclass
class Dripping:
    """Says `first`, then `piece` every twentieth of a second; a context manager. `port` of 127.0.0.1."""

    first: bytes
    piece: bytes = b"\x00"

    def __enter__(self) -> Dripping:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._say, args=(connection,), daemon=True).start()

    def _say(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.sendall(self.first)
            while not self._over.wait(0.05):
                connection.sendall(self.piece)
