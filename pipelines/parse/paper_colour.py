"""Figures that nobody sees: in the colour of paper, in that of their own ground, or of one or two points. What the formats of workbooks
call white, and whether a fill behind it makes it visible."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WHITE = rb"""(?:rgb=["'](?:FF|00)(?:F[89A-F]){3}["']|theme=["']0["'](?![^>]*tint)|indexed=["'][19]["'])"""
FAINT_XML = re.compile(
    rb"<(?:\w+:)?(?:color\s[^>]*" + _WHITE + rb"""|sz\s[^>]*val=["'][12](?:\.0)?["'])""", re.IGNORECASE
)
"""Of an xlsx, inside a font or the properties of a run."""
FAINT_OPENDOCUMENT = re.compile(
    rb"""\sfo:color=["']#f{6}["']|\sfo:font-size=["'][0-2](?:\.[0-9]+)?pt["']|\stext:display=["']none["']""",
    re.IGNORECASE,
)
MARKS_OF_FAINT = (b"FFF", b"fff", b'theme="0"', b'indexed="', b'sz val="1"', b'sz val="2"')
"""What is looked for first in an xlsx."""
WHITE = (1, 9)
"""Indexes of white in the palette."""
SMALLEST = 40
"""Twentieths of a point; what is no larger is not seen."""
_FONTS = re.compile(rb"<(?:\w+:)?fonts[\s>].*?</(?:\w+:)?fonts>", re.DOTALL)
_FONT = re.compile(rb"<(?:\w+:)?font(?:\s[^>]*)?(?:/>|>.*?</(?:\w+:)?font>)", re.DOTALL)
_FILLS = re.compile(rb"<(?:\w+:)?fills[\s>].*?</(?:\w+:)?fills>", re.DOTALL)
_FILL = re.compile(rb"<(?:\w+:)?fill(?:\s[^>]*)?(?:/>|>.*?</(?:\w+:)?fill>)", re.DOTALL)
_PAPER = re.compile(
    rb"""patternType=["']none["']|<(?:\w+:)?patternFill\s*/?>|<(?:\w+:)?fgColor\s[^>]*""" + _WHITE, re.IGNORECASE
)
_COLOUR = re.compile(rb"<(?:\w+:)?color\s([^>]*)>")
_GROUND = re.compile(rb"<(?:\w+:)?fgColor\s([^>]*)>")
_NAMED = re.compile(rb"""(rgb|theme|indexed)=["'](?:[0-9A-Fa-f]{2}(?=[0-9A-Fa-f]{6}["']))?([0-9A-Fa-f]+)["']""")
_OWN_COLOUR = re.compile(rb"""\sfo:color=["'](#[0-9A-Fa-f]{6})""")
_OWN_GROUND = re.compile(rb"""\sfo:background-color=["'](#[0-9A-Fa-f]{6})""")
_BACKGROUND = re.compile(rb"""\sfo:background-color=["'](?!transparent|#f{6})""", re.IGNORECASE)


def fonts_of(styles: bytes) -> list[bytes]:
    """The fonts of styles.xml, in their order."""
    section = _FONTS.search(styles)
    return _FONT.findall(section[0]) if section else []


def faint_formats(styles: bytes, formats: list[dict[str, str]]) -> frozenset[int]:
    """Indexes of the cell formats (attributes of each xf) of styles.xml whose font is not seen on their fill."""
    grounded = _on_their_own_colour(styles, formats) if b"olid" in styles else frozenset()
    if not any(mark in styles for mark in MARKS_OF_FAINT):
        return grounded
    faint = {str(n) for n, font in enumerate(fonts_of(styles)) if FAINT_XML.search(font)}
    chosen = [n for n, one in enumerate(formats) if one.get("fontid", "0") in faint] if faint else []
    if not chosen:
        return grounded
    section = _FILLS.search(styles)
    fills = _FILL.findall(section[0]) if section else []
    paper = {str(n) for n, fill in enumerate(fills) if _PAPER.search(fill)} | {"0"}
    return grounded | {n for n in chosen if formats[n].get("fillid", "0") in paper}


