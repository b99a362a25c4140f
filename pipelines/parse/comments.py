"""Comments of cells that speak of another figure (更正为600000): nobody reads comments as data, and the figure in the cell would pass.
Comments that explain are left out, and so are those of a workbook that went back with its findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import unescape
from pathlib import PurePosixPath
from posixpath import normpath

from pipelines.model.raw import CellAddress, column_number

_CORRECTS = re.compile(
    r"更正|改为|改成|改正|应为|应是|应改|实为|实际为|实际应|修正|订正|调整为|调为|有误|填错|报错|误报|错误|为准"
    r"|should\s+be|correct(?:ed|ion)|revised",
    re.IGNORECASE,
)
_FINDING = re.compile(r"\[[^\[\]]{0,12}[A-G]\d\d\]")
"""[错误 B14] …: what the bureau's workbook says of a cell."""
MAX_LENGTH = 200
_COMMENT = re.compile(
    rb"""<(?:\w+:)?comment\s[^>]*?ref=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*>(.*?)</(?:\w+:)?comment>""", re.DOTALL
)
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_TARGET = re.compile(rb"""\sTarget=["']([^"']*comment[^"']*)["']""", re.IGNORECASE)
_ANNOTATION = re.compile(rb"<office:annotation[\s>].*?</office:annotation>", re.DOTALL)
_PARAGRAPH = re.compile(rb"<text:p(?:\s[^>]*[^/])?>(.*?)</text:p>", re.DOTALL)
_TAGS = re.compile(rb"<[^>]*>")
NOTE, OBJECT, TEXT_OBJECT = 0x001C, 0x005D, 0x01B6
XLSB_COMMENT, XLSB_COMMENT_TEXT = 635, 637


def correction(text: str) -> str:
    """A comment in one line where it speaks of another figure; "" where it does not."""
    plain = " ".join(text.split())
    if not any(map(str.isdigit, plain)) or not _CORRECTS.search(plain) or _FINDING.match(plain):
        return ""
    return plain[:MAX_LENGTH]


def comment_part(parts: Mapping[str, bytes], sheet: str) -> bytes:
    """The comments of a sheet of an xlsx or xlsb; empty where it has none."""
    return next(parts_beside(parts, sheet, _TARGET), b"")


def parts_beside(parts: Mapping[str, bytes], sheet: str, target: re.Pattern[bytes]) -> Iterator[bytes]:
    """The parts that a sheet of an xlsx or xlsb refers to by such a target, by its relationships."""
    folder, name = PurePosixPath(sheet).parent, PurePosixPath(sheet).name
    lower = {known.casefold(): known for known in parts}
    relations = parts.get(lower.get(f"{folder}/_rels/{name}.rels".casefold(), ""), b"")
    for found in target.findall(relations):
        path = found.decode("utf-8", "replace")
        full = normpath(path.lstrip("/") if path.startswith("/") else f"{folder}/{path}").casefold()
        if full in lower:
            yield parts[lower[full]]


def xlsx_comments(part: bytes) -> dict[CellAddress, str]:
    """Address → the comment that speaks of another figure."""
    found = {}
    for letters, row, body in _COMMENT.findall(part):
        text = unescape("".join(piece.decode("utf-8", "replace") for piece in _TEXT.findall(body)))
        found[int(row), column_number(letters.decode("ascii"))] = correction(text)
    return {address: text for address, text in found.items() if text}


def xlsb_comments(records: Iterable[tuple[int, int, int]], data: bytes) -> dict[CellAddress, str]:
    """The same of a comments part of an xlsb: BrtBeginComment, then its text."""
    found = {}
    address = (0, 0)
    for kind, at, size in records:
        if kind == XLSB_COMMENT and size >= 20:
            row, column = (int.from_bytes(data[place : place + 4], "little") + 1 for place in (at + 4, at + 12))
            address = row, column
        elif kind == XLSB_COMMENT_TEXT and size >= 5:
            length = int.from_bytes(data[at + 1 : at + 5], "little")
            found[address] = correction(
                data[at + 5 : min(at + 5 + 2 * length, at + size)].decode("utf-16-le", "replace")
            )
    return {place: text for place, text in found.items() if text}


def xls_comments(stream: bytes, records: Sequence[tuple[int, int, int]]) -> dict[CellAddress, str]:
    """The same of the NOTE, OBJ and TXO records of a sheet of BIFF8: a note names its object, whose text follows it."""
    found: dict[CellAddress, str] = {}
    texts = dict(xls_texts(stream, records))
    for kind, at, size in records:
        if kind == NOTE and size >= 8:
            row, column, _, own = (int.from_bytes(stream[at + n : at + n + 2], "little") for n in (0, 2, 4, 6))
            found[row + 1, column + 1] = correction(texts.get(own, ""))
    return {place: text for place, text in found.items() if text}


def xls_texts(stream: bytes, records: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, str]]:
    """(number of the object, text) of the OBJ and TXO records of BIFF8: notes and text boxes alike."""
    current = -1
    for kind, at, size in records:
        if kind == OBJECT and size >= 8:
            current = int.from_bytes(stream[at + 6 : at + 8], "little")
        elif kind == TEXT_OBJECT and size >= 12:
            length = int.from_bytes(stream[at + 10 : at + 12], "little")
            begin = at + size + 4  # the record that continues it: a byte of flags, then the characters
            wide = stream[begin : begin + 1] == b"\x01"
            characters = stream[begin + 1 : begin + 1 + length * (2 if wide else 1)]
            yield current, characters.decode("utf-16-le" if wide else "latin-1", "replace")


def annotation_of(body: bytes) -> str:
    """What an OpenDocument cell's annotation says of another figure; `body` is what stands between the cell's tag and the next cell's."""
    annotation = _ANNOTATION.search(body)
    if annotation is None:
        return ""
    return correction(paragraphs(annotation[0]))


def paragraphs(body: bytes) -> str:
    """The text of an OpenDocument element, a line a paragraph."""
    lines = (_TAGS.sub(b"", line).decode("utf-8", "replace") for line in _PARAGRAPH.findall(body))
    return unescape("\n".join(lines))
