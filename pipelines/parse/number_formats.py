"""What a number format makes a reader see. One rule for xls, et, xlsx, xlsb and ods: the value of a cell is what its sender sees.

percent      0.0%      0.241 is shown as 24.1 %: the cell holds a fraction
percent_text 0.0"%"    24.1 is shown as 24.1 %: the sign is decoration, the number is one of percent
scaled       0!.0,     12345 is shown as 1.2: a thousandth or ten-thousandth of what is stored
units        0.0"亿"    1.2 is shown as 1.2亿: a unit of money, whatever title and header say"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

BUILT_IN_PERCENT = (9, 10)
_LITERAL = re.compile(r'"[^"]*"?|[\\!].|[_*].|\[[^\]]*\]', re.DOTALL)
_SCALES = re.compile(r"[0#?],+(?![0#?,])")
_MONEY = re.compile(r"[0#?][\s,.0#?]*((?:[十百千]?[万亿]|[百千])?元|[十百千]?[万亿])\s*$")
_SHOWN = re.compile(r'["\\!]')
_FALSE_POINT = re.compile(r"""[0#?](?:[!\\]\.|"\.")[0#?]""")


@dataclass(frozen=True)
class StyleMeanings:
    """Indexes of the cell formats of a workbook by what they make of a number, and of those whose font is struck through."""

    percent: frozenset[int] = frozenset()
    percent_text: frozenset[int] = frozenset()
    scaled: frozenset[int] = frozenset()
    struck: frozenset[int] = frozenset()
    units: Mapping[int, str] = field(default_factory=dict)


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
    """The unit of money that the format writes behind the number (元, 万元, 亿 …); "" where it writes none."""
    section = _LITERAL.sub(lambda part: _SHOWN.sub("", part[0]) if part[0][0] in '"\\!' else "", _first_section(code))
    found = _MONEY.search(section)
    return found[1] if found else ""


def style_meanings(
    formats: Iterable[int], codes: dict[int, str], fonts: Iterable[int] = (), struck_fonts: frozenset[int] = frozenset()
) -> StyleMeanings:
    """From the number format and the font of every cell format, in their order; `codes`: number of a format → its code."""
    numbers = tuple(formats)

    def indexes(chosen: set[int]) -> frozenset[int]:
        return frozenset(index for index, number in enumerate(numbers) if number in chosen)

    percent = {number for number, code in codes.items() if shows_percent(code)}
    units = {number: shown_unit(code) for number, code in codes.items()}
    return StyleMeanings(
        indexes(percent | {number for number in BUILT_IN_PERCENT if number not in codes}),
        indexes({number for number, code in codes.items() if shows_percent_text(code)}),
        indexes({number for number, code in codes.items() if shows_scaled(code)}),
        frozenset(index for index, font in enumerate(fonts) if font in struck_fonts),
        {index: units[number] for index, number in enumerate(numbers) if units.get(number)},
    )


def _first_section(code: str) -> str:
    """The part of a format for positive numbers; a semicolon inside quotes parts nothing."""
    end = 0
    while end < len(code) and code[end] != ";":
        literal = _LITERAL.match(code, end)
        end = literal.end() if literal else end + 1
    return code[:end]
