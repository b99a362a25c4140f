"""Who stands behind each unit's figure, and which totals an edition prints: what disclosure control looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from ...model.ranking import SUPPRESSED, CityFigures, ParentFigures, UnitInputs
from ...model.tables import FORM_FIELDS
from ...model.units import UnitRoster
from ...publish.disclosure_control import NOBODY, Contributors, PrintedTotal, whole_code

_READ = ("unit_code", "uscc", "project_code", "stat_project_no", "ytd", "correction_code", "correction_wan_yuan")
_WHO = ("uscc", "project_code", "stat_project_no")
"""An enterprise by its code; a row without one, or a form without the column, counts as a contributor of its own."""


def detail_columns(form: str) -> list[str] | None:
    """The columns of a detail form that an edition looks at, of a registered form; None: all, of a form that no code knows."""
    known = FORM_FIELDS.get(form)
    return None if known is None else ["unit_code", *(name for name in _READ if name in known)]


def unit_contributors(detail: pa.Table | None) -> dict[str, Contributors]:
    """By unit: reporting enterprises that have done something this year, from the accepted rows of the detail form. A unit without
    accepted rows is absent: nothing is known."""
    if detail is None or not detail.num_rows or "ytd" not in detail.column_names:
        return {}
    who = _who(detail)
    if who is None:
        return {}
    each = (
        pa.table({"unit": detail["unit_code"], "who": who, "ytd": detail["ytd"]})
        .group_by(["unit", "who"])
        .aggregate([("ytd", "sum")])
    )
    active = each.filter(pc.greater(each["ytd_sum"], 0))
    summed = active.group_by("unit").aggregate([("ytd_sum", "count"), ("ytd_sum", "sum"), ("ytd_sum", "max")])
    found = {
        row["unit"]: Contributors(row["ytd_sum_count"], row["ytd_sum_sum"], row["ytd_sum_max"])
        for row in summed.to_pylist()
    }
    return {unit: found.get(unit, NOBODY) for unit in pc.unique(detail["unit_code"]).to_pylist()}


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
) -> list[PrintedTotal]:
    """The totals that one of the edition's rankings prints, with the units under each: the whole, and every parent of units. Under a sum
    are the units that were added; under an area's own figure all its units, those too whose figure the sender withheld. `levels`:
    amounts are public; where no unit has one, there is nothing to subtract from the total's."""
    scored = {unit.unit_code: unit for unit in units if unit.state == "scored"}
    added = {code for code, unit in scored.items() if unit.ytd is not None and unit.base is not None}
    whole = scored.keys() | {unit.unit_code for unit in units if SUPPRESSED in unit.remarks}
    above = {code: _above(code, roster) for code in whole}
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


def _above(code: str, roster: UnitRoster) -> set[str]:
    """Every unit above one."""
    found: set[str] = set()
    unit = roster.get(code)
    while unit is not None and unit.parent and unit.parent not in found:
        found.add(unit.parent)
        unit = roster.get(unit.parent)
    return found
