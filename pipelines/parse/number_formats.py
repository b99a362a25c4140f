"""What a number format makes a reader see. One rule for xls, et, xlsx, xlsb and ods: the value of a cell is what its sender sees.

percent      0.0%      0.241 is shown as 24.1 %: the cell holds a fraction
percent_text 0.0"%"    24.1 is shown as 24.1 %: the sign is decoration, the number is one of percent
scaled       0!.0,     12345 is shown as 1.2: a thousandth or ten-thousandth of what is stored
units        0.0"亿"    1.2 is shown as 1.2亿: a unit of money, whatever title and header say; "$"0 a foreign currency (¥ says nothing:
                       a click on the button for accounts writes it)
by_value     [<10000]0;0!.0,"亿"    which section is shown, and so what is seen, is told by the value alone
disguised    ;;; or 0"0000"         nothing of the number is seen, digits that are none of its own, or another sign ("-"0, 0;0)
             [White]0               nor is one in the colour of paper"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

BUILT_IN_PERCENT = (9, 10)
LOCAL_CURRENCY = frozenset((5, 6, 7, 8, 42, 44))
"""Numbers of Excel's own formats of money: whatever code a workbook writes beside them, a reader sees the currency of his system."""
_LITERAL = re.compile(r'"[^"]*"?|[\\!].|[_*].|\[[^\]]*\]', re.DOTALL)
_SCALES = re.compile(r"[0#?],+(?![0#?,])")
_UNIT_OF_MONEY = r"[(（]?\s*((?:[十百千万]?[万亿]|[百千])?(?:[美欧日港澳韩]?元|港币)|[十百千万]?[万亿])\s*[)）]?"
_TRADITIONAL = str.maketrans("萬億", "万亿")
_PARTED = re.compile(r"(?<=[十百千万亿])\s+(?=[万亿元])")
"""Blanks inside a unit: 亿 元."""
_MONEY = re.compile(
    rf"(?:[0#?@][\s,.0#?]*|general|通用格式)\s*{_UNIT_OF_MONEY}\s*$|^\s*[(（]?\s*([十百千]?[万亿](?:[美欧日港澳韩]?元)?)\s*[)）]?\s*[:：]?\s*(?=[0#?]|general|通用格式)",
    re.IGNORECASE,
)
_SHOWN = re.compile(r'["\\!]')
CURRENCY = re.compile(r"(?:US|HK|NT)?[$＄]|[€£￡₩฿₽]|\b(?:USD|EUR|HKD|JPY|GBP|KRW)\b")
_CURRENCY_MARK = re.compile(r"\[\$([^\]-]+)")
"""[$€-2]: the symbol in front of a number of its language."""
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*\]")
_PLACEHOLDER = re.compile(r"[0#?@]|general|通用格式", re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\]]*\]")
_PAPER_COLOUR = re.compile(r"\[\s*(?:white|白色?|(?:colou?r|颜色)\s*2)\s*\]", re.IGNORECASE)
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)
_STRANGE_DIGITS = re.compile(r"""[0#?](?:"[\s,.，．]*\d[^"]*"|[!\\*]\d)|(?:"[^"]*\d[\s,.，．]*"|[!\\*]\d)[0#?]""")
_PADDING = re.compile(r"_.|\*.|\[[^\]]*\]")
_FALSE_SIGN = re.compile(r"""["\s!\\]*(?:[-−－]["\s]*[0#?]|[(（]["\s!\\]*[0#?][^)）]*[)）]["\s]*$)""")
"""A minus, or brackets, that the format writes around a number above zero."""
_HOLDS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "<": Decimal.__lt__,
    "<=": Decimal.__le__,
    ">": Decimal.__gt__,
    ">=": Decimal.__ge__,
    "=": Decimal.__eq__,
    "<>": Decimal.__ne__,
}
_FALSE_POINT = re.compile(r"""[0#?](?:[!\\]\.|"\.")[0#?]""")


@dataclass(frozen=True)
class StyleMeanings:
    """Indexes of the cell formats of a workbook by what they make of a number, and of those whose font is struck through; `by_value`:
    index → code of those that have to be asked with the value; `faint`: those whose font is not seen on their fill."""

    percent: frozenset[int] = frozenset()
    percent_text: frozenset[int] = frozenset()
    scaled: frozenset[int] = frozenset()
    struck: frozenset[int] = frozenset()
    units: Mapping[int, str] = field(default_factory=dict)
    by_value: Mapping[int, str] = field(default_factory=dict)
    faint: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Shown:
    """What a format makes of one value."""

    scaled: bool = False
    disguised: bool = False
    unit: str = ""


def depends_on_value(code: str) -> bool:
    """Whether the sections of a format are chosen by conditions, or one of them shows no digit of the number or strange ones."""
    parts = _sections(code)
    if any(_CONDITION.search(part) for part in parts):
        return True
    if any(_is_disguise(part, len(parts)) for part in parts[:2]):  # behind them: what zero and texts look like
        return True
    return _hides_sign(parts, True) or _hides_sign(parts, False)


def shown(code: str, value: Decimal) -> Shown:
    """What the section that holds for a value makes of it. A zero that is not shown is no other figure."""
    parts = _sections(code)
    section = _section_of(parts, value)
    disguised = value != 0 and (_is_disguise(section, len(parts)) or _hides_sign(parts, value > 0))
    return Shown(value != 0 and shows_scaled(section), disguised, "" if disguised else shown_unit(section))


