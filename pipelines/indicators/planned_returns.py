"""Dispatch returns with the plans that the ranking scores them against: what lights, snails and flags are of. The same rule as
`plan_baseline`, column by column: a country's year has 1.7 million rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..model.amount_arrays import Flags, Ints, amounts_as_yuan, yuan_as_amounts
from ..model.fields import STAGES
from ..model.lifecycle import stages_not_applicable
from ..model.periods import Period

_KEY = ("unit_code", "project_code")
_STAGES = tuple(f"{stage}_plan" for stage in STAGES)
TAKEN = (*_KEY, "planned_ytd", "na_flag", *_STAGES)
"""Columns of the first returns that plans are taken from."""


def as_planned(
    rows: pa.Table, first: pa.Table, months: Sequence[Period], year: int, project_plan: pa.Table | None
) -> pa.Table:
    """The rows of a year's periods with plan to date, stage plans and stages that do not apply as the ranking of their month scores
    them. `first`: the rows of the returns of `months` that plans are taken from, those that `freeze_plans` has; a row of a period
    that is not among the months stays as it is. `project_plan`: its rows of the year. A plan to date that nobody ever stated stays
    absent."""
    place_of = _months(first, {str(month): place for place, month in enumerate(months)})
    order = np.argsort(place_of, kind="stable")
    if (np.diff(order) != 1).any():
        first, place_of = first.take(pa.array(order)), place_of[order]
    keys = _Keys([first, rows, *([project_plan] if project_plan is not None else [])])
    month_of = _months(rows, {str(month): place for place, month in enumerate(months) if month.year == year})
    frozen = _Frozen(first, place_of, keys.of(0))
    at = frozen.row_of(keys.of(1), month_of)
    columns = {name: frozen.stage(name, at, rows[name]) for name in _STAGES}
    columns["na_flag"] = frozen.waived(at, rows["na_flag"])
    planned, stated = _reported(rows)
    highest = frozen.highest(keys, month_of, [month.year == year for month in months], planned)
    scheduled, there = _schedule(project_plan, keys, month_of, months)
    here = month_of >= 0
    planned = np.where(here, np.where(there, scheduled, highest), planned)
    columns["planned_ytd"] = yuan_as_amounts(planned, stated | (here & ((planned != 0) | there)))
    for name, values in columns.items():
        place = rows.column_names.index(name)
        kind = rows.schema.field(place)
        rows = rows.set_column(place, kind, values if values.type == kind.type else values.cast(kind.type))
    return rows


class _Keys:
    """(unit, project) of the rows of several tables, as numbers from one dictionary."""

    def __init__(self, tables: Sequence[pa.Table]) -> None:
        units, projects = (_numbers([table[name] for table in tables]) for name in _KEY)
        pairs = pa.array(units * (int(projects.max(initial=0)) + 1) + projects).dictionary_encode()
        self.count = len(pairs.dictionary)
        ends = np.cumsum([table.num_rows for table in tables])[:-1]
        self._parts = np.split(np.asarray(pairs.indices.to_numpy(zero_copy_only=False), np.int64), ends)

    def of(self, place: int) -> Ints:
        found: Ints = self._parts[place]
        return found


class _Frozen:
    """What the first returns freeze: of every project the row that names it first."""

    def __init__(self, first: pa.Table, month: Ints, key: Ints) -> None:
        self._key, self._month = key, month
        self._planned, _ = amounts_as_yuan(_one(first["planned_ytd"]))
        count = int(key.max()) + 1 if len(key) else 0
        place = np.zeros(count, np.int64)
        place[key[::-1]] = np.arange(len(key))[::-1]
        self._rows = first.take(pa.array(place))
        self._born = month[place]

    def row_of(self, key: Ints, month_of: Ints) -> pa.Array:
        """Row among the frozen ones; null for a project that no return up to the row's month names."""
        inside = key < len(self._born)
        born = self._born[np.where(inside, key, 0)] if len(self._born) else np.zeros(len(key), np.int64)
        known = inside & (month_of >= 0) & (born <= month_of)
        return pa.array(key, mask=~known)

    def stage(self, name: str, at: pa.Array, reported: pa.ChunkedArray) -> pa.ChunkedArray:
        """Month by which the stage has to be reached: the frozen one, else the reported one."""
        column = self._rows[name]
        stated = pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
        return pc.coalesce(stated.take(at), reported)

    def waived(self, at: pa.Array, reported: pa.ChunkedArray) -> pa.ChunkedArray:
        """Stages that did not apply when the plan was frozen, by their names."""
        marks = pc.fill_null(_one(self._rows["na_flag"]), "").dictionary_encode()
        texts = [";".join(sorted(stages_not_applicable(text))) or None for text in marks.dictionary.to_pylist()]
        frozen = pa.array(texts, pa.string()).take(marks.indices)
        return pc.if_else(pc.is_valid(at), frozen.take(at), reported)

    def highest(self, keys: _Keys, month_of: Ints, in_year: Sequence[bool], reported: Ints) -> Ints:
        """The highest cumulative plan of the year's first returns up to the row's month, and of the row itself."""
        key, result, known = keys.of(1), reported.copy(), np.zeros(keys.count, np.int64)
        order = np.argsort(month_of, kind="stable")
        ends = np.searchsorted(month_of[order], np.arange(len(in_year) + 1))
        own = np.searchsorted(self._month, np.arange(len(in_year) + 1))
        for month, counts in enumerate(in_year):
            new = slice(own[month], own[month + 1])
            if counts:
                np.maximum.at(known, self._key[new], self._planned[new])
            mine = order[ends[month] : ends[month + 1]]
            result[mine] = np.maximum(reported[mine], known[key[mine]])
        return result


def _reported(rows: pa.Table) -> tuple[Ints, Flags]:
    return amounts_as_yuan(_one(rows["planned_ytd"]))


def _schedule(plan: pa.Table | None, keys: _Keys, month_of: Ints, reporting: Sequence[Period]) -> tuple[Ints, Flags]:
    """Cumulative investment that project_plan plans up to each row's month, and whether it plans the project."""
    if plan is None or not plan.num_rows:
        return np.zeros(len(month_of), np.int64), np.zeros(len(month_of), bool)
    months = [amounts_as_yuan(_one(plan[f"plan_m{month:02d}"]))[0] for month in range(1, 13)]
    cumulative = np.cumsum(np.stack(months, axis=1), axis=1)
    line = np.full(keys.count, -1, np.int64)
    line[keys.of(2)] = np.arange(plan.num_rows)
    own = line[keys.of(1)]
    there = (own >= 0) & (month_of >= 0)
    calendar = np.array([month.month - 1 for month in reporting], np.int64)
    return np.where(there, cumulative[own, calendar[month_of]], 0), there


def _months(rows: pa.Table, places: Mapping[str, int]) -> Ints:
    """Place of each row's period; −1 where it has none."""
    encoded = _one(rows["period"]).dictionary_encode()
    known = np.array([places.get(text, -1) for text in encoded.dictionary.to_pylist()], np.int64)
    found: Ints = known[np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int64)]
    return found


def _numbers(columns: Sequence[pa.ChunkedArray]) -> Ints:
    """The texts of columns, one after the other, as numbers from one dictionary; what is absent has a number of its own."""
    chunks = [part for column in columns for part in column.chunks]
    encoded = _one(pa.chunked_array(chunks, columns[0].type)).dictionary_encode(null_encoding="encode")
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int64)


def _one(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks or [pa.nulls(0, found.type)])
