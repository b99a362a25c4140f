"""What is left of a total in a corrected edition is what was left of it in the edition before, or the total goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pipelines.model.ranking import CityFigures, ParentFigures, UnitInputs
from pipelines.model.units import Unit, UnitRoster
from pipelines.publish.disclosure_control import PrintedTotal
from pipelines.publish.moved_totals import MonthFigures, moved_totals

D = Decimal
ROSTER = UnitRoster((*(Unit(code, code, "county", parent="p") for code in "abcd"), Unit("p", "P", "city")))
WHOLE = PrintedTotal(0, "9", frozenset("abcd"))
AREA = PrintedTotal(0, "p", frozenset("abcd"))
LEVELS = {"a": 10, "b": 20, "c": 30, "d": 40}
HIDDEN = frozenset("ab")


def month(levels: Mapping[str, int], whole: int, of_bureau: bool = True) -> MonthFigures:
    units = [
        UnitInputs(code, code, D(100), D(levels[code]))
        if code in levels
        else UnitInputs(code, code, D(100), None, state="missing")
        for code in "abcd"
    ]
    summed = D(100) * len(levels)
    bases = D(400) if of_bureau else summed
    parent = ParentFigures("p", "P", D(whole), bases, of_bureau, D(sum(levels.values())), summed, (4, 4), None)
    return MonthFigures(units, CityFigures("9", "市", "City", D(whole), bases, None), (parent,), of_bureau)


def document(figures: MonthFigures, hidden: frozenset[str] = HIDDEN) -> dict[str, Any]:
    city, parent = figures.city, figures.parents[0]
    return {
        "city": {"ytd": str(city.ytd), "base": str(city.base)},
        "parents": [
            {"unit": "p", **{key: str(getattr(parent, key)) for key in ("ytd", "base", "summed_ytd", "summed_base")}}
        ],
        "units": [
            {
                "unit": unit.unit_code,
                "ytd": None if unit.unit_code in hidden or unit.ytd is None else str(unit.ytd),
                "base": None if unit.unit_code in hidden or unit.ytd is None else str(unit.base),
                "remarks": ["不予公布"] if unit.unit_code in hidden else [],
            }
            for unit in figures.units
        ],
    }


FIRST = document(month(LEVELS, 100))


def moved(now: MonthFigures, hidden: frozenset[str] = HIDDEN, first: Mapping[str, Any] = FIRST) -> set[str]:
    return {total.code for total in moved_totals([WHOLE, AREA], [now], ROSTER, hidden, [first])}


@pytest.mark.parametrize("of_bureau", [True, False], ids=["the bureau's", "a sum"])
def test_a_correction_among_the_withheld_takes_the_total_out_of_the_edition(of_bureau: bool) -> None:
    first = document(month(LEVELS, 100, of_bureau))
    assert moved(month({**LEVELS, "a": 7}, 97, of_bureau), first=first) == {"9", "p"}
    assert moved(month({**LEVELS, "c": 33}, 103, of_bureau), first=first) == set(), "of a published unit it may be seen"
    assert moved(month({**LEVELS, "c": 33}, 103, of_bureau), HIDDEN | {"c"}, first) == {"9", "p"}
    assert moved(month(LEVELS, 100, of_bureau), HIDDEN | {"c"}, first) == set()
    assert moved(month({**LEVELS, "a": 7}, 97, of_bureau), first=document(month(LEVELS, 100), frozenset())) == set()


def test_the_bureau_s_total_stands_while_it_does_not_follow_the_correction() -> None:
    assert moved(month({**LEVELS, "a": 7}, 100)) == {"p"}, "beside it the sum of the area's units says it"
    base = replace(month(LEVELS, 100), city=CityFigures("9", "市", "City", D(100), D(401), None))
    assert moved(base) == {"9"}, "the base of a withheld unit was restated"


@pytest.mark.parametrize("of_bureau", [True, False], ids=["the bureau's", "a sum"])
def test_a_unit_that_came_since_is_no_correction(of_bureau: bool) -> None:
    without = {code: level for code, level in LEVELS.items() if code != "d"}
    first = document(month(without, 100 if of_bureau else 60, of_bureau))
    assert moved(month(LEVELS, 100, of_bureau), first=first) == set()
    later = document(month(LEVELS, 100, of_bureau))
    assert moved(month(without, 100 if of_bureau else 60, of_bureau), first=later) == set(), "nor one that is gone"
