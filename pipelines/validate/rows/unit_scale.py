"""G, the detector of slipped units of amount: by file and by row, against the unit's last accepted month (domain.md §2.7 G,
domain_decisions §2). It proposes a factor; nothing is ever corrected.

Ratios are of type float: they are compared with powers of ten within a fifth, and never become amounts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.catalogue.amount_rules import SCALE
from expectations.catalogue.whole import (
    EACH_YI_BELOW,
    EACH_YUAN_FROM,
    FEWEST,
    NEAR_FILE,
    NEAR_ROW,
    WHOLE_YUAN_FROM,
    YI_AT_MOST,
    YUAN_FROM,
    YUAN_IN_WAN,
)

from ...model.periods import Period
from .column_arrays import flags
from .exact_decimals import scaled
from .row_view import RowView
from .validation_batch import Flags, Positions

Ratios = NDArray[np.float64]
_LISTED = r"亿|548"
COUNT = "project_count"
"""The indicator of unit_month that counts the projects of a unit: the rows of project_month."""


@dataclass(frozen=True)
class UnitScaleError:
    """What a file's figures look like beside the last accepted ones: the factor, and by signal the ratio that suggests it."""

    factor: float
    signals: dict[str, float]

    @property
    def certain(self) -> bool:
        """Two signals, one of them planned totals."""
        return "plan_total" in self.signals and len(self.signals) > 1


