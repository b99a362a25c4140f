"""The main parts of an xlsx: its sheets and their parts, its cell formats, the 1904 date system, whether it asks its reader to
calculate. Reads the XML parts that preflight inflated, as bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from pathlib import PurePosixPath

from .number_formats import LOCAL_CURRENCY, StyleMeanings, style_meanings
from .paper_colour import faint_formats, fonts_of

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_DATE_1904 = re.compile(rb"""date1904=["'](?:1|true)["']""")
_FULL_CALCULATION = re.compile(rb"""<(?:\w+:)?calcPr\s[^>]*fullCalcOnLoad=["'](?:1|true)["']""")
_NUMBER_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s[^>]*>")
_CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs[\s>].*?</(?:\w+:)?cellXfs>", re.DOTALL)
_CELL_FORMAT = re.compile(rb"<(?:\w+:)?xf[\s/>][^>]*")
_STYLE_SHEET = re.compile(rb"<(?:\w+:)?styleSheet[\s>]")
_STRIKE = re.compile(rb"""<(?:\w+:)?(?:strike|dstrike)(?!\s+val=["'](?:0|false))[\s/>]""")


def is_1904(parts: Mapping[str, bytes]) -> bool:
    """Whether serial day 0 is 1904-01-01."""
    return any(_DATE_1904.search(data[:65536]) for name, data in parts.items() if "worksheets" not in name.casefold())


def sheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Sheet name → name of its XML part, by workbook.xml and its relationships."""
    book = next((n for n in parts if n.casefold().endswith("workbook.xml")), None)
    if book is None:
        return {}
    targets = relations(parts, PurePosixPath(book))
    found = {}
    for tag in _SHEET.findall(parts[book]):
        attributes = attributes_of(tag)
        part = targets.get(attributes.get("r:id") or attributes.get("id", ""), "")
        if part:
            found[attributes.get("name", "")] = part
    return found


def relations(parts: Mapping[str, bytes], book: PurePosixPath) -> dict[str, str]:
    """Relation id → part name of what the workbook's main part refers to; empty without a relationships part."""
    lower = {name.casefold(): name for name in parts}
    folder = book.parent
    rels = lower.get(f"{folder}/_rels/{book.name}.rels".casefold().removeprefix("./"))
    if rels is None:
        return {}
    targets = {}
    for tag in _RELATION.findall(parts[rels]):
        attributes = attributes_of(tag)
        target = attributes.get("target", "")
        full = target.lstrip("/") if target.startswith("/") else str(folder / target)
        targets[attributes.get("id", "")] = lower.get(full.casefold(), "")
    return targets


def asks_for_calculation(parts: Mapping[str, bytes]) -> bool:
    """Whether the workbook tells its reader to calculate everything: programs that cannot calculate write so, and store 0."""
    return any(
        _FULL_CALCULATION.search(data) for name, data in parts.items() if name.casefold().endswith("workbook.xml")
    )


def style_sheet(parts: Mapping[str, bytes]) -> bytes:
    """styles.xml, whatever its name; empty where there is none."""
    named = next((data for name, data in parts.items() if name.casefold().endswith("styles.xml")), None)
    return next((data for data in parts.values() if _STYLE_SHEET.search(data[:2048])), b"") if named is None else named


def cell_styles(parts: Mapping[str, bytes]) -> StyleMeanings:
    """What the cell formats (cellXfs) of the workbook make of a number."""
    data = style_sheet(parts)
    codes: dict[int, str] = {}
    for tag in _NUMBER_FORMAT.findall(data):
        attributes = attributes_of(tag)
        if attributes.get("numfmtid", "").isdigit():
            codes[int(attributes["numfmtid"])] = attributes.get("formatcode", "")
    fonts = fonts_of(data) if b"strike" in data else ()
    struck = frozenset(n for n, font in enumerate(fonts) if _STRIKE.search(font))
    formats = _CELL_FORMATS.search(data)
    given = [attributes_of(tag) for tag in _CELL_FORMAT.findall(formats[0])] if formats else []
    return style_meanings(
        [_number(one.get("numfmtid")) for one in given],
        codes,
        [_number(one.get("fontid")) for one in given],
        struck,
        faint_formats(data, given),
        LOCAL_CURRENCY,
    )


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() and len(text) < 7 else 0


def attributes_of(tag: bytes) -> dict[str, str]:
    """Attributes of a tag, names in lower case; the relation id under `r:id` whatever its prefix."""
    pairs = re.findall(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag.decode("utf-8", "replace"))
    found = {key.casefold(): unescape(double or single) for key, double, single in pairs}
    relation = next((value for key, value in found.items() if key.endswith(":id")), None)
    return {**found, "r:id": relation} if relation else found
