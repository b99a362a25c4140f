"""Who stands behind each unit's figure, and which totals an edition prints: what disclosure control looks at."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from ...model.ranking import CityFigures, ParentFigures, UnitInputs
from ...model.tables import FORM_FIELDS
from ...model.units import UnitRoster
from ...publish.disclosure_control import Contributors

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
    known = [pc.utf8_trim_whitespace(detail[name].cast(pa.string())) for name in _WHO if name in detail.column_names]
    if not known:
        return {}
    blank = pa.scalar(None, pa.string())
    who = pc.coalesce(*(pc.if_else(pc.equal(column, ""), blank, column) for column in known))
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
    nobody = Contributors(0, Decimal(0), Decimal(0))
    return {unit: found.get(unit, nobody) for unit in pc.unique(detail["unit_code"]).to_pylist()}


def printed_totals(
    units: Sequence[UnitInputs], city: CityFigures, parents: Sequence[ParentFigures], roster: UnitRoster
) -> list[list[str]]:
    """The units under each total of the edition that has a level: the whole, and every parent of units."""
    codes = [unit.unit_code for unit in units]
    above = {code: _above(code, roster) for code in codes}
    known = [parent.code for parent in parents if parent.ytd is not None or parent.summed_ytd is not None]
    totals = [codes] if city.ytd is not None else []
    totals += [[code for code in codes if parent in above[code]] for parent in known]
    return [total for total in totals if total]


def _above(code: str, roster: UnitRoster) -> set[str]:
    """Every unit above one."""
    found: set[str] = set()
    unit = roster.get(code)
    while unit is not None and unit.parent and unit.parent not in found:
        found.add(unit.parent)
        unit = roster.get(unit.parent)
    return found
