"""The January mistake: a title with last year in it is booked where it says, answered, and told of in the month that waits for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.write_feedback import write_due_feedback
from pipelines.flow.intake.process import process
from pipelines.flow.month.close import close_as_history
from pipelines.flow.records.submission_status import status_document
from pipelines.flow.runtime.context import Context, open_context
from pipelines.model.periods import Period
from pipelines.settings import Settings

pytestmark = pytest.mark.slow

THEN = datetime(2021, 7, 12, 1, tzinfo=UTC)
NOW = datetime(2022, 7, 12, 1, tzinfo=UTC)
LAST_YEAR, JUNE = Period(2021, 6), Period(2022, 6)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Context]:
    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    yield context
    context.warehouse.close()


def send(context: Context, name: str, year: int, ytd: int, moment: datetime, answer: bool = True) -> None:
    lines = [
        f"海宁市{year}年1-6月制造业投资汇总月报",
        "单位:万元",
        "行政区划代码,指标名称,计量单位,统计口径,本年累计,上年同期",
        f"330481,制造业投资,万元,管理,{ytd},760000",
        "",
    ]
    path = context.settings.home / "inbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    collect(context, moment)
    process(context, moment, purpose="collection" if answer else "history")
    if answer:
        write_due_feedback(context)


def receipt(context: Context, name: str) -> Path:
    return context.settings.out / f"{name}.receipt.txt"


def test_last_year_in_the_title_is_answered_and_stands_in_this_month_s_status(home: Context) -> None:
    send(home, "2021.csv", 2021, 900000, THEN, answer=False)
    close_as_history(home, LAST_YEAR, datetime(2022, 2, 1, tzinfo=UTC))
    send(home, "海宁6月.csv", 2021, 1162800, NOW)
    text = receipt(home, "海宁6月.csv").read_text(encoding="utf-8")
    assert "本表写的报告期是 2021-06" in text and "正在报送的是 2022-06" in text and "改正标题" in text
    status = status_document(home, JUNE, NOW)
    (row,) = [u for u in status["unassigned"] if u["state"] == "other_period"]
    assert row["name"] == "海宁6月.csv" and "330481 unit_month" in row["findings"][0]["message_zh"]
    haining = [u for u in status["units"] if u["unit"] == "330481" and u["form"] == "unit_month"]
    assert [u["state"] for u in haining] == ["missing"]
    counts = [(r.version, r.current) for r in home.warehouse.submissions("2021-06", form="unit_month")]
    assert counts == [(1, True), (2, False)], "a closed year keeps its figures"
    assert not receipt(home, "2021.csv").exists(), "nobody waits for an answer to history"


def test_a_file_of_the_month_is_not_told_of(home: Context) -> None:
    send(home, "海宁6月.csv", 2022, 1162800, NOW)
    assert status_document(home, JUNE, NOW)["unassigned"] == []
    assert "写的报告期" not in receipt(home, "海宁6月.csv").read_text(encoding="utf-8")
    assert status_document(home, LAST_YEAR, NOW)["unassigned"] == []
