"""Tables of web pages and of Excel's XML of 2003, which web systems give out under the name .xls: read as the tables they are.

No reader of pages is involved and nothing is fetched or run: tags are walked once, texts, spans and formats are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from pipelines.model.raw import Cell, CellAddress, MergedRange, ParsedFile, RawSheet
from pipelines.model.submissions import Problem

from .raised_digits import ABOVE, BELOW, STRUCK, marked_figure
from .text import MAX_COLUMNS, MAX_ROWS
from .text_encoding import ENCODINGS, decode

_CELLS = {"td", "th", "cell"}
_COLUMNS = {"col", "colgroup", "column"}
_ROWS = {"tr", "row"}
_BREAKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "caption", "center", "body", "title"}
_STRUCK = {"s", "del", "strike"}
_SILENT = {"script", "style", "head", "styles", "documentproperties", "xml", "noscript", "template"}
_VOID = {"br", "img", "hr", "input", "wbr", "col", "meta", "link", "area", "embed", "source"}
_MARKUP = (
    b"<html",
    b"<!doctype html",
    b"<table",
    b"<div",
    b"<meta",
    b"<head",
    b"<body",
    b"<style",
    b"<?xml",
    b"<!--",
    b"<center",
    b"<workbook",
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|font-size\s*:\s*0(?:p[xt]|em|%)?\s*(?:;|$)",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
_UNSEEN = "unseen"
_SCRIPTS = {"sup": ABOVE, "super": ABOVE, "sub": BELOW}
_LINE_THROUGH = re.compile(r"line-through", re.IGNORECASE)
MAX_SPAN = 1000


def is_markup_table(content: bytes) -> bool:
    """Whether a text is a page with a table, or Excel's XML of 2003; the marks are ASCII in every encoding that is read."""
    head = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head.startswith(_MARKUP):
        return False
    sample = content[:4_000_000].lower()
    return b"<table" in sample and (b"<tr" in sample or b"<row" in sample)


def read_html(content: bytes, name: str, encodings: Sequence[str] = ENCODINGS) -> ParsedFile:
    """Every table as a sheet, with the texts above it as rows; problems as `text.decode` finds them."""
    text, encoding, problem = decode(content, encodings)
    if problem is not None:
        return ParsedFile(name, "html", problems=(problem,))
    walker = _Walker()
    try:
        walker.feed(text)
        walker.close()
    except _TooLarge:
        params = {"kind": "too_many_cells", "limit": str(MAX_ROWS)}
        return ParsedFile(name, "html", encoding=encoding, problems=(Problem("A01", params=params),))
    return ParsedFile(name, "html", tuple(walker.sheets()), encoding)


class _TooLarge(Exception):
    """More rows or columns than a table has."""


@dataclass
class _Table:
    name: str
    rows: list[list[Cell]] = field(default_factory=list)
    merged: list[MergedRange] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    columns: int = 0
    hidden_columns: set[int] = field(default_factory=set)
    hidden_group: bool = False
    struck: set[CellAddress] = field(default_factory=set)

    def next_row(self, skip: int = 0) -> None:
        """Begins a row; cells that reach down into it keep their place."""
        for _ in range(1 + skip):
            self.rows.append([])
            self.taken = {column: left - 1 for column, left in self.taken.items() if left > 1}
        if len(self.rows) > MAX_ROWS:
            raise _TooLarge

    def add_columns(self, tag: str, given: Mapping[str, str]) -> None:
        """What a page says of its columns: <col span> or a <colgroup span> without such, <Column ss:Index ss:Span> (span further ones)."""
        unseen = _is_unseen(given)
        if tag == "colgroup":
            self.hidden_group = unseen
            if "span" not in given:
                return
        first = _count(given.get("index", ""), self.columns + 1)
        self.columns = first - 1 + _count(given.get("span", ""), 0 if tag == "column" else 1) + (tag == "column")
        if unseen or self.hidden_group:
            self.hidden_columns.update(range(first, min(self.columns, MAX_COLUMNS) + 1))

    def add(self, value: Cell, right: int, down: int, column: int | None) -> None:
        """A cell at the next free place (or the column given, from 0) of the current row."""
        row = self.rows[-1]
        at = len(row) if column is None else max(column, len(row))
        while column is None and at in self.taken:
            at += 1
        if at + right > MAX_COLUMNS:
            raise _TooLarge
        row += [None] * (at - len(row))
        row += [value, *[None] * (right - 1)]
        if right > 1 or down > 1:
            number = len(self.rows)
            self.merged.append((number, at + 1, number + down - 1, at + right))
        if down > 1:
            self.taken.update(dict.fromkeys(range(at, at + right), down))


