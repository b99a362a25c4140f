"""Rules across units beside those of `across`: D11 (Hidiroglou–Berthelot), F05 (members), F13 (targets), F14 (same columns)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import quantiles

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.catalogue.cross_unit_rules import HB_CENTRE, HB_FEWEST, HB_LIMIT, HB_SIZE, SAME_COLUMN
from expectations.rule import Rule

from ...model.text_arrays import text_codes
from ..finding_texts import FindingLocation, finding, label, plain, unit_of
from ..rows.exact_decimals import scaled
from .closing_rules import Closing, NotApplicable, PeriodFinding

VALUE_COLUMNS = ("plan_total", "cum_total", "ytd", "month", "build", "install", "build_install", "equip", "other")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""Odd and without pattern (2⁶⁴ / golden ratio): figures that changed places have another checksum."""


@dataclass(frozen=True)
class Pair:
    """A figure now and a year ago."""

    unit: str
    what: str
    now: Decimal
    then: Decimal


@dataclass(frozen=True)
class Effect:
    """A pair with its Hidiroglou–Berthelot score and the limits all scores have."""

    pair: Pair
    score: float
    low: float
    high: float

    @property
    def outside(self) -> bool:
        return not self.low <= self.score <= self.high


def hidiroglou_berthelot(pairs: Sequence[Pair]) -> list[Effect]:
    """Scores E = s·max(now, then)^U with s the ratio's distance from the median, symmetric for rises and falls; limits E_M − C·d_Q1,
    E_M + C·d_Q3 with d at least |A·E_M| (Hidiroglou and Berthelot, Survey Methodology 12 (1986); constants of D11)."""
    ratios = [float(p.now / p.then) for p in pairs]
    centre = sorted(ratios)[len(ratios) // 2] if len(ratios) % 2 else math.fsum(_middle(ratios)) / 2
    scores = []
    for pair, ratio in zip(pairs, ratios, strict=True):
        distance = 1 - centre / ratio if ratio < centre else ratio / centre - 1
        scores.append(distance * float(max(pair.now, pair.then)) ** HB_SIZE)
    first, median, third = quantiles(scores, n=4, method="inclusive")
    least = abs(HB_CENTRE * median)
    low = median - HB_LIMIT * max(median - first, least)
    high = median + HB_LIMIT * max(third - median, least)
    return [Effect(pair, score, low, high) for pair, score in zip(pairs, scores, strict=True)]


def _middle(values: Sequence[float]) -> list[float]:
    half = len(values) // 2
    return sorted(values)[half - 1 : half + 1]


def odd_growth(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """D11 by unit (on the bureau's base, else last year's figure) and by unit and division of manufacturing."""
    units, divisions = _unit_pairs(closing), _division_pairs(closing)
    found: list[PeriodFinding] = []
    looked_at = 0
    if len(units) >= HB_FEWEST:
        looked_at += len(units)
        method = closing.programme.method
        for effect in hidiroglou_berthelot(units):
            figure = closing.of_unit(effect.pair.unit, method.indicator, method.unit_scope)
            if effect.outside and figure is not None:
                found.append(closing.about(rule, figure, "ytd", _names(closing, effect)))
    if len(divisions) >= HB_FEWEST:
        looked_at += len(divisions)
        for effect in hidiroglou_berthelot(divisions):
            if effect.outside:
                place = FindingLocation(field="ytd", value=plain(effect.pair.now))
                area = {"area": closing.unit_name(effect.pair.unit), "unit": unit_of(closing.measure)}
                names = {**_names(closing, effect), **area, "what": effect.pair.what}
                english = {"unit": unit_of(closing.measure, english=True)}
                made = finding(rule, rule.kinds["division"], place, names, english)
                found.append(PeriodFinding(closing.bureau, closing.submission_of(closing.base, closing.bureau), made))
    if not looked_at:
        raise NotApplicable("可与上年同期对照的单位或行业太少 / too few figures have one of last year")
    return looked_at, found


def _names(closing: Closing, effect: Effect) -> dict[str, str]:
    numbers = {k: f"{getattr(effect, k):.1f}" for k in ("score", "low", "high")}
    figures = {"ytd": plain(effect.pair.now), "base": plain(effect.pair.then)}
    return {"what": closing.unit_name(effect.pair.unit), **figures, **numbers}


def _unit_pairs(closing: Closing) -> list[Pair]:
    method = closing.programme.method
    last_year = {
        (f.area, f.indicator, f.scope): f.ytd for f in closing.figures_of(closing.beside.last_year.get(closing.level))
    }
    has_bureau = closing.rows(closing.base) is not None
    pairs = []
    for unit in closing.units:
        own = closing.of_unit(unit.code, method.indicator, method.unit_scope)
        if own is None or not own.ytd or own.ytd <= 0:
            continue
        official = closing.of_area(unit.code, method.indicator, method.unit_scope) if has_bureau else None
        base = official.base if official is not None else last_year.get((own.area, own.indicator, own.scope))
        if base is not None and base > 0:
            pairs.append(Pair(unit.code, "", own.ytd, base))
    return pairs


def _division_pairs(closing: Closing) -> list[Pair]:
    """Divisions of the whole city, each with the unit that has most of it: single units' divisions rest on a handful of
    projects, whose start and end are no suspicion."""
    now, then = _divisions(closing.rows(closing.detail)), _divisions(closing.beside.last_year.get(closing.detail))
    pairs = []
    for division in sorted(now.keys() & then.keys()):
        total, before = sum(now[division].values(), Decimal(0)), sum(then[division].values(), Decimal(0))
        if total > 0 and before > 0:
            largest = max(now[division], key=lambda unit: (now[division][unit], unit))
            pairs.append(Pair(largest, division, total, before))
    return pairs


def _divisions(rows: pa.Table | None) -> dict[str, dict[str, Decimal]]:
    """division → unit → ytd."""
    if rows is None or not rows.num_rows:
        return {}
    known = rows.select(["unit_code", "industry_code", "ytd"]).filter(pc.is_valid(rows["industry_code"]))
    division = pc.utf8_slice_codeunits(known["industry_code"], 0, 2)
    table = known.select(["unit_code", "ytd"]).append_column("division", division)
    added = table.group_by(["unit_code", "division"]).aggregate([("ytd", "sum")]).to_pydict()
    found: dict[str, dict[str, Decimal]] = {}
    for unit, name, value in zip(added["unit_code"], added["division"], added["ytd_sum"], strict=True):
        found.setdefault(name, {})[unit] = value or Decimal(0)
    return found


def members_once(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F05: what is moved between units under 管理口径 belongs to exactly one; what leaves a unit arrives in another."""
    owners: dict[str, set[str]] = {}
    for member in closing.programme.members:
        name = member.member_name
        valid = (member.valid_from is None or member.valid_from <= closing.period) and (
            member.valid_to is None or closing.period <= member.valid_to
        )
        if valid:
            owners.setdefault(name, set())
            if member.sign == 1:
                owners[name].add(member.unit_code)
    if not owners:
        raise NotApplicable("方案没有单位成员表 / the programme has no members of units")
    found = []
    for name, units in sorted(owners.items()):
        if len(units) != 1:
            texts = "、".join(closing.unit_name(u) for u in sorted(units)) or "—"
            names = {"member": name, "period": str(closing.period), "count": len(units), "units": texts}
            made = finding(rule, (rule.message_zh, rule.message_en), FindingLocation(value=name), names)
            found.append(PeriodFinding(closing.bureau, closing.submission_of(closing.base, closing.bureau), made))
    return len(owners), found


def targets_add_up(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F13: annual targets of the ranking units against the city's."""
    year = closing.period.year
    own = [closing.programme.unit_target(u.code, year) for u in closing.units]
    known = [t for t in own if t is not None]
    city = closing.programme.unit_target(closing.programme.city_code or "", year)
    if city is None or not known:
        raise NotApplicable("没有全市或单位的年度目标 / no annual target of the city or of units")
    if len(known) < len(own):
        raise NotApplicable("有的单位没有年度目标 / some units have no annual target")
    added = sum(known, Decimal(0))
    if added >= city:
        return len(known), []
    names = {
        "year": year,
        "sum": plain(added),
        "total": plain(city),
        "difference": plain(city - added),
        "unit": unit_of(closing.measure),
    }
    english = {"unit": unit_of(closing.measure, english=True)}
    made = finding(rule, (rule.message_zh, rule.message_en), FindingLocation(value=plain(added)), names, english)
    return len(known), [PeriodFinding(closing.bureau, closing.submission_of(closing.base, closing.bureau), made)]


def same_columns(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F14: one column of values, in order, in two units' files; only value columns, never authors."""
    rows = closing.rows(closing.detail)
    if rows is None:
        raise NotApplicable("没有项目月报 / there is no project_month")
    order, edges, units = _by_unit(rows)
    looked_at, found = 0, []
    for column in VALUE_COLUMNS:
        values, missing, over = scaled(rows[column])
        values, missing, over = values[order], missing[order], over[order]
        same: dict[tuple[bytes, bytes], list[str]] = {}
        comparable, alike = _columns_alike(values, edges)
        looked_at += comparable
        for start, end in alike:
            key = (values[start:end].tobytes(), (missing | over)[start:end].tobytes())
            same.setdefault(key, []).append(units[start])
        for (_, flags), sharing in same.items():
            for unit in sharing if len(sharing) > 1 else ():
                names = {
                    "units": "、".join(closing.unit_name(u) for u in sharing),
                    "column": label(column, False).strip("「」"),
                    "rows": len(flags),
                }
                english = {"column": label(column, True)}
                made = finding(rule, (rule.message_zh, rule.message_en), FindingLocation(field=column), names, english)
                found.append(PeriodFinding(unit, closing.submission_of(closing.detail, unit), made))
    if not looked_at:
        raise NotApplicable(f"没有至少 {SAME_COLUMN} 个值的列 / no column of {SAME_COLUMN} values")
    return looked_at, found


def _by_unit(rows: pa.Table) -> tuple[NDArray[np.intp], NDArray[np.intp], dict[int, str]]:
    """The order of the rows by unit and number of the row, the edges between units in that order, and the unit behind each edge."""
    codes, texts = text_codes(rows["unit_code"])
    place = {code: at for at, code in enumerate(sorted(text for text in texts if text is not None))}
    of_row = np.array([place.get(text or "", len(place)) for text in texts], np.int64)[codes]
    order = np.lexsort((rows["row_no"].to_numpy(), of_row))
    units = of_row[order]
    edges = np.flatnonzero(np.concatenate(([True], units[1:] != units[:-1], [True])))
    names = [*place, ""]
    return order, edges, {int(at): names[units[at]] for at in edges[:-1]}


def _columns_alike(values: NDArray[np.int64], edges: NDArray[np.intp]) -> tuple[int, list[tuple[int, int]]]:
    """Of one column, whose rows stand unit by unit between `edges`: how many units have enough different values to be compared, and
    from where to where those stand whose checksum another unit has too. A checksum a unit, all at once: a country's columns looked
    at one by one took longer than the other rules of the month together."""
    if not len(values):
        return 0, []
    starts, filled = edges[:-1], values != 0
    largest, least = np.iinfo(np.int64).max, np.iinfo(np.int64).min
    smallest_of = np.minimum.reduceat(np.where(filled, values, largest), starts)
    largest_of = np.maximum.reduceat(np.where(filled, values, least), starts)
    enough = (np.add.reduceat(filled.astype(np.int64), starts) >= SAME_COLUMN) & (smallest_of != largest_of)
    places = np.arange(len(values), dtype=np.uint64) - np.repeat(starts, np.diff(edges)).astype(np.uint64)
    checksums = np.add.reduceat(values.astype(np.uint64) * (places * _MULTIPLIER + _MULTIPLIER), starts)
    compared = np.flatnonzero(enough)
    _, number, times = np.unique(checksums[compared], return_inverse=True, return_counts=True)
    alike = compared[times[number] > 1].tolist()
    return len(compared), [(int(edges[at]), int(edges[at + 1])) for at in alike]
