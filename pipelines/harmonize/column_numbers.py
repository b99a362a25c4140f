"""Rows under a header that number its columns (甲 乙 1 2 …) or give the codes of its indicators (B103)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.model.raw import Cell, RawSheet

_STEMS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_LABEL = re.compile(r"栏\s*次|列\s*次|栏\s*号|列\s*号|序\s*号")
_FORMULA = re.compile(r"(?<=\d)\s*=\s*\d+(?:\s*[-+]\s*\d+)+\Z")
"""12=14+15: how a column is made of others."""
_CODE_CELL = re.compile(r"[A-Z]\d{2,3}\Z")


def header_end(sheet: RawSheet, bottom: int) -> int:
    """Last row that still belongs to the header: rows of column numbers (甲 乙 1 2 …), indicator codes or units follow it."""
    end = bottom
    while end + 1 < len(sheet.rows) and end - bottom < 3 and _is_under_header(sheet.rows[end + 1]):
        end += 1
    return end


def _is_under_header(row: Sequence[Cell]) -> bool:
    cells = [
        _FORMULA.sub("", str(cell).strip().strip("()（）").removesuffix(".0")) for cell in row if cell not in (None, "")
    ]
    if cells and _LABEL.fullmatch(cells[0]):
        cells = cells[1:]
    if len(cells) < 3 or len(cells) * 2 < len(row):
        return False
    numbers = [int(cell) for cell in cells if cell.isascii() and cell.isdigit() and len(cell) < 4]
    stems = [cell for cell in cells if cell in _STEMS]
    if len(numbers) + len(stems) == len(cells) and numbers == list(
        range(numbers[0], numbers[0] + len(numbers)) if numbers else []
    ):
        return True
    return all(_CODE_CELL.match(cell) or cell in ("—", "-", "…") or cell in _STEMS for cell in cells)
