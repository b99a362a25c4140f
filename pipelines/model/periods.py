"""Reporting periods. All amounts are year-to-date cumulative, so a period is named by its last month (domain.md §0.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_PATTERN = re.compile(r"\A(\d{4})-(0[1-9]|1[0-2])\Z", re.ASCII)


@dataclass(frozen=True, order=True)
class Period:
    """A month that closes a year-to-date figure, written `YYYY-MM`."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Period:
        """`2022-06` → Period(2022, 6). Raises ValueError for anything else."""
        match = _PATTERN.match(text)
        if not match:
            raise ValueError(f"not a period: {text!r}; write YYYY-MM, for example 2022-06")
        return cls(int(match[1]), int(match[2]))

    def shift(self, months: int) -> Period:
        """The period `months` later (earlier when negative)."""
        years, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Period(years, month + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
