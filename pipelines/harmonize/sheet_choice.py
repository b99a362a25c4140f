"""Which of several sheets with the same form a file is about: clerks keep a sheet a month in one workbook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .dates import find_periods
from .declared import Title
from .numbers import fold

_MONTH_NAME = re.compile(r"(?:1[-—至到~])?(\d{1,2})月(?:份|累计)?\Z")


@dataclass(frozen=True)
class SheetChoice:
    """The place of the chosen sheet among the candidates (None: as before, the best of them, and the others are told);
    `unclear`: each sheet is another month and nothing says which is meant."""

    chosen: int | None
    unclear: bool = False


def choose_sheet(titles: Sequence[Title], names: Sequence[str], wanted: str | None, in_hand: str | None) -> SheetChoice:
    """By the period that options or manifest ask for (YYYY-MM); where they ask for none, of sheets of different months that of the
    period in hand when the file came. Where there is none they are unclear, and the latest stands for them: a closed month must not
    be told off in its place."""
    periods = [_periods(title, name) for title, name in zip(titles, names, strict=True)]
    if wanted is not None:
        month = f"-{wanted[-2:]}"
        for asked in (wanted, month):
            matching = [place for place, said in enumerate(periods) if asked in said]
            if len(matching) == 1:
                return SheetChoice(matching[0])
    firsts = [said[0] for said in periods if said]
    if len(firsts) == len(periods) and len(set(firsts)) == len(firsts):
        if in_hand in firsts:
            return SheetChoice(firsts.index(in_hand))
        return SheetChoice(firsts.index(max(firsts)), unclear=True)
    return SheetChoice(None)


def _periods(title: Title, name: str) -> tuple[str, ...]:
    """What a sheet says of its month: YYYY-MM of its title or its name; -MM where the name has no year."""
    said = [one.value for one in title.periods]
    said += [str(period) for period in find_periods(name)]
    bare = _MONTH_NAME.match(fold(name))
    return tuple(dict.fromkeys([*said, *([f"-{int(bare[1]):02d}"] if bare else [])]))
