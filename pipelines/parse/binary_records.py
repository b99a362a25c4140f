"""Facts of binary workbooks (xls, et: BIFF5/8 of [MS-XLS]; xlsb: BIFF12 of [MS-XLSB]) that the reader does not tell: error
cells, formulas without a result, number formats, hidden rows and columns, the extent of the cells, the 1904 date system. Broken records end
the pass: the reader decides then."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.model.raw import CellAddress

from .binary_styles import BinaryStyles
from .comments import NOTE, OBJECT, TEXT_OBJECT, xls_comments
from .conditional_records import CONDITION, CONDITIONS, xls_rules
from .facts import SheetFacts, StyledCells, hidden_columns
from .number_formats import StyleMeanings
from .paper_colour import WHITE, ground_xls, ground_xlsb, is_faint_font, is_filled_xls, is_filled_xlsb, is_white
from .texts_beside import PAGE_RECORDS, XLSB_PAGE, Beside, xls_beside, xlsb_pages

ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}

_BOF, _EOF, _DATEMODE, _BOUNDSHEET, _ROW, _COLINFO = 0x0809, 0x000A, 0x0022, 0x0085, 0x0208, 0x007D
_FILEPASS = 0x002F  # the records behind it are encrypted
_FORMULA, _BOOLERR, _MULRK = 0x0006, 0x0205, 0x00BD
_FORMAT, _XF, _FONT = frozenset((0x001E, 0x041E)), 0x00E0, 0x0031
_XLS_CELLS = frozenset((0x0203, 0x0204, 0x027E, 0x00FD, 0x0205, 0x0006, 0x00D6))
"""NUMBER, LABEL, RK, LABELSST, BOOLERR, FORMULA, RSTRING: row, column and cell format are their first three words."""
_XLSB_CELLS = frozenset(range(2, 12))
_OF_TEXTS = frozenset((NOTE, OBJECT, TEXT_OBJECT, CONDITIONS, CONDITION, *PAGE_RECORDS))


@dataclass(frozen=True)
class BookFacts:
    """Of a binary workbook: facts of its sheets in the order of the workbook, and whether day 0 is 1904-01-01."""

    sheets: tuple[SheetFacts, ...] = ()
    epoch_1904: bool = False


def xls_facts(stream: bytes) -> BookFacts:
    """Facts of the Workbook (or Book) stream of an xls file. Sheets by the offsets of their BOUNDSHEET records."""
    offsets: list[int] = []
    epoch_1904 = False
    wide = len(stream) >= 6 and struct.unpack_from("<H", stream, 4)[0] >= 0x0600
    styles = BinaryStyles()
    for kind, at, size in xls_records(stream, 0):
        if kind == _DATEMODE and size >= 2:
            epoch_1904 = stream[at] == 1
        elif kind == _BOUNDSHEET and size >= 6:
            offsets.append(int.from_bytes(stream[at : at + 4], "little"))
        elif kind in _FORMAT and size >= 4:
            number, code = _xls_format(stream[at : at + size], wide)
            styles.codes[number] = code
        elif kind == _XF and size >= 4:
            font, number_format = struct.unpack_from("<HH", stream, at)
            data = stream[at : at + size]
            styles.add(number_format, font, is_filled_xls(data), ground_xls(data))
        elif kind == _FONT and size >= 4:
            white = int.from_bytes(stream[at + 4 : at + 6], "little") in WHITE
            height = int.from_bytes(stream[at : at + 2], "little")
            styles.add_font(bool(stream[at + 2] & 0x08), is_faint_font(height, white), stream[at + 4 : at + 6])
            if len(styles.struck) == 4:
                styles.add_font(False, False)  # there is no font 4
        elif kind == _FILEPASS:
            return BookFacts()
        elif kind == _EOF:
            break
    meanings = styles.meanings()
    return BookFacts(tuple(_xls_sheet(stream, offset, meanings) for offset in offsets), epoch_1904)


def _xls_format(data: bytes, wide: bool) -> tuple[int, str]:
    """(number, code) of a FORMAT record."""
    number = int.from_bytes(data[:2], "little")
    if not wide:
        return number, data[3 : 3 + data[2]].decode("gb18030", "replace")
    length, flags = int.from_bytes(data[2:4], "little"), data[4] if len(data) > 4 else 0
    if flags & 1:
        return number, data[5 : 5 + 2 * length].decode("utf-16-le", "replace")
    return number, data[5 : 5 + length].decode("latin-1")


def xls_records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """(record type, offset of its data, size)."""
    end = len(stream) - 4
    while at <= end:
        kind, size = struct.unpack_from("<HH", stream, at)
        if at + 4 + size > len(stream):
            return
        yield kind, at + 4, size
        at += 4 + size


def _xls_sheet(stream: bytes, offset: int, meanings: StyleMeanings) -> SheetFacts:
    errors: dict[CellAddress, str] = {}
    no_value: set[CellAddress] = set()
    hidden: set[int] = set()
    columns: list[tuple[int, int]] = []
    styled = StyledCells(meanings)
    noted: list[tuple[int, int, int]] = []
    last_row = last_column = depth = 0
    for kind, at, size in xls_records(stream, offset):
        if kind in _XLS_CELLS and size >= 8:
            row, column, style = struct.unpack_from("<HHH", stream, at)
            last_row, last_column = max(last_row, row + 1), max(last_column, column + 1)
            if styled.matters:
                styled.add((row + 1, column + 1), style)
            if kind == _BOOLERR and stream[at + 7] == 1:
                errors[row + 1, column + 1] = ERRORS.get(stream[at + 6], "#ERROR!")
            elif kind == _FORMULA and size >= 14 and stream[at + 12 : at + 14] == b"\xff\xff":
                if stream[at + 6] == 2:
                    errors[row + 1, column + 1] = ERRORS.get(stream[at + 8], "#ERROR!")
                elif stream[at + 6] == 3:  # an empty text: what programs store that do not calculate
                    no_value.add((row + 1, column + 1))
        elif kind == _MULRK and size >= 6:
            row, first = struct.unpack_from("<HH", stream, at)
            count = (size - 6) // 6
            last_row, last_column = max(last_row, row + 1), max(last_column, first + count)
            for place in range(count) if styled.matters else ():
                styled.add(
                    (row + 1, first + place + 1),
                    int.from_bytes(stream[at + 4 + 6 * place : at + 6 + 6 * place], "little"),
                )
        elif kind == _ROW and size >= 16:
            if stream[at + 12] & 0x20:
                hidden.add(int.from_bytes(stream[at : at + 2], "little") + 1)
        elif kind == _COLINFO and size >= 10:
            first, last, width, _, flags = struct.unpack_from("<HHHHH", stream, at)
            if flags & 0x01 or not width:
                columns.append((first + 1, last + 1))
        elif kind in _OF_TEXTS:
            noted.append((kind, at, size))
        elif kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
    return SheetFacts(
        frozenset(no_value),
        errors,
        frozenset(hidden),
        styled.of("percent"),
        styled.of("percent_text"),
        styled.of("struck"),
        scaled=styled.of("scaled"),
        units=styled.units,
        by_value=styled.by_value,
        last_row=last_row,
        last_column=last_column,
        hidden_columns=hidden_columns(columns),
        faint=styled.of("faint"),
        comments=xls_comments(stream, noted) if noted else {},
        beside=xls_beside(stream, noted) if noted else (),
        rules=xls_rules(stream, noted) if noted else (),
    )


def xlsb_book(data: bytes) -> tuple[list[tuple[str, str]], bool]:
    """(sheet name, relation id) of every sheet of workbook.bin, and whether day 0 is 1904-01-01."""
    sheets: list[tuple[str, str]] = []
    epoch_1904 = False
    for kind, at, size in xlsb_records(data):
        if kind == 153 and size >= 4:
            epoch_1904 = bool(data[at] & 1)
        elif kind == 156 and size >= 16:
            relation, after = _wide_text(data, at + 8, at + size)
            name, _ = _wide_text(data, after, at + size)
            sheets.append((name, relation))
    return sheets, epoch_1904


def xlsb_styles(data: bytes) -> StyleMeanings:
    """What the cell formats of styles.bin (BrtBeginCellXFs … BrtEndCellXFs) make of a number."""
    styles = BinaryStyles()
    fills: list[tuple[bool, bytes]] = []
    cell_formats = False
    for kind, at, size in xlsb_records(data):
        if kind in (617, 618):
            cell_formats = kind == 617
        elif kind == 44 and size >= 6:
            styles.codes[int.from_bytes(data[at : at + 2], "little")] = _wide_text(data, at + 2, at + size)[0]
        elif kind == 43 and size >= 4:
            height, white = int.from_bytes(data[at : at + 2], "little"), is_white(data[at + 12 : at + size])
            styles.add_font(bool(data[at + 2] & 0x08), is_faint_font(height, white), data[at + 12 : at + 20])
        elif kind == 45 and size >= 12:
            fill_data = data[at : at + size]
            fills.append((is_filled_xlsb(fill_data), ground_xlsb(fill_data)))
        elif kind == 47 and cell_formats and size >= 6:
            number_format, font = struct.unpack_from("<HH", data, at + 2)
            fill = int.from_bytes(data[at + 6 : at + 8], "little") if size >= 8 else 0
            styles.add(number_format, font, *(fills[fill] if fill < len(fills) else (False, b"")))
    return styles.meanings()


def xlsb_sheet(data: bytes, meanings: StyleMeanings) -> SheetFacts:
    """Facts of one worksheet part (sheetN.bin)."""
    errors: dict[CellAddress, str] = {}
    hidden: set[int] = set()
    columns: list[tuple[int, int]] = []
    styled = StyledCells(meanings)
    beside: Beside = ()
    row = last_row = last_column = 0
    for kind, at, size in xlsb_records(data):
        if kind == 0 and size >= 12:
            row = int.from_bytes(data[at : at + 4], "little") + 1
            if data[at + 11] & 0x10:
                hidden.add(row)
        elif kind == 60 and size >= 18:
            first, last, width, _, flags = struct.unpack_from("<IIIIH", data, at)
            if flags & 0x01 or not width:
                columns.append((first + 1, last + 1))
        elif kind in _XLSB_CELLS and size >= 8:
            column = int.from_bytes(data[at : at + 4], "little") + 1
            last_row, last_column = max(last_row, row), max(last_column, column)
            if styled.matters:
                styled.add((row, column), int.from_bytes(data[at + 4 : at + 7], "little"))
            if kind in (3, 11) and size >= 9:
                errors[row, column] = ERRORS.get(data[at + 8], "#ERROR!")
        elif kind == XLSB_PAGE:
            beside = xlsb_pages(data[at : at + size])
    return SheetFacts(
        errors=errors,
        hidden_rows=frozenset(hidden),
        last_row=last_row,
        last_column=last_column,
        percent=styled.of("percent"),
        percent_text=styled.of("percent_text"),
        scaled=styled.of("scaled"),
        units=styled.units,
        by_value=styled.by_value,
        struck=styled.of("struck"),
        hidden_columns=hidden_columns(columns),
        faint=styled.of("faint"),
        beside=beside,
    )


def xlsb_records(data: bytes) -> Iterator[tuple[int, int, int]]:
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