class _Walker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._done: list[_Table] = []
        self._open: list[_Table] = []
        self._above: list[str] = []
        self._text: list[str] = []
        self._runs: list[tuple[str, str]] = []
        self._inside: list[tuple[str, str]] = []
        self._cell: dict[str, str] | None = None
        self._silent = self._struck = 0
        self._seen_strike = False
        self._sheet = ""
        self._kind = ""

    def sheets(self) -> list[RawSheet]:
        """The tables that have rows."""
        return [
            RawSheet(
                table.name,
                table.rows,
                range(1, len(table.rows) + 1),
                merged=tuple(table.merged),
                hidden_rows=frozenset(table.hidden),
                hidden_columns=frozenset(table.hidden_columns),
                struck=frozenset(table.struck),
            )
            for table in [*self._done, *self._open]
            if table.rows
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key.rpartition(":")[2] if key != "x:num" else key: value or "" for key, value in attrs}
        tag = tag.rpartition(":")[2]
        if tag in _SILENT:
            self._silent += 1
        elif tag == "worksheet":
            self._sheet = given.get("name", "")
        elif tag == "table":
            self._end_cell()
            self._flush_text()
            table = _Table(
                self._sheet or (f"表{len(self._done) + len(self._open) + 1}" if self._done or self._open else "")
            )
            for line in self._above:
                table.next_row()
                table.add(line, 1, 1, None)
            self._above = []
            self._open.append(table)
        elif tag in _ROWS and self._open:
            self._end_cell()
            index = _count(given.get("index", ""), 0)
            self._open[-1].next_row(min(max(0, index - len(self._open[-1].rows) - 1), MAX_ROWS))
            if _is_unseen(given):
                self._open[-1].hidden.add(len(self._open[-1].rows))
        elif tag in _COLUMNS and self._open:
            self._open[-1].add_columns(tag, given)
        elif tag in _CELLS and self._open and self._open[-1].rows:
            self._end_cell()
            self._cell, self._text, self._kind = given, [], ""
            self._runs, self._inside = [], []
            self._seen_strike = bool(_LINE_THROUGH.search(given.get("style", "")))
        elif tag == "data":
            self._kind = given.get("type", "")
        elif tag == "br" or (tag in _BREAKS and self._cell is not None and self._text):
            self._text.append("\n")
            self._runs.append(("\n", ""))
        elif tag in _BREAKS:
            self._flush_text()
        if tag in _STRUCK or _LINE_THROUGH.search(given.get("style", "")):
            self._struck += tag in _STRUCK
            self._seen_strike = self._cell is not None
        if self._cell is not None and tag not in _CELLS | _VOID:
            self._inside.append((tag, _special(tag, given)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag.rpartition(":")[2] not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        opened = next((n for n in range(len(self._inside) - 1, -1, -1) if self._inside[n][0] == tag), None)
        if opened is not None:
            del self._inside[opened:]
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _CELLS or tag in _ROWS:
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self._done.append(self._open.pop())
        elif tag in _STRUCK:
            self._struck = max(0, self._struck - 1)
        elif tag in _BREAKS and self._cell is None:
            self._flush_text()

    def handle_data(self, data: str) -> None:
        kinds = [kind for _, kind in self._inside if kind]
        if not self._silent and _UNSEEN not in kinds and (self._cell is not None or not self._open):
            self._text.append(data)
            self._runs.append((data, kinds[-1] if kinds else ""))

    def _flush_text(self) -> None:
        if self._cell is None:
            text = " ".join("".join(self._text).split())
            self._text = []
            if text and not self._open:
                self._above = [*self._above[-40:], text]

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        given, self._cell = self._cell, None
        text = "\n".join(" ".join(line.split()) for line in "".join(self._text).split("\n")).strip()
        self._text = []
        figure = marked_figure(self._runs)
        text = figure[1].strip() if figure else text
        self._inside = []
        table = self._open[-1]
        right = (
            _count(given.get("colspan", ""), 1) if "colspan" in given else 1 + _count(given.get("mergeacross", ""), 0)
        )
        down = _count(given.get("rowspan", ""), 1) if "rowspan" in given else 1 + _count(given.get("mergedown", ""), 0)
        column = _count(given["index"], 1) - 1 if given.get("index") else None
        table.add(_value(text, given.get("x:num", ""), self._kind), max(1, right), max(1, down), column)
        place = len(table.rows[-1]) - max(1, right) + 1
        if self._seen_strike and text:
            table.struck.add((len(table.rows), place))
        if _is_unseen(given) and any(character.isdigit() for character in text):
            table.hidden_columns.add(place)
        self._seen_strike = False


def _is_unseen(given: Mapping[str, str]) -> bool:
    """Whether an element says that it is not shown, in the words of pages or of Excel's XML (ss:Hidden="1")."""
    return bool(_HIDDEN.search(given.get("style", ""))) or given.get("hidden", "0") not in ("0", "until-found")


def _special(tag: str, given: Mapping[str, str]) -> str:
    """What a tag makes of the text in it: not seen at all, above or below the line, struck through."""
    style = given.get("style", "")
    if _is_unseen(given):
        return _UNSEEN
    script = _SCRIPT.search(style)
    if tag in _SCRIPTS or script is not None:
        return _SCRIPTS[script[1].casefold() if script is not None else tag]
    return STRUCK if tag in _STRUCK or _LINE_THROUGH.search(style) else ""


def _count(text: str, otherwise: int) -> int:
    return min(int(text), MAX_SPAN) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise


def _value(text: str, stored: str, kind: str) -> Cell:
    """A number where the page says what is stored and its text is no percentage; else the text."""
    number = stored or (text if kind == "Number" else "")
    if number and "%" not in text:
        try:
            return float(number)
        except ValueError:
            return text
    return text
