"""What a file becomes on its way in: receipt, read file, form parts with canonical rows, problems and cell notes."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Literal

import pyarrow as pa

from .movements import Movement

State = Literal[
    "received", "parsed", "accepted", "accepted_with_queries", "rejected", "unreadable", "returned", "superseded"
]
ACCEPTED: tuple[State, ...] = ("accepted", "accepted_with_queries")

RowClass = Literal["data", "title", "header", "total", "footer"]
"""Every non-blank row of a table sheet has exactly one class; all but `data` count as not_data."""

NoteCode = Literal[
    "not_a_number",
    "not_a_date",
    "digits_lost",
    "formula_without_value",
    "error_value",
    "not_in_code_list",
    "not_applicable",
    "below_unit",
    "sentinel",
    "converted",
    "cell_unit",
    "scale_word",
    "planned_date",
    "too_precise",
    "two_values",
    "letter_for_digit",
    "merged_amount",
    "ambiguous_date",
]
"""What harmonize saw in one cell. not_a_number, not_a_date, digits_lost, formula_without_value, error_value, too_precise
(more than four decimals in the form's measure), two_values (two lines in one cell), letter_for_digit (an O in place of a zero),
merged_amount (one amount merged over several cells), ambiguous_date (raw: text and readings) and not_in_code_list leave the
canonical value empty; not_applicable (— / 无 …), below_unit (…) and sentinel (扭亏, *: the layout says what) do so by meaning;
converted = changed by the cleaner (full-width digits, thousands
separators, Excel serial …); cell_unit = the cell carries another unit of amount than its column; scale_word = 万 alone behind the
number in a table of 万元; planned_date = 拟/计划 before a date."""

NOTES_SCHEMA = pa.schema(
    [("row_no", pa.int64()), ("field", pa.string()), ("cell", pa.string()), ("raw", pa.string()), ("code", pa.string())]
)
RAW_SCHEMA = pa.schema(
    [("sheet", pa.string()), ("row_no", pa.int64()), ("row_class", pa.string()), ("cells", pa.string())]
)
TOTALS_SCHEMA = pa.schema(
    [
        ("row_no", pa.int64()),
        ("label", pa.string()),
        ("field", pa.string()),
        ("cell", pa.string()),
        ("value", pa.decimal128(20, 4)),
    ]
)


AHEAD = datetime.max.replace(tzinfo=UTC)
"""Stands for the arrival of entries whose source's clock was ahead of ours."""
UNREADABLE_MANIFEST = "!"
"""Key of a receipt's manifest that says why the sidecar could not be read; what it declared is unknown."""


@dataclass(frozen=True)
class Receipt:
    """A file that arrived: `arrived_at` by the source's clock, `seen_at` by ours (DESIGN §4); both aware UTC."""

    sha256: str
    source: str
    name: str
    arrived_at: datetime
    seen_at: datetime
    size: int
    manifest: dict[str, str] = dataclass_field(default_factory=dict)
    """What the sender declared beside the file (unit, period, form, amount_unit); not part of the identity."""

    @cached_property
    def receipt_id(self) -> str:
        """Identity of the listing entry: the same (source, name, arrived_at, sha256) is received once."""
        text = "\x1f".join((self.source, self.name, self.arrived_at.isoformat(), self.sha256))
        return "r" + sha256(text.encode()).hexdigest()[:20]

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """Versions order by arrived_at, then seen_at, then name."""
        return (self.arrived_at, self.seen_at, self.name)


def submission_id(receipt_id: str, form: str, unit_code: str, period: str) -> str:
    """Deterministic identity of one form of one unit and period in one receipt (so a rebuild finds the same)."""
    text = "\x1f".join((receipt_id, form, unit_code, period))
    return "s" + sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Problem:
    """A finding before its text: rule id, place, value, and the parameters of the rule's message."""

    rule: str
    sheet: str = ""
    cell: str = ""
    row: int | None = None
    field: str = ""
    value: str = ""
    params: dict[str, str] = dataclass_field(default_factory=dict)


@dataclass(frozen=True)
class ReadOptions:
    """What the caller knows of a file; `None` = not known. Precedence: options > account > folder > manifest > title > rows.
    `account`: the unit whose account the source is (sources.toml), `folder`: the unit whose folder of the source it lay in.
    `in_hand`: the period that was being reported when the file came; it chooses among sheets and says nothing of the file itself."""

    unit_code: str | None = None
    period: str | None = None
    manifest: dict[str, str] = dataclass_field(default_factory=dict)
    account: str | None = None
    folder: str | None = None
    in_hand: str | None = None


PIECE_ROWS = 10_000_000
"""A form split over several files of a package: row_no of its piece k (from 0) is k·PIECE_ROWS + the row in that file."""


@dataclass(frozen=True)
class Piece:
    """One of the files (or sheets) that a form was sent in: its label and its own columns, field → letter."""

    sheet: str
    columns: dict[str, str]


@dataclass(frozen=True)
class FormPart:
    """One form of one unit and period found in one file.

    `rows` has `tables.rows_schema(form)` (one row a data row, row_no = row in the file), `notes` NOTES_SCHEMA, `raw`
    RAW_SCHEMA (every non-blank row of the sheet once, `cells` a JSON list of texts), `totals` TOTALS_SCHEMA (control
    totals of 合计 rows, converted to the form's measure). `columns` maps field → column letter; `header_row` is the
    last header row. `unit_code`/`period` are None where they could not be found (then `problems` says so). A form sent in
    several files of a package has `pieces` (else empty); `sheet`, `columns` and `header_row` are then the first one's. `headers`:
    field → the header text it was matched by. `movements`: the lines of the 变动表 that came with a project_month.
    """

    form: str
    unit_code: str | None
    period: str | None
    measure: str | None
    sheet: str
    columns: dict[str, str]
    header_row: int
    rows: pa.Table
    notes: pa.Table
    raw: pa.Table
    totals: pa.Table
    nil_return: bool = False
    problems: tuple[Problem, ...] = ()
    pieces: tuple[Piece, ...] = ()
    headers: dict[str, str] = dataclass_field(default_factory=dict)
    movements: tuple[Movement, ...] = ()

    def sheet_of(self, row_no: int) -> str:
        """The sheet a row stands on."""
        return self.pieces[row_no // PIECE_ROWS].sheet if self.pieces else self.sheet

    def cell_of(self, row_no: int, field: str) -> str:
        """The address of a field's cell on the sheet of its row; "" where the file has no letters (JSON) or no such column."""
        letter = (self.pieces[row_no // PIECE_ROWS].columns if self.pieces else self.columns).get(field, "")
        return f"{letter}{row_no % PIECE_ROWS}" if letter else ""


@dataclass(frozen=True)
class ReadFile:
    """A file after parse and harmonize. No parts and a problem A01/A02 = unreadable."""

    sha256: str
    name: str
    kind: str
    encoding: str | None
    parts: tuple[FormPart, ...]
    problems: tuple[Problem, ...] = ()
    ignored_sheets: tuple[str, ...] = ()
