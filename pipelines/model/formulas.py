"""The formulas of investment statistics that several rooms use: exact in Decimal, under one arithmetic context.

Amounts in the programme's measure, rates and pulls as fractions (0.241 = 24.1 %). A result is None where its
denominator is zero or an argument is absent: nothing is ever imputed. Enter `arithmetic()` before using them,
so that every machine divides alike.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext

ARITHMETIC = Context(prec=34, rounding=ROUND_HALF_EVEN)
"""IEEE decimal128: 34 digits; what is printed is rounded HALF_UP from it."""
SMALL_INCREMENT = Decimal("0.01")
"""Share of its base that the whole has to grow by before shares of its increment say anything."""


def arithmetic() -> AbstractContextManager[Context]:
    """The fixed context of all indicator and score arithmetic."""
    return localcontext(ARITHMETIC)


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Commercial rounding (四舍五入), the one people recompute by hand; never −0."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded.is_zero() else rounded


def rate_text(rate: Decimal | float, places: int = 1, signed: bool = False) -> str:
    """A fraction in percent as people recompute it, half up: 0.2345 → 23.5%. A float counts as the decimal it is written as."""
    shown = round_half_up(Decimal(str(rate)) * 100, places)
    return f"{shown:+f}%" if signed else f"{shown:f}%"


def points_between(value: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Difference of two rates in percentage points, of the figures as printed, so that readers find the same."""
    if value is None or other is None:
        return None
    return round_half_up(value * 100, 1) - round_half_up(other * 100, 1)


def printed_rate(growth: float | None, official: float | None) -> float | None:
    """The rate that a table prints: the bureau's official one where it gives one, else the unit's own."""
    return growth if official is None else official


def growth(ytd: Decimal | None, base: Decimal | None) -> Decimal | None:
    """g = C/B* − 1 on the comparable base (domain.md §4.2); official rates stand beside it (§0.4). None on a base that is zero or
    negative: there the ratio says nothing (`value_marks.growth_word` does)."""
    if ytd is None or base is None or base <= 0:
        return None
    return ytd / base - 1


def shrunk_growth(
    ytd: Decimal | None, base: Decimal | None, kappa: Decimal, median_base: Decimal, city_growth: Decimal
) -> Decimal | None:
    """ĝ = (C + κM(1+G)) / (B* + κM) − 1: small bases are drawn to the city's rate (domain.md §4.2)."""
    if ytd is None or base is None:
        return None
    weight = kappa * median_base
    if base + weight == 0:
        return None
    return (ytd + weight * (1 + city_growth)) / (base + weight) - 1


def pull(ytd: Decimal | None, base: Decimal | None, city_base: Decimal) -> Decimal | None:
    """p = (C − B*)/B_city, the unit's pull on the city's growth (拉动), a fraction (domain.md §4.2)."""
    if ytd is None or base is None or not city_base:
        return None
    return (ytd - base) / city_base


def fair_pull(base: Decimal | None, city_base: Decimal, city_growth: Decimal) -> Decimal | None:
    """(B*/B_city)·G: the pull of a unit that grows exactly at the city's rate (domain.md §4.2)."""
    if base is None or not city_base:
        return None
    return base / city_base * city_growth


def contribution(
    ytd: Decimal | None, base: Decimal | None, city_ytd: Decimal | None, city_base: Decimal | None
) -> Decimal | None:
    """(C − B*)/(C_city − B_city), the unit's share of the city's increment (贡献率); None unless the city grows, and by 1 % at least: of
    a small increment every unit has many times the whole (domain.md §2.6)."""
    if ytd is None or base is None or city_ytd is None or city_base is None or city_ytd <= city_base:
        return None
    if city_ytd - city_base < SMALL_INCREMENT * city_base:
        return None
    return (ytd - base) / (city_ytd - city_base)


def schedule_completion(ytd: Decimal | None, annual_target: Decimal | None, seasonal_share: Decimal) -> Decimal | None:
    """t = C/(annual target · s_t), s_t the cumulative seasonal share of the month (序时完成率, domain.md §4.2)."""
    if ytd is None or not annual_target or not seasonal_share:
        return None
    return ytd / (annual_target * seasonal_share)


def monthly_increment(ytd: Decimal | None, previous_ytd: Decimal | None, opens_year: bool) -> Decimal | None:
    """C_t − C_{t−1}; in the period that opens a year the cumulative figure (domain.md §0.3, rule D01)."""
    if ytd is None or opens_year:
        return ytd
    return None if previous_ytd is None else ytd - previous_ytd
