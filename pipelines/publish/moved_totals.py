"""Totals that a corrected edition cannot print: what is left of them beside the published units differs from what the edition before
left, so that the difference says what was corrected among the units that are withheld."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..model.ranking import CityFigures, ParentFigures, UnitInputs
from ..model.units import UnitRoster
from .disclosure_control import PrintedTotal, whole_code, withheld_in

_PAIR = ("ytd", "base")
Cells = dict[str, tuple[Decimal, Decimal]]
"""Unit → level and base."""


@dataclass(frozen=True)
class MonthFigures:
    """One ranking of the edition before anything is withheld. `of_bureau`: the whole is the bureau's own figure, of all units whether
    they sent or not; else the sum of those that did."""

    units: Sequence[UnitInputs]
    city: CityFigures
    parents: Sequence[ParentFigures]
    of_bureau: bool


def moved_totals(
    printed: Iterable[PrintedTotal],
    now: Sequence[MonthFigures],
    roster: UnitRoster,
    withheld: frozenset[str],
    documents: Sequence[Mapping[str, Any]],
) -> frozenset[PrintedTotal]:
    """Of the totals `printed` those that no longer can be. `now`: each ranking of the edition; `withheld`: what it keeps back;
    `documents`: the published editions of the month (ranking.json)."""
    return frozenset(
        total
        for total in printed
        if total.level and any(_moved(total, now[total.ranking], roster, withheld, one) for one in documents)
    )


def _moved(
    total: PrintedTotal, now: MonthFigures, roster: UnitRoster, withheld: frozenset[str], document: Mapping[str, Any]
) -> bool:
    further: Sequence[Mapping[str, Any]] = document.get("further", ())
    if total.ranking > len(further):
        return False
    then = further[total.ranking - 1] if total.ranking else document
    whole = total.code == whole_code(now.city.code)
    under = {unit.unit_code for unit in now.units if whole or total.code in roster.above(unit.unit_code)}
    if not under & withheld_in(then):
        return False
    level_now = _level_cells(now.units, under - withheld)
    level_then = _document_cells(then, under)
    for amounts_now, amounts_then, of_all in _amounts(total.code, whole, now, then):
        for place, (new, old) in enumerate(zip(amounts_now, amounts_then, strict=True)):
            if new is None or old is None:
                continue
            difference = new - sum((cells[place] for cells in level_now.values()), Decimal(0))
            difference -= old - sum((cells[place] for cells in level_then.values()), Decimal(0))
            # a unit that came since was in the total of all, and in no sum; one that is gone from the table has the figure it had
            if of_all:
                difference += sum((level_now[code][place] for code in level_now.keys() - level_then.keys()), Decimal(0))
            gone = level_then.keys() - level_now.keys()
            difference -= sum((level_then[code][place] for code in gone if of_all or code in withheld), Decimal(0))
            if difference:
                return True
    return False


def _level_cells(units: Iterable[UnitInputs], codes: set[str]) -> Cells:
    return {
        unit.unit_code: (unit.ytd, unit.base)
        for unit in units
        if unit.unit_code in codes and unit.state == "scored" and unit.ytd is not None and unit.base is not None
    }


def _document_cells(document: Mapping[str, Any], codes: set[str]) -> Cells:
    return {
        unit["unit"]: (Decimal(unit["ytd"]), Decimal(unit["base"]))
        for unit in document["units"]
        if unit["unit"] in codes and unit["ytd"] is not None and unit["base"] is not None
    }


_Pair = tuple[Decimal | None, Decimal | None]


def _amounts(code: str, whole: bool, now: MonthFigures, then: Mapping[str, Any]) -> Iterable[tuple[_Pair, _Pair, bool]]:
    """Level and base of the total, now and then, and whether they are of all its units; of a parent the sum beside them."""
    if whole:
        yield (now.city.ytd, now.city.base), _pair(then["city"], _PAIR), now.of_bureau
    for group in now.parents:
        for document in then.get("parents", ()):
            if group.code == code == document["unit"]:
                yield (group.ytd, group.base), _pair(document, _PAIR), group.own
                summed = (group.summed_ytd, group.summed_base)
                yield summed, _pair(document, ("summed_ytd", "summed_base")), False


def _pair(row: Mapping[str, Any], names: tuple[str, str]) -> _Pair:
    first, second = (None if row.get(name) is None else Decimal(row[name]) for name in names)
    return first, second
