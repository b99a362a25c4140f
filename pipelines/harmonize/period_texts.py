"""One period from one text, as somebody declared it or wrote it into a cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from pipelines.model.header_text import plain_dashes
from pipelines.model.periods import CUMULATIVE, Period, PeriodKind
from pipelines.model.raw import Cell

from .dates import Day, as_quarters, find_periods, parse_day
from .english_periods import english_periods, is_english_period
from .month_spellings import further_months
from .numbers import fold

REPORT_DATE = re.compile(r"(?:填报|报出|报送|上报|制表|打印|填表|印发|编制|发布)(?:日期|时间):?\S*")
_LABEL = re.compile(
    r"(?:(?:填报|报送|综合|上报|计量|金额)?单位(?:名称)?|报告期|报告时期|所属期|报表时间)(?:\([^()]*\))?:?|.{1,10}(?:日期|时间|电话|负责人|人|号|机关):"
)
_MONTH_ALONE = re.compile(r"(?:(?:报告期|报告时期|所属期|报表时间):)?\(?(?:0?1月?[-—–~至到])?(\d{1,2})月份?\)?")
_YEAR_ALONE = re.compile(r"(?<!\d)(20\d{2})年(?!\d)")
_OF_THE_FORM = re.compile(r"文号|有效期|印发|制定|批准|上年|去年|同期")
ISSUED = re.compile(
    r"(?:印发|填报|报送|上报|制表|编制|打印|发布|制定|修订|批准)于?:?\d{4}年\d{1,2}月(?:\d{1,2}日)?"
    r"|\d{4}(?:年\d{1,2}月(?:\d{1,2}日)?|[-./]\d{1,2}(?:[-./]\d{1,2})?)(?:印发|填报|报送|上报|制表|编制|打印|发布|制定|修订|批准)"
)
"""When a table was made, in words around the date: 2022年7月制表."""


def english_periods_of(text: str, kind: PeriodKind) -> tuple[Period, ...]:
    """Periods of the kind that an English text names: its months, or the quarters that they close."""
    months = english_periods(text)
    return as_quarters(months) if kind == "quarter" else months if kind == "month" else ()


def texts_of_title(row: Sequence[Cell]) -> list[str]:
    """The cells of a row above a table as texts. A spreadsheet makes the first of June of 2022年6月 that somebody types; not so in a row
    that says it is about the date of something (填报日期). Other dates and numbers say nothing there. A label and what it names are one
    text where they stand in two cells (单位: | 万元)."""
    dated = any(isinstance(cell, str) and ("日期" in cell or "填报时间" in cell) for cell in row)
    texts: list[str] = []
    label = ""
    for cell in row:
        text = cell if isinstance(cell, str) else ""
        if isinstance(cell, date) and cell.day == 1 and not dated:
            text = f"{cell.year}年{cell.month}月"
        if not text.strip():
            continue
        opens = _LABEL.fullmatch(fold(text)) is not None
        if label and not opens and ":" not in fold(text):
            texts[-1] = f"{label}{text}"
        else:
            texts.append(text)
        label = f"{fold(text).removesuffix(':')}:" if opens else ""
    return texts


def month_of_title(texts: Sequence[str]) -> Period | None:
    """The month of a title that has none of the usual spellings: in two cells, or as `month_spellings` knows. None where the cells name
    several."""
    folded = [ISSUED.sub("", REPORT_DATE.sub("", plain_dashes(fold(text)))) for text in texts]
    if (said := _year_and_month(folded)) is not None:
        return said
    months = {month for text in folded if not _OF_THE_FORM.search(text) for month in further_months(text)}
    return months.pop() if len(months) == 1 else None


def _year_and_month(folded: Sequence[str]) -> Period | None:
    """The month that a title names in two places: the year alone (海宁市2022年…月报), and the month or span from January alone in a cell
    (1-6月), also behind 报告期:. None where either is named otherwise or twice."""
    months = {int(match[1]) for text in folded if (match := _MONTH_ALONE.fullmatch(text))}
    years = {int(year) for text in folded if not _OF_THE_FORM.search(text) for year in _YEAR_ALONE.findall(text)}
    if len(months) != 1 or len(years) != 1 or not 1 <= min(months) <= 12:
        return None
    return Period(years.pop(), months.pop())


def period_text(text: str, kind: PeriodKind = "month") -> str | None:
    """The period of the kind as `periods.SPELLINGS` write it, of any spelling (of a month also a span that starts in January); None
    where the text names none, or one of another kind."""
    try:
        period = Period.parse(text)
        if period.kind == kind:
            return str(period)
    except ValueError:
        pass
    day = parse_day(text)
    if isinstance(day, Day) and (kind == "month" or (kind == "event" and day.has_day)):
        return str(Period.of_day(day.value, kind))
    english = kind in CUMULATIVE and is_english_period(text)
    periods = english_periods_of(text, kind) if english else find_periods(text, kind)
    return str(periods[0]) if len(periods) == 1 else None
