"""Whoever decides is told from which month's tables on it counts: they judge on the last day of a month."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from pipelines.errors import Terminal
from pipelines.flow.dispatch.decision_effect import effect_words
from pipelines.model.dispatch_decisions import DispatchDecision
from pipelines.model.periods import Period
from pipelines.model.typed_dates import typed_week

MAY = Period(2021, 5)
NONE: Any = None
"""What is judged by the month asks for no programme."""


def decided(kind: Any, begins: date, ends: date | None = None) -> DispatchDecision:
    return DispatchDecision(kind, "P", "李处", datetime(2021, 6, 18, tzinfo=UTC), begins, ends)


@pytest.mark.parametrize("kind", ["factor_budget", "exemption", "library_exit", "list_entry", "leader_assigned"])
def test_what_begins_after_the_month_says_from_which_month_it_counts(kind: str) -> None:
    zh, en = effect_words(decided(kind, date(2021, 6, 18)), MAY, NONE) or ("", "")
    assert "自 2021-06 的表起生效" in zh and "--from 2021-05-31" in zh
    assert "from those of 2021-06 on" in en
    assert effect_words(decided(kind, date(2021, 5, 31)), MAY, NONE) is None


def test_what_holds_on_no_month_end_says_that_it_counts_nowhere() -> None:
    zh, en = effect_words(decided("exemption", date(2021, 6, 1), date(2021, 6, 29)), MAY, NONE) or ("", "")
    assert "不生效" in zh and "counts in none" in en
    zh, _ = effect_words(decided("exemption", date(2021, 6, 1), date(2021, 6, 30)), MAY, NONE) or ("", "")
    assert "自 2021-06 的表起生效" in zh
    assert effect_words(decided("exemption", date(2021, 5, 3), date(2021, 5, 31)), MAY, NONE) is None


def test_what_is_not_judged_by_the_month_says_nothing() -> None:
    assert effect_words(decided("notice", date(2021, 6, 18)), MAY, NONE) is None
    assert effect_words(decided("inspection_opened", date(2021, 6, 18)), MAY, NONE) is None


@pytest.mark.parametrize("typed", ["2021-W54", "2021-05", "W20", ""])
def test_a_text_that_is_no_week_is_told_how_a_week_is_written(typed: str) -> None:
    with pytest.raises(Terminal) as refused:
        typed_week(typed)
    assert "2022-W25" in refused.value.remedy
    assert str(typed_week("2020-W53")) == "2020-W53"