def _on_their_own_colour(styles: bytes, formats: list[dict[str, str]]) -> frozenset[int]:
    """Formats whose font has the very colour of their solid fill."""
    section = _FILLS.search(styles)
    grounds = {
        str(n): colour
        for n, fill in enumerate(_FILL.findall(section[0]) if section else ())
        if b"olid" in fill and (colour := _colour(_GROUND.search(fill)))
    }
    known = set(grounds.values())
    fonts = {
        str(n): colour
        for n, font in enumerate(fonts_of(styles) if known else ())
        if (colour := _colour(_COLOUR.search(font))) in known
    }
    return frozenset(
        n
        for n, one in enumerate(formats if fonts else ())
        if (own := fonts.get(one.get("fontid", "0"))) and own == grounds.get(one.get("fillid", "0"))
    )


def _colour(tag: re.Match[bytes] | None) -> bytes:
    """The name of a colour as it is written, without opacity; b"" where none is, or one with a tint."""
    named = _NAMED.search(tag[1]) if tag is not None and b"tint" not in tag[1] else None
    return named[1] + named[2].upper() if named is not None else b""


def is_white(color: bytes) -> bool:
    """A BrtColor: of the palette, in red, green and blue, or the first of the theme as it is."""
    if len(color) < 8:
        return False
    kind = color[0] >> 1
    if kind == 3:
        return color[1] == 0 and color[2:4] == b"\0\0"
    return (kind == 1 and color[1] in WHITE) or (kind == 2 and color[4:7] == b"\xff\xff\xff")


def is_faint_font(height: int, white: bool) -> bool:
    """By the height in twentieths of a point."""
    return white or 0 < height <= SMALLEST


def is_filled_xls(cell_format: bytes) -> bool:
    """Whether an XF record of BIFF8 has a fill of another colour than paper; those of older ones are not looked into."""
    if len(cell_format) < 20:
        return True
    pattern = int.from_bytes(cell_format[14:18], "little") >> 26
    return pattern != 0 and (pattern != 1 or int.from_bytes(cell_format[18:20], "little") & 0x7F not in WHITE)


def ground_xls(cell_format: bytes) -> bytes:
    """The colour of the solid fill of an XF record of BIFF8, as its fonts write it; b"" without such."""
    if len(cell_format) < 20 or int.from_bytes(cell_format[14:18], "little") >> 26 != 1:
        return b""
    return (int.from_bytes(cell_format[18:20], "little") & 0x7F).to_bytes(2, "little")


def ground_xlsb(fill: bytes) -> bytes:
    """The colour (BrtColor) of a solid BrtFill; b"" of any other."""
    return fill[4:12] if int.from_bytes(fill[:4], "little") == 1 else b""


def is_filled_xlsb(fill: bytes) -> bool:
    """Whether a BrtFill is of another colour than paper."""
    pattern = int.from_bytes(fill[:4], "little")
    return pattern != 0 and not (pattern == 1 and is_white(fill[4:12]))


def is_faint_opendocument(cell_style: bytes) -> bool:
    """Whether the font of a cell style is not seen on its background."""
    colour, ground = _OWN_COLOUR.search(cell_style), _OWN_GROUND.search(cell_style)
    if colour is not None and ground is not None and colour[1].lower() == ground[1].lower():
        return True
    return FAINT_OPENDOCUMENT.search(cell_style) is not None and _BACKGROUND.search(cell_style) is None


def is_faint_spreadsheet_xml(font: Mapping[str, str], interior: Mapping[str, str]) -> bool:
    """Excel's XML of 2003: attributes of <Font> and <Interior>, names in lower case."""
    if font.get("color") and font.get("color", "").casefold() == interior.get("color", "").casefold():
        return True
    filled = interior.get("pattern", "None") != "None" and interior.get("color", "").casefold() != "#ffffff"
    small = font.get("size", "").partition(".")[0] in ("1", "2")
    return (font.get("color", "").casefold() == "#ffffff" or small) and not filled
