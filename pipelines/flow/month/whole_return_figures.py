"""A whole return in another unit of amount (元 or 亿元 in a form of 万元): its level, its base, last year's figure and every growth agree
with each other, and with an earlier return that slipped the same way. Reasons not to sign until somebody has looked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from ...model.publication import Block
from ...model.ranking import CityFigures, UnitInputs
from ...publish.figures import plain
from .tenfold_figures import FEWEST

TIMES = 100
"""A level of a hundred bases, or a hundredth of one: a slip of 元, 万元 and 亿元 is ten thousand, of thousands a thousand; units that are
ranked do grow tenfold."""


def whole_return_blocks(
    units: Sequence[UnitInputs], city: CityFigures, share: Decimal | None, asked: frozenset[str]
) -> Iterator[Block]:
    """The frozen target of a unit does not agree with it, nor do the other units, where one has a hundred times what the largest of them
    has; a small one proves nothing. `share`: of the year that should be done by now; `asked`: areas that another block asks about."""
    largest = sorted((u.ytd for u in units if u.ytd is not None), reverse=True)
    beside = TIMES * largest[1] if len(largest) > FEWEST and largest[1] > 0 else None
    rows = [(u.unit_code, u.name, u.name_en, u.ytd, u.annual_target, beside) for u in units]
    for code, zh, en, ytd, target, others in (
        *rows,
        (city.code or "", city.zh, city.en, city.ytd, city.annual_target, None),
    ):
        if code in asked or ytd is None or ytd <= 0:
            continue
        if target and (ytd > TIMES * target or ytd * TIMES < target * (share or 0)):
            beside_zh, beside_en, figure = "年度目标", "annual target", target
        elif others is not None and ytd > others:
            beside_zh, beside_en, figure = "其他单位", "the other units", largest[1]
        else:
            continue
        yield Block(
            "out_of_proportion",
            code,
            f"{zh}的累计数与{beside_zh}相差悬殊，疑似计量单位有误。",
            f"{en}: the level and {beside_en} are of different orders, perhaps a slip of the unit of amount.",
            detail=f"{plain(ytd)} : {plain(figure)}",
        )
