"""Rich texts of binary workbooks ([MS-XLS] 2.4.265 SST, 2.4.229 RString; [MS-XLSB] RichStr): figures with digits that are set above or
below the line or struck through. Broken records end the pass: the reader decides then."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from .binary_records import xls_records, xlsb_records
from .paper_colour import WHITE, is_faint_font, is_white
from .raised_digits import ABOVE, BELOW, FAINT, STRUCK, marked_figure

_SST, _CONTINUE, _RSTRING, _FONT = 0x00FC, 0x003C, 0x00D6, 0x0031
_XLSB_FONT, _XLSB_SHARED, _XLSB_RICH = 43, 19, 62
MAX_RICH = 100_000
"""Rich texts looked at; no return has more."""


def xls_rich_figures(stream: bytes) -> dict[str, str]:
    """Of a Workbook (or Book) stream: text of a cell → the text with such digits marked."""
    fonts: list[str] = []
    found: dict[str, str] = {}
    shared: list[bytes] = []
    before = 0
    wide = len(stream) >= 6 and struct.unpack_from("<H", stream, 4)[0] >= 0x0600
    for kind, at, size in xls_records(stream, 0):
        if kind == _FONT and size >= 10:
            white = int.from_bytes(stream[at + 4 : at + 6], "little") in WHITE
            fonts.append(_font(stream, at, 8, white))
            if len(fonts) == 4:
                fonts.append("")  # there is no font 4
        elif kind == _SST and size >= 8:
            shared = [stream[at + 8 : at + size]]
        elif kind == _CONTINUE and before == _SST:
            shared.append(stream[at : at + size])
            continue
        elif kind == _RSTRING and size > 11 and len(found) < MAX_RICH:
            found |= _figure(*(_rich8 if wide else _rich5)(stream[at + 6 : at + size]), fonts)
        before = kind
    if shared and any(fonts):
        try:
            for text, runs in _SharedTexts(shared).rich():
                found |= _figure(text, runs, fonts)
        except (IndexError, struct.error):
            return found
    return found


def xlsb_rich_figures(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Of an xlsb, the same."""
    fonts: list[str] = []
    for name, data in parts.items():
        if name.casefold().endswith("styles.bin"):
            records = [(at, size) for kind, at, size in xlsb_records(data) if kind == _XLSB_FONT and size >= 8]
            fonts += [_font(data, at, 6, is_white(data[at + 12 : at + size])) for at, size in records]
    found: dict[str, str] = {}
    for data in parts.values() if any(fonts) else ():
        try:
            for kind, at, size in xlsb_records(data):
                start = at if kind == _XLSB_SHARED else at + 8
                if kind in (_XLSB_SHARED, _XLSB_RICH) and start + 5 < at + size and data[start] & 1:
                    found |= _figure(*_wide_rich(data, start + 1, at + size), fonts)
        except (IndexError, struct.error):
            continue
    return found


def _font(data: bytes, at: int, script: int, white: bool) -> str:
    place = int.from_bytes(data[at + script : at + script + 2], "little")
    faint = is_faint_font(int.from_bytes(data[at : at + 2], "little"), white)
    return {1: ABOVE, 2: BELOW}.get(place, STRUCK if data[at + 2] & 0x08 else FAINT if faint else "")


def _figure(text: str, runs: Sequence[tuple[int, int]], fonts: Sequence[str]) -> dict[str, str]:
    """The marked text, where it is a figure; `runs`: (first character, font). What stands before the first run has the cell's font."""
    if not runs or len(text) > 64:
        return {}
    bounds = [0, *(first for first, _ in runs), len(text)]
    kinds = ["", *(fonts[font] if font < len(fonts) else "" for _, font in runs)]
    marked = marked_figure(
        (text[first:end], kind) for first, end, kind in zip(bounds, bounds[1:], kinds, strict=False) if end > first
    )
    return dict([marked] if marked else ())


def _rich5(data: bytes) -> tuple[str, list[tuple[int, int]]]:
    """A text of BIFF5 with its runs of two bytes."""
    length = int.from_bytes(data[:2], "little")
    text = data[2 : 2 + length].decode("latin-1")
    runs = data[3 + length :]
    return text, [(runs[i], runs[i + 1]) for i in range(0, len(runs) - 1, 2)]


def _rich8(data: bytes) -> tuple[str, list[tuple[int, int]]]:
    """A text of BIFF8 with its runs of four bytes behind it."""
    length = int.from_bytes(data[:2], "little")
    after = 3 + length * (2 if data[2] & 1 else 1)
    text = data[3:after].decode("utf-16-le" if data[2] & 1 else "latin-1", "replace")
    return text, [struct.unpack_from("<HH", data, at) for at in range(after + 2, len(data) - 3, 4)]


def _wide_rich(data: bytes, at: int, end: int) -> tuple[str, list[tuple[int, int]]]:
    length = int.from_bytes(data[at : at + 4], "little")
    after = min(at + 4 + 2 * length, end)
    count = min(int.from_bytes(data[after : after + 4], "little"), 1000)
    runs = [struct.unpack_from("<HH", data, after + 4 + 4 * i) for i in range(count) if after + 8 + 4 * i <= end]
    return data[at + 4 : after].decode("utf-16-le", "replace"), runs


class _SharedTexts:
    """The texts of an SST record and of the records that continue it; one may be cut anywhere, with a new byte of flags inside its
    characters."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces, self._piece, self._at = pieces, 0, 0

    def rich(self) -> list[tuple[str, list[tuple[int, int]]]]:
        """The texts that have runs, with them."""
        found: list[tuple[str, list[tuple[int, int]]]] = []
        while len(found) < MAX_RICH and not self._is_over():
            length, flags = int.from_bytes(self._take(2), "little"), self._take(1)[0]
            runs = int.from_bytes(self._take(2), "little") if flags & 8 else 0
            more = int.from_bytes(self._take(4), "little") if flags & 4 else 0
            text = self._characters(length, flags & 1)
            given = self._take(4 * runs)
            self._take(more)
            if runs:
                found.append((text, [struct.unpack_from("<HH", given, 4 * i) for i in range(runs)]))
        return found

    def _is_over(self) -> bool:
        while self._piece < len(self._pieces) and self._at >= len(self._pieces[self._piece]):
            self._piece, self._at = self._piece + 1, 0
        return self._piece >= len(self._pieces)

    def _take(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            if self._is_over():
                raise IndexError("the texts end inside one")
            part = self._pieces[self._piece][self._at : self._at + count - len(taken)]
            taken += part
            self._at += len(part)
        return taken

    def _characters(self, length: int, wide: int) -> str:
        text, units = "", 0
        while units < length:  # of UTF-16: a character beyond its first plane is two of them
            if self._at >= len(self._pieces[self._piece]):
                self._is_over()
                wide = self._take(1)[0] & 1
            room = (len(self._pieces[self._piece]) - self._at) // (2 if wide else 1)
            count = min(length - units, room)
            if count <= 0:
                raise IndexError("half a character")
            data = self._take(count * (2 if wide else 1))
            units += count
            text += data.decode("utf-16-le", "replace") if wide else data.decode("latin-1")
        return text
