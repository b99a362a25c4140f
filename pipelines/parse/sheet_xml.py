"""What fast readers lose of a worksheet of an xlsx: formulas without a cached value or with a stored 0, error cells, hidden rows
and columns, cells by their format.

The facts of a cell come from its position: `r` is optional on rows and cells (ECMA-376 18.3.1.4, 18.3.1.73), and a cell without
it stands behind the one before. The detailed pass runs only where a plain search finds something to look at, or where a cell has
no address, so that a normal sheet costs a few substring searches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from pipelines.model.raw import CellAddress, column_number

from .facts import SheetFacts, StyledCells, hidden_columns
from .number_formats import StyleMeanings

_HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row(?=\s)[^>]*?\shidden=["'](?:1|true)["'][^>]*>""")
_ROW_NUMBER = re.compile(rb"""\sr=["']([0-9]{1,7})["']""")
_COLUMNS = re.compile(rb"<(?:\w+:)?col\s([^>]*)>")
_COLUMN_RANGE = re.compile(rb"""(?:^|\s)(min|max)=["']([0-9]{1,5})["']""")
_UNSEEN_COLUMN = re.compile(rb"""(?:^|\s)(?:hidden=["'](?:1|true)|width=["']0(?:\.0*)?)["']""")
"""A column of no width is as little seen as a hidden one."""
_ANY_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)>")
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*?\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)""", re.DOTALL
)
_UNADDRESSED = re.compile(rb'<c(?! r=")')
_CELL_END = re.compile(rb"</(?:\w+:)?c>")
_PREFIXED = re.compile(rb"<\w+:worksheet[\s>]")
_FORMULA, _ERROR = re.compile(rb"<f"), re.compile(rb""" t=["']e["']""")
_TYPE = re.compile(rb"""\st=["'](\w+)["']""")
_STYLE = re.compile(rb"""\ss=["']([0-9]{1,6})["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)</")
_FORMULA_TEXT = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?>([^<]*)</")
_REFERENCE = re.compile(rb"""\sr=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_INLINE = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>[^<]+</")
_ZERO = re.compile(rb"-?0(?:\.0*)?(?:[eE][+-]?[0-9]+)?")


class _Seen:
    """Collects the facts of the cells of a sheet."""

    def __init__(self, asked: bool = False) -> None:
        self.asked = asked
        self.results: dict[CellAddress, str] = {}
        self.no_value: set[CellAddress] = set()
        self.errors: dict[CellAddress, str] = {}
        self.zeros: dict[CellAddress, str] = {}
        self.calculated = False

    def look(self, address: CellAddress, attributes: bytes, body: bytes) -> None:
        """An error cell, a formula without value, or one whose stored result is 0 or empty."""
        value, kind = _VALUE.search(body), _TYPE.search(attributes)
        if kind is not None and kind[1] == b"e":
            self.errors[address] = unescape(value[1].decode("utf-8", "replace")) if value else "#ERROR!"
        elif (value is None or not value[1]) and not _INLINE.search(body) and (kind is None or kind[1] != b"str"):
            self.no_value.add(address)
        elif value is None or not value[1] or (_ZERO.fullmatch(value[1]) and (kind is None or kind[1] == b"n")):
            formula = _FORMULA_TEXT.search(body)
            self.zeros[address] = unescape(formula[1].decode("utf-8", "replace")) if formula else ""
        else:
            self.calculated = True
            if self.asked and (kind is None or kind[1] == b"n") and (formula := _FORMULA_TEXT.search(body)):
                self.results[address] = unescape(formula[1].decode("utf-8", "replace"))


def sheet_facts(data: bytes, styles: StyleMeanings = StyleMeanings(), asked: bool = False) -> SheetFacts:  # noqa: B008  # frozen
    """The facts of one worksheet part; `asked`: the workbook asks its reader to calculate."""
    if _PREFIXED.search(data[:2048]) or not _is_addressed(data):
        return _by_position(data, styles, asked)
    hidden = _hidden_rows(data) if b" hidden=" in data else frozenset()
    seen = _Seen(asked)
    end = 0
    for mark in sorted(found.start() for pattern in (_FORMULA, _ERROR) for found in pattern.finditer(data)):
        if mark < end:
            continue
        start = data.rfind(b"<c ", end, mark)
        cell = _CELL.match(data, start) if start >= 0 else None
        if cell is None:
            end = mark + 1  # nothing before it belongs to a later mark: a file of broken cells is passed over once
            continue
        end = cell.end()
        seen.look((int(cell[3]), column_number(cell[2].decode())), cell[1], cell[4] or b"")
    return SheetFacts(
        frozenset(seen.no_value),
        seen.errors,
        hidden,
        _styled_cells(data, styles.percent),
        _styled_cells(data, styles.percent_text),
        _styled_cells(data, styles.struck),
        seen.zeros,
        _styled_cells(data, styles.scaled),
        seen.calculated,
        {cell: unit for style, unit in styles.units.items() for cell in _styled_cells(data, (style,))},
        {cell: code for style, code in styles.by_value.items() for cell in _styled_cells(data, (style,))},
        hidden_columns=_hidden_columns(data),
        faint=_styled_cells(data, styles.faint),
        results=seen.results,
    )


def _is_addressed(data: bytes) -> bool:
    """Whether every cell begins with its address, as nearly all programs write it."""
    begin, end = data.find(b"<sheetData"), data.rfind(b"</sheetData>")
    # between these no other element's name begins with c
    return _UNADDRESSED.search(data, max(begin, 0), len(data) if end < 0 else end) is None


def _by_position(data: bytes, styles: StyleMeanings, asked: bool) -> SheetFacts:
    """The same, cell by cell, counting rows and columns where they have no address."""
    seen = _Seen(asked)
    hidden: set[int] = set()
    styled = StyledCells(styles)
    row = column = 0
    tags = _ROW_OR_CELL.finditer(data)
    following = next(tags, None)
    while (tag := following) is not None:
        following = next(tags, None)
        attributes = tag[2]
        if tag[1] == b"row":
            number = _ROW_NUMBER.search(attributes)
            row, column = int(number[1]) if number else row + 1, 0
            if b" hidden=" in attributes and _HIDDEN_ROW.match(data, tag.start()):
                hidden.add(row)
            continue
        reference = _REFERENCE.search(attributes)
        address = (int(reference[2]), column_number(reference[1].decode())) if reference else (row, column + 1)
        row, column = address
        style = _STYLE.search(attributes)
        if style is not None and styled.matters:
            styled.add(address, int(style[1]))
        if attributes.endswith(b"/"):
            continue
        body = _CELL_END.split(data[tag.end() : following.start() if following else None], maxsplit=1)[0]
        kind = _TYPE.search(attributes)
        if (kind is not None and kind[1] == b"e") or b"<f" in body or b":f" in body:
            seen.look(address, attributes, body)
    return SheetFacts(
        frozenset(seen.no_value),
        seen.errors,
        frozenset(hidden),
        styled.of("percent"),
        styled.of("percent_text"),
        styled.of("struck"),
        seen.zeros,
        styled.of("scaled"),
        seen.calculated,
        styled.units,
        styled.by_value,
        hidden_columns=_hidden_columns(data),
        faint=styled.of("faint"),
        results=seen.results,
    )


def _styled_cells(data: bytes, styles: Iterable[int]) -> frozenset[CellAddress]:
    found = set()
    for style in styles:
        for mark in (b' s="%d"' % style, b" s='%d'" % style):
            for at in _find_all(data, mark):
                start = data.rfind(b"<", 0, at)
                reference = _REFERENCE.search(data, start, data.find(b">", at) + 1)
                if reference is not None:
                    found.add((int(reference[2]), column_number(reference[1].decode())))
    return frozenset(found)


def _find_all(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


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


def _hidden_columns(data: bytes) -> frozenset[int]:
    """Numbers of hidden columns; their elements stand before the rows."""
    ranges = []
    for tag in _COLUMNS.finditer(data, 0, max(0, data.find(b"sheetData"))):
        places = {name: int(number) for name, number in _COLUMN_RANGE.findall(tag[1])}
        if len(places) == 2 and _UNSEEN_COLUMN.search(tag[1]):
            ranges.append((places[b"min"], places[b"max"]))
    return hidden_columns(ranges)
