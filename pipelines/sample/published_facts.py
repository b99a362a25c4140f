"""What the simulation must reproduce: published totals of the seed and the golden figures of June 2022, as a table.

`units.csv`: base, ytd, annual_target of 2022-06 (golden table; 万元), m, o and counts behind s and q (domain_decisions §5),
projects by size and list. Sums: base 4,351,330, ytd 5,400,000, targets 9,000,000 万元; 78 library projects of which 60 stand in
statistics and 15 have not started; 5 newly found; 724 listed in all, 640 of them in statistics; 2,430 projects.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent

FIRST_YEAR = 2021
MONTHS = 24
"""The simulated population lives from January 2021 (index 0) to December 2022 (index 23)."""
JUNE_2021, DECEMBER_2021 = 5, 11
JUNE_2022, SEPTEMBER_2022, DECEMBER_2022 = 17, 20, 23

CITY_YTD_JUNE = 5_400_000
CITY_BASE_JUNE = 4_351_330
CITY_YEAR_2022 = 9_336_000
LIBRARY_YTD_SEPTEMBER = 1_780_000
"""万元: 540 亿 (L5), its comparable base (+24.1 %), 933.6 亿 (L36, domain.md S50), 178 亿 by September (L39)."""

LISTED, LIBRARY, NEW_FOUND = "市级亿元以上", "省重大548", "新排摸"
LIST_COUNTS = {LISTED: 724, LIBRARY: 78, NEW_FOUND: 5}
LARGE_PLAN, LISTED_PLAN = 100_000, 10_000
"""万元: 10 亿 and 1 亿."""

BUREAU = "330400"
RESTATED_UNIT = "330411"
"""秀洲: its raw 2021 holds a project that was counted twice; the comparable base leaves it out."""


@dataclass(frozen=True)
class UnitFacts:
    """One unit in June 2022; amounts 万元, `m` and `o` as in the golden table, `new_share` percent of new projects' YTD."""

    unit_code: str
    place: str
    base: int
    ytd: int
    annual_target: int
    m: Decimal
    o: Decimal
    starts_planned: int
    starts_done: int
    issues_due: int
    issues_closed: int
    library: int
    library_in_stat: int
    library_not_started: int
    library_new: int
    new_found: int
    mid_listed: int
    mid_in_stat: int
    small_in_stat: int
    big_ytd: int
    new_share: int

    @property
    def starts_overdue(self) -> int:
        return self.starts_planned - self.starts_done

    @property
    def library_started_unlisted(self) -> int:
        """Library projects that have started and do not stand in statistics yet."""
        return self.library - self.library_in_stat - self.library_not_started


@cache
def unit_facts() -> tuple[UnitFacts, ...]:
    """The nine units, in the order of the table."""
    with (_HERE / "units.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            UnitFacts(**{name: _typed(name, text) for name, text in row.items()}) for row in csv.DictReader(file)
        )


def _typed(name: str, text: str) -> Any:
    if name in ("unit_code", "place"):
        return text
    return Decimal(text) if name in ("m", "o") else int(text)


@dataclass(frozen=True)
class Trade:
    """An industry class with what a project of it makes; `places` are the units known for it."""

    industry: str
    product: str
    word: str
    capacity_unit: str
    scale: int
    places: tuple[str, ...]


@cache
def trades() -> tuple[Trade, ...]:
    with (_HERE / "trades.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Trade(
                row["industry"],
                row["product"],
                row["word"],
                row["capacity_unit"],
                int(row["scale"]),
                tuple(row["places"].split()),
            )
            for row in csv.DictReader(file)
        )


@cache
def month_of(index: int) -> str:
    """`YYYY-MM` of a month index (0 = 2021-01; negative before)."""
    years, month = divmod(index, 12)
    return f"{FIRST_YEAR + years:04d}-{month + 1:02d}"


def index_of(period: str) -> int:
    """Month index of a `YYYY-MM`."""
    return (int(period[:4]) - FIRST_YEAR) * 12 + int(period[5:]) - 1


def previous_report(index: int) -> int:
    """The reporting month before this one; January is not reported."""
    return index - 2 if index % 12 == 1 else index - 1


def reporting_months(year: int) -> range:
    """Month indices of February to December of a year."""
    first = (year - FIRST_YEAR) * 12
    return range(first + 1, first + 12)


def spread(total: int, weights: list[int]) -> list[int]:
    """`total` split in proportion to `weights`, exactly: each part is within one of its share (running totals are rounded)."""
    whole = sum(weights)
    parts, running, given = [], 0, 0
    for weight in weights:
        running += weight
        upto = total * running // whole
        parts.append(upto - given)
        given = upto
    return parts
