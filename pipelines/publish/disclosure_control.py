"""Statistical disclosure control before anything leaves: a unit whose figure rests on too few contributors, or on one almost alone, is not
published, nor are others whose figures would give it away by subtraction, nor a total that no other unit could protect (统计法 art. 25;
thresholds of method.toml `[disclosure]`).

A contributor is a reporting enterprise (of a form without codes of enterprises: a project) that has done something this year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from ..model.publication import DisclosureRule
from ..model.ranking import SUPPRESSED, ParentFigures, Ranking, UnitInputs


@dataclass(frozen=True)
class Contributors:
    """Who stands behind a unit's figure: how many, their sum, and the two largest of them, in the form's measure."""

    count: int
    total: Decimal
    largest: Decimal
    second: Decimal = Decimal(0)

    def __add__(self, other: Contributors) -> Contributors:
        first, second, *_ = sorted((self.largest, self.second, other.largest, other.second), reverse=True)
        return Contributors(self.count + other.count, self.total + other.total, first, second)


NOBODY = Contributors(0, Decimal(0), Decimal(0))


@dataclass(frozen=True)
class Increments:
    """Who stands behind what readers compute by subtracting months: `published`: behind what a unit has more than its figure published
    last this year; `of_month`: behind the month of every unit."""

    published: Mapping[str, Contributors] = field(default_factory=dict)
    of_month: Mapping[str, Contributors] = field(default_factory=dict)


NO_INCREMENTS = Increments()


@dataclass(frozen=True)
class PrintedTotal:
    """A total of an edition and the units with a figure under it. `ranking`: which of the edition's rankings prints it (0: the lead one),
    `code`: of which area. `level`: an amount is printed that others could be subtracted from, else a rate alone."""

    ranking: int
    code: str
    units: frozenset[str]
    level: bool = True


WhyWithheld = Literal[
    "few", "dominant", "two_largest", "increment", "unknown", "earlier_edition", "base", "with_others"
]
"""Why a unit is kept back: few contributors, one above the share, two that know each other; what it has more than before rests on
such; nobody knows on whom it rests; an edition of the month kept it back already; its base rests on such; others would be given away
by subtraction."""


@dataclass(frozen=True)
class Withheld:
    """What disclosure control keeps back: codes of units, in every ranking, and totals. `why`: the first reason of each unit, for
    those who sign alone."""

    units: frozenset[str] = frozenset()
    totals: frozenset[PrintedTotal] = frozenset()
    why: Mapping[str, WhyWithheld] = field(default_factory=dict, compare=False)


def discloses(found: Contributors, rule: DisclosureRule) -> bool:
    """Whether a figure of these contributors says, or lets infer, what one of them did."""
    return what_discloses(found, rule) is not None


def what_discloses(found: Contributors, rule: DisclosureRule) -> WhyWithheld | None:
    """By which criterion it does; None where it does not. Where nobody did anything there is nobody to protect."""
    if not found.count:
        return None
    if found.count < rule.min_contributors:
        return "few"
    if found.largest > rule.max_share * found.total:
        return "dominant"
    rest = found.total - found.largest - found.second
    return "two_largest" if rest < rule.min_rest * found.largest else None


def withheld_figures(
    units: Sequence[UnitInputs],
    contributors: Mapping[str, Contributors],
    totals: Iterable[PrintedTotal],
    rule: DisclosureRule,
    before: frozenset[str] = frozenset(),
    already: frozenset[str] = frozenset(),
    increments: Increments = NO_INCREMENTS,
    shown: frozenset[str] = frozenset(),
) -> Withheld:
    """What is not published of `units`, those with a figure in any ranking of the edition, and of `totals`. A unit of a total that is not
    among `units` was withheld by whoever sent it. `before`: the units that the month before withheld; `already`: those that earlier
    editions of this month withheld. They stay withheld: what such an edition left of a total, less the one of them that a later edition
    gives, would be the other. `increments`: looked at like the figures themselves. `shown`: units whose figures are out
    already: nothing of them can be withheld.

    What is left of a total after the published units and the totals inside it must not be one unit, nor disclose itself: others are
    withheld with it, those first that were so before, then the smallest, and where there are none left, a total goes. Of a total
    without a level nothing can be subtracted: it goes where all its units are withheld and together disclose. A unit of whose
    contributors nothing is known is withheld where the rule requires to know, and stays withheld where it was before; it protects
    nobody, nor does a unit without a level.
    """
    scored = {unit.unit_code: unit for unit in units if unit.state == "scored"}

    def own_reason(code: str) -> WhyWithheld | None:
        """The unit's figure, or what it has more than before, says too much; or nobody knows whether it does."""
        if (reason := what_discloses(contributors.get(code, NOBODY), rule)) is not None:
            return reason
        if discloses(increments.published.get(code, NOBODY), rule):
            return "increment"
        return "unknown" if code not in contributors and (rule.require_counts or code in before) else None

    why = {code: reason for code in scored.keys() - shown if (reason := own_reason(code)) is not None}
    why = {**dict.fromkeys(already & scored.keys(), "earlier_edition"), **why}
    kept = set(why)
    printed = {total for total in totals if total.units}
    kept |= {code for total in printed for code in total.units} - scored.keys()
    lost: set[PrintedTotal] = set()

    def reveals(hidden: frozenset[str]) -> bool:
        """Of what is left of a total; less what was left a month before, it is the month of those that were withheld then."""
        left = sum((contributors.get(code, NOBODY) for code in hidden), NOBODY)
        moved = ((increments.of_month if code in before else contributors).get(code, NOBODY) for code in hidden)
        return (
            len(hidden) == 1
            or discloses(left, rule)
            or (bool(increments.of_month) and discloses(sum(moved, NOBODY), rule))
        )

    def lose(total: PrintedTotal) -> bool:
        printed.discard(total)
        lost.add(total)
        return True

    def protect() -> bool:
        """One unit or one total more; False where nothing is given away any more."""
        for total in sorted(printed, key=_order):
            if not total.level and total.units <= kept and reveals(total.units):
                return lose(total)
        for units_left, total, inside in sorted(_parts(printed), key=lambda part: (len(part[0]), _order(part[1]))):
            hidden = units_left & kept
            if not hidden or not reveals(hidden):
                continue
            others = [code for code in units_left - kept - shown if scored[code].ytd is not None]
            if others:
                kept.add(min(others, key=lambda code: (code not in before, *_size(scored[code], contributors))))
                return True
            return lose(min(inside, key=_order) if inside else total)
        return False

    while protect():
        pass
    hidden_units = frozenset(kept & scored.keys())
    return Withheld(hidden_units, frozenset(lost), {code: why.get(code, "with_others") for code in hidden_units})


