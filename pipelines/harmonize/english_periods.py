"""Reporting periods as English texts write them: June 2024, Jan–Jun 2024, January to June 2024, Q2 2024, second quarter of 2024, 6/2024.
A day in front or behind (15 June 2024, June 15, 2024) makes it a date, which is no period."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pipelines.model.periods import Period

_NAMES = (
    "january|jan",
    "february|feb",
    "march|mar",
    "april|apr",
    "may",
    "june|jun",
    "july|jul",
    "august|aug",
    "september|sept|sep",
    "october|oct",
    "november|nov",
    "december|dec",
)
_MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split("|")}
_MONTH = rf"(?:{'|'.join(_NAMES)})"
_YEAR = r"(?P<year>(?:19|20)\d{2})(?!\d)"
_TO = r" ?(?:-|–|—|to|through|thru|until) ?"
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_FORMS = (
    re.compile(
        rf"(?<![a-z])(?:january|jan)\.?(?: (?:19|20)\d{{2}})?{_TO}(?P<month>{_MONTH})\.?,? ?(?:of )?{_YEAR}", re.ASCII
    ),
    re.compile(
        rf"(?<![a-z])(?<!\d )(?<!\d\d)(?:(?<!st )(?<!nd )(?<!rd )(?<!th ))(?P<month>{_MONTH})\.?,? ?(?:of )?{_YEAR}",
        re.ASCII,
    ),
    re.compile(rf"(?<!\d){_YEAR},? (?P<month>{_MONTH})(?![a-z])(?! ?\d)", re.ASCII),
    re.compile(rf"(?<![a-z])(?:q1{_TO})?q(?P<quarter>[1-4]) ?[,/-]? ?{_YEAR}", re.ASCII),
    re.compile(rf"(?<!\d){_YEAR} ?[,/-]? ?q(?P<quarter>[1-4])(?![\da-z])", re.ASCII),
    re.compile(rf"(?<![\da-z])(?P<quarter>[1-4])q ?{_YEAR}", re.ASCII),
    re.compile(rf"(?<![a-z])(?P<ordinal>{'|'.join(_ORDINALS)}) quarter,? ?(?:of )?{_YEAR}", re.ASCII),
    re.compile(rf"(?<![a-z])quarter (?P<quarter>[1-4]),? ?(?:of )?{_YEAR}", re.ASCII),
    re.compile(rf"(?<![a-z])(?:(?P<half>first) half|h(?P<half_number>1)),? ?(?:of )?{_YEAR}", re.ASCII),
    re.compile(rf"(?<![\d/])(?P<number>0?[1-9]|1[0-2])/{_YEAR}(?!/)", re.ASCII),
)


def english_periods(text: str) -> tuple[Period, ...]:
    """Months that close what a text names, in order of appearance, each once: of a span or a quarter its last month. Not the same month
    of the year before (January–June 2024 compared with January–June 2023)."""
    named = dict.fromkeys(period for _, period in sorted(_found(_spaced(text))))
    return tuple(period for period in named if Period(period.year + 1, period.month) not in named)


def is_english_period(text: str) -> bool:
    """Whether the text is a period and nothing else: what a cell of a period column holds."""
    spaced = _spaced(text)
    return any(pattern.fullmatch(spaced) for pattern in _FORMS)


def _spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _found(text: str) -> Iterator[tuple[int, Period]]:
    for pattern in _FORMS:
        for match in pattern.finditer(text):
            yield match.start(), Period(int(match["year"]), _last_month(match.groupdict()))
        text = pattern.sub(lambda match: "\0" * len(match[0]), text)


def _last_month(said: dict[str, str | None]) -> int:
    if month := said.get("month"):
        return _MONTHS[month]
    if quarter := said.get("quarter"):
        return 3 * int(quarter)
    if ordinal := said.get("ordinal"):
        return 3 * _ORDINALS[ordinal]
    return int(said["number"] or 0) if said.get("number") else 6
