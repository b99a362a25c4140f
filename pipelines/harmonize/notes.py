"""What was seen in single cells while they were cast: notes with addresses, and the three-valued status of missing values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from pipelines.model.raw import Cell
from pipelines.model.submissions import NOTES_SCHEMA, NoteCode
from pipelines.model.value_marks import Meaning

from .numbers import Missing, fold, plain


@dataclass
class Notes:
    """Collects notes of the data rows of one table. `row_numbers[i]` is the row of data row i as its sender sees it;
    `columns` field → column letters; where there are none (JSON) a cell is named by its key in `names`. `sentinels`: texts of the
    layout (folded) that mean something in place of a figure."""

    row_numbers: Sequence[int]
    columns: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)
    rows: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    status: dict[int, dict[str, str]] = field(default_factory=dict)
    sentinels: Mapping[str, Meaning] = field(default_factory=dict)

    def add(self, row: int, name: str, raw: Cell, code: NoteCode) -> None:
        """A note on field `name` of data row `row`."""
        if code == "not_a_number" and self.sentinels and isinstance(raw, str):
            meaning = self.sentinels.get(fold(raw).casefold())
            if meaning is not None:
                self.status.setdefault(row, {})[name] = meaning
                code = "sentinel"
        number = self.row_numbers[row]
        text = raw if isinstance(raw, str) else plain(raw)
        self.rows.append((number, name, self.address(number, name), text[:500], code))

    def missing(self, row: int, name: str, raw: Cell, mark: Missing) -> None:
        """N and U are kept beside the empty value; a blank cell is simply absent."""
        if mark.status == "N":
            self.add(row, name, raw, "not_applicable")
        elif mark.status == "U":
            self.add(row, name, raw, "below_unit")
        else:
            return
        self.status.setdefault(row, {})[name] = mark.status

    def address(self, row_number: int, name: str) -> str:
        """The cell as its sender would look for it; a JSON row has keys, not columns."""
        letters = self.columns.get(name)
        return f"{letters}{row_number}" if letters else self.names.get(name, name)

    def table(self) -> pa.Table:
        """NOTES_SCHEMA, in order of row and field."""
        self.rows.sort()
        columns = list(zip(*self.rows, strict=True)) if self.rows else [()] * len(NOTES_SCHEMA)
        return pa.Table.from_arrays(
            [pa.array(column, kind) for column, kind in zip(columns, NOTES_SCHEMA.types, strict=True)],
            schema=NOTES_SCHEMA,
        )

    def value_status(self, rows: int) -> pa.Array:
        """JSON of field → N, U or the meaning of a sentinel for every data row; null where nothing is marked."""
        if not self.status:
            return pa.nulls(rows, pa.string())
        texts: dict[tuple[tuple[str, str], ...], str] = {}
        result: list[str | None] = [None] * rows
        for row, status in self.status.items():
            key = tuple(status.items())
            if key not in texts:
                texts[key] = json.dumps(status, sort_keys=True, separators=(",", ":"))
            result[row] = texts[key]
        return pa.array(result, pa.string())
