"""What a page says once about many cells: the styles of Excel's XML of 2003, the classes of a web page that are not shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import TypeVar

from .number_formats import StyleMeanings, style_meanings
from .page_colours import GROUND, WHITE
from .paper_colour import is_faint_spreadsheet_xml

_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
_WORKBOOK = re.compile(r"<(?:\w+:)?Workbook[\s>]")
_STYLE = re.compile(r"<(?:\w+:)?Style(?=\s)", re.IGNORECASE)
_TAG = re.compile(r"([^<>]*)>")
_FORMAT = re.compile(r"<(?:\w+:)?NumberFormat\s([^<>]*)>", re.IGNORECASE)
_FONT = re.compile(r"<(?:\w+:)?Font\s([^<>]*)>", re.IGNORECASE)
_INTERIOR = re.compile(r"<(?:\w+:)?Interior\s([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?:\w+:)?(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_DATE_1904 = re.compile(r"<(?:\w+:)?Date1904\s*/?>", re.IGNORECASE)
_STYLE_SHEET = re.compile(r"<(/?)style[\s>]", re.IGNORECASE)
_CLASS = re.compile(r"\.([\w-]+)\s*(?=,|$)")
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|font-size\s*:\s*0(?:p[xt]|em|%)?\s*(?:;|$)"
    r"|(?<![-\w])opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)",
    re.IGNORECASE,
)
_NAMED = {
    "percent": "0.00%",
    "yes/no": '"Yes";"Yes";"No"',
    "true/false": '"True";"True";"False"',
    "on/off": '"On";"On";"Off"',
}
"""Formats of Excel's XML that are written by name; the others show the number as it is, or a date."""
DEFAULT = "Default"
_OWN_FORMATS = 164
"""Numbers below it are formats of Excel's own."""
Value = TypeVar("Value")


@dataclass(frozen=True)
class PageStyles:
    """`numbers`: name of a style → its index in `meanings`; `hidden`: classes that are not shown, `white` that write
    in the colour of paper, `coloured` whose ground has another; `spreadsheet`: Excel's XML, not a
    page; `epoch_1904`: serial day 0 is 1904-01-01."""

    spreadsheet: bool = False
    numbers: dict[str, int] = field(default_factory=dict)
    meanings: StyleMeanings = field(default_factory=StyleMeanings)
    hidden: frozenset[str] = frozenset()
    white: frozenset[str] = frozenset()
    coloured: frozenset[str] = frozenset()
    epoch_1904: bool = False


def page_styles(text: str) -> PageStyles:
    """The styles of a page or of Excel's XML."""
    epoch_1904 = _DATE_1904.search(text) is not None
    if _SPREADSHEET in text[:4096] and _WORKBOOK.search(text, 0, 8192):
        return _of_spreadsheet(text, epoch_1904)
    found: dict[str, set[str]] = {"hidden": set(), "white": set(), "coloured": set()}
    for sheet in _style_sheets(text):
        for selectors, _, rule in (one.rpartition("{") for one in sheet.split("}")):
            for name, pattern in (("hidden", HIDDEN), ("white", WHITE), ("coloured", GROUND)):
                if pattern.search(rule):
                    found[name].update(_CLASS.findall(selectors.strip()))
    hidden, white, coloured = map(frozenset, found.values())
    return PageStyles(hidden=hidden, white=white, coloured=coloured, epoch_1904=epoch_1904)


def _style_sheets(text: str) -> Iterator[str]:
    """The style sheets of a page; one that never ends is none."""
    begin = None
    for tag in _STYLE_SHEET.finditer(text):
        if tag[1] and begin is not None:
            yield text[begin : tag.start()]
        begin = None if tag[1] else tag.end()


def _of_spreadsheet(text: str, epoch_1904: bool) -> PageStyles:
    codes: dict[str, str] = {}
    struck: dict[str, bool] = {}
    fonts: dict[str, dict[str, str]] = {}
    interiors: dict[str, dict[str, str]] = {}
    parents: dict[str, str] = {}
    for body in _STYLE.split(text[: max(0, text.find("Styles>", text.find("Styles>") + 1))])[1:]:
        tag = _TAG.match(body)
        given = _attributes(tag[1]) if tag is not None else {}
        name = given.get("id", "")
        parents[name] = given.get("parent", "" if name == DEFAULT else DEFAULT)
        if number_format := _FORMAT.search(body):
            code = _attributes(number_format[1]).get("format", "")
            codes[name] = _NAMED.get(code.casefold(), code)
        if font := _FONT.search(body):
            struck[name] = _attributes(font[1]).get("strikethrough", "0") not in ("0", "false")
            fonts[name] = _attributes(font[1])
        if interior := _INTERIOR.search(body):
            interiors[name] = _attributes(interior[1])
    numbers = {name: number for number, name in enumerate(parents)}
    own = [_inherited(name, codes, parents, "") for name in parents]
    crossed = frozenset(number for name, number in numbers.items() if _inherited(name, struck, parents, False))
    faint = frozenset(
        number
        for name, number in numbers.items()
        if is_faint_spreadsheet_xml(_inherited(name, fonts, parents, {}), _inherited(name, interiors, parents, {}))
    )
    formats = range(_OWN_FORMATS, _OWN_FORMATS + len(own))
    known = {number: code for number, code in zip(formats, own, strict=True) if code}
    meanings = style_meanings(formats, known, range(len(own)), crossed, faint)
    return PageStyles(True, numbers, meanings, epoch_1904=epoch_1904)


def _attributes(tag: str) -> dict[str, str]:
    return {name.casefold(): unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag)}


def _inherited(name: str, own: Mapping[str, Value], parents: Mapping[str, str], otherwise: Value) -> Value:
    """What a style, or the next one it is based on, says."""
    for _ in range(16):
        if name in own or name not in parents:
            break
        name = parents[name]
    return own.get(name, otherwise)
