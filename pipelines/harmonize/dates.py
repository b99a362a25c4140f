"""Months and dates in all spellings of domain.md §5, and the periods of titles. Ordered parsers, no guessing: 202206 is a
month before it is a serial number; the number 2022.1 is nothing, since Excel writes 2022.10 the same way."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from pipelines.model.header_text import plain_dashes
from pipelines.model.periods import Period, PeriodKind
from pipelines.model.raw import Cell
from pipelines.model.submissions import NoteCode

from .chinese_numerals import chinese_numerals
from .numbers import BLANK, Missing, fold, is_error_value, missing_mark

_LONGEST = 40
_EPOCH = date(1899, 12, 30)
_SERIALS = range(14_611, 73_051)
"""1940-01-01 … 2099-12-31 as days of the 1900 system."""
_UNIX = date(1970, 1, 1)
_DAY_MS = 86_400_000
_TIMESTAMPS = (631_152_000_000, 2_840_140_800_000)
"""1990-01-01 … 2059-12-31 in milliseconds."""
_DAYS_1904 = 1_462
_PLANNED = re.compile(r"^(拟|计划|预计|预期|拟于|计划于|预计于)(于|在)?")
_AMBIGUOUS = re.compile(r"(?:\d{2}|\d{4})\.1\Z", re.ASCII)
"""2021.1 as text: a CSV holds it for 2021.10 too, since Excel drops the zero of the number."""
_THREE = re.compile(r"(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})\Z", re.ASCII)
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_TWO = re.compile(r"(\d{2})[-./](\d{1,2})\Z", re.ASCII)
_YEARS = range(1980, 2060)
"""Years a return can mean: a reading outside is none, so that 22-06-15 keeps no reading of 1915."""
_Y = r"(?P<y>(?:19|20)\d{2})"
_FORMS: tuple[tuple[re.Pattern[str], bool], ...] = (
    (re.compile(rf"{_Y}-(?P<m>\d{{2}})\Z", re.ASCII), False),
    (
        re.compile(
            rf"{_Y}年(?P<m>\d{{1,2}})月?份?(?:(?P<d>\d{{1,2}})(?:[日号](?:\d{{1,2}}:\d{{2}}(?::\d{{2}})?)?)?|[初中底末]|[上中下]旬)?\Z",
            re.ASCII,
        ),
        False,
    ),
    (
        re.compile(
            rf"{_Y}[-./](?P<m>\d{{1,2}})(?:[-./](?P<d>\d{{1,2}}))?(?:T?\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d{{1,9}})?)?|T?00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{{2}}:?\d{{2}}))?\Z",
            re.ASCII,
        ),
        False,
    ),
    (re.compile(rf"{_Y}[-./](?P<m>\d{{1,2}})月\Z", re.ASCII), False),
    (re.compile(rf"{_Y}(?P<m>\d{{2}})(?P<d>\d{{2}})?(?:\.0+)?\Z", re.ASCII), False),
    (re.compile(r"(?P<y>\d{2})[-./年](?P<m>\d{1,2})月?(?:[-./]?(?P<d>\d{1,2})日?)?\Z", re.ASCII), True),
)
"""(pattern over folded text, whether the reading is a conversion worth a note: two-digit years). A zone is read with midnight alone:
2021-10-31T16:00Z is the first of November for who wrote it in China."""


@dataclass(frozen=True, slots=True)
class Day:
    """A date read from a cell; `has_day` is false where only the month was given. `notes`: converted, planned_date."""

    value: date
    has_day: bool = True
    notes: tuple[NoteCode, ...] = ()

    @property
    def month(self) -> str:
        return f"{self.value.year:04d}-{self.value.month:02d}"


@dataclass(frozen=True, slots=True)
class Readings:
    """The days a text may mean where it may mean several; the first of a month where no day is given."""

    days: tuple[date, ...]
    whole: bool

    def with_readings(self, text: str) -> str:
        """The text with its readings, as a message shows it."""
        shown = dict.fromkeys(day.isoformat() if self.whole else day.isoformat()[:7] for day in self.days)
        return f"{text}({' / '.join(shown)})"


def parse_day(
    cell: Cell, epoch_1904: bool = False, zeros_kept: bool = False, whole: bool = False
) -> Day | Readings | Missing | NoteCode:
    """A cell as month or date, as missing, as its readings where there are several, or not_a_date. `zeros_kept`: the text
    2021.1 is known not to be October. `whole`: the day matters, not the month alone."""
    if cell is None:
        return BLANK
    if isinstance(cell, datetime):
        return _within(cell.date())
    if isinstance(cell, date):
        return _within(cell)
    if isinstance(cell, bool):
        return "not_a_date"
    if isinstance(cell, int | float | Decimal):
        return _from_number(cell, epoch_1904)
    if not isinstance(cell, str):
        return "not_a_date"
    if len(cell) > _LONGEST:
        return BLANK if cell.isspace() else "not_a_date"
    return _from_text(cell, epoch_1904, zeros_kept, whole)


def _within(day: date, has_day: bool = True, notes: tuple[NoteCode, ...] = ()) -> Day | NoteCode:
    return Day(day, has_day, notes) if 1900 < day.year < 2100 else "not_a_date"


def _from_number(number: int | float | Decimal, epoch_1904: bool, text: bool = False) -> Day | Readings | NoteCode:
    if _is_timestamp(number) and not text:
        return _within(_UNIX + timedelta(milliseconds=int(number)), notes=("converted",))
    if not math.isfinite(number) or not -1e8 < float(number) < 1e8 or number != int(number):
        return "not_a_date"
    whole = int(number)
    if 190_001 <= whole <= 209_912 or 19_000_101 <= whole <= 20_991_231:
        return _from_parts(str(whole)[:4], str(whole)[4:6], str(whole)[6:] or None)
    if not text and epoch_1904:
        whole += _DAYS_1904
    if whole in _SERIALS:
        year, month = divmod(int(number), 10)
        if year in _YEARS and not month:
            return "not_a_date"
        if year in _YEARS:  # 20223: the 13th of May 1955 of a spreadsheet, or March 2022 of a clerk
            return Readings((_EPOCH + timedelta(days=whole), date(year, month, 1)), whole=False)
        return Day(_EPOCH + timedelta(days=whole), notes=("converted",))
    return "not_a_date"


def _is_timestamp(number: int | float | Decimal) -> bool:
    """Milliseconds since 1970 of a midnight, as data frames write a date to JSON: 1633046400000 is 2021-10-01. Before 1990 they have
    fewer digits and might be something else."""
    return _TIMESTAMPS[0] <= number < _TIMESTAMPS[1] and number % _DAY_MS == 0


def _full_year(digits: str) -> int:
    number = int(digits)
    return number if len(digits) > 2 else number + (2000 if number < 50 else 1900)


def _days(text: str) -> tuple[date, ...]:
    """The days that numbers without a four-digit year in front may mean: year, month, day in the orders people write them
    (22-06-15, 6/15/22, 15/06/2022, 22.6); empty for any other text."""
    found = []
    if (three := _THREE.match(text)) and len(three[1]) < 3 and len(three[3]) in (2, 4):
        first, second, third = three.groups()
        orders = [(third, first, second), (third, second, first)]
        if len(first) == 2 and len(third) == 2:
            orders.insert(0, (first, second, third))
    elif two := _TWO.match(text):
        orders = [(two[1], two[2], "1"), (two[2], two[1], "1")] if len(two[2]) == 2 else [(two[1], two[2], "1")]
    else:
        return ()
    for year, month, day in orders:
        with contextlib.suppress(ValueError):
            found.append(date(_full_year(year), int(month), int(day)))
    return tuple(dict.fromkeys(day for day in found if day.year in _YEARS))


def _from_parts(year: str, month: str, day: str | None, notes: tuple[NoteCode, ...] = ()) -> Day | NoteCode:
    try:
        return _within(date(_full_year(year), int(month), int(day or 1)), bool(day), notes)
    except ValueError:
        return "not_a_date"


@lru_cache(maxsize=8_192)  # the files of a month name the same months
def _from_text(text: str, epoch_1904: bool, zeros_kept: bool, whole: bool) -> Day | Readings | Missing | NoteCode:
    mark = missing_mark(text)
    if mark is not None:
        return mark
    if is_error_value(text):
        return "error_value"
    folded = _DASHES.sub("-", fold(text))
    notes: tuple[NoteCode, ...] = () if folded == text.strip().replace(" ", "") else ("converted",)
    if planned := _PLANNED.match(folded):
        folded = folded[planned.end() :]
        notes = (*notes, "planned_date")
    if not zeros_kept and _AMBIGUOUS.match(folded):
        year = _full_year(folded[:-2])
        return Readings((date(year, 1, 1), date(year, 10, 1)), whole=False)
    western = chinese_numerals(folded)
    if western != folded:
        notes = (*notes, "converted")
    days = _days(western)
    if len({day if whole else (day.year, day.month) for day in days}) > 1:
        return Readings(days, whole)
    if days and (three := _THREE.match(western)) and len(three[3]) == 4:
        return Day(days[0], notes=notes or ("converted",))
    for pattern, conversion in _FORMS:
        if match := pattern.match(western):
            extra: tuple[NoteCode, ...] = ("converted",) if conversion and "converted" not in notes else ()
            return _from_parts(
                match["y"], match["m"], match["d"] if "d" in match.re.groupindex else None, (*notes, *extra)
            )
    if western.isascii() and western.isdigit() and len(western) == 5:
        return _from_number(int(western), epoch_1904)
    return "not_a_date"


_DAY_OF_TEXT = re.compile(
    r"\d{4}年\d{1,2}月(?:(?:\d{1,2}|[一二三四五六七八九十廿卅]{1,3})[日号]|[上中下]旬)|\d{4}([-./])\d{1,2}\1\d{1,2}"
)
_PERIODS: tuple[re.Pattern[str], ...] = (
    re.compile(r"(?<!\d)(\d{4})年?(?:度)?[(]?(?:0?1|一)月?(?:-|—|–|~|至|到)+(?:\1年)?(\d{1,2})月"),
    re.compile(r"(?<!\d)(20\d{2})01(?:-|—|–|~|至|到)+\1(0[1-9]|1[0-2])(?!\d)"),
    re.compile(r"(?<!\d)(\d{4})[-.](?:0?1)(?:-|—|–|~|至|到)+(?:\d{4}[-.])?(\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(\d{4})年(\d{1,2})月"),
    re.compile(r"(?<!\d)(20\d{2})[-./](\d{1,2})月"),
    re.compile(r"(?<!\d)(\d{4})-(\d{2})(?![\d-])"),
    re.compile(r"(?<!\d)(20\d{2})[./](0[1-9]|1[0-2])(?![\d./])"),
    re.compile(r"(?<!\d)(20\d{2})(0[1-9]|1[0-2])(?!\d)"),
)
_PARTS_OF_YEAR = (
    (re.compile(r"(\d{4})年(?:度)?(?:上半年|半年度)"), 6),
    (re.compile(r"(\d{4})年(?:度)?全年"), 12),
    (re.compile(r"(\d{4})年(?:度)?前?三季度"), 9),
    (re.compile(r"(\d{4})年(?:度)?(?:第?一季度)"), 3),
)
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_OTHER_PERIODS: dict[PeriodKind, tuple[re.Pattern[str], ...]] = {
    "quarter": (
        re.compile(r"(?<!\d)(\d{4})年?(?:度)?[前第]?([一二三四1-4])(?:个)?季度?"),
        re.compile(r"(?<!\d)(\d{4})-?q([1-4])(?!\d)", re.IGNORECASE),
    ),
    "week": (
        re.compile(r"(?<!\d)(\d{4})年?(?:度)?第?(\d{1,2})周"),
        re.compile(r"(?<!\d)(\d{4})-?w(\d{2})(?!\d)", re.IGNORECASE),
    ),
    "event": (
        re.compile(r"(?<!\d)(\d{4})年(\d{1,2})月(\d{1,2})日"),
        re.compile(r"(?<!\d)(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?!\d)"),
    ),
    "year": (re.compile(r"(?<!\d)((?:19|20)\d{2})(?=年|\Z|[^\d./-])"),),
}


@lru_cache(maxsize=1_024)
def find_periods(text: str, kind: PeriodKind = "month") -> tuple[Period, ...]:
    """Reporting periods of the kind that a title names, in order of appearance, each once."""
    if kind == "month":
        return _find_months(text)
    folded = chinese_numerals(fold(text))
    found: list[tuple[int, Period]] = []
    for pattern in _OTHER_PERIODS[kind]:
        for match in pattern.finditer(folded):
            with contextlib.suppress(ValueError):
                found.append((match.start(), _period(kind, match)))
    named = tuple(dict.fromkeys(period for _, period in sorted(found)))
    return named or (as_quarters(_find_months(text)) if kind == "quarter" else ())


def as_quarters(months: Iterable[Period]) -> tuple[Period, ...]:
    """The quarters that these months close (1-6月 → the second); months inside a quarter close none."""
    closing = (Period(month.year, month.month, kind="quarter") for month in months if month.month % 3 == 0)
    return tuple(dict.fromkeys(closing))


def _period(kind: PeriodKind, match: re.Match[str]) -> Period:
    year = int(match[1])
    if kind == "quarter":
        return Period(year, 3 * _QUARTERS[match[2]], kind=kind)
    if kind == "week":
        return Period.parse(f"{year:04d}-W{int(match[2]):02d}")
    return (
        Period(year, 12, kind=kind) if kind == "year" else Period.of_day(date(year, int(match[2]), int(match[3])), kind)
    )


def _find_months(text: str) -> tuple[Period, ...]:
    """Months a title names, in order of appearance, each once; dates with a day (报出日期) are none, nor is the same
    month of the year before (2022年1-6月与2021年1-6月比较)."""
    folded = chinese_numerals(plain_dashes(fold(text)))
    folded = _DAY_OF_TEXT.sub("", folded)
    found: list[tuple[int, Period]] = []
    for pattern in _PERIODS:
        for match in pattern.finditer(folded):
            year, month = int(match[1]), int(match[2])
            if 1 <= month <= 12:
                found.append((match.start(), Period(year, month)))
        folded = pattern.sub(lambda match: " " * len(match[0]), folded)
    for pattern, last in _PARTS_OF_YEAR:
        found.extend((match.start(), Period(int(match[1]), last)) for match in pattern.finditer(folded))
    named = dict.fromkeys(period for _, period in sorted(found))
    return tuple(p for p in named if Period(p.year + 1, p.month) not in named)