def withhold(unit: UnitInputs) -> UnitInputs:
    """The unit without a single figure: it has reported, and stands in the table as not published."""
    return replace(
        unit,
        base=None,
        ytd=None,
        month=None,
        official_ytd=None,
        annual_target=None,
        growth_official=None,
        growth_mark=None,
        major_projects=None,
        new_starts=None,
        stage_punctuality=None,
        service=None,
        snail_projects=0,
        new_major_projects=0,
        state="unranked",
        remarks=(SUPPRESSED,),
    )


def without_figures(unit: UnitInputs) -> UnitInputs:
    """A unit that has sent no figure, without those that others have of it."""
    return replace(withhold(unit), state=unit.state, remarks=unit.remarks)


def withheld_in(document: Mapping[str, Any]) -> frozenset[str]:
    """The units that an edition (ranking.json) kept back."""
    return frozenset(unit["unit"] for unit in document["units"] if SUPPRESSED in unit["remarks"])


def withhold_months(units: Iterable[UnitInputs], before: frozenset[str]) -> list[UnitInputs]:
    """The units without the month's own figure where the month before withheld the unit: the year to date less the month would say
    what was withheld."""
    return [replace(unit, month=None) if unit.unit_code in before else unit for unit in units]


def withhold_totals(ranking: Ranking, totals: Iterable[str]) -> Ranking:
    """The ranking without the figures of the parents, or the whole, of these codes."""
    codes = set(totals)
    parents = tuple(_without_figures(group) if group.code in codes else group for group in ranking.parents)
    ranking = replace(ranking, parents=parents)
    if whole_code(ranking.city.code) not in codes:
        return ranking
    city = replace(ranking.city, ytd=None, base=None, growth_official=None, growth_mark="suppressed", covered=None)
    return replace(ranking, city=city, city_growth=None)


def whole_code(code: str | None) -> str:
    """The code of the whole among totals, where it may have none of its own."""
    return code or ""


def _without_figures(group: ParentFigures) -> ParentFigures:
    return replace(
        group,
        ytd=None,
        base=None,
        growth=None,
        summed_ytd=None,
        summed_base=None,
        residual=None,
        growth_mark="suppressed",
    )


def _parts(printed: Iterable[PrintedTotal]) -> list[tuple[frozenset[str], PrintedTotal, tuple[PrintedTotal, ...]]]:
    """What a reader can compute of the totals: each as it is, and what is left of it after the totals inside it (those that it is left
    after are the third of the tuple). Sums of safe parts are safe, so nothing else has to be looked at."""
    found: list[tuple[frozenset[str], PrintedTotal, tuple[PrintedTotal, ...]]] = []
    levels = [total for total in printed if total.level]
    for total in levels:
        found.append((total.units, total, ()))
        inside = tuple(o for o in levels if o.ranking == total.ranking and o.units < total.units)
        left = total.units.difference(*(o.units for o in inside))
        if inside and left:
            found.append((left, total, inside))
    return found


def _order(total: PrintedTotal) -> tuple[int, int, str]:
    """Small totals go first: least is lost."""
    return len(total.units), total.ranking, total.code


def _size(unit: UnitInputs, contributors: Mapping[str, Contributors]) -> tuple[bool, bool, Decimal, str]:
    """Those of whom something is known, then small ones first: least is lost."""
    return unit.unit_code not in contributors, unit.ytd is None, unit.ytd or Decimal(0), unit.unit_code
