"""A file that is there whole or not at all."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Writes the file in one step: who reads it meanwhile, or after a crash, never finds half of it. Two who write the same at once do
    not disturb each other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)  # noqa: PTH105 — atomic on every platform
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise
