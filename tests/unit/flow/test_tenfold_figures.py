"""A digit too many among many units: only what the whole notices is asked about, since some are odd in every month."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pipelines.flow.month.tenfold_figures import MANY, tenfold_blocks
from pipelines.model.ranking import CityFigures, UnitInputs

D = Decimal
PACE = D("1.5")


def asked(levels: dict[int, int], count: int, before: bool = True, sizes: int = 1000, young: bool = False) -> list[str]:
    """Of `count` units with bases of 1500, `levels` by number, else 1650: those that are asked about. A month ago all grew by a tenth."""
    ytd = [levels.get(n, 1650) for n in range(count)]
    units = [UnitInputs(f"{n:03d}", f"{n}", D(1500), D(level)) for n, level in enumerate(ytd)]
    city = CityFigures("all", "全市", "city", D(sum(ytd)), D(1500 * count), None)
    row: dict[str, Any] = {"ytd": str(sizes * 11 // 10), "base": str(sizes)}
    then = {
        "units": [{"unit": unit.unit_code, **row} for unit in units],
        "city": {"unit": "all", "ytd": str(sizes * count * 11 // 10), "base": str(sizes * count)},
    }
    found = tenfold_blocks((units, city), then if before else None, PACE if before else D(1), None, frozenset(), young)
    return [block.unit_code for block in found]


@pytest.mark.parametrize("level", [16_500, 165])
def test_of_few_units_each_is_asked_about(level: int) -> None:
    assert asked({3: level}, 9) == ["003"] == asked({3: level}, MANY)[:1]


def test_of_many_units_those_that_the_whole_notices() -> None:
    assert asked({3: 16_500}, 20 * MANY) == [] and asked({3: 16_500}, MANY + 50) == ["003"]
    assert asked({3: 5_000}, MANY + 50) == [], "threefold"


def test_of_the_years_first_month_too() -> None:
    assert asked({3: 16_500}, 9, before=False) == ["003"] and asked({3: 16_500}, 20 * MANY, before=False) == []
    assert asked({3: 16_500}, 9, before=False, young=True) == ["003"]
    assert asked({3: 16_500}, MANY + 50, before=False) == ["003"]
    assert asked({3: 16_500}, MANY + 50, young=True) == asked({3: 16_500}, MANY + 50, before=False, young=True) == []


def test_a_whole_file_in_another_unit_of_amount_leaves_the_proportion_as_it_was() -> None:
    assert asked({}, 9) == [] and len(asked({}, 9, sizes=100)) == 10, "nine units and the whole"
