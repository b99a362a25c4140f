"""Tables of web pages and of Excel's XML of 2003, which web systems give out under the name .xls: read as the tables they are.

No reader of pages is involved and nothing is fetched or run: tags are walked once, texts, spans and formats are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser

from pipelines.model.raw import ParsedFile, RawSheet
from pipelines.model.submissions import Problem

from .comments import correction
from .page_colours import all_faint, has_ground, is_white
from .page_figures import figure_of
from .page_styles import PageStyles, page_styles
from .page_table import PageTable, TooLarge, count_of, is_unseen
from .raised_digits import ABOVE, BELOW, FAINT, STRUCK, marked_figure
from .text import MAX_ROWS
from .text_encoding import ENCODINGS, decode
from .texts_beside import PAGE, UNDER, page_text

_CELLS = {"td", "th", "cell"}
_COLUMNS = {"col", "colgroup", "column"}
_ROWS = {"tr", "row"}
_BREAKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "caption", "center", "body", "title"}
_STRUCK = {"s", "del", "strike"}
_SILENT = {"script", "style", "head", "styles", "documentproperties", "xml", "noscript", "template"}
_SILENT |= {"comment", "phonetictext", "rt", "rp", "select", "datalist"}
"""Not read: comments and readings of a cell stand inside it, of a choice nobody knows which one is shown."""
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
_SCRIPT = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
_UNSEEN = "unseen"
_SCRIPTS = {"sup": ABOVE, "super": ABOVE, "sub": BELOW}
_HIDDEN_SHEETS = ("SheetHidden", "SheetVeryHidden")
_LINE_THROUGH = re.compile(r"line-through", re.IGNORECASE)


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
    styles = page_styles(text)
    walker = _Walker(styles)
    try:
        walker.feed(text)
        walker.close()
    except TooLarge:
        params = {"kind": "too_many_cells", "limit": str(MAX_ROWS)}
        return ParsedFile(name, "html", encoding=encoding, problems=(Problem("A01", params=params),))
    sheets = tuple(walker.sheets())
    if sheets and all(sheet.hidden for sheet in sheets):
        return ParsedFile(name, "html", encoding=encoding, problems=(Problem("A01", params={"kind": "no_sheet"}),))
    return ParsedFile(name, "html", sheets, encoding, epoch_1904=styles.epoch_1904)


class _Walker(HTMLParser):
    def __init__(self, styles: PageStyles) -> None:
        super().__init__(convert_charrefs=True)
        self._styles = styles
        self._done: list[PageTable] = []
        self._open: list[PageTable] = []
        self._first = 0
        self._above: list[str] = []
        self._text: list[str] = []
        self._runs: list[tuple[str, str]] = []
        self._inside: list[tuple[str, str]] = []
        self._cell: dict[str, str] | None = None
        self._silent = self._struck = 0
        self._seen_strike = False
        self._comment: list[str] | None = None
        self._sheet = ""
        self._kind = ""

    def sheets(self) -> list[RawSheet]:
        """The tables that have rows; what stands below the last one is beside it."""
        self._flush_text()
        if self._done and not self._open:
            self._done[-1].beside += [(UNDER, line) for line in self._above]
        return [table.sheet() for table in [*self._done, *self._open] if table.rows]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key.rpartition(":")[2] if key != "x:num" else key: value or "" for key, value in attrs}
        tag = tag.rpartition(":")[2]
        if tag in _SILENT:
            self._silent += 1
            self._comment = [] if tag == "comment" else self._comment
        elif tag in ("header", "footer") and self._styles.spreadsheet:
            for table in self._done[self._first :]:
                table.beside.append((PAGE, page_text(given.get("data", ""))))
        elif tag == "worksheet":
            self._sheet, self._first = given.get("name", ""), len(self._done)
        elif tag == "table":
            self._end_cell()
            self._flush_text()
            number = len(self._done) + len(self._open) + 1
            table = PageTable(self._sheet or (f"表{number}" if number > 1 else ""), self._styles)
            table.style = given.get("styleid", table.style)
            table.ground = has_ground(given, self._styles.coloured)
            table.is_hidden = is_unseen(given, self._styles.hidden)
            for line in self._above:
                table.next_row()
                table.add(line, 1, 1, None)
            self._above = []
            self._open.append(table)
        elif tag in _ROWS and self._open:
            self._end_cell()
            index = count_of(given.get("index", ""), 0)
            self._open[-1].next_row(min(max(0, index - len(self._open[-1].rows) - 1), MAX_ROWS))
            self._open[-1].row_style = given.get("styleid", "")
            self._open[-1].row_ground = has_ground(given, self._styles.coloured)
            if is_unseen(given, self._styles.hidden):
                self._open[-1].hidden.add(len(self._open[-1].rows))
        elif tag in _COLUMNS and self._open:
            self._open[-1].add_columns(tag, given)
        elif tag in _CELLS and self._open and self._open[-1].rows:
            self._end_cell()
            self._cell, self._text, self._kind = given, [], ""
            self._runs, self._inside = [], []
            self._seen_strike = bool(_LINE_THROUGH.search(given.get("style", "")))
        elif tag == "data" and not self._silent:
            self._kind = given.get("type", "")
        elif tag == "br" or (tag in _BREAKS and self._cell is not None and self._text):
            self._text.append("\n")
            self._runs.append(("\n", ""))
        elif tag in _BREAKS:
            self._flush_text()
        if tag == "input" and self._cell is not None and _is_field(given, self._styles.hidden):
            self.handle_data(given.get("value", ""))
        if tag in _STRUCK or _LINE_THROUGH.search(given.get("style", "")):
            self._struck += tag in _STRUCK
            self._seen_strike = self._cell is not None
        if self._cell is not None and tag not in _CELLS | _VOID:
            self._inside.append((tag, _special(tag, given, self._styles.hidden, self._styles.white)))

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

    def unknown_decl(self, data: str) -> None:
        """Marked text of Excel's XML is text; pages know none."""
        if self._styles.spreadsheet and data.startswith("CDATA["):
            self.handle_data(data[6:])

    def handle_data(self, data: str) -> None:
        if self._styles.spreadsheet and self._cell is None and data.strip() in _HIDDEN_SHEETS:
            for table in self._done[self._first :]:
                table.is_hidden = True
        if self._silent and self._comment is not None:
            self._comment.append(data)
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
        unseen = all_faint(self._runs, is_white(given, self._styles.white))
        figure = None if unseen else marked_figure(self._runs)
        text = figure[1].strip() if figure else text
        self._inside = []
        table = self._open[-1]
        right = (
            count_of(given.get("colspan", ""), 1)
            if "colspan" in given
            else 1 + count_of(given.get("mergeacross", ""), 0)
        )
        down = (
            count_of(given.get("rowspan", ""), 1) if "rowspan" in given else 1 + count_of(given.get("mergedown", ""), 0)
        )
        column = count_of(given["index"], 1) - 1 if given.get("index") else None
        value, seen = figure_of(text, given.get("x:num", ""), self._kind)
        table.add(value, max(1, right), max(1, down), column)
        place = len(table.rows[-1]) - max(1, right) + 1
        table.look((len(table.rows), place), given, value, seen)
        if unseen and not (table.ground or table.row_ground or has_ground(given, self._styles.coloured)):
            table.faint.add((len(table.rows), place))
        if self._comment is not None and (said := correction("".join(self._comment))):
            table.comments[len(table.rows), place] = said
        self._comment = None
        if self._seen_strike and text:
            table.struck.add((len(table.rows), place))
        if is_unseen(given, self._styles.hidden) and any(character.isdigit() for character in text):
            table.hidden_columns.add(place)
        self._seen_strike = False


def _is_field(given: Mapping[str, str], hidden: frozenset[str]) -> bool:
    """Whether an input is a field whose text is seen: a page of a reporting system that was saved holds its figures in such."""
    return given.get("type", "text").casefold() in ("text", "number", "tel", "") and not is_unseen(given, hidden)


def _special(tag: str, given: Mapping[str, str], hidden: frozenset[str], white: frozenset[str]) -> str:
    """What a tag makes of the text in it: not seen at all, above or below the line, struck through, in the colour of paper."""
    style = given.get("style", "")
    if is_unseen(given, hidden):
        return _UNSEEN
    script = _SCRIPT.search(style)
    if tag in _SCRIPTS or script is not None:
        return _SCRIPTS[script[1].casefold() if script is not None else tag]
    if is_white(given, white):
        return FAINT
    return STRUCK if tag in _STRUCK or _LINE_THROUGH.search(style) else ""
