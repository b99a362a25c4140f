"""A form sent in several files of one package (206-1 and 206-2, split at 50 million) becomes one part.

Rows of piece k get row_no = k·PIECE_ROWS + their row, so that a row keeps one number from here to the ledger; sheets, cells and
control totals keep the address their sender knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.model.programme import Programme
from pipelines.model.submissions import PIECE_ROWS, TOTALS_SCHEMA, FormPart, Piece, Problem


def combine(parts: Sequence[FormPart], programme: Programme) -> list[FormPart]:
    """One part for each form, unit and period; parts whose unit or period is unknown stay by themselves."""
    groups: dict[tuple[str, str | None, str | None, int], list[FormPart]] = {}
    for number, part in enumerate(parts):
        alone = 0 if part.unit_code and part.period else number + 1
        groups.setdefault((part.form, part.unit_code, part.period, alone), []).append(part)
    return [
        _one(group, programme.forms[group[0].form].key) if len(group) > 1 else group[0] for group in groups.values()
    ]


def _one(parts: Sequence[FormPart], key: tuple[str, ...]) -> FormPart:
    parts = _without_copies(parts)
    first = parts[0]
    if len(parts) == 1:
        return first
    repeated = _repeated(parts, key or ("indicator", "scope", "area_code"))
    if repeated:
        params = {"kind": "same_rows_twice", "sheets": ", ".join(part.sheet for part in parts), "value": repeated}
        twice = Problem("A03", value=repeated, params={**params, "form": first.form})
        return joined([replace(first, problems=(*first.problems, twice)), *parts[1:]])
    return joined(parts)


def _without_copies(parts: Sequence[FormPart]) -> list[FormPart]:
    """The parts, the same table sent twice counted once: all its rows are the same, at the same places."""
    kept: list[FormPart] = []
    for part in parts:
        rows = part.rows.drop_columns(["sheet"])
        if not any(rows.num_rows and rows.equals(other.rows.drop_columns(["sheet"])) for other in kept):
            kept.append(part)
    return kept


def joined(parts: Sequence[FormPart], added_totals: bool = True) -> FormPart:
    """The parts as the pieces of one; a part may have pieces itself. `added_totals`: their control totals are of one whole; else
    each closes its own piece."""
    first = parts[0]
    counts = [max(1, len(part.pieces)) for part in parts]
    shifted = [_shifted(part, sum(counts[:number]) * PIECE_ROWS) for number, part in enumerate(parts)]
    problems = [problem for part in shifted for problem in part.problems]
    return replace(
        first,
        rows=pa.concat_tables([part.rows for part in shifted]).combine_chunks(),
        notes=pa.concat_tables([part.notes for part in shifted]).combine_chunks(),
        raw=pa.concat_tables([part.raw for part in shifted]).combine_chunks(),
        totals=_totals([part.totals for part in shifted])
        if added_totals
        else pa.concat_tables([part.totals for part in shifted]).combine_chunks(),
        columns=_all_columns([part.columns for part in parts]),
        nil_return=all(part.nil_return for part in parts),
        problems=tuple(problems),
        pieces=tuple(piece for part in parts for piece in part.pieces or (Piece(part.sheet, part.columns),)),
    )


def _all_columns(columns: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Letters of the first piece; a field that only a later piece has keeps its letter there."""
    found: dict[str, str] = {}
    for one in columns:
        found = {**one, **found}
    return found


def _shifted(part: FormPart, offset: int) -> FormPart:
    if not offset:
        return part

    def shift(table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index("row_no")
        return table.set_column(at, table.schema.field(at), pc.add(table["row_no"], offset))

    problems = tuple(replace(p, row=p.row + offset) if p.row is not None else p for p in part.problems)
    return replace(
        part,
        rows=shift(part.rows),
        notes=shift(part.notes),
        raw=shift(part.raw),
        totals=shift(part.totals),
        problems=problems,
    )


def _repeated(parts: Sequence[FormPart], key: Sequence[str]) -> str:
    """The first key that rows of two pieces share: the same table sent twice, not two halves of one."""
    seen: Counter[tuple[object, ...]] = Counter()
    for part in parts:
        names = [name for name in key if name in part.rows.column_names]
        columns = [part.rows[name].to_pylist() for name in names]
        # each once, in the order of the rows: which one is named must not depend on the hash of texts
        seen.update(list(dict.fromkeys(r for r in zip(*columns, strict=True) if any(value is not None for value in r))))
    return next((" ".join(str(v) for v in row if v is not None) for row, count in seen.items() if count > 1), "")


def _totals(tables: Sequence[pa.Table]) -> pa.Table:
    """Control totals of the whole: added up per field where every piece closes with its own, else as they stand (the last
    piece may carry the total of all)."""
    lines = [table.to_pylist() for table in tables]
    fields = [{line["field"] for line in piece} for piece in lines]
    every = set.intersection(*fields)  # asked, never walked: the order of a set is another in every process
    once = all(len(piece) == len({line["field"] for line in piece}) for piece in lines)
    if not every or not once:
        return pa.concat_tables(tables).combine_chunks()
    sums: dict[str, dict[str, object]] = {}
    for piece in lines:
        for line in piece:
            name = line["field"]
            if name not in every:
                continue
            known = sums.setdefault(name, {**line, "value": 0})
            known["value"] = known["value"] + line["value"]
    return pa.Table.from_pylist(list(sums.values()), schema=TOTALS_SCHEMA)
