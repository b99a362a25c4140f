"""Dispatch returns with the plans that the ranking scores them against: what lights, snails and flags are of. The same rule as
`plan_baseline`, column by column: a country's year has 1.7 million rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from ..model.amount_arrays import Flags, Ints, amounts_as_yuan, whole_array, yuan_as_amounts
from ..model.fields import STAGES
from ..model.lifecycle import stages_not_applicable
from ..model.periods import Period
from ..model.text_arrays import coded_texts, text_codes
from .moved_projects import KEY, UnitProjects

_STAGES = tuple(f"{stage}_plan" for stage in STAGES)
TAKEN = (*KEY, "planned_ytd", "na_flag", *_STAGES)
"""Columns of the first returns that plans are taken from."""


def as_planned(
    rows: pa.Table, first: pa.Table, months: Sequence[Period], year: int, project_plan: pa.Table | None
) -> pa.Table:
    """The rows of a year's periods with plan to date, stage plans and stages that do not apply as the ranking of their month scores
    them. `first`: the rows of the returns of `months` that plans are taken from, those that `freeze_plans` has (`rows` itself where
    none was sent twice); a row of a period that is not among the months stays as it is. `project_plan`: its rows of the year. A plan
    to date that nobody ever stated stays absent."""
    place_of = _months(first, {str(month): place for place, month in enumerate(months)})
    month_of = _months(rows, {str(month): place for place, month in enumerate(months) if month.year == year})
    keys = _Keys(first, rows, project_plan, place_of, month_of)
    frozen = _Frozen(place_of, keys, month_of)
    columns = {name: frozen.stage(first[name], rows[name]) for name in _STAGES}
    columns["na_flag"] = frozen.waived(first["na_flag"], rows["na_flag"])
    planned, stated = _reported(rows)
    said = planned if first is rows else _reported(first)[0]
    highest = _highest(keys, place_of, said, month_of, [month.year == year for month in months], planned)
    scheduled, there = _schedule(project_plan, keys, month_of, months)
    here = month_of >= 0
    planned = np.where(here, np.where(there, scheduled, highest), planned)
    columns["planned_ytd"] = yuan_as_amounts(planned, stated | (here & ((planned != 0) | there)))
    for name, values in columns.items():
        place = rows.column_names.index(name)
        rows = rows.set_column(place, rows.schema.field(place), values)
    return rows


class _Keys:
    """Whose plan each row has. `rows`: the plan's number by row; `first` and `plan`: the number that a row of those tables adds to, and
    at `first_at`, `plan_at` the row: one that a project took along to another unit stands once for each of the two."""

    def __init__(self, first: pa.Table, rows: pa.Table, plan: pa.Table | None, place_of: Ints, month_of: Ints) -> None:
        pairs = UnitProjects(rows, *([] if first is rows else [first]), *([] if plan is None else [plan]))
        parts = list(pairs.rows)
        self.rows: Ints = parts.pop(0)
        self.first: Ints = self.rows if first is rows else parts.pop(0)
        self.plan: Ints = parts.pop(0) if parts else np.zeros(0, np.int64)
        self.first_at, self.plan_at = np.arange(len(self.first)), np.arange(len(self.plan))
        self.count = pairs.count
        if pairs.shared.any():
            self._take_along(pairs, place_of, month_of)

    def _take_along(self, pairs: UnitProjects, place_of: Ints, month_of: Ints) -> None:
        """Month by month, as a project is of another unit in one month than in another."""
        first, plan, rows = self.first, self.plan, self.rows.copy()
        numbers: dict[frozenset[int], int] = {}
        last = int(month_of.max(initial=-1))
        several = np.flatnonzero(pairs.shared[first])
        told = [np.unique(first[several[place_of[several] == place]]) for place in range(last + 1)]
        for place in range(last + 1):
            mine = np.flatnonzero(month_of == place)
            heirs = pairs.left_behind(rows[mine], told[:place], plan)
            for heir, left in heirs.items():
                number = numbers.setdefault(frozenset((heir, *left)), self.count + len(numbers))
                rows[mine[rows[mine] == heir]] = number
        for members, number in numbers.items():
            self.first, self.first_at = _added(self.first, self.first_at, first, members, number)
            self.plan, self.plan_at = _added(self.plan, self.plan_at, plan, members, number)
        self.rows, self.count = rows, self.count + len(numbers)


def _added(keys: Ints, at: Ints, own: Ints, members: Iterable[int], number: int) -> tuple[Ints, Ints]:
    """Keys and rows, and the rows of the members once more under a number."""
    theirs = np.flatnonzero(np.isin(own, list(members)))
    return np.concatenate([keys, np.full(len(theirs), number)]), np.concatenate([at, theirs])


class _Frozen:
    """What the first returns freeze: of every project the row that names it first, the oldest month before all."""

    def __init__(self, month: Ints, keys: _Keys, month_of: Ints) -> None:
        """`month`: place of each first row's month; `month_of` of each row's, −1 where it has none."""
        order = np.argsort(month[keys.first_at], kind="stable")[::-1]
        oldest = np.full(keys.count, -1, np.int64)
        oldest[keys.first[order]] = keys.first_at[order]
        own = oldest[keys.rows]
        self._known: Flags = (own >= 0) & (month_of >= 0)
        self._known[self._known] = month[own[self._known]] <= month_of[self._known]
        self._at: Ints = own[self._known]
        """Of the rows that are known, the first row that freezes them."""

    def stage(self, first: pa.ChunkedArray, reported: pa.ChunkedArray) -> pa.Array:
        """Month by which the stage has to be reached: the frozen one, else the reported one."""
        (frozen, given), texts = _codes_of(first, reported)
        stated = np.array([bool(text) for text in texts], bool)
        at = frozen[self._at]
        result = given.copy()
        result[self._known] = np.where(stated[at], at, given[self._known]) if len(texts) else at
        return coded_texts(result, texts, reported.type)

    def waived(self, first: pa.ChunkedArray, reported: pa.ChunkedArray) -> pa.Array:
        """Stages that did not apply when the plan was frozen, by their names."""
        (frozen, given), texts = _codes_of(first, reported)
        names = [";".join(sorted(stages_not_applicable(text))) or None for text in texts]
        result = given.copy()
        result[self._known] = frozen[self._at] + len(texts)
        return coded_texts(result, [*texts, *names], reported.type)


def _codes_of(first: pa.ChunkedArray, reported: pa.ChunkedArray) -> tuple[tuple[Ints, Ints], list[str | None]]:
    """Texts of two columns as numbers from one list."""
    codes, texts = text_codes(first, reported)
    return (codes[: len(first)], codes[len(first) :]), texts


def _highest(keys: _Keys, month: Ints, said: Ints, month_of: Ints, in_year: Sequence[bool], reported: Ints) -> Ints:
    """The highest cumulative plan of the year's first returns up to the row's month, and of the row itself. `said`: plan to date of
    the first rows, `month` the place of their month."""
    month, said = month[keys.first_at], said[keys.first_at]
    result, known = reported.copy(), np.zeros(keys.count, np.int64)
    months = zip(_by_month(month, len(in_year)), _by_month(month_of, len(in_year)), in_year, strict=True)
    for new, mine, counts in months:
        if counts:
            np.maximum.at(known, keys.first[new], said[new])
        result[mine] = np.maximum(reported[mine], known[keys.rows[mine]])
    return result


def _by_month(month: Ints, count: int) -> list[Ints | slice]:
    """The rows of each of the months; slices where the rows come month by month."""
    if (np.diff(month) >= 0).all():
        ends = np.searchsorted(month, np.arange(count + 1)).tolist()
        return [slice(begin, end) for begin, end in pairwise(ends)]
    return [np.flatnonzero(month == place) for place in range(count)]


def _reported(rows: pa.Table) -> tuple[Ints, Flags]:
    return amounts_as_yuan(whole_array(rows["planned_ytd"]))


def _schedule(plan: pa.Table | None, keys: _Keys, month_of: Ints, reporting: Sequence[Period]) -> tuple[Ints, Flags]:
    """Cumulative investment that project_plan plans up to each row's month, and whether it plans the project."""
    if plan is None or not plan.num_rows:
        return np.zeros(len(month_of), np.int64), np.zeros(len(month_of), bool)
    months = [amounts_as_yuan(whole_array(plan[f"plan_m{month:02d}"]))[0] for month in range(1, 13)]
    cumulative = np.cumsum(np.stack(months, axis=1), axis=1)
    line = np.full(keys.count, -1, np.int64)
    line[keys.plan] = keys.plan_at
    own = line[keys.rows]
    there = (own >= 0) & (month_of >= 0)
    calendar = np.array([month.month - 1 for month in reporting], np.int64)
    return np.where(there, cumulative[own, calendar[month_of]], 0), there


def _months(rows: pa.Table, places: Mapping[str, int]) -> Ints:
    """Place of each row's period; −1 where it has none."""
    codes, texts = text_codes(rows["period"])
    known = np.array([places.get(text or "", -1) for text in texts], np.int64)
    return known[codes] if len(texts) else codes
