"""What fast readers lose of a workbook: formulas without a cached value, error cells, hidden rows, the 1904 date system.

Reads the XML parts that preflight inflated, as bytes; the detailed pass runs only where a plain search finds something to
look at, so that a normal sheet costs four substring searches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import PurePosixPath

from pipelines.model.raw import CellAddress

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_DATE_1904 = re.compile(rb"""date1904=["'](?:1|true)["']""")
_HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\shidden=["'](?:1|true)["'][^>]*>""")
_ROW_NUMBER = re.compile(rb"""\sr=["']([0-9]+)["']""")
_ANY_ROW = re.compile(rb"<(?:\w+:)?row[\s>]")
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*?\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)""", re.DOTALL
)
_PREFIXED = re.compile(rb"<\w+:worksheet[\s>]")
_MARK = re.compile(rb"""<(?:\w+:)?f[\s>/]|\st=["']e["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)</")
_INLINE = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>[^<]+</")


@dataclass(frozen=True)
class SheetFacts:
    """Of one sheet: addresses from 1. `no_value`: formula, nothing cached."""

    no_value: frozenset[CellAddress] = frozenset()
    errors: Mapping[CellAddress, str] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()


def is_1904(parts: Mapping[str, bytes]) -> bool:
    """Whether serial day 0 is 1904-01-01."""
    return any(_DATE_1904.search(data[:65536]) for name, data in parts.items() if "worksheets" not in name.casefold())


def sheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Sheet name → name of its XML part, by workbook.xml and its relationships."""
    lower = {name.casefold(): name for name in parts}
    book = next((n for n in parts if n.casefold().endswith("workbook.xml")), None)
    if book is None:
        return {}
    folder = PurePosixPath(book).parent
    rels = lower.get(f"{folder}/_rels/{PurePosixPath(book).name}.rels".casefold().removeprefix("./"))
    if rels is None:
        return {}
    targets = {}
    for tag in _RELATION.findall(parts[rels]):
        attributes = _attributes(tag)
        target = attributes.get("target", "")
        full = target.lstrip("/") if target.startswith("/") else str(folder / target)
        targets[attributes.get("id", "")] = lower.get(full.casefold(), "")
    found = {}
    for tag in _SHEET.findall(parts[book]):
        attributes = _attributes(tag)
        part = targets.get(attributes.get("r:id") or attributes.get("id", ""), "")
        if part:
            found[attributes.get("name", "")] = part
    return found


def sheet_facts(data: bytes) -> SheetFacts:
    """The facts of one worksheet part."""
    hidden = _hidden_rows(data) if b" hidden=" in data else frozenset()
    if _PREFIXED.search(data[:2048]):
        marks = [match.start() for match in _MARK.finditer(data)]
    else:
        marks = sorted(at for mark in (b"<f", b' t="e"', b" t='e'") for at in _find_all(data, mark))
    no_value: set[CellAddress] = set()
    errors: dict[CellAddress, str] = {}
    end = 0
    for mark in marks:
        if mark < end:
            continue
        start = max(data.rfind(b"<c ", end, mark), data.rfind(b":c ", end, mark))
        cell = _CELL.match(data, data.rfind(b"<", end, start + 1)) if start >= 0 else None
        if cell is None:
            continue
        end = cell.end()
        attributes, column, row, body = cell[1], cell[2], cell[3], cell[4] or b""
        value = _VALUE.search(body)
        address = (int(row), _column_number(column))
        if b't="e"' in attributes or b"t='e'" in attributes:
            errors[address] = unescape(value[1].decode("utf-8", "replace")) if value else "#ERROR!"
        elif (value is None or not value[1]) and not _INLINE.search(body) and b't="str"' not in attributes:
            no_value.add(address)
    return SheetFacts(frozenset(no_value), errors, hidden)


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
    found = set()
    for tag in _HIDDEN_ROW.finditer(data):
        number = _ROW_NUMBER.search(tag[0])
        found.add(int(number[1]) if number else len(_ANY_ROW.findall(data, 0, tag.end())))
    return frozenset(found)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
