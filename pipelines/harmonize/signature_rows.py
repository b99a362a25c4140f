"""Cells of a signature block: who signs, the office, its stamp, the day, the page."""

from __future__ import annotations

import re
from datetime import date

from pipelines.model.raw import Cell

from .numbers import fold

_OFFICE = re.compile(
    r".{1,24}(?:局|办公室|委员会|管委会|人民政府|调查队|统计站|统计所|发改委|经信委|中心|盖章\)?)(?:\([^()]*\))?"
    r"|[〇○零一二三四五六七八九]{4}年[一二三四五六七八九十]{1,2}月(?:[一二三四五六七八九十]{1,3}[日号])?"
)
_PAGE_OR_COUNT = re.compile(
    r"(?:第?\d+页[,;/]?\(?(?:[共总]计?\d+页)?\)?|[共总]计?\d+页[,;/]?(?:第\d+页)?|page\d+(?:of\d+)?|[-—–~]{1,3}\d{1,4}[-—–~]{1,3}"
    r"|\(?\d+rows?(?:selected|returned|affected|inset)?(?:\([\d.]+sec\))?\)?[.。]?"
    r"|\(?(?:已?(?:选择|返回|查询到?)|所影响的行数为|影响了?)?\d+行(?:受影响|已选择)?\)?[.。]?)",
    re.IGNORECASE,
)
"""What printing puts under each page (- 1 -, Page 1 of 2) and a database's client under what it found (3 rows selected.)."""
_DATE = re.compile(
    r"(?:19|20)\d{2}(?:年\d{1,2}月(?:\d{1,2}[日号])?|[-./]\d{1,2}(?:[-./]\d{1,2})?|(?:0[1-9]|1[0-2])\d{2}).{0,9}"
)
_SIGNER = re.compile(
    r"(?:(?:单位|统计|部门|分管|主管|科室|填报|报送|本级|局|县|市|区|镇)*(?:负责人|领导|科长|局长|主任)|填[表报]人?|审[核批定]人?|复核人?|制表人?|经办人?|统计员"
    r"|联系人|(?:联系|办公)?电话|手机号?码?|传真|邮箱|(?:填[表报]|报出|报送|上报|制表|打印|导出)(?:日期|时间)|(?:填报|制表|报送)(?:单位|部门)"
    r"|公?盖?章|签字|签章|签名)(?:\([^()]*\)|签字|签章|签名|盖章|意见)*(?::.*)?"
)
"""How a row of a signature block begins; who signs stands in cells of its own behind it."""


def is_date(cell: Cell) -> bool:
    text = f"{cell:.0f}" if isinstance(cell, float) else str(cell)
    return isinstance(cell, date) or _DATE.fullmatch(fold(text)) is not None


def is_signature(cell: Cell) -> bool:
    """An office, a date, a stamp, a page number."""
    return (
        is_date(cell) or is_page_or_count(cell) or (isinstance(cell, str) and _OFFICE.fullmatch(fold(cell)) is not None)
    )


def is_page_or_count(cell: Cell) -> bool:
    """The number of a page, or how many rows a database gave."""
    return isinstance(cell, str) and len(cell) <= 60 and _PAGE_OR_COUNT.fullmatch(fold(cell)) is not None


def names_a_signer(cell: Cell) -> bool:
    """填表人:, 分管领导签字, 联系电话 …: what a signer is, with or without the name behind it."""
    return (
        isinstance(cell, str)
        and len(cell) <= 80
        and not cell[:1].isdigit()
        and _SIGNER.fullmatch(fold(cell)) is not None
    )
