"""Totals of units and city: unit_month as the counties send it, city_month as the bureau does (comparable bases, official growth).

The base of 2022 is 2021 on this year's coverage: for 秀洲 that leaves out a project that 2021 counted twice. Both partitions hold:
Σ 9 units 管理 = Σ 7 counties 属地 = the city (nothing belongs to the city itself in this simulation).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from .published_facts import BUREAU, DECEMBER_2021, RESTATED_UNIT, month_of
from .returns import Row
from .stream import Stream
from .unit_world import UnitWorld

MANUFACTURING, INDUSTRY, TOTAL, COUNT = (
    "manufacturing_investment",
    "industrial_investment",
    "total_investment",
    "project_count",
)
MANAGED, TERRITORIAL = "管理", "属地"
_ZONES = ("330471", "330472")

_WIDER = {"330471": (1060, 1060, 2400, 2350), "330472": (1500, 1080, 3000, 1900)}
"""Industry and total investment in ‰ of manufacturing, 2021 then 2022, where they differ from the drawn ones: 港区's base holds a
power plant, so that its growth is an outlier in manufacturing alone."""

HARBOUR_EXPLANATION = (
    "上年同期基数较低;本年新开工的氢化丁腈橡胶改造、有机硅新材料等项目集中投入,"
    "经逐项核对项目台账、合同和付款凭证,数据属实。"
)
_GROWTH_2021 = {2: 380, 3: 265, 4: 215, 5: 185, 6: 165, 7: 152, 8: 143, 9: 136, 10: 130, 11: 125, 12: 120}
"""‰ over 2020: high at first because early 2020 was low."""


def comparable_base(units: Mapping[str, UnitWorld], unit_code: str, month: int) -> int:
    """The bureau's comparable base of a unit's manufacturing investment, 管理, 万元."""
    unit = units[unit_code]
    if month > DECEMBER_2021:
        return unit.path[month - 12]
    growth = _GROWTH_2021[month % 12 + 1] + Stream(f"{unit_code}/growth2021").between(-25, 25)
    return unit.path[month] * 1000 // (1000 + growth)


def manufacturing(units: Mapping[str, UnitWorld], unit_code: str, month: int, scope: str) -> tuple[int, int]:
    """(YTD, comparable base) of a unit in a scope; a county's territory includes the zones' projects that lie in it."""
    ytd, base = units[unit_code].ytd(month), comparable_base(units, unit_code, month)
    if scope == TERRITORIAL:
        for zone in _ZONES:
            part = units[zone].ytd_at(month, unit_code)
            ytd += part
            if month > DECEMBER_2021:
                base += units[zone].ytd_at(month - 12, unit_code)
            elif part:
                base += comparable_base(units, zone, month) * part // units[zone].ytd(month)
    return ytd, base


def wider(units: Mapping[str, UnitWorld], unit_code: str, month: int) -> dict[str, tuple[int, int]]:
    """(YTD, last year's) of industry and total fixed-asset investment, which contain manufacturing."""
    ytd, base = manufacturing(units, unit_code, month, MANAGED)
    s = Stream(f"{unit_code}/wider")
    drawn = (1000 + s.between(55, 110), 1000 + s.between(50, 100), s.between(2380, 2520), s.between(2120, 2220))
    industry_before, industry_now, total_before, total_now = _WIDER.get(unit_code, drawn)
    if month <= DECEMBER_2021:
        industry_now, total_now = industry_before, total_before
    return {
        INDUSTRY: (ytd * industry_now // 1000, base * industry_before // 1000),
        TOTAL: (ytd * total_now // 1000, base * total_before // 1000),
    }


def percent(value: int, base: int, places: str) -> Decimal:
    """Growth in percent, rounded half up."""
    return ((Decimal(value) / Decimal(base) - 1) * 100).quantize(Decimal(places), ROUND_HALF_UP)


def unit_rows(units: Mapping[str, UnitWorld], unit_code: str, month: int) -> list[Row]:
    """unit_month of a unit: manufacturing in one or both scopes, industry, total, number of projects."""
    scopes = (MANAGED,) if unit_code in _ZONES else (MANAGED, TERRITORIAL)
    figures = [(MANUFACTURING, scope, *manufacturing(units, unit_code, month, scope)) for scope in scopes]
    figures += [(code, MANAGED, *pair) for code, pair in wider(units, unit_code, month).items()]
    rows: list[Row] = []
    for indicator, scope, ytd, base in figures:
        rows.append(_unit_row(unit_code, month, indicator, scope, ytd, base))
    before = len(units[unit_code].active_projects(month - 12)) if month > DECEMBER_2021 else None
    rows.append(_unit_row(unit_code, month, COUNT, MANAGED, len(units[unit_code].active_projects(month)), before))
    city = percent(
        sum(units[code].ytd(month) for code in units),
        sum(comparable_base(units, code, month) for code in units),
        "0.0001",
    )
    exact = percent(figures[0][2], figures[0][3], "0.0001")
    if not -50 <= exact <= 100 or abs(exact - city) > 40:
        rows[0]["explanation"] = HARBOUR_EXPLANATION
    return rows


def _unit_row(unit_code: str, month: int, indicator: str, scope: str, ytd: int, base: int | None) -> Row:
    return {
        "reported_unit_code": unit_code,
        "reported_period": month_of(month),
        "indicator": indicator,
        "scope": scope,
        "ytd": ytd,
        "ytd_last_year": base,
        "growth": percent(ytd, base, "0.1") if base else None,
        "measure": "个" if indicator == COUNT else "万元",
    }


def city_rows(units: Mapping[str, UnitWorld], month: int) -> list[Row]:
    """city_month: the nine units and the city, manufacturing in both scopes; industry and total of the city; restatement of 秀洲."""
    rows: list[Row] = []
    whole = {MANAGED: (0, 0), TERRITORIAL: (0, 0)}
    for scope in (MANAGED, TERRITORIAL):
        for code in units:
            if scope == TERRITORIAL and code in _ZONES:
                continue
            ytd, base = manufacturing(units, code, month, scope)
            whole[scope] = (whole[scope][0] + ytd, whole[scope][1] + base)
            row = _city_row(code, month, MANUFACTURING, scope, ytd, base)
            if code == RESTATED_UNIT and month > DECEMBER_2021:
                row["restatement_reason"] = "2021年有一个项目与邻县重复统计,核查后从可比基数中剔除"
                row["approver"] = "市统计局投资处(模拟)"
                row["approved_on"] = "2022-02-25"
            rows.append(row)
    for scope, (ytd, base) in whole.items():
        row = _city_row(BUREAU, month, MANUFACTURING, scope, ytd, base)
        if scope == MANAGED:
            row["rank_level_province"] = 1 if DECEMBER_2021 < month < DECEMBER_2021 + 10 else 2
            row["rank_growth_province"] = 3 if month > DECEMBER_2021 else 5
        rows.append(row)
    for indicator in (INDUSTRY, TOTAL):
        pairs = [wider(units, code, month)[indicator] for code in units]
        rows.append(
            _city_row(BUREAU, month, indicator, MANAGED, sum(ytd for ytd, _ in pairs), sum(base for _, base in pairs))
        )
    return rows


def _city_row(area: str, month: int, indicator: str, scope: str, ytd: int, base: int) -> Row:
    return {
        "area_code": area,
        "reported_period": month_of(month),
        "indicator": indicator,
        "scope": scope,
        "ytd": ytd,
        "base": base,
        "growth_official": percent(ytd, base, "0.01"),
        "measure": "万元",
    }
