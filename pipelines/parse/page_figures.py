"""Cells of pages that hold a number beside the text that is seen: `x:num` of Excel's web pages, `ss:Type` of its XML of 2003."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from pipelines.model.raw import Cell

from .number_formats import CURRENCY, Shown

_SEEN = re.compile(r"(\()?[-+−]?(\d+)(?:\.(\d+))?(?(1)\))(\D*)", re.ASCII)
_FOLDED = re.compile(r"[,，\s¥￥]")
_MONEY = re.compile(r"[(（]?((?:[十百千]?[万亿]|[百千])?元|[十百千]?[万亿])[)）]?")
_AS_STORED = Shown()


def figure_of(text: str, stored: str, kind: str) -> tuple[Cell, Shown]:
    """The cell, and what its reader sees of the number: the same, a scaled or other one, one with a unit of money. A text of percent is
    given out as it is seen. `stored`: x:num; `kind`: the type of the text itself."""
    if kind == "Boolean":
        return text.strip() in ("1", "true", "True"), _AS_STORED
    number = stored or (text if kind == "Number" else "")
    if not number or "%" in text:
        return text, _AS_STORED
    try:
        value = float(number)
    except ValueError:
        return text, _AS_STORED
    return value, _seen(text, number) if stored else _AS_STORED


def _seen(text: str, stored: str) -> Shown:
    """A text that is no figure (a date, a word) says nothing; none at all hides the number."""
    try:
        value = Decimal(stored)
    except InvalidOperation:
        return _AS_STORED
    if not text:
        return Shown(disguised=value != 0)
    currency = CURRENCY.search(text)
    found = _SEEN.fullmatch(_FOLDED.sub("", text.replace(currency[0], "") if currency else text))
    if found is None:
        return _AS_STORED
    decimals = len(found[3] or "")
    seen = Decimal(f"{found[2]}.{found[3] or '0'}")
    money = _MONEY.fullmatch(found[4])
    if abs(abs(value) - seen) * 10**decimals > Decimal("0.5001"):
        return Shown(scaled=True)
    return Shown(unit=money[1] if money is not None else currency[0] if currency else "")
