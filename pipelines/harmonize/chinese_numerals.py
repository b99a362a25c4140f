"""Years, months and days of a date in Chinese numerals as digits."""

from __future__ import annotations

import re

_CHINESE = str.maketrans("〇○零Oo一二三四五六七八九", "00000123456789")
_CHINESE_DATE = re.compile(r"([一二][〇○零Oo一二三四五六七八九]{3})年([一二三四五六七八九十]{1,3})月")
_CHINESE_FIRST = re.compile(r"(?<=年)一(?=月?[-—–~至到])")
_CHINESE_LAST = re.compile(
    r"(?<=[-—–~至到])([一二三四五六七八九十]{1,3})(?=月)|(?<=\d年)([一二三四五六七八九十]{1,3})(?=月)"
)
_CHINESE_DAY = re.compile(r"(?<=\d月)([一二三四五六七八九十廿卅]{1,3})(?=[日号])")
_CHINESE_YEAR = re.compile(
    r"(?<![〇○零一二三四五六七八九])([二一][〇○零Oo一二三四五六七八九]{3})年(?=(?:度)?[\d上前第全])"
)
_TENS = re.compile(r"十([一二三四五六七八九])?")


def chinese_numerals(text: str) -> str:
    """二〇二二年十一月 → 2022年11月, 二O二二年一至七月 → 2022年1至7月, 6月二十八日 → 6月28日; anything else unchanged."""

    def western(match: re.Match[str]) -> str:
        return f"{match[1].translate(_CHINESE)}年{_western_month(match[2])}月"

    text = _CHINESE_LAST.sub(lambda match: _western_month(match[1] or match[2]), _CHINESE_FIRST.sub("1", text))
    text = _CHINESE_DAY.sub(lambda match: _western_day(match[1]), _CHINESE_DATE.sub(western, text))
    return _CHINESE_YEAR.sub(lambda match: f"{match[1].translate(_CHINESE)}年", text)


def _western_month(text: str) -> str:
    """十一 → 11; 99, which is no month, where it is no number of tens and ones."""
    if tens := _TENS.fullmatch(text):
        return str(10 + int((tens[1] or "〇").translate(_CHINESE)))
    return text.translate(_CHINESE) if len(text) == 1 else "99"


def _western_day(text: str) -> str:
    """二十八 → 28, 廿八 → 28, 十 → 10; unchanged where it is no number of tens and ones."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.partition("十")
    digits = (
        f"{(tens or '一').translate(_CHINESE)}{(ones or '〇').translate(_CHINESE)}" if ten else text.translate(_CHINESE)
    )
    return str(int(digits)) if digits.isdigit() and len(digits) <= 2 and len(tens) < 2 and len(ones) < 2 else text
