"""Earlier accepted rows beside the rows of a batch, joined by unit and key of the form (project number)."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ...model.periods import Period
from .validation_batch import Positions, ValidationBatch


class HistoryIndex:
    """Where in `history.rows`, or the rows given, each row of the batch stands in an earlier submission of its unit."""

    def __init__(self, batch: ValidationBatch, rows: pa.Table | None = None) -> None:
        self._batch = batch
        self._rows = batch.history.rows if rows is None else rows
        self._key = tuple(f for f in batch.layout.key if self._rows is None or f in self._rows.schema.names)

    @cached_property
    def previous(self) -> list[str | None]:
        """Submission of the last accepted month, per submission."""
        return [self._batch.unit_history(i).previous for i in range(len(self._batch.parts))]

    @cached_property
    def _earlier(self) -> list[Period | None]:
        """The last accepted month, per submission."""
        texts = [self._batch.unit_history(i).previous_period for i in range(len(self._batch.parts))]
        known = {text: Period.parse(text) for text in texts if text is not None}
        return [known.get(text or "") for text in texts]

    def same_year(self, ordinal: int) -> bool:
        """The last accepted month lies in the same year: cumulative figures can be compared."""
        period = self._earlier[ordinal]
        return period is not None and period.year == self._batch.period(ordinal).year

    def consecutive(self, ordinal: int) -> bool:
        """The last accepted month is the reporting period just before."""
        period = self._earlier[ordinal]
        before = self._batch.programme.calendar.previous(self._batch.form, self._batch.period(ordinal))
        return period is not None and before is not None and period == before

    @cached_property
    def _codes(self) -> tuple[Positions, Positions]:
        """One number a key, over the batch and over the history; −1 where the key is absent."""
        assert self._rows is not None
        own, past = self._own_keys(), _joined(self._rows, self._key)
        encoded = pa.concat_arrays([own, past]).dictionary_encode().indices
        codes = encoded.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return codes[: len(own)], codes[len(own) :]

    def _own_keys(self) -> pa.Array:
        """Keys of the batch's rows as the history knows them: a project that got another number is looked up under its old one."""
        own = _joined(self._batch.rows, self._key)
        if self._key != ("stat_project_no",) or not self._batch.rows_moved:
            return own
        keys = own.to_pylist()
        for position, lines in self._batch.rows_moved.items():
            keys[position] = next((line.old_number for line in lines if line.old_number), keys[position])
        return pa.array(keys, pa.string())

    @cached_property
    def _submissions(self) -> tuple[dict[str, int], Positions]:
        assert self._rows is not None
        encoded = self._rows["submission_id"].combine_chunks().dictionary_encode()
        names = {name: i for i, name in enumerate(encoded.dictionary.to_pylist())}
        return names, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)

    def match(self, submissions: list[str | None]) -> Positions:
        """Position in `history.rows` of each batch row's key in the given submission of its unit; −1 where there is none."""
        batch = self._batch
        if self._rows is None or not self._rows.num_rows or not batch.size or not self._key:
            return np.full(batch.size, -1, dtype=np.int64)
        names, _ = self._submissions
        own_key, _ = self._codes
        width, first, past = self._past
        wanted = np.array([names.get(s, -1) if s else -1 for s in submissions], dtype=np.int64)[batch.submission]
        found = past.get_indexer(pd.Index(wanted * width + own_key))
        found[(wanted < 0) | (own_key < 0)] = -1
        return np.where(found >= 0, first[np.maximum(found, 0)], -1).astype(np.int64)

    @cached_property
    def _past(self) -> tuple[int, Positions, pd.Index]:
        """(factor that joins submission and key to one number, first row of each such number, the numbers as an index whose hash
        table all matches share)."""
        _, past_submission = self._submissions
        own_key, past_key = self._codes
        width = int(max(own_key.max(), past_key.max())) + 2
        past = pd.Index(past_submission * width + past_key)
        first = np.flatnonzero(~past.duplicated())
        return width, first, past[first]

    @cached_property
    def _groups(self) -> dict[str, Positions]:
        """Rows of every submission of the history."""
        names, codes = self._submissions
        order = np.argsort(codes, kind="stable")
        edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
        return {name: order[edges[i] : edges[i + 1]] for name, i in names.items()}

    def rows_of(self, submission: str) -> Positions:
        """Positions of a submission's rows."""
        return self._groups.get(submission, np.empty(0, dtype=np.int64))

    def period_of(self, submission: str | None) -> Period | None:
        """Which month a submission is of; None where no row of it is known."""
        if submission is None or self._rows is None:
            return None
        found = self.rows_of(submission)
        return Period.parse(self._rows["period"][int(found[0])].as_py()) if found.size else None

    def earlier_count(self, ordinal: int) -> int:
        """How many rows the unit's last accepted month has."""
        submission = self.previous[ordinal]
        return len(self._groups.get(submission, ())) if self._rows is not None and submission else 0

    def gone(self, ordinal: int) -> Positions:
        """Positions in `history.rows` of the unit's last accepted rows whose key the submission does not have."""
        submission = self.previous[ordinal]
        if self._rows is None or not self._rows.num_rows or submission is None:
            return np.empty(0, dtype=np.int64)
        earlier = self._groups.get(submission, np.empty(0, dtype=np.int64))
        own_key, past_key = self._codes
        present = own_key[self._batch.start[ordinal] : self._batch.start[ordinal + 1]]
        keys = past_key[earlier]
        return earlier[~np.isin(keys, present) & (keys >= 0)]


def _joined(table: pa.Table, key: tuple[str, ...]) -> pa.Array:
    columns = [table[name].combine_chunks().cast(pa.string()) for name in key]
    if len(columns) == 1:
        return columns[0]
    return pc.binary_join_element_wise(*columns, "\x1f")
