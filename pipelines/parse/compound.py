"""Sector chains of a compound file ([MS-CFB] 2): a chain that bites its own tail makes a reader collect sectors until memory
ends, so the chains a reader follows before it has looked at anything are walked here first."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

_HEADER = 512
_LAST = 0xFFFFFFFA
"""Sector numbers above it are marks: end of chain, free, FAT, DIFAT."""


def chain_problem(content: bytes) -> str:
    """Why a reader should not follow this file ("" where it may): a chain that never ends, or one that leaves the file."""
    if len(content) < _HEADER:
        return "header"
    shift = struct.unpack_from("<H", content, 30)[0]
    if shift not in (9, 12):
        return "sector size"
    size = 1 << shift
    sectors = max(0, -(-len(content) // size) - 1)
    directory, mini, difat = (struct.unpack_from("<I", content, at)[0] for at in (48, 60, 68))
    table, problem = _allocation(content, size, sectors, difat)
    if problem:
        return problem
    return _walk(table, directory, "directory") or _walk(table, mini, "mini FAT")


def _allocation(content: bytes, size: int, sectors: int, difat: int) -> tuple[npt.NDArray[np.uint32], str]:
    """The file's allocation table: sector → next sector."""
    places = [*struct.unpack_from("<109I", content, 76)]
    for _ in range(sectors + 1):
        if difat >= _LAST:
            break
        at = (difat + 1) * size
        if at + size > len(content):
            return np.empty(0, np.uint32), "DIFAT"
        *more, difat = struct.unpack_from(f"<{size // 4}I", content, at)
        places += more
    else:
        return np.empty(0, np.uint32), "DIFAT loop"
    parts = [
        np.frombuffer(content, "<u4", size // 4, (place + 1) * size)
        for place in dict.fromkeys(places)
        if place < _LAST and (place + 2) * size <= len(content)
    ]
    return (np.concatenate(parts).astype(np.uint32) if parts else np.empty(0, np.uint32)), ""


def _walk(table: npt.NDArray[np.uint32], start: int, name: str) -> str:
    """Follows one chain; no chain is longer than the table."""
    at = start
    for _ in range(len(table) + 1):
        if at >= len(table):
            return ""
        at = int(table[at])
    return f"{name} loop"
