"""What a reader does not tell of an OpenDocument sheet: how far it reaches, formulas without value, percent cells, merged cells.

One pass over the tags of `content.xml`. A row or cell that is repeated a million times costs eighty bytes in the file and
gigabytes in a reader, so the extent is computed from the repeats, before a reader sees the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.model.raw import CellAddress, MergedRange

from .facts import SheetFacts

_TAG = re.compile(
    rb"""<(/?)table:(table-row|table-cell|covered-table-cell|table)(?=[\s>/])((?:[^>"']|"[^"]*"|'[^']*')*?)(/?)>"""
)
_ATTRIBUTE = re.compile(rb"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_EXTERNAL = re.compile(rb"<table:table-source[\s>/]|<table:cell-range-source[\s>/]|<table:dde-link")
_REPEATS = (b"table:number-rows-repeated", b"table:number-columns-repeated")


@dataclass
class _Sheet:
    name: str
    row: int = 0
    column: int = 0
    step: int = 1
    last_row: int = 0
    last_column: int = 0
    no_value: set[CellAddress] = field(default_factory=set)
    errors: dict[CellAddress, str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    percent: set[CellAddress] = field(default_factory=set)
    merged: list[MergedRange] = field(default_factory=list)

    def facts(self) -> SheetFacts:
        return SheetFacts(
            frozenset(self.no_value),
            self.errors,
            frozenset(self.hidden_rows),
            frozenset(self.percent),
            merged=tuple(self.merged),
            last_row=self.last_row,
            last_column=self.last_column,
        )


def has_external_links(content: bytes) -> bool:
    """Whether a sheet takes its values from another file."""
    return _EXTERNAL.search(content) is not None


def sheet_facts(content: bytes) -> dict[str, SheetFacts]:
    """Facts of every sheet of content.xml; `last_row` and `last_column` of its filled cells count repeats."""
    found: dict[str, _Sheet] = {}
    sheet: _Sheet | None = None
    for tag in _TAG.finditer(content):
        closing, kind, text, _ = tag.groups()
        if kind == b"table":
            sheet = None
            if not closing:
                name = _attributes(text).get(b"table:name", b"").decode("utf-8", "replace")
                sheet = found.setdefault(name, _Sheet(name))
            continue
        if sheet is None or closing:
            continue
        if kind == b"table-row":
            attributes = _attributes(text)
            sheet.row += sheet.step
            sheet.step = _count(attributes, _REPEATS[0])
            sheet.column = 0
            if attributes.get(b"table:visibility") in (b"collapse", b"filter") and sheet.step < 1000:
                sheet.hidden_rows.update(range(sheet.row, sheet.row + sheet.step))
            continue
        if sheet.row == 0:
            continue
        attributes = _attributes(text)
        _cell(sheet, attributes, _count(attributes, _REPEATS[1]))
    return {name: one.facts() for name, one in found.items()}


def _cell(sheet: _Sheet, attributes: dict[bytes, bytes], repeat: int) -> None:
    first = sheet.column + 1
    sheet.column += repeat
    kind = attributes.get(b"office:value-type")
    if kind is not None or b"table:formula" in attributes:
        sheet.last_row = max(sheet.last_row, sheet.row + sheet.step - 1)
        sheet.last_column = max(sheet.last_column, sheet.column)
    down = _count(attributes, b"table:number-rows-spanned")
    right = _count(attributes, b"table:number-columns-spanned")
    if down > 1 or right > 1:
        sheet.merged.append((sheet.row, first, sheet.row + down - 1, first + right - 1))
    if repeat > 1000 or sheet.step > 1000:
        return
    places = [(row, at) for row in range(sheet.row, sheet.row + sheet.step) for at in range(first, first + repeat)]
    if kind == b"percentage":
        sheet.percent.update(places)
    error = attributes.get(b"calcext:value-type") == b"error"
    if error:
        sheet.errors.update(dict.fromkeys(places, "#ERROR!"))
    elif b"table:formula" in attributes and kind is None:
        sheet.no_value.update(places)


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return {name: double or single for name, double, single in _ATTRIBUTE.findall(text)}


def _count(attributes: dict[bytes, bytes], name: bytes) -> int:
    text = attributes.get(name, b"1")
    return min(int(text), 10**9) if text.isdigit() and len(text) < 12 else 10**9 if text.isdigit() else 1
