"""Whose figures are not published: few contributors, one that dominates, and whoever would give these away by subtraction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.flow.month.unit_contributors import (
    cell_contributors,
    correction_contributors,
    increments_since,
    printed_totals,
    uncounted_units,
    unit_contributors,
)
from pipelines.model.publication import DisclosureRule
from pipelines.model.ranking import CityFigures, ParentFigures, UnitInputs
from pipelines.model.units import Unit, UnitRoster
from pipelines.publish.disclosure_control import (
    NOBODY,
    Contributors,
    Increments,
    PrintedTotal,
    Withheld,
    discloses,
    withheld_figures,
    withheld_in,
    withhold,
    withhold_months,
    withhold_totals,
)
from pipelines.publish.document import rank_document
from pipelines.publish.edition_context import Told

from .small_editions import edition, ranking

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
        (Contributors(9, D(100), D(50), D(46)), True),
        (Contributors(9, D(100), D(50), D(45)), False),
    ],
    ids=[
        *("two", "three", "one", "above the share", "at the share", "nobody"),
        *("the second knows the first within a tenth", "not so closely"),
    ],
)
def test_few_contributors_or_one_above_the_share_are_disclosing(found: Contributors, reveals: bool) -> None:
    assert discloses(found, RULE) is reveals


def test_the_two_largest_of_several_units_are_found() -> None:
    a, b = Contributors(3, D(60), D(40), D(15)), Contributors(2, D(50), D(30), D(20))
    assert a + b == Contributors(5, D(110), D(40), D(30))


ONE = Contributors(1, D(10), D(10))


def total(codes: Iterable[str], code: str = "", ranking: int = 0, level: bool = True) -> PrintedTotal:
    return PrintedTotal(ranking, code, frozenset(codes), level)


def codes_of(withheld: Withheld) -> tuple[set[str], set[str]]:
    return set(withheld.units), {total.code for total in withheld.totals}


def test_a_second_unit_is_withheld_where_a_total_would_give_the_first_away() -> None:
    known = {"a": Contributors(2, D(10), D(6)), "b": BROAD, "c": BROAD}
    found = units(10, 300, 200)
    assert codes_of(withheld_figures(found, known, [total("abc")], RULE)) == ({"a", "c"}, set()), "the smallest other"
    assert codes_of(withheld_figures(found, known, [], RULE)) == ({"a"}, set()), "no total, nothing to subtract from"
    rate = withheld_figures(found, known, [total("abc", level=False)], RULE)
    assert codes_of(rate) == ({"a"}, set()), "no level, no subtraction"


def test_what_is_left_of_a_total_does_not_disclose_itself() -> None:
    """Two units of one enterprise each: either could subtract its own from what is left; a third one goes with them."""
    known = {"a": ONE, "b": ONE, "c": BROAD, "d": BROAD}
    assert codes_of(withheld_figures(units(10, 11, 200, 300), known, [total("abcd")], RULE)) == ({"a", "b", "c"}, set())


def test_totals_that_share_units_are_followed_to_the_end() -> None:
    known = dict.fromkeys("abcd", BROAD) | {"a": Contributors(1, D(1), D(1))}
    totals = [total("ab", "1"), total("bc", "2"), total("d", "3")]
    assert codes_of(withheld_figures(units(1, 500, 3, 4), known, totals, RULE)) == ({"a", "b", "c"}, set())


def test_a_total_of_withheld_units_alone_goes_with_them() -> None:
    """The parent of one unit says what the unit did, as a level and as a rate; the whole still stands, for others hide what is left."""
    known = {"a": ONE, "b": BROAD, "c": BROAD}
    found, whole = units(10, 300, 200), total("abc", "whole")
    assert codes_of(withheld_figures(found, known, [whole, total("a", "p")], RULE)) == ({"a", "c"}, {"p"})
    rate = withheld_figures(found, known, [total("a", "p", level=False)], RULE)
    assert codes_of(rate) == ({"a"}, {"p"})


def test_what_is_left_of_a_total_after_the_totals_inside_it_is_protected() -> None:
    """The whole less the two areas is the unit that stands under no area: an area's total goes, where nothing else can hide it."""
    known = {"a": ONE, **dict.fromkeys("bcde", BROAD)}
    totals = [total("abcde", "whole"), total("bc", "p"), total("de", "q")]
    assert codes_of(withheld_figures(units(10, 20, 30, 40, 50), known, totals, RULE)) == ({"a", "b"}, {"p"})


