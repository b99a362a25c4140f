"""One table of a page while it is read: its rows, spans, and what is hidden, struck or shown otherwise than it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.model.raw import Cell, CellAddress, MergedRange, RawSheet

from .facts import StyledCells, seen_by_value
from .formulas import stored_zeros
from .number_formats import Shown
from .page_styles import DEFAULT, HIDDEN, PageStyles
from .text import MAX_COLUMNS, MAX_ROWS
from .texts_beside import told

MAX_SPAN = 1000


class TooLarge(Exception):
    """More rows or columns than a table has."""


@dataclass
class PageTable:
    """Rows and columns count from 1 outside, as people see them."""

    name: str
    styles: PageStyles
    style: str = DEFAULT
    row_style: str = ""
    rows: list[list[Cell]] = field(default_factory=list)
    merged: list[MergedRange] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    columns: int = 0
    hidden_columns: set[int] = field(default_factory=set)
    hidden_group: bool = False
    struck: set[CellAddress] = field(default_factory=set)
    column_styles: dict[int, str] = field(default_factory=dict)
    is_hidden: bool = False
    """The sheet is, not a row of it."""
    seen: dict[CellAddress, Shown] = field(default_factory=dict)
    no_value: set[CellAddress] = field(default_factory=set)
    zeros: dict[CellAddress, str] = field(default_factory=dict)
    calculated: bool = False
    comments: dict[CellAddress, str] = field(default_factory=dict)
    faint: set[CellAddress] = field(default_factory=set)
    ground: bool = False
    row_ground: bool = False
    """Whether the table, the row, has a ground of another colour than paper."""
    beside: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.styled = StyledCells(self.styles.meanings)

    def next_row(self, skip: int = 0) -> None:
        """Begins a row; cells that reach down into it keep their place."""
        for _ in range(1 + skip):
            self.rows.append([])
            self.taken = {column: left - 1 for column, left in self.taken.items() if left > 1}
        if len(self.rows) > MAX_ROWS:
            raise TooLarge

    def add_columns(self, tag: str, given: Mapping[str, str]) -> None:
        """What a page says of its columns: <col span> or a <colgroup span> without such, <Column ss:Index ss:Span> (span further ones)."""
        unseen = is_unseen(given, self.styles.hidden)
        if tag == "colgroup":
            self.hidden_group = unseen
            if "span" not in given:
                return
        first = count_of(given.get("index", ""), self.columns + 1)
        self.columns = first - 1 + count_of(given.get("span", ""), 0 if tag == "column" else 1) + (tag == "column")
        if "styleid" in given:
            self.column_styles |= dict.fromkeys(range(first, min(self.columns, MAX_COLUMNS) + 1), given["styleid"])
        if unseen or self.hidden_group:
            self.hidden_columns.update(range(first, min(self.columns, MAX_COLUMNS) + 1))

    def add(self, value: Cell, right: int, down: int, column: int | None) -> None:
        """A cell at the next free place (or the column given, from 0) of the current row."""
        row = self.rows[-1]
        at = len(row) if column is None else max(column, len(row))
        while column is None and at in self.taken:
            at += 1
        if at + right > MAX_COLUMNS:
            raise TooLarge
        row += [None] * (at - len(row))
        row += [value, *[None] * (right - 1)]
        if right > 1 or down > 1:
            number = len(self.rows)
            self.merged.append((number, at + 1, number + down - 1, at + right))
        if down > 1:
            self.taken.update(dict.fromkeys(range(at, at + right), down))

    def look(self, place: CellAddress, given: Mapping[str, str], value: Cell, seen: Shown) -> None:
        """Keeps what the cell at a place says beside its value: its style, its formula, what is seen of its number."""
        if self.styled.matters:
            style = given.get("styleid") or self.row_style or self.column_styles.get(place[1]) or self.style
            self.styled.add(place, self.styles.numbers.get(style, -1))
        if seen != Shown():
            self.seen[place] = seen
        if given.get("formula", "").startswith("="):
            if value in (None, ""):
                self.no_value.add(place)
            elif value == 0:
                self.zeros[place] = ""
            else:
                self.calculated = True

    def sheet(self) -> RawSheet:
        """The table as a sheet."""
        if self.is_hidden:
            return RawSheet(self.name, (), (), hidden=True)
        seen = {**self.seen, **seen_by_value(self.styled.by_value, self.rows, 1, 1)}
        zeros = stored_zeros(self.zeros, self.rows, 1, 1, asked=False)
        return RawSheet(
            self.name,
            self.rows,
            range(1, len(self.rows) + 1),
            merged=tuple(self.merged),
            hidden_rows=frozenset(self.hidden),
            hidden_columns=frozenset(self.hidden_columns),
            no_value=frozenset(self.no_value) | zeros.wrong,
            percent=self.styled.of("percent"),
            percent_text=self.styled.of("percent_text"),
            scaled=self.styled.of("scaled") | {place for place, one in seen.items() if one.scaled},
            disguised=frozenset(place for place, one in seen.items() if one.disguised),
            shown_units={**self.styled.units, **{place: one.unit for place, one in seen.items() if one.unit}},
            struck=frozenset(self.struck) | self.styled.of("struck"),
            unverified=frozenset() if self.calculated else zeros.unverified,
            faint=self.styled.of("faint") | self.faint,
            comments=self.comments,
            beside=told(self.beside),
        )


def is_unseen(given: Mapping[str, str], hidden: frozenset[str]) -> bool:
    """Whether an element says that it is not shown, in the words of pages, by a class of theirs or in those of Excel's XML
    (ss:Hidden="1"), or is the mark of a cell's comment."""
    classes = given.get("class", "").split()
    if any(name in hidden or name.startswith("msocom") for name in classes):
        return True
    return bool(HIDDEN.search(given.get("style", ""))) or given.get("hidden", "0") not in ("0", "until-found")


def count_of(text: str, otherwise: int) -> int:
    """A number that an attribute gives; `otherwise` where it gives none."""
    return min(int(text), MAX_SPAN) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise
