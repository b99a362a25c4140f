"""Why a figure is not printed, in the words of those who sign: every reason has its own, and what can be done."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest

from pipelines.flow.month.kept_back import KeptBack
from pipelines.flow.month.withheld_reasons import withheld_reasons
from pipelines.model.publication import DISCLOSURE, DisclosureRule
from pipelines.model.ranking import UnitInputs
from pipelines.model.units import UnitRoster
from pipelines.publish.disclosure_control import (
    Contributors,
    Increments,
    PrintedTotal,
    WhyWithheld,
    Withheld,
    withheld_figures,
)

D = Decimal
BROAD = Contributors(50, D(1000), D(90))
UNITS = [UnitInputs(code, code, D(100), D(level)) for code, level in zip("abcd", (10, 20, 30, 40), strict=True)]
WHOLE = [PrintedTotal(0, "", frozenset("abcd"))]


def why(
    own: Contributors | None, rule: DisclosureRule = DISCLOSURE, known: Contributors = BROAD, **more: object
) -> dict[str, str]:
    """Of `a`, which rests on `own`, and of whoever is kept back with it."""
    found = {**dict.fromkeys("bcd", known), **({} if own is None else {"a": own})}
    return dict(withheld_figures(UNITS, found, WHOLE, rule, **more).why)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (Contributors(2, D(100), D(50), D(50)), "few"),
        (Contributors(9, D(100), D(81), D(5)), "dominant"),
        (Contributors(9, D(100), D(60), D(38)), "two_largest"),
    ],
)
def test_a_unit_is_kept_back_for_itself_and_another_with_it(own: Contributors, reason: str) -> None:
    assert why(own) == {"a": reason, "b": "with_others"}


def test_what_was_published_before_is_a_reason_of_its_own() -> None:
    moved = Increments({"a": Contributors(1, D(5), D(5))}, dict.fromkeys("abcd", BROAD))
    assert why(BROAD, increments=moved) == {"a": "increment", "b": "with_others"}
    assert why(BROAD, already=frozenset("ab")) == {"a": "earlier_edition", "b": "earlier_edition"}
    assert why(None, before=frozenset("a"))["a"] == "unknown"
    assert why(None, DisclosureRule(require_counts=True))["a"] == "unknown"


@pytest.mark.parametrize("reason", get_args(WhyWithheld))
def test_every_reason_says_what_can_be_done(reason: WhyWithheld) -> None:
    kept = KeptBack(Withheld(frozenset("a"), why={"a": reason}), frozenset(), {"a": Contributors(2, D(9), D(8))})
    (found,) = withheld_reasons(kept, DISCLOSURE, UnitRoster(()), "全市")
    assert found.reason == reason and found.zh.count("。") == 2 and "; " in found.en and found.en.endswith(".")
    assert reason != "few" or "2 家，少于 3 家" in found.zh


def test_the_whole_is_named() -> None:
    kept = KeptBack(Withheld(frozenset(), frozenset(WHOLE)), frozenset(), {})
    (found,) = withheld_reasons(kept, DISCLOSURE, UnitRoster(()), "全市")
    assert (found.name, found.reason) == ("全市", "total") and "合计" in found.zh
