"""Selective editing: the query that can move the unit most comes first."""

from __future__ import annotations

from decimal import Decimal

from pipelines.indicators.impact import expected_ytd, impact

SEASON = {5: Decimal("0.40"), 6: Decimal("0.50")}


def test_last_month_is_carried_forward_by_the_season() -> None:
    assert expected_ytd(Decimal(800), SEASON, 6, 5) == 1000
    assert expected_ytd(Decimal(800), {}, 6, 5) == 800
    assert expected_ytd(None, SEASON, 6, 5) == 0
    assert expected_ytd(Decimal(800), SEASON, 6, None) == 0


def test_impact_is_the_distance_from_what_was_expected() -> None:
    found = impact(Decimal(1500), Decimal(1000), Decimal(10000), Decimal(8000))
    assert (found.amount, found.share, found.points) == (500, Decimal("0.05"), Decimal("6.25"))
    assert impact(None, Decimal(10), None, Decimal(0)) == type(found)(Decimal(10), None, None)
