"""What fast readers lose of a workbook: formulas without a cached value, error cells, hidden rows, the 1904 date system.

Reads the XML parts that preflight inflated, as bytes; the detailed pass runs only where a plain search finds something to
look at, so that a normal sheet costs four substring searches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from pathlib import PurePosixPath

from pipelines.model.raw import CellAddress

from .facts import SheetFacts

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_DATE_1904 = re.compile(rb"""date1904=["'](?:1|true)["']""")
_HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row(?=\s)[^>]*?\shidden=["'](?:1|true)["'][^>]*>""")
_ROW_NUMBER = re.compile(rb"""\sr=["']([0-9]+)["']""")
_ANY_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*?\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)""", re.DOTALL
)
_PREFIXED = re.compile(rb"<\w+:worksheet[\s>]")
_MARK = re.compile(rb"""<(?:\w+:)?f[\s>/]|\st=["']e["']""")
_FORMULA, _ERROR = re.compile(rb"<f"), re.compile(rb""" t=["']e["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)</")
_LITERAL = re.compile(r'"[^"]*"|\\.|!.|_.|\*.|\[[^\]]*\]')
_SCALES = re.compile(r"[0#?],+(?![0#?,])")
_FALSE_POINT = re.compile(r"""[0#?](?:[!\\]\.|"\.")[0#?]""")
_NUMBER_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s[^>]*>")
_CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs[\s>].*?</(?:\w+:)?cellXfs>", re.DOTALL)
_FORMAT_ID = re.compile(rb"""<(?:\w+:)?xf\s[^>]*?numFmtId=["']([0-9]{1,6})["']""")
_REFERENCE = re.compile(rb"""\sr=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_INLINE = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>[^<]+</")


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
        attributes = _attributes(tag)
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
        attributes = _attributes(tag)
        target = attributes.get("target", "")
        full = target.lstrip("/") if target.startswith("/") else str(folder / target)
        targets[attributes.get("id", "")] = lower.get(full.casefold(), "")
    return targets


def number_styles(parts: Mapping[str, bytes]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Indexes of the cell formats (cellXfs) that show a number as percent, and of those that show a thousandth or a
    ten-thousandth of it (`0!.0,`: stored in 元, shown in 万元)."""
    data = next((data for name, data in parts.items() if name.casefold().endswith("styles.xml")), b"")
    if b"<numFmt" not in data and b":numFmt" not in data and b'Id="9"' not in data and b'Id="10"' not in data:
        return (), ()
    percents, scaled = {9, 10}, set()
    for tag in _NUMBER_FORMAT.findall(data):
        attributes = _attributes(tag)
        code, number = attributes.get("formatcode", ""), attributes.get("numfmtid", "")
        if not number.isdigit():
            continue
        if "%" in code:
            percents.add(int(number))
        if _SCALES.search(_LITERAL.sub("", code.split(";")[0])) or _FALSE_POINT.search(code):
            scaled.add(int(number))
    formats = _CELL_FORMATS.search(data)
    ids = [int(match[1]) for match in _FORMAT_ID.finditer(formats[0])] if formats else []
    return (
        tuple(index for index, number in enumerate(ids) if number in percents),
        tuple(index for index, number in enumerate(ids) if number in scaled),
    )


def _styled_cells(data: bytes, styles: Iterable[int]) -> frozenset[CellAddress]:
    found = set()
    for style in styles:
        for mark in (b' s="%d"' % style, b" s='%d'" % style):
            for at in _find_all(data, mark):
                start = data.rfind(b"<", 0, at)
                reference = _REFERENCE.search(data, start, data.find(b">", at) + 1)
                if reference is not None:
                    found.add((int(reference[2]), _column_number(reference[1])))
    return frozenset(found)


def sheet_facts(data: bytes, percents: Iterable[int] = (), scaling: Iterable[int] = ()) -> SheetFacts:
    """The facts of one worksheet part; `percents` and `scaling` are the formats of number_styles."""
    hidden = _hidden_rows(data) if b" hidden=" in data else frozenset()
    if _PREFIXED.search(data[:2048]):
        marks = [match.start() for match in _MARK.finditer(data)]
    else:
        marks = sorted(match.start() for mark in (_FORMULA, _ERROR) for match in mark.finditer(data))
    no_value: set[CellAddress] = set()
    errors: dict[CellAddress, str] = {}
    end = 0
    for mark in marks:
        if mark < end:
            continue
        start = max(data.rfind(b"<c ", end, mark), data.rfind(b":c ", end, mark))
        cell = _CELL.match(data, data.rfind(b"<", end, start + 1)) if start >= 0 else None
        if cell is None:
            end = mark + 1  # nothing before it belongs to a later mark: a file of broken cells is passed over once
            continue
        end = cell.end()
        attributes, column, row, body = cell[1], cell[2], cell[3], cell[4] or b""
        value = _VALUE.search(body)
        address = (int(row), _column_number(column))
        if b't="e"' in attributes or b"t='e'" in attributes:
            errors[address] = unescape(value[1].decode("utf-8", "replace")) if value else "#ERROR!"
        elif (value is None or not value[1]) and not _INLINE.search(body) and b't="str"' not in attributes:
            no_value.add(address)
    shown = _styled_cells(data, percents)
    return SheetFacts(frozenset(no_value), errors, hidden, shown, _styled_cells(data, scaling))


def _find_all(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def _attributes(tag: bytes) -> dict[str, str]:
    pairs = re.findall(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag.decode("utf-8", "replace"))
    found = {key.casefold(): unescape(double or single) for key, double, single in pairs}
    relation = next((value for key, value in found.items() if key.endswith(":id")), None)
    return {**found, "r:id": relation} if relation else found


def _hidden_rows(data: bytes) -> frozenset[int]:
    """Numbers of hidden rows; a row without a number is counted on from the last place that was counted."""
    found = set()
    counted = position = 0
    for tag in _HIDDEN_ROW.finditer(data):
        number = _ROW_NUMBER.search(tag[0])
        if number is None:
            counted += len(_ANY_ROW.findall(data, position, tag.end()))
            position = tag.end()
        found.add(int(number[1]) if number else counted)
    return frozenset(found)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
