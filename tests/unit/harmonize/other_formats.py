"""Writers of formats that no installed library writes: OpenDocument, binary workbooks (xls BIFF8, xlsb), packages."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_ODS_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def ods_content(tables: str) -> bytes:
    """An .ods around the given <table:table> elements."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest/>')
        body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        text = f'<?xml version="1.0"?><office:document-content {_ODS_NAMES}>{body}</office:document-content>'
        archive.writestr("content.xml", text)
    return stream.getvalue()


def ods(name: str, rows: Sequence[Sequence[Any]]) -> bytes:
    """One sheet as LibreOffice writes it: runs of empty cells repeated, a million blank rows behind the table."""

    def cell(value: Any) -> str:
        if value is None or value == "":
            return "<table:table-cell/>"
        if isinstance(value, int | float):
            shown = f"<text:p>{value}</text:p>"
            return f'<table:table-cell office:value-type="float" office:value="{value}">{shown}</table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    blank = '<table:table-cell table:number-columns-repeated="16300"/>'
    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}{blank}</table:table-row>" for row in rows)
    behind = f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    return ods_content(f'<table:table table:name="{name}">{lines}{behind}</table:table>')


def _record(kind: int, data: bytes = b"") -> bytes:
    """A BIFF12 record: type and size in groups of seven bits."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(data)
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return head + size + data


def _wide(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data) // 2) + data


def xlsb(name: str, rows: Sequence[Sequence[Any]], first_row: int = 0) -> bytes:
    """One sheet as a binary workbook: inline texts and doubles."""
    extent = struct.pack("<IIII", first_row, first_row + len(rows) - 1, 0, max(map(len, rows)) - 1)
    sheet = _record(129) + _record(148, extent) + _record(145)
    for number, row in enumerate(rows, first_row):
        sheet += _record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0))
        for column, value in enumerate(row):
            head = struct.pack("<II", column, 0)
            if isinstance(value, int | float):
                sheet += _record(5, head + struct.pack("<d", value))
            elif value:
                sheet += _record(6, head + _wide(str(value)))
    sheet += _record(146) + _record(130)
    book = _record(131) + _record(143) + _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name))
    book += _record(144) + _record(132)
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

    def relation(kind: str, target: str) -> str:
        return (
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{office}/{kind}" Target="{target}"/></Relationships>'
        )

    return package(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": relation("officeDocument", "xl/workbook.bin"),
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": relation("worksheet", "worksheets/sheet1.bin"),
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def xls(name: str, rows: Sequence[Sequence[Any]]) -> bytes:
    """One sheet as BIFF8 in an OLE2 container, as WPS writes .et and .xls."""

    def biff(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    sheet = biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            head = struct.pack("<HHH", number, column, 0)
            if isinstance(value, int | float):
                sheet += biff(0x0203, head + struct.pack("<d", value))
            elif value in ("#DIV/0!", "#N/A"):
                sheet += biff(0x0205, head + bytes([0x07 if value == "#DIV/0!" else 0x2A, 1]))
            elif value:
                text = str(value).encode("utf-16-le")
                sheet += biff(0x0204, head + struct.pack("<HB", len(text) // 2, 1) + text)
    sheet += biff(0x000A)
    bof = biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)) + biff(0x0042, struct.pack("<H", 1200))
    title = name.encode("utf-16-le")
    bound = struct.pack("<BBBB", 0, 0, len(title) // 2, 1) + title
    offset = len(bof) + 4 + 4 + len(bound) + 4
    stream = bof + biff(0x0085, struct.pack("<I", offset) + bound) + biff(0x000A) + sheet
    return ole2({"Workbook": stream.ljust(4096, b"\0")})


def ole2(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with the given streams (each 4096 bytes or more, so that none goes into the mini stream)."""
    free, end, fat_sector = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    sectors: list[bytes] = []
    fat: list[int] = []

    def add(data: bytes) -> int:
        start, count = len(sectors), -(-len(data) // 512)
        for part in range(count):
            sectors.append(data[512 * part : 512 * part + 512].ljust(512, b"\0"))
            fat.append(start + part + 1 if part + 1 < count else end)
        return start

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = (name + "\0").encode("utf-16-le")
        head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, free, free, child)
        return head + bytes(36) + struct.pack("<IQ", start, size)

    placed = [(name, add(data), len(data)) for name, data in streams.items()]
    entries = entry("Root Entry", 5, 1, end, 0) + b"".join(entry(n, 2, free, s, length) for n, s, length in placed)
    directory = add(entries.ljust(512, b"\0"))
    own = len(sectors)
    fat_count = 1
    while 128 * fat_count < own + fat_count:
        fat_count += 1
    fat += [fat_sector] * fat_count
    fat += [free] * (128 * fat_count - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, fat_count, directory, 0, 4096, end, 0, end, 0)
    header += b"".join(struct.pack("<I", own + i if i < fat_count else free) for i in range(109))
    return header + b"".join(sectors) + struct.pack(f"<{len(fat)}I", *fat)


def package(files: Mapping[str, bytes | str], encoding: str = "utf-8") -> bytes:
    """A zip of files; `encoding` gb18030 writes names as Chinese Windows does, without saying so."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            if encoding != "utf-8":
                info = _RawName(name.encode(encoding))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return stream.getvalue()


class _RawName(zipfile.ZipInfo):
    """A directory entry whose name goes out as the given bytes, without the UTF-8 flag."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw.decode("cp437"))
        self._raw = raw

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self._raw, self.flag_bits & ~0x800


def aborting() -> bytes:
    """Cells enough to exhaust the reader's memory, few enough to be let in; the Rust reader aborts its process."""
    cell = '<table:table-cell table:number-columns-repeated="250" office:value-type="float" office:value="1"/>'
    row = f'<table:table-row table:number-rows-repeated="1000">{cell}</table:table-row>'
    return ods_content(f'<table:table table:name="a">{row * 31}</table:table>')
