"""What the rules over a submission count, of all submissions of a batch at once: a country's batch has hundreds of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...model.fields import FIELDS
from ..rows.exact_decimals import scaled
from ..rows.validation_batch import DATES, Flags, Positions, ValidationBatch

if TYPE_CHECKING:
    from ..rows.check_frame import CheckFrame

LOST = pa.array(["error_value", "formula_without_value"])
"""Notes of cells that hold what is left of a formula."""


class SubmissionCounts:
    """Arrays with one value a submission, made when they are asked for."""

    def __init__(self, batch: ValidationBatch, frame: CheckFrame) -> None:
        self._batch = batch
        self._frame = frame

    @cached_property
    def sites(self) -> tuple[Flags, Positions]:
        """Rows whose site lies in another unit; how many rows of each submission tell where it lies."""
        fits = self._frame.column("site_in_unit")
        return (
            (~fits).fillna(False).to_numpy(dtype=bool),
            self._batch.per_submission(fits.notna().to_numpy(dtype=bool)),
        )

    @cached_property
    def sites_elsewhere(self) -> Positions:
        return self._batch.per_submission(self.sites[0])

    @cached_property
    def filled(self) -> dict[str, Positions]:
        """Field → filled cells of each submission."""
        rows, all_rows = self._batch.rows, np.diff(self._batch.start)
        return {
            name: self._batch.per_submission(rows[name].is_valid().to_numpy(zero_copy_only=False).astype(bool))
            if 0 < rows[name].null_count < rows.num_rows
            else all_rows * (rows[name].null_count == 0)
            for name in rows.schema.names
        }

    @cached_property
    def cells(self) -> list[int]:
        """Filled cells of each submission in the columns that its file has."""
        having: dict[frozenset[str], list[int]] = {}
        for ordinal, part in enumerate(self._batch.parts):
            having.setdefault(frozenset(part.columns), []).append(ordinal)
        found = np.zeros(len(self._batch.parts), dtype=np.int64)
        for columns, ordinals in having.items():
            for name in columns & self.filled.keys():
                found[ordinals] += self.filled[name][ordinals]
        return found.tolist()

    @cached_property
    def _notes(self) -> tuple[pa.Table, Positions]:
        """Code and field of all notes; the submission of each."""
        notes = [part.notes.select(["code", "field"]) for part in self._batch.parts]
        of = np.repeat(np.arange(len(notes), dtype=np.int64), [table.num_rows for table in notes])
        return pa.concat_tables(notes).combine_chunks(), of

    def _notes_of(self, codes: Sequence[str], fields: Sequence[str] | None = None) -> Positions:
        """How many notes with these codes, about these fields, each submission has."""
        notes, of = self._notes
        wanted = pc.is_in(notes["code"], value_set=pa.array(codes, pa.string()))
        if fields is not None:
            wanted = pc.and_(wanted, pc.is_in(notes["field"], value_set=pa.array(fields, pa.string())))
        return np.bincount(of[wanted.to_numpy().astype(bool)], minlength=len(self._batch.parts)).astype(np.int64)

    @cached_property
    def converted(self) -> Positions:
        return self._notes_of(["converted"])

    @cached_property
    def dates(self) -> list[str]:
        return [name for name in self._batch.rows.schema.names if FIELDS[name].type in DATES]

    @cached_property
    def converted_dates(self) -> Positions:
        return self._notes_of(["converted"], self.dates)

    @cached_property
    def lost_explanations(self) -> Positions:
        return self._notes_of(LOST.to_pylist(), ["explanation"])

    def _equal(self, at: Positions) -> Flags:
        """Rows whose cumulative figure is exactly the one at these positions of the history."""
        rows = self._batch.history.rows
        if rows is None or not (at >= 0).any():
            return np.zeros(len(at), dtype=bool)
        then, missing, over = self._past_ytd
        where, now = np.maximum(at, 0), self._frame.column("ytd")
        same = now.fillna(-1).to_numpy(dtype=np.int64) == then[where]
        equal: Flags = same & (at >= 0) & ~(missing | over)[where] & now.notna().to_numpy(dtype=bool)
        return equal

    @cached_property
    def _past_ytd(self) -> tuple[Positions, Flags, Flags]:
        rows = self._batch.history.rows
        assert rows is not None
        return scaled(rows["ytd"])

    @cached_property
    def building(self) -> tuple[Positions, Positions]:
        """Rows under construction of each submission; those of them with last month's cumulative figure."""
        building = self._frame.own.among("status", "在建")
        unchanged = building & self._equal(self._frame.at_previous)
        return self._batch.per_submission(building), self._batch.per_submission(unchanged)

    @cached_property
    def carried_over(self) -> Positions:
        """Rows of each submission with the positive cumulative figure of last year's final return."""
        positive = (self._frame.column("ytd") > 0).fillna(False).to_numpy(dtype=bool)
        return self._batch.per_submission(self._equal(self._frame.at_final) & positive)

    @cached_property
    def compared(self) -> list[tuple[Positions, Positions]]:
        """Of the cumulative figures and those of last year: non-zero ones of each submission that last month had too, and those of
        them that are others now."""
        found = []
        for field in ("ytd", "ytd_last_year"):
            now, before = (self._frame.column(f"{prefix}{field}") for prefix in ("", "previous_"))
            asked = (now.notna() & before.notna() & (now != 0)).fillna(False).to_numpy(dtype=bool)
            changed = asked & (now != before).fillna(False).to_numpy(dtype=bool)
            found.append((self._batch.per_submission(asked), self._batch.per_submission(changed)))
        return found
