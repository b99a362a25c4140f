"""The headline of a period in the bureau's style (L5): 上半年，全市制造业完成投资540亿元，同比增长24.1%，总量居全省第一."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..model.formulas import points_between
from ..model.periods import Period
from ..model.printed_table import Words, percent, yi_yuan

_SPANS = {3: "一季度", 6: "上半年", 9: "前三季度", 12: "全年"}
_DIGITS = "零一二三四五六七八九十"


@dataclass(frozen=True)
class Headline:
    """Figures of the whole city: level 万元, rates fractions, places among the province's cities (of level and of growth, two things)."""

    subject: str
    ytd_wan_yuan: Decimal | None
    growth: Decimal | None
    rank_level_province: int | None = None
    rank_growth_province: int | None = None
    total_growth: Decimal | None = None


def span_name(period: Period) -> str:
    """How people call January to the month."""
    return _SPANS.get(period.month, "1月" if period.month == 1 else f"1—{period.month}月")


def brief_title(period: Period) -> Words:
    """Of the monthly brief; that of June is the half-year report (经济半年报, L2)."""
    zh, en = (
        (f"{period.year}年上半年", f"first half of {period.year}") if period.month == 6 else (f"{period} ", str(period))
    )
    return Words(f"{zh}制造业投资调度简报", f"dispatch brief, {en}")


def ordinal(place: int) -> str:
    """第一 … 第十一, as newspapers write places."""
    if place <= 10:
        return f"第{_DIGITS[place]}"
    tens, ones = divmod(place, 10)
    return f"第{'' if tens == 1 else _DIGITS[tens]}十{_DIGITS[ones] if ones else ''}"


def growth_words(rate: Decimal) -> str:
    """同比增长24.1%, 同比下降3.2%, 与上年同期持平."""
    shown = percent(abs(rate))
    if shown == "0.0%":
        return "与上年同期持平"
    return f"同比{'增长' if rate > 0 else '下降'}{shown}"


def headline_text(period: Period, headline: Headline) -> str:
    """The paragraph; what is not known is left out, never guessed."""
    parts = []
    if headline.ytd_wan_yuan is not None:
        parts.append(f"全市{headline.subject}完成投资{yi_yuan(headline.ytd_wan_yuan)}亿元")
    if headline.growth is not None:
        words = growth_words(headline.growth)
        parts.append(words if parts else f"全市{headline.subject}投资{words}")
    if headline.rank_level_province is not None:
        parts.append(f"总量居全省{ordinal(headline.rank_level_province)}")
    if headline.rank_growth_province is not None:
        parts.append(f"增速居全省{ordinal(headline.rank_growth_province)}")
    if headline.total_growth is not None and headline.growth is not None:
        gap = points_between(headline.growth, headline.total_growth) or 0
        ahead = f"{'高于' if gap > 0 else '低于'}固定资产投资增速{abs(gap)}个百分点"
        parts.append(ahead if gap else "与固定资产投资增速持平")
    if not parts:
        return ""
    return f"{span_name(period)}，{'，'.join(parts)}。"
