"""One file with the rows of several units, from a sender who may send for them (`covers = "children"`: a city for its counties):
one part a unit. A row of a unit that the sender does not stand above is A06; a total row is held against all rows it closes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.model.forms import FormLayout
from pipelines.model.programme import Programme
from pipelines.model.submissions import PIECE_ROWS, TOTALS_SCHEMA, FormPart, Problem
from pipelines.model.units import Unit, UnitRoster

_QUERY_SHARE = Decimal("0.001")
"""A08: a difference of at most this share of the total is a query (domain_decisions §2)."""


def by_unit(part: FormPart, layout: FormLayout, programme: Programme) -> list[FormPart]:
    """The parts of the units that the rows name, in their order; the part itself where it is about one unit, or where a row is
    of nobody that the sender may send for (then all of it is refused)."""
    if layout.covers != "children" or not part.rows.num_rows:
        return [part]
    owners, problems = _owners(part, programme)
    if problems:
        return [replace(part, problems=(*part.problems, *problems))]
    units = list(dict.fromkeys(owners))
    if not units:
        return [part]
    shared = [*part.problems, *_totals(part, owners, programme.roster)]
    return [_of_unit(part, unit, owners, shared, number == 0) for number, unit in enumerate(units)]


def _owners(part: FormPart, programme: Programme) -> tuple[list[str], list[Problem]]:
    """The unit of every row; without any unit column the sender's own."""
    roster = programme.roster
    codes, names = (_texts(part.rows, name) for name in ("reported_unit_code", "reported_unit_name"))
    numbers = part.rows["row_no"].to_pylist()
    pairs = list(zip(codes, names, strict=True))
    if part.unit_code is None or not any(code or name for code, name in pairs):
        return [], []
    known = {pair: _unit_of(*pair, part.unit_code, roster) for pair in set(pairs)}
    problems: list[Problem] = []
    for (code, name), row in zip(pairs, numbers, strict=True):
        unit, said = known[(code, name)], code or name or ""
        field = "reported_unit_code" if code else "reported_unit_name"
        if unit is None:
            kind = "unknown_unit" if said else "unresolved"
            params = {"kind": kind, "value": said, "source": "rows"}
        elif not roster.may_stand_for(part.unit_code, unit.code):
            params = {"kind": "rows_differ", "values": said, "unit": part.unit_code}
        else:
            continue
        problems.append(Problem("A06", part.sheet_of(row), part.cell_of(row, field), row, field, said, params))
        break
    owners = [unit.code for pair in pairs if (unit := known[pair]) is not None]
    return owners, problems


def _texts(rows: pa.Table, name: str) -> list[str | None]:
    return rows[name].to_pylist() if name in rows.column_names else [None] * rows.num_rows


def _unit_of(code: str | None, name: str | None, sender: str, roster: UnitRoster) -> Unit | None:
    """By code, by a code that one unit below the sender alone may use, by name."""
    if code and (unit := roster.find(code)) is not None:
        return unit
    if code:
        using = [u for u in roster.units if code in u.accepted_codes and roster.may_stand_for(sender, u.code)]
        if len(using) == 1:
            return using[0]
    return roster.find(name) if name else None


def _of_unit(part: FormPart, unit: str, owners: list[str], problems: list[Problem], first: bool) -> FormPart:
    """The rows of one unit; what is no data row, and counts once, stands with the first unit's."""
    mine = pa.array([owner == unit for owner in owners])
    rows = part.rows.filter(mine)
    numbers = rows["row_no"].combine_chunks()
    own = frozenset(numbers.to_pylist())
    data = frozenset(part.rows["row_no"].to_pylist())
    raw = pc.is_in(part.raw["row_no"], value_set=numbers)
    if first:
        raw = pc.or_(raw, pc.not_equal(part.raw["row_class"], "data"))
    return replace(
        part,
        unit_code=unit,
        rows=rows.combine_chunks(),
        notes=part.notes.filter(pc.is_in(part.notes["row_no"], value_set=numbers)).combine_chunks(),
        raw=part.raw.filter(raw).combine_chunks(),
        totals=TOTALS_SCHEMA.empty_table(),
        problems=tuple(p for p in problems if p.row is None or p.row in own or p.row not in data),
    )


def _totals(part: FormPart, owners: list[str], roster: UnitRoster) -> Iterator[Problem]:
    """A08 over the rows of all units but those above others in the file, for tables (or pieces) about one indicator."""
    numbers = part.rows["row_no"].to_pylist()
    present = set(owners)
    above = {unit for unit in present if any(roster.is_above(unit, other) for other in present)}
    indicators = _texts(part.rows, "indicator")
    pieces = [number // PIECE_ROWS for number in numbers]
    several = Counter(piece for piece, _ in set(zip(pieces, indicators, strict=True)))
    for total in part.totals.to_pylist():
        piece, field, stated = total["row_no"] // PIECE_ROWS, total["field"], total["value"]
        if stated is None or several[piece] != 1:
            continue
        values = part.rows[field].to_pylist()
        added = [
            v for v, p, o in zip(values, pieces, owners, strict=True) if p == piece and o not in above and v is not None
        ]
        whole = sum(added, Decimal(0))
        difference = abs(stated - whole)
        if difference <= max(Decimal(1), Decimal(len(added)) / 2):
            continue
        query = difference <= _QUERY_SHARE * abs(stated)
        params = {
            "kind": "query" if query else "",
            "severity": "query" if query else "",
            "total": f"{stated.normalize():f}",
            "sum": f"{whole.normalize():f}",
            "difference": f"{difference.normalize():f}",
            "rows": str(len(added)),
            "unit": part.measure or "",
        }
        yield Problem(
            "A08", part.sheet_of(total["row_no"]), total["cell"] or "", total["row_no"], field, params["total"], params
        )
