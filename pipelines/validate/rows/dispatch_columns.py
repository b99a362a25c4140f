"""Columns of the check frame about the forms of the dispatch loop: spans that overlap, days inside their period, who is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from ...model.units import name_key
from .column_arrays import flags
from .row_view import RowView
from .validation_batch import Flags

_DONE = (
    "raised_on",
    "accepted_on",
    "handled_on",
    "closed_on",
    "assessed_on",
    "approved_on",
    "start_on",
    "trial_on",
    "replied_on",
    "rectified_on",
)
"""Days of what has happened."""
_NAMED_BY = {"helper": "helper_code", "leader": "leader_code", "team": "team_code"}


class DispatchColumns:
    """Makes them for one check frame. Each is true, false, or absent where the question does not arise."""

    def __init__(self, frame: RowView) -> None:
        self._frame, self._batch = frame, frame.batch
        self.by_name: dict[str, Callable[[], pd.Series]] = {
            "one_leader": self._one_leader,
            "memo_in_week": self._memo_in_week,
            "visit_in_month": lambda: self._inside(("visited_on",), 0),
            "visitor_named": self._visitor_named,
            "stage_days_agree": self._stage_days_agree,
            "phase_has_parent": self._phase_has_parent,
            "automation_is_share": self._automation_is_share,
            "rectified_dated": lambda: self._needs("reply_status", "rectified", "rectified_on"),
            "closed_is_assessed": self._closed_is_assessed,
            "one_name": self._one_name,
            **{f"{field}_past": partial(self._past, field) for field in _DONE},
        }

    def _filled(self, field: str) -> Flags:
        return np.asarray(pc.is_valid(self._batch.rows[field]).to_numpy(), dtype=bool)

    def _needs(self, field: str, value: str, needed: str) -> pd.Series:
        asked = pc.fill_null(pc.equal(self._batch.rows[field], value), False).to_numpy().astype(bool)
        return flags(self._filled(needed), asked)

    def _one_leader(self) -> pd.Series:
        """No other row of the submission gives the project another leader at the same time."""
        rows = self._batch.rows.select(["project_code", "leader_code", "valid_from", "valid_to"]).to_pylist()
        spans: dict[tuple[int, str], list[tuple[date, date, str, int]]] = defaultdict(list)
        for position, (ordinal, row) in enumerate(zip(self._batch.submission.tolist(), rows, strict=True)):
            if row["project_code"] and row["valid_from"]:
                span = (row["valid_from"], row["valid_to"] or date.max, row["leader_code"] or "", position)
                spans[ordinal, row["project_code"]].append(span)
        alone = np.ones(len(rows), dtype=bool)
        asked = np.zeros(len(rows), dtype=bool)
        for group in spans.values():
            latest = (date.min, "", -1)
            for start, end, leader, position in sorted(group):
                asked[position] = True
                if latest[2] >= 0 and start <= latest[0] and leader != latest[1]:
                    alone[[position, latest[2]]] = False
                latest = max(latest, (end, leader, position))
        return flags(alone, asked)

    def _inside(self, fields: tuple[str, ...], days_after: int) -> pd.Series:
        """Every given day of the row lies in the period, or up to so many days after it."""
        rows = self._batch.rows.select(list(fields)).to_pylist()
        fits = np.ones(len(rows), dtype=bool)
        asked = np.zeros(len(rows), dtype=bool)
        bounds = [
            (p.first_day, p.last_day + timedelta(days=days_after))
            for p in map(self._batch.period, range(len(self._batch.parts)))
        ]
        for position, (ordinal, row) in enumerate(zip(self._batch.submission.tolist(), rows, strict=True)):
            first, last = bounds[ordinal]
            given = [day for day in row.values() if day is not None]
            asked[position] = bool(given)
            fits[position] = all(first <= day <= last for day in given)
        return flags(fits, asked)

    def _past(self, field: str) -> pd.Series:
        """The day does not lie after the last day of the period."""
        ends = [self._batch.period(n).last_day for n in range(len(self._batch.parts))]
        last = self._batch.spread([int(f"{day:%Y%m%d}") for day in ends], "int64")
        days = self._frame.column(field)
        return flags((days.fillna(0) <= last).to_numpy(dtype=bool), days.notna().to_numpy(dtype=bool))

    def _one_name(self) -> pd.Series:
        """No other row of the submission gives the code of the person another name."""
        who = "leader" if "leader_code" in self._batch.rows.schema.names else "helper"
        rows = self._batch.rows.select([f"{who}_code", f"{who}_name"]).to_pylist()
        found = [
            (ordinal, row[f"{who}_code"], name_key(row[f"{who}_name"] or ""))
            for ordinal, row in zip(self._batch.submission.tolist(), rows, strict=True)
        ]
        names: dict[tuple[int, str | None], set[str]] = defaultdict(set)
        for ordinal, code, name in found:
            names[ordinal, code].add(name)
        fits = [len(names[ordinal, code] - {""}) <= 1 for ordinal, code, _ in found]
        return flags(np.array(fits, dtype=bool), np.array([bool(code and name) for _, code, name in found], dtype=bool))

    def _memo_in_week(self) -> pd.Series:
        work, memo = self._inside(("meeting_on", "site_on", "review_on"), 0), self._inside(("memo_on",), 1)
        fits = work.fillna(True) & memo.fillna(True)
        return flags(fits.to_numpy(dtype=bool), (work.notna() | memo.notna()).to_numpy(dtype=bool))

    def _visitor_named(self) -> pd.Series:
        kinds = self._batch.rows["visitor_kind"].to_pylist()
        named = {kind: self._filled(field) for kind, field in _NAMED_BY.items()}
        fits = np.array([kind not in named or bool(named[kind][n]) for n, kind in enumerate(kinds)], dtype=bool)
        return flags(fits, np.array([kind in named for kind in kinds], dtype=bool))

    def _stage_days_agree(self) -> pd.Series:
        fits = np.ones(self._batch.size, dtype=bool)
        asked = np.zeros(self._batch.size, dtype=bool)
        for day, month in (("start_on", "start_actual"), ("trial_on", "trial_actual")):
            days, months = self._frame.column(day), self._frame.column(month)
            both = (days.notna() & months.notna()).to_numpy(dtype=bool)
            asked |= both
            fits &= ~both | (days // 100 == months).fillna(False).to_numpy(dtype=bool)
        return flags(fits, asked)

    def _phase_has_parent(self) -> pd.Series:
        later = (self._frame.column("phase") > 1).fillna(False).to_numpy(dtype=bool)
        return flags(self._filled("parent_code"), later)

    def _automation_is_share(self) -> pd.Series:
        rates = self._batch.rows["automation_rate"].to_numpy()
        return flags((rates >= 0) & (rates <= 1), self._filled("automation_rate"))

    def _closed_is_assessed(self) -> pd.Series:
        return flags(self._filled("assessed_on") & self._filled("assessment"), self._filled("closed_on"))
