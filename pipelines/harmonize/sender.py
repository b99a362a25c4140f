"""Whose return a table is, and of which month: what options, account, folder, manifest, title and rows say together. A form has its
senders; where the evidence contradicts, nobody's figures are replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.model.forms import FormLayout
from pipelines.model.periods import SPELLINGS, Period
from pipelines.model.programme import Programme
from pipelines.model.submissions import Problem, ReadOptions
from pipelines.model.units import Unit

from .declared import Declaration, Title, decide, declared_periods, declared_units

_EXAMPLES = {**SPELLINGS, "month": "2022年1—6月", "week": "2022年第26周"}
"""How a title says which period a table is of."""
_CODES_THEN_NAMES = (("reported_unit_code", "reported_unit_name"), ("area_code", "area_name"))


@dataclass(frozen=True)
class SaidInRows:
    """What the rows themselves name, distinct, first occurrence first: periods, senders, areas. `whole`: an area of the rows is
    no unit of the roster (the whole city, a province)."""

    periods: tuple[Declaration, ...] = ()
    units: tuple[Declaration, ...] = ()
    areas: tuple[Declaration, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Evidence:
    """All that speaks for the sender and the period of one table."""

    sheet: str
    title: Title
    meta: Mapping[str, str]
    options: ReadOptions
    rows: SaidInRows = dataclass_field(default_factory=SaidInRows)


def declared_in_rows(rows: pa.Table, programme: Programme) -> SaidInRows:
    """Periods, senders and areas that the rows name."""
    if not len(rows):
        return SaidInRows()
    numbers = rows["row_no"]

    def distinct(name: str) -> list[tuple[str, int]]:
        if name not in rows.column_names or rows[name].null_count == len(rows):
            return []
        values = pc.unique(rows[name]).to_pylist()
        if len(values) == 1:
            return [(values[0], numbers[0].as_py())]
        all_values = rows[name].to_pylist()
        return [(value, numbers[all_values.index(value)].as_py()) for value in values if value is not None]

    periods = tuple(Declaration("rows", value, row) for value, row in distinct("reported_period"))
    named: list[tuple[Declaration, ...]] = []
    whole = False
    for names in _CODES_THEN_NAMES:
        units: dict[str, Declaration] = {}
        for name in names:
            for value, row in distinct(name):
                unit = programme.roster.find(value)
                if unit is not None:
                    units.setdefault(unit.code, Declaration("rows", unit.code, row))
                whole = whole or (name == "area_code" and (unit is None or not unit.ranked))
            if units:
                break
        named.append(tuple(units.values()))
    return SaidInRows(periods, named[0], named[1], whole)


def sender_of(
    layout: FormLayout, evidence: Evidence, programme: Programme
) -> tuple[str | None, str | None, list[Problem]]:
    """(unit code, period, problems) of a table."""
    period, problems = _period(layout, evidence, programme)
    unit, unit_problems = _unit(layout, evidence, programme)
    return unit, period, [*problems, *unit_problems]


def _period(layout: FormLayout, evidence: Evidence, programme: Programme) -> tuple[str | None, list[Problem]]:
    declared, problems = declared_periods(
        evidence.options, evidence.meta, evidence.title, evidence.rows.periods, layout.period_kind
    )
    period, contradictions = decide("A05", "reported_period", declared, evidence.sheet)
    problems += contradictions
    if period is None and not problems:
        problems.append(
            Problem(
                "A05", sheet=evidence.sheet, params={"kind": "unresolved", "example": _EXAMPLES[layout.period_kind]}
            )
        )
    elif period is not None and not contradictions:
        known = programme.calendar.periods(layout.name)
        if known and Period.parse(period) not in known:
            params = {"kind": "not_in_calendar", "period": period, "first": str(known[0]), "last": str(known[-1])}
            problems.append(Problem("A05", sheet=evidence.sheet, value=period, params=params))
    return period, problems


def _unit(layout: FormLayout, evidence: Evidence, programme: Programme) -> tuple[str | None, list[Problem]]:
    roster, sheet, rows = programme.roster, evidence.sheet, evidence.rows
    declared, problems = declared_units(evidence.options, evidence.meta, evidence.title, [], programme)
    declared = _without_containers(declared, layout, programme)
    if layout.covers == "children":
        declared = _for_those_below(declared, rows.units, programme)
    unit, contradictions = decide("A06", "reported_unit_code", declared, sheet)
    problems += contradictions
    if unit is None and len(rows.units) == 1:
        unit = rows.units[0].value
    bureau_alone = layout.sender_kinds == ("bureau",)
    bureaus = roster.bureaus()
    if bureau_alone and unit is None and len(bureaus) == 1:
        # without a word of the sender, rows about one unit alone are that unit's own return in the wrong form
        about_one = len(rows.areas) == 1 and not rows.whole
        unit, problems = (rows.areas[0].value if about_one else bureaus[0].code), []
    sender = roster.get(unit) if unit is not None else None
    if sender is not None and not layout.may_send(sender):
        problems.append(_not_a_sender(layout, sender, sheet))
    if unit is None and not problems:
        values = ", ".join(one.value for one in rows.units)
        params = {"kind": "rows_differ", "values": values} if rows.units else {"kind": "unresolved"}
        problems.append(Problem("A06", sheet=sheet, params=params))
    from_title = bool(declared) and declared[0].source == "title" and layout.covers == "own"
    if sender is not None and from_title and _rows_are_anothers(sender, rows.units):
        # the title alone against every row: neither unit's figures may be replaced by it
        other = rows.units[0]
        params = {
            "kind": "contradiction",
            "first": sender.code,
            "first_source": "title",
            "second": other.value,
            "second_source": "rows",
        }
        problems.append(
            Problem("A06", sheet, row=other.row, field="reported_unit_code", value=other.value, params=params)
        )
        return None, problems
    return unit, problems


def _without_containers(declared: list[Declaration], layout: FormLayout, programme: Programme) -> list[Declaration]:
    """A folder of the bureau, or of a unit above the one that is named otherwise, is where files are put together (嘉兴市/…): it
    says nothing of a form that the bureau does not send."""
    named = [one.value for one in declared if one.source != "folder"]

    def contains(one: Declaration) -> bool:
        unit = programme.roster.get(one.value)
        if one.source != "folder" or unit is None or layout.may_send(unit):
            return False
        return unit.kind == "bureau" or any(programme.roster.is_above(one.value, other) for other in named)

    return [one for one in declared if not contains(one)]


def _for_those_below(
    said: list[Declaration], units: tuple[Declaration, ...], programme: Programme
) -> list[Declaration]:
    """Who sends for the units below it may name one of them in title or manifest. Where the rows name no unit, the return is that
    one's; else the rows say whose each of them is, and the sender is who stands above."""
    if not said:
        return []
    first = said[0]
    below = [
        one for one in said[1:] if one.value != first.value and programme.roster.may_stand_for(first.value, one.value)
    ]
    if not units and below:
        return [replace(first, value=below[0].value), *(one for one in said[1:] if one not in below)]
    return [one for one in said if one not in below]


def _rows_are_anothers(sender: Unit, units: tuple[Declaration, ...]) -> bool:
    """Whether every row names one and the same unit, which is neither the sender nor a code that it may use."""
    return len(units) == 1 and units[0].value not in (sender.code, *sender.accepted_codes)


def _not_a_sender(layout: FormLayout, sender: Unit, sheet: str) -> Problem:
    bureau_alone = layout.sender_kinds == ("bureau",)
    params = {
        "kind": "not_the_bureau" if bureau_alone else "not_a_sender",
        "value": sender.code,
        "name": sender.name,
        "kinds": "、".join(layout.sender_kinds or ("county", "zone")),
    }
    return Problem("A06", sheet=sheet, value=sender.code, params=params)
