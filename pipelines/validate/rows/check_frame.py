"""The check frame: what Great Expectations sees of a batch. Only the columns the plan asks for, on a RangeIndex."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from expectations.catalogue.cross_table_rules import NESTED

from ...model.fields import CORRECTION_CODES, FIELDS, FieldType
from ...model.units import Unit
from ..explanations import adequate
from .dispatch_columns import DispatchColumns
from .exact_decimals import absent, days, integers, months, scaled
from .history_columns import PastColumns
from .history_index import HistoryIndex
from .required_cells import RequiredColumns
from .row_columns import OwnColumns
from .unit_scale import UnitScaleErrors
from .validation_batch import DATES, NAMES, NUMERIC, Flags, Positions, ValidationBatch, is_lost

_NOTHING = pa.array(["", "—", "－", "-", "/", "无", "暂无"])
REDUCING = frozenset(CORRECTION_CODES) - {"补报"}
"""Correction codes that explain a lower cumulative figure."""


class CheckFrame:
    """Builds columns of a batch by name. `wider_position`: for rows of nested indicators, where the containing one stands."""

    def __init__(self, batch: ValidationBatch) -> None:
        self.batch = batch
        self.history_index = HistoryIndex(batch)
        self.own = OwnColumns(self)
        self.past = PastColumns(self)
        self.unit_scale_errors = UnitScaleErrors(self)
        self._amounts: dict[str, tuple[Positions, Flags, Flags]] = {}
        self._built: dict[str, pd.Series] = {}
        self._derived: dict[str, Callable[[], pd.Series]] = {
            "submission": lambda: pd.Series(batch.submission),
            "period": lambda: pd.Series(batch.spread([self._yyyymm(i) for i in range(len(batch.parts))], "int64")),
            "first_period": self._first_period,
            "unit_code_accepted": lambda: self._accepted("reported_unit_code", _code_fits),
            "unit_name_accepted": lambda: self._accepted("reported_unit_name", _name_fits),
            "unreadable_amounts": lambda: pd.Series(self._noted(NUMERIC) + self._too_large()),
            "unreadable_dates": lambda: pd.Series(self._noted(DATES)),
            "damaged_codes": lambda: pd.Series(self._noted(NAMES)),
            "construction": self._construction,
            "corrected": lambda: self._has_code(frozenset(CORRECTION_CODES)),
            "any_sign": self._any_sign,
            "reduced": lambda: self._has_code(REDUCING),
            "started_ym": self._started,
            "previous_ytd": lambda: self._earlier("ytd", self.history_index.same_year, self.at_previous),
            "chain_ytd": lambda: self._earlier("ytd", self._chained, self.at_previous),
            "opening_cum_total": lambda: self._earlier("cum_total", lambda _: True, self.at_final),
            "wider_ytd": self._wider_ytd,
            **self.own.by_name,
            **self.unit_scale_errors.by_name,
            **RequiredColumns(self).by_name,
            **DispatchColumns(self).by_name,
        }

    def build(self, columns: Sequence[str]) -> pd.DataFrame:
        """One row a data row of the batch, RangeIndex, columns as asked."""
        return pd.DataFrame({name: self.column(name) for name in columns}, index=pd.RangeIndex(self.batch.size))

    def column(self, name: str) -> pd.Series:
        """A column, made once."""
        if name not in self._built:
            self._built[name] = self._column(name)
        return self._built[name]

    def _column(self, name: str) -> pd.Series:
        if name in self._derived:
            return self._derived[name]()
        if self.past.knows(name):
            return self.past.column(name)
        column = self.batch.rows[name]
        kind = FIELDS[name].type
        if kind in ("amount", "quantity"):
            values, missing, too_large = self._scaled(name)
            return integers(values, missing | too_large)
        if kind == "integer":
            return integers(pc.fill_null(column, 0).to_numpy(), absent(column))
        if kind == "month":
            return months(column)
        if kind == "date":
            return days(column)
        if pa.types.is_string(column.type):
            return self._text(name, column)
        return pd.Series(column.to_pandas())

    def _scaled(self, field: str) -> tuple[Positions, Flags, Flags]:
        if field not in self._amounts:
            self._amounts[field] = scaled(self.batch.rows[field])
        return self._amounts[field]

    def _text(self, name: str, column: pa.ChunkedArray) -> pd.Series:
        emptied = pc.if_else(pc.is_in(column, value_set=_NOTHING), pa.scalar(None, pa.string()), column)
        texts = pd.Series(emptied.to_pandas(), dtype="str")
        if name == "industry_code" or name in self.batch.programme.codes.lists:
            # unlisted text goes back into the frame, so that the rule on the list says so and not the one on blanks
            unlisted = [n for n in self.batch.notes if n.field == name and n.code == "not_in_code_list"]
            texts.iloc[[n.position for n in unlisted]] = [n.raw for n in unlisted]
        return texts

    def _yyyymm(self, ordinal: int) -> int:
        period = self.batch.period(ordinal)
        return period.year * 100 + period.month

    def _first_period(self) -> pd.Series:
        calendar, form = self.batch.programme.calendar, self.batch.form
        first = [calendar.is_first_of_year(form, self.batch.period(i)) for i in range(len(self.batch.parts))]
        return pd.Series(self.batch.spread(first, "bool"))

    def _noted(self, kinds: frozenset[FieldType]) -> Positions:
        positions = [n.position for n in self.batch.notes if is_lost(n, kinds)]
        return np.bincount(np.array(positions, dtype=np.int64), minlength=self.batch.size).astype(np.int64)

    @cached_property
    def too_large(self) -> dict[str, Flags]:
        """Amount fields with values at or above the ceiling → which rows."""
        found = {}
        for field in self.batch.rows.schema.names:
            if FIELDS[field].type in ("amount", "quantity"):
                over = self._scaled(field)[2]
                if over.any():
                    found[field] = over
        return found

    def _too_large(self) -> Positions:
        total = np.zeros(self.batch.size, dtype=np.int64)
        for over in self.too_large.values():
            total += over
        return total

    def _accepted(self, field: str, fits: Callable[[str, Unit, Unit | None], bool]) -> pd.Series:
        """Whether the sender's own or accepted code (longer area codes by their first six digits), or no other unit's name."""
        batch, roster = self.batch, self.batch.programme.roster
        encoded = batch.rows[field].combine_chunks().dictionary_encode()
        texts: list[str] = encoded.dictionary.to_pylist()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        width = len(texts) + 1
        keys = batch.submission * width + codes
        bad = []
        for key in np.unique(keys[codes >= 0]).tolist():
            ordinal, code = divmod(key, width)
            sender = roster.get(batch.parts[ordinal].unit_code or "")
            if sender is not None and not fits(texts[code].strip(), sender, roster.find(texts[code])):
                bad.append(key)
        return pd.Series(~np.isin(keys, bad))

    def _construction(self) -> pd.Series:
        """Building and installation: the one figure where it is given, else the sum of the two (blank counts as 0)."""
        together, none, over = self._scaled("build_install")
        build, no_build, _ = self._scaled("build")
        install, no_install, _ = self._scaled("install")
        one = ~(none | over)
        return integers(np.where(one, together, build + install), ~one & no_build & no_install)

    def _any_sign(self) -> pd.Series:
        """Rows whose indicator may be negative, or whose 上报说明 explains a reduction by its correction code: a long form has no
        column for it."""
        if self.batch.layout.grain != "indicator":
            return pd.Series(np.zeros(self.batch.size, dtype=bool))
        signed = pa.array(sorted(i.code for i in self.batch.layout.indicators if i.sign == "any"), pa.string())
        found = pc.is_in(self.batch.rows["indicator"], value_set=signed).to_numpy().astype(bool)
        texts = self.batch.rows["explanation"]
        named = pc.fill_null(pc.match_substring_regex(texts, "|".join(sorted(REDUCING))), False)
        for position in np.flatnonzero(named.to_numpy().astype(bool)).tolist():
            found[position] |= adequate(texts[position].as_py())
        return pd.Series(found)

    def _has_code(self, codes: frozenset[str]) -> pd.Series:
        values = pa.array(sorted(codes))
        return pd.Series(pc.is_in(self.batch.rows["correction_code"], value_set=values).to_numpy().astype(bool))

    def _started(self) -> pd.Series:
        """Month of the start, absent where it is only planned (拟、计划)."""
        started = months(self.batch.rows["start_ym"])
        planned = [n.position for n in self.batch.notes if n.field == "start_ym" and n.code == "planned_date"]
        started.iloc[planned] = pd.NA
        return started

    def _chained(self, ordinal: int) -> bool:
        return self.history_index.same_year(ordinal) and self.history_index.consecutive(ordinal)

    @cached_property
    def at_previous(self) -> Positions:
        return self.history_index.match(self.history_index.previous)

    @cached_property
    def at_final(self) -> Positions:
        return self.history_index.match([self.batch.unit_history(i).annual_final for i in range(len(self.batch.parts))])

    def _earlier(self, field: str, comparable: Callable[[int], bool], at: Positions) -> pd.Series:
        rows = self.batch.history.rows
        allowed = self.batch.spread([comparable(i) for i in range(len(self.batch.parts))], "bool").astype(bool)
        found = (at >= 0) & allowed
        if rows is None or not found.any():
            return integers(np.zeros(self.batch.size, dtype=np.int64), np.ones(self.batch.size, dtype=bool))
        values, missing, over = scaled(rows[field])
        where = np.maximum(at, 0)
        return integers(np.where(found, values[where], 0), ~found | (missing | over)[where])

    @cached_property
    def wider_position(self) -> Positions:
        """Position of the row, in the same submission, area and scope, of the next wider indicator; −1 where there is none."""
        rows = self.batch.rows
        area = rows["area_code"].to_pylist() if "area_code" in rows.schema.names else [None] * self.batch.size
        places: dict[tuple[int, str | None, str | None, str], int] = {}
        keys = list(zip(self.batch.submission.tolist(), area, rows["scope"].to_pylist(), strict=True))
        indicators: list[str | None] = rows["indicator"].to_pylist()
        for position, (key, indicator) in enumerate(zip(keys, indicators, strict=True)):
            if indicator is not None and indicator in NESTED:
                places.setdefault((*key, indicator), position)
        found = np.full(self.batch.size, -1, dtype=np.int64)
        for position, (key, indicator) in enumerate(zip(keys, indicators, strict=True)):
            if indicator in NESTED:
                wider = NESTED[NESTED.index(indicator) + 1 :]
                found[position] = next((places[(*key, w)] for w in wider if (*key, w) in places), -1)
        return found

    def _wider_ytd(self) -> pd.Series:
        values, missing, over = self._scaled("ytd")
        found, where = self.wider_position >= 0, np.maximum(self.wider_position, 0)
        if not self.batch.size:
            return integers(values, missing)
        return integers(np.where(found, values[where], 0), ~found | (missing | over)[where])


def _code_fits(text: str, sender: Unit, _: Unit | None) -> bool:
    accepted = {sender.code, *sender.accepted_codes}
    return text in accepted or (len(text) in (9, 12) and text[:6] in accepted)


def _name_fits(_: str, sender: Unit, named: Unit | None) -> bool:
    return (
        named is None or named.code == sender.code or named.code in sender.accepted_codes or named.code == sender.parent
    )
