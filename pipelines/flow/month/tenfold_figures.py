"""A digit too many or too few: figures ten times what everything else says of them. Reasons not to sign until somebody has looked.

A level is looked at beside its base, since that takes the season out of it, and this proportion beside the one published the month
before: units do grow tenfold over a year, hardly ever in proportion from one month to the next. In the first period of a year, or where the
unit was not published before, the other units' proportion and the unit's own target have to agree, and the whole has to notice.

Measured on building permits of 3,000 American counties, 2022-01 to 2023-06, whose months are far less steady than investment: 35, 15, 17, 5
and 3 of some 1,300 to 2,200 with a base of a million dollars are odd beside the month before (2, then none, where the whole has to
notice); a digit too many is seen at 96 to 99.9 % of them. Of one month or two the large ones among so many are odd as well (Osceola 3.7
times the year before in January, Washington a fourteenth of its January in February): nobody is asked about them before March.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from ...model.publication import Block
from ...model.ranking import CityFigures, UnitInputs
from ...publish.figures import plain

FACTOR = Decimal(5)
"""What is five times as much as expected, or a fifth: a slip of ten that half of the true figure is missing from is still seen."""
MATERIAL = Decimal("0.005")
"""Of the whole: what a unit has more or less than its proportion says, to be asked about for that, in a year's first month and among many
units."""
MANY = 100
"""Units of which somebody can look at each that is odd beside its own month before; among more some are so in every month."""
FEWEST = 3
"""Of fewer other units the usual proportion is not known; last year's figure stands for this year's."""


@dataclass(frozen=True)
class _Figures:
    """Level and base of an area, now or as published the month before; positive."""

    ytd: Decimal
    base: Decimal

    @property
    def proportion(self) -> Decimal:
        return self.ytd / self.base


def tenfold_blocks(
    figures: tuple[Sequence[UnitInputs], CityFigures],
    before: Mapping[str, Any] | None,
    pace: Decimal,
    share: Decimal | None,
    looked_at: frozenset[str],
    young: bool,
) -> Iterator[Block]:
    """`figures`: of the scored units and the whole; `before`: the edition of the month before in the same year; `pace`: how much of a
    year's figures there should be beside that month, by the seasonal curve or the calendar (1 without such an edition); `share`: of the
    year that should be done by now; `looked_at`: areas that another block asks about already; `young`: figures of one month or two."""
    units, city = figures
    then = {unit["unit"]: found for unit in before["units"] if (found := _published(unit))} if before else {}
    rows = [(unit, found) for unit in units if (found := _now(unit))]
    usual = _usual([found.proportion for _, found in rows])
    least = MATERIAL * (city.ytd or Decimal(0))
    for unit, found in rows if not young or len(rows) <= MANY else ():
        code, earlier = unit.unit_code, then.get(unit.unit_code)
        if code in looked_at:
            continue
        if earlier is not None:
            odd, said = _beside_before(found, earlier, pace)
        else:
            odd, said = _beside_others(found, usual, unit.annual_target, share)
        expected = (earlier.proportion if earlier else usual) * found.base
        matters = (earlier is not None and len(rows) <= MANY) or abs(found.ytd - expected) >= least
        if odd and matters:
            yield _block(code, unit.name, unit.name_en, found, said)
    code, whole = city.code or "", _now(city)
    if whole is None or code in looked_at:
        return
    published = _published(before["city"]) if before and before["city"]["unit"] == city.code else None
    if published is not None:
        odd, said = _beside_before(whole, published, pace)
    else:
        odd, said = _beside_others(whole, Decimal(1), city.annual_target, share)
    if odd:
        yield _block(code, city.zh, city.en, whole, said)


def _beside_before(now: _Figures, before: _Figures, pace: Decimal) -> tuple[bool, str]:
    """Another proportion than a month ago; or level and base both of another order, which leaves the proportion as it was."""
    odd = _far(now.proportion / before.proportion)
    grown = now.ytd / before.ytd / pace, now.base / before.base / pace
    both = all(one >= FACTOR for one in grown) or all(one <= 1 / FACTOR for one in grown)
    return odd or both, f"上期 / before {plain(before.ytd)} : {plain(before.base)}"


def _beside_others(now: _Figures, usual: Decimal, target: Decimal | None, share: Decimal | None) -> tuple[bool, str]:
    """Another proportion than the others', unless the unit's own target says that it should be so."""
    odd, said = now.proportion / usual, f"各单位中位数 / median of the units {usual:.2f}"
    planned = target * share if target and share else None
    if planned is None or planned <= 0:
        return _far(odd), said
    return _far(odd) and _far(now.ytd / planned), f"{said}，序时目标 / target by now {plain(planned)}"


def _far(ratio: Decimal) -> bool:
    return ratio >= FACTOR or ratio <= 1 / FACTOR


def _usual(proportions: Sequence[Decimal]) -> Decimal:
    return median(proportions) if len(proportions) > FEWEST else Decimal(1)


def _now(figures: UnitInputs | CityFigures) -> _Figures | None:
    return _positive(figures.ytd, figures.base)


def _published(row: Mapping[str, Any]) -> _Figures | None:
    ytd, base = (None if row.get(name) is None else Decimal(row[name]) for name in ("ytd", "base"))
    return _positive(ytd, base)


def _positive(ytd: Decimal | None, base: Decimal | None) -> _Figures | None:
    return _Figures(ytd, base) if ytd is not None and base is not None and ytd > 0 and base > 0 else None


def _block(code: str, zh: str, en: str, found: _Figures, said: str) -> Block:
    return Block(
        "tenfold",
        code,
        f"{zh}的累计数或可比基数疑似多写或少写一位（差十倍）。",
        f"{en}: level or base look as if a digit were too many or too few.",
        detail=f"{plain(found.ytd)} : {plain(found.base)}；{said}",
    )
