"""What title, header and notes call the figures: expected, or figures of another kind than the column's (the month's, last year's,
a plan's, a growth, a share), or up to another month. Aliases of a header hold without its brackets, so that 本年累计（当月） was the
year's figure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from pipelines.model.fields import FIELDS
from pipelines.model.forms import field_of
from pipelines.model.header_text import bracket_texts
from pipelines.model.raw import RawSheet, cell_address
from pipelines.model.submissions import Problem

from .headers import DetectedTable
from .numbers import fold

EXPECTED = re.compile(r"预计|预估|(?<!监测)预测(?!预警|分析|平台|系统)|(?:测算|估算|推算|暂估|估计)(?=[数值额)）]|\Z)")
"""Not the name of the system that a table comes from (投资监测预测平台)."""
PLANS = frozenset(("plan_total", "annual_plan", "planned_ytd", "expected_output", "expected_tax", "funds_need"))
"""Amounts that are expected by their nature: 计划总投资（预计）."""
_KINDS = {
    "month": r"(?:仅|只填?)?(?:当月|本月|单月|分月)(?:发生|完成)?",
    "quarter": r"当季|本季度?|单季度?|第?[一二三四1-4]季度",
    "past": r"(?:上年|去年|前年)(?:同期|同月|累计|全年)?|上期|上月|上季度?|同期|基期|往年",
    "plan": r"(?:全年|年度|当年|本年)?(?:计划|目标|任务|预算)(?:投资)?",
    "chain": r"环比(?:增速|增幅|增长率?|增量)?",
    "change": r"(?:同比)?(?:增速|增幅|增长率?|增减率?|增量|增减额?)|同比|新增|[比较]上[年月期](?:增加|增减)?|差额|缺口",
    "share": r"占比|比重|完成率|完成进度|排名|位次|名次",
    "mean": r"人均|亩均|户均|(?:[两二三四五2-5]年)?平均",
    "rest": r"剩余|未完成|尚需|尚缺",
}
_ESTIMATED = r"预计|预估|预测|估计|测算|估算|推算|暂估"
_SUFFIX = r"(?:投资)?(?:数据?|数值|值|额|金额|情况)"
_WHOLE = re.compile(
    rf"(?:[为系按是指]|以)?(?:{'|'.join(f'(?P<{kind}>{words})' for kind, words in _KINDS.items())})(?:{_SUFFIX})?(?:填报|计)?"
)
"""Brackets, or a level of a header, that say nothing but of what kind the figures are."""
_OF_TABLE = (
    r"(?:\A|[。.;,:、)\d])(?:本表|表中|表内|以上|上述|此表|[此本该这](?:行|条|笔|栏))?(?:所[列填报])?(?:各[项行列栏])?"
    r"(?:数据|金额|数字|数|投资额?)?(?:均|都|皆|全部)?[为是系指]"
)
_NOTE = re.compile(rf"{_OF_TABLE}(?:{'|'.join(_KINDS.values())}|{_ESTIMATED}){_SUFFIX}(?=[。.;,)]|\Z)")
"""A note that says so of the table or the row: 本表数据为当月数."""
_NOTE_MONTH = re.compile(
    rf"{_OF_TABLE}(?:截[至止]到?)?(?:(20\d\d)年)?(?:0?1月?[-—–~至到]+)?(\d{{1,2}})月(?:份|底|末)?(?:累计|实际|完成)*{_SUFFIX}(?=[。.;,)]|\Z)"
)
_UP_TO = re.compile(r"截[至止]到?:?(?:(20\d\d)年)?(\d{1,2})月(?:份|底|末|(?:28|29|30|31)日)?")
"""(year, month) of an end that is told in words: 截至5月底."""
_BARE_PERIOD = re.compile(
    r"(?:(20\d\d)年度?)?(?:(?:(\d{1,2})月?[-—–~至到]+)?(\d{1,2})月(?:份|底|末|(?:28|29|30|31)日)?)?(?:止|累计)?(?:数据?)?"
)
_MONTH = re.compile(r"\d{4}-\d{2}")
_LAST = ("last_year", "base", "carried")
_TITLE_LENGTH = 60
_PARTS = re.compile("[、,;/]")
_REMARK = re.compile(r"\W*(?:注|说明|填报|备注|要求)")
_OWN_KINDS = {
    "month": frozenset(("month",)),
    "new_fixed_assets": frozenset(("change",)),
    "funds_need": frozenset(("rest",)),
}


def figure_words(sheet: RawSheet, table: DetectedTable, periods: list[str]) -> list[Problem]:
    """A query where title, header or name of the sheet call the figures expected (预计数), of another kind than their column, or up to
    another month than the table's `periods`: the first one. What a dispatch form says in its title is about plans, which are expected
    (重大项目预计开工情况)."""
    first = None if table.layout.domain == "dispatch" else _said_above(sheet, table, periods)
    first = first or _said_in_headers(sheet, table, periods)
    return [first] if first else []


@lru_cache(maxsize=2_048)
def other_kind(text: str) -> str:
    """The kind of figures that a text names, if it says nothing else: month (当月数), past (上年同期), plan, share …; "" for any other."""
    match = _WHOLE.fullmatch(text)
    return (match.lastgroup or "") if match else ""


def note_of_other_figures(text: str, periods: list[str]) -> bool:
    """Whether a folded note says of the table's figures, or of its row's, that they are expected, of another kind (本表数据为上年数) or
    month (为5月数)."""
    if "数" not in text:
        return False
    month = _NOTE_MONTH.search(text)
    return _NOTE.search(text) is not None or (month is not None and _differs(month[1], month[2], periods))


def other_period(text: str, periods: list[str], years: bool = True) -> bool:
    """Whether brackets hold a period alone that is none of the `periods` (YYYY-MM): 5月底, 截至5月, 4-6月, with `years` also 2021年."""
    if "月" not in text and "年" not in text:
        return False
    if up_to := _UP_TO.match(text):
        return _differs(up_to[1], up_to[2], periods)
    bare = _BARE_PERIOD.fullmatch(text)
    if bare is None or not (bare[3] or (years and bare[1])):
        return False
    if bare[2] is None or int(bare[2]) != 1:
        return bare[2] is not None or _differs(bare[1], bare[3], periods)
    return _differs(bare[1], None, periods)  # the month of a span from January is `header_text.months_named`


def _differs(year: str | None, month: str | None, periods: list[str]) -> bool:
    months = [period for period in periods if _MONTH.fullmatch(period)]
    said = f"-{int(month):02d}" if month else ""
    return bool(months) and not any(p.startswith(year or "") and p.endswith(said) for p in months)


def _said_above(sheet: RawSheet, table: DetectedTable, periods: list[str]) -> Problem | None:
    for at in range(table.top):
        for column, cell in enumerate(sheet.rows[at], sheet.first_column):
            if not isinstance(cell, str) or not cell or len(cell) > _TITLE_LENGTH or _REMARK.match(cell):
                continue
            place = cell_address(sheet.row_numbers[at], column)
            if EXPECTED.search(cell):
                return _asked(sheet, "expected_figures", place, sheet.row_numbers[at], cell)
            text = fold(cell)
            up_to = _UP_TO.search(text)
            if any(_is_other(part, periods) for part in _bracket_parts(text)) or (
                up_to and _differs(up_to[1], up_to[2], periods)
            ):
                return _asked(sheet, "other_figures", place, sheet.row_numbers[at], cell)
    if other_kind(fold(sheet.name)) in ("past", "plan", "share"):
        return _asked(sheet, "other_figures", "", 0, sheet.name)
    return None


def _said_in_headers(sheet: RawSheet, table: DetectedTable, periods: list[str]) -> Problem | None:
    number = sheet.row_numbers[table.bottom]
    for name, header in table.headers.items():
        field = field_of(name)
        if FIELDS[field].type not in ("amount", "rate") or not (said := _said(header)):
            continue
        expected = field not in PLANS and EXPECTED.search("".join(said))
        if expected or _contradicted(said, field, periods):
            place = cell_address(number, table.columns[name] + sheet.first_column) if number else ""
            return _asked(sheet, "expected_figures" if expected else "other_figures", place, number, header)
    return _said_under_headers(sheet, table, periods)


def _said_under_headers(sheet: RawSheet, table: DetectedTable, periods: list[str]) -> Problem | None:
    """A line of words between header and rows (当月 under 本年累计), which no header has as its level."""
    at = table.end + 1
    under = sheet.rows[at] if at < len(sheet.rows) else ()
    for name, column in table.columns.items():
        cell, field = under[column] if column < len(under) else None, field_of(name)
        if not isinstance(cell, str) or not cell or FIELDS[field].type not in ("amount", "rate"):
            continue
        if _contradicted((fold(cell),), field, periods):
            place = cell_address(sheet.row_numbers[at], column + sheet.first_column)
            return _asked(sheet, "other_figures", place, sheet.row_numbers[at], cell)
    return None


def _contradicted(said: Iterable[str], field: str, periods: list[str]) -> bool:
    """Whether one of the texts beside a column calls its figures another kind, or those of another period, than the field's."""
    own = _kinds_of(field)
    return any(
        ((kind := other_kind(text)) and kind not in own) or ("past" not in own and other_period(text, periods))
        for text in said
    )


@lru_cache(maxsize=2_048)
def _said(header: str) -> tuple[str, ...]:
    """What a header says beside its name: the parts of its brackets, and the levels above its last."""
    levels = tuple(fold(level) for level in header.split("|")[:-1])
    return (*_bracket_parts(header), *levels)


def _bracket_parts(text: str) -> tuple[str, ...]:
    return tuple(part for inside in bracket_texts(text) for part in _PARTS.split(inside))


def _is_other(text: str, periods: list[str]) -> bool:
    return other_kind(text) != "" or other_period(text, periods, years=False)


def _kinds_of(field: str) -> frozenset[str]:
    """The kinds that a field is of itself."""
    if any(word in field for word in _LAST):
        return frozenset(("past",))
    if field in PLANS or field.startswith("plan_"):
        return frozenset(("plan", "rest"))
    return frozenset(("change",)) if FIELDS[field].type == "rate" else _OWN_KINDS.get(field, frozenset())


def _asked(sheet: RawSheet, kind: str, cell: str, row: int, text: str) -> Problem:
    said = "".join(text.split())[:100]
    params = {"kind": kind, "severity": "query", "said": said}
    return Problem("A03", sheet.label, cell if row else "", row or None, value=said, params=params)
