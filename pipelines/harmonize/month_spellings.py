"""Months as titles also write them, looked for where no cell has one of the usual spellings: 2022年海宁市1-6月, 22年6月, 2022/6,
截至2022年6月30日."""

from __future__ import annotations

import re
from calendar import monthrange

from pipelines.model.periods import Period

_APART = re.compile(
    r"(?<!\d)(20\d\d)年度?(?![^\d年月]*(?:上年|去年|同期|结转|修订|印发|制定))[^\d年月,.;:。、()]{1,16}(?:0?1月?(?:-|—|–|~|至|到)+)?(\d{1,2})月(?!\d|[上中下]旬)"
)
"""The name of the sender stands between year and month: 2022年海宁市1-6月份制造业投资完成情况."""
_SHORT_YEAR = re.compile(r"(?<!\d)(2\d)年(?:0?1月?(?:-|—|–|~|至|到)+)?(\d{1,2})月(?!\d|[上中下]旬)")
_NUMERIC = re.compile(r"(?<![\d./-])(20\d\d)[-./]([1-9])(?![\d./年月日-])")
_UP_TO = re.compile(r"(?:截[至止]到?:?|(?<!\d)(?:20\d\d年)?1月1日(?:-|—|–|~|至|到)+)(20\d\d)年(\d{1,2})月(\d{1,2})日")
_FROM_JANUARY = re.compile(r"(?<!\d)(20\d\d)年1月1日(?:-|—|–|~|至|到)+(\d{1,2})月(\d{1,2})日")


_DAY = re.compile(r"20\d\d年\d{1,2}月\d{1,2}[日号]|20\d\d([-./])\d{1,2}\1\d{1,2}")


def further_months(text: str) -> list[Period]:
    """Months of the first spelling that a folded title has, in order: a last day of a month on which it ends (any other day closes
    none), year and month apart, two digits of a year, numbers alone."""
    ends = [(int(y), int(m), int(d)) for pattern in (_UP_TO, _FROM_JANUARY) for y, m, d in pattern.findall(text)]
    found = [(year, month) for year, month, day in ends if _is_month(month) and day == monthrange(year, month)[1]]
    bare = _DAY.sub("", text)
    for pattern in (_APART, _SHORT_YEAR, _NUMERIC):
        found = found or [(int(year), int(month)) for year, month in pattern.findall(bare) if _is_month(int(month))]
    return [Period(year + 2000 if year < 100 else year, month) for year, month in found]


def _is_month(number: int) -> bool:
    return 1 <= number <= 12
