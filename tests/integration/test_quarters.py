"""A quarterly programme from the files to the page: quarters in every spelling, compared with the quarter before, names that repeat
told apart, amounts shown as the programme says."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.flow.month.run_month import run_month
from pipelines.flow.records.submission_status import status_document
from pipelines.flow.runtime.context import Context, open_context
from pipelines.model.periods import Period
from pipelines.settings import REPOSITORY, Settings

PROGRAMME = REPOSITORY / "tests" / "programmes" / "quarters"
ZONE = ZoneInfo("Asia/Shanghai")
HEADER = "区划代码,指标名称,本年累计,上年同期\n"
FILES = {
    "2026-Q1": {
        "980101": ("2026年第一季度利润季报", "利润总额,1100,1000"),
        "990101": ("2026年一季度利润季报", "利润总额,1050,1000"),
        "990102": ("2026年1-3月利润季报", "利润总额,900,1000"),
    },
    "2026-Q2": {
        "980101": ("2026年上半年利润季报", "利润总额,2100,2000"),
        "990101": ("2026年1—6月利润季报", "利润总额,2400,2000"),
        "990102": ("2026-Q2 利润季报", "利润总额,1900,2000"),
    },
    "2026-Q4": {
        "980101": ("2026年第四季度利润季报", "利润总额,4100,4000"),
        "990101": ("2026年1-12月利润季报", "利润总额,4400,4000"),
        "990102": ("2026年四季度利润季报", "利润总额,3900,4000"),
    },
    "2027-Q1": {
        "980101": ("2027年第一季度利润季报", "利润总额,1300,1100"),
        "990101": ("2027年一季度利润季报", "利润总额,1150,1050"),
        "990102": ("2027年1-3月利润季报", "利润总额,910,900"),
    },
}
CLOSED = {
    "2026-Q1": datetime(2026, 4, 10, 9, tzinfo=ZONE),
    "2026-Q2": datetime(2026, 7, 10, 9, tzinfo=ZONE),
    "2026-Q4": datetime(2027, 1, 12, 9, tzinfo=ZONE),
    "2027-Q1": datetime(2027, 4, 10, 9, tzinfo=ZONE),
}


LATE = ("2026-Q2", "980101")


@pytest.fixture(scope="module")
def quarters(tmp_path_factory: pytest.TempPathFactory) -> Context:
    base = tmp_path_factory.mktemp("quarters")
    context = open_context(Settings(home=base / "home"), str(PROGRAMME))
    for period, files in FILES.items():
        folder = base / period
        folder.mkdir()
        for code, (title, row) in files.items():
            file = folder / f"{code}.csv"
            file.write_text(f"{title}\n单位:万元\n{HEADER}{code},{row}\n", encoding="utf-8")
            before = 1 if (period, code) == LATE else 8
            os.utime(file, (CLOSED[period].timestamp() - before * 86_400,) * 2)
        run = run_month(context, Period.parse(period), CLOSED[period], folder, sign_off_as="demo")
        assert run.state == "published", (run.reason, run.units)
    return context


def ranking(context: Context, period: str) -> dict[str, Any]:
    edition = context.warehouse.editions.newest(period)
    assert edition is not None
    return json.loads((Path(edition.published_path).parent / "ranking.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("period", sorted(FILES))
def test_every_spelling_of_a_quarter_is_one(quarters: Context, period: str) -> None:
    units = status_document(quarters, Period.parse(period), CLOSED[period])["units"]
    assert {unit["unit"]: unit["state"] for unit in units} == dict.fromkeys(FILES[period], "accepted")


def test_the_units_are_ranked_by_the_growth_from_january(quarters: Context) -> None:
    document = ranking(quarters, "2026-Q2")
    assert document["period"] == "2026-Q2"
    assert [(u["unit"], u["rank"], round(u["growth"], 4)) for u in document["units"]] == [
        ("990101", 1, 0.2),
        ("980101", 2, 0.05),
        ("990102", 3, -0.05),
    ]
    assert {u["unit"]: u["month"] for u in document["units"]}["990101"] == "1350", "the quarter alone"


def test_who_is_late_where_nothing_freezes_is_so_by_the_days_of_the_arrival(quarters: Context) -> None:
    """The edition said 迟报 and 0 working days: what came after the due hour was as if not come yet."""
    units = {
        unit["unit"]: (unit["workdays_late"], "迟报" in unit["remarks"]) for unit in ranking(quarters, LATE[0])["units"]
    }
    assert units == {"980101": (4, True), "990101": (0, False), "990102": (0, False)}


def test_the_page_speaks_of_quarters(quarters: Context) -> None:
    edition = quarters.warehouse.editions.newest("2026-Q2")
    assert edition is not None
    page = Path(edition.published_path).read_text(encoding="utf-8")
    assert "较上季增减" in page and "Change on last quarter" in page and "较上月" not in page
    assert "2026年上半年" in page
    assert "百万元" in page and "24.0" in page, "2,400 万元 are 24 million"
    first = quarters.warehouse.editions.newest("2026-Q1")
    assert first is not None
    assert "2026年一季度" in Path(first.published_path).read_text(encoding="utf-8")


def test_the_first_quarter_is_compared_with_nothing(quarters: Context) -> None:
    edition = quarters.warehouse.editions.newest("2027-Q1")
    assert edition is not None and quarters.warehouse.editions.newest("2026-Q4") is not None
    page = Path(edition.published_path).read_text(encoding="utf-8")
    assert "较上季增减" not in page and "位次变化" not in page
    assert {u["unit"]: u["month"] for u in ranking(quarters, "2027-Q1")["units"]}["980101"] == "1300"


def test_names_that_repeat_are_told_apart(quarters: Context) -> None:
    names = {u["unit"]: u["name"] for u in ranking(quarters, "2026-Q2")["units"]}
    assert names == {"980101": "新区（甲市）", "990101": "新区（乙市）", "990102": "东县"}


def test_deadlines_are_as_far_apart_as_the_programme_says(quarters: Context) -> None:
    row = quarters.programme.calendar.row("unit_quarter", Period.parse("2026-Q2"))
    assert row is not None
    assert quarters.programme.calendar.workdays.between(row.open.date(), row.county_due.date()) == 2
