"""Reporting units: the county-level units that are ranked, and the bureau that reports for the city (domain.md §3)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from .periods import Period
from .visible_text import visible

UnitKind = Literal["county", "zone", "city", "province", "bureau"]
"""county and zone are ranked unless units.csv says otherwise; city and province are parents with figures of their own, ranked
only where units.csv says so; bureau is the office that reports for the whole and is never ranked."""
RANKED_KINDS: tuple[UnitKind, ...] = ("county", "zone")


@dataclass(frozen=True)
class DatedName:
    """What a unit is called in some months (unit_names.csv); both ends inclusive, None is open."""

    name: str
    valid_from: Period | None = None
    valid_to: Period | None = None

    def valid_at(self, period: Period) -> bool:
        month = period.ends_in
        return (self.valid_from is None or self.valid_from <= month) and (
            self.valid_to is None or month <= self.valid_to
        )


@dataclass(frozen=True)
class Unit:
    """One reporting unit. `official` is false for codes that are not in GB/T 2260 (the zones). `ranked`: takes a place in the
    ranking; by its kind where units.csv does not say. `names`: what it is called in months in which it is not `name`."""

    code: str
    name: str
    kind: UnitKind
    aliases: tuple[str, ...] = ()
    accepted_codes: tuple[str, ...] = ()
    parent: str | None = None
    valid_from: Period | None = None
    valid_to: Period | None = None
    official: bool = True
    ranked: bool | None = None
    names: tuple[DatedName, ...] = ()
    en: str = ""

    def __post_init__(self) -> None:
        if self.ranked is None:
            object.__setattr__(self, "ranked", self.kind in RANKED_KINDS)

    def name_at(self, period: Period) -> str:
        """The name of the unit in a reporting period."""
        return next((dated.name for dated in self.names if dated.valid_at(period)), self.name)

    @property
    def name_en(self) -> str:
        """The English name; the own name where the programme gives none."""
        return self.en or self.name

    def valid_at(self, period: Period) -> bool:
        """Both ends inclusive."""
        month = period.ends_in
        return (self.valid_from is None or self.valid_from <= month) and (
            self.valid_to is None or month <= self.valid_to
        )


def name_key(text: str) -> str:
    """Comparison form of a name: NFKC, no white space, nothing invisible, lower case. For lookups only; names are stored as
    sent."""
    return "".join(unicodedata.normalize("NFKC", visible(text)).split()).casefold()


_PUNCTUATION = "()[]\uff08\uff09,\uff0c;:\uff1a-\u2013\u2014/\u3001\0"


@dataclass(frozen=True)
class UnitRoster:
    """All units of a programme with their validity; lookups by code, name or alias. A name that several units bear (Washington
    County) identifies none of them, unless the code of the unit, or the code or name of what it belongs to, stands beside it."""

    units: tuple[Unit, ...]
    _by_code: dict[str, Unit] = field(init=False, repr=False, compare=False)
    _by_name: dict[str, Unit | None] = field(init=False, repr=False, compare=False)
    _bearers: dict[str, tuple[Unit, ...]] = field(init=False, repr=False, compare=False)
    _rank: dict[str, int] = field(init=False, repr=False, compare=False)
    _lengths: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _bureaus: tuple[Unit, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_code = {u.code: u for u in self.units}
        bearers: dict[str, dict[str, Unit]] = {}
        for unit in self.units:
            for name in (unit.name, *unit.aliases, *(dated.name for dated in unit.names)):
                bearers.setdefault(name_key(name), {})[unit.code] = unit
        by_name = {key: next(iter(own.values())) if len(own) == 1 else None for key, own in bearers.items()}
        repeated = {key: tuple(own.values()) for key, own in bearers.items() if len(own) > 1}
        object.__setattr__(self, "_bearers", repeated)
        object.__setattr__(self, "_by_code", by_code)
        longest_first = dict(sorted(by_name.items(), key=lambda item: -len(item[0])))
        object.__setattr__(self, "_by_name", longest_first)
        object.__setattr__(self, "_rank", {name: place for place, name in enumerate(longest_first)})
        object.__setattr__(self, "_lengths", tuple(sorted({len(name) for name in longest_first if name})))
        object.__setattr__(self, "_bureaus", tuple(u for u in self.units if u.kind == "bureau"))

    def get(self, code: str) -> Unit | None:
        return self._by_code.get(code)

    def find(self, text: str) -> Unit | None:
        """A unit by its code, name or alias; None when unknown or ambiguous. Accepted codes are not identities: several
        units may share one."""
        text = text.strip()
        return self._by_code.get(text) or self._by_name.get(name_key(text)) or self._beside(name_key(text))

    def find_in(self, text: str) -> Unit | None:
        """The unit named in a title such as `海宁市2022年1-6月…`; None when none, several or ambiguous. Longer names
        are taken first (嘉兴港区 before 港区); a bureau or a parent counts only where no other unit is named
        (`嘉兴市南湖区…`)."""
        key = name_key(text)
        found: dict[str, Unit | None] = {}
        for name in self._names_in(key):
            if name in key:
                unit = self._by_name[name] or self._beside(key, name)
                found[unit.code if unit else ""] = unit
                key = key.replace(name, "\0")
        kept = self.lowest([code for code, unit in found.items() if unit is not None])
        named = [unit for code, unit in found.items() if unit is None or code in kept]
        return named[0] if len(named) == 1 else None

    def _names_in(self, key: str) -> list[str]:
        """The names that a text holds, longest first. A country has thousands of names: there the pieces of the text are looked up."""
        if len(self._by_name) <= len(key) * len(self._lengths):
            return [name for name in self._by_name if name and name in key]
        held = {
            key[start:end]: None
            for start in range(len(key))
            for length in self._lengths
            if (end := start + length) <= len(key) and key[start:end] in self._by_name
        }
        return sorted(held, key=self._rank.__getitem__)

    def _beside(self, key: str, name: str = "") -> Unit | None:
        """The one bearer of a repeated name whose own code, or whose parent's code or name, stands beside it in a text (both in
        comparison form): `Washington County (44009)`, `Washington County, Rhode Island`, `44 Washington County`."""
        name = name or next((one for one in self._names_in(key) if one in self._bearers), "")
        if not name:
            return None
        before, after = (part.strip(_PUNCTUATION) for part in key.split(name, 1))

        def stands(word: str | None) -> bool:
            if not word:
                return False
            own = re.escape(word)
            return bool(re.search(rf"(?<![^\W_]){own}\Z", before) or re.match(rf"{own}(?![^\W_])", after))

        def named(unit: Unit) -> bool:
            parent = self.get(unit.parent or "")
            return stands(unit.parent) or (parent is not None and stands(name_key(parent.name)))

        bearers = self._bearers.get(name, ())
        own = [unit for unit in bearers if stands(unit.code.casefold())] or [unit for unit in bearers if named(unit)]
        return own[0] if len(own) == 1 else None

    def label(self, unit: Unit, period: Period | None = None) -> str:
        """What a unit is called where several stand side by side: its name (of the period), with what it belongs to, else its code,
        behind a name that another unit bears too."""
        name = unit.name_at(period) if period else unit.name
        bearers = self._bearers.get(name_key(name), ())
        if len(bearers) < 2:
            return name
        parent = self.get(unit.parent or "")
        alone = unit.parent and sum(other.parent == unit.parent for other in bearers) == 1
        beside = (parent.name if parent else unit.parent) if alone else unit.code
        return f"{name} ({beside})" if name.isascii() else f"{name}\uff08{beside}\uff09"

    def lowest(self, codes: Iterable[str]) -> tuple[str, ...]:
        """The units of which none is above another one of them; bureaus only where nothing else is named."""
        known = dict.fromkeys(codes)
        own = [code for code in known if (unit := self.get(code)) is None or unit.kind != "bureau"] or list(known)
        return tuple(code for code in own if not any(self.is_above(code, other) for other in own if other != code))

    def ranked_at(self, period: Period) -> tuple[Unit, ...]:
        """Ranking units valid in the period, by code."""
        return tuple(sorted((u for u in self.units if u.ranked and u.valid_at(period)), key=lambda u: u.code))

    def is_above(self, above: str, below: str) -> bool:
        """Whether `above` is a parent of `below`, directly or over others."""
        unit, seen = self.get(below), {below}
        while unit is not None and unit.parent and unit.parent not in seen:
            if unit.parent == above:
                return True
            seen.add(unit.parent)
            unit = self.get(unit.parent)
        return False

    def may_stand_for(self, sender: str, other: str) -> bool:
        """Whether who may send for the units below it may send for this one: itself, those below it, and all for a bureau."""
        unit = self.get(sender)
        return sender == other or self.is_above(sender, other) or (unit is not None and unit.kind == "bureau")

    def above(self, code: str) -> frozenset[str]:
        """Every unit above one."""
        found: set[str] = set()
        unit = self.get(code)
        while unit is not None and unit.parent and unit.parent not in found:
            found.add(unit.parent)
            unit = self.get(unit.parent)
        return frozenset(found)

    def parents_at(self, period: Period) -> tuple[Unit, ...]:
        """Units, but for bureaus, that other units valid in the period name as their parent, by code."""
        named = {u.parent for u in self.units if u.parent and u.kind != "bureau" and u.valid_at(period)}
        own = (self.get(code) for code in sorted(named))
        return tuple(u for u in own if u is not None and u.kind != "bureau" and u.valid_at(period))

    def children_at(self, parent: str, period: Period) -> tuple[Unit, ...]:
        """Units valid in the period whose parent it is, by code; bureaus are nobody's."""
        found = (u for u in self.units if u.parent == parent and u.kind != "bureau" and u.valid_at(period))
        return tuple(sorted(found, key=lambda u: u.code))

    def bureaus(self) -> tuple[Unit, ...]:
        return self._bureaus


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
