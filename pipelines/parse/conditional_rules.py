"""Rules of conditional formats, whatever the workbook: where they hold, for which numbers, and what they make of a figure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Area = tuple[int, int, int, int]
"""First row, first column, last row, last column, from 1, inclusive."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\Z")
_COMPARED = re.compile(r"\$?[A-Z]{1,3}\$?\d{1,7}(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)\Z")


@dataclass(frozen=True)
class Effect:
    """What a rule makes of a cell: `unseen` (white, or a bar or icon alone), struck through, shown by a number format."""

    unseen: bool = False
    struck: bool = False
    code: str = ""


@dataclass(frozen=True)
class Rule:
    """Where it holds, for which numbers (`sign` with one or two `limits`; "" for all), and what it does."""

    areas: tuple[Area, ...]
    effect: Effect
    sign: str = ""
    limits: tuple[float, ...] = ()

    def holds(self, value: float) -> bool:
        """Whether the rule holds for a number."""
        if not self.sign:
            return True
        first, last = self.limits[0], self.limits[-1]
        return {
            "<": value < first,
            "<=": value <= first,
            ">": value > first,
            ">=": value >= first,
            "=": value == first,
            "<>": value != first,
            "between": min(first, last) <= value <= max(first, last),
            "notBetween": not min(first, last) <= value <= max(first, last),
        }[self.sign]


def comparison(sign: str, formulas: Sequence[str]) -> tuple[str, tuple[float, ...], bool]:
    """A comparison of the cell with numbers; with texts none holds but <>."""
    if formulas and formulas[0].startswith('"'):
        return "", (), sign != "<>"
    wanted = 2 if "etween" in sign else 1
    if sign and len(formulas) >= wanted and all(_NUMBER.match(one) for one in formulas[:wanted]):
        return sign, tuple(float(one) for one in formulas[:wanted]), False
    return "", (), False


def expression(formula: str) -> tuple[str, tuple[float, ...], bool]:
    """A formula that compares one cell, by and large the cell itself, with a number; one that asks whether it is blank or an error never
    holds for a number."""
    plain = formula.lstrip("=").replace(" ", "").upper()
    if re.match(r"(?:ISBLANK|ISERR|ISERROR|ISNA|ISTEXT|NOT\(ISNUMBER)\(", plain) or plain in ("FALSE", "FALSE()", "0"):
        return "", (), True
    if re.search(r'(?<![<>])=""\Z', plain) or re.match(r"LEN\([^()]*\)=0\Z", plain):
        return "", (), True
    compared = _COMPARED.match(plain)
    return (compared[1], (float(compared[2]),), False) if compared else ("", (), False)
