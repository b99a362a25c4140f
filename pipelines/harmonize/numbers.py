"""The closed grammar of numbers in county files (domain.md §5): what is not in it is not a number, never a guess.

    number  = sign? (digits | groups of three parted by , or space) fraction? | "(" the same without sign ")", then a unit or %
    missing = blank (NULL of a database too) | N (not applicable: — / 无 …) | U (below half a unit: …)

A point may stand at either end (.5 and 100. of the number format #.## and of Oracle); it is told as converted. Full-width
characters are folded (NFKC) in numbers and codes alone, never in names."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from pipelines.model.raw import Cell
from pipelines.model.submissions import NoteCode
from pipelines.model.visible_text import visible

NOT_APPLICABLE = frozenset(
    ("—", "–", "―", "-", "--", "---", "——", "−", "/", "\\", "无", "暂无", "n/a", "na", "不适用", "无此项")
)
UNFILLED = frozenset(("null", "(null)", "[null]", "<null>", "\\n"))
"""What clients of databases print for a cell that holds nothing."""
NO_TEXT = frozenset(("nan", "nat", "<na>", "none"))
"""What data frames print for a text that is not there. Of an amount it may be what a calculation failed to give: no blank."""
BELOW_UNIT = frozenset(("...", "......", "…", "……", "⋯", "⋯⋯"))
MISSING_TEXTS = frozenset(
    (*NOT_APPLICABLE, *BELOW_UNIT, *UNFILLED, *NO_TEXT, "N/A", "NA", "－", "／", "NULL", "(NULL)")
) | {*("[NULL]", "<NULL>", "\\N", "NaN", "NaT", "None", "<NA>")}
"""Cells of text that mean nothing, as they are mostly spelt; a column without any of them is taken as it is."""
_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])? ?(?P<digits>[0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]{1,24}|(?=\.[0-9]))(?P<fraction>\.[0-9]{0,18})?"
    r"(?P<close>\))? ?(?P<unit>[^\d.,()+\- ]{0,12})\Z"
)
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:\.[0-9]+[eE][+-]?|[eE][+-])[0-9]{1,3}\Z")
_SHORT_SCIENTIFIC = re.compile(r"[+-]?[0-9][eE][0-9]{1,2}\Z")
"""1e11: as an amount it has lost its digits; a code of letters and digits may look like it."""
_ERROR_VALUE = re.compile(
    r"#(?:n/?a|[a-z][a-z0-9_/]*[!?]|(?:div|\d+)/0!?|getting_data|错误|不适用|[\u4e00-\u9fff]{1,8}[!?])(?:n/a)?"
    r"|err:\d{3}|#{2,}|(?:loading|正在加载)(?:\.{2,})",
    re.IGNORECASE,
)
"""What a spreadsheet shows for a formula that failed (#N/A, #REF!, #DIV/0!, Err:508, in Chinese #名称?), while its data
still come (Loading...) or for a column too narrow (####)."""
_LIKE_DIGITS = re.compile(r"[-+]?(?=[^.]*[0-9])(?=.*[OoQlI|Zz])[0-9,OoQlI|Zz]+(?:\.[0-9OolI]+)?\Z")
_CODE_LIKE_DIGITS = re.compile(r"(?=(?:[0-9]*[OolI]){1,2}[0-9]*\Z)[0-9OolI]{6,24}\Z")
_DASHES = re.compile(r"(?<=[0-9A-Za-z])[\u2010-\u2015\u2212\ufe58\ufe63](?=[0-9A-Za-z])")
"""What word processors make of the hyphens of a code."""
_QUOTED = re.compile(r"[\"'`‘’“”＂＇´]+([0-9A-Za-z]+(?:-[0-9A-Za-z]+)*)[\"'`‘’“”＂＇´]*\Z")
_FOOTNOTE_MARKS = "*＊※★☆▲△●○◆◇†‡"
"""Marks that point to a note under the table; no code has one at its ends."""
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\Z")
_WHOLE_FLOAT = re.compile(r"([0-9]{1,15})\.0+\Z", re.ASCII)
SIGNIFICANT = 15
"""Digits of a workbook's number that are the sender's; the rest is the binary fraction's."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written: `unit` is the text behind it (万元, %, 个 …), `changed` that the cleaner had to fold something."""

    value: Decimal
    unit: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """No number, and why: blank, N or U."""

    status: Literal["", "N", "U"]


BLANK = Missing("")


def fold(text: str) -> str:
    """NFKC without white space and invisible characters: the comparison form of numbers, codes and marks."""
    return "".join(unicodedata.normalize("NFKC", visible(text)).split())


def has_odd_digits(text: str) -> bool:
    """Whether a text holds characters that NFKC would turn into digits though they are none: 1200① is not 12001."""
    return not text.isascii() and any(unicodedata.category(char) == "No" for char in text)


def missing_mark(text: str) -> Missing | None:
    """The three-valued missing marks; None when the text says something."""
    if not text or text.isspace():
        return BLANK
    if len(text) > 8:
        return None
    folded = fold(text).casefold()
    if not folded or folded in UNFILLED:
        return BLANK
    if folded in NOT_APPLICABLE:
        return Missing("N")
    return Missing("U") if folded in BELOW_UNIT else None


def missing_text(text: str) -> Missing | None:
    """`missing_mark` of a text or a code, which is also missing where a data frame says so."""
    return BLANK if len(text) <= 8 and fold(text).casefold() in NO_TEXT else missing_mark(text)


def is_error_value(text: str) -> bool:
    """Whether a text is what a failed formula shows; in a CSV nothing else is left of the formula."""
    return text[:1] in "#＃EeLl正" and len(text) <= 24 and _ERROR_VALUE.fullmatch(fold(text)) is not None


def has_lost_digits(text: str) -> bool:
    """Whether a spreadsheet printed a long number as 3.3E+13: the last digits are gone. Of a code, `3E1` alone says nothing."""
    return _SCIENTIFIC.match(text) is not None or (
        _SHORT_SCIENTIFIC.match(text) is not None and len(text) > 3 and text[-2:].isdigit()
    )


def exact(number: float) -> Decimal | None:
    """The decimal a workbook shows for a double: its shortest text, at most 15 significant digits; None for inf and nan."""
    if not math.isfinite(number):
        return None
    text = repr(number)
    if len(text) > SIGNIFICANT + 1:
        text = format(number, f".{SIGNIFICANT}g")
    return Decimal(text)


def parse_number(cell: Cell) -> Number | Missing | NoteCode:
    """A cell as number, as missing, or the code of what is wrong with it."""
    if cell is None:
        return BLANK
    if isinstance(cell, bool):
        return "not_a_number"
    if isinstance(cell, float):
        value = exact(cell)
        return "not_a_number" if value is None else Number(value)
    if isinstance(cell, int):
        return Number(Decimal(cell))
    if isinstance(cell, Decimal):
        return Number(cell) if abs(cell.adjusted()) < 25 else "not_a_number"
    if not isinstance(cell, str):
        return "not_a_number"
    return _parse_text(cell)


def _parse_text(text: str) -> Number | Missing | NoteCode:
    mark = missing_mark(text)
    if mark is not None:
        return mark
    if len(text) > 64 or has_odd_digits(text):
        return "not_a_number"
    if is_error_value(text):
        return "error_value"
    if len(text.strip().splitlines()) > 1 or "\t" in text.strip():
        return "two_values"
    plain_text = visible(text).replace("㎡", "平方米")
    folded = " ".join(unicodedata.normalize("NFKC", plain_text).split()).replace("−", "-")
    match = _NUMBER.match(folded)
    if match is None:
        if _SCIENTIFIC.match(folded) or _SHORT_SCIENTIFIC.match(folded):
            return "digits_lost"
        return "letter_for_digit" if _LIKE_DIGITS.match(folded) else "not_a_number"
    if bool(match["open"]) != bool(match["close"]) or (match["open"] and match["sign"]):
        return "not_a_number"
    fraction = match["fraction"] or ""
    value = Decimal((match["sign"] or "") + (re.sub("[, ]", "", match["digits"]) or "0") + fraction)
    unit = match["unit"]
    stripped = text.strip()
    changed = (
        stripped != f"{match['sign'] or ''}{match['digits']}{fraction}"
        or not match["digits"].isdigit()
        or fraction == "."
    )
    return Number(-value if match["open"] else value, unit, changed)


def code_text(cell: Cell) -> tuple[str | None, NoteCode | None]:
    """A code as text: (code, note). Numbers beyond 15 digits and scientific texts have lost theirs (digits_lost)."""
    if cell is None:
        return None, None
    if isinstance(cell, str):
        mark = missing_text(cell)
        if mark is not None:
            return None, "not_applicable" if mark.status == "N" else None
        if cell.isascii() and cell.isalnum() and not has_lost_digits(cell) and not _CODE_LIKE_DIGITS.match(cell):
            return cell, None
        if has_odd_digits(cell):
            return cell.strip(), None
        if is_error_value(cell):
            return None, "error_value"
        lines = [line.strip() for line in cell.strip().splitlines()]
        if len(lines) > 1 and not any(a.endswith("-") or b.startswith("-") for a, b in pairwise(lines)):
            return None, "two_values"
        folded = _bare_code(fold(cell))
        if _CODE_LIKE_DIGITS.match(folded):
            return None, "letter_for_digit"
        if whole := _WHOLE_FLOAT.match(folded):
            return whole[1], "converted"
        if has_lost_digits(folded):
            return None, "digits_lost"
        return folded, "converted" if folded != cell.strip() else None
    if isinstance(cell, bool):
        return str(cell), None
    if isinstance(cell, float):
        if not math.isfinite(cell) or abs(cell) >= 10**SIGNIFICANT:
            return None, "digits_lost"
        return (str(int(cell)) if cell.is_integer() else str(exact(cell))), None
    if isinstance(cell, Decimal) and cell == cell.to_integral_value():  # JSON writes the code 1371 as 1371.0 too
        return (str(int(cell)), None) if abs(cell) < 10**SIGNIFICANT else (None, "digits_lost")
    return plain(cell), None


def _bare_code(folded: str) -> str:
    """A code without what people and programs do to it: marks of a footnote, quotation marks around it, thousands separators, dashes
    for its hyphens."""
    text = _DASHES.sub("-", folded.strip(_FOOTNOTE_MARKS) or folded)
    if quoted := _QUOTED.match(text):
        text = quoted[1]
    return text.replace(",", "") if _GROUPED.match(text) else text


def without_zero_fraction(text: str) -> str:
    """The code 1 as programs write it that know numbers alone: 1.0 in a CSV or JSON is 1; any other text stays as it is."""
    whole = _WHOLE_FLOAT.match(text.strip())
    return whole[1] if whole else text


def plain(cell: Cell) -> str:
    """A cell as the text its sender reads: numbers without a trailing .0, dates in ISO form, nothing for an empty cell."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, Decimal):
        return format(cell, "f") if abs(cell.adjusted()) < 25 else str(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time().isoformat() == "00:00:00" else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
