"""What no reader would believe, and what contradicts the edition published before: reasons not to sign until somebody has looked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...model.loading import Edition
from ...model.periods import Period
from ...model.programme import Programme
from ...model.publication import Block
from ...model.ranking import CityFigures, Ranking, UnitInputs
from ...publish.figures import plain
from .tenfold_figures import tenfold_blocks
from .whole_return_figures import TIMES, whole_return_blocks


def plausibility_blocks(
    programme: Programme,
    ranking: Ranking,
    figures: tuple[Sequence[UnitInputs], CityFigures],
    before: Edition | None,
    city_month: pa.Table | None,
) -> tuple[Block, ...]:
    """`figures`: of the units and the whole before disclosure control kept anything back: what is withheld is in the totals, and a slip
    may be why it is; `before`: the edition of the month before in the same year, None where there is none; `city_month`: the bureau's
    rows, which say whose base was restated."""
    ranked = programme.indicator(programme.method.indicator)
    if ranked is not None and ranked.sign == "any":  # a sum of gains and losses falls, and has no proportion
        return ()
    of_bureau = programme.method.base_source == "bureau"
    unranked = {u.unit_code for u in ranking.units if u.inputs.state == "scored" and u.rank is None}
    units = [u for u in figures[0] if u.state == "scored" and (of_bureau or u.unit_code not in unranked)]
    found = [*_out_of_proportion(units, figures[1])]
    published = before.document if before is not None and before.published_at is not None else None
    pace, share = _pace(programme, published, ranking), ranking.seasonal_share
    found += whole_return_blocks(units, figures[1], share, frozenset(block.unit_code for block in found))
    asked = frozenset(block.unit_code for block in found)
    found += tenfold_blocks((units, figures[1]), published, pace, share, asked, _is_young(ranking))
    if published is not None:
        restated = _restated(city_month)
        if of_bureau:
            found += _fallen(ranking, published, restated)
        found += _other_targets(ranking, published)
    return tuple(found)


def _pace(programme: Programme, published: Mapping[str, Any] | None, ranking: Ranking) -> Decimal:
    """How many times the figures of the month before those of this month should be: by the seasonal curve, else by the months."""
    if published is None:
        return Decimal(1)
    months = (Period.parse(text).month for text in (ranking.period, published["period"]))
    now, was = (programme.seasonal.get(month) or Decimal(month) / 12 for month in months)
    return now / was


def _is_young(ranking: Ranking) -> bool:
    """Whether the year has only one month or two behind it."""
    return Period.parse(ranking.period).month < 3


def _out_of_proportion(units: Sequence[UnitInputs], city: CityFigures) -> Iterator[Block]:
    """A unit, or the whole, whose level and base are of different orders; nothing done at all in the whole. `units`: of bases that units
    give themselves those that are ranked: small ones are of any proportion, and a slip of the bureau's makes a base small."""
    rows = [(u.unit_code, u.name, u.name_en, u.ytd, u.base) for u in units]
    for code, zh, en, ytd, base in (*rows, (city.code or "", city.zh, city.en, city.ytd, city.base)):
        idle = code == (city.code or "") and ytd == 0
        if ytd is None or base is None or base <= 0 or (ytd <= 0 and not idle):
            continue
        if idle or ytd > TIMES * base or base > TIMES * ytd:
            yield Block(
                "out_of_proportion",
                code,
                f"{zh}的累计数与可比基数相差悬殊，疑似计量单位有误或漏报。",
                f"{en}: level and base are of different orders, perhaps a slip of the unit of amount or figures not reported.",
                detail=f"{plain(ytd)} : {plain(base)}",
            )


def _fallen(ranking: Ranking, before: Mapping[str, Any], restated: frozenset[str]) -> Iterator[Block]:
    """Bases, and the total of the whole, are cumulative: less than last month's is a correction that somebody has to answer for. The base
    of the whole falls with those that were restated with a reason."""
    then = {unit["unit"]: unit for unit in before["units"]}
    explained = Decimal(0)
    for unit in ranking.units:
        base, was = unit.inputs.base, _amount(then.get(unit.unit_code, {}), "base")
        if base is None or was is None or base >= was:
            continue
        if unit.unit_code in restated:
            explained += was - base
        else:
            yield _base_block(unit.unit_code, unit.name, unit.name_en, base, was)
    city, code = ranking.city, ranking.city.code or ""
    if before["city"]["unit"] != ranking.city.code:
        return
    was = _amount(before["city"], "base")
    if city.base is not None and was is not None and was - city.base > explained and code not in restated:
        yield _base_block(code, city.zh, city.en, city.base, was)
    was = _amount(before["city"], "ytd")
    if city.ytd is not None and was is not None and city.ytd < was:
        yield Block(
            "total_fell",
            code,
            f"{city.zh}的累计总量低于上期发布的累计总量。",
            f"The total of {city.en} is below the one published for the period before.",
            detail=f"{plain(was)} → {plain(city.ytd)}",
        )


def _base_block(code: str, zh: str, en: str, now: Decimal, was: Decimal) -> Block:
    return Block(
        "base_fell",
        code,
        f"{zh}的可比基数低于上期发布的累计可比基数，没有调整说明。",
        f"{en}: the comparable base is below the one published for the period before, and no restatement says why.",
        detail=f"{plain(was)} → {plain(now)}",
    )


def _other_targets(ranking: Ranking, before: Mapping[str, Any]) -> Iterator[Block]:
    """Targets are frozen on 31 January (domain_decisions §4): one that is another than last month's is a decision, and is printed."""
    then = {unit["unit"]: unit for unit in before["units"]}
    rows = [(u.unit_code, u.name, u.name_en, u.inputs.annual_target, then.get(u.unit_code, {})) for u in ranking.units]
    city = ranking.city
    if before["city"]["unit"] == city.code:
        rows.append((city.code or "", city.zh, city.en, city.annual_target, before["city"]))
    for code, zh, en, target, earlier in rows:
        was = _amount(earlier, "annual_target")
        if was is not None and target is not None and target != was:
            yield Block(
                "target_changed",
                code,
                f"{zh}的年度目标与上期发布的不同。",
                f"{en}: the annual target is another than the one published for the period before.",
                detail=f"{plain(was)} → {plain(target)}",
            )


def _amount(row: Mapping[str, Any], field: str) -> Decimal | None:
    value = row.get(field)
    return None if value is None else Decimal(value)


def _restated(city_month: pa.Table | None) -> frozenset[str]:
    """Areas whose base was restated with a reason."""
    if city_month is None or not city_month.num_rows:
        return frozenset()
    rows = city_month.filter(pc.is_valid(city_month["restatement_reason"]))
    return frozenset(code for code in rows["area_code"].to_pylist() if code)