def test_a_unit_whose_sender_withheld_it_is_not_given_away_either() -> None:
    """`x` came without a figure, `suppressed`: the total of all less the others would say it."""
    assert codes_of(withheld_figures(units(10, 20), {}, [total("abx", "whole")], RULE)) == ({"a"}, set())


def test_unknown_contributors_protect_nobody_and_stay_withheld() -> None:
    known = {"a": ONE, "d": BROAD}
    kept = withheld_figures(units(10, 1, 2, 500), known, [total("abcd")], RULE)
    assert codes_of(kept) == ({"a", "d"}, set()), "the known one is chosen, though larger"
    kept = withheld_figures(units(10, 1, 2), {"a": ONE}, [total("abc", "whole")], RULE)
    assert codes_of(kept) == ({"a", "b", "c"}, {"whole"})
    kept = withheld_figures(units(10, 1, 2), {"a": BROAD, "b": BROAD}, [], RULE, frozenset("bc"))
    assert codes_of(kept) == ({"c"}, set()), "withheld the month before, and nothing known says otherwise"


def test_unknown_contributors_may_be_too_few_where_the_programme_requires_to_know() -> None:
    strict = replace(RULE, require_counts=True)
    kept = withheld_figures(units(10, 300, 200), {"b": BROAD, "c": BROAD}, [total("abc")], strict)
    assert codes_of(kept) == ({"a", "c"}, set()), "the unknown one, and who would give it away"
    assert codes_of(withheld_figures(units(10, 300), {"b": BROAD}, [], RULE)) == (set(), set())
    missing = replace(units(1)[0], unit_code="m", state="missing")
    assert uncounted_units([[*units(1, 2, 3), missing]], {"b": BROAD}, frozenset("c")) == {"a"}
    told = Told(uncounted=(("甲县", "A County"),))
    assert any("甲县没有可采用的明细" in note["zh"] for note in rank_document(ranking(), edition(told=told))["notes"])


def test_units_without_figures_or_known_contributors_are_left_alone() -> None:
    found = units(None, 5)
    missing = UnitInputs("a", "A", None, None, state="missing")
    known = {"a": Contributors(1, D(1), D(1))}
    assert codes_of(withheld_figures([missing, found[1]], known, [total("b")], RULE)) == (set(), set())
    assert codes_of(withheld_figures(found, {}, [total("ab")], RULE)) == (set(), set())


def solvable(cells: frozenset[str], sums: Iterable[frozenset[str]]) -> bool:
    """Whether the sum of these cells is a linear combination of the published sums: Gaussian elimination, exact."""
    rows = [*sums, cells]
    columns = sorted(frozenset().union(*rows))
    table = [[Fraction(column in row) for row in rows] for column in columns]
    lead = 0
    for place in range(len(rows) - 1):
        pivot = next((row for row in range(lead, len(table)) if table[row][place]), None)
        if pivot is None:
            continue
        table[lead], table[pivot] = table[pivot], table[lead]
        for row in range(len(table)):
            if row != lead and table[row][place]:
                factor = table[row][place] / table[lead][place]
                table[row] = [x - factor * y for x, y in zip(table[row], table[lead], strict=True)]
        lead += 1
    return all(not row[-1] for row in table[lead:])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_reader_solves_the_published_table_for_what_is_withheld(data: st.DataObject) -> None:
    """Units under areas, areas under regions, all under the whole, some of the totals printed: of the published units and totals, no
    sum of withheld units that one enterprise could be told from is a linear combination."""
    size = data.draw(st.integers(1, 6), "units")
    codes = "abcdef"[:size]
    share = st.sampled_from([ONE, Contributors(2, D(20), D(11)), Contributors(9, D(100), D(90)), BROAD, NOBODY])
    known = {code: found for code in codes if (found := data.draw(st.none() | share, f"contributors of {code}"))}
    areas = [data.draw(st.integers(0, 3), f"area of {code}") for code in codes]
    regions = [data.draw(st.integers(0, 1), f"region of area {area}") for area in range(4)]
    groups = {
        "whole": frozenset(codes),
        **{f"area {n}": frozenset(c for c, area in zip(codes, areas, strict=True) if area == n) for n in range(1, 4)},
        **{
            f"region {n}": frozenset(c for c, area in zip(codes, areas, strict=True) if area and regions[area] == n)
            for n in range(2)
        },
    }
    printed = {name: group for name, group in groups.items() if group and data.draw(st.booleans(), name)}
    levels = [data.draw(st.integers(0, 3), f"level of {code}") for code in codes]
    totals = [total(group, name) for name, group in printed.items()]
    kept = withheld_figures(units(*levels), known, totals, RULE)
    assert {code for code, found in known.items() if discloses(found, RULE)} <= kept.units
    sums = [frozenset(code) for code in codes if code not in kept.units]
    sums += [one.units for one in totals if one not in kept.totals]
    for number in range(1, len(kept.units) + 1):
        for cells in map(frozenset, combinations(sorted(kept.units), number)):
            together = sum((known.get(code, NOBODY) for code in cells), NOBODY)
            if number == 1 or discloses(together, RULE):
                assert not solvable(cells, sums), (sorted(cells), kept)


