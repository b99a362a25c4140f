"""The parts of one form put together: one table, one position a data row, notes found by position and field.

Everything the rules look at is addressed by the position of the row in the batch; which submission and which row of the file it
is stands in side arrays, never in the check frame's index (faults.md §1.3).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...model.fields import FIELDS, FieldType
from ...model.forms import FormLayout
from ...model.history import History, UnitHistory
from ...model.joined_tables import joined
from ...model.movements import Movement
from ...model.periods import Period
from ...model.programme import Programme
from ...model.submissions import FormPart

Positions = NDArray[np.int64]
Flags = NDArray[np.bool_]

UNREADABLE = frozenset(
    {
        "not_a_number",
        "not_a_date",
        "digits_lost",
        "formula_without_value",
        "error_value",
        "too_precise",
        "too_large",
        "two_values",
        "letter_for_digit",
        "merged_amount",
        "ambiguous_date",
    }
)
"""Notes of cells whose value is lost: other rules are silent about such a cell, C01, E01 or B14 owns it."""
_RELEVANT = pa.array(sorted(UNREADABLE | {"not_in_code_list", "planned_date", "below_unit"}))
_MARKS = pa.array(["not_applicable", "sentinel"])
NUMERIC: frozenset[FieldType] = frozenset({"amount", "quantity", "rate", "integer"})
DATES: frozenset[FieldType] = frozenset({"month", "period", "date"})
NAMES: frozenset[FieldType] = frozenset({"code", "text"})
"""What says which project a row is about. A remark is none: what a failed lookup left of it explains nothing, as if it were empty."""


@dataclass(frozen=True)
class Note:
    """What harmonize saw in one cell, by position."""

    position: int
    field: str
    cell: str
    raw: str
    code: str


def is_lost(note: Note, kinds: frozenset[FieldType]) -> bool:
    """Whether a note says that the value of a cell of these kinds of fields could not be read."""
    return note.code in UNREADABLE and FIELDS[note.field].type in kinds and note.field != "explanation"


@dataclass(frozen=True)
class ValidationBatch:
    """`submissions[i]` is judged from `parts[i]`; rows `start[i]:start[i + 1]` of `rows` are its data rows."""

    form: str
    layout: FormLayout
    submissions: tuple[str, ...]
    parts: tuple[FormPart, ...]
    history: History
    programme: Programme

    @cached_property
    def rows(self) -> pa.Table:
        return joined([part.rows for part in self.parts])

    @cached_property
    def start(self) -> Positions:
        return np.concatenate(([0], np.cumsum([part.rows.num_rows for part in self.parts]))).astype(np.int64)

    @cached_property
    def submission(self) -> Positions:
        """Ordinal of the submission of every row."""
        return np.repeat(np.arange(len(self.parts), dtype=np.int64), np.diff(self.start))

    @cached_property
    def row_no(self) -> Positions:
        return np.asarray(self.rows["row_no"].to_numpy(), dtype=np.int64)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """Notes of data rows that change what the rules see, in order of position."""
        found: list[Note] = []
        standing = [c.field for c in self.layout.columns if c.marks]
        for ordinal, part in enumerate(self.parts):
            wanted = pc.is_in(part.notes["code"], value_set=_RELEVANT)
            if standing:
                marked = pc.is_in(part.notes["code"], value_set=_MARKS)
                own = pc.is_in(part.notes["field"], value_set=pa.array(standing))
                wanted = pc.or_(wanted, pc.and_(marked, own))
            notes = part.notes.filter(wanted)
            if not notes.num_rows:
                continue
            position = {n: int(self.start[ordinal]) + i for i, n in enumerate(part.rows["row_no"].to_pylist())}
            found.extend(
                Note(position[note["row_no"]], note["field"], note["cell"] or "", note["raw"] or "", note["code"])
                for note in notes.to_pylist()
                if note["row_no"] in position
            )
        return tuple(sorted(found, key=lambda n: n.position))

    @cached_property
    def moved(self) -> dict[tuple[int, str], tuple[Movement, ...]]:
        """(submission, project number) → its grounded lines of the 变动表."""
        found: dict[tuple[int, str], tuple[Movement, ...]] = {}
        for ordinal, part in enumerate(self.parts):
            for line in part.movements:
                if line.grounded:
                    key = (ordinal, line.stat_project_no)
                    found[key] = (*found.get(key, ()), line)
        return found

    @cached_property
    def rows_moved(self) -> dict[int, tuple[Movement, ...]]:
        """Position → the lines of the 变动表 about its project."""
        if not self.moved:
            return {}
        numbers = self.rows["stat_project_no"].to_pylist()
        ordinals = sorted({ordinal for ordinal, _ in self.moved})
        return {
            position: self.moved[ordinal, numbers[position]]
            for ordinal in ordinals
            for position in range(int(self.start[ordinal]), int(self.start[ordinal + 1]))
            if (ordinal, numbers[position]) in self.moved
        }

    def notes_between(self, start: int, end: int) -> list[Note]:
        """Notes of the positions start … end − 1."""
        first, last = (bisect_left(self.notes, edge, key=lambda n: n.position) for edge in (start, end))
        return list(self.notes[first:last])

    @cached_property
    def note_of(self) -> dict[tuple[int, str], Note]:
        """The note that explains an absent or odd value; one that tells of a lost value wins over others."""
        chosen: dict[tuple[int, str], Note] = {}
        for note in self.notes:
            key = (note.position, note.field)
            if key not in chosen or note.code in UNREADABLE:
                chosen[key] = note
        return chosen

    @property
    def size(self) -> int:
        return int(self.start[-1])

    def per_submission(self, mask: Flags) -> Positions:
        """How many of the marked rows each submission has."""
        marked = np.concatenate(([0], np.cumsum(mask, dtype=np.int64)))[self.start]
        found: Positions = np.diff(marked)
        return found

    def spread(self, values: Sequence[object], dtype: str) -> NDArray[np.generic]:
        """A value a submission, repeated for its rows."""
        return np.asarray(values, dtype=dtype)[self.submission]

    def unit_history(self, ordinal: int) -> UnitHistory:
        code = self.parts[ordinal].unit_code
        return self.history.of(code) if code else UnitHistory()

    def period(self, ordinal: int) -> Period:
        return self._periods[ordinal]

    @cached_property
    def _periods(self) -> list[Period]:
        known = {text: Period.parse(text) for part in self.parts if (text := part.period) is not None}
        return [known[part.period or ""] for part in self.parts]
