"""Reporting units: the county-level units that are ranked, and the bureau that reports for the city (domain.md §3)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from .periods import Period

UnitKind = Literal["county", "zone", "bureau"]
"""county and zone are ranked; bureau is the city's own office and alone sends city_month."""


@dataclass(frozen=True)
class Unit:
    """One reporting unit. `official` is false for codes that are not in GB/T 2260 (the zones)."""

    code: str
    name: str
    kind: UnitKind
    aliases: tuple[str, ...] = ()
    accepted_codes: tuple[str, ...] = ()
    parent: str | None = None
    valid_from: Period | None = None
    valid_to: Period | None = None
    official: bool = True
    en: str = ""

    @property
    def name_en(self) -> str:
        """The English name; the own name where the programme gives none."""
        return self.en or self.name

    def valid_at(self, period: Period) -> bool:
        """Both ends inclusive."""
        return (self.valid_from is None or self.valid_from <= period) and (
            self.valid_to is None or period <= self.valid_to
        )

    @property
    def ranked(self) -> bool:
        return self.kind != "bureau"


def name_key(text: str) -> str:
    """Comparison form of a name: NFKC, no white space, lower case. For lookups only; names are stored as sent."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


@dataclass(frozen=True)
class UnitRoster:
    """All units of a programme with their validity; lookups by code, name or alias. A name that several units bear
    (Washington County) identifies none of them: lookups by it return None."""

    units: tuple[Unit, ...]
    _by_code: dict[str, Unit] = field(init=False, repr=False, compare=False)
    _by_name: dict[str, Unit | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_code = {u.code: u for u in self.units}
        by_name: dict[str, Unit | None] = {}
        for unit in self.units:
            for name in (unit.name, *unit.aliases):
                key = name_key(name)
                by_name[key] = unit if by_name.get(key, unit) is unit else None
        object.__setattr__(self, "_by_code", by_code)
        longest_first = dict(sorted(by_name.items(), key=lambda item: -len(item[0])))
        object.__setattr__(self, "_by_name", longest_first)

    def get(self, code: str) -> Unit | None:
        return self._by_code.get(code)

    def find(self, text: str) -> Unit | None:
        """A unit by its code, name or alias; None when unknown or ambiguous. Accepted codes are not identities: several
        units may share one."""
        text = text.strip()
        return self._by_code.get(text) or self._by_name.get(name_key(text))

    def find_in(self, text: str) -> Unit | None:
        """The unit named in a title such as `海宁市2022年1-6月…`; None when none, several or ambiguous. Longer names
        are taken first (嘉兴港区 before 港区); a bureau counts only where no other unit is named (`嘉兴市南湖区…`)."""
        key = name_key(text)
        found: dict[str, Unit | None] = {}
        for name, unit in self._by_name.items():
            if name and name in key:
                found[unit.code if unit else ""] = unit
                key = key.replace(name, "\0")
        if any(unit is None or unit.ranked for unit in found.values()):
            found = {code: unit for code, unit in found.items() if unit is None or unit.ranked}
        return next(iter(found.values())) if len(found) == 1 else None

    def ranked_at(self, period: Period) -> tuple[Unit, ...]:
        """Ranking units valid in the period, by code."""
        return tuple(sorted((u for u in self.units if u.ranked and u.valid_at(period)), key=lambda u: u.code))

    def bureaus(self) -> tuple[Unit, ...]:
        return tuple(u for u in self.units if u.kind == "bureau")


@dataclass(frozen=True)
class UnitMember:
    """A township or enterprise that belongs to a unit under 管理口径 (`sign` −1: taken out of the unit)."""

    unit_code: str
    member_code: str
    member_name: str
    kind: Literal["township", "enterprise"]
    sign: Literal[1, -1]
    valid_from: Period | None = None
    valid_to: Period | None = None