class UnitScaleErrors:
    """The detector for one check frame."""

    def __init__(self, frame: RowView) -> None:
        self._frame = frame
        self._batch = frame.batch
        self._field = frame.batch.layout.amount
        self._planned = frame.batch.layout.column("plan_total") is not None
        self.by_name: dict[str, Callable[[], pd.Series]] = {
            "slip_free": lambda: self._row(certain=True),
            "plan_slip_free": lambda: self._row(certain=False),
            "slip_factor": self._factor_column,
            "plan_size_fits": self._plan_size_fits,
            "total_size_fits": self._total_size_fits,
        }

    @cached_property
    def factors(self) -> list[float]:
        """Ratios between the units of amount the form allows, 1 left out."""
        units = {float(v) for v in self._batch.layout.amount_units.values()}
        return sorted({round(a / b, 12) for a, b in permutations(units, 2)})

    def _near(self, ratio: float, tolerance: float) -> float | None:
        """The factor that a ratio (finite and positive, see `_ratios`) comes near."""
        return next((k for k in self.factors if max(ratio / k, k / ratio) <= tolerance), None)

    def _ratios(self, field: str, comparable: Flags | None = None, at: Positions | None = None) -> Ratios:
        """Now over then, by row; NaN where either is absent or not positive."""
        ratios = np.full(self._batch.size, np.nan)
        rows = self._batch.history.rows if field else None  # a form of growth rates alone has no amount
        at = self._frame.at_previous if at is None else at
        if rows is None or not (at >= 0).any():
            return ratios
        then, missing, over = scaled(rows[field])
        where = np.maximum(at, 0)
        now = self._frame.column(field).fillna(0).to_numpy(dtype=np.int64)
        known = (at >= 0) & ~(missing | over)[where] & (now > 0) & (then[where] > 0)
        if comparable is not None:
            known &= comparable
        ratios[known] = now[known] / then[where][known]
        return ratios

    @cached_property
    def _same_year(self) -> Flags:
        history_index = self._frame.history_index
        return self._batch.spread([history_index.same_year(n) for n in range(len(self._batch.parts))], "bool").astype(
            bool
        )

    @cached_property
    def _seasonal(self) -> Ratios:
        """s_t/s_{t−1} by submission; 1 where the programme has no seasonal shares."""
        shares = self._batch.programme.seasonal
        found = []
        for ordinal in range(len(self._batch.parts)):
            before = self._batch.unit_history(ordinal).previous_period
            now, then = shares.get(self._batch.period(ordinal).month), None
            if before is not None:
                then = shares.get(Period.parse(before).month)
            found.append(float(now / then) if now and then else 1.0)
        return np.asarray(found, dtype=np.float64)

    @cached_property
    def _plan(self) -> Ratios:
        return self._ratios("plan_total")

    @cached_property
    def _flows(self) -> dict[str, Ratios]:
        """Other ratios by field, cumulative figures of the year divided by the seasonal one."""
        expected = self._seasonal[self._batch.submission]
        flows = {self._field: self._ratios(self._field, self._same_year) / expected}
        if self._batch.layout.role == "detail":
            flows["cum_total"] = self._ratios("cum_total")
        if self._batch.layout.role == "level":
            ago = self._frame.history_index.match(
                [self._batch.unit_history(n).year_ago for n in range(len(self._batch.parts))]
            )
            last_year = self._ratios(self._field, ~self._same_year & self._first_period, ago)
            own = np.where(np.isnan(flows[self._field]), last_year, flows[self._field])
            flows[self._field] = np.where(self._frame.column("amount_row").to_numpy(dtype=bool), own, np.nan)
        return flows

    @property
    def _first_period(self) -> Flags:
        return self._frame.column("first_period").to_numpy(dtype=bool)

    def of_file(self, ordinal: int) -> UnitScaleError | None:
        """The factor that the file's medians suggest; None where none does."""
        return self._files[ordinal]

    @cached_property
    def _files(self) -> list[UnitScaleError | None]:
        return [self._of_medians(n) for n in range(len(self._batch.parts))]

    def _of_medians(self, ordinal: int) -> UnitScaleError | None:
        start, end = int(self._batch.start[ordinal]), int(self._batch.start[ordinal + 1])
        fields = dict(self._flows)
        if self._planned:
            fields = {"plan_total": self._plan, **fields}
        least = FEWEST if self._planned else 1
        found: dict[float, dict[str, float]] = {}
        for field, ratios in fields.items():
            own = ratios[start:end]
            own = own[~np.isnan(own)]
            if len(own) < least:
                continue
            median = _median(own)
            factor = self._near(median, NEAR_FILE)
            if factor is not None:
                found.setdefault(factor, {})[field] = median
        if not found:
            return None
        factor = max(found, key=lambda k: ("plan_total" in found[k], len(found[k])))
        return UnitScaleError(factor, found[factor])

    def compared(self, ordinal: int) -> int:
        """How many rows have a value to compare."""
        return self._compared[ordinal]

    @cached_property
    def _compared(self) -> list[int]:
        ratios = [self._plan] if self._planned else list(self._flows.values())
        counts = [self._batch.per_submission(~np.isnan(r)) for r in ratios]
        return [max(own) for own in zip(*(count.tolist() for count in counts), strict=True)]

    @cached_property
    def _rows(self) -> tuple[Ratios, Flags]:
        """(factor of every row's planned total, 0 for none; whether another figure of the row says the same)."""
        factor = np.zeros(self._batch.size)
        certain = np.zeros(self._batch.size, dtype=bool)
        whole = self._files
        for k in self.factors:
            near = (self._plan >= k / NEAR_ROW) & (self._plan <= k * NEAR_ROW)
            if not near.any():
                continue
            off_scale = self._batch.spread([s is not None and s.factor == k for s in whole], "bool").astype(bool)
            near &= ~off_scale
            factor[near] = k
            for ratios in self._flows.values():
                certain |= near & (ratios >= k / NEAR_FILE) & (ratios <= k * NEAR_FILE)
        return factor, certain

    def _row(self, *, certain: bool) -> pd.Series:
        factor, sure = self._rows
        hit = (factor > 0) & (sure if certain else ~sure)
        return flags(~hit, ~np.isnan(self._plan))

    def _factor_column(self) -> pd.Series:
        values, at = np.unique(self._rows[0], return_inverse=True)
        texts = pa.array([factor_text(value) if value > 0 else "" for value in values.tolist()], pa.string())
        return pd.Series(texts.take(pa.array(at)).to_pandas(), dtype="str")

    def _plan_size_fits(self) -> pd.Series:
        """Where no earlier figure is compared: neither of the size of 元, nor of 亿元 for a project on a list of 亿元 and more, nor a unit
        of amount above the other projects of its file. A list without amounts by month has no earlier figure that is compared."""
        plan = self._frame.column("plan_total")
        values = plan.fillna(0).to_numpy(dtype=np.int64)
        small = np.zeros(self._batch.size, dtype=bool)
        if "lists" in self._batch.rows.schema.names:
            listed = pc.fill_null(pc.match_substring_regex(self._batch.rows["lists"], _LISTED), False)
            small = listed.to_numpy().astype(bool) & (values >= SCALE) & (values <= YI_AT_MOST * SCALE)
        fits = (values <= YUAN_FROM * SCALE) & (values * NEAR_FILE < YUAN_IN_WAN * self._medians(values)) & ~small
        asked = plan.notna().to_numpy(dtype=bool) & (self._batch.layout.measure == "wan_yuan")
        return flags(fits, asked & np.isnan(self._plan) if self._field else asked)

    def _total_size_fits(self) -> pd.Series:
        """Where no earlier figure is compared, a whole file in another unit of amount agrees with itself, with last year's column and with
        every growth. What is left are the projects that the same file counts, and that a county is no country."""
        amount = self._frame.column(self._field)
        values = amount.fillna(0).to_numpy(dtype=np.int64)
        own = amount.notna().to_numpy(dtype=bool) & self._frame.column("amount_row").to_numpy(dtype=bool) & (values > 0)
        asked = own & (self._batch.layout.measure == "wan_yuan") & np.isnan(self._flows[self._field])
        counties = [not (part.unit_code or "00").endswith("00") for part in self._batch.parts]
        too_large = values > WHOLE_YUAN_FROM * SCALE
        fits = ~(too_large & self._batch.spread(counties, "bool").astype(bool))
        each = values / self._projects()
        fits &= ~((each > EACH_YUAN_FROM * SCALE) | (each < EACH_YI_BELOW * SCALE))
        return flags(fits, asked)

    def _projects(self) -> Ratios:
        """Of rows of the ranked indicator: how many projects the same file counts in the same scope; NaN elsewhere, and of a few."""
        found = np.full(self._batch.size, np.nan)
        indicators, scopes = self._batch.rows["indicator"], self._batch.rows["scope"].to_pylist()
        counts = self._frame.column(self._field)
        places = list(zip(self._batch.submission.tolist(), scopes, strict=True))
        known = {
            places[at]: counts.iloc[at] / SCALE
            for at in np.flatnonzero(pc.fill_null(pc.equal(indicators, COUNT), False).to_numpy().astype(bool))
            if pd.notna(counts.iloc[at]) and counts.iloc[at] >= FEWEST * SCALE
        }
        lead = self._batch.programme.method.indicator
        for at in np.flatnonzero(pc.fill_null(pc.equal(indicators, lead), False).to_numpy().astype(bool)):
            found[at] = known.get(places[at], np.nan)
        return found

    def _medians(self, values: NDArray[np.int64]) -> Ratios:
        """Of the positive values of each row's file; infinite where they are too few to be a neighbourhood."""
        medians = []
        for ordinal in range(len(self._batch.parts)):
            own = values[int(self._batch.start[ordinal]) : int(self._batch.start[ordinal + 1])]
            own = own[own > 0]
            medians.append(_median(own) if len(own) >= FEWEST else np.inf)
        return np.asarray(medians, dtype=np.float64)[self._batch.submission]


def _median(values: NDArray[np.generic]) -> float:
    """What `np.median` gives, without what it asks of every array: a country has thousands of files."""
    ordered = np.sort(values)
    middle = len(ordered) // 2
    return float(ordered[middle]) if len(ordered) % 2 else float((ordered[middle - 1] + ordered[middle]) / 2)


def factor_text(factor: float) -> str:
    """10000, 0.0001: the way people write factors."""
    return f"{factor:.8f}".rstrip("0").rstrip(".")
