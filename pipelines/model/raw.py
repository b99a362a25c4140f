"""What parse hands to harmonize: the cells of a file with their addresses, before anybody has said what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from .submissions import Problem

Cell = str | int | float | bool | Decimal | datetime | date | time | timedelta | None
"""Text as sent (CSV, JSON strings, text cells), `float` for numbers of workbooks (doubles; 15 significant digits are the
sender's), `Decimal`/`int` for JSON numbers (every digit as written). `None` and `""` both mean an empty cell."""

CellAddress = tuple[int, int]
"""(row, column) of a cell as its sender counts them, both from 1."""

MergedRange = tuple[int, int, int, int]
"""(first row, first column, last row, last column), from 1, inclusive."""


@dataclass(frozen=True)
class RawSheet:
    """One sheet (CSV and JSON have one, named ""). Rows may differ in length; `row_numbers[i]` is the number of `rows[i]` as
    the sender sees it: the Excel row, the physical line a CSV record starts on, the element of a JSON list, from 1.

    `first_column` is the Excel column number of cell 0 of every row. `no_value` holds formulas without a cached value,
    `errors` error cells (#DIV/0! …) with their text: readers hand both over as empty. `hidden` sheets are listed, not read
    for forms; `hidden_rows` and `hidden_columns` (numbers from 1) are data like others (a filter hides rows; they count) and only
    reported. `percent` holds
    numbers shown with a percent format (24.1 % is stored as 0.241), `percent_text` numbers that the format shows with a percent
    sign as they are (24.1 for 24.1 %), `scaled` numbers shown as a thousandth or ten-thousandth of what is stored, `disguised`
    numbers of which nothing is seen, or digits that are not their own, `shown_units` the unit of money that a format writes
    behind its numbers, `struck` cells whose text is struck through, `unverified` formulas with a stored 0 that nothing speaks
    for, `faint` cells in the colour of paper or too small to be seen, `comments` those that speak of another figure than the cell
    shows, `beside` what stands on it outside its cells, as (box, page or below; text). `member` is the file of a package the sheet is in.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    row_numbers: Sequence[int]
    first_column: int = 1
    merged: tuple[MergedRange, ...] = ()
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    no_value: frozenset[CellAddress] = frozenset()
    errors: Mapping[CellAddress, str] = field(default_factory=dict)
    percent: frozenset[CellAddress] = frozenset()
    percent_text: frozenset[CellAddress] = frozenset()
    scaled: frozenset[CellAddress] = frozenset()
    disguised: frozenset[CellAddress] = frozenset()
    shown_units: Mapping[CellAddress, str] = field(default_factory=dict)
    struck: frozenset[CellAddress] = frozenset()
    unverified: frozenset[CellAddress] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    faint: frozenset[CellAddress] = frozenset()
    comments: Mapping[CellAddress, str] = field(default_factory=dict)
    beside: tuple[tuple[str, str], ...] = ()
    member: str = ""

    @property
    def label(self) -> str:
        """The sheet as people are told of it: in a package with the name of its file."""
        return f"{self.member}/{self.name}".removesuffix("/") if self.member else self.name


@dataclass(frozen=True)
class ParsedFile:
    """A file read as cells, or the problems (A01, A02) why it could not be. `kind`: xlsx, xlsb, xls, ods, html, csv, json, zip or
    unknown.

    `meta` is what the file itself declares beside its rows (JSON `{"meta": {…}, "rows": […]}`; `manifest.json` of a package):
    unit, period, form, amount_unit. `epoch_1904`: serial day 0 of the workbook is 1904-01-01. `members` are the files of a
    package (zip) that are tables, `others` the names of those that are not (scans, letters).
    """

    name: str
    kind: str
    sheets: tuple[RawSheet, ...] = ()
    encoding: str | None = None
    problems: tuple[Problem, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    epoch_1904: bool = False
    members: tuple[ParsedFile, ...] = ()
    others: tuple[str, ...] = ()


def column_letter(number: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """A → 1, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def cell_address(row: int, column: int) -> str:
    """(12, 4) → D12."""
    return f"{column_letter(column)}{row}"
