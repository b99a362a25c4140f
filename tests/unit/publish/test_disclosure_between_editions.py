"""What one edition keeps back is not given away by another of the same month, or of the next."""

from __future__ import annotations

from decimal import Decimal

from pipelines.model.publication import DisclosureRule
from pipelines.model.ranking import UnitInputs
from pipelines.publish.disclosure_control import Contributors, PrintedTotal, Withheld, withheld_figures

RULE = DisclosureRule(3, Decimal("0.85"))
BROAD = Contributors(50, Decimal(1000), Decimal(90))
ONE = Contributors(1, Decimal(10), Decimal(10))
WHOLE = [PrintedTotal(0, "", frozenset("abcd"))]


def units(*levels: int) -> list[UnitInputs]:
    return [UnitInputs(code, code, Decimal(100), Decimal(level)) for code, level in zip("abcd", levels, strict=True)]


def test_a_later_edition_of_the_month_gives_no_earlier_one_away() -> None:
    """The first edition withheld a for its one enterprise and b, the smallest, with it: its total less the others is a + b. Corrected,
    c is the smallest: with b given, the first edition said what a was."""
    found = {"a": ONE, "b": BROAD, "c": BROAD, "d": BROAD}
    first = withheld_figures(units(10, 20, 30, 40), found, WHOLE, RULE)
    assert first.units == {"a", "b"}
    second = withheld_figures(units(10, 20, 15, 40), found, WHOLE, RULE, already=first.units)
    assert second.units == {"a", "b"}
    assert withheld_figures(units(10, 20, 15, 40), {**found, "a": BROAD}, WHOLE, RULE, already=first.units).units == {
        "a",
        "b",
    }, "a has more enterprises now; the first edition and b would say what the few had done"
    assert withheld_figures(units(10, 20, 30, 40), found, WHOLE, RULE, already=frozenset("z")).units == {"a", "b"}


def test_the_month_after_withholds_the_same_unit_with_the_first() -> None:
    found = {"a": ONE, "b": BROAD, "c": BROAD, "d": BROAD}
    after = withheld_figures(units(10, 20, 15, 40), found, WHOLE, RULE, before=frozenset("ab"))
    assert after.units == {"a", "b"}
    enough = {**found, "a": BROAD}
    assert withheld_figures(units(10, 20, 15, 40), enough, WHOLE, RULE, before=frozenset("ab")) == Withheld()
