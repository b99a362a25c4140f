"""Texts of cells of an OpenDocument sheet that are formatted in parts: figures with digits above or below the line or struck through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape

from .opendocument import CELL_STYLE, LINE_THROUGH, first_attributes
from .paper_colour import FAINT_OPENDOCUMENT
from .raised_digits import ABOVE, BELOW, BESIDE, FAINT, STRUCK, marked_figure

_POSITION = re.compile(rb"""style:text-position=["'](super|sub|-?[0-9.]+)""")
_BESIDE = (b"<text:ruby-text", b"<text:hidden-text")
"""The reading of a text, and what is hidden: the reader joins both to it."""
_PARAGRAPH = re.compile(rb"<text:p(?:\s[^>]*[^/])?>(.*?)</text:p>", re.DOTALL)
_PIECE = re.compile(
    rb"""<text:(?:span|ruby-text|hidden-text)(?=[\s/>])(?:[^>]*?text:style-name=["']([^"']*)["'])?[^>]*?(/?)>"""
    rb"""|(</text:(?:span|ruby-text|hidden-text)>)|<[^>]*>|([^<]+)"""
)


def raised_figures(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Text of a cell → the text with such digits marked."""
    content = parts.get("content.xml", b"")
    kinds = dict(_special_styles(content + parts.get("styles.xml", b"")))
    beside = any(tag in content for tag in _BESIDE)
    found: dict[str, str] = {}
    for paragraph in _PARAGRAPH.findall(content) if kinds or beside else ():
        if b"<text:span" in paragraph or (beside and any(tag in paragraph for tag in _BESIDE)):
            figure = marked_figure(_runs(paragraph, kinds))
            found |= dict([figure] if figure else ())
    return found


def _special_styles(styles: bytes) -> Iterator[tuple[bytes, str]]:
    """(style of a text, what it makes of it)."""
    for style in CELL_STYLE.findall(styles):
        name, place = first_attributes(style).get(b"style:name", b""), _POSITION.search(style)
        if place is not None and place[1].strip(b"0.") != b"":
            yield name, BELOW if place[1] == b"sub" or place[1].startswith(b"-") else ABOVE
        elif LINE_THROUGH.search(style):
            yield name, STRUCK
        elif FAINT_OPENDOCUMENT.search(style):
            yield name, FAINT


def _runs(paragraph: bytes, kinds: Mapping[bytes, str]) -> Iterator[tuple[str, str]]:
    """(text, what is special about it); spans may stand in spans."""
    opened: list[str] = []
    for piece in _PIECE.finditer(paragraph):
        if piece[4]:
            yield unescape(piece[4].decode("utf-8", "replace")), next((kind for kind in reversed(opened) if kind), "")
        elif piece[3]:
            del opened[-1:]
        elif piece[0].startswith((b"<text:span", *_BESIDE)) and not piece[2]:
            opened.append(kinds.get(piece[1] or b"", "") if piece[0].startswith(b"<text:span") else BESIDE)
