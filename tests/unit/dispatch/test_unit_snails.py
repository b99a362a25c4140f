"""Unit snails against the growth target of the programme (domain.md §4.3): not forced, where all meet it nobody is one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.dispatch.unit_marks import UnitPlace, snail_units
from pipelines.model.dispatch_policy import DEFAULT_POLICY

FAST = [UnitPlace(str(n), n, Decimal("0.45"), Decimal(1)) for n in range(1, 9)]


@pytest.mark.parametrize(
    ("growth", "completion", "reasons"),
    [
        ("0.17", "1.02", ()),
        ("0.06", "0.85", ()),
        ("0.0599", "1.02", ("bottom_rank", "growth_below_target", "second_month")),
        ("0.17", "0.8499", ("bottom_rank", "behind_schedule", "second_month")),
    ],
)
def test_who_meets_the_target_is_no_snail_however_fast_the_others_grow(
    growth: str, completion: str, reasons: tuple[str, ...]
) -> None:
    """It was measured on the growth of the whole city: with 40 % there, 17 % against a target of 16 % made a snail."""
    last = [*FAST, UnitPlace("9", 9, Decimal(growth), Decimal(completion))]
    assert [unit.reasons for unit in snail_units(last, last, DEFAULT_POLICY)] == ([reasons] if reasons else [])