def test_a_total_that_goes_leaves_no_figure() -> None:
    found = withhold_totals(ranking(), ["99", "990000"])
    document = rank_document(found, edition())
    [area], city = document["parents"], document["city"]
    keys = ("ytd", "base", "growth", "summed_ytd", "summed_base", "residual")
    assert {area[key] for key in keys} == {None} and area["growth_mark"] == "suppressed"  # type: ignore[literal-required]
    assert (city["ytd"], city["base"], city["growth"], city["growth_official"]) == (None,) * 4
    assert document["parameters"]["city_growth"] is None is document["parameters"]["city_base"]
    assert any("+大区、小城市的合计" in note["zh"] for note in document["notes"]) is False, "no unit was withheld here"
    assert any("+大区的合计" in note["zh"] for note in document["notes"])


def test_a_withheld_unit_has_no_figure_left() -> None:
    full = UnitInputs("a", "甲", D(1), D(2), D(3), D("0.1"), month=D(4), official_ytd=D(5), remarks=("迟报",))
    kept = withhold(full)
    assert (kept.state, kept.remarks, kept.name) == ("unranked", ("不予公布",), "甲")
    amounts = (kept.base, kept.ytd, kept.month, kept.official_ytd, kept.annual_target, kept.growth_official)
    assert amounts == (None,) * 6 and kept.printed_growth is None


def test_the_month_after_a_withheld_one_is_not_printed_alone() -> None:
    """The year to date of July less July's own month is the year to date of June."""
    a, b = units(10, 20)
    a, b = replace(a, month=D(4)), replace(b, month=D(5))
    june = rank_document(
        ranking([withhold(replace(u.inputs)) if n == 0 else u.inputs for n, u in enumerate(ranking().units)]), edition()
    )
    hidden = withheld_in(june)
    assert hidden == {ranking().units[0].unit_code, "990004"}, "the second was withheld by its sender"
    found = withhold_months([a, b], frozenset("a"))
    assert [(u.ytd, u.month) for u in found] == [(a.ytd, None), (b.ytd, D(5))]


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
        "a": Contributors(2, D(45), D(40), D(5)),
        "b": Contributors(1, D(7), D(7)),
        "c": Contributors(0, D(0), D(0)),
    }
    assert unit_contributors(None) == {} == unit_contributors(detail.drop_columns(["uscc", "project_code"]))


