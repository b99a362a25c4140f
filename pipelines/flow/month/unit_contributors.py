"""Who stands behind each unit's figure, and which totals an edition prints: what disclosure control looks at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...model.periods import Period
from ...model.ranking import SUPPRESSED, CityFigures, ParentFigures, UnitInputs
from ...model.tables import FORM_FIELDS
from ...model.units import UnitRoster
from ...publish.disclosure_control import NOBODY, Contributors, PrintedTotal, whole_code
from ..runtime.context import Context

_READ = (
    "unit_code",
    "uscc",
    "project_code",
    "stat_project_no",
    "ytd",
    "month",
    "correction_code",
    "correction_wan_yuan",
)
_WHO = ("uscc", "project_code", "stat_project_no")
"""An enterprise by its code; a row without one, or a form without the column, counts as a contributor of its own."""


def _detail_columns(form: str) -> list[str] | None:
    """The columns of a detail form that an edition looks at, of a registered form; None: all, of a form that no code knows."""
    known = FORM_FIELDS.get(form)
    return None if known is None else ["unit_code", *(name for name in _READ if name in known)]


def detail_rows(context: Context, form: str, month: Period, but: Collection[str] = ()) -> pa.Table:
    """These columns of the accepted rows that count for a month, in whatever order: they are added up. `but`: units that nobody asks
    about."""
    current = context.warehouse.current(str(month), form).values()
    ids = [row.submission_id for row in current if row.unit_code not in but]
    return context.warehouse.facts(form, ids, _detail_columns(form), in_order=False)


@dataclass(frozen=True)
class CellContributors:
    """By unit: who stands behind its figure, and behind what it has more than in the month before."""

    level: Mapping[str, Contributors]
    increment: Mapping[str, Contributors]


def cell_contributors(detail: pa.Table | None) -> CellContributors:
    """Reporting enterprises of each unit, from the accepted rows of the detail form: those that have done something this year, and by how
    much each moved this month, up or down, corrections among it (none where the form has no column of the month). A unit without
    accepted rows is absent: nothing is known."""
    if detail is None or not detail.num_rows or "ytd" not in detail.column_names:
        return CellContributors({}, {})
    who = _who(detail)
    if who is None:
        return CellContributors({}, {})
    amounts = {name: detail[name] for name in ("ytd", "month", "correction_wan_yuan") if name in detail.column_names}
    each = (
        pa.table({"unit": detail["unit_code"], "who": who, **amounts})
        .group_by(["unit", "who"])
        .aggregate([(name, "sum") for name in amounts])
    )
    level = _by_unit(each["unit"], each["ytd_sum"])
    increment: dict[str, Contributors] = {}
    if "month" in amounts:
        room, zero = pa.decimal128(36, 4), Decimal(0)  # a sum has all 38 digits: none are left for the sum of two
        moved = [pc.fill_null(each[f"{name}_sum"].cast(room), zero) for name in amounts if name != "ytd"]
        increment = _by_unit(each["unit"], pc.abs(moved[0] if len(moved) == 1 else pc.add(*moved)))
    return CellContributors(
        {unit: level.get(unit, NOBODY) for unit in pc.unique(detail["unit_code"]).to_pylist()}, increment
    )


def unit_contributors(detail: pa.Table | None) -> Mapping[str, Contributors]:
    """Who stands behind each unit's figure alone."""
    return cell_contributors(detail).level


def increments_since(detail: pa.Table, before: pa.Table) -> dict[str, Contributors]:
    """By unit: who stands behind what its figure has more than an earlier one of the year, each by how much, up or down. `before`: the
    accepted rows that the earlier one rests on."""
    if "ytd" not in detail.column_names or "ytd" not in before.column_names:
        return {}
    signed = [
        pa.table({"unit": rows["unit_code"], "who": who, "amount": amounts})
        for rows, amounts in ((detail, detail["ytd"]), (before, pc.negate(before["ytd"])))
        if (who := _who(rows)) is not None
    ]
    if not signed:
        return {}
    each = pa.concat_tables(signed).group_by(["unit", "who"]).aggregate([("amount", "sum")])
    return _by_unit(each["unit"], pc.abs(each["amount_sum"]))


