"""What is said where a ratio says nothing: every word at its boundary, and no rate on a base that is not positive."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.model.formulas import growth
from pipelines.model.value_marks import MEANINGS, OF_GROWTH, growth_word


@pytest.mark.parametrize(
    ("value", "base", "word"),
    [
        (120, 100, None),
        (0, 100, None),
        (-1, 100, "turned_loss"),
        (0, -100, "turned_profit"),
        (50, -100, "turned_profit"),
        (-99, -100, "loss_narrowed"),
        (-100, -100, "loss_unchanged"),
        (-101, -100, "loss_widened"),
        (-5, 0, None),
        (5, 0, None),
        (None, -1, None),
        (-1, None, None),
    ],
)
def test_the_word(value: int | None, base: int | None, word: str | None) -> None:
    given = [None if number is None else Decimal(number) for number in (value, base)]
    assert growth_word(*given) == word
    assert word is None or (word in OF_GROWTH and MEANINGS[word])


def test_no_rate_on_a_base_that_is_not_positive() -> None:
    assert growth(Decimal(50), Decimal(-100)) is None
    assert growth(Decimal(50), Decimal(0)) is None
    assert growth(Decimal(-50), Decimal(100)) == Decimal("-1.5")
