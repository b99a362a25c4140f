"""Ranking rows of an edition, from the document of `saima rank` (DESIGN §8)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from pipelines.errors import Terminal
from pipelines.model.loading import DraftEdition, Edition
from pipelines.model.tables import AMOUNT_SCALE, TABLES

from ..db.column_types import canonical_json

HISTORY = "ranking_history"


def ranked_units(draft: DraftEdition | Edition) -> list[Mapping[str, Any]]:
    units = draft.document.get("units", [])
    if not isinstance(units, list) or not all(isinstance(unit, Mapping) for unit in units):
        raise Terminal("排名文件缺少 units", "the ranking document needs a list of units")
    return units


def unit_row(unit: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "unit_code": unit["unit"],
        "name": unit.get("name", ""),
        "rank": unit.get("rank"),
        "score": _text(unit.get("score")),
        "ytd": _scaled(unit.get("ytd")),
        "base": _scaled(unit.get("base")),
        "growth": _rate(unit.get("growth")),
        "growth_official": _rate(unit.get("growth_official")),
        "points": canonical_json(unit.get("indicators", {})),
        "deductions": canonical_json(unit.get("deductions", {})),
        "remarks": canonical_json(unit.get("remarks", [])),
    }


def history_rows(draft: DraftEdition | Edition, load_id: str) -> pa.Table:
    rows = [
        {
            "edition_id": draft.edition_id,
            "load_id": load_id,
            "period": draft.period,
            "method": draft.method,
            **{n: row[n] for n in ("unit_code", "rank", "score", "points", "deductions", "remarks")},
        }
        for row in map(unit_row, ranked_units(draft))
    ]
    return pa.Table.from_pylist(rows, schema=TABLES[HISTORY].schema)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _scaled(value: object) -> int | None:
    return None if value is None else int((Decimal(str(value)) * AMOUNT_SCALE).to_integral_value())


def _rate(value: Any) -> float | None:
    return None if value is None else float(value)
