"""Findings in words a county clerk understands: where, what it says, what is wrong, what to do; Chinese and English."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from expectations.rule import Rule, Severity

from ..model.fields import FIELDS
from ..model.findings import Finding
from ..model.formulas import rate_text
from ..model.measures import MEASURES
from ..model.submissions import PIECE_ROWS
from ..model.tables import AMOUNT_SCALE

_MEASURES = {
    **{code: (measure.zh, measure.en) for code, measure in MEASURES.items()},
    "wan_yuan": ("万元", "万元"),
    "count": ("个", ""),
}


@dataclass(frozen=True)
class FindingLocation:
    """Where in the file: `cell` is empty where the column has no letter (JSON) or the finding is about more than a cell."""

    sheet: str = ""
    cell: str = ""
    row: int | None = None
    field: str = ""
    value: str = ""


_VALUE_ENDS = "\x1f"
_AFTER_A_VALUE = re.compile(f"(.)?{_VALUE_ENDS}(.)?")


def _space(ends: re.Match[str]) -> str:
    """A space between a figure and the word after it; none before a sign or after a word: `10.5 万元的 1.3 倍`, `10.5 万元。`"""
    before, after = (text or "" for text in ends.groups())
    return f"{before} {after}" if before.isascii() and after.isalnum() else before + after


@dataclass(frozen=True)
class CellAddress:
    """A cell as messages name it: in a template `{ytd}` says that the place has the value, `{ytd.of}` names place and value in
    the middle of a sentence."""

    place: str
    value: str
    english: bool

    @property
    def of(self) -> str:
        if self.english:
            return f"{self.place}, {self.value}" if self.value else self.place
        return f"{self.place}的 {self.value}{_VALUE_ENDS}" if self.value else self.place

    def __str__(self) -> str:
        if self.english:
            return f"{self.place} is {self.value or 'empty'}"
        return f"{self.place}为 {self.value}" if self.value else f"{self.place}为空"


class _Template(string.Formatter):
    """Fills what is known; a name nobody supplied shows as ? instead of losing the finding."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        try:
            return super().get_field(field_name, args, kwargs)
        except (KeyError, AttributeError, IndexError):
            return "?", field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        return str(value) if not format_spec else format(value, format_spec)


_TEMPLATE = _Template()


def unit_of(measure: str | None, english: bool = False) -> str:
    """The measure as people write it."""
    names = _MEASURES.get(measure or "", (measure or "", measure or ""))
    return names[english]


def plain(value: Decimal | int | float | str | None) -> str:
    """A number without exponent and trailing zeros; text as it is."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def unscaled(value: int) -> Decimal:
    """1/10,000 units of the check frame → amount."""
    return Decimal(value).scaleb(-len(str(AMOUNT_SCALE)) + 1)


def percent(value: Decimal) -> str:
    """0.241 → 24.10 %."""
    return rate_text(value, 2).replace("%", " %")


def label(field: str, english: bool) -> str:
    known = FIELDS.get(field)
    if known is None:
        return field
    return f"{known.zh}, {field}" if english else f"「{known.zh}」"


def place_text(cell: str, row: int | None, field: str, english: bool) -> str:
    """`单元格 F12「设备工器具购置」`, `第 12 行「…」` where there is no cell address."""
    name = label(field, english) if field else ""
    row = row % PIECE_ROWS if row is not None else None
    if english:
        where = f"cell {cell}" if cell else f"row {row}" if row is not None else ""
        return f"{where} ({name})" if where and name else where or name
    where = f"单元格 {cell}" if cell else f"第 {row} 行" if row is not None else ""
    return where + name


def finding(
    rule: Rule,
    templates: tuple[str, str],
    place: FindingLocation,
    zh: Mapping[str, Any],
    en: Mapping[str, Any] | None = None,
    severity: Severity | None = None,
    answered: bool = False,
) -> Finding:
    """A finding with both texts filled in; `en` gives the values that read differently in English. `unit` is '' where a figure has
    none (a count, in English): then no place is kept for it."""
    texts = []
    for english, template in enumerate(templates):
        where = place_text(place.cell, place.row, place.field, bool(english))
        own: dict[str, Any] = {
            "place": where,
            "at": f"{where}{': ' if english else '：'}" if where else "",
            "value": place.value,
            "row": place.row,
            "field": place.field,
            "label": label(place.field, bool(english)),
        }
        own.update(zh)
        own.update((en or {}) if english else {})
        if own.get("unit") == "":
            template = template.replace(" ({unit})", "").replace(" {unit}", "")
        texts.append(_TEMPLATE.vformat(template, (), own))
    message_zh, message_en = _AFTER_A_VALUE.sub(_space, texts[0]), texts[1]
    if place.sheet:
        message_zh = f"工作表「{place.sheet}」，{message_zh}"
        message_en = f"Sheet {place.sheet}: {message_en}"
    message_en = message_en[:1].upper() + message_en[1:]
    return Finding(
        rule.id,
        rule.level,
        severity or rule.severity,
        message_zh,
        message_en,
        place.sheet,
        place.cell,
        place.row,
        place.field,
        place.value,
        answered,
    )