def test_totals_are_those_that_the_edition_prints() -> None:
    city = CityFigures("9", "市", "City", D(10), D(9), None)
    hidden = CityFigures("9", "市", "City", None, None, None)
    rate = CityFigures("9", "市", "City", None, None, D("0.1"))
    roster = UnitRoster((*(Unit(code, code, "county", parent="p") for code in "ab"), Unit("p", "P", "city")))
    summed = ParentFigures("p", "P", None, None, False, D(1), D(1), (1, 2), None)
    found = units(1, 2)
    withheld = UnitInputs("x", "X", None, None, state="unranked", remarks=("不予公布",))
    assert printed_totals(0, [*found, withheld], city, (), roster, True) == [total("abx", "9")]
    partial = replace(city, covered=(2, 3))
    assert printed_totals(1, [*found, withheld], partial, (), roster, True) == [total("ab", "9", 1)], "a sum of two"
    assert printed_totals(0, found, rate, (), roster, True) == [total("ab", "9", level=False)]
    assert printed_totals(0, found, city, (), roster, False) == [total("ab", "9", level=False)], "no level is public"
    assert printed_totals(0, found, hidden, (summed,), roster, True) == [total("ab", "p")]
    without = [found[0], replace(found[1], base=None)]
    assert printed_totals(0, without, hidden, (summed,), roster, True) == [total("a", "p")], "those that were added"
    own = replace(summed, ytd=D(9), own=True)
    assert printed_totals(0, without, hidden, (own,), roster, True) == [total("ab", "p")]
    assert printed_totals(0, found, hidden, (), roster, True) == []


def test_increments_are_of_those_that_moved() -> None:
    """Readers subtract months: of nine enterprises one alone moved in this one."""
    amount = pa.decimal128(20, 4)
    rows = {
        "unit_code": ["a", "a", "a", "b"],
        "uscc": ["X", "Y", "Z", "X"],
        "project_code": ["1", "2", "3", "4"],
        "ytd": pa.array([D(10), D(30), D(5), D(7)], amount),
        "month": pa.array([D(0), D(4), None, D(7)], amount),
        "correction_wan_yuan": pa.array([None, D(-9), None, D(-7)], amount),
    }
    found = cell_contributors(pa.table(rows))
    assert found.level["a"] == Contributors(3, D(45), D(30), D(10))
    assert found.increment == {"a": Contributors(1, D(5), D(5))}, "b took back what it did"
    before = pa.table({**rows, "ytd": pa.array([D(4), D(30), D(6), D(1)], amount)})
    assert increments_since(pa.table(rows), before) == {
        "a": Contributors(2, D(7), D(6), D(1)),
        "b": Contributors(1, D(6), D(6)),
    }


def test_a_unit_of_which_one_enterprise_moved_is_withheld_for_the_month() -> None:
    known, whole = dict.fromkeys("abcd", BROAD), [total("abcd")]
    moved = Increments({**known, "b": ONE}, {**known, "b": ONE})
    assert codes_of(withheld_figures(units(1, 2, 3, 4), known, whole, RULE, increments=moved))[0] == {"a", "b"}
    still = Increments({}, {"a": NOBODY, "b": ONE, "c": BROAD})
    before = frozenset("ab")
    kept = withheld_figures(units(1, 2, 3, 4), {**known, "a": ONE}, whole, RULE, before, before, still)
    assert codes_of(kept)[0] == {"a", "b", "c"}, "what is left of June less what was left of May is one enterprise's"


def test_what_is_out_cannot_be_withheld_again() -> None:
    known = {"a": ONE, "b": ONE, **dict.fromkeys("cd", BROAD)}
    kept = withheld_figures(units(1, 2, 3, 4), known, [total("abcd")], RULE, shown=frozenset("bc"))
    assert codes_of(kept) == ({"a", "d"}, set())
    kept = withheld_figures(units(1, 2, 3, 4), known, [total("abcd")], RULE, shown=frozenset("bcd"))
    assert codes_of(kept) == ({"a"}, {""}), "the whole goes, where nobody is left to hide it"


def test_corrections_are_of_enterprises_not_of_projects() -> None:
    rows = pa.table(
        {
            "unit_code": ["a"] * 4,
            "uscc": ["X", "X", "X", "Y"],
            "correction_code": ["补报", "补报", "补报", "核查核减"],
            "correction_wan_yuan": pa.array([D(10), D(-30), D(5), D(-8)], pa.decimal128(20, 4)),
        }
    )
    assert correction_contributors(rows) == {
        ("a", "补报"): Contributors(1, D(15), D(15)),
        ("a", "核查核减"): Contributors(1, D(8), D(8)),
    }
    assert correction_contributors(rows.drop_columns(["uscc"]))["a", "补报"] == Contributors(3, D(45), D(30), D(10))
