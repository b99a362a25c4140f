"""Header texts: their comparison form, the units of amount and the months they name."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .forms import SYSTEM_COLUMNS
from .visible_text import visible

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")
_BRACKET_TEXT = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")
_LEADING = re.compile(r"^(?:[*#※]|其中[:,]?|[一二三四五六七八九十]+、|\d{1,2}[.、](?!\d))+")
_TRAILING = re.compile(r"[:;,。*%]+$")
_UNIT_LINE = re.compile(r"\s*[\r\n]+\s*(?=[十百千万亿]*元\s*$)")
_OTHER_LANGUAGE = re.compile(r"(?<=[\u4e00-\u9fff)）])\s*[/|\r\n\s]\s*[A-Za-z][A-Za-z0-9 .,:;'’&/%()\r\n-]*$")
"""The same header once more in English, behind the Chinese one: 项目名称 Project name."""
_YEAR_TO_DATE = re.compile(r"(?:\d{4}年|本年)?0?1月?(?:-|—|–|~|至|到)+(?:\d{1,2}|本)月份?")
_ONE_MONTH = re.compile(r"^(?:\d{4}年)?\d{1,2}月份?(?=完成|投资)")
_DASHES = re.compile(r"(?<=[\d月])[一ー_‐‑‒―−─━〜∼](?=\d{1,2}月)")
"""What is typed for the dash between two months: the numeral one, a bar of boxes, the mark of a long vowel."""
_UNIT_TAIL = re.compile(r"(?<=.)(?:[/,、:_·-](?=元)|[/,、:_·-]?(?=[十百千万亿]))([十百千万亿]*元)$")
"""A unit of amount behind a header without brackets: 计划总投资/万元."""
_SAME = {"今年": "本年", "去年": "上年", "当月": "本月", "年初": "自年初"}
_SPOKEN = re.compile(r"(今年|去年|当月)(?:以来)?|自?(年初)(?:至今|以来|起)")
"""As people say it and as tables do: 今年累计 is 本年累计, 年初至今 is 自年初."""
_MONTHS = re.compile(r"(?<!\d)0?1月?(?:-|—|–|~|至|到)+(\d{1,2})月|^(?:\d{4}年)?(\d{1,2})月份?(?=完成|投资|当月|累计)")

_OURS = ("".join(name.split()).casefold() for name in SYSTEM_COLUMNS)
IGNORED = frozenset(("序号", "编号", "行次", "行号", "序", "no", "no.", "栏次", "代码行", "id", *_OURS))
"""Columns that number the rows, and those our own workbooks add for people, carry nothing and are passed over; any other
unknown column is a finding (A03)."""


def _one_line(text: str) -> str:
    """A header without white space; what stands on a second line as its unit is parted from it by a stroke, its English is left
    out."""
    text = _OTHER_LANGUAGE.sub("", unicodedata.normalize("NFKC", visible(text)))
    return plain_dashes("".join(_UNIT_LINE.sub("/", text).split()))


def plain_dashes(text: str) -> str:
    """A folded text with a hyphen between two months, whatever else was typed there: 1一6月, 1─6月."""
    return text if text.isascii() or "月" not in text else _DASHES.sub("-", text)


@lru_cache(maxsize=16_384)
def header_key(text: str) -> str:
    """Comparison form of a header: NFKC, no white space, no bracketed notes, no numbering, lower case; the months a header names
    are replaced by what they mean (`2022年1-6月完成投资` → `1-本月完成投资`), spoken words by those of tables (`今年累计` → `本年累计`)."""
    folded = _one_line(text).casefold()
    bare = _UNIT_TAIL.sub("", _BRACKETS.sub("", folded))
    bare = _LEADING.sub("", _TRAILING.sub("", bare or folded.strip("()[]")))
    told = _SPOKEN.sub(lambda said: _SAME[said[1] or said[2]], bare)
    return _ONE_MONTH.sub("本月", _YEAR_TO_DATE.sub("1-本月", told))


@lru_cache(maxsize=4_096)
def bracket_texts(text: str) -> tuple[str, ...]:
    """What stands in the brackets of a header: units, percent signs, notes; a unit of amount behind it counts as if it did."""
    folded = _one_line(text)
    tail = _UNIT_TAIL.search(_BRACKETS.sub("", folded))
    percent = ("%",) if folded.endswith("%") else ()
    return (*_BRACKET_TEXT.findall(folded), *([tail[1]] if tail else ()), *percent)


@lru_cache(maxsize=4_096)
def months_named(text: str) -> frozenset[int]:
    """Last months of the spans, and the single months, that a header names: `1-6月完成投资` → 6."""
    folded = plain_dashes("".join(unicodedata.normalize("NFKC", visible(text)).split()))
    return frozenset(int(span or one) for part in folded.split("|") for span, one in _MONTHS.findall(part))
