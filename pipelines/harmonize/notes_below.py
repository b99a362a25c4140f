"""What a sheet says in words about its figures, beside title and header: a note below the table, the head of a section in it, the remark of
a row, a text box, the head of a printed page or the name of the sheet that name another unit of amount, month or sender, or call figures
expected or not counted; and a title that a labelled entry beside it (报告期:…, 填报单位:…) outweighs.
The table is read as title and header say; its sender is asked (A03)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pipelines.model.forms import FormLayout
from pipelines.model.programme import Programme
from pipelines.model.raw import RawSheet, cell_address
from pipelines.model.submissions import Problem, RowClass

from .dates import find_periods
from .declared import amount_unit, find_unit
from .figure_words import EXPECTED, note_of_other_figures
from .further_tables import Known, rows_below
from .headers import DetectedTable
from .indicator_words import indicator_words
from .numbers import fold
from .period_texts import ISSUED, REPORT_DATE
from .rows import RowClasses

_AMOUNT = re.compile(r"单位(?:均|都|一律)?(?:[:：]|为|是)((?:人民币)?[十百千万亿]*元)(?![/／\u4e00-\u9fff])")
_SPOKEN_AMOUNT = re.compile(
    r"(?:金额|数据|数字|投资额)(?:单位)?(?:均|都|一律)?(?:以|按)((?:人民币)?[十百千万亿]*元)(?:为单位|计)"
)
_ROW_AMOUNT = re.compile(
    r"(?:[此本该这](?:行|条|笔|栏|项目?)|以上|上述)(?:各项)?(?:单位|金额|数据|数字|投资额?|数){0,2}(?:均|都|一律)?(?:[为是:]|[以按用])"
    r"((?:人民币)?[十百千万亿]*元)(?:为单位|填报|填列|填写|填|计|报送|上报)?(?![\u4e00-\u9fff])"
    r"|[以按]((?:人民币)?[十百千万亿]*元)(?:为单位|填报|填列|填写|报送|上报)"
)
"""A remark that gives the figures of its row another unit: 本行单位为元, 按元填报."""
_ROW_EXPECTED = re.compile(
    r"(?:[此本该这](?:行|条|笔|栏|项目?|月)|以上|上述|数据|金额|投资额?)(?:数据|金额|数)?(?:均|都)?[为是系](?:预计|预估|估计|估算|暂估|预测|上月|上期)数?(?![\u4e00-\u9fff])"
)
_MONTH = re.compile(
    r"(?:以上|上述|本表|表中|上表)(?:(?!上年|去年|同期|基数|[自从由]20)[^。;,]){0,12}?"
    r"(20\d\d年(?:(?!入库|开工|竣工|[起底末])[^。;,]){0,12}?月)(?!底|末|起|以来)(?:(?!入库|开工|竣工)[^。;,]){0,6}(?:数|累计|报表|发生)"
    r"|报告期:([^:]+)"
)
"""A month that the note gives to the figures: not that of the year before (以上上年同期为2021年…), a beginning (自2022年1月起) or an
event of projects (2021年12月入库)."""
_UNIT = re.compile(r"(?:填报|报送|上报)单位[:：]([^:：]+)")
_NOT_COUNTED = re.compile(
    r"作废|(?:以下|下列|上述|以上|本表|此表).{0,8}?(?:不计入?|不纳入|不统计|不上报|未入库|删除|剔除|取消|(?:上月|上期|上年|去年)(?!结转|续建))"
)
"""Rows under such a head, or a table under such a mark, are none of the return's."""
_SECTION_UNIT = re.compile(
    r"(?:\(?[一二三四五六七八九十\d]+\)?[、.]?)?((?!.*(?:开发|经开|[港园新]区|高新)).{2,8}[市县区])[:：]?"
)
"""The name of a county alone; townships and zones are parts of one."""
_TITLE = re.compile(
    r"\A(?!.*(?:有效期|文号|截[至止]|上年|去年|同期|[自从]20)).*?"
    r"(20\d\d年.{0,8}?月)(?!\d)(?!.{0,4}(?:日|印|前|底|末)).{0,24}?(?:表|月报|情况|一览|明细|汇总|统计)"
)
"""A title of another table: not how long a form is valid, nor the year before."""
_ONLY_A_MONTH = re.compile(r"(20\d\d年(?:0?1[-—至到~])?\d{1,2}月)(?:份|累计|数据|数|报表)*[:：]?")
_SHEET = re.compile(
    r"(?:(20\d\d)[年.-]?)?(?:0?1月?[-—至到~])?(0?[1-9]|1[0-2])月(?:份|累计|报表|数据|数)*|(20\d\d)[.-]?(0[1-9]|1[0-2])"
)
"""A sheet called after a month: 5月, 1-5月, 2022年5月, 202205."""
_CLASSES: tuple[RowClass, ...] = ("footer", "title")
_PLACES = {
    "below": {"where": "表下", "where_en": "below the table"},
    "section": {"where": "表内", "where_en": "inside the table"},
    "box": {"where": "文本框里", "where_en": "in a text box"},
    "page": {"where": "页眉页脚里", "where_en": "at the head or foot of the page"},
    "title": {"where": "标题里", "where_en": "in the title"},
    "sheet": {"where": "工作表名里", "where_en": "in the name of the sheet"},
    "row": {"where": "该行的说明里", "where_en": "in the remark of the row"},
}
_TITLE_LENGTH = 60