def _by_unit(units: pa.ChunkedArray, amounts: pa.ChunkedArray) -> dict[str, Contributors]:
    """By unit, of the contributors with an amount above zero: their number, sum, and the two largest."""
    each = pa.table({"unit": units, "amount": amounts})
    active = each.filter(pc.greater(each["amount"], 0))
    if not active.num_rows:
        return {}
    summed = active.group_by("unit").aggregate([("amount", "count"), ("amount", "sum"), ("amount", "max")])
    place = pc.index_in(active["unit"], value_set=summed["unit"].combine_chunks())
    is_largest = pc.equal(active["amount"], pc.take(summed["amount_max"], place))
    second = dict(_rows(active.filter(pc.invert(is_largest)).group_by("unit").aggregate([("amount", "max")])))
    largest = _rows(active.filter(is_largest).group_by("unit").aggregate([("amount", "count")]))
    tied = {unit for unit, number in largest if number > 1}
    return {
        unit: Contributors(count, total, top, top if unit in tied else second.get(unit, Decimal(0)))
        for unit, count, total, top in _rows(summed)
    }


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def uncounted_units(
    rankings: Iterable[Sequence[UnitInputs]], contributors: Mapping[str, Contributors], withheld: frozenset[str]
) -> frozenset[str]:
    """Units with a published figure in any ranking of whose contributors nothing is known."""
    scored = {unit.unit_code for units in rankings for unit in units if unit.state == "scored"}
    return frozenset(scored - contributors.keys() - withheld)


def correction_contributors(corrected: pa.Table) -> dict[tuple[str, str], Contributors]:
    """By unit and reason: the enterprises whose closed months were corrected, by how much each was, up or down. `corrected`: accepted
    rows of the detail form with a reason and an amount; of a form that names no contributor every row is one."""
    who = _who(corrected)
    each = (
        pa.table(
            {
                "unit": corrected["unit_code"],
                "reason": corrected["correction_code"],
                "who": pa.array(range(corrected.num_rows)) if who is None else who,
                "amount": corrected["correction_wan_yuan"],
            }
        )
        .group_by(["unit", "reason", "who"])
        .aggregate([("amount", "sum")])
    )
    found: dict[tuple[str, str], Contributors] = {}
    for row in each.to_pylist():
        much = abs(row["amount_sum"] or Decimal(0))
        key = row["unit"], row["reason"]
        found[key] = found.get(key, NOBODY) + Contributors(1, much, much)
    return found


def _who(rows: pa.Table) -> pa.ChunkedArray | None:
    """Who stands behind each row; None where no column says it. A row with none of its columns filled is nobody's: null."""
    known = [pc.utf8_trim_whitespace(rows[name].cast(pa.string())) for name in _WHO if name in rows.column_names]
    if not known:
        return None
    blank = pa.scalar(None, pa.string())
    return pc.coalesce(*(pc.if_else(pc.equal(column, ""), blank, column) for column in known))


def printed_totals(
    ranking: int,
    units: Sequence[UnitInputs],
    city: CityFigures,
    parents: Sequence[ParentFigures],
    roster: UnitRoster,
    levels: bool,
    absent: frozenset[str] = frozenset(),
) -> list[PrintedTotal]:
    """The totals that one of the edition's rankings prints, with the units under each: the whole, and every parent of units. Under a sum
    are the units that were added; under an area's own figure all its units, those too whose figure the sender withheld, and those
    `absent` of whom it would say too much: what is left of it is theirs. `levels`: amounts are public; where no unit has one, there is
    nothing to subtract from the total's."""
    scored = {unit.unit_code: unit for unit in units if unit.state == "scored"}
    added = {code for code, unit in scored.items() if unit.ytd is not None and unit.base is not None}
    whole = scored.keys() | {u.unit_code for u in units if SUPPRESSED in u.remarks or u.unit_code in absent}
    above = {code: roster.above(code) for code in whole}
    under: dict[str, tuple[frozenset[str], bool]] = {}
    for parent in parents:
        if parent.ytd is not None or parent.summed_ytd is not None:
            found = (code for code in (whole if parent.own else added) if parent.code in above[code])
            under[parent.code] = frozenset(found), True
    if city.ytd is not None:
        under[whole_code(city.code)] = frozenset(added if city.covered else whole), True
    elif city.growth_official is not None or city.growth_mark is not None:
        under[whole_code(city.code)] = frozenset(scored), False
    return [
        PrintedTotal(
            ranking,
            code,
            codes,
            levels and level and any(code in scored and scored[code].ytd is not None for code in codes),
        )
        for code, (codes, level) in under.items()
        if codes
    ]
