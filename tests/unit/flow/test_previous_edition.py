"""What a unit is compared with when its code changed since the month before."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from pipelines.flow.month.previous_edition import previous_places
from pipelines.model.loading import Edition

ONE = Decimal(1)


def edition() -> Edition:
    units = [
        {"unit": code, "rank": rank, "state": "scored", "growth": growth, "growth_official": None}
        for code, rank, growth in (("330401", 1, 12.5), ("330402", 2, 3.0), ("330403", 3, -1.0))
    ]
    moment = datetime(2022, 4, 15, tzinfo=UTC)
    return Edition("2022-03-e1", 1, "2022-03", "", "", "growth", "published", {"units": units}, "", moment)


def test_a_unit_with_a_new_code_stands_where_it_stood_under_the_old_one() -> None:
    places = previous_places(edition(), {"330411": (("330401", ONE),), "330402": (("330402", ONE),)})
    assert (places["330411"].rank, places["330411"].growth) == (1, Decimal("12.5"))
    assert places["330402"].rank == 2


def test_a_unit_made_of_several_or_of_a_part_stood_nowhere() -> None:
    several = (("330402", ONE), ("330403", ONE))
    places = previous_places(edition(), {"330412": several, "330413": (("330401", Decimal("0.7")),)})
    assert places.keys() == {"330401", "330402", "330403"}


def test_without_an_edition_before_nobody_stood_anywhere() -> None:
    assert previous_places(None, {"330411": (("330401", ONE),)}) == {}
