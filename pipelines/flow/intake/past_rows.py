"""Accepted rows of earlier months for a run of many batches: each month is read from the lake once, however many batches ask for a
share of it, and kept small (repeated texts as codes, amounts as whole numbers, columns that nobody filled not at all)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...model.amount_arrays import amounts_as_yuan, fit_in_64_bits, whole_array, yuan_as_amounts
from ...model.tables import AMOUNT
from ...warehouse.db.column_types import BY_ROW
from ..runtime.context import Context

_COUNTED = ""
"""A column of no bytes, so that a table whose columns are all empty still has its rows."""
_REPEATED = 4
"""Texts that occur so often on average are kept as codes."""
_LOOKED_AT = 20_000
"""Rows by which that is judged: to count a country's distinct texts takes as long as to read them."""

_Key = tuple[str, tuple[str, ...]]


class PastRows:
    """What `warehouse.facts` gives, by submission and row; for one run, whose loads say what they changed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tables: dict[_Key, list[pa.Table]] = {}
        self._places: dict[_Key, dict[str, tuple[int, int, int]]] = {}
        """Submission → table, first row, rows."""
        self._read_whole: set[tuple[str, tuple[str, ...], str]] = set()
        """Form, columns, month: what comes to it later is read by itself."""

    def facts(self, form: str, submission_ids: Sequence[str], columns: Sequence[str]) -> pa.Table:
        """Accepted rows of the given versions; columns of `fact_<form>`."""
        key = (form, tuple(columns))
        places = self._places.setdefault(key, {})
        tables = self._tables.setdefault(key, [])
        unknown = [i for i in submission_ids if i not in places]
        if unknown:
            self._read(key, unknown)
        schema = self._context.warehouse.lake.register.fact(form).schema
        wanted = pa.schema([schema.field(name) for name in columns])
        found = [places[submission] for submission in sorted(set(submission_ids))]
        pieces = []
        for number, own in groupby((place for place in found if place[2]), key=lambda place: place[0]):
            # slices of one table share its codes: they are put back into texts together
            slices = [tables[number].slice(first, rows) for _, first, rows in own]
            pieces.append(_restored(pa.concat_tables(slices).combine_chunks(), wanted))
        return pa.concat_tables(pieces).combine_chunks() if pieces else wanted.empty_table()

    def forget(self, submission_ids: Iterable[str]) -> None:
        """These have another verdict now."""
        for submission in submission_ids:
            for places in self._places.values():
                places.pop(submission, None)

    def _read(self, key: _Key, unknown: Sequence[str]) -> None:
        form, columns = key
        warehouse, places = self._context.warehouse, self._places[key]
        months = [p for p in warehouse.periods_of(unknown) if (*key, p) not in self._read_whole]
        beside = {row.submission_id for month in months for row in warehouse.current(month, form).values()}
        self._read_whole.update((*key, month) for month in months)
        ids = sorted({*unknown, *(i for i in beside if i not in places)})
        # not in one piece as `facts` has it: a country's month is half a gigabyte, and would be held twice while it is put in order
        needed = list(dict.fromkeys([*columns, "submission_id", "row_no", "row_status"]))
        rows = warehouse.rows_of(warehouse.lake.register.fact(form).name, ids, needed, form)
        chosen, (names, starts, counts) = _in_order(rows)
        number = len(self._tables[key])
        whole = dict(zip(rows.column_names, rows.columns, strict=True))
        del rows
        self._tables[key].append(_small(((name, whole.pop(name)) for name in columns), chosen))
        places.update(dict.fromkeys(ids, (number, 0, 0)))
        places.update({name: (number, starts[n], counts[n]) for n, name in enumerate(names)})


_Pieces = tuple[list[str], list[int], list[int]]
"""Submissions, and of each its first row and how many there are."""


def _in_order(rows: pa.Table) -> tuple[pa.ChunkedArray | pa.Array, _Pieces]:
    """The accepted rows, by submission and row: as a mask, where they lie like that (a load writes them so), else as indices."""
    accepted = pc.equal(rows["row_status"], "accepted")
    keys = rows.select([name for name, _ in BY_ROW])
    pieces = _pieces(keys.filter(accepted))
    if pieces is not None:
        return accepted, pieces
    kept = pc.indices_nonzero(accepted)
    order = kept.take(pc.sort_indices(keys.take(kept), BY_ROW))
    sorted_pieces = _pieces(keys.take(order))
    assert sorted_pieces is not None
    return order, sorted_pieces


def _pieces(keys: pa.Table) -> _Pieces | None:
    """None where the rows of a submission do not lie together, in the order of their numbers."""
    encoded = keys["submission_id"].combine_chunks().dictionary_encode()
    of_row = encoded.indices.to_numpy(zero_copy_only=False)
    numbers = keys["row_no"].to_numpy()
    begins = np.flatnonzero(np.diff(of_row)) + 1
    falls = np.flatnonzero(np.diff(numbers) <= 0) + 1
    starts = np.concatenate(([0], begins)) if len(of_row) else begins
    if len(starts) != len(encoded.dictionary) or not np.isin(falls, begins).all():
        return None
    return encoded.dictionary.to_pylist(), starts.tolist(), np.diff(starts, append=len(of_row)).tolist()


def _small(columns: Iterable[tuple[str, pa.ChunkedArray]], chosen: pa.ChunkedArray | pa.Array) -> pa.Table:
    """These rows of the columns; a column is let go before the next is taken."""
    masked = pa.types.is_boolean(chosen.type)
    count = pc.sum(chosen).as_py() or 0 if masked else len(chosen)
    made: dict[str, pa.Array] = {_COUNTED: pa.nulls(count)}
    for name, values in columns:
        if masked:
            column = (values if count == len(chosen) else values.filter(chosen)).combine_chunks()
        else:
            column = values.take(chosen).combine_chunks()
        if column.null_count == len(column):
            continue
        if pa.types.is_string(column.type) and _is_repeated(column.slice(0, _LOOKED_AT)):
            column = column.dictionary_encode()
        elif column.type == AMOUNT:
            yuan, known = amounts_as_yuan(column)
            if fit_in_64_bits(column)[known].all():
                column = pa.array(yuan, mask=~known)
        made[name] = column
    return pa.table(made)


def _is_repeated(column: pa.Array) -> bool:
    distinct: int = pc.count_distinct(column).as_py()
    return distinct * _REPEATED <= len(column)


def _restored(rows: pa.Table, wanted: pa.Schema) -> pa.Table:
    arrays = []
    for field in wanted:
        if field.name not in rows.column_names:
            arrays.append(pa.nulls(rows.num_rows, field.type))
        elif pa.types.is_dictionary(rows.schema.field(field.name).type):
            arrays.append(rows[field.name].cast(field.type))
        elif field.type == AMOUNT and rows.schema.field(field.name).type != AMOUNT:
            whole = whole_array(rows[field.name])
            known = pc.is_valid(whole).to_numpy(zero_copy_only=False)
            arrays.append(yuan_as_amounts(whole.fill_null(0).to_numpy(), known))
        else:
            arrays.append(rows[field.name])
    return pa.table(arrays, schema=wanted)
