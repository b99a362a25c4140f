"""Units of measure as data: what a code such as wan_yuan is called, and how its amounts are shown to the public. A programme may
declare further ones, or show a known one otherwise (`[[measures]]` of programme.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Measure:
    """`zh`/`en` name the measure itself; amounts are shown divided by `divisor`, with `places` decimals, in `display_zh`/`display_en`."""

    code: str
    zh: str
    en: str
    display_zh: str
    display_en: str
    divisor: Decimal = Decimal(1)
    places: int = 0

    @classmethod
    def as_it_is(cls, code: str, zh: str = "", en: str = "") -> Measure:
        """A measure that is shown undivided under its own name."""
        return cls(code, zh or code, en or code, zh or code, en or code)


_SHOWN_IN_YI = ("亿元", "CNY 100 million")

MEASURES: Mapping[str, Measure] = {
    measure.code: measure
    for measure in (
        Measure("yuan", "元", "CNY", *_SHOWN_IN_YI, Decimal(100_000_000), 2),
        Measure("wan_yuan", "万元", "CNY 10,000", *_SHOWN_IN_YI, Decimal(10_000), 2),
        Measure("万元", "万元", "CNY 10,000", *_SHOWN_IN_YI, Decimal(10_000), 2),
        Measure("yi_yuan", "亿元", "CNY 100 million", *_SHOWN_IN_YI, Decimal(1), 2),
        Measure("USD", "美元", "USD", "百万美元", "USD million", Decimal(1_000_000), 2),
        Measure("EUR", "欧元", "EUR", "百万欧元", "EUR million", Decimal(1_000_000), 2),
        Measure("CAD", "加元", "CAD", "百万加元", "CAD million", Decimal(1_000_000), 2),
        Measure("GBP", "英镑", "GBP", "百万英镑", "GBP million", Decimal(1_000_000), 2),
        Measure("JPY", "日元", "JPY", "百万日元", "JPY million", Decimal(1_000_000), 0),
        Measure.as_it_is("count", "个", "count"),
        Measure.as_it_is("persons", "人", "persons"),
        Measure.as_it_is("dwellings", "套", "dwellings"),
        Measure.as_it_is("tonnes", "吨", "tonnes"),
        Measure.as_it_is("m2", "平方米", "m²"),
        Measure.as_it_is("percent", "%", "%"),
    )
}
"""Measures that every programme may use without declaring them."""

YUAN: Mapping[str, Decimal] = {
    "元": Decimal(1),
    "百元": Decimal(100),
    "千元": Decimal(1_000),
    "万元": Decimal(10_000),
    "十万元": Decimal(100_000),
    "百万元": Decimal(1_000_000),
    "千万元": Decimal(10_000_000),
    "亿元": Decimal(100_000_000),
    "十亿元": Decimal(1_000_000_000),
}
"""How many yuan a unit of money is, by its text; factors of a form are checked against it."""

IN_YUAN: Mapping[str, Decimal] = {
    "yuan": YUAN["元"],
    "wan_yuan": YUAN["万元"],
    "万元": YUAN["万元"],
    "yi_yuan": YUAN["亿元"],
}
"""The same for the measures of money in yuan."""


def measure_of(code: str, declared: Mapping[str, Measure]) -> Measure:
    """The programme's own measure of a code, else the known one; an unknown code is shown as it is."""
    return declared.get(code) or MEASURES.get(code) or Measure.as_it_is(code)
