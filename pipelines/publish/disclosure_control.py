"""Statistical disclosure control before anything leaves: a unit whose figure rests on too few contributors, or on one almost alone, is not
published, nor are others whose figures would give it away by subtraction (统计法 art. 25; thresholds of method.toml `[disclosure]`).

A contributor is a reporting enterprise (of a form without codes of enterprises: a project) that has done something this year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ..model.publication import DisclosureRule
from ..model.ranking import SUPPRESSED, UnitInputs


@dataclass(frozen=True)
class Contributors:
    """Who stands behind a unit's figure: how many, their sum, and the largest of them, in the form's measure."""

    count: int
    total: Decimal
    largest: Decimal

    def __add__(self, other: Contributors) -> Contributors:
        return Contributors(self.count + other.count, self.total + other.total, max(self.largest, other.largest))


NOBODY = Contributors(0, Decimal(0), Decimal(0))


def discloses(found: Contributors, rule: DisclosureRule) -> bool:
    """Whether a figure of these contributors says, or lets infer, what one of them did. Where nobody did anything there is nobody
    to protect."""
    if not found.count:
        return False
    return found.count < rule.min_contributors or found.largest > rule.max_share * found.total


def withheld_units(
    units: Sequence[UnitInputs],
    contributors: Mapping[str, Contributors],
    totals: Iterable[Sequence[str]],
    rule: DisclosureRule,
    levels: bool,
) -> frozenset[str]:
    """Codes of the units that are not published. `totals`: the units that each published total sums; where levels are public, what is
    left of a total after the published units must not be one unit, nor disclose itself: the smallest others are withheld with it.
    A unit of whose contributors nothing is known is published; it is not chosen to protect another before the known ones."""
    scored = {unit.unit_code: unit for unit in units if unit.state == "scored"}
    kept = {code for code in scored if code in contributors and discloses(contributors[code], rule)}
    grown = levels
    groups = [[code for code in total if code in scored] for total in totals]
    while grown:
        grown = False
        for group in groups:
            hidden = [code for code in group if code in kept]
            others = sorted((code for code in group if code not in kept), key=lambda code: _size(scored[code]))
            if hidden and others and (len(hidden) == 1 or discloses(_together(hidden, contributors), rule)):
                kept.add(others[0])
                grown = True
    return frozenset(kept)


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


def _together(codes: Iterable[str], contributors: Mapping[str, Contributors]) -> Contributors:
    return sum((contributors.get(code, NOBODY) for code in codes), NOBODY)


def _size(unit: UnitInputs) -> tuple[bool, Decimal, str]:
    """Small ones first: least is lost; a unit without a level protects no total."""
    return unit.ytd is None, unit.ytd or Decimal(0), unit.unit_code
