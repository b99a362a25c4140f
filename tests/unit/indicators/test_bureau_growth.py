"""The growth that targets are measured on: official, else of the levels, as the edition prints it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.indicators.levels import BureauFigures


@pytest.mark.parametrize(
    ("ytd", "base", "official", "marks", "growth"),
    [
        ("540", "435.13", "0.241", {}, "0.241"),
        ("540", "435", None, {}, "0.241379"),
        ("540", None, None, {}, None),
        ("540", "0", None, {}, None),
        ("540", "435", None, {"growth_official": "turned_profit"}, None),
    ],
)
def test_growth_of_an_area(
    ytd: str, base: str | None, official: str | None, marks: dict[str, str], growth: str | None
) -> None:
    """Of a bureau that gives levels alone the ranking had the city's growth, and its targets had no data."""

    def number(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    figures = BureauFigures(number(ytd), number(base), number(official), None, None, marks)
    assert figures.growth == number(growth)