def notes_below(
    sheet: RawSheet, table: DetectedTable, classes: RowClasses, programme: Programme, known: Known
) -> list[Problem]:
    """A query where rows below the table, or remarks of its rows, say another unit of amount, period or sender than title and header:
    the first one."""
    if words := indicator_words(sheet, table, classes, known):
        return words
    for where, number, column, text in _texts(sheet, table, classes):
        first = _contradicted(where, text, table.layout, programme, known)
        if first:
            params = {"kind": "note_differs", "first": first, **_PLACES[where]}
            return [_asked(sheet, number, column, text, params)]
        if (
            where not in ("below", "title")
            and table.layout.domain != "dispatch"
            and EXPECTED.search(text)
            and len(text) <= _TITLE_LENGTH
        ):
            return [_asked(sheet, number, column, text, {"kind": "expected_figures"})]
        if table.layout.domain != "dispatch" and note_of_other_figures(text, known[1]):
            return [_asked(sheet, number, column, text, {"kind": "other_figures"})]
        if where not in ("below", "title") and _NOT_COUNTED.search(text) and len(text) <= _TITLE_LENGTH:
            return [_asked(sheet, number, column, text, {"kind": "not_counted", **_PLACES[where]})]
    return _remarks(sheet, table, classes, known)


def _remarks(sheet: RawSheet, table: DetectedTable, classes: RowClasses, known: Known) -> list[Problem]:
    """The first remark of a row that gives its figures another unit of amount than title and header, or calls them expected or of
    another kind."""
    at, amounts = table.columns.get("explanation"), known[2]
    for i in classes.data if at is not None else ():
        row = sheet.rows[i]
        if at is None or at >= len(row) or not isinstance(cell := row[at], str) or not cell:
            continue
        text, place = fold(cell), (sheet.row_numbers[i], at + sheet.first_column)
        spoken = _ROW_AMOUNT.search(text) or _AMOUNT.search(text) or _SPOKEN_AMOUNT.search(text)
        said = amount_unit(next(filter(None, spoken.groups())), table.layout, whole=True) if spoken else None
        if said and amounts and said not in amounts:
            return [
                _asked(sheet, *place, text, {"kind": "note_differs", "first": "、".join(amounts), **_PLACES["row"]})
            ]
        if table.layout.domain != "dispatch" and _ROW_EXPECTED.search(text):
            return [_asked(sheet, *place, text, {"kind": "expected_figures"})]
        if table.layout.domain != "dispatch" and note_of_other_figures(text, known[1]):
            return [_asked(sheet, *place, text, {"kind": "other_figures"})]
    return []


