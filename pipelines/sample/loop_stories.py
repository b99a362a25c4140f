"""What is arranged in the dispatch loop of the simulation after June, by project (`unit/number`), and what its returns say of library
projects beside investment and stages: output, needs, themes, freshness."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from .published_facts import JUNE_2022, month_of
from .stream import Stream

if TYPE_CHECKING:
    from .population import Project
    from .stage_dates import Dispatch

IDLE_FROM = {"330482/5": JUNE_2022 + 1}
"""Nothing is invested from July on: a snail in September, suspended with approval."""
CAUGHT_UP = {"330421/7": JUNE_2022 + 1}
"""Starts in July, four months late, and is at 95 % of its plan at once: it leaves the snails."""
ENTERED_LATE = {"330481/11": JUNE_2022 + 3}
"""Starts in May, is entered into the statistical library in September alone: 应统未统 from July on."""
STALE = {"330411/1": 3, "330483/3": 2}
"""Months by which the newest update of a project lags behind the return (L9)."""

THEMES = ("稳企业", "稳投资", "数字赋能", "腾笼换鸟、凤凰涅槃", "新兴产业发展", "市场主体培育")
"""两稳四抓 (L32)."""
ADVANCED_THEME, ADVANCED = "新兴产业发展", "先进制造业"
"""Projects of the theme stand on the list of the name (L35)."""

Value = str | int | Decimal | None


def library_figures(p: Project, record: Dispatch, month: int) -> dict[str, Value]:
    """Expected output and tax (万元 a year), land (亩) and energy (吨标煤), what is still needed of them, tags, day of the update."""
    s = Stream(f"{p.key}/library")
    output = p.plan * s.between(12, 30) // 10
    land, energy = s.between(80, 400), output * s.between(4, 30) // 100
    started = p.start is not None and p.start <= month
    waits, share = s.chance(45), s.between(3, 12)
    open_land = "land" not in record.na and record.actual.get("land", 99) > month
    need_land = land if open_land else land // 5 if waits and not started else 0
    need_funds = p.plan * share // 100 if waits else 0
    lacks, part = s.chance(40), s.between(2, 5)
    need_energy = energy // part if lacks or not started else 0
    signed = record.actual.get("admission", record.plan["admission"]) - s.between(1, 4)
    first, second = s.choose(THEMES[:2]), s.choose(THEMES[2:])
    day = s.between(22, 28)
    return {
        "signed_actual": month_of(signed) if signed <= month else None,
        "expected_output": output,
        "expected_tax": output * s.between(3, 7) // 100,
        "land_area": land,
        "energy_use": energy,
        "land_need": need_land,
        "energy_need": need_energy,
        "funds_need": need_funds,
        "lead_level": lead_level(p.plan),
        "themes": f"{first};{second}",
        "updated_on": f"{month_of(month - STALE.get(p.key, 0))}-{day:02d}",
    }


def lead_level(plan: int) -> str | None:
    """省长、市长、县长工程 by size: 100, 50 and 20 亿 (domain.md S106)."""
    if plan >= 1_000_000:
        return "province"
    return "city" if plan >= 500_000 else "county" if plan >= 200_000 else None
