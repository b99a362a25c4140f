"""A target that is decided anew: what 31 January froze is scored, in the tables of targets and in the ranking alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.dispatch.target_pace import TargetFacts, target_ids, target_status
from pipelines.dispatch.target_versions import same_targets
from pipelines.flow.dispatch.decision_effect import effect_words
from pipelines.flow.records.frozen_targets import with_frozen_targets
from pipelines.flow.runtime.context import load_programme
from pipelines.indicators import compute
from pipelines.model.dispatch_decisions import DispatchDecision
from pipelines.model.periods import Period
from pipelines.model.programme import Programme, Target

JUNE = Period(2022, 6)
ZONE = ZoneInfo("Asia/Shanghai")
YEAR = Target("ytd", "330400", ">=", Decimal(9_000_000), "2022-12", Period(2022, 1))
IN_TIME, LATE = datetime(2022, 1, 31, 23, 59, tzinfo=ZONE), datetime(2022, 2, 1, tzinfo=ZONE)


@pytest.fixture(scope="module")
def jiaxing() -> Programme:
    return load_programme("jiaxing")


def version(subject: str, value: str, recorded: datetime, begins: date = date(2022, 1, 10)) -> DispatchDecision:
    return DispatchDecision(
        "target_version", subject, "经信局", recorded, begins, document="文", detail={"value": value}
    )


@pytest.mark.parametrize(
    ("recorded", "begins", "scored", "logged"),
    [
        (IN_TIME, date(2022, 1, 31), 1, None),
        (IN_TIME, date(2022, 2, 1), 9_000_000, 1),
        (LATE, date(2022, 1, 10), 9_000_000, 1),
        (IN_TIME, date(2022, 7, 1), 9_000_000, None),
    ],
)
def test_a_version_is_scored_that_stood_in_the_books_on_31_january(
    recorded: datetime, begins: date, scored: int, logged: int | None
) -> None:
    """One that was recorded in June as of 10 January changed what the months of the spring were measured on; and one that begins in
    July was shown in June's table."""
    made = [version("T3", "1", recorded, begins)]
    status = target_status(YEAR, "T3", JUNE, TargetFacts(), {}, made, ZONE)
    assert (status.value, status.revised_value) == (scored, logged)


def test_the_ranking_is_measured_on_the_same_annual_target(jiaxing: Programme) -> None:
    """Versions of January counted in `saima dispatch targets` alone; 年度目标 and 序时完成率 of the edition stayed with targets.csv."""
    unit, city = "annual_investment-330402-2022", "annual_investment-330400-2022"
    books = [version(unit, "800000", IN_TIME), version(city, "9100000", IN_TIME), version(unit, "1", LATE)]
    programme = with_frozen_targets(home(jiaxing, books), 2022)
    units, whole = compute(JUNE, programme, None, None, None, {})
    found = {one.unit_code: one.annual_target for one in units}
    assert (found["330402"], found["330411"], whole.annual_target) == (800_000, 900_000, 9_100_000)
    of_next_year = with_frozen_targets(home(jiaxing, [replace(books[0], recorded_at=LATE)]), 2022)
    assert of_next_year.unit_target("330402", 2022) == 860_000


def test_the_year_of_the_city_is_one_target_under_both_its_ids(jiaxing: Programme) -> None:
    """T3 decided anew in January stood in the table of targets; the city's 年度目标 and 序时完成率 of the editions kept the old one."""
    programme = with_frozen_targets(home(jiaxing, [version("T3", "9100000", IN_TIME)]), 2022)
    assert compute(JUNE, programme, None, None, None, {})[1].annual_target == 9_100_000
    named = target_ids(jiaxing.targets, jiaxing.dispatch.target_names)
    assert same_targets(named)["T3"] == {"T3", "annual_investment-330400-2022"}
    ambition = [(i, replace(one, value=Decimal(9_500_000)) if i == "T3" else one) for i, one in named]
    assert same_targets(ambition)["T3"] == {"T3"}
    assert all(len(ids) == 1 for i, ids in same_targets(named).items() if "T3" not in ids)


def test_who_decides_after_the_freeze_is_told_that_it_is_not_scored(jiaxing: Programme) -> None:
    zh, en = effect_words(version("T3", "1", LATE), JUNE, jiaxing) or ("", "")
    assert "2022-01-31 冻结" in zh and "不计分" in zh and "logged and not scored" in en
    assert effect_words(version("T3", "1", IN_TIME), JUNE, jiaxing) is None


def home(programme: Programme, books: Sequence[DispatchDecision]) -> Any:
    """A context with these decisions; they are asked for as they were known at an instant."""

    def of_kinds(_: Any, as_of: datetime) -> list[DispatchDecision]:
        return [one for one in books if one.recorded_at.astimezone(UTC) <= as_of.astimezone(UTC)]

    return SimpleNamespace(programme=programme, warehouse=SimpleNamespace(decisions=SimpleNamespace(of_kinds=of_kinds)))
