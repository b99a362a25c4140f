"""Levels and bases of the ranked indicator: from accepted unit_month and city_month rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..model.formulas import growth, round_half_up
from ..model.programme import Method

MARKS = "value_status"
TOTAL_INVESTMENT = "total_investment"
"""Indicator code of total fixed-asset investment, printed beside the ranked indicator."""


@dataclass(frozen=True)
class UnitLevel:
    """A unit's own figures: cumulative level, last year's as it knows it, stated growth (fraction). `marks`: what stands in place
    of a figure, by field."""

    ytd: Decimal | None
    ytd_last_year: Decimal | None
    growth: Decimal | None
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BureauFigures:
    """The bureau's figures of an area: official total to date, comparable base, official growth (fraction), ranks."""

    ytd: Decimal | None
    base: Decimal | None
    growth_official: Decimal | None
    rank_level_province: int | None
    rank_growth_province: int | None
    marks: Mapping[str, str] = field(default_factory=dict)

    @property
    def growth(self) -> Decimal | None:
        """The official growth; where none is stated, nor a mark in its place, that of the levels, as editions do, to six decimals."""
        if self.growth_official is not None or self.marks.get("growth_official"):
            return self.growth_official
        computed = growth(self.ytd, self.base)
        return None if computed is None else round_half_up(computed, 6)


def same_scope(scope: str | None, wanted: str) -> bool:
    """Whether a row is about the wanted scope: 属地 = territorial = 大口径, 管理 = managed = 小口径; '' wants any."""
    return not wanted or _scope_key(scope or "") == _scope_key(wanted)


def unit_levels(rows: pa.Table, method: Method) -> tuple[dict[str, UnitLevel], frozenset[str]]:
    """(unit code → level, units whose rows of the ranked indicator contradict each other)."""
    found: dict[str, UnitLevel] = {}
    contradicting: set[str] = set()
    for row in _rows(rows, method.indicator, ("unit_code", "scope", "ytd", "ytd_last_year", "growth", MARKS)):
        if not same_scope(row["scope"], method.unit_scope):
            continue
        level = UnitLevel(row["ytd"], row["ytd_last_year"], rate(row["growth"]), _marks(row[MARKS]))
        if found.setdefault(row["unit_code"], level) != level:
            contradicting.add(row["unit_code"])
    return found, frozenset(contradicting)


def bureau_figures(rows: pa.Table, indicator: str, unit_scope: str) -> dict[str, BureauFigures]:
    """area code → the bureau's figures. A row of the wanted scope wins over rows of no or another scope."""
    columns = (
        "area_code",
        "scope",
        "ytd",
        "base",
        "growth_official",
        "rank_level_province",
        "rank_growth_province",
        MARKS,
    )
    found: dict[str, tuple[int, BureauFigures]] = {}
    for row in _rows(rows, indicator, columns):
        fit = 0 if same_scope(row["scope"], unit_scope) else 1 if not row["scope"] else 2
        figures = BureauFigures(
            row["ytd"],
            row["base"],
            rate(row["growth_official"]),
            row["rank_level_province"],
            row["rank_growth_province"],
            _marks(row[MARKS]),
        )
        area = row["area_code"]
        if area not in found or fit < found[area][0]:
            found[area] = (fit, figures)
    return {area: figures for area, (_, figures) in found.items()}


def _marks(text: str | None) -> dict[str, str]:
    return dict(json.loads(text)) if text else {}


def rate(value: float | None) -> Decimal | None:
    """A stated rate as the decimal its shortest text says: 0.241, not 0.24099999…"""
    return None if value is None else Decimal(repr(value))


def _scope_key(scope: str) -> str:
    text = scope.strip().casefold()
    if text in {"managed", "小口径"} or text.startswith("管理"):
        return "managed"
    if text in {"territorial", "大口径"} or text.startswith("属地"):
        return "territorial"
    return text


def _rows(table: pa.Table, indicator: str, columns: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    chosen: Iterable[dict[str, Any]] = (
        table.select([*columns, "indicator"]).filter(pc.equal(pc.field("indicator"), indicator)).to_pylist()
    )
    return chosen