def _is_disguise(section: str, sections: int) -> bool:
    bare = _LITERAL.sub("", section)
    if "[" in section and _PAPER_COLOUR.search(section):
        return True
    if sections == 1 and not _BRACKETS.sub("", section).strip():
        return False  # no code, or one of colours and conditions alone, is the general format
    if _DATE.search(bare) and not _PLACEHOLDER.search(bare):
        return False
    return not _PLACEHOLDER.search(bare) or _STRANGE_DIGITS.search(section) is not None


def _hides_sign(parts: list[str], positive: bool) -> bool:
    """Whether numbers above zero are shown with a minus or in brackets, or those below it exactly like those above (in another colour
    they are told apart). Conditions part numbers otherwise."""
    if any(_CONDITION.search(part) for part in parts):
        return False
    if positive:
        return _FALSE_SIGN.match(_PADDING.sub("", parts[0])) is not None
    return len(parts) > 1 and parts[0] == parts[1] and _PLACEHOLDER.search(parts[1]) is not None


def _section_of(parts: list[str], value: Decimal) -> str:
    """The section that is shown: by its condition, else by the sign."""
    numeric = parts[:3]
    conditions = [_CONDITION.search(part) for part in numeric]
    for at, (part, condition) in enumerate(zip(numeric, conditions, strict=True)):
        if at == len(numeric) - 1:
            return part
        if condition is not None:
            if _HOLDS[condition[1]](value, Decimal(condition[2])):
                return part
        elif (at == 0 and (value > 0 or (value == 0 and len(numeric) == 2))) or (at == 1 and value < 0):
            return part
    return parts[0]


def shows_percent(code: str) -> bool:
    """Whether the format multiplies by a hundred and writes %."""
    return "%" in _LITERAL.sub("", _first_section(code))


def shows_percent_text(code: str) -> bool:
    """Whether the format writes a percent sign behind a number that it leaves as it is."""
    section = _first_section(code)
    bare = _LITERAL.sub("", section)
    written = "".join(part for part in _LITERAL.findall(section) if part[0] in '"\\!')
    return "%" not in bare and any(sign in bare + written for sign in "%％﹪")


def shows_scaled(code: str) -> bool:
    """Whether the format shows a thousandth or a ten-thousandth."""
    section = _first_section(code)
    return bool(_SCALES.search(_LITERAL.sub("", section)) or _FALSE_POINT.search(section))


def shown_unit(code: str) -> str:
    """The unit of money that the format writes beside the number (元, 万元, 亿, a foreign currency …); "" where it writes none."""
    section = _LITERAL.sub(_as_written, _first_section(code)).translate(_TRADITIONAL)
    found = _MONEY.search(_PARTED.sub("", section))
    if found:
        return found[1] or found[2]
    currency = CURRENCY.search(section) if _PLACEHOLDER.search(section) else None
    return currency[0] if currency else ""


def _as_written(literal: re.Match[str]) -> str:
    """What a part of a format that is no placeholder puts on the screen."""
    if literal[0][0] in '"\\!':
        return _SHOWN.sub("", literal[0])
    mark = _CURRENCY_MARK.match(literal[0])
    return f"{mark[1]} " if mark else ""


def style_meanings(
    formats: Iterable[int],
    codes: dict[int, str],
    fonts: Iterable[int] = (),
    struck_fonts: frozenset[int] = frozenset(),
    faint: frozenset[int] = frozenset(),
    local: frozenset[int] = frozenset(),
) -> StyleMeanings:
    """From the number format and the font of every cell format, in their order; `codes`: number of a format → its code; `faint`: indexes
    of the cell formats that are not seen; `local`: numbers of formats whose currency is the reader's own."""
    numbers = tuple(formats)

    def indexes(chosen: set[int]) -> frozenset[int]:
        return frozenset(index for index, number in enumerate(numbers) if number in chosen)

    percent = {number for number, code in codes.items() if shows_percent(code)}
    asked = {number: code for number, code in codes.items() if depends_on_value(code)}
    units = {n: shown_unit(code) for n, code in codes.items() if n not in asked}
    units = {n: unit for n, unit in units.items() if n not in local or not CURRENCY.fullmatch(unit)}
    return StyleMeanings(
        indexes(percent | {number for number in BUILT_IN_PERCENT if number not in codes}),
        indexes({number for number, code in codes.items() if shows_percent_text(code)}),
        indexes({number for number, code in codes.items() if number not in asked and shows_scaled(code)}),
        frozenset(index for index, font in enumerate(fonts) if font in struck_fonts),
        {index: units[number] for index, number in enumerate(numbers) if units.get(number)},
        {index: asked[number] for index, number in enumerate(numbers) if number in asked},
        faint,
    )


def _first_section(code: str) -> str:
    """The part of a format for positive numbers."""
    return _sections(code)[0]


def _sections(code: str) -> list[str]:
    """The parts of a format; a semicolon inside quotes parts nothing."""
    parts, begin, end = [], 0, 0
    while end < len(code):
        literal = _LITERAL.match(code, end)
        if literal is None and code[end] == ";":
            parts.append(code[begin:end])
            begin = end + 1
        end = literal.end() if literal else end + 1
    return [*parts, code[begin:]]
