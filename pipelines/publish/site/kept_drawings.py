"""Drawings that were made once and are kept on the disk by the hash of what they show: drawing all of ten years takes half a minute. A kept
one is taken only where it has the bytes that were noted of it, so that nobody draws the public site by exchanging a file of the cache."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from ..atomic_file import write_whole


class KeptDrawings:
    """A folder of drawings. `noted`: file → SHA-256 as it was noted after the last build; `used`: the same of what this build shows."""

    def __init__(self, folder: Path, noted: Mapping[str, str]) -> None:
        self._folder = folder
        self._known = dict(noted)
        self.used: dict[str, str] = {}

    def find(self, name: str) -> bytes | None:
        """The drawing; None where there is none, or another than was noted."""
        known, file = self._known.get(name), self._folder / name
        if known is None or not file.is_file():
            return None
        content = file.read_bytes()
        if sha256(content).hexdigest() != known:
            return None
        self.used[name] = known
        return content

    def keep(self, name: str, content: bytes) -> None:
        """A drawing made just now."""
        self._known[name] = self.used[name] = sha256(content).hexdigest()
        write_whole(self._folder / name, content)