def _contradicted(where: str, text: str, layout: FormLayout, programme: Programme, known: Known) -> str:
    """What title and header say where a text says otherwise; "" where it does not."""
    units, periods, amounts = known
    if where in ("title", "sheet"):
        return _titled_otherwise(where, text, layout, programme, known)
    amount = _AMOUNT.search(text) or _SPOKEN_AMOUNT.search(text)
    said = amount_unit(amount[1], layout, whole=True) if amount else None
    if said and amounts and said not in amounts:
        return "、".join(amounts)
    months = _periods(where, text, layout)
    if months and periods and not set(months) & set(periods):
        return "、".join(periods)
    named = _UNIT.search(text) or (_SECTION_UNIT.fullmatch(text) if where == "section" else None)
    sender = find_unit(named[1], programme.roster, programme.city_zh) if named and layout.covers != "children" else None
    return _names(units, programme) if sender and units and sender not in units else ""


def _names(units: Sequence[str], programme: Programme) -> str:
    return "、".join([unit.name for code in units if (unit := programme.roster.get(code)) is not None] or units)


def _titled_otherwise(where: str, text: str, layout: FormLayout, programme: Programme, known: Known) -> str:
    """What the labelled entries say, where the title is another month's or unit's, or the sheet is called after another month: one of
    the two was left from before. Who stands above the sender may stand over its table."""
    units, periods, _ = known
    if where == "sheet":
        named = _SHEET.fullmatch(text) if layout.period_kind == "month" else None
        year, month = (named[1] or named[3] or "", f"-{int(named[2] or named[4]):02d}") if named else ("", "")
        return "、".join(periods) if named and periods and f"{year}{month}" not in _of_year(periods, year) else ""
    months = _periods(where, text, layout)
    if months and periods and not set(months) & set(periods):
        return "、".join(periods)
    unit = find_unit(text, programme.roster, programme.city_zh) if months and layout.covers == "own" else None
    if unit is None or not units or any(programme.roster.may_stand_for(unit, code) for code in units):
        return ""
    return _names(units, programme)


def _of_year(periods: Sequence[str], year: str) -> list[str]:
    """Months as the name of a sheet says them, with its year or without any."""
    return [period if year else period[4:] for period in periods]


def _texts(sheet: RawSheet, table: DetectedTable, classes: RowClasses) -> Iterator[tuple[str, int, int, str]]:
    """(where, row, column, folded text) of the texts below and inside the table that are none of its rows, and outside cells (row 0)."""
    last = classes.data[-1] if classes.data else table.end
    for row_class in _CLASSES:
        for at in rows_below(table, classes, row_class):
            for column, cell in enumerate(sheet.rows[at], sheet.first_column):
                if isinstance(cell, str) and cell and len(cell) <= 500:
                    yield "section" if at < last else "below", sheet.row_numbers[at], column, fold(cell)
    for where, text in (("sheet", sheet.name), *sheet.beside):
        yield where, 0, 0, fold(text)
    for at in range(table.top):
        for column, cell in enumerate(sheet.rows[at], sheet.first_column):
            if isinstance(cell, str) and 6 < len(cell) <= 500:
                yield "title", sheet.row_numbers[at], column, fold(cell)


def _periods(where: str, text: str, layout: FormLayout) -> list[str]:
    """The periods that a text gives to the figures: words for it below the table; a title in a text box; a month alone over a section."""
    found = _MONTH.search(text)
    if found is not None:  # from the first month on: 2022年1月-6月 is one span
        said = text[found.start(1) : found.end()] if found[1] else found[2]
        return [str(period) for period in find_periods(said, layout.period_kind)]
    text = ISSUED.sub("", REPORT_DATE.sub("", text))
    if where in ("box", "page", "title"):
        said = text if _TITLE.search(text) else ""
    else:
        said = text if where == "section" and _ONLY_A_MONTH.fullmatch(text) else ""
    return [str(period) for period in find_periods(said, layout.period_kind)] if said else []


def _asked(sheet: RawSheet, row: int, column: int, text: str, params: Mapping[str, str]) -> Problem:
    said = text[:100]
    params = {"severity": "query", "said": said, **params}
    return Problem("A03", sheet.label, cell_address(row, column) if row else "", row or None, value=said, params=params)
