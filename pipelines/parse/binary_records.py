"""Facts of binary workbooks (xls: BIFF5/8 of [MS-XLS]; xlsb: BIFF12 of [MS-XLSB]) that the reader does not tell: error
cells, hidden rows, the extent of the cells, the 1904 date system. Broken records end the pass: the reader decides then."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.model.raw import CellAddress

from .facts import SheetFacts

ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}

_BOF, _EOF, _DATEMODE, _BOUNDSHEET, _ROW = 0x0809, 0x000A, 0x0022, 0x0085, 0x0208
_FILEPASS = 0x002F
"""The records behind it are encrypted."""
_FORMULA, _BOOLERR = 0x0006, 0x0205
_XLS_CELLS = frozenset((0x0203, 0x0204, 0x027E, 0x00FD, 0x0205, 0x0006, 0x00D6))
"""NUMBER, LABEL, RK, LABELSST, BOOLERR, FORMULA, RSTRING: row and column are their first two words."""
_XLSB_CELLS = frozenset(range(2, 12))


@dataclass(frozen=True)
class BookFacts:
    """Of a binary workbook: facts of its sheets in the order of the workbook, and whether day 0 is 1904-01-01."""

    sheets: tuple[SheetFacts, ...] = ()
    epoch_1904: bool = False


def xls_facts(stream: bytes) -> BookFacts:
    """Facts of the Workbook (or Book) stream of an xls file. Sheets by the offsets of their BOUNDSHEET records."""
    offsets: list[int] = []
    epoch_1904 = False
    for kind, at, size in _xls_records(stream, 0):
        if kind == _DATEMODE and size >= 2:
            epoch_1904 = stream[at] == 1
        elif kind == _BOUNDSHEET and size >= 6:
            offsets.append(int.from_bytes(stream[at : at + 4], "little"))
        elif kind == _FILEPASS:
            return BookFacts()
        elif kind == _EOF:
            break
    return BookFacts(tuple(_xls_sheet(stream, offset) for offset in offsets), epoch_1904)


def _xls_records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """(record type, offset of its data, size)."""
    end = len(stream) - 4
    while at <= end:
        kind, size = struct.unpack_from("<HH", stream, at)
        if at + 4 + size > len(stream):
            return
        yield kind, at + 4, size
        at += 4 + size


def _xls_sheet(stream: bytes, offset: int) -> SheetFacts:
    errors: dict[CellAddress, str] = {}
    hidden: set[int] = set()
    last_row = last_column = depth = 0
    for kind, at, size in _xls_records(stream, offset):
        if kind in _XLS_CELLS and size >= 8:
            row, column = struct.unpack_from("<HH", stream, at)
            last_row, last_column = max(last_row, row + 1), max(last_column, column + 1)
            if kind == _BOOLERR and stream[at + 7] == 1:
                errors[row + 1, column + 1] = ERRORS.get(stream[at + 6], "#ERROR!")
            elif kind == _FORMULA and size >= 14 and stream[at + 12 : at + 14] == b"\xff\xff" and stream[at + 6] == 2:
                errors[row + 1, column + 1] = ERRORS.get(stream[at + 8], "#ERROR!")
        elif kind == _ROW and size >= 16:
            if stream[at + 12] & 0x20:
                hidden.add(int.from_bytes(stream[at : at + 2], "little") + 1)
        elif kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
    return SheetFacts(errors=errors, hidden_rows=frozenset(hidden), last_row=last_row, last_column=last_column)


def xlsb_book(data: bytes) -> tuple[list[tuple[str, str]], bool]:
    """(sheet name, relation id) of every sheet of workbook.bin, and whether day 0 is 1904-01-01."""
    sheets: list[tuple[str, str]] = []
    epoch_1904 = False
    for kind, at, size in _xlsb_records(data):
        if kind == 153 and size >= 4:
            epoch_1904 = bool(data[at] & 1)
        elif kind == 156 and size >= 16:
            relation, after = _wide_text(data, at + 8, at + size)
            name, _ = _wide_text(data, after, at + size)
            sheets.append((name, relation))
    return sheets, epoch_1904


def xlsb_sheet(data: bytes) -> SheetFacts:
    """Facts of one worksheet part (sheetN.bin)."""
    errors: dict[CellAddress, str] = {}
    hidden: set[int] = set()
    row = last_row = last_column = 0
    for kind, at, size in _xlsb_records(data):
        if kind == 0 and size >= 12:
            row = int.from_bytes(data[at : at + 4], "little") + 1
            if data[at + 11] & 0x10:
                hidden.add(row)
        elif kind in _XLSB_CELLS and size >= 8:
            column = int.from_bytes(data[at : at + 4], "little") + 1
            last_row, last_column = max(last_row, row), max(last_column, column)
            if kind in (3, 11) and size >= 9:
                errors[row, column] = ERRORS.get(data[at + 8], "#ERROR!")
    return SheetFacts(errors=errors, hidden_rows=frozenset(hidden), last_row=last_row, last_column=last_column)


def _xlsb_records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(record type, offset of its data, size); type and size are little-endian groups of seven bits."""
    at, end = 0, len(data)
    while at + 1 < end:
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        for _ in range(4):
            if at >= end:
                return
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if at + size > end:
            return
        yield kind, at, size
        at += size


def _wide_text(data: bytes, at: int, end: int) -> tuple[str, int]:
    """A counted UTF-16 text and the offset behind it."""
    length = int.from_bytes(data[at : at + 4], "little")
    after = min(at + 4 + 2 * length, end)
    return data[at + 4 : after].decode("utf-16-le", "replace"), after
