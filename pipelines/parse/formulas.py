"""Stored results that nobody calculated: programs that write formulas without calculating them store 0 or an empty text, and the
figure is gone. Simple formulas with such a result are calculated here; where one of a sheet has another result, or the workbook
asks its reader to calculate, none of the sheet's zero results is believed. Those that cannot be calculated here are asked about where no
formula of the sheet has any other result."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from pipelines.model.raw import Cell, CellAddress, column_number

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)%?|(?P<name>[A-Za-z]{2,12})\(|"""
    r"""(?P<cell>\$?[A-Za-z]{1,3}\$?\d{1,7})(?::(?P<last>\$?[A-Za-z]{1,3}\$?\d{1,7}))?|(?P<mark>[-+*/(),]))"""
)
_OPEN_DOCUMENT = re.compile(r"\[\.([^\]]*)\]")
_FUNCTIONS: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "PRODUCT": math.prod,
    "AVERAGE": statistics.fmean,
    "ABS": lambda values: abs(values[0]),
    "ROUND": lambda values: _rounded(values[0], int(values[1]) if len(values) == 2 else 0),
}
_PASSES_BLANKS = re.compile(r"(?:MAX|MIN|PRODUCT|AVERAGE)\(", re.IGNORECASE)
"""A spreadsheet leaves blank cells out of them, here they are 0."""
MAX_LENGTH, MAX_CALCULATED, MAX_DEPTH, MAX_RANGE = 200, 2_000, 40, 5_000
_ENOUGH = 1e-9
_NOISE = 1e-6


def _rounded(value: float, digits: int) -> float:
    """As spreadsheets round: halves away from zero."""
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


class _Unknown(Exception):
    """A formula that is not of the simple kind."""


@dataclass(frozen=True)
class StoredZeros:
    """Formulas whose stored result is 0 or empty: `wrong` are no results, `unverified` cannot be calculated here."""

    wrong: frozenset[CellAddress] = frozenset()
    unverified: frozenset[CellAddress] = frozenset()


def stored_zeros(
    zeros: Mapping[CellAddress, str], rows: Sequence[Sequence[Cell]], first_row: int, first_column: int, asked: bool
) -> StoredZeros:
    """What `zeros` (address → formula) are worth. `asked`: the workbook asks its reader to calculate."""
    if not zeros or asked:
        return StoredZeros(frozenset(zeros))
    sheet = _Sheet(zeros, rows, first_row, first_column)
    unverified = set(list(zeros)[MAX_CALCULATED:])
    for address in list(zeros)[:MAX_CALCULATED]:
        try:
            if abs(sheet.value(address, 0)) > _ENOUGH:
                return StoredZeros(frozenset(zeros))
        except (_Unknown, ArithmeticError):
            unverified.add(address)
    return StoredZeros(frozenset(), frozenset(unverified))


def outdated(
    results: Mapping[CellAddress, str],
    zeros: Mapping[CellAddress, str],
    rows: Sequence[Sequence[Cell]],
    first_row: int,
    first_column: int,
) -> frozenset[CellAddress]:
    """Of a workbook that asks its reader to calculate: formulas (address → text) with another result than the stored one. Programs that
    fill in a template store new figures beside the old results; who opens the file sees the new ones."""
    sheet = _Sheet({**zeros, **results}, rows, first_row, first_column)
    found = set()
    for address in list(results)[:MAX_CALCULATED]:
        if not results[address] or _PASSES_BLANKS.search(results[address]):
            continue
        try:
            stored, value = sheet.stored(address), sheet.value(address, 0)
        except (_Unknown, ArithmeticError):
            continue
        if abs(value - stored) > _NOISE * max(1.0, abs(value)):
            found.add(address)
    return frozenset(found)


@dataclass
class _Sheet:
    zeros: Mapping[CellAddress, str]
    rows: Sequence[Sequence[Cell]]
    first_row: int
    first_column: int
    known: dict[CellAddress, float] = field(default_factory=dict)

    def value(self, address: CellAddress, depth: int) -> float:
        """The number of a cell, its formula calculated where the stored result is doubted."""
        if address not in self.known:
            if depth > MAX_DEPTH:
                raise _Unknown
            formula = self.zeros.get(address)
            self.known[address] = self.stored(address) if formula is None else _Reader(self, formula, depth).result()
        return self.known[address]

    def stored(self, address: CellAddress) -> float:
        """The number of a cell as the file has it."""
        row, column = address[0] - self.first_row, address[1] - self.first_column
        if not 0 <= row < len(self.rows) or not 0 <= column < len(self.rows[row]):
            return 0.0
        cell = self.rows[row][column]
        if cell is None or cell == "":
            return 0.0
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            raise _Unknown
        return float(cell)


class _Reader:
    """A recursive descent over + - * / and a few functions."""

    def __init__(self, sheet: _Sheet, formula: str, depth: int) -> None:
        text = (
            _OPEN_DOCUMENT.sub(lambda found: found[1].replace(".", ""), formula.partition(":=")[2])
            if ":=" in formula
            else formula
        )
        self._text = text.lstrip("=").replace(";", ",")
        self._sheet, self._depth, self._at = sheet, depth + 1, 0
        if not self._text or len(self._text) > MAX_LENGTH:
            raise _Unknown

    def result(self) -> float:
        """The value of the whole formula."""
        value = self._sum()
        if self._text[self._at :].strip():
            raise _Unknown
        return value

    def _next(self) -> re.Match[str]:
        token = _TOKEN.match(self._text, self._at)
        if token is None:
            raise _Unknown
        return token

    def _takes(self, marks: str) -> str:
        token = _TOKEN.match(self._text, self._at)
        if token is None or not token["mark"] or token["mark"] not in marks:
            return ""
        self._at = token.end()
        return token["mark"]

    def _sum(self) -> float:
        value = self._product()
        while mark := self._takes("+-"):
            value += self._product() if mark == "+" else -self._product()
        return value

    def _product(self) -> float:
        value = self._factor()
        while mark := self._takes("*/"):
            other = self._factor()
            value = value * other if mark == "*" else value / other
        return value

    def _factor(self) -> float:
        if mark := self._takes("+-"):
            return self._factor() if mark == "+" else -self._factor()
        if self._takes("("):
            value = self._sum()
            if not self._takes(")"):
                raise _Unknown
            return value
        token = self._next()
        self._at = token.end()
        if token["number"]:
            return float(token["number"]) / (100 if token[0].endswith("%") else 1)
        if token["name"]:
            return self._call(token["name"].upper())
        if token["cell"] and not token["last"]:
            return self._sheet.value(_address(token["cell"]), self._depth)
        raise _Unknown

    def _call(self, name: str) -> float:
        values: list[float] = []
        while True:
            token = self._next()
            if token["last"]:
                self._at = token.end()
                values += self._range(token["cell"], token["last"])
            else:
                values.append(self._sum())
            if self._takes(")"):
                break
            if not self._takes(","):
                raise _Unknown
        if name not in _FUNCTIONS or not values:
            raise _Unknown
        return _FUNCTIONS[name](values)

    def _range(self, first: str, last: str) -> list[float]:
        (top, left), (bottom, right) = _address(first), _address(last)
        if (bottom - top + 1) * (right - left + 1) > MAX_RANGE:
            raise _Unknown
        return [
            self._sheet.value((row, column), self._depth)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        ]


def _address(text: str) -> CellAddress:
    letters = text.replace("$", "").rstrip("0123456789").upper()
    return int(text.replace("$", "")[len(letters) :]), column_number(letters)
