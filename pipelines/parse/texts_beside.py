"""What stands on a sheet outside its cells: text boxes, and what is printed at the head and foot of a page. Nobody reads them as data;
where they say another unit of amount, month or sender than the table, its sender is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import unescape

from .comments import NOTE, paragraphs, parts_beside, xls_texts

BOX, PAGE, UNDER = "box", "page", "below"
"""Where a text stands: in a text box, on every page that is printed, on a web page under its last table."""
Beside = tuple[tuple[str, str], ...]
"""(where, text) of a sheet."""
PAGE_RECORDS = (0x0014, 0x0015)
XLSB_PAGE = 479
_ABSENT = 0xFFFFFFFF
MAX_TEXTS, MAX_LENGTH = 100, 500
_TARGET = re.compile(rb"""\sTarget=["']([^"']*drawing[^"']*)["']""", re.IGNORECASE)
_BODY = re.compile(rb"<(?:\w+:)?txBody[\s>]")
_LINE_END = re.compile(rb"</(?:\w+:)?p>|<(?:\w+:)?br\s*/?>")
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_PAGE = re.compile(
    rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)(?:\s[^>]*)?>([^<]*)</(?:\w+:)?(?:odd|even|first)(?:Header|Footer)>"
)
_PAGE_CODE = re.compile(r'&(?:"[^"]*"|\d+|K(?:[0-9A-Fa-f]{6}|\d\d[+-]\d{3})|[A-Za-z])|&(?=&)')
"""Fonts, sizes, colours, the three parts of a line, page numbers and dates."""
_SHAPE = re.compile(rb"<draw:(text-box|custom-shape|rect|ellipse)(?=[\s>])[^>]*(?<!/)>")
HAS_SHAPE = re.compile(rb"<draw:(?:text-box|custom-shape|rect|ellipse)[\s>]")
_PAGE_STYLE = re.compile(
    rb"""<style:((?:header|footer)(?:-left|-first)?)(?=[\s>])(?![^>]*style:display=["']false)[^>]*(?<!/)>"""
)


def told(found: Iterable[tuple[str, str]]) -> Beside:
    """The texts that say something, each in one line."""
    lines = ((where, " ".join(text.split())[:MAX_LENGTH]) for where, text in found)
    return tuple(dict.fromkeys((where, line) for where, line in lines if line))[:MAX_TEXTS]


def elements(data: bytes, opening: re.Pattern[bytes], closing: bytes = b"") -> Iterator[bytes]:
    """The elements that begin so, up to their end tag (that of the name in the first group where no other is given); one that never ends
    ends the search, so that a broken part is passed over once."""
    at = 0
    while (begin := opening.search(data, at)) is not None:
        mark = closing or b":" + begin[1] + b">"
        end = data.find(mark, begin.end())
        if end < 0:
            return
        yield data[begin.start() : end]
        at = end + len(mark)


def page_text(code: str) -> str:
    """The text of a page's head or foot without the codes of its format; its three parts stand apart."""
    return _PAGE_CODE.sub(" ", code)


def has_drawings(parts: Mapping[str, bytes]) -> bool:
    """Whether any drawing with texts was kept."""
    return any("drawing" in name for name in parts)


def xlsx_texts(parts: Mapping[str, bytes], sheet: str, drawn: bool) -> Beside:
    """Of a sheet of an xlsx; `drawn`: the workbook has drawings with texts."""
    found = (*_of_pages(parts[sheet]), *(text_boxes(parts, sheet) if drawn else ()))
    return told(found) if found else ()


def _of_pages(sheet: bytes) -> Iterator[tuple[str, str]]:
    begin = sheet.find(b"eaderFooter", max(0, sheet.rfind(b"sheetData")))
    for code in _PAGE.findall(sheet, begin) if begin >= 0 else ():
        yield PAGE, page_text(unescape(code.decode("utf-8", "replace")))


def text_boxes(parts: Mapping[str, bytes], sheet: str) -> Iterator[tuple[str, str]]:
    """Of the drawings that a sheet of an xlsx or xlsb refers to."""
    for drawing in parts_beside(parts, sheet, _TARGET):
        for body in elements(drawing, _BODY, b"txBody>"):
            lines = (b"".join(_TEXT.findall(line)).decode("utf-8", "replace") for line in _LINE_END.split(body))
            yield BOX, unescape("\n".join(lines))


def opendocument_boxes(table: bytes) -> Iterator[tuple[str, str]]:
    """Of the XML of one sheet of an OpenDocument."""
    for shape in elements(table, _SHAPE):
        yield BOX, paragraphs(shape)


def opendocument_pages(styles: bytes) -> Iterator[tuple[str, str]]:
    """Heads and feet of the pages of an OpenDocument (styles.xml)."""
    for body in elements(styles, _PAGE_STYLE):
        yield PAGE, paragraphs(body)


def xls_beside(stream: bytes, records: Sequence[tuple[int, int, int]]) -> Beside:
    """Of the records of a sheet of an xls: texts of objects that are no cell's note, heads and feet of pages."""
    notes = {
        int.from_bytes(stream[at + 6 : at + 8], "little") for kind, at, size in records if kind == NOTE and size >= 8
    }
    boxes = [(BOX, text) for own, text in xls_texts(stream, records) if own not in notes]
    pages = [stream[at : at + size] for kind, at, size in records if kind in PAGE_RECORDS and size > 3]
    return told((*boxes, *((PAGE, page_text(_counted(data))) for data in pages)))


def _counted(data: bytes) -> str:
    """A text behind its length: of two bytes and one of flags (BIFF8), or of one byte alone (BIFF5)."""
    length = int.from_bytes(data[:2], "little")
    if data[2] < 2 and len(data) == 3 + length * (1 + data[2]):
        return data[3:].decode("utf-16-le" if data[2] else "latin-1", "replace")
    return data[1 : 1 + data[0]].decode("gb18030", "replace")


def xlsb_pages(data: bytes) -> Beside:
    """Of a BrtBeginHeaderFooter: flags, then six texts that may be absent."""
    found: list[tuple[str, str]] = []
    at = 2
    while at + 4 <= len(data) and len(found) < 6:
        length = int.from_bytes(data[at : at + 4], "little")
        at += 4
        if length == _ABSENT:
            continue
        found.append((PAGE, page_text(data[at : at + 2 * length].decode("utf-16-le", "replace"))))
        at += 2 * length
    return told(found)
