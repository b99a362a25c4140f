"""Columns of the check frame that earlier accepted rows give: what a cell was, months without investment, the largest month.

`previous_<field>` is the last accepted month's value of any year, `bound_<field>` the same where no correction code excuses a
change.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cached_property, partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from expectations.catalogue.amount_rules import SCALE
from expectations.catalogue.building import STAGES

from ...model.fields import FIELDS
from ...model.movements import CODES, NAMES, RECODED, RENAMED
from ...model.periods import Period
from .column_arrays import flags
from .exact_decimals import integers, months, scaled
from .history_index import HistoryIndex
from .row_view import RowView
from .validation_batch import Flags, Positions

_REPORTS = 3
"""D06: so many reporting months without investment, this one included."""


class PastColumns:
    """Makes them for one check frame."""

    def __init__(self, frame: RowView) -> None:
        self._frame = frame
        self._batch = frame.batch
        self.by_name: dict[str, Callable[[], pd.Series]] = {
            "name_kept": self._name_kept,
            "bound_status_step": self._bound_step,
            "idle_months": self._idle_months,
            "recent_month": self._recent_month,
            "restatement_documented": self._restatement_documented,
            "restatement_stated": self._restatement_stated,
            **{f"{stage}_kept": partial(self._kept, f"{stage}_actual") for stage in STAGES},
        }

    def knows(self, name: str) -> bool:
        prefix, _, field = name.partition("_")
        return name in self.by_name or (prefix in ("previous", "bound") and field in FIELDS)

    def column(self, name: str) -> pd.Series:
        if name in self.by_name:
            return self.by_name[name]()
        prefix, _, field = name.partition("_")
        values = self.at_previous(field)
        if prefix == "bound":
            values = values.where(~(self._frame.column("corrected").to_numpy(dtype=bool) | self._stated(field)))
        return values

    def _stated(self, field: str) -> Flags:
        """Rows whose change of name or code the 变动表 states."""
        kind = RENAMED if field in NAMES else RECODED if field in CODES else ""
        marks = np.zeros(self._batch.size, dtype=bool)
        marks[[at for at, lines in self._batch.rows_moved.items() if any(line.kind == kind for line in lines)]] = True
        return marks

    def at_previous(self, field: str) -> pd.Series:
        """The field's value in the unit's last accepted month; absent where the project was not there."""
        rows, at = self._batch.history.rows, self._frame.at_previous
        if rows is None or not (at >= 0).any():
            if FIELDS[field].type in ("amount", "quantity", "month"):
                return integers(np.zeros(len(at), dtype=np.int64), np.ones(len(at), dtype=bool))
            return pd.Series([None] * len(at), dtype="str")
        taken = rows[field].take(pa.array(np.where(at >= 0, at, 0))).combine_chunks()
        taken = pa.chunked_array([pc.if_else(pa.array(at >= 0), taken, pa.scalar(None, taken.type))])
        if FIELDS[field].type in ("amount", "quantity"):
            values, missing, over = scaled(taken)
            return integers(values, missing | over)
        return months(taken) if FIELDS[field].type == "month" else pd.Series(taken.to_pandas(), dtype="str")

    def _name_kept(self) -> pd.Series:
        now, before = self._frame.column("project_name"), self.column("bound_project_name")
        asked = now.notna().to_numpy(dtype=bool) & before.notna().to_numpy(dtype=bool)
        kept = (now == before).fillna(False).to_numpy(dtype=bool, copy=True)
        rest = np.flatnonzero(asked & ~kept)
        kept[rest] = [_plain(a) == _plain(b) for a, b in zip(now.iloc[rest], before.iloc[rest], strict=True)]
        return flags(kept, asked)

    def _bound_step(self) -> pd.Series:
        status = pa.chunked_array([pa.array(self.column("bound_status").astype(object), pa.string(), from_pandas=True)])
        return self._frame.own.step(status)

    def _kept(self, field: str) -> pd.Series:
        before = self.at_previous(field)
        return flags(self._frame.column(field).notna().to_numpy(dtype=bool), before.notna().to_numpy(dtype=bool))

    @cached_property
    def _recent(self) -> list[tuple[Positions, Flags, list[Period | None]]]:
        """Newest first: the month's figure of every row's project, where it is known, and the period by submission."""
        histories = [self._batch.unit_history(n) for n in range(len(self._batch.parts))]
        deepest = max((len(h.recent) for h in histories), default=0)
        rows = (self._batch.history.rows, self._batch.history.recent_rows)
        held = [table for table in rows if table is not None and table.num_rows and "month" in table.column_names]
        if not held or not deepest:
            return []
        indexes = [HistoryIndex(self._batch, table) for table in held]
        if held[0] is self._batch.history.rows:
            indexes[0] = self._frame.history_index
        figures = [scaled(table["month"]) for table in held]
        found = []
        for depth in range(deepest):
            submissions = [h.recent[depth] if depth < len(h.recent) else None for h in histories]
            month = np.zeros(self._batch.size, dtype=np.int64)
            known = np.zeros(self._batch.size, dtype=bool)
            periods: list[Period | None] = [None] * len(submissions)
            for history_index, (values, missing, over) in zip(indexes, figures, strict=True):
                at = history_index.match(submissions)
                there = at >= 0
                where = np.maximum(at, 0)
                month = np.where(there, values[where], month)
                known |= there & ~(missing | over)[where]
                periods = [p or history_index.period_of(s) for p, s in zip(periods, submissions, strict=True)]
            found.append((month, known, periods))
        return found

    def _recent_month(self) -> pd.Series:
        """The largest of the last months' figures; the first period of a year counts as two months."""
        calendar, form = self._batch.programme.calendar, self._batch.form
        largest = np.zeros(self._batch.size, dtype=np.int64)
        known = np.zeros(self._batch.size, dtype=bool)
        for values, there, periods in self._recent:
            first = self._batch.spread([p is not None and calendar.is_first_of_year(form, p) for p in periods], "bool")
            monthly = np.where(first, values // 2, values)
            largest = np.where(there, np.maximum(largest, monthly), largest)
            known |= there
        return integers(largest, ~known)

    def _idle_months(self) -> pd.Series:
        """Reporting months in a row without investment up to this one; known where two consecutive earlier ones are."""
        calendar, form = self._batch.programme.calendar, self._batch.form
        month = self._frame.column("month")
        known = month.notna().to_numpy(dtype=bool, copy=True) & self._frame.own.among("status", "在建")
        idle = (month == 0).fillna(False).to_numpy(dtype=bool, copy=True)
        count = idle.astype(np.int64)
        expected = [calendar.previous(form, self._batch.period(n)) for n in range(len(self._batch.parts))]
        recent = self._recent
        for depth in range(_REPORTS - 1):
            if depth >= len(recent):
                known[:] = False
                break
            values, there, periods = recent[depth]
            follows = [p is not None and p == e for p, e in zip(periods, expected, strict=True)]
            known &= there & self._batch.spread(follows, "bool").astype(bool)
            idle &= values == 0
            count += idle
            expected = [calendar.previous(form, e) if e else None for e in expected]
        return integers(count, ~known)

    def _filled(self) -> list[Flags]:
        names = ("restatement_reason", "approver", "approved_on")
        return [self._frame.column(name).notna().to_numpy(dtype=bool) for name in names]

    def _restatement_documented(self) -> pd.Series:
        """Whether reason, approver and date are all there, asked where one of them is."""
        filled = self._filled()
        return flags(filled[0] & filled[1] & filled[2], filled[0] | filled[1] | filled[2])

    def _restatement_stated(self) -> pd.Series:
        """Whether a unit's base that is not last year's figure says so; the whole city's is the sum of its units'."""
        area = self._batch.rows["area_code"]
        whole = pc.fill_null(pc.equal(area, self._batch.programme.city_code or ""), False).to_numpy().astype(bool)
        filled = self._filled()
        return flags(filled[0] | filled[1] | filled[2], self._differs_from_last_year() & ~whole)

    def _differs_from_last_year(self) -> Flags:
        history = self._batch.history.rows
        at = self._frame.history_index.match(
            [self._batch.unit_history(n).year_ago for n in range(len(self._batch.parts))]
        )
        if history is None or not (at >= 0).any():
            return np.zeros(self._batch.size, dtype=bool)
        values, missing, over = scaled(history["ytd"])
        where = np.maximum(at, 0)
        base = self._frame.column("base")
        known = (at >= 0) & ~(missing | over)[where] & base.notna().to_numpy(dtype=bool)
        differs: Flags = known & (np.abs(base.fillna(0).to_numpy(dtype=np.int64) - values[where]) > SCALE)
        return differs


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
