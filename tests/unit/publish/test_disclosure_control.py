"""Whose figures are not published: few contributors, one that dominates, and whoever would give these away by subtraction."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from pipelines.flow.month.unit_contributors import printed_totals, unit_contributors
from pipelines.model.publication import DisclosureRule
from pipelines.model.ranking import CityFigures, ParentFigures, UnitInputs
from pipelines.model.units import UnitRoster
from pipelines.publish.disclosure_control import Contributors, discloses, withheld_units, withhold

D = Decimal
RULE = DisclosureRule(3, D("0.85"))
BROAD = Contributors(50, D(1000), D(90))


def units(*levels: int | None) -> list[UnitInputs]:
    return [
        UnitInputs(chr(97 + k), chr(65 + k), D(100), None if level is None else D(level))
        for k, level in enumerate(levels)
    ]


@pytest.mark.parametrize(
    ("found", "reveals"),
    [
        (Contributors(2, D(100), D(50)), True),
        (Contributors(3, D(100), D(50)), False),
        (Contributors(1, D(100), D(100)), True),
        (Contributors(9, D(100), D(86)), True),
        (Contributors(9, D(100), D(85)), False),
        (Contributors(0, D(0), D(0)), False),
    ],
    ids=["two", "three", "one", "above the share", "at the share", "nobody"],
)
def test_few_contributors_or_one_above_the_share_are_disclosing(found: Contributors, reveals: bool) -> None:
    assert discloses(found, RULE) is reveals


def test_a_second_unit_is_withheld_where_a_total_would_give_the_first_away() -> None:
    known = {"a": Contributors(2, D(10), D(6)), "b": BROAD, "c": BROAD}
    kept = withheld_units(units(10, 300, 200), known, [["a", "b", "c"]], RULE, True)
    assert kept == {"a", "c"}, "the smallest other"
    assert withheld_units(units(10, 300, 200), known, [], RULE, True) == {"a"}, "no total, nothing to subtract from"
    assert withheld_units(units(10, 300, 200), known, [["a", "b", "c"]], RULE, False) == {"a"}, (
        "no level, no subtraction"
    )


def test_what_is_left_of_a_total_does_not_disclose_itself() -> None:
    """Two units of one enterprise each: either could subtract its own from what is left; a third one goes with them."""
    one = Contributors(1, D(10), D(10))
    kept = withheld_units(
        units(10, 11, 200, 300), {"a": one, "b": one, "c": BROAD, "d": BROAD}, [list("abcd")], RULE, True
    )
    assert kept == {"a", "b", "c"}


def test_totals_that_share_units_are_followed_to_the_end() -> None:
    known = dict.fromkeys("abcd", BROAD) | {"a": Contributors(1, D(1), D(1))}
    kept = withheld_units(units(1, 500, 3, 4), known, [["a", "b"], ["b", "c"], ["d"]], RULE, True)
    assert kept == {"a", "b", "c"}


def test_units_without_figures_or_known_contributors_are_left_alone() -> None:
    found = units(None, 5)
    missing = UnitInputs("a", "A", None, None, state="missing")
    assert withheld_units([missing, found[1]], {"a": Contributors(1, D(1), D(1))}, [["a", "b"]], RULE, True) == set()
    assert withheld_units(found, {}, [["a", "b"]], RULE, True) == set()


def test_a_withheld_unit_has_no_figure_left() -> None:
    full = UnitInputs("a", "甲", D(1), D(2), D(3), D("0.1"), month=D(4), official_ytd=D(5), remarks=("迟报",))
    kept = withhold(full)
    assert (kept.state, kept.remarks, kept.name) == ("unranked", ("不予公布",), "甲")
    amounts = (kept.base, kept.ytd, kept.month, kept.official_ytd, kept.annual_target, kept.growth_official)
    assert amounts == (None,) * 6 and kept.printed_growth is None


def test_contributors_are_enterprises_that_did_something() -> None:
    detail = pa.table(
        {
            "unit_code": ["a", "a", "a", "a", "b", "c"],
            "uscc": ["X", "X", "Y", None, " ", "Z"],
            "project_code": ["1", "2", "3", "4", "5", "6"],
            "ytd": pa.array([D(10), D(30), D(0), D(5), D(7), D(0)], pa.decimal128(20, 4)),
        }
    )
    assert unit_contributors(detail) == {
        "a": Contributors(2, D(45), D(40)),
        "b": Contributors(1, D(7), D(7)),
        "c": Contributors(0, D(0), D(0)),
    }
    assert unit_contributors(None) == {} == unit_contributors(detail.drop_columns(["uscc", "project_code"]))


def test_totals_are_those_that_the_edition_prints() -> None:
    city = CityFigures("9", "市", "City", D(10), D(9), None)
    hidden = CityFigures("9", "市", "City", None, None, None)
    parent = ParentFigures("p", "P", D(3), D(2), True, None, None, (1, 1), None)
    roster = UnitRoster(())
    assert printed_totals(units(1, 2), city, (), roster) == [["a", "b"]]
    assert printed_totals(units(1, 2), hidden, (parent,), roster) == []
