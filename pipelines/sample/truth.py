"""What the simulation knows to be true: published totals, figures of every unit and month, every file, everything planted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from .published_facts import (
    CITY_BASE_JUNE,
    CITY_YEAR_2022,
    CITY_YTD_JUNE,
    DECEMBER_2021,
    LARGE_PLAN,
    LIBRARY,
    LIBRARY_YTD_SEPTEMBER,
    LIST_COUNTS,
    LISTED_PLAN,
    index_of,
)
from .totals import comparable_base
from .unit_world import UnitWorld
from .world import World

FILE = "truth.json"

PUBLISHED: Mapping[str, object] = {
    "city_ytd_2022_06": CITY_YTD_JUNE,
    "city_base_2022_06": CITY_BASE_JUNE,
    "city_growth_2022_06": "0.241",
    "city_ytd_2022_12": CITY_YEAR_2022,
    "library_ytd_2022_09_at_least": LIBRARY_YTD_SEPTEMBER,
    "lists": LIST_COUNTS,
    "measure": "万元",
}


@dataclass(frozen=True)
class Truth:
    """`months`: period → {"city", "units"}; `files`: period → files with sha256, arrival, unit, forms, role; `planted`: all faults of
    these periods. Amounts are integers in 万元, shares decimal strings."""

    programme: str
    key: str
    months: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, list[Mapping[str, Any]]]
    planted: list[Mapping[str, Any]]
    published: Mapping[str, object] = field(default_factory=lambda: dict(PUBLISHED))
    simulated: bool = True

    def write(self, out: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        (out / FILE).write_text(text + "\n", encoding="utf-8")


def figures(world: World, period: str) -> dict[str, Any]:
    """City and units in a month, as the ranking should find them; m, s, o and q by the formulas of domain.md §4.2 (None where nothing
    is to be measured, and in 2021, which has no dispatch returns)."""
    month = index_of(period)
    units = {code: _unit(world, unit, month) for code, unit in world.units.items()}
    library = sum(
        p.ytd[month] for unit in world.units.values() for p in unit.active_projects(month) if LIBRARY in p.lists
    )
    city = {
        "ytd": sum(u["ytd"] for u in units.values()),
        "base": sum(u["base"] for u in units.values()),
        "projects": sum(u["projects"] for u in units.values()),
        "library_ytd": library,
    }
    return {"city": city, "units": units}


def _unit(world: World, unit: UnitWorld, month: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ytd": unit.ytd(month),
        "base": comparable_base(world.units, unit.facts.unit_code, month),
        "projects": len(unit.active_projects(month)),
    }
    if month <= DECEMBER_2021:
        return result
    listed = [(p, unit.records[p.number]) for p in unit.projects if p.lists]
    large = [record for p, record in listed if p.plan >= LARGE_PLAN]
    planned = [p for p, _ in listed if p.plan >= LISTED_PLAN and DECEMBER_2021 < (p.start_plan or 0) <= month]
    due = sum(sum(1 for _ in record.due(month)) for _, record in listed)
    issues = [issue for _, record in listed for issue in record.issues if issue[0] <= month]
    result |= {
        "listed": len(listed),
        "m": _share(sum(r.done[month] for r in large), sum(r.planned[month] for r in large)),
        "s": _share(sum(p.start is not None and p.start <= month for p in planned), len(planned)),
        "o": _share(due - sum(record.overdue(month) for _, record in listed), due),
        "q": _share(sum(closed for _, closed, _ in issues), len(issues)),
    }
    return result


def _share(part: int, whole: int) -> str | None:
    return str((Decimal(part) / Decimal(whole)).quantize(Decimal("0.000001"))) if whole else None
