"""Places and rates that the dispatch takes from an edition: what is official stands, also where it is nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from pipelines.flow.dispatch.unit_standings import Standings, standings_of
from pipelines.model.periods import Period

NOW = datetime(2022, 7, 20, tzinfo=UTC)


def test_an_official_growth_of_nothing_is_not_replaced_by_the_computed_one() -> None:
    found = standings({"growth": 0.12, "growth_official": 0})
    assert [place.growth for place in found.places] == [Decimal(0)]


def test_a_month_that_is_ranked_by_growth_alone_has_its_schedule_completion() -> None:
    """It was taken from what is scored: before April, and by growth_rank, no unit could be a snail for lagging behind its schedule."""
    unscored = {"schedule_completion": {"value": None, "points": None, "weight": "0"}}
    found = standings({"growth": 0.3, "growth_official": 0.3, "schedule_completion": 0.84, "indicators": unscored})
    assert [place.schedule_completion for place in found.places] == [Decimal("0.84")]


def standings(figures: dict[str, Any]) -> Standings:
    """Of one unit with these figures."""
    unit = {"unit": "330402", "rank": 1, "remarks": [], **figures}
    document = {"units": [unit]}
    head = SimpleNamespace(edition_id="2022-06-e1", created_at=NOW)
    warehouse = SimpleNamespace(
        edition_heads=SimpleNamespace(of_period=lambda _: [head]),
        editions=SimpleNamespace(by_id=lambda _: SimpleNamespace(edition_id="2022-06-e1", document=document)),
    )
    context: Any = SimpleNamespace(warehouse=warehouse)
    return standings_of(context, Period(2022, 6), NOW)
