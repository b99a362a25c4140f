"""Concordance of units: whose earlier figures a unit continues after mergers, splits and new codes (行政区划调整)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from .periods import Period

SEPARATOR, TIMES = "+", "*"
Sources = tuple[tuple[str, Decimal], ...]
"""Units of an earlier month, with the share of each, that make up a unit."""


@dataclass(frozen=True)
class Succession:
    """From `valid_from` on `new_code` continues `share` (0 < share ≤ 1) of what `old_code` reported before. Of a unit that goes
    on with a part of itself both codes are the same."""

    old_code: str
    new_code: str
    valid_from: Period
    share: Decimal = Decimal(1)


@dataclass(frozen=True)
class Concordance:
    """All successions of a programme."""

    rows: tuple[Succession, ...] = ()

    def sources(self, unit: str, then: Period, now: Period) -> Sources:
        """(unit at `then`, share of it) that make up the unit of `now`: itself alone where nothing changed between."""
        changes = [s for s in self.rows if s.new_code == unit and then < s.valid_from <= now]
        if not changes:
            return ((unit, Decimal(1)),)
        latest = max(s.valid_from for s in changes)
        found: dict[str, Decimal] = defaultdict(Decimal)
        for change in changes:
            if change.valid_from == latest:
                for code, share in self.sources(change.old_code, then, latest.shift(-1)):
                    found[code] += share * change.share
        return tuple(sorted(found.items()))

    def ancestors(self, unit: str) -> frozenset[str]:
        """All units whose figures the unit may continue, itself among them."""
        found, new = {unit}, {unit}
        while new:
            new = {s.old_code for s in self.rows if s.new_code in new} - found
            found |= new
        return frozenset(found)

    @property
    def successors(self) -> frozenset[str]:
        return frozenset(s.new_code for s in self.rows)


NO_SUCCESSIONS = Concordance()


def joined(members: tuple[tuple[str, Decimal], ...]) -> str:
    """One name for several submissions with their shares (`s1+s2*0.4`); a whole one alone keeps its own."""
    return SEPARATOR.join(
        name if share == 1 else f"{name}{TIMES}{share.normalize():f}" for name, share in sorted(members)
    )


def members_of(name: str) -> tuple[tuple[str, Decimal], ...]:
    """The submissions behind a name that `joined` made, with their shares."""
    found = []
    for part in name.split(SEPARATOR):
        submission, _, share = part.partition(TIMES)
        found.append((submission, Decimal(share or 1)))
    return tuple(found)


def is_split(name: str | None) -> bool:
    """Whether the name stands for a part of a submission only: some of its rows went to another unit."""
    return name is not None and any(share < 1 for _, share in members_of(name))
