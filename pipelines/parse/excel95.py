"""Workbooks of Excel 5 and 95 (BIFF5): texts are bytes of a code page, and Chinese statistical programs still write them.

The reader decodes such texts byte by byte, which destroys every two-byte character. Here the workbook is handed to it as one
of single bytes (code page 1252), and its texts are put together again afterwards."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import olefile

from pipelines.model.raw import Cell

CHINESE = frozenset((936, 20936, 54936, 21010))
"""Code pages of simplified Chinese; 21010 is what several programs write for it."""
SINGLE_BYTES = 1252
_BOF, _CODEPAGE, _EOF, _BIFF5 = 0x0809, 0x0042, 0x000A, 0x0500


def _single(byte: int) -> str:
    """A byte in code page 1252 as the reader decodes it: its five free places are control characters."""
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_TO_BYTES = {ord(_single(byte)): chr(byte) for byte in range(256)}


def as_single_bytes(content: bytes) -> bytes | None:
    """The same workbook with its code page said to be 1252; None where it is no Chinese workbook of that age."""
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as container:
            if container.exists("Workbook") or not container.exists("Book"):
                return None
            stream = container.openstream("Book").read()
    except Exception:
        return None
    place = _code_page(stream)
    if place is None:
        return None
    head, changed = stream[:place], io.BytesIO(content)
    patched = head + struct.pack("<H", SINGLE_BYTES) + stream[place + 2 :]
    try:
        with olefile.OleFileIO(changed, write_mode=True) as container:
            container.write_stream("Book", patched)
            return changed.getvalue()
    except Exception:
        return None


def _code_page(stream: bytes) -> int | None:
    """Where the number of a Chinese code page stands in a BIFF5 stream."""
    if len(stream) < 8 or struct.unpack_from("<H", stream, 4)[0] != _BIFF5:
        return None
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == _CODEPAGE and size >= 2 and at + 6 <= len(stream):
            return at + 4 if struct.unpack_from("<H", stream, at + 4)[0] in CHINESE else None
        if kind == _EOF:
            return None
        at += 4 + size
    return None


def chinese(text: str) -> str:
    """A text of single bytes as the Chinese it is; UnicodeDecodeError where it is none."""
    return text if text.isascii() else text.translate(_TO_BYTES).encode("latin-1").decode("gb18030")


def chinese_rows(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """All cells of a sheet, texts put together."""
    return [[chinese(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
