"""Chinese and English of the dispatch tables say the same figures, and figures that stand beside each other agree."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipelines.dispatch.headline_text import Headline, headline_text, span_name
from pipelines.flow.dispatch import documents as made
from pipelines.flow.dispatch.print_tables import print_tables
from pipelines.flow.dispatch.table_words import ACHIEVEMENTS, named_units
from pipelines.flow.runtime.context import load_programme
from pipelines.model.periods import Period

D = Decimal
NAMES = named_units(load_programme("jiaxing"))
LEVELS = made.HelperLevels(city=174, county=600, township=900)
CAMPAIGN: dict[str, Any] = {"code": "c", "zh": "行动", "en": "campaign", "day": 30, "days": 122, "state": "running"}
FACTOR: dict[str, Any] = {"factor": "land", "zh": "土地", "unit_of_measure": "亩", "department": "资规局"}
DOCUMENTS = [
    made.LibraryDocument.model_construct(total=83, plan_total=D(20_315_000), projects=[], missing_units=[]),
    made.StagesDocument.model_construct(projects=83, weakest="land", stages=[], moves=[], units=[], finished=2),
    made.LeadersDocument.model_construct(projects=83, with_one_leader=81, leaders=[]),
    made.TeamsDocument.model_construct(
        week="2022-W25", due=datetime(2022, 6, 27, 9), teams=[], unknown_teams=[], issues=[], issue_counts=[]
    ),
    made.HelpersDocument.model_construct(
        total=1674,
        difference=-3,
        by_level=LEVELS,
        units=[],
        late=[],
        visits=8,
        contacts=2,
        cases=4,
        closed=3,
        overdue=1,
    ),
    made.CoverageDocument.model_construct(total=8, by_unit={}, projects=[]),
    made.CampaignDocument.model_construct(
        campaigns=[
            made.CampaignRow.model_construct(
                **CAMPAIGN, starts=date(2022, 6, 1), ends=date(2022, 9, 30), lists=[], targets=[], weeks=[]
            )
        ]
    ),
    made.FactorsDocument.model_construct(
        factors=[
            made.FactorBlock.model_construct(
                **FACTOR, budget=D(500), needed=D(800), proposed=D(460), granted=D(0), projects=[]
            )
        ]
    ),
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: type(one).__name__)
def test_titles_say_the_same_figures_in_both_languages(document: made.Document) -> None:
    whole = document.model_copy(update={"period": "2022-06", "as_of": datetime(2022, 7, 1, tzinfo=UTC)})
    if isinstance(whole, made.HelpersDocument):
        whole = whole.model_copy(update={"closing_rate": D("0.75")})
    tables = print_tables(whole, NAMES)
    figures = [
        tuple(re.findall(r"\d+", re.sub(r"^2022-(06|W25) ", "", text)) for text in (table.zh, table.en))
        for table in tables
    ]
    assert figures and [zh for zh, _ in figures] == [en for _, en in figures]


def _target(**figures: object) -> made.TargetRow:
    absent = dict.fromkeys(("pace_required", "pace_required_seasonal", "expected", "expected_linear"))
    return made.TargetRow.model_construct(
        id="T", metric="growth", scope="330400", window="2022", comparator="", state="met", **absent, **figures
    )


def test_a_difference_is_that_of_the_rates_beside_it() -> None:
    """23.8 % and 10.1 % stood beside a difference of 13.8 points, since one of them was 10.05 %."""
    row = _target(value=D("0.1005"), actual=D("0.238"), gap=D("-0.1375"))
    compared = made.ComparisonRow.model_construct(
        zh="快于", en="faster", left=D("0.238"), right=D("0.1005"), gap_pp=D("13.75"), state="met"
    )
    document = made.TargetsDocument.model_construct(period="2022-07", targets=[row], comparisons=[compared], units=[])
    targets, comparisons, _ = print_tables(document, NAMES)
    assert targets.rows[0][3:6] == ("10.1%", "23.8%", "-13.7 pp")
    assert comparisons.rows[0][1:4] == ("23.8%", "10.1%", "13.7")
    said = headline_text(Period(2022, 7), Headline("制造业", None, D("0.238"), total_growth=D("0.1005")))
    assert said == "1—7月，全市制造业投资同比增长23.8%，高于固定资产投资增速13.7个百分点。"


def test_equal_rates_and_january_are_said_as_people_do() -> None:
    said = headline_text(Period(2023, 1), Headline("制造业", None, D("0.1004"), total_growth=D("0.0996")))
    assert said == "1月，全市制造业投资同比增长10.0%，与固定资产投资增速持平。"
    assert span_name(Period(2023, 2)) == "1—2月"


def test_a_target_of_the_city_is_not_one_of_its_bureau() -> None:
    document = made.TargetsDocument.model_construct(
        period="2022-06", targets=[_target(value=D("0.16"), actual=None, gap=None)], comparisons=[], units=[]
    )
    assert print_tables(document, NAMES)[0].rows[0][1] == "嘉兴市"
    assert (NAMES["330400"], NAMES["330481"]) == ("嘉兴市", "海宁市")


def test_achievements_are_called_what_they_are() -> None:
    """当年供地、当年建设、当年投产; a hundred days to trial production (L10, L11)."""
    assert "land" in ACHIEVEMENTS["three_in_one_year"].en and "signed" not in ACHIEVEMENTS["three_in_one_year"].en
    assert ("调试" in ACHIEVEMENTS["hundred_days"], "trial production" in ACHIEVEMENTS["hundred_days"].en) == (
        True,
        True,
    )
