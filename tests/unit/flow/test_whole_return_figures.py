"""A whole return in another unit of amount agrees with itself: its target and the other units do not agree with it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.flow.month.whole_return_figures import whole_return_blocks
from pipelines.model.ranking import CityFigures, UnitInputs

D = Decimal
SHARE = D("0.1")


def asked(levels: list[int | None], targets: list[int | None], already: str = "") -> list[str]:
    """Units of these levels and annual targets in a month by which a tenth should be done: those that are asked about."""
    units = [
        UnitInputs(f"{n}", f"{n}", None, None if level is None else D(level), None if target is None else D(target))
        for n, (level, target) in enumerate(zip(levels, targets, strict=True))
    ]
    city = CityFigures("all", "全市", "city", D(sum(level or 0 for level in levels)), None, None)
    return [block.unit_code for block in whole_return_blocks(units, city, SHARE, frozenset({already}))]


@pytest.mark.parametrize(
    ("level", "found"), [(100_000, []), (100_001, ["0"]), (1_000_000, ["0"]), (1, []), (0, []), (None, [])]
)
def test_a_level_of_a_hundred_targets(level: int | None, found: list[str]) -> None:
    assert asked([level, 100], [1000, 1000]) == found
    assert asked([level, 100], [1000, 1000], already="0") == []


@pytest.mark.parametrize(("level", "found"), [(100, []), (99, ["0"])])
def test_a_level_of_a_hundredth_of_what_should_be_done_by_now(level: int, found: list[str]) -> None:
    assert asked([level, 10_000], [100_000, 100_000]) == found


def test_without_targets_the_other_units_are_what_there_is() -> None:
    nobody: list[int | None] = [None] * 5
    assert asked([1_000_001, 10_000, 9_000, 50, 1], nobody) == ["0"]
    assert asked([1_000_000, 10_000, 9_000, 50, 1], nobody) == [], "some units are large, and some are small"
    assert asked([1_000_001, 10_000, 9_000], nobody[:3]) == [], "three are no neighbourhood"
