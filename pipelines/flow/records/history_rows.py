"""Rows of earlier months as a unit's history names them: of one submission, or of several that a merged, split or renumbered
unit continues (concordance.csv). Projects stand side by side; totals of a long form are added up by their shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from ...model.concordance import SEPARATOR, TIMES, members_of
from ...model.forms import FormLayout
from ...model.periods import Period
from ...model.tables import AMOUNT
from ..runtime.context import Context

_UNIT = Decimal("0.0001")


Facts = Callable[[str, Sequence[str], Sequence[str]], pa.Table]
"""Accepted rows by form, submissions and columns: `warehouse.facts`, or what remembers it."""


def history_rows(
    context: Context, form: str, names: Iterable[str], columns: Sequence[str] | None = None, facts: Facts | None = None
) -> pa.Table:
    """Accepted rows behind the names, `submission_id` being the name; columns of the form's fact table, or those asked for."""
    wanted = sorted(set(names))
    several = [n for n in wanted if SEPARATOR in n or TIMES in n]
    ids = sorted({submission for name in wanted for submission, _ in members_of(name)})
    rows = facts(form, ids, columns) if facts and columns else context.warehouse.facts(form, ids, columns)
    if not several:
        return rows
    plain = rows.filter(
        pc.is_in(rows["submission_id"], value_set=pa.array(sorted(set(wanted) - set(several)), pa.string()))
    )
    layout = context.programme.forms[form]
    return pa.concat_tables([plain, *(_together(rows, name, layout) for name in several)])


def as_now(context: Context, form: str, rows: pa.Table, then: Period, now: Period) -> pa.Table:
    """Current rows of an earlier month, by the units of `now`."""
    concordance = context.programme.concordance
    if not concordance.rows or not rows.num_rows:
        return rows
    units = [u.code for u in context.programme.roster.units if u.valid_at(now)]
    sources = {unit: concordance.sources(unit, then, now) for unit in units}
    changed = {unit: own for unit, own in sources.items() if own != ((unit, Decimal(1)),)}
    gone = {code for own in changed.values() for code, _ in own} | changed.keys()
    kept = rows.filter(pc.invert(pc.is_in(rows["unit_code"], value_set=pa.array(sorted(gone), pa.string()))))
    layout = context.programme.forms[form]
    made = []
    for unit, own in changed.items():
        shares = dict(own)
        if shares.keys() <= set(rows["unit_code"].unique().to_pylist()):
            mine = rows.filter(pc.is_in(rows["unit_code"], value_set=pa.array(sorted(shares), pa.string())))
            weights = [shares[code] for code in mine["unit_code"].to_pylist()]
            made.append(_relabelled(added_up(mine, weights, layout), "unit_code", unit))
    return pa.concat_tables([kept, *made])


def _together(rows: pa.Table, name: str, layout: FormLayout) -> pa.Table:
    shares = dict(members_of(name))
    mine = rows.filter(pc.is_in(rows["submission_id"], value_set=pa.array(sorted(shares), pa.string())))
    weights = [shares[submission] for submission in mine["submission_id"].to_pylist()]
    return _relabelled(added_up(mine, weights, layout), "submission_id", name)


def _relabelled(rows: pa.Table, column: str, value: str) -> pa.Table:
    at = rows.schema.get_field_index(column)
    return rows.set_column(at, rows.schema.field(at), pa.array([value] * rows.num_rows, pa.string()))


def added_up(rows: pa.Table, weights: Sequence[Decimal], layout: FormLayout) -> pa.Table:
    """Projects as they are; of a long form one row a key with the amounts added up, rates and texts as the first has them."""
    if layout.grain == "project":
        return rows
    amounts = [f.name for f in rows.schema if f.type == AMOUNT]
    keys = [k for k in layout.key if k in rows.schema.names]
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for row, weight in zip(rows.to_pylist(), weights, strict=True):
        key = tuple(row[k] for k in keys)
        parts = {name: None if row[name] is None else row[name] * weight for name in amounts}
        if key not in found:
            found[key] = {**row, **parts}
            continue
        for name, value in parts.items():
            found[key][name] = _added(found[key][name], value)
    lines = [{**row, **{n: _exact(row[n]) for n in amounts}} for row in found.values()]
    return pa.Table.from_pylist(lines, schema=rows.schema)


def _added(first: object, second: Decimal | None) -> Decimal | None:
    """A sum of which a part is unknown is unknown."""
    return first + second if isinstance(first, Decimal) and second is not None else None


def _exact(value: object) -> Decimal | None:
    return value.quantize(_UNIT, ROUND_HALF_EVEN) if isinstance(value, Decimal) else None
