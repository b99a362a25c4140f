"""How numbers are written: plain decimals for machines; 亿元 with two places and percent with one for people (domain.md §4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..model.formulas import round_half_up
from ..model.measures import Measure

ABSENT = "—"
RATE_PLACES = 8
PERCENT_PLACES = 1
"""Decimals of a rate in percent, as tables and sentences print it."""


@dataclass(frozen=True)
class Display:
    """How amounts of a measure are shown: divided by `divisor`, with `places`, in `zh`/`en`; `raw` names the measure itself."""

    zh: str
    en: str
    divisor: Decimal
    places: int
    raw: str


def display(measure: Measure) -> Display:
    """The public unit of a measure, as the programme or the register of known measures says it."""
    raw = measure.zh if measure.zh == measure.en else f"{measure.zh} ({measure.en})"
    return Display(measure.display_zh, measure.display_en, measure.divisor, measure.places, raw)


def plain(value: Decimal | None) -> str | None:
    """Exact, without exponent and trailing zeros: `512400.0000` → `512400`. For machines."""
    if value is None:
        return None
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def fixed(value: Decimal | None, places: int) -> str | None:
    """With exactly `places` decimals, rounded HALF_UP."""
    return None if value is None else f"{round_half_up(value, places):f}"


def amount(value: Decimal | None, unit: Display) -> str:
    """An amount for people: thousands separated, in the display unit."""
    return ABSENT if value is None else f"{round_half_up(value / unit.divisor, unit.places):,f}"


def percent(value: Decimal | None, places: int = PERCENT_PLACES) -> str:
    """A fraction as percent without the sign: 0.241 → 24.1; '-' is ASCII."""
    return ABSENT if value is None else f"{round_half_up(value * 100, places):f}"


def as_printed(rate: Decimal) -> Decimal:
    """A fraction rounded as tables print it in percent."""
    return round_half_up(rate, PERCENT_PLACES + 2)


def signed(value: Decimal | None) -> str:
    """Percentage points with sign: +3.1, -0.4, 0.0."""
    if value is None:
        return ABSENT
    return f"{value:+f}" if value else f"{value:f}"


def grew_zh(rate: Decimal) -> str:
    """同比增长24.1% / 同比下降5.0% / 同比持平, as bureaus write it."""
    shown = round_half_up(rate * 100, 1)
    if not shown:
        return "同比持平"
    return f"同比{'增长' if shown > 0 else '下降'}{abs(shown)}%"


def grew_en(rate: Decimal) -> str:
    """up 24.1 % / down 5.0 % / unchanged on the same period of last year."""
    shown = round_half_up(rate * 100, 1)
    change = f"{'up' if shown > 0 else 'down'} {abs(shown)} %" if shown else "unchanged"
    return f"{change} on the same period of last year"
