"""Writers of styled cells in every format of workbook: (value, number format), (value, STRUCK) or (value, WHITE) instead of a value; a
Rich text."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import xlsxwriter

from .other_formats import _record, _wide, ods_content, ole2, xlsb

STRUCK, WHITE = "struck", "white"
FONTS = (STRUCK, WHITE)


class Rich(str):
    """A text whose last character is set otherwise: `kind` super, sub, strike, white or tiny."""

    kind: str

    def __new__(cls, text: str, kind: str) -> Rich:
        made = super().__new__(cls, text)
        made.kind = kind
        return made


KINDS = ("strike", "super", "sub", "white", "tiny")
Rows = Sequence[Sequence[Any]]


def _parted(cell: Any) -> tuple[Any, str]:
    return cell if isinstance(cell, tuple) else (cell, "")


def formats_of(rows: Rows) -> list[str]:
    """All formats that occur, the plain one first."""
    return list(dict.fromkeys(["", *(_parted(cell)[1] for row in rows for cell in row)]))


def as_xlsx(rows: Rows) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("表")
    known = {
        code: book.add_format(
            {STRUCK: {"font_strikeout": True}, WHITE: {"font_color": "white"}}.get(code)
            or ({"num_format": code} if code else {})
        )
        for code in formats_of(rows)
    }
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            value, code = _parted(cell)
            if isinstance(value, Rich):
                special = book.add_format(
                    {
                        "strike": {"font_strikeout": True},
                        "super": {"font_script": 1},
                        "sub": {"font_script": 2},
                        "white": {"font_color": "white"},
                        "tiny": {"font_size": 1},
                    }[value.kind]
                )
                sheet.write_rich_string(number, column, str(value[:-1]), special, str(value[-1]))
            elif value is not None:
                sheet.write(number, column, value, known[code])
    book.close()
    return stream.getvalue()


def without_addresses(workbook: bytes) -> bytes:
    """The same xlsx, rows and cells without r: empty cells in between are written out."""
    source, out = zipfile.ZipFile(io.BytesIO(workbook)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            data = source.read(name)
            if "/worksheets/" in name:
                before, text, after = re.split(r"(?<=<sheetData>)|(?=</sheetData>)", data.decode(), maxsplit=2)
                rows = "".join(map(_bare_row, re.findall(r"<row .*?</row>", text, re.DOTALL)))
                data = f"{before}{rows}{after}".encode()
            archive.writestr(name, data)
    return out.getvalue()


def _bare_row(row: str) -> str:
    last, cells = 0, []
    for cell in re.findall(r"<c [^>]*?/>|<c .*?</c>", row, re.DOTALL):
        column = 0
        for letter in cell.partition('r="')[2]:
            if letter.isdigit():
                break
            column = column * 26 + ord(letter) - 64
        cells += ["<c/>"] * (column - last - 1) + [re.sub(r' r="[A-Z]+\d+"', "", cell)]
        last = column
    return f"<row>{''.join(cells)}</row>"


def as_xls(rows: Rows) -> bytes:
    """BIFF8 with FONT, FORMAT and XF records, as Excel 97 and WPS (.et) write it."""

    def biff(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    codes = formats_of(rows)
    font = struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 134, 0) + bytes([5, 0]) + b"Arial"
    struck = struct.pack("<HHHHHBBBB", 200, 8, 0x7FFF, 400, 0, 0, 0, 134, 0) + bytes([5, 0]) + b"Arial"
    raised = [
        struct.pack("<HHHHHBBBB", size, 0, color, 400, n, 0, 0, 134, 0) + bytes([5, 0]) + b"Arial"
        for size, color, n in ((200, 0x7FFF, 1), (200, 0x7FFF, 2), (200, 9, 0), (20, 0x7FFF, 0))
    ]
    styles = biff(0x0031, font) * 4 + b"".join(biff(0x0031, one) for one in (struck, *raised))  # the fifth has number 5
    for number, code in enumerate(codes):
        text = code.encode("utf-16-le")
        if code and code not in FONTS:
            styles += biff(0x041E, struct.pack("<HHB", 200 + number, len(text) // 2, 1) + text)
    for number, code in enumerate(codes):
        chosen = {STRUCK: 5, WHITE: 8}.get(code, 0)
        styles += biff(
            0x00E0, struct.pack("<HH", chosen, 200 + number if code and code not in FONTS else 0) + bytes(16)
        )
    sheet = biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            value, code = _parted(cell)
            head = struct.pack("<HHH", number, column, codes.index(code))
            if isinstance(value, int | float):
                sheet += biff(0x0203, head + struct.pack("<d", value))
            elif value == "=":
                sheet += biff(0x0006, head + b"\x03\0\0\0\0\0\xff\xff" + bytes(6) + struct.pack("<H", 0))
            elif isinstance(value, Rich):
                text = value.encode("utf-16-le")
                run = struct.pack("<HHH", 1, len(value) - 1, 5 + KINDS.index(value.kind))
                sheet += biff(0x00D6, head + struct.pack("<HB", len(value), 1) + text + run)
            elif value:
                text = str(value).encode("utf-16-le")
                sheet += biff(0x0204, head + struct.pack("<HB", len(text) // 2, 1) + text)
    sheet += biff(0x000A)
    bof = (
        biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
        + biff(0x0042, struct.pack("<H", 1200))
        + styles
    )
    title = "表".encode("utf-16-le")
    bound = struct.pack("<BBBB", 0, 0, len(title) // 2, 1) + title
    offset = len(bof) + 4 + 4 + len(bound) + 4
    stream = bof + biff(0x0085, struct.pack("<I", offset) + bound) + biff(0x000A) + sheet
    return ole2({"Workbook": stream.ljust(4096, b"\0")})


def as_xlsb(rows: Rows) -> bytes:
    codes = formats_of(rows)
    plain = xlsb("表", [[_parted(cell)[0] for cell in row] for row in rows])
    source, out = zipfile.ZipFile(io.BytesIO(plain)), io.BytesIO()
    sheet = source.read("xl/worksheets/sheet1.bin")
    head = sheet[: sheet.index(_record(145)) + len(_record(145))]
    body = b""
    shared: list[bytes] = []
    for number, row in enumerate(rows):
        body += _record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0))
        for column, cell in enumerate(row):
            value, code = _parted(cell)
            start = struct.pack("<II", column, codes.index(code))
            if isinstance(value, int | float):
                body += _record(5, start + struct.pack("<d", value))
            elif isinstance(value, Rich):
                run = struct.pack("<IHH", 1, len(value) - 1, 1 + KINDS.index(value.kind))
                body += _record(7, start + struct.pack("<I", len(shared)))
                shared.append(_record(19, b"\x01" + _wide(value) + run))
            elif value:
                body += _record(6, start + _wide(str(value)))
    fonts = _record(43, struct.pack("<HH", 200, 0) + bytes(20)) + _record(43, struct.pack("<HH", 200, 8) + bytes(20))
    fonts += b"".join(_record(43, struct.pack("<HHHH", 200, 0, 400, n) + bytes(16)) for n in (1, 2))
    white = bytes([5, 0, 0, 0, 255, 255, 255, 255])
    fonts += _record(43, struct.pack("<HHHH", 200, 0, 400, 0) + bytes(4) + white + bytes(4))
    fonts += _record(43, struct.pack("<HHHH", 20, 0, 400, 0) + bytes(16))
    named = [(200 + n, code) for n, code in enumerate(codes) if code and code not in FONTS]
    styles = _record(278) + _record(615, struct.pack("<I", len(named)))
    styles += b"".join(_record(44, struct.pack("<H", number) + _wide(code)) for number, code in named) + _record(616)
    styles += _record(611, struct.pack("<I", 6)) + fonts + _record(612)
    styles += (
        _record(626, struct.pack("<I", 1)) + _record(47, struct.pack("<HHH", 0xFFFF, 9, 1) + bytes(10)) + _record(627)
    )
    styles += _record(617, struct.pack("<I", len(codes)))
    for number, code in enumerate(codes):
        one = (0, 200 + number if code and code not in FONTS else 0, {STRUCK: 1, WHITE: 4}.get(code, 0))
        styles += _record(47, struct.pack("<HHH", *one) + bytes(10))
    styles += _record(618) + _record(279)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.bin":
                data = head + body + _record(146) + _record(130)
            if name == "xl/_rels/workbook.bin.rels":
                office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
                style = f'<Relationship Id="rId2" Type="{office}/styles" Target="styles.bin"/></Relationships>'
                data = data.replace(b"</Relationships>", style.encode())
            archive.writestr(name, data)
        archive.writestr("xl/styles.bin", styles)
        counts = struct.pack("<II", len(shared), len(shared))
        archive.writestr("xl/sharedStrings.bin", _record(159, counts) + b"".join(shared) + _record(160))
    return out.getvalue()


def as_ods(rows: Rows) -> bytes:
    """Automatic styles as LibreOffice writes them: 0.0% a percentage style, a literal sign a text behind the number."""
    codes = formats_of(rows)

    def style(number: int, code: str) -> str:
        digits = '<number:number number:decimal-places="1" number:min-integer-digits="1"{}/>'
        cell = f'<style:style style:name="ce{number}" style:family="table-cell" style:data-style-name="N{number}"'
        if code == STRUCK:
            return f'{cell}><style:text-properties style:text-line-through-style="solid"/></style:style>'
        if code == WHITE:
            return f'{cell}><style:text-properties fo:color="#ffffff" xmlns:fo="urn:x"/></style:style>'
        if code.endswith("%") and "\\" not in code:
            sign = f"{digits.format('')}<number:text>%</number:text>"
            return f'<number:percentage-style style:name="N{number}">{sign}</number:percentage-style>{cell}/>'
        if "%" in code:
            sign = f"{digits.format('')}<number:text>%</number:text>"
            return f'<number:number-style style:name="N{number}">{sign}</number:number-style>{cell}/>'
        if code.endswith('"'):
            unit = f"{digits.format('')}<number:text>{code.split(chr(34))[1]}</number:text>"
            return f'<number:number-style style:name="N{number}">{unit}</number:number-style>{cell}/>'
        scaled = digits.format(' number:display-factor="10000"')
        return f'<number:number-style style:name="N{number}">{scaled}</number:number-style>{cell}/>'

    def cell(given: Any) -> str:
        value, code = _parted(given)
        name = f' table:style-name="ce{codes.index(code)}"' if code else ""
        if value is None or value == "":
            return "<table:table-cell/>"
        if isinstance(value, int | float):
            kind = "percentage" if code.endswith("%") and "\\" not in code else "float"
            return f'<table:table-cell{name} office:value-type="{kind}" office:value="{value}"/>'
        text = escape(str(value))
        if isinstance(value, Rich):
            text = f'{value[:-1]}<text:span text:style-name="{value.kind}">{value[-1]}</text:span>'
        return f'<table:table-cell{name} office:value-type="string"><text:p>{text}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    plain = ods_content(f'<table:table table:name="表">{lines}</table:table>')
    source, out = zipfile.ZipFile(io.BytesIO(plain)), io.BytesIO()
    names = (
        'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
        'xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"'
    )
    styles = "".join(style(number, code) for number, code in enumerate(codes) if code)
    for kind in KINDS:
        shown = {
            "strike": 'style:text-line-through-style="solid"',
            "white": 'fo:color="#ffffff" xmlns:fo="urn:x"',
            "tiny": 'fo:font-size="1pt" xmlns:fo="urn:x"',
        }.get(kind, f'style:text-position="{kind} 58%"')
        styles += f'<style:style style:name="{kind}" style:family="text"><style:text-properties {shown}/></style:style>'
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            text = source.read(name).decode()
            if name == "content.xml":
                text = text.replace("<office:document-content", f"<office:document-content {names}", 1)
                text = text.replace(
                    "<office:body>", f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"
                )
            archive.writestr(name, text)
    return out.getvalue()


STYLED: dict[str, Callable[[Rows], bytes]] = {
    "xlsx": as_xlsx,
    "xlsx without addresses": lambda rows: without_addresses(as_xlsx(rows)),
    "xls": as_xls,
    "xlsb": as_xlsb,
    "ods": as_ods,
}
