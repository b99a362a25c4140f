"""The headline of a period in the bureau's style (seed L5)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.dispatch.headline_text import Headline, brief_title, headline_text, ordinal, span_name
from pipelines.model.periods import Period
from pipelines.model.printed_table import in_english

D = Decimal


def test_the_sentence_of_the_article() -> None:
    half = Headline("制造业", D(5_400_000), D("0.241"), 1)
    assert headline_text(Period(2022, 6), half) == "上半年，全市制造业完成投资540亿元，同比增长24.1%，总量居全省第一。"


@pytest.mark.parametrize(
    ("month", "headline", "text"),
    [
        (
            7,
            Headline("制造业", D(6_123_400), D("-0.0325"), None, 3),
            "1—7月，全市制造业完成投资612.34亿元，同比下降3.3%，增速居全省第三。",
        ),
        (9, Headline("制造业", None, D("0.0004"), None, None), "前三季度，全市制造业投资与上年同期持平。"),
        (
            12,
            Headline("制造业", D(9_336_000), D("0.2"), 2, 11, D("0.1")),
            "全年，全市制造业完成投资933.60亿元，同比增长20.0%，总量居全省第二，增速居全省第十一，高于固定资产投资增速10.0个百分点。",
        ),
        (
            3,
            Headline("制造业", None, D("0.05"), total_growth=D("0.08")),
            "一季度，全市制造业投资同比增长5.0%，低于固定资产投资增速3.0个百分点。",
        ),
        (6, Headline("制造业", None, None), ""),
    ],
)
def test_what_is_not_known_is_left_out(month: int, headline: Headline, text: str) -> None:
    assert headline_text(Period(2022, month), headline) == text


def test_places_are_written_as_newspapers_do() -> None:
    assert [ordinal(n) for n in (1, 10, 11, 20, 25)] == ["第一", "第十", "第十一", "第二十", "第二十五"]
    assert span_name(Period(2022, 6)) == "上半年"


def test_the_brief_of_june_is_the_half_year_report() -> None:
    """Asked for as 2022-H1 it was titled 2022-06, above a paragraph that begins with 上半年."""
    june, may = brief_title(Period(2022, 6)), brief_title(Period(2022, 5))
    assert (june, in_english(june)) == ("2022年上半年制造业投资调度简报", "dispatch brief, first half of 2022")
    assert may == "2022-05 制造业投资调度简报"
