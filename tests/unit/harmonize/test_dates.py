"""Months in every spelling of domain.md §5; nothing else is one."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.harmonize.dates import Day, Readings, find_periods, parse_day
from pipelines.harmonize.numbers import Missing


@pytest.mark.parametrize(
    "cell",
    [
        "2022年6月",
        "2022年06月",
        "2022.6",
        "2022.06",
        "2022-06",
        "2022-6",
        "2022/6",
        "202206",
        202206.0,
        202206,
        "20220601",
        "2022/6/1",
        "2022-06-30",
        "2022年6月30日",
        "2022-06-01 00:00:00",
        datetime(2022, 6, 1),
        date(2022, 6, 30),
        "２０２２年６月",
        "二〇二二年六月",
        "二○二二年六月",
        "22.6",
        "22年6月",
        44713.0,
        "44713",
        "拟2022年6月",
        "计划 2022年6月",
        "2022–06",
        "2022—6",
        "2022−06",
        "2022.6月",
        "2022-06月",
        "2022年6月底",
        "2022年6月中旬",
        "2022年6月8号",
        "2022年06月01日 00:00:00",
        "2022年6月8日 9:30",
        "202206.0",
        "20220615.0",
        "2022-06-01T00:00:00.000",
        "2022-06-01T00:00:00.000Z",
        "2022-06-01 00:00:00+08:00",
        "2022-06-15 08:30:00.123456",
        1654041600000,
    ],
)
def test_one_month_in_all_its_spellings(cell):
    day = parse_day(cell)
    assert isinstance(day, Day)
    assert day.month == "2022-06"


def test_planned_dates_and_conversions_are_noted():
    assert parse_day("拟2022年6月").notes == ("planned_date",)
    assert parse_day("22.6").notes == ("converted",)
    assert parse_day(44713.0).notes == ("converted",)
    assert parse_day("2022年6月").notes == ()


@pytest.mark.parametrize(
    "cell", ["2022-13", "2022/2/30", "2022", "去年", 2022.1, 3.0, 10**12, True, "1", "2022年1-6月", "6月"]
)
def test_what_is_no_date_stays_out(cell):
    assert parse_day(cell) == "not_a_date"


def test_the_1904_system_and_missing_marks():
    assert parse_day(44713.0 - 1462, epoch_1904=True).month == "2022-06"
    assert parse_day("—") == Missing("N")
    assert parse_day("") == Missing("")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("六月二十八日", 28),
        ("六月廿八日", 28),
        ("六月十日", 10),
        ("六月十五号", 15),
        ("六月三日", 3),
        ("六月三十日", 30),
        ("6月二十日", 20),
    ],
)
def test_days_in_chinese_numerals(text, day):
    found = parse_day(f"二〇二二年{text}")
    assert (found.value.isoformat(), found.has_day) == (f"2022-06-{day:02d}", True)


@pytest.mark.parametrize("text", ["二〇二二年六月十十日", "二〇二二年六月四十日", "二〇二二年六月一二三日"])
def test_what_is_no_day_in_chinese_numerals(text):
    assert parse_day(text) == "not_a_date"


@pytest.mark.parametrize("month", range(1, 13))
def test_chinese_numerals(month):
    names = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
    assert parse_day(f"二〇二一年{names[month - 1]}月").month == f"2021-{month:02d}"


@pytest.mark.parametrize(
    ("title", "periods"),
    [
        ("海宁市2022年1-6月制造业投资项目月报", ["2022-06"]),
        ("2022年1—6月", ["2022-06"]),
        ("2022 年 1 至 6 月", ["2022-06"]),
        ("2022年6月报表 报出日期2022年7月8日", ["2022-06"]),
        ("二〇二二年六月", ["2022-06"]),
        ("2022年上半年", ["2022-06"]),
        ("2022年半年度", ["2022-06"]),
        ("2022年下半年", []),
        ("报表202206版", ["2022-06"]),
        ("2022-06", ["2022-06"]),
        ("2022年6月与2021年6月", ["2022-06"]),
        ("2022年5月、2022年6月", ["2022-05", "2022-06"]),
        ("制造业投资", []),
        ("2022年13月", []),
    ],
)
def test_periods_of_titles(title, periods):
    assert [str(period) for period in find_periods(title)] == periods


@given(st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.datetimes()))
def test_anything_gives_a_month_a_mark_or_a_note(cell):
    day = parse_day(cell)
    assert isinstance(day, Day | Missing | Readings) or day == "not_a_date"
    if isinstance(day, Day):
        assert len(day.month) == 7


@pytest.mark.parametrize(
    "cell",
    [
        "2022-05-31T16:00:00.000Z",  # the first of June where it was written, the last of May where it was stored
        1654012800000,
        1654041600001,
        1654041600,
        "1654041600000",
        16540416000000,
        -1654041600000,
    ],
)
def test_a_moment_that_is_no_midnight_is_no_date(cell):
    assert parse_day(cell) == "not_a_date"
